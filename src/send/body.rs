//! A [`Form`] as one stream of octets; or one [`Content`] that is all there is.
//!
//! A body is a list of segments: framing, content, framing, content, framing. Its length is their sum, and reading
//! takes from the front; there is no second description of the layout that could drift from this one. Where the body is
//! one content as it is, the list has that one segment.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;
use std::sync::Arc;

use super::coding::{Coded, Coding};
use super::error::SourceError;
use super::form::{Content, Form, Origin};
use super::meter::Meter;
use super::source::Wait;
use crate::multipart::{EncodeError, Encoder, Escape};

/// The octets of a form, in order, each source opened when it is reached.
///
/// Reading never yields `Interrupted`, never 0 before the end, and never more than [`length`](Body::length). A source
/// that breaks its promise makes reading fail with a [`SourceError`] inside the `io::Error`, and so does every read
/// after that.
pub struct Body {
    octets: Octets,
    length: Option<u64>,
    content_length: Option<u64>,
    failed: bool,
    /// There was nothing more to read.
    ended: bool,
    meter: Arc<Meter>,
    observer: Option<BodyObserver>,
}

/// Is given the octets of each content, and its index, as they are read.
type Observer = Box<dyn FnMut(usize, &[u8]) + Send>;

/// Is given the octets of the body, as they are read.
type BodyObserver = Box<dyn FnMut(&[u8]) + Send>;

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body")
            .field("segments", &self.octets.segments().list)
            .field("length", &self.length)
            .field("read", &self.meter.body())
            .finish_non_exhaustive()
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
        Ok(Self::of(layout.finish(), content_length, meter))
    }

    /// One content that is the whole body, without framing; `meter` will be told how far reading has come. A nested form
    /// is no such content.
    #[must_use]
    pub fn whole(content: Content, meter: Arc<Meter>) -> Self {
        let length = content.length();
        let segments = [Segment::Content { index: 0, content }];
        Self::of(segments.into(), length, meter)
    }

    fn of(list: VecDeque<Segment>, content_length: Option<u64>, meter: Arc<Meter>) -> Self {
        let segments = Segments {
            list,
            meter: meter.clone(),
            observer: None,
            wait: None,
        };
        Self {
            length: segments.length(),
            octets: Octets::Plain(segments),
            content_length,
            failed: false,
            ended: false,
            meter,
            observer: None,
        }
    }

    /// The same body in a content coding, which the request's head must name. How long it is shows at its end.
    ///
    /// # Errors
    /// If the coding cannot be begun, for lack of memory.
    pub fn coded(self, coding: Coding) -> io::Result<Self> {
        let Octets::Plain(segments) = self.octets else {
            return Err(io::Error::other("the body is coded already"));
        };
        Ok(Self {
            octets: Octets::Coded(Coded::new(segments, coding)?),
            length: None,
            ..self
        })
    }

    /// Octets of the whole body, or `None` if one content's length is unknown, or it is coded.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Octets of its contents alone, or `None` if one's is unknown. This is what a [`Meter`] counts up to.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// Whether it is one content as it is, with nothing around it.
    pub(super) fn is_one_content(&self) -> bool {
        match &self.octets {
            Octets::Plain(segments) => {
                matches!(segments.list.iter().next(), Some(Segment::Content { .. }))
            }
            Octets::Coded(_) => false,
        }
    }

    /// Whether it has been read to its end.
    pub(super) fn is_read(&self) -> bool {
        self.ended || self.length == Some(self.meter.body())
    }

    /// How many contents there are still to be read.
    #[must_use]
    pub fn contents(&self) -> usize {
        let list = self.octets.segments().list.iter();
        list.filter(|segment| segment.content_index().is_some())
            .count()
    }

    /// The meter it tells.
    #[must_use]
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Gives the octets of each content to `observer` as they are read, in the form in which they stand in the form, with
    /// the content's index: for checksums.
    pub fn observe_contents(&mut self, observer: impl FnMut(usize, &[u8]) + Send + 'static) {
        self.octets.segments_mut().observer = Some(Box::new(observer));
    }

    /// Gives the octets of the body to `observer` as they are read, in the form in which they are sent.
    pub fn observe(&mut self, observer: impl FnMut(&[u8]) + Send + 'static) {
        self.observer = Some(Box::new(observer));
    }

    /// Waits with `wait` for sources that may have nothing to give for a while.
    #[cfg(unix)]
    pub(super) fn wait_with(&mut self, wait: Wait) {
        self.octets.segments_mut().wait = Some(wait);
    }

    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.octets {
            Octets::Plain(segments) => segments.read(buffer)?,
            Octets::Coded(coded) => coded.read(buffer)?,
        };
        if let Some(observe) = &mut self.observer {
            observe(&buffer[..count]);
        }
        self.ended |= count == 0;
        self.meter.hand_over(count);
        Ok(count)
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
        self.read_on(buffer).inspect_err(|_| self.failed = true)
    }
}

