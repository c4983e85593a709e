//! What is to be sent: a [`Form`] of [`Part`]s, each with a [`Content`] that promises its length.
//!
//! A `Content` is opened when its turn comes and not before, so that a form of thousands of files needs one
//! descriptor. What was promised when it was measured is checked then, and again at its end: a source that shrank,
//! grew or was written to is an error *before* the next delimiter, so that the server is left with a visibly
//! incomplete request and never with a complete wrong one.
//!
//! A `Form` is a recipe: its clones are cheap, and each of them can be sent, one after the other, as long as no source
//! is [`spent`](Form::spent). Each time the sources are opened anew and held to what was measured at first.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;
use std::sync::Arc;

use super::error::SourceError;
use super::identity::Identity;
use super::source::{Once, Pipe, Source, Wait};
use super::transfer_encoding::TransferEncoding;
use crate::multipart::{Boundary, BoundarySearch, PartHead};

/// A multipart body to be: its boundary and its parts, in the order in which they go out.
#[derive(Debug, Clone)]
pub struct Form {
    /// What stands between the parts.
    pub boundary: Boundary,
    /// The parts.
    pub parts: Vec<Part>,
}

impl Form {
    /// The name of the first source that cannot be read again; `None` when the form can be sent (again).
    #[must_use]
    pub fn spent(&self) -> Option<&str> {
        self.parts.iter().find_map(|part| part.content.spent())
    }
}

/// One part: its head, and where its content comes from.
#[derive(Debug, Clone)]
pub struct Part {
    /// What the part says of itself.
    pub head: PartHead,
    /// What it carries.
    pub content: Content,
}

/// Where a part's octets come from, and how many there will be.
///
/// The *name* each constructor takes is what error messages call the source.
///
/// Clones share what cannot be doubled: the octets in memory, an open file with its one offset, a reader. So one of
/// them at a time may be read; reading a second one while a first is being read is not supported.
#[derive(Clone)]
pub struct Content {
    pub(super) origin: Origin,
    encoding: TransferEncoding,
    /// What may not occur in it.
    boundary: Option<Boundary>,
}

#[derive(Clone)]
pub(super) enum Origin {
    /// A multipart of its own.
    Form(Form),
    /// A source, and what it is called.
    Source { name: String, source: Source },
}

