//! How a recorded request says where its body ends (RFC 9112, section 6), and the body taken out of it.
//!
//! ```text
//! chunked-body = *(size [extensions] CRLF octets CRLF) 1*"0" [extensions] CRLF *(trailer CRLF) CRLF
//! ```

use std::io::{self, BufRead, BufReader, Read};

use thiserror::Error;

/// Octets of a chunk's line, or of all trailers, that are read: servers take no more either.
const LINES: u64 = 16 * 1024;

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// With the input.
    Input,
    /// After so many octets.
    Length(u64),
    /// After a chunk without octets.
    Chunked,
}

/// Why a body cannot be taken out of its request.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{kind} (at byte {offset} of what follows the head)")]
pub(crate) struct FramingError {
    pub(crate) kind: FramingErrorKind,
    /// Octets behind the head, framing included, ahead of what is wrong.
    pub(crate) offset: u64,
}

/// See [`FramingError`].
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum FramingErrorKind {
    /// Its octets are not those of the body.
    #[error("expected a body without Content-Encoding, found {found:?}")]
    ContentEncoding { found: String },
    /// Its octets are not those of the body, nor can its end be told.
    #[error("expected Transfer-Encoding: chunked or none, found {found:?}")]
    TransferEncoding { found: String },
    /// A length that is none, or not the only one.
    #[error("expected one number as Content-Length, found {found:?}")]
    ContentLength { found: String },
    /// The input ended before the body did.
    #[error("expected the {length} bytes that Content-Length says, found the end of the input")]
    TooShort { length: u64 },
    /// The input ended before the last chunk did.
    #[error("expected more of a chunked body, found the end of the input")]
    IncompleteChunks,
    /// A chunk does not begin with its size.
    #[error("expected the size of a chunk in hexadecimal and CR LF")]
    ChunkSize,
    /// A chunk does not end where its size says.
    #[error("expected CR LF behind a chunk of the size that it says")]
    ChunkEnd,
    /// What follows the last chunk does not end.
    #[error("expected at most {LINES} bytes of trailers, found more")]
    TrailersTooLong,
}

impl FramingErrorKind {
    /// The kind's name for other programs.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::ContentEncoding { .. } => "content-encoding",
            Self::TransferEncoding { .. } => "transfer-encoding",
            Self::ContentLength { .. } => "content-length",
            Self::TooShort { .. } => "body-too-short",
            Self::IncompleteChunks => "incomplete-chunks",
            Self::ChunkSize => "chunk-size",
            Self::ChunkEnd => "chunk-end",
            Self::TrailersTooLong => "trailers-too-long",
        }
    }

    fn at(self, offset: u64) -> FramingError {
        FramingError { kind: self, offset }
    }
}

impl Framing {
    /// What a head says, given as its fields. As in RFC 9112, chunks are counted on where there is a length, too.
    ///
    /// # Errors
    /// If the body cannot be had from what follows the head.
    pub(crate) fn of_head<'a>(
        fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<Self, FramingError> {
        let mut codings = Vec::new();
        let mut length = None;
        for (name, value) in fields {
            let value = String::from_utf8_lossy(value).into_owned();
            if name.eq_ignore_ascii_case(b"transfer-encoding") {
                codings.push(value);
            } else if name.eq_ignore_ascii_case(b"content-length") {
                let known = *length.get_or_insert(number(&value));
                if known.is_none() || known != number(&value) {
                    return Err(FramingErrorKind::ContentLength { found: value }.at(0));
                }
            } else if name.eq_ignore_ascii_case(b"content-encoding")
                && !value.eq_ignore_ascii_case("identity")
            {
                return Err(FramingErrorKind::ContentEncoding { found: value }.at(0));
            }
        }
        let found = codings.join(", ");
        if found.eq_ignore_ascii_case("chunked") {
            return Ok(Self::Chunked);
        }
        if !codings.is_empty() {
            return Err(FramingErrorKind::TransferEncoding { found }.at(0));
        }
        Ok(length.flatten().map_or(Self::Input, Self::Length))
    }

