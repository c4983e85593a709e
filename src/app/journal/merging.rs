//! Several journals written into a new one.
//!
//! It has one record for each file: what counts for it. Where that came from is kept, since the keys by which a server can
//! tell a repeat are made of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::iter;
use std::path::Path;

use super::error::JournalError;
use super::file;
use super::header::Header;
use super::id::JournalId;
use super::ledger::{Found, Ledger};
use super::record::{Record, Upload};

/// That there is nothing at `path` yet.
///
/// # Errors
/// If there is.
pub(crate) fn check_is_free(path: &Path) -> Result<(), JournalError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let name = path.display().to_string();
    Err(JournalError::Exists { name })
}

/// Writes what is known into a new journal at `path`: all of it, or none.
///
/// # Errors
/// If there is something, it cannot be written, or a journal not be read any more.
pub(crate) fn write(ledger: &Ledger, path: &Path) -> Result<(), JournalError> {
    let name = path.display().to_string();
    let origins = Origins::of(ledger, &name)?;
    let header = Header {
        origins: origins.ids,
        ..Header::new(None)?
    };
    file::create(&name, path, |output| {
        file::write_line(&name, output, header.to_line())?;
        for found in ledger.found(|_| true) {
            let found = found?;
            let origin = origins.numbers.get(&found.origin).copied();
            file::write_line(
                &name,
                output,
                record(found, origin.unwrap_or_default()).to_line(),
            )?;
        }
        Ok(())
    })
}

/// All journals that there is something from, each once.
#[derive(Default)]
struct Origins {
    ids: Vec<JournalId>,
    /// How records refer to them.
    numbers: HashMap<JournalId, u16>,
}

impl Origins {
    fn of(ledger: &Ledger, name: &str) -> Result<Self, JournalError> {
        let mut origins = Self::default();
        let headers = ledger.journals.iter().map(|journal| &journal.header);
        for id in headers.flat_map(|header| iter::once(&header.id).chain(&header.origins)) {
            let number = u16::try_from(origins.ids.len() + 1);
            let number = number.map_err(|_| JournalError::Crowded {
                name: name.to_owned(),
            })?;
            if let Entry::Vacant(vacant) = origins.numbers.entry(*id) {
                vacant.insert(number);
                origins.ids.push(*id);
            }
        }
        Ok(origins)
    }
}

/// What was begun and has no end is unknown to whoever reads it.
fn record(found: Found, origin: u16) -> Record {
    let upload = Upload {
        revision: found.revision,
        origin,
    };
    let time = found.time;
    match found.outcome {
        Some(outcome) => Record::End {
            upload,
            outcome,
            time,
        },
        None => Record::Begin { upload, time },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::app::exit::Exit;
    use crate::app::journal::tests::{candidate, end, open, place, revision};
    use crate::app::journal::{Doubt, Reader, Standing, Turn};

    /// A journal at `path` in which a file is unknown, and the file's key.
    fn unknown(path: &Path, file: &str) -> String {
        let journal = open(path);
        let (found, files) = mpsc::channel();
        found.send(candidate(file)).unwrap();
        drop(found);
        let queue = journal.queue(files, Doubt::Leave);
        while let Some(Turn::Send(begun)) = queue.next().unwrap() {
            end(begun, Exit::Unknown);
        }
        journal.idempotency_key(&revision(file))
    }

    fn merge(paths: &[&Path], out: &Path) {
        let mut ledger = Ledger::new();
        for path in paths {
            ledger.enter(path, Reader::Merging, &mut |_| {}).unwrap();
        }
        write(&ledger, out).unwrap();
    }

    #[test]
    fn k2_a_key_outlives_its_journal() {
        let (directory, one) = place();
        let path = |name| directory.path().join(name);
        let (two, three, both, all) = (path("two"), path("three"), path("both"), path("all"));
        let keys = [unknown(&one, "a"), unknown(&two, "b"), unknown(&three, "c")];
        merge(&[&one, &two], &both);
        merge(&[&three, &both], &all);

        for _ in ["once", "and when it has been kept on"] {
            let journal = open(&all);
            for (file, key) in ["a", "b", "c"].iter().zip(&keys) {
                assert_eq!(
                    journal.standing(&revision(file)),
                    Standing::Unknown,
                    "{file}"
                );
                assert_eq!(journal.idempotency_key(&revision(file)), *key, "{file}");
            }
            let (found, files) = mpsc::channel();
            found.send(candidate("b")).unwrap();
            drop(found);
            let queue = journal.queue(files, Doubt::Send);
            let Some(Turn::Send(begun)) = queue.next().unwrap() else {
                panic!("it is sent again");
            };
            assert_eq!(begun.idempotency_key(), keys[1]);
            drop(begun);
        }
    }
}
