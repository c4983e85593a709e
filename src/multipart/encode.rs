//! Encoding: the bytes around each part's content.
//!
//! It gives framing and never sees content, so the length of a body is the sum of what is given here
//! and what stands between. What may be called what is the caller's policy; here is only how it is
//! written, and that nothing can break out of its place. RFC 2046, section 5.1.1, without preamble,
//! padding and epilogue:
//!
//! ```text
//! multipart-body := [ dash-boundary CRLF head content *( delimiter CRLF head content ) CRLF ]
//!                   dash-boundary "--" CRLF
//! head           := *( header CRLF ) CRLF
//! ```

use super::boundary::Boundary;
use super::header::split_line;

const CONTENT_TYPE: &str = "Content-Type";
const TRANSFER_ENCODING: &str = "Content-Transfer-Encoding";
const CRLF: &[u8] = b"\r\n";

/// How `name` and `filename` are kept inside their quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escape {
    /// As browsers do: `"` becomes `%22`, CR `%0D`, LF `%0A`, and nothing else changes, not `%` and
    /// not the backslash. So a reader cannot tell `%22` from an escaped quote, and one that undoes
    /// backslashes, as RFC 9110 has it and as our parser does, reads `\\` as `\` and takes a
    /// backslash at the end for one that escapes the closing quote.
    #[default]
    Percent,
    /// As RFC 9110 quotes strings: a backslash ahead of `"` and `\`. There is no way to write CR or
    /// LF, so names that have them are refused.
    Backslash,
}

/// What kind of part a Content-Disposition says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disposition {
    /// A part of a form. Always written, even for a part without a name.
    #[default]
    FormData,
    /// A part inside a part of a form. Written only if it has a name or a file name.
    Attachment,
}

/// What is written ahead of a part's content. All bytes go out as they are, names in quotes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartHead {
    /// What kind of part it is.
    pub disposition: Disposition,
    /// The part's name.
    pub name: Option<Vec<u8>>,
    /// The file's name.
    pub filename: Option<Vec<u8>>,
    /// The value of Content-Type. It outranks a Content-Type among `headers`.
    pub content_type: Option<Vec<u8>>,
    /// The value of Content-Transfer-Encoding, unless `headers` have one. The content must be in
    /// that encoding already.
    pub transfer_encoding: Option<String>,
    /// Further headers, whole lines without their line end. A Content-Disposition among them
    /// replaces the one that would be written. A Content-Type among them goes where it always
    /// stands, unless `content_type` takes its place.
    pub headers: Vec<Vec<u8>>,
}

/// What cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A name has a line break, and the escaping has no way to write one.
    #[error("a {parameter} with a line break cannot be written with backslash escapes")]
    LineBreak {
        /// `name` or `filename`.
        parameter: &'static str,
    },
    /// A header's value has a byte that would end it.
    #[error("the {header} {value:?} contains a line break or NUL")]
    ControlCharacter {
        /// The header's name.
        header: &'static str,
        /// Its value; bytes that are not UTF-8 are replaced.
        value: String,
    },
    /// One of the further headers is none: it has a line break or NUL, or no `name:` at its start.
    /// An empty line is the simplest of these; it would end the head.
    #[error("{line:?} is not a header line, `Name: value`")]
    NotAHeader {
        /// The line; bytes that are not UTF-8 are replaced.
        line: String,
    },
}

/// Gives the framing of one body, part by part.
///
/// ```
/// use formpost::multipart::{Boundary, Encoder, Escape, PartHead};
///
/// let mut encoder = Encoder::new(&Boundary::new("B")?, Escape::Percent);
/// let mut body = encoder.part(&PartHead { name: Some(b"a".to_vec()), ..PartHead::default() })?;
/// body.extend(b"content");
/// body.extend(encoder.finish());
/// assert_eq!(
///     body,
///     b"--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncontent\r\n--B--\r\n",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Encoder {
    dash_boundary: String,
    escape: Escape,
    has_parts: bool,
}

