//! The files on their way from who finds them to those who send them: through the journal, where one is kept.

use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use crate::app::files::Item;
use crate::app::journal::{
    Begun, Candidate, Doubt, Journal, JournalError, Outcome, Queue, Standing, Turn,
};

/// Where workers get the next file.
pub(crate) enum Supply<'j> {
    Plain(Mutex<Receiver<Candidate<Item>>>),
    Journalled(Queue<'j, Item>),
}

/// What to do next.
pub(crate) enum Next<'j> {
    Send(Task<'j>),
    /// Nothing, because of where it stands.
    Leave(Item, Standing),
}

/// A file to be sent.
pub(crate) enum Task<'j> {
    Plain(Item),
    Begun(Begun<'j, Item>),
}

impl<'j> Supply<'j> {
    pub(crate) fn new(
        files: Receiver<Candidate<Item>>,
        journal: Option<&'j Journal>,
        doubt: Doubt,
    ) -> Self {
        match journal {
            Some(journal) => Self::Journalled(journal.queue(files, doubt)),
            None => Self::Plain(Mutex::new(files)),
        }
    }

    /// The next file, or `None` once no more will come.
    ///
    /// # Errors
    /// If the journal cannot be written: nothing may be sent any more.
    pub(crate) fn next(&self) -> Result<Option<Next<'j>>, JournalError> {
        match self {
            Self::Plain(files) => {
                let files = files.lock().unwrap_or_else(PoisonError::into_inner);
                let next = files.recv().ok();
                Ok(next.map(|candidate| Next::Send(Task::Plain(candidate.item))))
            }
            Self::Journalled(queue) => Ok(queue.next()?.map(|turn| match turn {
                Turn::Send(begun) => Next::Send(Task::Begun(begun)),
                Turn::Leave { item, standing } => Next::Leave(item, standing),
            })),
        }
    }
}

impl Task<'_> {
    pub(crate) fn item(&self) -> &Item {
        match self {
            Self::Plain(item) => item,
            Self::Begun(begun) => &begun.item,
        }
    }

    /// A key that is the same whenever this revision of the file is sent; `None` without a journal.
    pub(crate) fn idempotency_key(&self) -> Option<String> {
        match self {
            Self::Plain(_) => None,
            Self::Begun(begun) => Some(begun.idempotency_key()),
        }
    }

    /// Says what became of it.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub(crate) fn end(self, outcome: Outcome) -> Result<(), JournalError> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Begun(begun) => begun.end(outcome),
        }
    }
}
