//! The files on their way from who finds them to those who send them: through the journal, where one is kept.

use std::fs::{self, Metadata};
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use formpost::send::Identity;

use crate::app::files::{FoundFile, Problem};
use crate::app::journal::{
    Begun, Candidate, Doubt, Journal, JournalError, Outcome, Queue, Revision, Standing, Turn,
};
use crate::app::part_spec::SourceSpec;

/// A file, and where it stands among the others.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) file: FoundFile,
    /// Octets, as it was found.
    pub(crate) size: u64,
    /// From 1 on.
    pub(crate) index: u64,
}

impl Item {
    /// The file, as it is now.
    ///
    /// # Errors
    /// If it is not there any more, or is none.
    pub(crate) fn new(file: FoundFile, index: u64) -> Result<Self, Problem> {
        let metadata = metadata(&file)?;
        Ok(Self {
            size: metadata.len(),
            file,
            index,
        })
    }

    /// The same for a queue, and which file it is.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub(super) fn candidate(
        file: FoundFile,
        index: u64,
    ) -> Result<(Candidate<Self>, Identity), Problem> {
        let metadata = metadata(&file)?;
        let item = Self {
            size: metadata.len(),
            file,
            index,
        };
        let path = item.path().unwrap_or(Path::new("-"));
        let candidate = Candidate {
            revision: Revision::of(path, &metadata),
            item,
        };
        Ok((candidate, Identity::of(&metadata)))
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.file.source {
            SourceSpec::Path(path) => Some(path),
            SourceSpec::Stdin => None,
        }
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        self.path()
            .map_or_else(|| String::from("-"), |path| path.display().to_string())
    }
}

fn metadata(file: &FoundFile) -> Result<Metadata, Problem> {
    match &file.source {
        SourceSpec::Path(path) => match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(metadata),
            Ok(_) => {
                let reason = "expected a regular file: with --each it is looked at, and sent";
                Err(Problem::failed(path, reason))
            }
            Err(error) => Err(Problem::failed(path, error)),
        },
        SourceSpec::Stdin => {
            let reason = "expected a file, found standard input: --each wants files";
            Err(Problem::failed("-", reason))
        }
    }
}

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