impl Encoder {
    /// An encoder for a body with this boundary.
    #[must_use]
    pub fn new(boundary: &Boundary, escape: Escape) -> Self {
        Self {
            dash_boundary: format!("--{boundary}"),
            escape,
            has_parts: false,
        }
    }

    /// What stands between the content before, if any, and this part's content.
    ///
    /// # Errors
    ///
    /// If something in the head would not stay in its place. The encoder is then as it was.
    pub fn part(&mut self, head: &PartHead) -> Result<Vec<u8>, EncodeError> {
        let lines = head.lines(self.escape)?;
        let mut framing = self.delimiter();
        for line in &lines {
            framing.extend_from_slice(CRLF);
            framing.extend_from_slice(line);
        }
        framing.extend_from_slice(CRLF);
        framing.extend_from_slice(CRLF);
        self.has_parts = true;
        Ok(framing)
    }

    /// What stands after the content of the last part. Without any part it is the whole body.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut framing = self.delimiter();
        framing.extend_from_slice(b"--\r\n");
        framing
    }

    /// The delimiter; the first in a body goes without the line end that belongs to it.
    fn delimiter(&self) -> Vec<u8> {
        let line_end = if self.has_parts { CRLF } else { b"" };
        [line_end, self.dash_boundary.as_bytes()].concat()
    }
}

impl PartHead {
    /// The head's lines, without their line ends, in curl's order.
    fn lines(&self, escape: Escape) -> Result<Vec<Vec<u8>>, EncodeError> {
        let further = self.further_headers()?;
        let has = |name: &str| {
            further
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(name))
        };
        let mut lines = Vec::new();
        if !has("Content-Disposition") {
            lines.extend(self.disposition_line(escape)?);
        }
        lines.extend(self.content_type_line(&further)?);
        if let Some(encoding) = self
            .transfer_encoding
            .as_deref()
            .filter(|_| !has(TRANSFER_ENCODING))
        {
            lines.push(header_line(TRANSFER_ENCODING, encoding.as_bytes())?);
        }
        let rest = further
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case(CONTENT_TYPE));
        lines.extend(rest.map(|(_, line)| line.to_vec()));
        Ok(lines)
    }

    /// The further headers, each with its name.
    fn further_headers(&self) -> Result<Vec<(&str, &[u8])>, EncodeError> {
        let named = |line| Ok((header_name(line)?, line));
        self.headers.iter().map(Vec::as_slice).map(named).collect()
    }

    fn disposition_line(&self, escape: Escape) -> Result<Option<Vec<u8>>, EncodeError> {
        let kind = match self.disposition {
            Disposition::FormData => "form-data",
            Disposition::Attachment if self.name.is_none() && self.filename.is_none() => {
                return Ok(None);
            }
            Disposition::Attachment => "attachment",
        };
        let mut line = format!("Content-Disposition: {kind}").into_bytes();
        for (parameter, value) in [("name", &self.name), ("filename", &self.filename)] {
            if let Some(value) = value {
                line.extend_from_slice(format!("; {parameter}=\"").as_bytes());
                line.extend(escape.apply(parameter, value)?);
                line.push(b'"');
            }
        }
        Ok(Some(line))
    }

    /// The Content-Type given, or else the first of the further headers that is one.
    fn content_type_line(&self, further: &[(&str, &[u8])]) -> Result<Option<Vec<u8>>, EncodeError> {
        if let Some(content_type) = &self.content_type {
            return header_line(CONTENT_TYPE, content_type).map(Some);
        }
        let first = further
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE));
        Ok(first.map(|(_, line)| line.to_vec()))
    }
}

impl Escape {
    /// A name as it stands between quotes.
    fn apply(self, parameter: &'static str, name: &[u8]) -> Result<Vec<u8>, EncodeError> {
        let mut escaped = Vec::with_capacity(name.len());
        for byte in name {
            match (self, byte) {
                (Self::Percent, b'"') => escaped.extend_from_slice(b"%22"),
                (Self::Percent, b'\r') => escaped.extend_from_slice(b"%0D"),
                (Self::Percent, b'\n') => escaped.extend_from_slice(b"%0A"),
                (Self::Backslash, b'"' | b'\\') => escaped.extend_from_slice(&[b'\\', *byte]),
                (Self::Backslash, b'\r' | b'\n') => {
                    return Err(EncodeError::LineBreak { parameter });
                }
                _ => escaped.push(*byte),
            }
        }
        Ok(escaped)
    }
}