    /// The body that `input` has behind the head; a [`FramingError`] comes out of reading.
    pub(crate) fn body<R: Read>(self, input: R) -> Unframed<R> {
        let (left, state) = match self {
            Self::Input => (u64::MAX, State::Input),
            Self::Length(length) => (length, State::Length(length)),
            Self::Chunked => (0, State::BeforeChunk),
        };
        Unframed {
            input: BufReader::new(input),
            offset: 0,
            left,
            state,
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// A body without its framing. Holds no more than a line of it.
pub(crate) struct Unframed<R> {
    input: BufReader<R>,
    /// Octets that were read.
    offset: u64,
    /// Octets of content up to the next framing.
    left: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Input,
    /// Of a body of so many octets.
    Length(u64),
    BeforeChunk,
    InChunk,
    Done,
}

impl<R: Read> Read for Unframed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state == State::InChunk && self.left == 0 {
            self.end_chunk()?;
        }
        if self.state == State::BeforeChunk && !buffer.is_empty() {
            self.begin_chunk()?;
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        if room == 0 {
            return Ok(0);
        }
        let count = self.input.read(&mut buffer[..room])?;
        self.offset += count as u64;
        self.left -= count as u64;
        match self.state {
            State::Length(length) if count == 0 => {
                Err(self.wrong(FramingErrorKind::TooShort { length }))
            }
            State::InChunk if count == 0 => Err(self.wrong(FramingErrorKind::IncompleteChunks)),
            State::Input | State::Length(_) | State::BeforeChunk | State::InChunk | State::Done => {
                Ok(count)
            }
        }
    }
}

impl<R: Read> Unframed<R> {
    fn wrong(&self, kind: FramingErrorKind) -> io::Error {
        io::Error::other(kind.at(self.offset))
    }

    fn begin_chunk(&mut self) -> io::Result<()> {
        let line = self.line(LINES)?;
        let size = line.strip_suffix(b"\r\n").and_then(chunk_size);
        let Some(size) = size else {
            return Err(self.wrong(FramingErrorKind::ChunkSize));
        };
        self.offset += line.len() as u64;
        if size > 0 {
            self.left = size;
            self.state = State::InChunk;
            return Ok(());
        }
        let mut room = LINES;
        loop {
            let trailer = self.line(room)?;
            if !trailer.ends_with(b"\n") {
                return Err(self.wrong(FramingErrorKind::TrailersTooLong));
            }
            self.offset += trailer.len() as u64;
            room -= trailer.len() as u64;
            if trailer == b"\r\n" {
                self.state = State::Done;
                return Ok(());
            }
        }
    }

    fn end_chunk(&mut self) -> io::Result<()> {
        let end = self.line(2)?;
        if end != b"\r\n" {
            return Err(self.wrong(FramingErrorKind::ChunkEnd));
        }
        self.offset += 2;
        self.state = State::BeforeChunk;
        Ok(())
    }

    /// A line with its end, or `room` octets if it is longer.
    fn line(&mut self, room: u64) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.input
            .by_ref()
            .take(room)
            .read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") && (line.len() as u64) < room {
            self.offset += line.len() as u64;
            return Err(self.wrong(FramingErrorKind::IncompleteChunks));
        }
        Ok(line)
    }
}

