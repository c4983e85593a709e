//! Whether a file still is what was measured.

use std::fs::{File, Metadata};
use std::time::SystemTime;

use super::error::SourceError;

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
    pub(super) fn check_open(&self, file: &File, name: &str) -> Result<(), SourceError> {
        let metadata = file.metadata().map_err(|error| SourceError::Read {
            name: name.to_owned(),
            offset: 0,
            error,
        })?;
        self.check(&metadata, name)
    }

    pub(super) fn check(&self, metadata: &Metadata, name: &str) -> Result<(), SourceError> {
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