fn header_line(header: &'static str, value: &[u8]) -> Result<Vec<u8>, EncodeError> {
    if value.iter().copied().any(ends_a_header) {
        return Err(EncodeError::ControlCharacter {
            header,
            value: lossy(value),
        });
    }
    Ok([header.as_bytes(), b": ", value].concat())
}

/// The name of a header, if the line is one and stays one.
fn header_name(line: &[u8]) -> Result<&str, EncodeError> {
    match split_line(line) {
        Ok((name, _)) if !line.iter().copied().any(ends_a_header) => Ok(name),
        _ => Err(EncodeError::NotAHeader { line: lossy(line) }),
    }
}

/// Whether a reader may take the header to end at this byte.
fn ends_a_header(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b'\0')
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::boundary::Boundary;
    use super::{Disposition, EncodeError, Encoder, Escape, PartHead};

    fn head(name: &str) -> PartHead {
        PartHead {
            name: Some(name.into()),
            ..PartHead::default()
        }
    }

    fn lines(head: &PartHead, escape: Escape) -> Result<Vec<String>, EncodeError> {
        let text = |line| String::from_utf8(line).unwrap();
        Ok(head.lines(escape)?.into_iter().map(text).collect())
    }

    #[track_caller]
    fn writes(head: &PartHead, expected: &[&str]) {
        assert_eq!(lines(head, Escape::Percent).unwrap(), expected);
    }

    #[test]
    fn only_the_first_delimiter_goes_without_its_line_end() {
        let mut encoder = Encoder::new(&Boundary::new("B").unwrap(), Escape::Percent);
        let bare = PartHead {
            disposition: Disposition::Attachment,
            ..PartHead::default()
        };
        assert_eq!(encoder.part(&bare).unwrap(), b"--B\r\n\r\n");
        assert_eq!(encoder.part(&bare).unwrap(), b"\r\n--B\r\n\r\n");
        assert_eq!(encoder.finish(), b"\r\n--B--\r\n");
    }

    #[test]
    fn w8_without_parts_the_close_delimiter_is_all() {
        let encoder = Encoder::new(&Boundary::new("B").unwrap(), Escape::Percent);
        assert_eq!(encoder.finish(), b"--B--\r\n");
    }

    #[test]
    fn a_part_that_was_refused_leaves_no_trace() {
        let mut encoder = Encoder::new(&Boundary::new("B").unwrap(), Escape::Backslash);
        encoder.part(&head("\n")).unwrap_err();
        assert!(encoder.part(&head("a")).unwrap().starts_with(b"--B\r\n"));
    }

    #[test]
    fn a_disposition_says_what_is_known() {
        writes(&PartHead::default(), &["Content-Disposition: form-data"]);
        writes(&head("a"), &["Content-Disposition: form-data; name=\"a\""]);
        let file = PartHead {
            filename: Some(b"b".to_vec()),
            ..head("a")
        };
        writes(
            &file,
            &["Content-Disposition: form-data; name=\"a\"; filename=\"b\""],
        );
        let attachment = PartHead {
            disposition: Disposition::Attachment,
            name: None,
            ..file
        };
        writes(
            &attachment,
            &["Content-Disposition: attachment; filename=\"b\""],
        );
        writes(
            &PartHead {
                filename: None,
                ..attachment
            },
            &[],
        );
    }

    #[test]
    fn headers_stand_in_curls_order() {
        let part = PartHead {
            content_type: Some(b"text/plain".to_vec()),
            transfer_encoding: Some("base64".into()),
            headers: vec![b"X-A: 1".to_vec(), b"X-B:2".to_vec()],
            ..head("a")
        };
        writes(
            &part,
            &[
                "Content-Disposition: form-data; name=\"a\"",
                "Content-Type: text/plain",
                "Content-Transfer-Encoding: base64",
                "X-A: 1",
                "X-B:2",
            ],
        );
    }

    #[test]
    fn further_headers_replace_those_of_the_same_name() {
        let further = |line: &str| PartHead {
            transfer_encoding: Some("base64".into()),
            headers: vec![b"X: y".to_vec(), line.into()],
            ..head("a")
        };
        let disposition = "Content-Disposition: form-data; name=\"a\"";
        let encoding = "Content-Transfer-Encoding: base64";
        for (line, expected) in [
            (
                "content-disposition: x",
                [encoding, "X: y", "content-disposition: x"],
            ),
            (
                "content-transfer-encoding: x",
                [disposition, "X: y", "content-transfer-encoding: x"],
            ),
        ] {
            writes(&further(line), &expected);
        }
        writes(
            &further("content-type: x"),
            &[disposition, "content-type: x", encoding, "X: y"],
        );
    }

    #[test]
    fn a_type_of_its_own_outranks_one_among_the_further_headers() {
        let part = PartHead {
            content_type: Some(b"text/plain".to_vec()),
            headers: vec![b"Content-Type: text/html".to_vec()],
            ..head("a")
        };
        writes(
            &part,
            &[
                "Content-Disposition: form-data; name=\"a\"",
                "Content-Type: text/plain",
            ],
        );
    }

    #[test]
    fn each_escaping_changes_its_own_characters_and_no_others() {
        for (escape, name, expected) in [
            (Escape::Percent, "a\"b\r\nc", "a%22b%0D%0Ac"),
            (Escape::Percent, "\\%;'\0\té", "\\%;'\0\té"),
            (Escape::Backslash, "a\"b\\c", "a\\\"b\\\\c"),
            (Escape::Backslash, "%;'\0\té", "%;'\0\té"),
        ] {
            let expected = format!("Content-Disposition: form-data; name=\"{expected}\"");
            assert_eq!(lines(&head(name), escape), Ok(vec![expected]));
        }
    }

    #[test]
    fn names_need_not_be_utf8() {
        let part = PartHead {
            name: Some(vec![0xff]),
            ..PartHead::default()
        };
        let expected = b"Content-Disposition: form-data; name=\"\xff\"".to_vec();
        assert_eq!(part.lines(Escape::Percent), Ok(vec![expected]));
    }

    #[test]
    fn a_line_break_has_no_backslash_escape() {
        for text in ["a\rb", "a\nb"] {
            let name = lines(&head(text), Escape::Backslash);
            assert_eq!(name, Err(EncodeError::LineBreak { parameter: "name" }));
            let file = PartHead {
                filename: Some(text.into()),
                ..head("a")
            };
            let filename = lines(&file, Escape::Backslash);
            assert_eq!(
                filename,
                Err(EncodeError::LineBreak {
                    parameter: "filename"
                })
            );
        }
    }

    #[test]
    fn s2_nothing_breaks_out_of_a_type_or_an_encoding() {
        for value in ["a\rb", "a\nb", "a\0b", "text/plain\r\nX: y"] {
            let refused = |header| {
                Err(EncodeError::ControlCharacter {
                    header,
                    value: value.into(),
                })
            };
            let typed = PartHead {
                content_type: Some(value.into()),
                ..head("a")
            };
            assert_eq!(lines(&typed, Escape::Percent), refused("Content-Type"));
            let encoded = PartHead {
                transfer_encoding: Some(value.into()),
                ..head("a")
            };
            assert_eq!(
                lines(&encoded, Escape::Percent),
                refused("Content-Transfer-Encoding")
            );
        }
    }

    #[test]
    fn a_further_header_is_a_header() {
        for line in [
            "",
            " ",
            "X",
            " X: y",
            "X : y",
            ": y",
            "X: y\r\nZ: z",
            "X: \0",
            "X: y\n",
            "é: y",
        ] {
            let part = PartHead {
                headers: vec![line.into()],
                ..head("a")
            };
            let refused = Err(EncodeError::NotAHeader { line: line.into() });
            assert_eq!(lines(&part, Escape::Percent), refused, "{line:?}");
        }
    }
}
