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
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::error::SourceError;
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
    pub(super) source: Source,
    encoding: TransferEncoding,
    /// What may not occur in it.
    boundary: Option<Boundary>,
}

#[derive(Clone)]
pub(super) enum Source {
    /// A multipart of its own.
    Form(Form),
    /// Octets to be delivered.
    Octets { name: String, octets: Octets },
}

#[derive(Clone)]
pub(super) enum Octets {
    /// In memory already.
    Bytes(Arc<[u8]>),
    /// A regular file, as it was when it was measured; opened when its turn comes.
    File { path: PathBuf, identity: Identity },
    /// A FIFO or a device, opened when its turn comes; ends when it ends. Spent once it has been opened: who wrote into
    /// a FIFO is gone when it is closed.
    Special {
        path: PathBuf,
        spent: Arc<AtomicBool>,
    },
    /// A regular file that is open already and will be read from `start` on.
    Opened {
        file: Arc<File>,
        start: u64,
        identity: Identity,
        length: u64,
    },
    /// An open pipe.
    Pipe(Once<Pipe>),
    /// Anything else; ends when it ends.
    Reader(Once<Box<dyn Read + Send>>),
}

impl Content {
    /// Octets in memory.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::octets(String::from("text"), Octets::Bytes(bytes.into().into()))
    }

    /// The regular file at `path`, which was `identity` when it was measured.
    #[must_use]
    pub fn file(path: PathBuf, identity: Identity) -> Self {
        Self::octets(path.display().to_string(), Octets::File { path, identity })
    }

    /// A FIFO or device at `path`: of unknown length, and opened (which waits for a FIFO's writer) when its turn comes,
    /// once.
    #[must_use]
    pub fn special(path: PathBuf) -> Self {
        let spent = Arc::default();
        Self::octets(path.display().to_string(), Octets::Special { path, spent })
    }

    /// The rest of an open regular file, from its current offset on: redirected standard input, a temporary file. It
    /// goes back to that offset each time it is opened.
    ///
    /// # Errors
    /// If the file cannot be measured.
    pub fn opened(name: impl Into<String>, mut file: File) -> io::Result<Self> {
        let identity = Identity::of(&file.metadata()?);
        let start = file.stream_position()?;
        let octets = Octets::Opened {
            length: identity.size.saturating_sub(start),
            file: Arc::new(file),
            start,
            identity,
        };
        Ok(Self::octets(name.into(), octets))
    }

    /// A stream of unknown length, such as a pipe. It can be read once.
    pub fn reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        Self::octets(name.into(), Octets::Reader(Once::new(Box::new(reader))))
    }

    /// An open pipe, or whatever else gives its octets when it likes, after what has been read of it already. It can be
    /// read once.
    pub fn pipe(name: impl Into<String>, beginning: Vec<u8>, rest: File) -> Self {
        let pipe = Pipe::new(beginning, rest);
        Self::octets(name.into(), Octets::Pipe(Once::new(pipe)))
    }

    /// A multipart inside the multipart. Its part's head must carry the inner boundary.
    #[must_use]
    pub fn form(form: Form) -> Self {
        Self {
            source: Source::Form(form),
            encoding: TransferEncoding::Binary,
            boundary: None,
        }
    }

    fn octets(name: String, octets: Octets) -> Self {
        Self {
            source: Source::Octets { name, octets },
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
        match &self.source {
            Source::Octets {
                octets: Octets::File { identity, .. } | Octets::Opened { identity, .. },
                ..
            } => Some(identity),
            Source::Octets { .. } | Source::Form(_) => None,
        }
    }

    /// Octets as they will be sent, or `None` when that is unknown until the end. A nested form counts its contents
    /// alone, without its framing.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match &self.source {
            Source::Form(form) => total(&form.parts),
            Source::Octets { octets, .. } => self.encoding.encoded_length(octets.length()?),
        }
    }

    /// The name of the first source in it that cannot be read again.
    #[must_use]
    pub fn spent(&self) -> Option<&str> {
        match &self.source {
            Source::Form(form) => form.spent(),
            Source::Octets { name, octets } => octets.is_spent().then_some(name),
        }
    }

    /// The name of the first source in it that can be read once only.
    #[must_use]
    pub fn fleeting(&self) -> Option<&str> {
        match &self.source {
            Source::Form(form) => form.parts.iter().find_map(|part| part.content.fleeting()),
            Source::Octets { name, octets } => octets.is_fleeting().then_some(name),
        }
    }

    /// Opens the source and hands over the reader that keeps the promise. All its errors are [`SourceError`]s. A source
    /// that may have nothing to give for a while is waited for by `wait`, where the system can.
    pub(super) fn open(self, wait: Option<&Wait>) -> Result<Box<dyn Read + Send>, SourceError> {
        let Source::Octets { name, octets } = self.source else {
            return Ok(Box::new(io::empty()));
        };
        let mut reader = octets.open(name.clone(), wait)?;
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
        let name = match &self.source {
            Source::Form(_) => "multipart",
            Source::Octets { name, .. } => name,
        };
        f.debug_struct("Content")
            .field("name", &name)
            .field("length", &self.length())
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

impl Octets {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File { identity, .. } => Some(identity.size),
            Self::Opened { length, .. } => Some(*length),
            Self::Special { .. } | Self::Pipe(_) | Self::Reader(_) => None,
        }
    }

    fn is_spent(&self) -> bool {
        match self {
            Self::Bytes(_) | Self::File { .. } | Self::Opened { .. } => false,
            Self::Special { spent, .. } => spent.load(Ordering::Acquire),
            Self::Pipe(pipe) => pipe.is_spent(),
            Self::Reader(reader) => reader.is_spent(),
        }
    }

    fn is_fleeting(&self) -> bool {
        match self {
            Self::Bytes(_) | Self::File { .. } | Self::Opened { .. } => false,
            Self::Special { .. } | Self::Pipe(_) | Self::Reader(_) => true,
        }
    }

    fn open(self, name: String, wait: Option<&Wait>) -> Result<Box<dyn Read + Send>, SourceError> {
        let failed = |name: &str, error| SourceError::Open {
            name: name.to_owned(),
            error,
        };
        if self.is_spent() {
            return Err(SourceError::Spent { name });
        }
        Ok(match self {
            Self::Bytes(bytes) => Box::new(io::Cursor::new(bytes)),
            Self::File { path, identity } => {
                // Opening what has become a FIFO would wait for its writer.
                let metadata = fs::metadata(&path).map_err(|error| failed(&name, error))?;
                identity.check(&metadata, &name)?;
                let file = File::open(path).map_err(|error| failed(&name, error))?;
                identity.check_open(&file, &name)?;
                let length = identity.size;
                Box::new(Delivery::promised(name, Arc::new(file), length, identity))
            }
            Self::Opened {
                mut file,
                start,
                identity,
                length,
            } => {
                identity.check_open(&file, &name)?;
                file.seek(SeekFrom::Start(start))
                    .map_err(|error| failed(&name, error))?;
                Box::new(Delivery::promised(name, file, length, identity))
            }
            Self::Special { path, spent } => {
                let file = open_special(&path, wait).map_err(|error| failed(&name, error))?;
                spent.store(true, Ordering::Release);
                let mut pipe = Pipe::new(Vec::new(), file);
                pipe.wait = wait.cloned();
                Box::new(Delivery::unknown(name, Box::new(pipe)))
            }
            Self::Pipe(pipe) => {
                pipe.lock().wait = wait.cloned();
                Box::new(Delivery::unknown(name, Box::new(pipe)))
            }
            Self::Reader(reader) => Box::new(Delivery::unknown(name, Box::new(reader))),
        })
    }
}

