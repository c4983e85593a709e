//! Delimiters: where a part's content ends.
//!
//! Finding them, and telling a real one from content that looks like one; what follows from it is the
//! parser's business. RFC 2046, section 5.1.1, with CRLF ahead of the first one too (`buffer.rs`
//! supplies it):
//!
//! ```text
//! dash-boundary     := "--" boundary
//! delimiter         := CRLF dash-boundary
//! close-delimiter   := delimiter "--"
//! transport-padding := *LWSP-char
//! ```
//!
//! A line that merely begins with the dash-boundary is content, so that a longer
//! boundary may stand inside. A bare CR or LF where a delimiter's line should end is an
//! error: some readers would take it for the end of the line.

use memchr::memmem::Finder;

use super::boundary::Boundary;
use super::error::ParseErrorKind;
use super::parameters::is_blank;

/// The most blanks taken after a delimiter. Relays that padded lines did so to some 80 columns; the
/// parser keeps them until it knows whether the line is a delimiter.
pub(super) const PADDING: usize = 128;

/// The delimiter of one body, ready to be searched for.
#[derive(Debug)]
pub(super) struct Delimiter {
    finder: Finder<'static>,
}

/// What some bytes of content or preamble begin with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Too little to tell.
    NeedMore,
    /// So many bytes that are in no delimiter.
    Content(usize),
    /// A delimiter and its line end, so many bytes together; another part follows.
    Next { length: usize, has_padding: bool },
    /// The close-delimiter, so many bytes.
    Close { length: usize },
    /// So many bytes, and then what cannot follow them.
    Malformed { kind: ParseErrorKind, at: usize },
}

