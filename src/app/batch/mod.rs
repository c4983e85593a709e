//! Many files, one command: a request for each, several at a time.
//!
//! A thread [finds](finder) the files, [workers](worker) get them out of the [`Supply`], through the journal if one is
//! kept, and send them; all of them pass one [`Gate`]. Nothing here holds more than it is at: not the list of files, not
//! their contents, not the answers.

mod answers;
mod finder;
pub(crate) mod gate;
pub(crate) mod placeholder;
mod supply;
mod totals;
mod worker;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use formpost::send::Client;

use self::answers::Answers;
use self::gate::Gate;
pub(crate) use self::supply::Item;
use self::supply::Supply;
pub(crate) use self::totals::Totals;
use self::worker::Worker;
use super::cli::Upload;
use super::exit::Exit;
use super::files::Files;
use super::journal::{Doubt, Journal, JournalError};
use super::output::Output;
use super::plan::{Each, Listed, Plan};
use super::progress::{Board, Stage};
use super::record::Record;
use super::record_file::RecordFile;
use super::report::Report;
use super::write_out::Facts;

/// What all who work on a batch share.
pub(crate) struct Batch<'a> {
    each: &'a Each,
    report: Report,
    gate: Arc<Gate>,
    board: Arc<Board>,
    answers: Answers,
    records: Option<RecordFile>,
    failed: Option<FailedList>,
    totals: Mutex<Totals>,
    fail_fast: bool,
}

/// The paths of what has to be sent once more.
struct FailedList {
    output: Mutex<Output>,
    /// What stands behind each.
    end: u8,
}

impl<'a> Batch<'a> {
    /// Opens what is written.
    ///
    /// # Errors
    /// If an output cannot be opened.
    pub(crate) fn open(
        each: &'a Each,
        upload: &Upload,
        stage: &Arc<Stage>,
        report: &Report,
    ) -> anyhow::Result<Self> {
        let asked = &upload.batch;
        let failed = asked.failed.as_deref().map(|path| {
            anyhow::Ok(FailedList {
                output: Mutex::new(Output::open(path)?),
                end: if upload.selection.null { 0 } else { b'\n' },
            })
        });
        Ok(Self {
            each,
            report: report.clone(),
            gate: Arc::default(),
            board: Arc::default(),
            answers: Answers::open(each.response(), report.terminal().is_read_at, stage)?,
            records: upload
                .told
                .report
                .as_deref()
                .map(RecordFile::create)
                .transpose()?,
            failed: failed.transpose()?,
            totals: Mutex::default(),
            fail_fast: asked.fail_fast,
        })
    }

    /// What stops it.
    pub(crate) fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// How far it is.
    pub(crate) fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// Sends them all, so many at a time; `counted` are the same files once more, if anybody wants to know how many there
    /// are.
    ///
    /// # Errors
    /// If the journal cannot be written.
    pub(crate) fn run(
        &self,
        files: Files,
        counted: Option<Files>,
        jobs: NonZeroUsize,
        journal: Option<&Journal>,
        doubt: Doubt,
    ) -> Result<(), JournalError> {
        let (found, candidates) = mpsc::sync_channel(finder::AHEAD);
        let supply = Arc::new(Supply::new(candidates, journal, doubt));
        let client = Client::new(self.each.connection().clone());
        thread::scope(|scope| {
            scope.spawn(move || finder::find(files, self, &found));
            if let Some(counted) = counted {
                scope.spawn(|| finder::count(counted, self));
            }
            let workers: Vec<_> = (0..jobs.get())
                .map(|number| {
                    let (supply, client) = (supply.clone(), client.clone());
                    let worker = Worker {
                        number,
                        batch: self,
                        client,
                    };
                    scope.spawn(move || worker.work(&supply).inspect_err(|_| self.gate.stop()))
                })
                .collect();
            // With the last worker the supply is gone, and who finds has nobody to hand anything to.
            drop(supply);
            let mut outcome = Ok(());
            for worker in workers {
                // A panic in a thread has been reported by the thread.
                outcome = outcome.and(worker.join().unwrap_or(Ok(())));
            }
            // Who still counts need not.
            self.gate.stop();
            outcome
        })
    }

    /// What it has come to.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut totals)
    }

    fn note(&self, change: impl FnOnce(&mut Totals)) {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut totals);
    }

    /// Something could not be sent at all: says so, everywhere.
    fn fail(&self, name: &str, path: Option<&Path>, exit: Exit, reason: &str) {
        let mut report = self.report.clone();
        report.notice(reason);
        self.note(|totals| totals.fail(exit));
        let facts = Facts {
            exit,
            error: Some(reason.to_owned()),
            url: self.each.shown_url(),
            ..Facts::default()
        };
        self.record(&[Listed::of_file(name, path, None)], &facts);
        self.remember(path, exit);
        self.board.end(usize::MAX, 0, true);
    }

    /// A file was not done.
    fn remember(&self, path: Option<&Path>, exit: Exit) {
        if self.fail_fast {
            self.gate.stop();
        }
        let (Some(list), Some(path)) = (&self.failed, path) else {
            return;
        };
        if exit == Exit::Unknown {
            return;
        }
        let mut line = path.as_os_str().as_encoded_bytes().to_vec();
        line.push(list.end);
        let mut output = list.output.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = output.write(&line) {
            self.unwritable(&error.into());
        }
    }

    /// Writes what `-w` and `--report` ask for.
    fn tell(&self, plan: Option<&Plan>, item: &Item, facts: &Facts, report: &Report) {
        if let Some(plan) = plan {
            let written = self
                .answers
                .alone(|| report.write_out(&plan.write_out, facts));
            if let Err(error) = written {
                self.unwritable(&error);
            }
            self.record(&plan.contents, facts);
            return;
        }
        let file = Listed::of_file(&item.name(), item.path(), Some(item.size));
        self.record(&[file], facts);
    }

    fn record(&self, sources: &[Listed], facts: &Facts) {
        let Some(records) = &self.records else {
            return;
        };
        if let Err(error) = records.write(&Record::new(sources, facts)) {
            self.unwritable(&error);
        }
    }

    /// An output is full, or gone: that is said, and undoes no upload.
    fn unwritable(&self, error: &anyhow::Error) {
        self.report.error(error);
        self.note(|totals| totals.fail(Exit::of_error(error)));
    }
}
