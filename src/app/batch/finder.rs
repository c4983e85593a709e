//! Finds the files of a batch, one after the other, and hands them over; it is never far ahead of those who send them.

use std::fs;
use std::sync::mpsc::SyncSender;

use super::Batch;
use super::supply::Item;
use crate::app::exit::Exit;
use crate::app::files::{Files, Problem};
use crate::app::journal::Candidate;
use crate::app::part_spec::SourceSpec;
use crate::app::progress::Figures;

/// Files that wait to be taken.
pub(super) const AHEAD: usize = 1024;

/// Hands over every file, until nobody takes them any more.
pub(super) fn find(files: Files, batch: &Batch<'_>, found: &SyncSender<Candidate<Item>>) {
    let mut index = 0;
    for next in files {
        if batch.gate.is_stopped() {
            return;
        }
        let candidate = match next {
            Ok(file) => {
                index += 1;
                Item::candidate(file, index)
            }
            Err(problem) => Err(problem),
        };
        match candidate {
            Ok(candidate) => {
                if found.send(candidate).is_err() {
                    return;
                }
            }
            Err(problem) => tell(&problem, batch),
        }
    }
}

/// What could not be found, or was passed over.
fn tell(problem: &Problem, batch: &Batch<'_>) {
    let mut report = batch.report.clone();
    match problem {
        Problem::LeftOut { .. } | Problem::IgnoreFile(_) => report.warning(&problem.to_string()),
        Problem::Failed { path, .. } => {
            let name = path.to_string_lossy();
            batch.fail(&name, Some(path), Exit::Source, &problem.to_string());
        }
        Problem::List { place, .. } => {
            batch.fail(place, None, Exit::Source, &problem.to_string());
        }
    }
}

/// Counts the files and their octets for who watches; what is wrong with them is told elsewhere.
pub(super) fn count(files: Files, batch: &Batch<'_>) {
    let mut all = Figures::default();
    for file in files.filter_map(Result::ok) {
        if batch.gate.is_stopped() {
            return;
        }
        let SourceSpec::Path(path) = &file.source else {
            continue;
        };
        all.files += 1;
        all.octets += fs::metadata(path).map_or(0, |metadata| metadata.len());
    }
    batch.board.set_all(all);
}
