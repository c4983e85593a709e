//! Outcomes as exit codes.
//!
//! The code answers a script's question, *may I send it again?* The first matching row of this order counts: a source
//! that failed (6) beats the status, the status (3, 4, 5) beats what happened to the connection after it, an answer
//! that was cut (9) beats a 2xx, and an output that could not be written (1) does not undo any of them.

use std::error::Error;
use std::io;

use formpost::multipart::ParseError;
use formpost::send::{SendError, SourceError};

use super::boundary_search::SearchError;
use super::delivery::error::{Asking, Doubtful};
use super::inventory::InventoryError;
use super::journal::JournalError;
use super::plan::error::PlanError;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Exit {
    /// The whole body was sent and a whole 2xx response received.
    #[default]
    Done = 0,
    /// Anything else, an output that cannot be written among it.
    Other = 1,
    /// The command line contradicts itself.
    Usage = 2,
    /// Answered 3xx.
    Redirected = 3,
    /// Answered 4xx.
    Refused = 4,
    /// Answered 5xx.
    ServerFailed = 5,
    /// A source could not be read, or changed.
    Source = 6,
    /// Nothing was sent.
    NotSent = 7,
    /// Lost, stalled or timed out after sending began, in this attempt or, if it was never sent, in one before it.
    Unknown = 8,
    /// Not HTTP, or a cut answer; a body that is no multipart.
    Malformed = 9,
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The word for other programs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Other => "other",
            Self::Usage => "usage",
            Self::Redirected => "redirected",
            Self::Refused => "refused",
            Self::ServerFailed => "failed",
            Self::Source => "source",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
            Self::Malformed => "malformed",
        }
    }

    /// What a final status comes to.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Done,
            300..=399 => Self::Redirected,
            400..=499 => Self::Refused,
            500..=599 => Self::ServerFailed,
            _ => Self::Malformed,
        }
    }

    /// What an error comes to: of the typed ones, the outermost decides, since it knows what the others were for.
    pub(crate) fn of_error(error: &anyhow::Error) -> Self {
        error.chain().find_map(Self::of_link).unwrap_or(Self::Other)
    }

    fn of_link(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<SendError>() {
            Some(Self::of_send_error(error))
        } else if let Some(error) = error.downcast_ref::<PlanError>() {
            Some(match error {
                PlanError::Usage { .. } => Self::Usage,
                PlanError::Sources(_) => Self::Source,
                PlanError::Spool { .. } | PlanError::Random(_) => Self::Other,
            })
        } else if error.is::<Doubtful>() {
            Some(Self::Unknown)
        } else if error.is::<Asking>() {
            Some(Self::NotSent)
        } else if error.is::<SourceError>() {
            Some(Self::Source)
        } else if error.is::<ParseError>() {
            Some(Self::Malformed)
        } else if let Some(error) = error.downcast_ref::<InventoryError>() {
            match error {
                InventoryError::Open { .. }
                | InventoryError::Input { .. }
                | InventoryError::Source(_) => Some(Self::Source),
                InventoryError::Malformed { .. } | InventoryError::Framing { .. } => {
                    Some(Self::Malformed)
                }
                InventoryError::Output(_) | InventoryError::Intake(_) => Some(Self::Other),
            }
        } else if let Some(error) = error.downcast_ref::<JournalError>() {
            Some(Self::of_journal_error(error))
        } else if let Some(error) = error.downcast_ref::<SearchError>() {
            Some(match error {
                SearchError::Given(_) => Self::Usage,
                SearchError::NoBoundary { .. } | SearchError::Framing { .. } => Self::Malformed,
            })
        } else {
            // An `io::Error` shows what it wraps only to those who ask it by name.
            let wrapped = error.downcast_ref::<io::Error>()?.get_ref()?;
            Self::of_link(wrapped)
        }
    }

    fn of_send_error(error: &SendError) -> Self {
        match error {
            SendError::Source(_) => Self::Source,
            SendError::NotSent(_) => Self::NotSent,
            SendError::Lost { .. } | SendError::TimedOut { .. } | SendError::Unfinished { .. } => {
                Self::Unknown
            }
            SendError::NotHttp { .. } | SendError::Cut { .. } => Self::Malformed,
            _ => Self::Other,
        }
    }

    fn of_journal_error(error: &JournalError) -> Self {
        match error {
            JournalError::Shard { .. } => Self::Usage,
            JournalError::Open { .. } | JournalError::NoFile { .. } | JournalError::Read { .. } => {
                Self::Source
            }
            JournalError::Foreign { .. }
            | JournalError::Version { .. }
            | JournalError::Malformed { .. }
            | JournalError::InUse { .. }
            | JournalError::Lock { .. }
            | JournalError::Exists { .. }
            | JournalError::Write { .. }
            | JournalError::Crowded { .. }
            | JournalError::Id(_) => Self::Other,
        }
    }

    /// What a word stands for that [`as_str`](Self::as_str) gave.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|exit| exit.as_str() == word)
    }

    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 10] = [
        Self::Done,
        Self::Other,
        Self::Usage,
        Self::Redirected,
        Self::Refused,
        Self::ServerFailed,
        Self::Source,
        Self::NotSent,
        Self::Unknown,
        Self::Malformed,
    ];
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn every_outcome_has_a_word_and_every_number_an_outcome() {
        for (number, exit) in Exit::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(exit.code()), number);
            assert_eq!(Exit::of_word(exit.as_str()), Some(exit));
        }
        assert_eq!(Exit::of_word("Done"), None);
    }
}
