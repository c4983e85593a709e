//! Headers: the lines between a part's delimiter and its content.
//!
//! From bytes to headers, line by line, and from these to a [`ReceivedHead`]; what one line is made
//! of stands in `header.rs`, and what a Content-Disposition says is read in `disposition.rs`.
//! RFC 9112, section 2.1:
//!
//! ```text
//! head = *( field-line CRLF ) CRLF
//! ```

use memchr::memchr2;

use super::dialect::Dialect;
use super::disposition::{self, ReceivedDisposition};
use super::error::{ParseError, ParseErrorKind};
use super::header::{Header, split_line};
use super::limits::Limits;
use super::oddity::Oddity;
use super::parameters::is_blank;

const CRLF: &[u8] = b"\r\n";

/// What was received ahead of a part's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedHead {
    /// The part's name; `None` only where the [`Dialect`] lets it be absent.
    pub name: Option<String>,
    /// The file's name as the sender gave it, path and all. Never open a file by it. Bytes that are
    /// not UTF-8 are replaced.
    pub filename: Option<String>,
    /// The value of Content-Type.
    pub content_type: Option<String>,
    /// All headers, in order, as received but for blanks around the value. Bytes that are not UTF-8
    /// are replaced.
    pub headers: Vec<(String, String)>,
    /// How many bytes of the body stand before the part's content.
    pub content_offset: u64,
    /// What was taken although no careful client sends it.
    pub oddities: Vec<Oddity>,
}

impl ReceivedHead {
    /// Whether the part is a file: whether it has a `filename`, be it empty, with a type or without.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.filename.is_some()
    }
}

/// The headers of one part while they come in.
#[derive(Debug)]
pub(super) struct HeaderBlock {
    /// How many bytes of the body stand before the block.
    offset: u64,
    /// How many bytes the lines have that are complete, line ends included.
    length: usize,
    /// How many bytes of the line after these are known to end no line.
    scanned: usize,
    headers: Vec<Header>,
    oddities: Vec<Oddity>,
}

/// What the unread bytes of a header block begin with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Not yet a line.
    NeedMore,
    /// A header, so many bytes with its line end; the block has it now.
    Header(usize),
    /// The empty line that ends the block, so many bytes.
    Empty(usize),
}

impl HeaderBlock {
    /// A block that begins at `offset`, behind a delimiter of which `oddities` are known.
    pub(super) fn new(offset: u64, oddities: Vec<Oddity>) -> Self {
        Self {
            offset,
            length: 0,
            scanned: 0,
            headers: Vec::new(),
            oddities,
        }
    }

    /// How many bytes of headers the block holds.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Reads a line from the unread bytes.
    ///
    /// # Errors
    ///
    /// The same at the same place however many bytes come at a time: what a byte can be blamed for
    /// is checked in the order of bytes, and what only a whole line can be blamed for after that.
    pub(super) fn read_line(
        &mut self,
        unread: &[u8],
        dash_boundary: &[u8],
        limits: &Limits,
    ) -> Result<Line, ParseError> {
        let Some(length) = self.line_length(unread, dash_boundary, limits)? else {
            return Ok(Line::NeedMore);
        };
        self.scanned = 0;
        if length == 0 {
            return Ok(Line::Empty(CRLF.len()));
        }
        if self.headers.len() >= limits.headers {
            return Err(self.error(
                ParseErrorKind::TooManyHeaders {
                    limit: limits.headers,
                },
                0,
            ));
        }
        let header = self.read_header(&unread[..length])?;
        self.headers.push(header);
        self.length += length + CRLF.len();
        Ok(Line::Header(length + CRLF.len()))
    }