impl Content {
    /// Octets in memory.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(String::from("text"), Source::Bytes(bytes.into().into()))
    }

    /// The regular file at `path`, which was `identity` when it was measured.
    #[must_use]
    pub fn file(path: PathBuf, identity: Identity) -> Self {
        Self::of(path.display().to_string(), Source::File { path, identity })
    }

    /// A FIFO or device at `path`: of unknown length, and opened (which waits for a FIFO's writer) when its turn comes,
    /// once.
    #[must_use]
    pub fn special(path: PathBuf) -> Self {
        let spent = Arc::default();
        Self::of(path.display().to_string(), Source::Special { path, spent })
    }

    /// The rest of an open regular file, from its current offset on: redirected standard input, a temporary file. It
    /// goes back to that offset each time it is opened.
    ///
    /// # Errors
    /// If the file cannot be measured.
    pub fn opened(name: impl Into<String>, mut file: File) -> io::Result<Self> {
        let identity = Identity::of(&file.metadata()?);
        let start = file.stream_position()?;
        let source = Source::Opened {
            length: identity.size.saturating_sub(start),
            file: Arc::new(file),
            start,
            identity,
        };
        Ok(Self::of(name.into(), source))
    }

    /// A stream of unknown length, such as a pipe. It can be read once.
    pub fn reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        Self::of(name.into(), Source::Reader(Once::new(Box::new(reader))))
    }

    /// An open pipe, or whatever else gives its octets when it likes, after what has been read of it already. It can be
    /// read once.
    pub fn pipe(name: impl Into<String>, beginning: Vec<u8>, rest: File) -> Self {
        let pipe = Pipe::new(beginning, rest);
        Self::of(name.into(), Source::Pipe(Once::new(pipe)))
    }

    /// A multipart inside the multipart. Its part's head must carry the inner boundary.
    #[must_use]
    pub fn form(form: Form) -> Self {
        Self {
            origin: Origin::Form(form),
            encoding: TransferEncoding::Binary,
            boundary: None,
        }
    }

    fn of(name: String, source: Source) -> Self {
        Self {
            origin: Origin::Source { name, source },
            encoding: TransferEncoding::Binary,
            boundary: None,
        }
    }

    /// The same content in a transfer encoding, which the part's head must name. A nested form stays as it is.
    #[must_use]
    pub fn encoded(self, encoding: TransferEncoding) -> Self {
        Self { encoding, ..self }
    }

    /// The same content, which fails where the boundary occurs in it: for a boundary that somebody chose. A nested form
    /// stays as it is.
    #[must_use]
    pub fn without(self, boundary: &Boundary) -> Self {
        Self {
            boundary: Some(boundary.clone()),
            ..self
        }
    }

    /// Which file it is, if it is one.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match &self.origin {
            Origin::Source {
                source: Source::File { identity, .. } | Source::Opened { identity, .. },
                ..
            } => Some(identity),
            Origin::Source { .. } | Origin::Form(_) => None,
        }
    }

    /// Octets as they will be sent, or `None` when that is unknown until the end. A nested form counts its contents
    /// alone, without its framing.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match &self.origin {
            Origin::Form(form) => total(&form.parts),
            Origin::Source { source, .. } => self.encoding.encoded_length(source.length()?),
        }
    }

    /// The name of the first source in it that cannot be read again.
    #[must_use]
    pub fn spent(&self) -> Option<&str> {
        match &self.origin {
            Origin::Form(form) => form.spent(),
            Origin::Source { name, source } => source.is_spent().then_some(name),
        }
    }

    /// The name of the first source in it that can be read once only.
    #[must_use]
    pub fn fleeting(&self) -> Option<&str> {
        match &self.origin {
            Origin::Form(form) => form.parts.iter().find_map(|part| part.content.fleeting()),
            Origin::Source { name, source } => source.is_fleeting().then_some(name),
        }
    }

    /// Opens the source and hands over the reader that keeps the promise. All its errors are [`SourceError`]s. A source
    /// that may have nothing to give for a while is waited for by `wait`, where the system can.
    pub(super) fn open(self, wait: Option<&Wait>) -> Result<Box<dyn Read + Send>, SourceError> {
        let Origin::Source { name, source } = self.origin else {
            return Ok(Box::new(io::empty()));
        };
        let mut reader = source.open(name.clone(), wait)?;
        if self.encoding != TransferEncoding::Binary {
            let name = name.clone();
            reader = Box::new(Encoded {
                name,
                reader: self.encoding.reader(reader),
            });
        }
        if let Some(boundary) = self.boundary {
            let search = BoundarySearch::new(&boundary);
            reader = Box::new(Searched {
                name,
                reader,
                search,
            });
        }
        Ok(reader)
    }
}

/// The sum of the contents' lengths, `None` if one is unknown.
pub(super) fn total(parts: &[Part]) -> Option<u64> {
    parts
        .iter()
        .try_fold(0_u64, |sum, part| sum.checked_add(part.content.length()?))
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.origin {
            Origin::Form(_) => "multipart",
            Origin::Source { name, .. } => name,
        };
        f.debug_struct("Content")
            .field("name", &name)
            .field("length", &self.length())
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

/// An encoded source: what its encoding refuses is the source's error too.
struct Encoded {
    name: String,
    reader: Box<dyn Read + Send>,
}

impl Read for Encoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).map_err(|error| {
            let error = match error.downcast::<SourceError>() {
                Ok(source) => source,
                Err(error) => SourceError::Encoding {
                    name: self.name.clone(),
                    error,
                },
            };
            io::Error::other(error)
        })
    }
}