/// The size at the beginning of a chunk's line; what extends it is ignored.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
    if !digits.first()?.is_ascii_hexdigit() {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_head(fields: &[(&str, &str)]) -> Result<Framing, &'static str> {
        let fields = fields
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        Framing::of_head(fields).map_err(|error| error.kind.as_str())
    }

    /// The body, or what is wrong and where, read in blocks of every size.
    fn body(framing: Framing, input: &str) -> Result<String, (&'static str, u64)> {
        let outcomes = (1..20).map(|size| {
            let mut body = framing.body(input.as_bytes());
            let mut block = vec![0; size];
            let mut taken = Vec::new();
            loop {
                match body.read(&mut block) {
                    Ok(0) => return Ok(String::from_utf8(taken).unwrap()),
                    Ok(count) => taken.extend(&block[..count]),
                    Err(error) => {
                        let error: FramingError = error.downcast().unwrap();
                        return Err((error.kind.as_str(), error.offset));
                    }
                }
            }
        });
        let mut outcomes: Vec<_> = outcomes.collect();
        outcomes.dedup();
        assert_eq!(outcomes.len(), 1, "{outcomes:?}");
        outcomes.remove(0)
    }

    #[test]
    fn a_head_says_where_its_body_ends() {
        for (fields, expected) in [
            (&[][..], Ok(Framing::Input)),
            (&[("content-length", "12")], Ok(Framing::Length(12))),
            (&[("Content-Encoding", "identity")], Ok(Framing::Input)),
            (&[("Transfer-Encoding", "Chunked")], Ok(Framing::Chunked)),
            (
                &[("Content-Length", "1"), ("Transfer-Encoding", "chunked")],
                Ok(Framing::Chunked),
            ),
            (&[("Content-Length", "+1")], Err("content-length")),
            (
                &[("Content-Length", "1"), ("Content-Length", "2")],
                Err("content-length"),
            ),
            (
                &[("Transfer-Encoding", "gzip, chunked")],
                Err("transfer-encoding"),
            ),
            (
                &[("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "x")],
                Err("transfer-encoding"),
            ),
            (&[("Content-Encoding", "gzip")], Err("content-encoding")),
        ] {
            assert_eq!(of_head(fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn chunks_are_put_together() {
        for (input, expected) in [
            ("0\r\n\r\n", Ok("")),
            ("3\r\nabc\r\n000\r\n\r\nmore", Ok("abc")),
            (
                "2;x=\"y\"\r\nab\r\n1 \r\nc\r\n0;z\r\nA: b\r\n\r\n",
                Ok("abc"),
            ),
            ("A\r\n0123456789\r\n0\r\n\r\n", Ok("0123456789")),
            ("", Err(("incomplete-chunks", 0))),
            ("3\r\nab", Err(("incomplete-chunks", 5))),
            ("3\r\nabc\r\n", Err(("incomplete-chunks", 8))),
            ("0\r\n", Err(("incomplete-chunks", 3))),
            ("x\r\n", Err(("chunk-size", 0))),
            ("+3\r\nabc\r\n", Err(("chunk-size", 0))),
            ("3\nabc\r\n", Err(("chunk-size", 0))),
            ("11111111111111111\r\n", Err(("chunk-size", 0))),
            ("3\r\nabcd\r\n", Err(("chunk-end", 6))),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(body(Framing::Chunked, input), expected, "{input:?}");
        }
    }

    #[test]
    fn a_line_of_framing_has_a_bound() {
        let long = "0".repeat(20_000);
        let chunk = format!("{long}\r\n");
        assert_eq!(body(Framing::Chunked, &chunk), Err(("chunk-size", 0)));
        let trailer = format!("0\r\nA: {long}\r\n\r\n");
        let too_long = Err(("trailers-too-long", 3));
        assert_eq!(body(Framing::Chunked, &trailer), too_long);
    }

    #[test]
    fn a_length_is_all_of_the_body_and_no_more() {
        assert_eq!(body(Framing::Length(3), "abcd"), Ok("abc".to_owned()));
        assert_eq!(body(Framing::Length(0), "abcd"), Ok(String::new()));
        assert_eq!(body(Framing::Length(5), "abcd"), Err(("body-too-short", 4)));
        assert_eq!(body(Framing::Input, "abcd"), Ok("abcd".to_owned()));
    }
}
