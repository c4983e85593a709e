//! What an upload, or an error, comes to as an exit code. The only file that knows every error of the program.
//!
//! The code answers a script's question, *may I send it again?* The first matching row of this order counts: a source
//! that failed (6) beats the status, the status (3, 4, 5) beats what happened to the connection after it, an answer
//! that was cut (9) beats a 2xx, and an output that could not be written (1) does not undo any of them.

use std::error::Error;
use std::io;

use formpost::multipart::ParseError;
use formpost::send::{SendError, SourceError};

use super::boundary_search::SearchError;
use super::delivery::Delivered;
use super::delivery::error::{Asking, Doubtful, Fetching};
use super::exit::Exit;
use super::inventory::InventoryError;
use super::journal::JournalError;
use super::plan::error::PlanError;

/// What an upload with an answer comes to, and what went wrong besides. `read` is what came of reading the answer, and of
/// writing it.
pub(crate) fn of_delivery(
    delivered: &Delivered,
    read: anyhow::Result<()>,
) -> (Exit, Option<anyhow::Error>) {
    let response = &delivered.response;
    let read = read.and_then(|()| Ok(response.check_finished()?));
    let status = response.status();
    let (read, exit) = if delivered.is_fetched {
        // The upload is done: no status of what it led to may say that it can be sent again.
        let fetched = match status {
            200..=299 => Ok(()),
            _ => Err(Fetching::Answered(status).into()),
        };
        (read.and(fetched), Exit::Done)
    } else {
        (read, Exit::of_status(status))
    };
    match read {
        Err(error) if exit == Exit::Done => (of_error(&error), Some(error)),
        read => (exit, read.err()),
    }
}

/// What an error comes to: of the typed ones, the outermost decides, since it knows what the others were for.
pub(crate) fn of_error(error: &anyhow::Error) -> Exit {
    error.chain().find_map(of_link).unwrap_or(Exit::Other)
}

fn of_link(error: &(dyn Error + 'static)) -> Option<Exit> {
    if let Some(error) = error.downcast_ref::<SendError>() {
        Some(of_send_error(error))
    } else if let Some(error) = error.downcast_ref::<PlanError>() {
        Some(match error {
            PlanError::Usage { .. } => Exit::Usage,
            PlanError::Sources(_) => Exit::Source,
            PlanError::Spool { .. } | PlanError::Random(_) => Exit::Other,
        })
    } else if error.is::<Doubtful>() {
        Some(Exit::Unknown)
    } else if error.is::<Asking>() {
        Some(Exit::NotSent)
    } else if error.is::<SourceError>() {
        Some(Exit::Source)
    } else if error.is::<ParseError>() {
        Some(Exit::Malformed)
    } else if let Some(error) = error.downcast_ref::<InventoryError>() {
        match error {
            InventoryError::Open { .. }
            | InventoryError::Input { .. }
            | InventoryError::Source(_) => Some(Exit::Source),
            InventoryError::Malformed { .. } | InventoryError::Framing { .. } => {
                Some(Exit::Malformed)
            }
            InventoryError::Output(_) | InventoryError::Intake(_) => Some(Exit::Other),
        }
    } else if let Some(error) = error.downcast_ref::<JournalError>() {
        Some(of_journal_error(error))
    } else if let Some(error) = error.downcast_ref::<SearchError>() {
        Some(match error {
            SearchError::Given(_) => Exit::Usage,
            SearchError::NoBoundary { .. } | SearchError::Framing { .. } => Exit::Malformed,
        })
    } else {
        // An `io::Error` shows what it wraps only to those who ask it by name.
        let wrapped = error.downcast_ref::<io::Error>()?.get_ref()?;
        of_link(wrapped)
    }
}

fn of_send_error(error: &SendError) -> Exit {
    match error {
        SendError::Source(_) => Exit::Source,
        SendError::NotSent(_) => Exit::NotSent,
        SendError::Lost { .. } | SendError::TimedOut { .. } | SendError::Unfinished { .. } => {
            Exit::Unknown
        }
        SendError::NotHttp { .. } | SendError::Cut { .. } => Exit::Malformed,
        _ => Exit::Other,
    }
}

fn of_journal_error(error: &JournalError) -> Exit {
    match error {
        JournalError::Shard { .. } => Exit::Usage,
        JournalError::Open { .. } | JournalError::NoFile { .. } | JournalError::Read { .. } => {
            Exit::Source
        }
        JournalError::Foreign { .. }
        | JournalError::Version { .. }
        | JournalError::Malformed { .. }
        | JournalError::InUse { .. }
        | JournalError::Lock { .. }
        | JournalError::Exists { .. }
        | JournalError::Write { .. }
        | JournalError::Crowded { .. }
        | JournalError::Id(_) => Exit::Other,
    }
}