    /// How long the line is that `unread` begins with, or `None` while its end is missing.
    fn line_length(
        &mut self,
        unread: &[u8],
        dash_boundary: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, ParseError> {
        let text = self.scanned + text_length(&unread[self.scanned..]);
        self.check_start(&unread[..text], dash_boundary, limits)?;
        self.scanned = text;
        match &unread[text..] {
            [] | [b'\r'] => Ok(None),
            [b'\r', b'\n', ..] => Ok(Some(text)),
            [found @ (b'\r' | b'\n'), ..] => {
                Err(self.error(ParseErrorKind::HeaderLineEnd { found: *found }, text))
            }
            [found, ..] => {
                Err(self.error(ParseErrorKind::ControlCharacter { found: *found }, text))
            }
        }
    }

    /// Checks the text of a line whose end may be still to come.
    ///
    /// A line with text will have a line end too, which counts from its first character on; a line
    /// without may be the empty one, which does not count.
    fn check_start(
        &self,
        text: &[u8],
        dash_boundary: &[u8],
        limits: &Limits,
    ) -> Result<(), ParseError> {
        let limit = limits.header_bytes;
        let has_room = |length: usize| self.length + length + CRLF.len() <= limit;
        if text.starts_with(dash_boundary) && has_room(dash_boundary.len()) {
            return Err(self.error(ParseErrorKind::DelimiterInHeaders, 0));
        }
        if text.is_empty() || has_room(text.len()) {
            return Ok(());
        }
        let offset = self.offset + limit as u64;
        Err(ParseErrorKind::HeadersTooLong { limit }.at(offset))
    }

    fn read_header(&self, line: &[u8]) -> Result<Header, ParseError> {
        if is_blank(line[0]) {
            return Err(self.error(ParseErrorKind::FoldedHeader, 0));
        }
        let (name, value_at) = split_line(line).map_err(|(kind, at)| self.error(kind, at))?;
        let offset = self.offset + self.length as u64;
        Ok(Header {
            name: name.to_owned(),
            value: line[value_at..].trim_ascii_end().to_vec(),
            offset,
            value_offset: offset + value_at as u64,
        })
    }

    /// The error that `kind` is, `at` bytes into the line that is being read.
    fn error(&self, kind: ParseErrorKind, at: usize) -> ParseError {
        kind.at(self.offset + (self.length + at) as u64)
    }

    /// What the block says, once it is whole and the content begins at `content_offset`.
    ///
    /// # Errors
    ///
    /// If it says nothing, or two things, about what the part is.
    pub(super) fn finish(
        &mut self,
        content_offset: u64,
        dialect: Dialect,
    ) -> Result<ReceivedHead, ParseError> {
        let mut oddities = std::mem::take(&mut self.oddities);
        let ReceivedDisposition { name, filename } =
            disposition::read(&self.headers, self.offset, dialect, &mut oddities)?;
        let content_type = first_content_type(&self.headers, &mut oddities);
        if filename.is_some() && content_type.is_none() {
            oddities.push(Oddity::MissingContentType);
        }
        let encodings = self
            .headers
            .iter()
            .filter(|header| header.is("Content-Transfer-Encoding"));
        oddities.extend(encodings.map(|header| Oddity::TransferEncoding(header.value_text())));
        let headers = std::mem::take(&mut self.headers);
        Ok(ReceivedHead {
            name,
            filename,
            content_type,
            headers: headers.into_iter().map(Header::into_texts).collect(),
            content_offset,
            oddities,
        })
    }
}

fn first_content_type(headers: &[Header], oddities: &mut Vec<Oddity>) -> Option<String> {
    let mut content_types = headers.iter().filter(|header| header.is("Content-Type"));
    let first = content_types.next().map(Header::value_text);
    if content_types.next().is_some() {
        oddities.push(Oddity::RepeatedContentType);
    }
    first
}

/// How many bytes stand ahead of the first control character.
///
/// Most are a line's, of which nothing but the end is one: looking for the end and then at all the
/// others, without stopping, takes many bytes at a time.
fn text_length(bytes: &[u8]) -> usize {
    let line = memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len());
    let line = &bytes[..line];
    let has_control = line
        .iter()
        .fold(false, |found, byte| found | is_control(*byte));
    if has_control {
        line.iter().take_while(|byte| !is_control(**byte)).count()
    } else {
        line.len()
    }
}

/// `CTL` without HTAB, which headers may contain.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

#[cfg(test)]
mod tests {
    use super::super::limits::Limits;
    use super::{HeaderBlock, Line};

    #[test]
    fn a_block_is_read_line_by_line() {
        let mut block = HeaderBlock::new(10, Vec::new());
        let mut read = |unread: &[u8]| block.read_line(unread, b"--B", &Limits::default());
        assert_eq!(read(b"A: b"), Ok(Line::NeedMore));
        assert_eq!(read(b"A: b\r"), Ok(Line::NeedMore));
        assert_eq!(read(b"A: b\r\nC"), Ok(Line::Header(6)));
        assert_eq!(read(b"C: d \r\n"), Ok(Line::Header(7)));
        assert_eq!(read(b"\r"), Ok(Line::NeedMore));
        assert_eq!(read(b"\r\nx"), Ok(Line::Empty(2)));
        assert_eq!(block.length(), 13);
        let places: Vec<_> = block
            .headers
            .iter()
            .map(|header| (header.offset, header.value_offset))
            .collect();
        assert_eq!(places, [(10, 13), (16, 19)]);
        assert_eq!(block.headers[1].value, b"d");
    }
}
