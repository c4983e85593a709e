//! What can be wrong with a journal.

use std::io;

use thiserror::Error;

use super::header::VERSION;
use crate::app::random::RandomError;

/// What is wrong with a journal. Each names it.
#[derive(Debug, Error)]
pub(crate) enum JournalError {
    /// It cannot be opened, or not be looked at.
    #[error("{name}: cannot be opened: {error}")]
    Open { name: String, error: io::Error },
    /// It is something that no journal can be.
    #[error("{name}: expected a file, found something else")]
    NoFile { name: String },
    /// Reading failed.
    #[error("{name}: cannot be read after {offset} bytes: {error}")]
    Read {
        name: String,
        offset: u64,
        error: io::Error,
    },
    /// It is something else.
    #[error("{name}: not a journal of formpost: its first line does not say so")]
    Foreign { name: String },
    /// It is of a version that is not known here.
    #[error("{name}: a journal of version {found}; this formpost knows version {VERSION}")]
    Version { name: String, found: u64 },
    /// One of its lines is none.
    #[error("{name}: line {line}, byte {offset}: not a record: {reason}")]
    Malformed {
        name: String,
        /// From 1 on.
        line: u64,
        /// Octets in front of what is wrong.
        offset: u64,
        reason: String,
    },
    /// It is kept for another shard.
    #[error("{name}: is kept for shard {found}, and this is {}", shard(.expected.as_deref()))]
    Shard {
        name: String,
        found: String,
        expected: Option<String>,
    },
    /// Somebody else has it.
    #[error("{name}: in use by another formpost, which is to end first")]
    InUse { name: String },
    /// The system cannot say whether somebody else has it.
    #[cfg_attr(windows, expect(dead_code, reason = "there the opening says it"))]
    #[error("{name}: cannot be locked: {error}")]
    Lock { name: String, error: io::Error },
    /// It is there already.
    #[error("{name}: is there already, and is not overwritten")]
    Exists { name: String },
    /// A record cannot be written, or not be brought onto the disk.
    #[error("{name}: cannot be written: {error}")]
    Write { name: String, error: io::Error },
    /// There are more journals in it than records can refer to.
    #[error("{name}: more than {} journals cannot be merged into one", u16::MAX)]
    Crowded { name: String },
    /// It cannot be given an id.
    #[error(transparent)]
    Id(RandomError),
}

fn shard(shard: Option<&str>) -> String {
    shard.map_or_else(
        || String::from("the whole"),
        |shard| format!("shard {shard}"),
    )
}
