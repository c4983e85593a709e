//! A [`Form`] as one stream of octets.
//!
//! A body is a list of segments: framing, content, framing, content, framing. Its length is their sum, and reading
//! takes from the front; there is no second description of the layout that could drift from this one.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;
use std::sync::Arc;

use super::error::SourceError;
use super::form::{Content, Form, Source};
use super::meter::Meter;
use crate::multipart::{EncodeError, Encoder, Escape};

/// The octets of a form, in order, each source opened when it is reached.
///
/// Reading never yields `Interrupted`, never 0 before the end, and never more than [`length`](Body::length). A source
/// that breaks its promise makes reading fail with a [`SourceError`] inside the `io::Error`, and so does every read
/// after that.
#[derive(Debug)]
pub struct Body {
    segments: VecDeque<Segment>,
    length: Option<u64>,
    content_length: Option<u64>,
    read: u64,
    failed: bool,
    meter: Arc<Meter>,
}

enum Segment {
    Framing(Vec<u8>),
    Content { index: usize, content: Content },
    Opened { reader: Box<dyn Read + Send> },
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Framing(framing) => write!(f, "Framing({} bytes)", framing.len()),
            Self::Content { index, content } => write!(f, "Content({index}, {content:?})"),
            Self::Opened { .. } => f.write_str("Opened"),
        }
    }
}

impl Body {
    /// Lays `form` out; `meter` will be told how far reading has come.
    ///
    /// # Errors
    /// If a part's head cannot be written.
    pub fn new(form: Form, escape: Escape, meter: Arc<Meter>) -> Result<Self, EncodeError> {
        let content_length = super::form::total(&form.parts);
        let mut layout = Layout::default();
        layout.lay_out(form, escape)?;
        let segments = layout.finish();
        let length = segments
            .iter()
            .try_fold(0_u64, |sum, segment| sum.checked_add(segment.length()?));
        Ok(Self {
            segments,
            length,
            content_length,
            read: 0,
            failed: false,
            meter,
        })
    }

    /// Octets of the whole body, or `None` if one content's length is unknown.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Octets of its contents alone, or `None` if one's is unknown. This is what a [`Meter`] counts up to.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// The meter it tells.
    #[must_use]
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    fn read_front(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(segment) = self.segments.front_mut() {
            let count = segment.read(buffer, &self.meter)?;
            if count > 0 {
                let content = if segment.is_content() { count } else { 0 };
                self.meter.hand_over(content, count);
                self.read += count as u64;
                return Ok(count);
            }
            self.segments.pop_front();
        }
        Ok(0)
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.failed {
            return Err(io::Error::other("the body has failed before"));
        }
        self.read_front(buffer).inspect_err(|_| self.failed = true)
    }
}

impl Segment {
    fn is_content(&self) -> bool {
        !matches!(self, Self::Framing(_))
    }

    fn length(&self) -> Option<u64> {
        match self {
            Self::Framing(framing) => Some(framing.len() as u64),
            Self::Content { content, .. } => content.length(),
            Self::Opened { .. } => None,
        }
    }

    fn read(&mut self, buffer: &mut [u8], meter: &Meter) -> io::Result<usize> {
        self.open(meter).map_err(io::Error::other)?;
        match self {
            Self::Framing(framing) => {
                let count = framing.len().min(buffer.len());
                buffer[..count].copy_from_slice(&framing[..count]);
                framing.drain(..count);
                Ok(count)
            }
            Self::Opened { reader, .. } => reader.read(buffer),
            Self::Content { .. } => Ok(0),
        }
    }

    /// A content whose turn has come is opened.
    fn open(&mut self, meter: &Meter) -> Result<(), SourceError> {
        if let Self::Content { index, content } = self {
            meter.begin_content(*index);
            let reader = mem::replace(content, Content::bytes("")).open()?;
            *self = Self::Opened { reader };
        }
        Ok(())
    }
}

/// The segments so far, neighbouring framing run together.
#[derive(Default)]
struct Layout {
    segments: VecDeque<Segment>,
    framing: Vec<u8>,
    contents: usize,
}

impl Layout {
    fn lay_out(&mut self, form: Form, escape: Escape) -> Result<(), EncodeError> {
        let mut encoder = Encoder::new(&form.boundary, escape);
        for part in form.parts {
            self.framing.extend(encoder.part(&part.head)?);
            match part.content.source {
                Source::Form(inner) => self.lay_out(inner, escape)?,
                Source::Octets { .. } => self.push(part.content),
            }
        }
        self.framing.extend(encoder.finish());
        Ok(())
    }

    fn push(&mut self, content: Content) {
        let framing = mem::take(&mut self.framing);
        self.segments.push_back(Segment::Framing(framing));
        let index = self.contents;
        self.segments.push_back(Segment::Content { index, content });
        self.contents += 1;
    }

    fn finish(mut self) -> VecDeque<Segment> {
        self.segments.push_back(Segment::Framing(self.framing));
        self.segments
    }
}
