//! Where what was asked for goes: standard output, a file, or nowhere.
//!
//! A standard output whose reader has gone ends quietly; one that is full is an error of its own. One that is a terminal
//! shows what comes from the far side and does not obey it, and is spared what is no text.

mod dump;
mod screen;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use formpost::send::{SendError, SourceError};
use thiserror::Error;

pub(crate) use dump::copying;
use screen::Screen;

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
    /// Standard output for somebody who reads foreign text there, on a terminal.
    Screen(Screen),
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
    /// Standard output for `-`, else a file, emptied. What was asked for by name is written as it is.
    pub(crate) fn open(path: &Path) -> Result<Self, OutputError> {
        if path == Path::new("-") {
            return Ok(Self::Stdout { mid_line: false });
        }
        let name = path.display().to_string();
        match File::create(path) {
            Ok(file) => Ok(Self::File { name, file }),
            Err(source) => Err(OutputError { name, source }),
        }
    }

    /// Standard output, for foreign text.
    pub(crate) fn foreign(is_terminal: bool) -> Self {
        if is_terminal {
            Self::Screen(Screen::default())
        } else {
            Self::Stdout { mid_line: false }
        }
    }

    /// What was written last is not a whole line.
    pub(crate) fn is_mid_line(&self) -> bool {
        match self {
            Self::Stdout { mid_line } => *mid_line,
            Self::Screen(screen) => screen.is_mid_line(),
            Self::File { .. } | Self::Nowhere | Self::Closed => false,
        }
    }

    /// How many octets were kept from a terminal because they are no text.
    pub(crate) fn withheld(&self) -> Option<u64> {
        match self {
            Self::Screen(screen) => screen.withheld(),
            Self::Stdout { .. } | Self::File { .. } | Self::Nowhere | Self::Closed => None,
        }
    }

    /// All of `source`, unless whoever reads it has gone. It ends with the first error, so that a source without end
    /// does not outlast its output.
    pub(crate) fn copy(&mut self, source: &mut dyn Read) -> anyhow::Result<()> {
        let copied = self.copy_blocks(source);
        let ended = self.end();
        copied?;
        Ok(ended?)
    }

    fn copy_blocks(&mut self, source: &mut dyn Read) -> anyhow::Result<()> {
        let mut block = vec![0; 64 * 1024];
        loop {
            let count = match source.read(&mut block) {
                Ok(0) => return Ok(()),
                Ok(_) if matches!(self, Self::Closed) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unwrapped(error)),
            };
            if let Self::Screen(screen) = self {
                screen.look(&block[..count]);
            }
            self.write(&block[..count])?;
        }
    }

    /// Says that nothing more is written.
    pub(crate) fn end(&mut self) -> Result<(), OutputError> {
        match self {
            Self::Screen(screen) => {
                let written = screen.end();
                self.judge(written)
            }
            Self::Stdout { .. } | Self::File { .. } | Self::Nowhere | Self::Closed => Ok(()),
        }
    }

    pub(crate) fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let written = match self {
            Self::Nowhere | Self::Closed => Ok(()),
            Self::File { file, .. } => file.write_all(octets),
            Self::Screen(screen) => screen.write(octets),
            Self::Stdout { mid_line } => {
                *mid_line = !octets.ends_with(b"\n");
                print(octets)
            }
        };
        self.judge(written)
    }

    fn judge(&mut self, written: io::Result<()>) -> Result<(), OutputError> {
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                *self = Self::Closed;
                Ok(())
            }
            Err(source) => {
                let name = match self {
                    Self::File { name, .. } => name.clone(),
                    Self::Stdout { .. } | Self::Screen(_) | Self::Nowhere | Self::Closed => {
                        String::from("standard output")
                    }
                };
                Err(OutputError { name, source })
            }
        }
    }
}

fn print(octets: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(octets).and_then(|()| stdout.flush())
}

/// Reads what nobody wants to its end.
///
/// # Errors
/// If that fails, by the typed error where there is one.
pub(crate) fn drain(source: &mut dyn Read) -> anyhow::Result<()> {
    io::copy(source, &mut io::sink()).map_err(unwrapped)?;
    Ok(())
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
