//! Parameters: what follows the first word of a Content-Type or Content-Disposition.
//!
//! One pass from left to right, quote-aware, without ever going back.
//! It knows the syntax and no parameter's meaning. RFC 9110, sections 5.6.2, 5.6.4 and 5.6.6:
//!
//! ```text
//! parameters      = *( OWS ";" OWS [ parameter ] )
//! parameter       = parameter-name "=" parameter-value
//! parameter-value = ( token / quoted-string )
//! token           = 1*tchar
//! quoted-string   = DQUOTE *( qdtext / quoted-pair ) DQUOTE
//! ```
//!
//! An empty parameter (`; ;`, a last `;`) is allowed, as the grammar does. Blanks around `=` are
//! not: what readers make of them differs. Of quoted-pairs only `\"` and `\\` are undone; before
//! anything else a backslash is a backslash, since old browsers send `C:\dir\file` as it is.

use std::borrow::Cow;

use memchr::memchr2;

/// One parameter, and where it stood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter<'a> {
    /// Its name in lower case: names are compared without regard to case.
    pub(super) name: Cow<'a, str>,
    /// Its value, without quotes and with escapes undone.
    pub(super) value: Cow<'a, [u8]>,
    /// How many bytes of the header's value stand before the parameter.
    pub(super) at: usize,
}

/// Where a list of parameters stops being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{expected}")]
pub struct ParameterError {
    /// What should have stood there.
    pub expected: Expected,
    /// How many bytes of the header's value stand before that place.
    pub at: usize,
}

/// What a list of parameters should have gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Expected {
    /// `;`, between two parameters.
    #[error("expected `;` ahead of the next parameter")]
    Semicolon,
    /// A parameter's name.
    #[error("expected a parameter's name, made of letters, digits and !#$%&'*+-.^_`|~")]
    Name,
    /// `=`, directly after the name.
    #[error("expected `=` directly after the parameter's name")]
    Equals,
    /// A token or a quoted string, directly after `=`.
    #[error("expected a value directly after `=`, in quotes if it is not a single word")]
    Value,
    /// The quote that ends the value which began there.
    #[error("expected the value that begins here to end with a quote")]
    ClosingQuote,
}

/// Reads parameters one after the other; after an error there are no more.
#[derive(Debug)]
pub(super) struct Parameters<'a> {
    value: &'a [u8],
    at: usize,
}

impl<'a> Parameters<'a> {
    /// The parameters of a header's value from byte `at` on, which is where its first word ends.
    pub(super) fn new(value: &'a [u8], at: usize) -> Self {
        Self { value, at }
    }

    fn rest(&self) -> &'a [u8] {
        &self.value[self.at..]
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.rest().first() == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn skip_blanks(&mut self) {
        let is_text = |byte: &u8| !is_blank(*byte);
        self.at += self
            .rest()
            .iter()
            .position(is_text)
            .unwrap_or(self.rest().len());
    }

    fn take_token(&mut self) -> &'a [u8] {
        let token = &self.rest()[..token_length(self.rest())];
        self.at += token.len();
        token
    }

    /// `OWS ";" OWS`, as often as it stands there; false at the end of the value.
    fn take_separators(&mut self) -> Result<bool, ParameterError> {
        self.skip_blanks();
        if !self.rest().is_empty() && self.rest()[0] != b';' {
            return Err(self.expected(Expected::Semicolon));
        }
        while self.take(b';') {
            self.skip_blanks();
        }
        Ok(!self.rest().is_empty())
    }

    fn take_parameter(&mut self) -> Result<Parameter<'a>, ParameterError> {
        let at = self.at;
        let name = match self.take_token() {
            [] => return Err(self.expected(Expected::Name)),
            name => in_lower_case(name),
        };
        if !self.take(b'=') {
            return Err(self.expected(Expected::Equals));
        }
        let value = self.take_value()?;
        Ok(Parameter { name, value, at })
    }

    fn take_value(&mut self) -> Result<Cow<'a, [u8]>, ParameterError> {
        let opening = self.at;
        if self.take(b'"') {
            let error = ParameterError {
                expected: Expected::ClosingQuote,
                at: opening,
            };
            return self.take_quoted().ok_or(error);
        }
        match self.take_token() {
            [] => Err(self.expected(Expected::Value)),
            token => Ok(Cow::Borrowed(token)),
        }
    }

    /// The rest of a quoted string; `None` if its closing quote is missing.
    fn take_quoted(&mut self) -> Option<Cow<'a, [u8]>> {
        let rest = self.rest();
        let plain = memchr2(b'"', b'\\', rest)?;
        if rest[plain] == b'\\' {
            return self.take_escaped().map(Cow::Owned);
        }
        self.at += plain + 1;
        Some(Cow::Borrowed(&rest[..plain]))
    }

    /// The same, where backslashes may have to go.
    fn take_escaped(&mut self) -> Option<Vec<u8>> {
        let mut value = Vec::new();
        loop {
            let (byte, length) = match self.rest() {
                [] => return None,
                [b'\\', escaped @ (b'"' | b'\\'), ..] => (*escaped, 2),
                [b'"', ..] => {
                    self.at += 1;
                    return Some(value);
                }
                [byte, ..] => (*byte, 1),
            };
            value.push(byte);
            self.at += length;
        }
    }

    fn expected(&self, expected: Expected) -> ParameterError {
        ParameterError {
            expected,
            at: self.at,
        }
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, ParameterError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.take_separators() {
            Ok(false) => return None,
            Ok(true) => self.take_parameter(),
            Err(error) => Err(error),
        };
        if next.is_err() {
            self.at = self.value.len();
        }
        Some(next)
    }
}

