//! One header: a line with a name and a value, without its line end.
//!
//! Where a line ends and how many there may be is `headers.rs`'s side. RFC 9112, section 5, without
//! folding:
//!
//! ```text
//! field-line = field-name ":" OWS field-value OWS
//! field-name = token
//! ```

use super::error::ParseErrorKind;
use super::parameters::{is_blank, is_token_byte};

/// One header as it came in, and where.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
    /// How many bytes of the body stand before the line.
    pub(super) offset: u64,
    /// How many stand before the value.
    pub(super) value_offset: u64,
}

impl Header {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn value_text(&self) -> String {
        text(self.value.clone())
    }

    /// Its name and its value.
    pub(super) fn into_texts(self) -> (String, String) {
        (self.name, text(self.value))
    }
}

/// A value as text; bytes that are not UTF-8 are replaced.
fn text(value: Vec<u8>) -> String {
    String::from_utf8(value)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Splits a header's line into its name and the place where its value begins, or says what is wrong
/// how many bytes into it.
pub(super) fn split_line(line: &[u8]) -> Result<(&str, usize), (ParseErrorKind, usize)> {
    let colon = memchr::memchr(b':', line).ok_or((ParseErrorKind::HeaderWithoutColon, 0))?;
    let name = &line[..colon];
    if let Some(at) = name.iter().position(|byte| !is_token_byte(*byte)) {
        return Err((ParseErrorKind::HeaderName, at));
    }
    match std::str::from_utf8(name) {
        Ok(name) if !name.is_empty() => {
            let blanks = line[colon + 1..]
                .iter()
                .take_while(|byte| is_blank(**byte))
                .count();
            Ok((name, colon + 1 + blanks))
        }
        _ => Err((ParseErrorKind::HeaderName, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::ParseErrorKind::{HeaderName, HeaderWithoutColon};
    use super::split_line;

    #[test]
    fn a_line_is_a_token_a_colon_and_a_value() {
        for (line, expected) in [
            ("A: b", Ok(("A", 3))),
            ("A:b", Ok(("A", 2))),
            ("A:", Ok(("A", 2))),
            ("A: \t b:c", Ok(("A", 5))),
            ("!#$%&'*+-.^_`|~09: b", Ok(("!#$%&'*+-.^_`|~09", 19))),
            ("", Err((HeaderWithoutColon, 0))),
            ("A b", Err((HeaderWithoutColon, 0))),
            (": b", Err((HeaderName, 0))),
            ("A : b", Err((HeaderName, 1))),
            ("A(: b", Err((HeaderName, 1))),
        ] {
            assert_eq!(split_line(line.as_bytes()), expected, "{line:?}");
        }
    }
}
