//! Who has a journal. One process keeps it, or any number read it to the end of it: whoever comes second is refused, and
//! does not wait.
//!
//! The lock is the system's and goes with the process, however that ends. To look into a journal nobody needs it.

use std::fs::File;
use std::io;
use std::path::Path;

use super::error::JournalError;

/// What a journal is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// To write records.
    Keeping,
    /// To read all that will ever be written by who keeps it now.
    Merging,
}

/// Opens a journal that nobody has.
///
/// # Errors
/// If somebody has it, or it cannot be opened.
#[cfg(unix)]
pub(super) fn open(name: &str, path: &Path, what_for: Use) -> Result<File, JournalError> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    let is_kept = what_for == Use::Keeping;
    let file = File::options().read(true).write(is_kept).open(path);
    let file = file.map_err(|error| not_opened(name, what_for, error))?;
    let operation = match what_for {
        Use::Keeping => FlockOperation::NonBlockingLockExclusive,
        Use::Merging => FlockOperation::NonBlockingLockShared,
    };
    let name = || name.to_owned();
    match flock(&file, operation) {
        Ok(()) => Ok(file),
        Err(Errno::WOULDBLOCK) => Err(JournalError::InUse { name: name() }),
        Err(error) => Err(JournalError::Lock {
            name: name(),
            error: error.into(),
        }),
    }
}

/// Opens a journal that nobody has: there, a file says itself what others may do with it meanwhile.
///
/// # Errors
/// If somebody has it, or it cannot be opened.
#[cfg(windows)]
pub(super) fn open(name: &str, path: &Path, what_for: Use) -> Result<File, JournalError> {
    use std::os::windows::fs::OpenOptionsExt;

    const FILE_SHARE_READ: u32 = 1;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    let is_kept = what_for == Use::Keeping;
    let mut options = File::options();
    options.read(true).write(is_kept);
    match options.share_mode(FILE_SHARE_READ).open(path) {
        Ok(file) => Ok(file),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => {
            let name = name.to_owned();
            Err(JournalError::InUse { name })
        }
        Err(error) => Err(not_opened(name, what_for, error)),
    }
}

fn not_opened(name: &str, what_for: Use, error: io::Error) -> JournalError {
    let name = name.to_owned();
    match what_for {
        Use::Keeping => JournalError::Write { name, error },
        Use::Merging => JournalError::Open { name, error },
    }
}
