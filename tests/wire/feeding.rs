//! One body, fed in many ways: all of them must come to the same.
//!
//! The fuzz targets feed bodies by this, too.

use formpost::multipart::{
    Boundary, Dialect, Event, Limits, Oddity, ParseError, Parser, ReceivedHead,
};

use super::limits::set_limit;

/// A part as it came out of a parser.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Received {
    pub(crate) head: ReceivedHead,
    pub(crate) content: Vec<u8>,
}

/// All that came out of a parser: the complete parts, and how it ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) parts: Vec<Received>,
    pub(crate) end: Result<(), ParseError>,
}

/// How a body is to be read.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) boundary: Boundary,
    pub(crate) dialect: Dialect,
    pub(crate) limits: Limits,
}

impl Setting {
    pub(crate) fn new(boundary: &str) -> Self {
        let boundary = Boundary::new(boundary).unwrap();
        Self {
            boundary,
            dialect: Dialect::FormData,
            limits: Limits::default(),
        }
    }

    /// Takes a line that says `boundary TEXT`, `dialect mixed` or `limit FIELD NUMBER`. False if it says nothing of the kind.
    pub(crate) fn take(&mut self, line: &str) -> bool {
        match line.split_once(' ') {
            Some(("boundary", text)) => match text.parse() {
                Ok(boundary) => self.boundary = boundary,
                Err(_) => return false,
            },
            Some(("dialect", "mixed")) => self.dialect = Dialect::Mixed,
            Some(("limit", text)) => {
                let limit = text.split_once(' ');
                return limit
                    .and_then(|(field, number)| set_limit(&mut self.limits, field, number))
                    .is_some();
            }
            _ => return false,
        }
        true
    }

    pub(crate) fn parser(&self) -> Parser {
        Parser::with_dialect(&self.boundary, self.limits.clone(), self.dialect)
    }
}

/// Collects events and checks that they come in an order that makes sense.
#[derive(Default)]
struct Collector {
    parts: Vec<Received>,
    open: Option<Received>,
    has_ended: bool,
    /// How often the parser was asked.
    calls: u64,
}

impl Collector {
    /// Takes all events there are; true when there will be no more.
    fn drain(&mut self, parser: &mut Parser) -> Result<bool, ParseError> {
        loop {
            self.calls += 1;
            match parser.next_event()? {
                Event::NeedMore => return Ok(false),
                Event::Part(head) => {
                    assert!(self.open.is_none() && !self.has_ended);
                    self.open = Some(Received {
                        head,
                        content: Vec::new(),
                    });
                }
                Event::Content(bytes) => {
                    assert!(!bytes.is_empty());
                    self.open.as_mut().unwrap().content.extend_from_slice(bytes);
                }
                Event::PartEnd => self.parts.push(self.open.take().unwrap()),
                Event::End => {
                    assert!(self.open.is_none());
                    self.has_ended = true;
                    return Ok(true);
                }
            }
        }
    }
}

/// Feeds slices, taking all events after each, and holds the parser to its bounds.
///
/// That of memory is the one in its documentation. That of time is held by counting: an answer that is not the last one
/// about a slice has taken at least one byte, and in single bytes an answer looks at no more than is held, which the other
/// bound limits. So in single bytes the time is linear where the number of answers is; a clock could not say so. How often
/// an answer looks at the same byte of a large slice is not counted: `benches/parse/others` has the clock for that.
pub(crate) fn run<'a>(setting: &Setting, slices: impl Iterator<Item = &'a [u8]>) -> Outcome {
    // A delimiter is 4 + 70 bytes at most, its padding 128; a CR may follow, or a header block.
    let held = (4 + 70 + 128 + 1).max(setting.limits.header_bytes + 1);
    let mut parser = setting.parser();
    let mut collector = Collector::default();
    let mut end = Ok(false);
    let mut answers = 1;
    for slice in slices {
        parser.feed(slice);
        answers += slice.len() as u64 + 1;
        assert!(
            parser.buffered() <= held + slice.len(),
            "{} bytes held",
            parser.buffered()
        );
        end = end.and_then(|_| collector.drain(&mut parser));
        assert!(
            parser.buffered() <= held,
            "{} bytes held",
            parser.buffered()
        );
    }
    parser.finish();
    let end = end.and_then(|_| collector.drain(&mut parser));
    if let Err(error) = &end {
        assert_eq!(
            parser.next_event(),
            Err(error.clone()),
            "a failure is for good"
        );
        assert_eq!(parser.buffered(), 0);
    }
    assert!(collector.calls <= answers, "{} answers", collector.calls);
    let end = end.map(|is_over| assert!(is_over, "a finished body needs no more"));
    Outcome {
        parts: collector.parts,
        end,
    }
}