/// Opens a FIFO or a device. Where it is waited for, opening a FIFO does not wait for its writer: reading does.
fn open_special(path: &Path, wait: Option<&Wait>) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    // Elsewhere a FIFO that has no writer yet looks as if it had ended.
    #[cfg(target_os = "linux")]
    if wait.is_some() {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(flags).unwrap_or_default());
    }
    #[cfg(not(target_os = "linux"))]
    let _ = wait;
    options.open(path)
}

/// A reader that its clones share: what one of them has read is gone for all.
pub(super) struct Once<R> {
    reader: Arc<Mutex<R>>,
    /// Whether anything was asked of it yet.
    spent: Arc<AtomicBool>,
}

impl<R> Clone for Once<R> {
    fn clone(&self) -> Self {
        Self {
            reader: self.reader.clone(),
            spent: self.spent.clone(),
        }
    }
}

impl<R> Once<R> {
    fn new(reader: R) -> Self {
        Self {
            reader: Arc::new(Mutex::new(reader)),
            spent: Arc::default(),
        }
    }

    fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, R> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Read> Read for Once<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.spent.store(true, Ordering::Release);
        self.lock().read(buffer)
    }
}

/// Waits until a source has something to give, or fails when it is not wanted any more.
pub(super) type Wait = Arc<dyn Fn(&File) -> io::Result<()> + Send + Sync>;