/// What is read.
enum Octets {
    Plain(Segments),
    Coded(Coded<Segments>),
}

impl Octets {
    fn segments(&self) -> &Segments {
        match self {
            Self::Plain(segments) => segments,
            Self::Coded(coded) => coded.inner(),
        }
    }

    fn segments_mut(&mut self) -> &mut Segments {
        match self {
            Self::Plain(segments) => segments,
            Self::Coded(coded) => coded.inner_mut(),
        }
    }
}

/// What is still to be read, taken from the front.
struct Segments {
    list: VecDeque<Segment>,
    meter: Arc<Meter>,
    observer: Option<Observer>,
    wait: Option<Wait>,
}

impl Segments {
    fn length(&self) -> Option<u64> {
        let mut segments = self.list.iter();
        segments.try_fold(0_u64, |sum, segment| sum.checked_add(segment.length()?))
    }
}

impl Read for Segments {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(segment) = self.list.front_mut() {
            let count = segment.read(buffer, &self.meter, self.wait.as_ref())?;
            if count > 0 {
                if let Some(index) = segment.content_index() {
                    if let Some(observe) = &mut self.observer {
                        observe(index, &buffer[..count]);
                    }
                    self.meter.read_content(count);
                }
                return Ok(count);
            }
            self.list.pop_front();
        }
        Ok(0)
    }
}

enum Segment {
    Framing(Vec<u8>),
    Content {
        index: usize,
        content: Content,
    },
    Opened {
        index: usize,
        reader: Box<dyn Read + Send>,
    },
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

impl Segment {
    fn content_index(&self) -> Option<usize> {
        match self {
            Self::Framing(_) => None,
            Self::Content { index, .. } | Self::Opened { index, .. } => Some(*index),
        }
    }

    fn length(&self) -> Option<u64> {
        match self {
            Self::Framing(framing) => Some(framing.len() as u64),
            Self::Content { content, .. } => content.length(),
            Self::Opened { .. } => None,
        }
    }

