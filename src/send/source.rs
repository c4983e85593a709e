//! A source being read: opened when its turn comes, and held to what was promised of it.
//!
//! A regular file that shrank, grew or was written to since it was measured is an error at its end at the latest. What
//! becomes of the octets is the [`Content`](super::Content)'s business.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::SourceError;
use super::identity::Identity;

/// Where octets come from.
#[derive(Clone)]
pub(super) enum Source {
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

impl Source {
    /// How many there will be; `None` where only the end tells.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File { identity, .. } => Some(identity.size),
            Self::Opened { length, .. } => Some(*length),
            Self::Special { .. } | Self::Pipe(_) | Self::Reader(_) => None,
        }
    }

    /// Whether it cannot be read again.
    pub(super) fn is_spent(&self) -> bool {
        match self {
            Self::Bytes(_) | Self::File { .. } | Self::Opened { .. } => false,
            Self::Special { spent, .. } => spent.load(Ordering::Acquire),
            Self::Pipe(pipe) => pipe.is_spent(),
            Self::Reader(reader) => reader.is_spent(),
        }
    }

    /// Whether it can be read once only.
    pub(super) fn is_fleeting(&self) -> bool {
        match self {
            Self::Bytes(_) | Self::File { .. } | Self::Opened { .. } => false,
            Self::Special { .. } | Self::Pipe(_) | Self::Reader(_) => true,
        }
    }

    /// Opens it and hands over the reader that keeps its promise. `name` is what error messages call it.
    pub(super) fn open(
        self,
        name: String,
        wait: Option<&Wait>,
    ) -> Result<Box<dyn Read + Send>, SourceError> {
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
    pub(super) fn new(reader: R) -> Self {
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
    pub(super) fn new(beginning: Vec<u8>, rest: File) -> Self {
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

/// One read that a signal cannot end.
fn read_uninterrupted(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