impl Delimiter {
    pub(super) fn new(boundary: &Boundary) -> Self {
        let delimiter = format!("\r\n--{boundary}");
        Self {
            finder: Finder::new(delimiter.as_bytes()).into_owned(),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.finder.needle()
    }

    /// `"--" boundary`, the delimiter without its line end.
    pub(super) fn dash_boundary(&self) -> &[u8] {
        &self.as_bytes()[b"\r\n".len()..]
    }

    /// Says what `bytes` begin with.
    ///
    /// All that a delimiter cannot begin in counts as content at once, so that a caller who takes
    /// what is found has never more than a delimiter's length searched again.
    pub(super) fn look(&self, bytes: &[u8]) -> Found {
        if self.begins_with(bytes) {
            return Found::NeedMore;
        }
        let mut content = 0;
        while let Some(length) = self.find(&bytes[content..]) {
            let at = content + length;
            let found = self.look_behind(&bytes[at..]);
            if let Found::Content(length) = found {
                content = at + length;
            } else if at == 0 {
                return found;
            } else {
                return Found::Content(at);
            }
        }
        match bytes.len() - self.held_back(bytes) {
            0 => Found::NeedMore,
            length => Found::Content(length),
        }
    }

    /// How many bytes stand ahead of the first delimiter.
    ///
    /// None do once the content ahead of it is taken, which a comparison tells sooner than a search.
    fn find(&self, bytes: &[u8]) -> Option<usize> {
        if bytes.len() < self.as_bytes().len() {
            return None;
        }
        if bytes.starts_with(self.as_bytes()) {
            return Some(0);
        }
        self.finder.find(bytes)
    }

    /// Whether a delimiter begins with these bytes and goes on.
    ///
    /// Most often they are none or a CR, which needs no comparison.
    fn begins_with(&self, bytes: &[u8]) -> bool {
        match bytes {
            [] | [b'\r'] => true,
            [b'\r', b'\n', ..] => self.as_bytes().starts_with(bytes),
            _ => false,
        }
    }

    /// How many bytes at the end may be the beginning of a delimiter.
    ///
    /// A delimiter has one CR, its first byte, so only the last CR can begin one.
    fn held_back(&self, bytes: &[u8]) -> usize {
        let delimiter = self.as_bytes();
        let tail = &bytes[bytes.len().saturating_sub(delimiter.len() - 1)..];
        tail.iter()
            .rposition(|byte| *byte == b'\r')
            .map(|at| &tail[at..])
            .filter(|tail| self.begins_with(tail))
            .map_or(0, <[u8]>::len)
    }

    /// Says what a delimiter's bytes are, by what stands behind them.
    fn look_behind(&self, bytes: &[u8]) -> Found {
        let delimiter = self.as_bytes().len();
        let behind = &bytes[delimiter..];
        let padding = behind.iter().take_while(|byte| is_blank(**byte)).count();
        if padding > PADDING {
            let kind = ParseErrorKind::PaddingTooLong { limit: PADDING };
            return Found::Malformed {
                kind,
                at: delimiter + PADDING,
            };
        }
        let line_end = delimiter + padding;
        match &behind[padding..] {
            [] | [b'\r'] => Found::NeedMore,
            [b'-'] if padding == 0 => Found::NeedMore,
            [b'-', b'-', ..] if padding == 0 => Found::Close {
                length: delimiter + 2,
            },
            [b'\r', b'\n', ..] => Found::Next {
                length: line_end + 2,
                has_padding: padding > 0,
            },
            [found @ (b'\r' | b'\n'), ..] => {
                let kind = ParseErrorKind::DelimiterLineEnd { found: *found };
                Found::Malformed { kind, at: line_end }
            }
            _ => Found::Content(delimiter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::boundary::Boundary;
    use super::super::error::ParseErrorKind;
    use super::{Delimiter, Found, PADDING};

    fn look(bytes: &str) -> Found {
        Delimiter::new(&Boundary::new("B-").unwrap()).look(bytes.as_bytes())
    }

    #[test]
    fn content_is_all_that_no_delimiter_begins_in() {
        for (bytes, expected) in [
            ("", Found::NeedMore),
            ("abc", Found::Content(3)),
            ("abc\r", Found::Content(3)),
            ("abc\r\n--B", Found::Content(3)),
            ("abc\r\n--B-", Found::Content(3)),
            ("\r\n--", Found::NeedMore),
            ("\r\n--C", Found::Content(5)),
            ("\r\r\n-", Found::Content(1)),
            ("\r\n\r\n", Found::Content(2)),
            ("\n--B-", Found::Content(5)),
            ("--B-\r\n", Found::Content(4)),
        ] {
            assert_eq!(look(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_stands_behind_decides_whether_it_is_one() {
        let line_end = |found| ParseErrorKind::DelimiterLineEnd { found };
        for (behind, expected) in [
            ("", Found::NeedMore),
            (" \t", Found::NeedMore),
            ("\r", Found::NeedMore),
            ("-", Found::NeedMore),
            ("--", Found::Close { length: 8 }),
            ("--x", Found::Close { length: 8 }),
            (
                "\r\n",
                Found::Next {
                    length: 8,
                    has_padding: false,
                },
            ),
            (
                " \t\r\nx",
                Found::Next {
                    length: 10,
                    has_padding: true,
                },
            ),
            ("x", Found::Content(7)),
            ("-x", Found::Content(8)),
            ("-\r\n", Found::Content(7)),
            (" --", Found::Content(9)),
            (" x", Found::Content(8)),
            ("x\r\n--B-", Found::Content(7)),
            ("x\r\n--B-x", Found::Content(14)),
            (
                "\n",
                Found::Malformed {
                    kind: line_end(b'\n'),
                    at: 6,
                },
            ),
            (
                "\rx",
                Found::Malformed {
                    kind: line_end(b'\r'),
                    at: 6,
                },
            ),
            (
                "\r\r\n",
                Found::Malformed {
                    kind: line_end(b'\r'),
                    at: 6,
                },
            ),
            (
                " \n",
                Found::Malformed {
                    kind: line_end(b'\n'),
                    at: 7,
                },
            ),
        ] {
            assert_eq!(look(&format!("\r\n--B-{behind}")), expected, "{behind:?}");
        }
    }

    #[test]
    fn padding_is_bounded() {
        let padded = |length| look(&format!("\r\n--B-{}\r\n", " ".repeat(length)));
        assert_eq!(
            padded(PADDING),
            Found::Next {
                length: 6 + PADDING + 2,
                has_padding: true
            }
        );
        let kind = ParseErrorKind::PaddingTooLong { limit: PADDING };
        assert_eq!(
            padded(PADDING + 1),
            Found::Malformed {
                kind,
                at: 6 + PADDING
            }
        );
    }
}
