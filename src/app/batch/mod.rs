//! Many files, one command: a request for each, several at a time.
//!
//! A thread [finds](finder) the files, [workers](worker) get them out of the [`Supply`], through the journal if one is
//! kept, and send them; all of them pass one [`Gate`]. Nothing here holds more than it is at: not the list of files, not
//! their contents, not the answers.

mod answers;
mod finder;
mod supply;
mod totals;
mod worker;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use formpost::send::Client;

use self::answers::Answers;
use self::supply::Supply;
pub(crate) use self::totals::Totals;
use self::worker::Worker;
use super::cli::Upload;
use super::delivery::gate::Gate;
use super::exit::Exit;
use super::files::{Files, Item};
use super::journal::{Doubt, Journal, Outcome};
use super::output::Output;
use super::plan::{Each, Listed, Outputs, Plan};
use super::progress::{Board, Stage};
use super::record::Record;
use super::record_file::RecordFile;
use super::report::{self, Report};
use super::write_out::Facts;

/// What all who work on a batch share.
pub(crate) struct Batch {
    each: Arc<Each>,
    report: Report,
    gate: Arc<Gate>,
    board: Arc<Board>,
    answers: Answers,
    records: Option<RecordFile>,
    failed: Option<FailedList>,
    totals: Mutex<Totals>,
    fail_fast: bool,
    /// What this run writes, which it does not send.
    outputs: Outputs,
    /// An output could not be written.
    is_unwritable: AtomicBool,
}

/// The paths of what has to be sent once more.
struct FailedList {
    output: Mutex<Output>,
    /// What stands behind each.
    end: u8,
}

impl Batch {
    /// Opens what is written.
    ///
    /// # Errors
    /// If an output cannot be opened.
    pub(crate) fn open(
        each: Arc<Each>,
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
            answers: Answers::open(each.response(), report.terminal().is_read_at, stage)?,
            each,
            report: report.clone(),
            gate: Arc::default(),
            board: Arc::default(),
            records: upload
                .told
                .report
                .as_deref()
                .map(RecordFile::create)
                .transpose()?,
            failed: failed.transpose()?,
            totals: Mutex::default(),
            fail_fast: asked.fail_fast,
            // They are there by now.
            outputs: Outputs::look(upload)?,
            is_unwritable: AtomicBool::new(false),
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
    /// are. Who finds the files is not waited for once the batch is stopped: it may wait itself, for a list that somebody
    /// else is writing.
    ///
    /// # Errors
    /// If the journal cannot be written, or there is no thread at all.
    pub(crate) fn run(
        self: &Arc<Self>,
        files: Files,
        counted: Option<Files>,
        jobs: NonZeroUsize,
        journal: Option<&Journal>,
        doubt: Doubt,
    ) -> anyhow::Result<()> {
        let (found, all) = mpsc::sync_channel(finder::AHEAD);
        let (wanted, candidates) = mpsc::sync_channel(finder::AHEAD);
        let supply = Arc::new(Supply::new(candidates, journal, doubt));
        let batch = self.clone();
        thread::Builder::new().spawn(move || finder::find(files, &batch, &found))?;
        if let Some(counted) = counted {
            let batch = self.clone();
            // Where there is no thread for it, nobody knows how many there are.
            let _ = thread::Builder::new().spawn(move || finder::count(counted, &batch));
        }
        let client = Client::new(self.each.connection().clone());
        let outcome = thread::scope(|scope| {
            let pass_on = move || finder::pass_on(&all, &wanted, &self.gate);
            thread::Builder::new().spawn_scoped(scope, pass_on)?;
            let mut workers = Vec::new();
            for number in 0..jobs.get() {
                let worker = Worker {
                    number,
                    batch: self,
                    client: client.clone(),
                };
                let supply = supply.clone();
                let work = move || worker.work(&supply).inspect_err(|_| self.gate.stop());
                match thread::Builder::new().spawn_scoped(scope, work) {
                    Ok(worker) => workers.push(worker),
                    Err(error) if workers.is_empty() => return Err(error.into()),
                    Err(error) => {
                        let mut report = self.report.clone();
                        report.warning(&format!("no more than {number} at a time: {error}"));
                        break;
                    }
                }
            }
            // With the last worker the supply is gone, and who finds has nobody to hand anything to.
            drop(supply);
            let mut outcome = anyhow::Ok(());
            for worker in workers {
                // A panic in a thread has been reported by the thread.
                let ended = worker.join().unwrap_or(Ok(()));
                outcome = outcome.and(ended.map_err(Into::into));
            }
            outcome
        });
        // Who still counts need not.
        self.gate.stop();
        outcome
    }

    /// What it has come to.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        let mut totals = std::mem::take(&mut *totals);
        totals.is_unwritable = self.is_unwritable.load(Ordering::Relaxed);
        totals
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
            error: Some(report::without_os_error(reason)),
            url: self.each.shown_url(),
            ..Facts::default()
        };
        self.record(&[Listed::of_file(name, path, None)], &facts);
        let outcome = Outcome {
            exit,
            status: None,
            checksum: None,
        };
        self.remember(path, &outcome);
        self.board.pass(0, true);
    }

    /// A file was not done: whoever asked for it gets its path, unless the server may have it.
    fn remember(&self, path: Option<&Path>, outcome: &Outcome) {
        if self.fail_fast {
            self.gate.stop();
        }
        let (Some(list), Some(path)) = (&self.failed, path) else {
            return;
        };
        if !outcome.is_failed() {
            return;
        }
        let mut line = path.as_os_str().as_encoded_bytes().to_vec();
        if list.end == b'\n' && line.contains(&list.end) {
            let mut report = self.report.about(&path.to_string_lossy());
            report.warning("its name has a line break, and is left out of --failed; -0 takes it");
            return;
        }
        line.push(list.end);
        let mut output = list.output.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = output.write(&line) {
            self.unwritable(&error.into());
        }
    }

    /// Writes what `-w` and `--report` ask for.
    fn tell(&self, plan: Option<&Plan>, item: &Item, facts: &Facts, report: &Report) {
        let format = self.each.write_out();
        let written = self.answers.alone(|| report.write_out(format, facts));
        if let Err(error) = written {
            self.unwritable(&error);
        }
        if let Some(plan) = plan {
            self.record(&plan.contents, facts);
        } else {
            let file = Listed::of_file(&item.name(), item.path(), Some(item.size));
            self.record(&[file], facts);
        }
    }

    fn record(&self, sources: &[Listed], facts: &Facts) {
        let Some(records) = &self.records else {
            return;
        };
        if let Err(error) = records.write(&Record::new(sources, facts)) {
            self.unwritable(&error);
        }
    }

    /// An output is full, or gone: that is said once, and undoes no upload.
    fn unwritable(&self, error: &anyhow::Error) {
        if !self.is_unwritable.swap(true, Ordering::Relaxed) {
            self.report.error(error);
        }
    }
}
