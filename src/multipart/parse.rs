//! Parsing: a body as a sequence of events.
//!
//! Bytes go in by [`Parser::feed`], events come out of [`Parser::next_event`]; where the bytes come
//! from and what becomes of content is the caller's business. The parser's states are the places in
//! this grammar (RFC 2046, section 5.1.1) where a body may be cut into slices:
//!
//! ```text
//! multipart-body := [preamble CRLF]
//!                   dash-boundary transport-padding CRLF
//!                   body-part *encapsulation
//!                   close-delimiter transport-padding
//!                   [CRLF epilogue]
//! encapsulation  := delimiter transport-padding CRLF body-part
//! ```
//!
//! It departs from the grammar in two places. A close-delimiter may stand first: an empty form.
//! Content begins after the empty line and nowhere else, so a delimiter needs a CR LF of its own
//! behind it; content that begins with the dash-boundary is content.

use std::ops::Range;

use super::boundary::Boundary;
use super::buffer::Buffer;
use super::delimiter::{Delimiter, Found};
use super::dialect::Dialect;
use super::error::{ParseError, ParseErrorKind};
use super::headers::{HeaderBlock, Line, ReceivedHead};
use super::limits::Limits;
use super::oddity::Oddity;

/// What a parser found next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// Nothing yet: feed it more, or say that there is no more.
    NeedMore,
    /// A part begins.
    Part(ReceivedHead),
    /// Some of the part's content, never empty. How it is cut depends on how it was fed.
    Content(&'a [u8]),
    /// The part is complete.
    PartEnd,
    /// All parts are complete. What is fed from now on is counted and dropped.
    End,
}

/// Reads one body.
///
/// # Memory
///
/// A caller who takes all events before feeding more never has the parser hold more than the slice
/// that was fed last and, from before that, the larger of [`Limits::header_bytes`] and a delimiter
/// with its padding (74 and 128 bytes), and one CR. Content is never collected. Time is linear in the bytes fed,
/// however they are cut.
#[derive(Debug)]
pub struct Parser {
    delimiter: Delimiter,
    limits: Limits,
    dialect: Dialect,
    buffer: Buffer,
    state: State,
    /// How many parts began.
    parts: usize,
    /// How many bytes of content the parts without a file name had.
    fields_bytes: u64,
    /// How many bytes were fed.
    received: u64,
    is_finished: bool,
}

/// Where in the body the first unread byte is.
#[derive(Debug)]
enum State {
    Preamble,
    Headers(HeaderBlock),
    /// `start` bytes of the body stand before the content.
    Content {
        is_file: bool,
        start: u64,
    },
    /// After the close-delimiter, which ends at `offset`; the end is reported before it is checked
    /// whether an epilogue is too long, so that it does not matter when that came.
    Epilogue {
        offset: u64,
        is_reported: bool,
    },
    /// Nowhere any more.
    Failed(ParseError),
}

/// An event, or progress without one, that does not borrow yet.
enum Step {
    Again,
    NeedMore,
    Part(ReceivedHead),
    Content(Range<usize>),
    PartEnd,
    End,
}

impl Parser {
    /// A parser for a form's body.
    #[must_use]
    pub fn new(boundary: &Boundary, limits: Limits) -> Self {
        Self::with_dialect(boundary, limits, Dialect::FormData)
    }

    /// A parser for a body of parts that may say less about themselves.
    #[must_use]
    pub fn with_dialect(boundary: &Boundary, limits: Limits, dialect: Dialect) -> Self {
        Self {
            delimiter: Delimiter::new(boundary),
            limits,
            dialect,
            buffer: Buffer::new(),
            state: State::Preamble,
            parts: 0,
            fields_bytes: 0,
            received: 0,
            is_finished: false,
        }
    }

    /// Takes the next bytes of the body.
    ///
    /// Bytes after a failure, after the end and beyond [`Limits::body`] are counted, not kept.
    pub fn feed(&mut self, bytes: &[u8]) {
        let room = self
            .limits
            .body
            .map_or(u64::MAX, |limit| limit.saturating_sub(self.received));
        self.received += bytes.len() as u64;
        if matches!(self.state, State::Epilogue { .. } | State::Failed(_)) {
            return;
        }
        let length = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        self.buffer.feed(&bytes[..length]);
    }

