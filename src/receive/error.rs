//! What can go wrong between a part and its file.

use std::io;
use std::path::PathBuf;

use super::StoredName;

/// Why received files could not be stored.
///
/// The message names the file or directory; what the system says about it is the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory cannot be created, or no file can be created in it.
    #[error("cannot store files in `{}`", .dir.display())]
    Open {
        /// The directory.
        dir: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something else stands where the directory should be.
    #[error("expected a directory at `{}`, found something else", .dir.display())]
    NotADirectory {
        /// Where the directory should be.
        dir: PathBuf,
    },
    /// The temporary file cannot be created.
    #[error("cannot create a temporary file for `{name}`")]
    Create {
        /// The name that the file would have got.
        name: StoredName,
        /// What the system says.
        source: io::Error,
    },
    /// The temporary file cannot be written.
    #[error("cannot write `{name}`")]
    Write {
        /// The name that the file would have got.
        name: StoredName,
        /// What the system says.
        source: io::Error,
    },
    /// The name is taken, and [`OnExist::Error`](super::OnExist::Error) forbids to look for another.
    #[error("expected `{}` to be a new file, found it there already", .path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// The name is taken with every number.
    #[error("expected a free number for `{}`, found all up to {tried} taken", .path.display())]
    NoFreeNumber {
        /// The name without a number.
        path: PathBuf,
        /// The last number that was tried.
        tried: u32,
    },
    /// A whole file cannot get its name.
    #[error("cannot rename a received file to `{}`", .path.display())]
    Rename {
        /// What the file should have become.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl StoreError {
    /// Whether there is no room: the disk is full, or the user's share of it. A server answers 507
    /// then.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(
            self.kind(),
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        )
    }

    /// What kind of error the system gave, if it was the system.
    fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Open { source, .. }
            | Self::Create { source, .. }
            | Self::Write { source, .. }
            | Self::Rename { source, .. } => Some(source.kind()),
            Self::NotADirectory { .. } | Self::Exists { .. } | Self::NoFreeNumber { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lack_of_room_counts_as_full() {
        let table = [
            (io::ErrorKind::StorageFull, true),
            (io::ErrorKind::QuotaExceeded, true),
            (io::ErrorKind::PermissionDenied, false),
            (io::ErrorKind::FileTooLarge, false),
        ];
        for (kind, full) in table {
            let dir = PathBuf::from("in");
            let source = io::Error::from(kind);
            assert_eq!(StoreError::Open { dir, source }.is_full(), full, "{kind}");
        }
        let path = PathBuf::from("in/a");
        assert!(!StoreError::Exists { path }.is_full());
    }
}
