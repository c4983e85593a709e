//! Where what was asked for goes: standard output, a file, or nowhere.
//!
//! A standard output whose reader has gone ends quietly; one that is full is an error of its own.

mod dump;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use formpost::send::{SendError, SourceError};
use thiserror::Error;

pub(crate) use dump::copying;

/// Something that was asked for cannot be written.
#[derive(Debug, Error)]
#[error("{name}: cannot be written")]
pub(crate) struct OutputError {
    name: String,
    source: io::Error,
}

/// A place for octets that were asked for.
pub(crate) enum Output {
    Stdout {
        mid_line: bool,
    },
    File {
        name: String,
        file: File,
    },
    /// It was not asked for.
    Nowhere,
    /// Whoever read it has gone.
    Closed,
}

impl Output {
    /// Standard output for nothing and `-`, else a file, emptied.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, OutputError> {
        match path.filter(|path| *path != Path::new("-")) {
            None => Ok(Self::Stdout { mid_line: false }),
            Some(path) => {
                let name = path.display().to_string();
                match File::create(path) {
                    Ok(file) => Ok(Self::File { name, file }),
                    Err(source) => Err(OutputError { name, source }),
                }
            }
        }
    }

    /// What was written last is not a whole line.
    pub(crate) fn is_mid_line(&self) -> bool {
        matches!(self, Self::Stdout { mid_line: true })
    }

    /// All of `source`, unless whoever reads it has gone. It ends with the first error, so that a source without end
    /// does not outlast its output.
    pub(crate) fn copy(&mut self, source: &mut dyn Read) -> anyhow::Result<()> {
        let mut block = vec![0; 64 * 1024];
        loop {
            match source.read(&mut block) {
                Ok(0) => return Ok(()),
                Ok(_) if matches!(self, Self::Closed) => return Ok(()),
                Ok(count) => self.write(&block[..count])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unwrapped(error)),
            }
        }
    }

    pub(crate) fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let (written, name) = match self {
            Self::Nowhere | Self::Closed => return Ok(()),
            Self::File { name, file } => (file.write_all(octets), name.as_str()),
            Self::Stdout { mid_line } => {
                *mid_line = !octets.ends_with(b"\n");
                let mut stdout = io::stdout().lock();
                (
                    stdout.write_all(octets).and_then(|()| stdout.flush()),
                    "standard output",
                )
            }
        };
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                *self = Self::Closed;
                Ok(())
            }
            Err(source) => Err(OutputError {
                name: name.to_owned(),
                source,
            }),
        }
    }
}

/// The typed error inside an I/O error, where there is one.
pub(crate) fn unwrapped(error: io::Error) -> anyhow::Error {
    let error = match error.downcast::<SendError>() {
        Ok(error) => return error.into(),
        Err(error) => error,
    };
    let error = match error.downcast::<SourceError>() {
        Ok(error) => return error.into(),
        Err(error) => error,
    };
    match error.downcast::<OutputError>() {
        Ok(error) => error.into(),
        Err(error) => error.into(),
    }
}