    /// Says that there is no more: what is missing now is missing for good.
    pub fn finish(&mut self) {
        self.is_finished = true;
    }

    /// How many bytes were fed.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many bytes are held.
    #[must_use]
    pub fn buffered(&self) -> usize {
        let headers = match &self.state {
            State::Headers(block) => block.length(),
            State::Preamble | State::Content { .. } | State::Epilogue { .. } | State::Failed(_) => {
                0
            }
        };
        self.buffer.unread().len() + headers
    }

    /// How many bytes stand behind the close-delimiter, its line end among them.
    #[must_use]
    pub fn epilogue(&self) -> u64 {
        match self.state {
            State::Epilogue { offset, .. } => self.received - offset,
            State::Preamble | State::Headers(_) | State::Content { .. } | State::Failed(_) => 0,
        }
    }

    /// Gives the next event.
    ///
    /// The events and the error are the same however the body was cut when it was fed, but for
    /// where content is cut. After [`Event::End`] there is nothing but `End`, unless an epilogue
    /// makes the body longer than [`Limits::body`].
    ///
    /// # Errors
    ///
    /// If the body is malformed, ends too early or exceeds a limit. It is the same from then on.
    pub fn next_event(&mut self) -> Result<Event<'_>, ParseError> {
        if self.is_drained() {
            return Ok(Event::NeedMore);
        }
        match self.next_step() {
            Ok(Step::Part(head)) => Ok(Event::Part(head)),
            Ok(Step::Content(range)) => Ok(Event::Content(self.buffer.get(range))),
            Ok(Step::PartEnd) => Ok(Event::PartEnd),
            Ok(Step::End) => Ok(Event::End),
            Ok(Step::NeedMore | Step::Again) => Ok(Event::NeedMore),
            Err(error) => {
                self.buffer.clear();
                self.state = State::Failed(error.clone());
                Err(error)
            }
        }
    }

    /// Whether all content is taken, and more of it may come: how each slice of content ends, and
    /// half of what is asked when it comes byte by byte. Anything else is for the states to say.
    fn is_drained(&self) -> bool {
        matches!(self.state, State::Content { .. })
            && self.buffer.unread().is_empty()
            && !self.is_finished
            && self.limits.body.is_none()
    }

    /// The next step that is worth an event.
    fn next_step(&mut self) -> Result<Step, ParseError> {
        loop {
            let step = match &mut self.state {
                State::Preamble | State::Content { .. } => self.step_to_delimiter()?,
                State::Headers(block) => {
                    let dash_boundary = self.delimiter.dash_boundary();
                    match block.read_line(self.buffer.unread(), dash_boundary, &self.limits)? {
                        Line::NeedMore => Step::NeedMore,
                        Line::Header(length) => self.skip(length),
                        Line::Empty(length) => {
                            let offset = self.buffer.offset_after(length);
                            let head = block.finish(offset, self.dialect)?;
                            self.begin_content(length, head)
                        }
                    }
                }
                State::Epilogue { is_reported, .. } => {
                    if std::mem::replace(is_reported, true) {
                        self.check_body()?;
                    }
                    Step::End
                }
                State::Failed(error) => return Err(error.clone()),
            };
            match step {
                Step::Again => {}
                Step::NeedMore => return self.need_more(),
                Step::Part(_) | Step::Content(_) | Step::PartEnd | Step::End => return Ok(step),
            }
        }
    }

    /// Steps over bytes that are dealt with.
    fn skip(&mut self, length: usize) -> Step {
        self.buffer.consume(length);
        Step::Again
    }

    /// In preamble or content: up to the next delimiter, or over it.
    fn step_to_delimiter(&mut self) -> Result<Step, ParseError> {
        match self.delimiter.look(self.buffer.unread()) {
            Found::NeedMore => Ok(Step::NeedMore),
            Found::Content(length) => self.take_text(length),
            Found::Next {
                length,
                has_padding,
            } => self.begin_part(length, has_padding),
            Found::Close { length } => Ok(self.close(length)),
            Found::Malformed { kind, at } => Err(kind.at(self.buffer.offset_after(at))),
        }
    }

    /// Takes bytes that are in no delimiter, once they are counted, so that nothing beyond a limit is handed on.
    fn take_text(&mut self, length: usize) -> Result<Step, ParseError> {
        if let State::Content { is_file, start } = self.state {
            return self.take_content(is_file, self.buffer.offset() - start, length);
        }
        let limit = self.limits.preamble;
        if self.buffer.offset_after(length) > limit {
            return Err(ParseErrorKind::PreambleTooLong { limit }.at(limit));
        }
        Ok(self.skip(length))
    }

    /// Takes content of a part that had `before` bytes of it.
    fn take_content(
        &mut self,
        is_file: bool,
        before: u64,
        length: usize,
    ) -> Result<Step, ParseError> {
        let more = length as u64;
        let (room, too_long) = self.room(is_file, before);
        if more > room {
            return Err(too_long.at(self.buffer.offset() + room));
        }
        if !is_file {
            self.fields_bytes += more;
        }
        Ok(Step::Content(self.buffer.consume(length)))
    }

    /// How much more content a part may have that had `before` bytes, and what one byte over is.
    fn room(&self, is_file: bool, before: u64) -> (u64, ParseErrorKind) {
        if is_file {
            let limit = self.limits.file_bytes.unwrap_or(u64::MAX);
            return (limit - before, ParseErrorKind::FileTooLong { limit });
        }
        let Limits {
            field_bytes,
            fields_bytes,
            ..
        } = self.limits;
        let here = field_bytes - before;
        let in_all = fields_bytes - self.fields_bytes;
        if here <= in_all {
            (here, ParseErrorKind::FieldTooLong { limit: field_bytes })
        } else {
            (
                in_all,
                ParseErrorKind::FieldsTooLong {
                    limit: fields_bytes,
                },
            )
        }
    }

    /// Steps over a delimiter and its line end.
    fn begin_part(&mut self, length: usize, has_padding: bool) -> Result<Step, ParseError> {
        let dash_boundary = self.buffer.offset_after(b"\r\n".len());
        let limit = self.limits.parts;
        if self.parts >= limit {
            return Err(ParseErrorKind::TooManyParts { limit }.at(dash_boundary));
        }
        self.parts += 1;
        let is_first = matches!(self.state, State::Preamble);
        let mut oddities = Vec::new();
        if is_first && dash_boundary > 0 {
            oddities.push(Oddity::Preamble);
        }
        if has_padding {
            oddities.push(Oddity::TransportPadding);
        }
        self.buffer.consume(length);
        self.state = State::Headers(HeaderBlock::new(self.buffer.offset(), oddities));
        Ok(if is_first { Step::Again } else { Step::PartEnd })
    }

    /// Steps over the empty line behind a part's headers.
    fn begin_content(&mut self, length: usize, head: ReceivedHead) -> Step {
        self.buffer.consume(length);
        self.state = State::Content {
            is_file: head.is_file(),
            start: self.buffer.offset(),
        };
        Step::Part(head)
    }

    /// Steps over the close-delimiter. What stands behind it is not kept.
    fn close(&mut self, length: usize) -> Step {
        let is_first = matches!(self.state, State::Preamble);
        self.buffer.consume(length);
        self.state = State::Epilogue {
            offset: self.buffer.offset(),
            is_reported: false,
        };
        self.buffer.clear();
        if is_first { Step::Again } else { Step::PartEnd }
    }

    /// What it means that there is nothing left to read.
    fn need_more(&self) -> Result<Step, ParseError> {
        self.check_body()?;
        if !self.is_finished {
            return Ok(Step::NeedMore);
        }
        let kind = match self.state {
            State::Preamble if self.received == 0 => ParseErrorKind::EmptyBody,
            State::Preamble => ParseErrorKind::MissingDelimiter,
            State::Headers(_) => ParseErrorKind::IncompleteHeaders,
            State::Content { .. } => ParseErrorKind::MissingCloseDelimiter,
            State::Epilogue { .. } | State::Failed(_) => return Ok(Step::End),
        };
        Err(kind.at(self.received))
    }

    fn check_body(&self) -> Result<(), ParseError> {
        match self.limits.body {
            Some(limit) if self.received > limit => {
                Err(ParseErrorKind::BodyTooLong { limit }.at(limit))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::boundary::Boundary;
    use super::super::error::ParseErrorKind;
    use super::super::limits::Limits;
    use super::{Event, Parser};

    const HEAD: &[u8] = b"--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";

    fn parser(limits: Limits) -> Parser {
        Parser::new(&Boundary::new("B").unwrap(), limits)
    }

    #[test]
    fn nothing_fed_is_nothing_yet_and_then_an_error() {
        let mut parser = parser(Limits::default());
        assert_eq!(parser.next_event(), Ok(Event::NeedMore));
        parser.finish();
        assert_eq!(parser.next_event(), Err(ParseErrorKind::EmptyBody.at(0)));
    }

    #[test]
    fn content_comes_as_soon_as_it_cannot_be_a_delimiter() {
        let mut parser = parser(Limits::default());
        parser.feed(HEAD);
        assert!(matches!(parser.next_event(), Ok(Event::Part(_))));
        parser.feed(b"x\r");
        assert_eq!(parser.next_event(), Ok(Event::Content(b"x")));
        assert_eq!(parser.next_event(), Ok(Event::NeedMore));
        assert_eq!(parser.buffered(), 1);
        parser.feed(b"y");
        assert_eq!(parser.next_event(), Ok(Event::Content(b"\ry")));
        assert_eq!(parser.buffered(), 0);
    }

    #[test]
    fn headers_count_as_held_until_the_head_is_complete() {
        let mut parser = parser(Limits::default());
        parser.feed(&HEAD[..HEAD.len() - 1]);
        assert_eq!(parser.next_event(), Ok(Event::NeedMore));
        assert_eq!(parser.buffered(), HEAD.len() - b"--B\r\n".len() - 1);
        parser.feed(b"\n");
        let Ok(Event::Part(head)) = parser.next_event() else {
            panic!("no part")
        };
        assert_eq!(head.content_offset, HEAD.len() as u64);
        assert_eq!(
            head.headers,
            [("Content-Disposition".into(), "form-data; name=\"a\"".into())]
        );
        assert_eq!(parser.buffered(), 0);
    }

    #[test]
    fn g17_an_epilogue_is_counted_and_not_kept() {
        let mut parser = parser(Limits::default());
        parser.feed(b"--B--\r\n--B\r\n");
        assert_eq!(parser.next_event(), Ok(Event::End));
        parser.feed(&[b'x'; 100]);
        assert_eq!(parser.next_event(), Ok(Event::End));
        assert_eq!(
            (parser.epilogue(), parser.received(), parser.buffered()),
            (107, 112, 0)
        );
    }

    #[test]
    fn a26_an_epilogue_counts_against_the_body() {
        let mut parser = parser(Limits {
            body: Some(5),
            ..Limits::default()
        });
        parser.feed(b"--B--\r\n");
        assert_eq!(parser.next_event(), Ok(Event::End));
        let too_long = ParseErrorKind::BodyTooLong { limit: 5 }.at(5);
        assert_eq!(parser.next_event(), Err(too_long));
    }

    #[test]
    fn a_failure_is_for_good_and_keeps_nothing() {
        let mut parser = parser(Limits::default());
        parser.feed(b"--B\nmore");
        let failure = parser.next_event().unwrap_err();
        assert_eq!(
            failure,
            ParseErrorKind::DelimiterLineEnd { found: b'\n' }.at(3)
        );
        parser.feed(HEAD);
        parser.finish();
        assert_eq!(parser.next_event(), Err(failure));
        assert_eq!(
            (parser.buffered(), parser.received()),
            (0, 8 + HEAD.len() as u64)
        );
    }
}
