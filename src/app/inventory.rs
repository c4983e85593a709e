//! What a receiver finds in a multipart body: the parts, measured and hashed while they stream by.
//!
//! The same eyes look at a body before it is sent (`--dry-run`) and at one from anywhere (`inspect`): those of the
//! library's `Intake`, which also receives. This file only reads for it.

use std::io::{self, Read};

use formpost::multipart::{ParseError, Parser};
use formpost::receive::{Intake, IntakeError, Keep, ReceivedPart};
use formpost::send::{Algorithm, Checksum, Hasher, SourceError};
use serde::{Serialize, Serializer};
use thiserror::Error;

use super::framing::FramingError;
use super::output::OutputError;

/// Octets read at once.
const BLOCK: usize = 64 * 1024;

/// The parts of one body.
#[derive(Debug, Serialize)]
pub(crate) struct Inventory {
    #[serde(serialize_with = "with_offsets")]
    pub(crate) parts: Vec<ReceivedPart>,
    /// Octets of the body, framing included.
    pub(crate) bytes: u64,
}

/// A body without parts.
#[derive(Debug)]
pub(crate) struct Whole {
    /// Octets.
    pub(crate) bytes: u64,
    pub(crate) sha256: Checksum,
}

/// What is found in a body that is to be sent.
#[derive(Debug)]
pub(crate) enum Found {
    /// Parts.
    Parts(Inventory),
    /// No parts.
    Whole(Whole),
}

/// Who looks at a body wants to find the content in it; who sent it does not.
fn with_offsets<S: Serializer>(parts: &[ReceivedPart], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Entry<'a> {
        #[serde(flatten)]
        part: &'a ReceivedPart,
        offset: u64,
    }
    serializer.collect_seq(parts.iter().map(|part| Entry {
        part,
        offset: part.offset,
    }))
}

/// Why a body could not be taken apart.
#[derive(Debug, Error)]
pub(crate) enum InventoryError {
    /// There is no input.
    #[error("{name}: cannot be opened: {error}")]
    Open { name: String, error: io::Error },
    /// The input failed.
    #[error("{name}: cannot be read after {offset} bytes: {error}")]
    Input {
        name: String,
        offset: u64,
        error: io::Error,
    },
    /// The body is no multipart body.
    #[error("{name}: not a multipart body")]
    Malformed {
        name: String,
        #[source]
        error: ParseError,
    },
    /// The body does not end where its request says.
    #[error("{name}: not a whole body")]
    Framing {
        name: String,
        #[source]
        error: FramingError,
    },
    /// A source of a body that is to be sent broke its promise, which says more than that reading failed.
    #[error(transparent)]
    Source(SourceError),
    /// The body could be read, and its copy not be written.
    #[error(transparent)]
    Output(OutputError),
    /// A part could not be written to a file.
    #[error(transparent)]
    Intake(IntakeError),
}

/// Reads `body`, called `name` in messages, to its end; the parts become files if there is somewhere to keep them.
///
/// # Errors
/// If the input fails, is malformed, or a file cannot be written; then no file is left behind.
pub(crate) fn take(
    name: &str,
    body: &mut dyn Read,
    parser: Parser,
    keep: Keep<'_>,
) -> Result<Inventory, InventoryError> {
    let mut intake = Intake::new(parser, keep);
    let mut block = vec![0; BLOCK];
    loop {
        let bytes = intake.received();
        let count = read_block(body, &mut block).map_err(|error| of_input(name, bytes, error))?;
        if count == 0 {
            let parts = intake.finish().map_err(|error| of_body(name, error))?;
            return Ok(Inventory { parts, bytes });
        }
        intake
            .feed(&block[..count])
            .map_err(|error| of_body(name, error))?;
    }
}

/// Reads `body`, called `name` in messages, to its end.
///
/// # Errors
/// If the input fails.
pub(crate) fn weigh(name: &str, body: &mut dyn Read) -> Result<Whole, InventoryError> {
    let mut hasher = Hasher::new(Algorithm::Sha256);
    let mut block = vec![0; BLOCK];
    let mut bytes = 0;
    loop {
        let count = read_block(body, &mut block).map_err(|error| of_input(name, bytes, error))?;
        if count == 0 {
            let sha256 = hasher.finish();
            return Ok(Whole { bytes, sha256 });
        }
        hasher.update(&block[..count]);
        bytes += count as u64;
    }
}

fn read_block(body: &mut dyn Read, block: &mut [u8]) -> io::Result<usize> {
    loop {
        match body.read(block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// What reading failed of, for a reader that does more than read a file.
fn of_input(name: &str, offset: u64, error: io::Error) -> InventoryError {
    let error = match error.downcast() {
        Ok(error) => return InventoryError::Source(error),
        Err(error) => error,
    };
    let error = match error.downcast() {
        Ok(error) => {
            return InventoryError::Framing {
                name: name.to_owned(),
                error,
            };
        }
        Err(error) => error,
    };
    match error.downcast() {
        Ok(error) => InventoryError::Output(error),
        Err(error) => InventoryError::Input {
            name: name.to_owned(),
            offset,
            error,
        },
    }
}

fn of_body(name: &str, error: IntakeError) -> InventoryError {
    match error {
        IntakeError::Malformed(error) => InventoryError::Malformed {
            name: name.to_owned(),
            error,
        },
        error @ (IntakeError::FieldNotAllowed { .. } | IntakeError::Store(_)) => {
            InventoryError::Intake(error)
        }
    }
}
