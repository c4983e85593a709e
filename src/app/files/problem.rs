//! What stands in the stream where a file could not.

use std::fmt::{self, Display, Formatter};
use std::fs::FileType;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::app::terminal::escape;

/// Why something is not among the files.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It was asked for and cannot be had.
    #[error("{}: {reason}", shown(.path))]
    Failed { path: PathBuf, reason: String },
    /// A list cannot be read, or not there.
    #[error("{place}: {reason}")]
    List { place: String, reason: String },
    /// It is no file. Nobody asked for it by its name: it was only come across.
    #[error("{}: left out, it is a {kind}", shown(.path))]
    LeftOut { path: PathBuf, kind: Kind },
    /// It is in another share of the files than the one that was asked for.
    #[error("left out, it is in another shard")]
    OtherShard,
    /// An ignore file has a line that cannot be obeyed; all others are.
    #[error("{0}")]
    IgnoreFile(String),
}

impl Problem {
    pub(crate) fn failed(path: impl Into<PathBuf>, reason: impl Display) -> Self {
        Self::Failed {
            path: path.into(),
            reason: reason.to_string(),
        }
    }

    pub(super) fn of_list(place: &str, reason: impl Display) -> Self {
        Self::List {
            place: escape(place.as_bytes()),
            reason: reason.to_string(),
        }
    }
}

/// A path in one line, and harmless; an empty one in quotes, since it would not be seen.
pub(super) fn shown(path: &Path) -> String {
    match path.as_os_str().as_encoded_bytes() {
        b"" => String::from("''"),
        octets => escape(octets),
    }
}

/// What there is that is neither a file nor a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    SymbolicLink,
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "only Unix tells them from devices")
    )]
    Fifo,
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "only Unix tells them from devices")
    )]
    Socket,
    Device,
}

impl Kind {
    pub(super) fn of(file_type: FileType) -> Self {
        if file_type.is_symlink() {
            Self::SymbolicLink
        } else {
            Self::of_special(file_type)
        }
    }

    #[cfg(unix)]
    fn of_special(file_type: FileType) -> Self {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            Self::Fifo
        } else if file_type.is_socket() {
            Self::Socket
        } else {
            Self::Device
        }
    }

    #[cfg(not(unix))]
    fn of_special(_: FileType) -> Self {
        Self::Device
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SymbolicLink => "symbolic link",
            Self::Fifo => "FIFO",
            Self::Socket => "socket",
            Self::Device => "device",
        })
    }
}