/// A token in lower case.
fn in_lower_case(token: &[u8]) -> Cow<'_, str> {
    let token = String::from_utf8_lossy(token);
    if token.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(token.to_ascii_lowercase());
    }
    token
}

/// `OWS = *( SP / HTAB )`
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

pub(super) fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[usize::from(byte)]
}

/// ```text
/// tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "."
///         / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
/// ```
///
/// Every byte of every header's name is looked up here.
const TOKEN_BYTES: [bool; 256] = {
    let others = b"!#$%&'*+-.^_`|~";
    let mut is_token = [false; 256];
    let mut at = 0;
    while at < others.len() {
        is_token[others[at] as usize] = true;
        at += 1;
    }
    let mut byte = 0;
    while byte < 128u8 {
        is_token[byte as usize] |= byte.is_ascii_alphanumeric();
        byte += 1;
    }
    is_token
};

/// Whether all of a text is one token.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && token_length(text) == text.len()
}

/// How many bytes of `text` are a token.
pub(super) fn token_length(text: &[u8]) -> usize {
    text.iter()
        .position(|byte| !is_token_byte(*byte))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::{Expected, ParameterError, Parameters};

    fn read(text: &str) -> Result<Vec<(String, String, usize)>, ParameterError> {
        Parameters::new(text.as_bytes(), 0)
            .map(|parameter| {
                let parameter = parameter?;
                let value = String::from_utf8_lossy(&parameter.value).into_owned();
                Ok((parameter.name.into_owned(), value, parameter.at))
            })
            .collect()
    }

    #[track_caller]
    fn gives(text: &str, expected: &[(&str, &str, usize)]) {
        let owned =
            |(name, value, at): &(&str, &str, usize)| (name.to_string(), value.to_string(), *at);
        assert_eq!(
            read(text),
            Ok(expected.iter().map(owned).collect()),
            "{text:?}"
        );
    }

    #[test]
    fn tokens_and_quoted_strings_are_values() {
        gives("", &[]);
        gives("  \t", &[]);
        gives(";a=b", &[("a", "b", 1)]);
        gives(" ; a=b\t;\tc=\"d e\" ", &[("a", "b", 3), ("c", "d e", 9)]);
        gives(";a=\"\"", &[("a", "", 1)]);
    }

    #[test]
    fn empty_parameters_are_skipped() {
        gives(";", &[]);
        gives("; ;; ", &[]);
        gives(";a=b;", &[("a", "b", 1)]);
        gives("; ;a=b; ;", &[("a", "b", 3)]);
    }

    #[test]
    fn g8_names_come_in_lower_case_and_values_as_they_are() {
        gives(";NAME=Value", &[("name", "Value", 1)]);
    }

    #[test]
    fn g9_quotes_keep_separators_and_further_names_inside() {
        gives(
            r#";filename="x; name=y";name="a=b""#,
            &[("filename", "x; name=y", 1), ("name", "a=b", 22)],
        );
    }

    #[test]
    fn g10_only_quotes_and_backslashes_are_unescaped() {
        gives(r#";a="x\"y""#, &[("a", r#"x"y"#, 1)]);
        gives(r#";a="x\\y""#, &[("a", r"x\y", 1)]);
        gives(r#";a="C:\dir\file""#, &[("a", r"C:\dir\file", 1)]);
        gives(r#";a="\\\"""#, &[("a", r#"\""#, 1)]);
    }

    #[test]
    fn what_is_not_a_parameter_is_named_and_placed() {
        use Expected::{ClosingQuote, Equals, Name, Semicolon, Value};
        for (text, expected, at) in [
            ("a=b", Semicolon, 0),
            (";a=\"b\"c", Semicolon, 6),
            (";a=b c", Semicolon, 5),
            (";=b", Name, 1),
            (";\"a\"=b", Name, 1),
            (";é=b", Name, 1),
            (";a", Equals, 2),
            (";a;b=c", Equals, 2),
            (";a =b", Equals, 2),
            (";a=", Value, 3),
            (";a= b", Value, 3),
            (";a=;", Value, 3),
            (";a=\"b", ClosingQuote, 3),
            (";a=\"b\\\"", ClosingQuote, 3),
        ] {
            assert_eq!(read(text), Err(ParameterError { expected, at }), "{text:?}");
        }
    }

    #[test]
    fn a15_a16_long_runs_are_read_once() {
        gives(&";".repeat(8192), &[]);
        gives(&" ".repeat(8192), &[]);
        let escapes = format!(";a=\"{}\"", "\\\\".repeat(4000));
        gives(&escapes, &[("a", &"\\".repeat(4000), 1)]);
    }
}
