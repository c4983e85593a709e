//! Headers of a part: what `headers=` says, and the lines of a file that it names.

use std::path::PathBuf;

use formpost::send::Header;

use super::characters::{line_break, trim_blanks_start};
use super::complaints::{SpecError, shown};

/// One `headers=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeaderSpec {
    /// A header line, without its CRLF.
    Line(Vec<u8>),
    /// A file of them, for [`header_lines`].
    File(PathBuf),
}

/// Reads the lines of a `headers=@FILE`.
///
/// A line that begins with `#` is a comment. One that begins with a blank goes on with the header before it, blanks
/// included. Blanks and line ends at a line's end are trimmed, and lines of nothing else are skipped.
pub(crate) fn header_lines(text: &[u8]) -> Result<Vec<Vec<u8>>, SpecError> {
    let mut headers: Vec<Vec<u8>> = Vec::new();
    for line in text.split(|&octet| octet == b'\n') {
        let line = line.trim_ascii_end();
        match (line.first(), headers.last_mut()) {
            (None | Some(b'#'), _) => {}
            (Some(b' ' | b'\t'), Some(header)) => header.extend_from_slice(line),
            (Some(_), _) => headers.push(trim_blanks_start(line).to_vec()),
        }
    }
    headers.iter().try_for_each(|header| check_header(header))?;
    Ok(headers)
}

pub(super) fn check_header(line: &[u8]) -> Result<(), SpecError> {
    if let Some(octet) = line_break(line) {
        let line = shown(line);
        return Err(SpecError::BreakInHeader { octet, line });
    }
    let name = line
        .split(|octet| *octet == b':')
        .next()
        .unwrap_or_default();
    let is_header =
        name.len() < line.len() && Header::new(String::from_utf8_lossy(name), "").is_ok();
    if is_header {
        Ok(())
    } else {
        let found = shown(line);
        Err(SpecError::NotAHeader { found })
    }
}

#[cfg(test)]
mod tests {
    use super::{SpecError, header_lines};

    #[test]
    fn a_header_file_has_a_header_a_line() {
        for (text, expected) in [
            ("", &[][..]),
            ("A: 1", &["A: 1"]),
            ("A: 1\nB: 2\n", &["A: 1", "B: 2"]),
            ("A: 1 \t\r\n\r\n \nB: 2\r\n", &["A: 1", "B: 2"]),
            ("# A: 1\nB: 2 # no comment\n#\n", &["B: 2 # no comment"]),
            ("A: 1;\n  b=2\n\tc=3\nD: 4", &["A: 1;  b=2\tc=3", "D: 4"]),
            ("A: 1\n#\n\n 2\n # 3", &["A: 1 2 # 3"]),
            (" A: 1", &["A: 1"]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|line| line.as_bytes().to_vec())
                .collect();
            assert_eq!(header_lines(text.as_bytes()), Ok(expected), "{text:?}");
        }
        for text in ["no colon", "A b: 1", ": 1", "\u{e4}: 1"] {
            let found = text.to_owned();
            assert_eq!(
                header_lines(text.as_bytes()),
                Err(SpecError::NotAHeader { found })
            );
        }
        for (text, octet) in [("A: 1\rB: 2", b'\r'), ("A: 1\0", 0)] {
            let line = text.escape_default().to_string();
            let error = SpecError::BreakInHeader { octet, line };
            assert_eq!(header_lines(text.as_bytes()), Err(error));
        }
    }
}
