//! Finds the files of a batch, one after the other, and hands them over; it is never far ahead of those who send them.

use std::fs;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use formpost::send::Identity;

use super::{Batch, Totals};
use crate::app::delivery::gate::Gate;
use crate::app::exit::Exit;
use crate::app::files::{Files, FoundFile, Item, Problem};
use crate::app::journal::{Candidate, Revision};
use crate::app::part_spec::SourceSpec;
use crate::app::progress::Figures;

/// Files that wait to be taken.
pub(super) const AHEAD: usize = 1024;

/// Hands over every file, until nobody takes them any more.
pub(super) fn find(files: Files, batch: &Batch, found: &SyncSender<Candidate<Item>>) {
    let mut index = 0;
    for next in files {
        if batch.gate.is_stopped() {
            return;
        }
        let candidate = match next {
            Ok(file) => candidate(file, index + 1),
            Err(problem) => Err(problem),
        };
        match candidate {
            Ok((candidate, file)) if batch.outputs.have(&file) => {
                let mut report = batch.report.about(&candidate.item.name());
                report.warning("left out, it is written by this run");
            }
            Ok((candidate, _)) => {
                index += 1;
                if found.send(candidate).is_err() {
                    return;
                }
            }
            Err(problem) => tell(&problem, batch),
        }
    }
}

/// A file for a queue, and which file it is.
fn candidate(file: FoundFile, index: u64) -> Result<(Candidate<Item>, Identity), Problem> {
    let (item, metadata) = Item::look(file, index)?;
    let candidate = Candidate {
        revision: Revision::of(item.file.source.as_path(), &metadata),
        item,
    };
    Ok((candidate, Identity::of(&metadata)))
}

/// Passes on what was found, until the batch is stopped: whoever finds may wait for a list then, and cannot be told.
pub(super) fn pass_on<T>(found: &Receiver<T>, wanted: &SyncSender<T>, gate: &Gate) {
    const LOOK: Duration = Duration::from_millis(100);
    while !gate.is_stopped() {
        let item = match found.recv_timeout(LOOK) {
            Ok(item) => item,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if wanted.send(item).is_err() {
            return;
        }
    }
}

/// What could not be found, or was passed over.
fn tell(problem: &Problem, batch: &Batch) {
    let mut report = batch.report.clone();
    match problem {
        Problem::LeftOut { .. } | Problem::IgnoreFile(_) => report.warning(&problem.to_string()),
        Problem::OtherShard => batch.note(Totals::leave),
        Problem::Failed { path, .. } => {
            let name = path.to_string_lossy();
            batch.fail(&name, Some(path), Exit::Source, &problem.to_string());
        }
        Problem::List { place, .. } => {
            batch.fail(place, None, Exit::Source, &problem.to_string());
        }
    }
}

/// Counts the files and their octets for who watches, those that cannot be had among them.
pub(super) fn count(files: Files, batch: &Batch) {
    let mut all = Figures::default();
    for next in files {
        if batch.gate.is_stopped() {
            return;
        }
        match next {
            Ok(file) => {
                all.files += 1;
                if let SourceSpec::Path(path) = &file.source {
                    all.octets += fs::metadata(path).map_or(0, |metadata| metadata.len());
                }
            }
            Err(Problem::Failed { .. } | Problem::List { .. }) => all.files += 1,
            Err(Problem::LeftOut { .. } | Problem::OtherShard | Problem::IgnoreFile(_)) => {}
        }
    }
    batch.board.set_all(all);
}
