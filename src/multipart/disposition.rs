//! Content-Disposition as received: what a part is called.
//!
//! Only the two parameters that forms use count; how they are written is `encode.rs`'s side.
//! RFC 7578, section 4.2, and RFC 6266, section 4.1:
//!
//! ```text
//! content-disposition = "Content-Disposition" ":" disposition-type parameters
//! disposition-type    = token
//! ```
//!
//! In `name` and `filename`, `%22`, `%0D` and `%0A` are decoded, whatever the case of their letter,
//! and nothing else is: what a browser escaped comes back as it was. The price is that a name which
//! really had a `%22` in it comes out with a quote; on the wire the two are the same.

use super::dialect::Dialect;
use super::error::{ParseError, ParseErrorKind};
use super::header::Header;
use super::oddity::Oddity;
use super::parameters::{Parameter, Parameters, token_length};

/// What the Content-Disposition of a part says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ReceivedDisposition {
    pub(super) name: Option<String>,
    pub(super) filename: Option<String>,
}

/// Finds and reads the Content-Disposition of the part whose headers begin at `offset`.
pub(super) fn read(
    headers: &[Header],
    offset: u64,
    dialect: Dialect,
    oddities: &mut Vec<Oddity>,
) -> Result<ReceivedDisposition, ParseError> {
    let mut dispositions = headers
        .iter()
        .filter(|header| header.is("Content-Disposition"));
    match (dispositions.next(), dispositions.next(), dialect) {
        (_, Some(second), _) => Err(ParseErrorKind::RepeatedDisposition.at(second.offset)),
        (Some(header), None, _) => read_header(header, dialect, oddities),
        (None, None, Dialect::FormData) => Err(ParseErrorKind::MissingDisposition.at(offset)),
        (None, None, Dialect::Mixed) => Ok(ReceivedDisposition::default()),
    }
}

fn read_header(
    header: &Header,
    dialect: Dialect,
    oddities: &mut Vec<Oddity>,
) -> Result<ReceivedDisposition, ParseError> {
    let length = token_length(&header.value);
    let kind = &header.value[..length];
    if dialect == Dialect::FormData && !kind.eq_ignore_ascii_case(b"form-data") {
        let found = String::from_utf8_lossy(kind).into_owned();
        return Err(ParseErrorKind::DispositionType { found }.at(header.value_offset));
    }
    let mut disposition = ReceivedDisposition::default();
    for parameter in Parameters::new(&header.value, length) {
        let parameter = parameter.map_err(|error| {
            ParseErrorKind::Parameter {
                expected: error.expected,
            }
            .at(header.value_offset + error.at as u64)
        })?;
        let offset = header.value_offset + parameter.at as u64;
        disposition
            .take(parameter, oddities)
            .map_err(|kind| kind.at(offset))?;
    }
    if dialect == Dialect::FormData && disposition.name.is_none() {
        return Err(ParseErrorKind::MissingName.at(header.value_offset));
    }
    Ok(disposition)
}

impl ReceivedDisposition {
    fn take(
        &mut self,
        parameter: Parameter<'_>,
        oddities: &mut Vec<Oddity>,
    ) -> Result<(), ParseErrorKind> {
        match parameter.name.as_ref() {
            "name" => {
                let name = String::from_utf8(decode(&parameter.value)?)
                    .map_err(|_| ParseErrorKind::NameNotUtf8)?;
                set_once(&mut self.name, name, "name")
            }
            "filename" => {
                let filename =
                    String::from_utf8(decode(&parameter.value)?).unwrap_or_else(|error| {
                        oddities.push(Oddity::FilenameNotUtf8);
                        String::from_utf8_lossy(error.as_bytes()).into_owned()
                    });
                set_once(&mut self.filename, filename, "filename")
            }
            "name*" | "filename*" => {
                oddities.push(Oddity::ExtendedParameter(parameter.name.into_owned()));
                Ok(())
            }
            _ => {
                oddities.push(Oddity::UnknownParameter(parameter.name.into_owned()));
                Ok(())
            }
        }
    }
}

/// Sets what may be set once: of two, some readers take the first and some the last.
fn set_once(
    target: &mut Option<String>,
    value: String,
    name: &'static str,
) -> Result<(), ParseErrorKind> {
    match target.replace(value) {
        None => Ok(()),
        Some(_) => Err(ParseErrorKind::RepeatedParameter { name }),
    }
}

/// Undoes `%22`, `%0D` and `%0A`.
///
/// # Errors
///
/// If the value has a control character as received. Only HTAB gets this far: the others end
/// a header's line or cannot be in one. A decoded CR or LF is part of the name.
fn decode(value: &[u8]) -> Result<Vec<u8>, ParseErrorKind> {
    if let Some(found) = value.iter().find(|byte| byte.is_ascii_control()) {
        return Err(ParseErrorKind::ControlCharacter { found: *found });
    }
    if !value.contains(&b'%') {
        return Ok(value.to_vec());
    }
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&first, behind)) = rest.split_first() {
        let (byte, behind) = match rest {
            [b'%', b'2', b'2', behind @ ..] => (b'"', behind),
            [b'%', b'0', b'D' | b'd', behind @ ..] => (b'\r', behind),
            [b'%', b'0', b'A' | b'a', behind @ ..] => (b'\n', behind),
            _ => (first, behind),
        };
        decoded.push(byte);
        rest = behind;
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::super::error::ParseErrorKind;
    use super::decode;

    #[test]
    fn three_escapes_are_undone_once_and_no_other() {
        for (value, expected) in [
            ("", ""),
            ("%22%0D%0A%0d%0a", "\"\r\n\r\n"),
            ("%2522", "%2522"),
            ("%%22", "%\""),
            ("%", "%"),
            ("%2", "%2"),
            ("%0", "%0"),
            ("%0B%00%7f%20+", "%0B%00%7f%20+"),
        ] {
            assert_eq!(
                decode(value.as_bytes()).unwrap(),
                expected.as_bytes(),
                "{value}"
            );
        }
    }

    #[test]
    fn g14_control_characters_as_received_are_refused() {
        for found in [b'\t', b'\0', 0x1b, 0x7f] {
            let refused = Err(ParseErrorKind::ControlCharacter { found });
            assert_eq!(decode(&[b'a', found]), refused);
        }
    }
}