/// An open pipe, and what has been read of it already.
pub(super) struct Pipe {
    beginning: io::Cursor<Vec<u8>>,
    rest: File,
    wait: Option<Wait>,
}

impl Pipe {
    fn new(beginning: Vec<u8>, rest: File) -> Self {
        Self {
            beginning: io::Cursor::new(beginning),
            rest,
            wait: None,
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.beginning.read(buffer)?;
        if count > 0 {
            return Ok(count);
        }
        loop {
            if let Some(wait) = &self.wait {
                wait(&self.rest)?;
            }
            match self.rest.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

/// What makes a regular file the same file, unchanged: device and inode (where the system has them), size, and the
/// time of its last modification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Octets.
    pub size: u64,
    modified: Option<SystemTime>,
    node: Option<(u64, u64)>,
}

impl Identity {
    /// The identity of the file that `metadata` was taken from.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let node = {
            use std::os::unix::fs::MetadataExt;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let node = None;
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            node,
        }
    }

    /// Whether both are the same file, changed or not; never, where the system has no way to tell.
    #[must_use]
    pub fn is_same_file(&self, other: &Self) -> bool {
        self.node.is_some() && self.node == other.node
    }

    /// That the open `file` still is what was measured.
    fn check_open(&self, file: &File, name: &str) -> Result<(), SourceError> {
        let metadata = file.metadata().map_err(|error| SourceError::Read {
            name: name.to_owned(),
            offset: 0,
            error,
        })?;
        self.check(&metadata, name)
    }

    fn check(&self, metadata: &Metadata, name: &str) -> Result<(), SourceError> {
        match self.difference(&Self::of(metadata)) {
            None => Ok(()),
            Some(change) => Err(SourceError::Changed {
                name: name.to_owned(),
                change,
            }),
        }
    }

    fn difference(&self, now: &Self) -> Option<String> {
        if self.node != now.node {
            Some(String::from("it is another file now"))
        } else if self.size != now.size {
            Some(format!(
                "{} bytes were measured, there are {} now",
                self.size, now.size
            ))
        } else if self.modified != now.modified {
            Some(String::from("it was written to"))
        } else {
            None
        }
    }
}

/// A source being read: names itself in every error, never says `Interrupted`, never ends before its promise, never
/// gives more than promised, and is looked at once more when all is read.
struct Delivery {
    name: String,
    reader: Reader,
    delivered: u64,
}

enum Reader {
    Promised {
        file: Arc<File>,
        length: u64,
        identity: Identity,
    },
    Unknown(Box<dyn Read + Send>),
}

impl Delivery {
    fn promised(name: String, file: Arc<File>, length: u64, identity: Identity) -> Self {
        Self::new(
            name,
            Reader::Promised {
                file,
                length,
                identity,
            },
        )
    }

    fn unknown(name: String, reader: Box<dyn Read + Send>) -> Self {
        Self::new(name, Reader::Unknown(reader))
    }

    fn new(name: String, reader: Reader) -> Self {
        Self {
            name,
            reader,
            delivered: 0,
        }
    }

    fn deliver(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        let Self {
            name,
            reader,
            delivered,
        } = self;
        let count = match reader {
            Reader::Unknown(reader) => read_uninterrupted(reader, buffer),
            Reader::Promised { file, length, .. } => {
                let room = usize::try_from(*length - *delivered).unwrap_or(usize::MAX);
                let room = room.min(buffer.len());
                read_uninterrupted(file, &mut buffer[..room])
            }
        }
        .map_err(|error| SourceError::Read {
            name: name.clone(),
            offset: *delivered,
            error,
        })?;
        *delivered += count as u64;
        if let Reader::Promised {
            file,
            length,
            identity,
        } = reader
        {
            if *delivered == *length {
                identity.check_open(file, name)?;
            } else if count == 0 && !buffer.is_empty() {
                return Err(SourceError::Ended {
                    name: name.clone(),
                    promised: *length,
                    delivered: *delivered,
                });
            }
        }
        Ok(count)
    }
}

impl Read for Delivery {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.deliver(buffer).map_err(io::Error::other)
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

/// One read that a signal cannot end.
fn read_uninterrupted(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
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
