//! JSON for other programs, which may be looked at on the way: what a terminal could obey is written as JSON's own
//! escapes, which mean the same.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::terminal::is_harmless;

/// A value in one line, with its end.
///
/// # Errors
/// serde's, which for the values of this program do not occur.
pub(crate) fn line(value: &impl Serialize) -> serde_json::Result<String> {
    let mut octets = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut octets, Harmless))?;
    octets.push(b'\n');
    String::from_utf8(octets).map_err(serde::ser::Error::custom)
}

/// Writes strings so that they can only be read.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for piece in fragment.split_inclusive(|character| !is_harmless(character)) {
            match piece.chars().next_back().filter(|last| !is_harmless(*last)) {
                Some(last) => {
                    writer.write_all(&piece.as_bytes()[..piece.len() - last.len_utf8()])?;
                    for unit in last.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
                None => writer.write_all(piece.as_bytes())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a41_json_can_only_be_read() {
        let text = "\u{e4}\u{1b}[2J\u{7f}\u{9b}2J\u{202e}\u{2028}\n";
        let shown = line(&text).unwrap();
        let expected = r#""\u001b[2J\u007f\u009b2J\u202e\u2028\n""#.replacen('"', "\"\u{e4}", 1);
        assert_eq!(shown, format!("{expected}\n"));
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}