/// A source that may not hold the boundary.
struct Searched {
    name: String,
    reader: Box<dyn Read + Send>,
    search: BoundarySearch,
}

impl Read for Searched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if self.search.finds_in(&buffer[..count]) {
            let name = self.name.clone();
            return Err(io::Error::other(SourceError::Boundary { name }));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::SeekFrom;

    use super::*;

    fn boundary() -> Boundary {
        Boundary::new("B").unwrap()
    }

    fn form(content: Content) -> Form {
        let head = PartHead::default();
        Form {
            boundary: boundary(),
            parts: vec![Part { head, content }],
        }
    }

    fn read(content: &Content) -> Result<Vec<u8>, SourceError> {
        let mut octets = Vec::new();
        match content.clone().open(None)?.read_to_end(&mut octets) {
            Ok(_) => Ok(octets),
            Err(error) => Err(error.downcast().unwrap()),
        }
    }

    #[test]
    fn what_can_be_read_again_reads_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "content").unwrap();
        let identity = Identity::of(&fs::metadata(&path).unwrap());
        let opened = Content::opened("opened", File::open(&path).unwrap()).unwrap();
        let inner = form(Content::bytes("content"));
        for content in [
            Content::bytes("content"),
            Content::file(path, identity),
            opened,
            Content::bytes("content").encoded(TransferEncoding::EightBit),
            Content::bytes("content").without(&boundary()),
        ] {
            for _ in 0..3 {
                assert_eq!(read(&content).unwrap(), b"content", "{content:?}");
            }
            assert_eq!(form(content).spent(), None);
        }
        assert_eq!(form(Content::form(inner)).spent(), None);
    }

    #[test]
    fn l11_an_opened_file_goes_back_to_where_it_stood() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"before|after").unwrap();
        file.seek(SeekFrom::Start(7)).unwrap();
        let content = Content::opened("standard input", file).unwrap();
        assert_eq!(content.length(), Some(5));

        let mut reader = content.clone().open(None).unwrap();
        assert_eq!(reader.read(&mut [0; 3]).unwrap(), 3);
        drop(reader);
        assert_eq!(read(&content).unwrap(), b"after");
    }

    #[test]
    fn a_file_is_held_to_what_was_measured_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "first").unwrap();
        let identity = Identity::of(&fs::metadata(&path).unwrap());
        let by_path = Content::file(path.clone(), identity);
        let opened = Content::opened("opened", File::open(&path).unwrap()).unwrap();
        for content in [&by_path, &opened] {
            assert_eq!(read(content).unwrap(), b"first");
        }
        fs::write(&path, "longer").unwrap();
        for content in [&by_path, &opened] {
            let error = content.clone().open(None).err().unwrap();
            assert!(matches!(error, SourceError::Changed { .. }), "{error}");
        }
    }

    #[test]
    fn a_reader_is_spent_once_it_was_asked() {
        let content = Content::reader("the pipe", &b"content"[..]);
        let nested = form(Content::form(form(content.clone())));
        drop(content.clone().open(None).unwrap());
        assert_eq!(nested.spent(), None, "nothing was read yet");

        let mut reader = content.clone().open(None).unwrap();
        assert_eq!(reader.read(&mut [0; 1]).unwrap(), 1);
        drop(reader);
        assert_eq!(nested.spent(), Some("the pipe"));
        let error = read(&content).unwrap_err();
        assert!(matches!(error, SourceError::Spent { .. }), "{error}");
        assert!(error.to_string().starts_with("the pipe: "), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_spent_once_it_was_opened() {
        let form = form(Content::special(PathBuf::from("/dev/null")));
        assert_eq!(form.clone().spent(), None);
        drop(form.parts[0].content.clone().open(None).unwrap());
        assert_eq!(form.spent(), Some("/dev/null"));
        assert!(read(&form.parts[0].content).is_err());

        let missing = Content::special(PathBuf::from("/dev/null/missing"));
        assert!(read(&missing).is_err());
        assert_eq!(missing.spent(), None, "it was never opened");
    }
}