/// Feeds everything in steps before taking the first event.
pub(crate) fn run_late(setting: &Setting, body: &[u8], step: usize) -> Outcome {
    let mut parser = setting.parser();
    body.chunks(step).for_each(|slice| parser.feed(slice));
    parser.finish();
    let mut collector = Collector::default();
    // The first `End` comes whatever follows it; the second says whether that was too much.
    let end = collector
        .drain(&mut parser)
        .and_then(|_| collector.drain(&mut parser))
        .map(|_| ());
    Outcome {
        parts: collector.parts,
        end,
    }
}

/// Parses a body whole, byte by byte, in every step from 2 to 63, late, cut in two everywhere if
/// it is small, and between a preamble and an epilogue. All must come to the same.
#[track_caller]
pub(crate) fn parse(setting: &Setting, body: &[u8]) -> Outcome {
    let whole = parse_cut(setting, body);
    if !body.is_empty() {
        check_surrounded(setting, body, &whole);
    }
    whole
}

#[track_caller]
fn parse_cut(setting: &Setting, body: &[u8]) -> Outcome {
    let whole = run(setting, [body].into_iter());
    for step in 1..64 {
        assert_eq!(run(setting, body.chunks(step)), whole, "in steps of {step}");
    }
    assert_eq!(run_late(setting, body, 7), whole, "read late");
    if body.len() <= 1000 {
        for at in 0..body.len() {
            let (first, second) = body.split_at(at);
            assert_eq!(
                run(setting, [first, second].into_iter()),
                whole,
                "cut at {at}"
            );
        }
    }
    whole
}

/// Parses a body once more with text around it: a preamble that nearly has a delimiter, and, if the
/// body is well-formed, an epilogue that has one.
#[track_caller]
fn check_surrounded(setting: &Setting, body: &[u8], whole: &Outcome) {
    let boundary = setting.boundary.as_str();
    let preamble = format!("preamble\r\n--{boundary}x\r\n--\r\n");
    let epilogue = format!("\r\n--{boundary}\r\nno header\r\n--{boundary}--\r\n");
    let shift = preamble.len() as u64;
    let mut surrounded = preamble.into_bytes();
    surrounded.extend_from_slice(body);
    if whole.end.is_ok() && setting.limits.body.is_none() {
        surrounded.extend_from_slice(epilogue.as_bytes());
    }
    let mut wider = setting.clone();
    wider.limits.preamble += shift;
    wider.limits.body = setting.limits.body.map(|limit| limit + shift);
    for step in [surrounded.len(), 1, 17] {
        let outcome = run(&wider, surrounded.chunks(step));
        assert_eq!(
            without_place(&outcome, shift),
            without_place(whole, 0),
            "surrounded"
        );
    }
}

/// An outcome as it would be without `shift` bytes of preamble.
fn without_place(outcome: &Outcome, shift: u64) -> (Vec<Received>, Result<(), (&str, u64)>) {
    let mut parts = outcome.parts.clone();
    for part in &mut parts {
        part.head.content_offset -= shift;
        part.head
            .oddities
            .retain(|oddity| *oddity != Oddity::Preamble);
    }
    let end = outcome
        .end
        .as_ref()
        .map_err(|error| (error.kind.as_str(), error.offset - shift));
    (parts, end.copied())
}