    fn read(&mut self, buffer: &mut [u8], meter: &Meter, wait: Option<&Wait>) -> io::Result<usize> {
        self.open(meter, wait).map_err(io::Error::other)?;
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
    fn open(&mut self, meter: &Meter, wait: Option<&Wait>) -> Result<(), SourceError> {
        if let Self::Content { index, content } = self {
            meter.begin_content(*index);
            let reader = mem::replace(content, Content::bytes("")).open(wait)?;
            *self = Self::Opened {
                index: *index,
                reader,
            };
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
            match part.content.origin {
                Origin::Form(inner) => self.lay_out(inner, escape)?,
                Origin::Source { .. } => self.push(part.content),
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::multipart::{Boundary, PartHead};
    use crate::send::transfer_encoding::TransferEncoding;
    use crate::send::{Identity, Part};

    fn part(name: &str, content: Content) -> Part {
        Part {
            head: PartHead {
                name: Some(name.as_bytes().to_vec()),
                ..PartHead::default()
            },
            content,
        }
    }

    fn form(boundary: &str, parts: Vec<Part>) -> Form {
        Form {
            boundary: Boundary::new(boundary).unwrap(),
            parts,
        }
    }

    fn body(parts: Vec<Part>) -> Body {
        Body::new(form("B", parts), Escape::Percent, Arc::default()).unwrap()
    }

    /// A file, and the content it was when it was measured.
    fn measured(folder: &tempfile::TempDir, octets: &[u8]) -> (PathBuf, Content) {
        let path = folder.path().join("file");
        fs::write(&path, octets).unwrap();
        let identity = Identity::of(&fs::metadata(&path).unwrap());
        (path.clone(), Content::file(path, identity))
    }

    fn read_all(body: &mut Body) -> Result<Vec<u8>, SourceError> {
        let mut octets = Vec::new();
        match body.read_to_end(&mut octets) {
            Ok(_) => Ok(octets),
            Err(error) => Err(error.downcast().unwrap()),
        }
    }

    /// One octet a read, and `Interrupted` before each.
    struct Grudging<R>(R, bool);

    impl<R: Read> Read for Grudging<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let room = buffer.len().min(1);
            self.0.read(&mut buffer[..room])
        }
    }

    fn everything(folder: &tempfile::TempDir) -> Vec<Part> {
        let inner = form("inner", vec![part("c", Content::bytes("nested"))]);
        vec![
            part("a", Content::bytes("text")),
            part("empty", Content::bytes("")),
            part("file", measured(folder, b"of a file\r\n").1),
            part("group", Content::form(inner)),
            part(
                "b64",
                Content::bytes("abcd").encoded(TransferEncoding::Base64),
            ),
        ]
    }

    const EVERYTHING: &str = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntext\r\n\
        --B\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n\
        --B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nof a file\r\n\r\n\
        --B\r\nContent-Disposition: form-data; name=\"group\"\r\n\r\n\
        --inner\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\nnested\r\n--inner--\r\n\r\n\
        --B\r\nContent-Disposition: form-data; name=\"b64\"\r\n\r\nYWJjZA==\r\n\
        --B--\r\n";

    #[test]
    fn q1_q2_a_body_is_its_segments_at_every_size_of_read() {
        let folder = tempfile::tempdir().unwrap();
        for size in 1..=80 {
            let mut body = body(everything(&folder));
            assert_eq!(body.length(), Some(EVERYTHING.len() as u64));
            assert_eq!(body.content_length(), Some(4 + 11 + 6 + 8));
            let mut octets = Vec::new();
            let mut block = vec![0; size];
            loop {
                let count = body.read(&mut block).unwrap();
                if count == 0 {
                    break;
                }
                octets.extend_from_slice(&block[..count]);
            }
            assert_eq!(String::from_utf8(octets).unwrap(), EVERYTHING, "{size}");
            assert_eq!(body.read(&mut block).unwrap(), 0, "after its end");
            assert_eq!(body.meter().body(), EVERYTHING.len() as u64);
        }
    }

    #[test]
    fn q3_l16_an_interrupted_source_is_asked_again() {
        let content = Content::reader("slow", Grudging(&b"content"[..], false));
        let mut body = body(vec![part("a", content)]);
        assert_eq!(body.length(), None);
        let octets = read_all(&mut body).unwrap();
        assert!(
            octets
                .windows(11)
                .any(|window| window == b"\r\n\r\ncontent")
        );
        assert!(octets.ends_with(b"\r\n--B--\r\n"));
    }

    #[test]
    fn a_whole_body_is_its_content_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (path, content) = measured(&folder, b"as it is\r\n");
        let mut body = Body::whole(content.clone(), Arc::default());
        assert_eq!(body.length(), Some(10));
        assert_eq!(body.content_length(), Some(10));
        assert_eq!(read_all(&mut body).unwrap(), b"as it is\r\n");

        fs::write(&path, "more than it was").unwrap();
        let error = read_all(&mut Body::whole(content, Arc::default())).unwrap_err();
        assert!(matches!(error, SourceError::Changed { .. }), "{error}");
    }

    #[test]
    fn w8_a_form_without_parts_is_its_close_delimiter() {
        assert_eq!(read_all(&mut body(Vec::new())).unwrap(), b"--B--\r\n");
    }

    /// Reads the framing ahead of a first part called `a`, and one octet of its content.
    fn read_into_the_content(body: &mut Body) {
        let framing = EVERYTHING.find("text").unwrap() as u64;
        while body.meter().body() <= framing {
            assert_eq!(body.read(&mut [0]).unwrap(), 1);
        }
    }

    /// Reads the head of the first part, lets `change` happen, reads on, and expects no delimiter after that.
    fn changed_while_sent(octets: &[u8], change: impl Fn(&Path)) -> SourceError {
        let folder = tempfile::tempdir().unwrap();
        let (path, content) = measured(&folder, octets);
        let mut body = body(vec![part("a", content)]);
        read_into_the_content(&mut body);
        change(&path);
        let mut rest = Vec::new();
        let error = body.read_to_end(&mut rest).unwrap_err();
        assert!(
            !rest.windows(5).any(|window| window == b"\r\n--B"),
            "{rest:?}"
        );
        assert!(body.read(&mut [0]).is_err(), "it goes on after its error");
        error.downcast().unwrap()
    }

    #[test]
    fn l4_a_shrunken_file_stops_the_body_before_its_delimiter() {
        let error = changed_while_sent(&[b'x'; 1000], |path| {
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(500).unwrap();
        });
        assert!(
            matches!(
                error,
                SourceError::Ended {
                    promised: 1000,
                    delivered: 500,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn l5_a_grown_file_stops_the_body_before_its_delimiter() {
        let error = changed_while_sent(&[b'x'; 1000], |path| {
            fs::write(path, [b'x'; 1001]).unwrap();
        });
        assert!(matches!(error, SourceError::Changed { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("1000 bytes were measured, there are 1001"),
            "{error}"
        );
    }

    #[test]
    fn l6_a_file_rewritten_in_place_stops_the_body_before_its_delimiter() {
        let error = changed_while_sent(&[b'x'; 1000], |path| {
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        });
        assert!(error.to_string().contains("it was written to"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn l7_a_file_replaced_while_sent_is_sent_as_it_was_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (path, content) = measured(&folder, b"first");
        let mut body = body(vec![part("a", content)]);
        read_into_the_content(&mut body);
        let other = folder.path().join("other");
        fs::write(&other, "other").unwrap();
        fs::rename(&other, &path).unwrap();
        let rest = read_all(&mut body).unwrap();
        assert!(rest == b"irst\r\n--B--\r\n", "{rest:?}");
    }

    #[cfg(unix)]
    #[test]
    fn l19_a_file_replaced_before_its_turn_is_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, content) = measured(&folder, b"first");
        let other = folder.path().join("other");
        fs::write(&other, "other").unwrap();
        fs::rename(&other, &path).unwrap();
        let error = read_all(&mut body(vec![part("a", content)])).unwrap_err();
        assert!(error.to_string().contains("another file"), "{error}");
    }

    #[test]
    fn a_file_that_is_gone_when_its_turn_comes_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (path, content) = measured(&folder, b"first");
        fs::remove_file(&path).unwrap();
        let error = read_all(&mut body(vec![part("a", content)])).unwrap_err();
        assert!(
            error.to_string().starts_with(&path.display().to_string()),
            "{error}"
        );
    }

    #[test]
    fn what_an_encoding_cannot_carry_is_the_sources_error() {
        let content = Content::bytes("a\u{e4}").encoded(TransferEncoding::SevenBit);
        let error = read_all(&mut body(vec![part("a", content)])).unwrap_err();
        assert!(matches!(error, SourceError::Encoding { .. }), "{error}");
    }

    #[test]
    fn l15_lengths_beyond_32_bits_are_exact() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        fs::File::create(&path).unwrap().set_len(5 << 30).unwrap();
        let identity = Identity::of(&fs::metadata(&path).unwrap());
        let parts = || vec![part("a", Content::file(path.clone(), identity.clone()))];
        let framing = read_all(&mut body(vec![part("a", Content::bytes(""))])).unwrap();
        assert_eq!(
            body(parts()).length(),
            Some((5 << 30) + framing.len() as u64)
        );
    }
}
