//! One of those who send: takes a file, sends it, says what became of it, and takes the next.

use std::time::{Duration, Instant};

use formpost::send::{Checksums, Client};

use super::Batch;
use super::supply::{Next, Supply, Task};
use super::totals::Totals;
use crate::app::delivery;
use crate::app::delivery::account::Account;
use crate::app::delivery::means::Means;
use crate::app::exit::Exit;
use crate::app::files::Item;
use crate::app::journal::{JournalError, Outcome, Standing};
use crate::app::plan::Plan;
use crate::app::report::{self, Report};
use crate::app::verdict;

/// A worker, by its number.
pub(super) struct Worker<'a> {
    pub(super) number: usize,
    pub(super) batch: &'a Batch,
    pub(super) client: Client,
}

/// How sending a file ended.
struct Ended {
    exit: Exit,
    error: Option<anyhow::Error>,
    /// Octets of content that went out.
    octets: u64,
    checksums: Option<Checksums>,
}

impl Ended {
    fn in_error(exit: Exit, error: anyhow::Error) -> Self {
        Self {
            exit,
            error: Some(error),
            octets: 0,
            checksums: None,
        }
    }
}

impl Worker<'_> {
    /// Works until there is nothing more to do.
    ///
    /// # Errors
    /// If the journal cannot be written: then nobody sends anything any more.
    pub(super) fn work(&self, supply: &Supply<'_>) -> Result<(), JournalError> {
        while self.batch.gate.pass(Duration::ZERO) {
            match supply.next()? {
                None => return Ok(()),
                Some(Next::Leave(item, standing)) => self.leave(&item, standing),
                Some(Next::Send(task)) => {
                    let outcome = self.send(&task);
                    task.end(outcome)?;
                }
            }
        }
        Ok(())
    }

    /// Does nothing about a file, and says so where that is not what was asked for.
    fn leave(&self, item: &Item, standing: Standing) {
        let batch = self.batch;
        let name = item.name();
        match standing {
            Standing::Unknown => {
                let reason = format!(
                    "{name}: it is not known whether the server kept it in an earlier run; not sent again"
                );
                batch.fail(&name, item.path(), Exit::Unknown, &reason);
            }
            Standing::UnderWay => {
                let mut report = batch.report.about(&name);
                report.warning("named twice, sent once");
                batch.board.pass(0, false);
            }
            Standing::Done | Standing::New | Standing::Changed | Standing::Failed => {
                batch.note(Totals::skip);
                batch.board.pass(item.size, false);
            }
        }
    }

    /// Sends a file, and has everybody know what became of it but the journal.
    fn send(&self, task: &Task<'_>) -> Outcome {
        let batch = self.batch;
        let item = task.item();
        let name = item.name();
        let began = Instant::now();
        let mut account = Account::new();
        let mut report = batch.report.about(&name);
        let planned = batch.each.plan(item, task.idempotency_key(), &mut report);
        let (plan, ended) = match planned {
            Ok(plan) => {
                let ended = self.deliver(&plan, &name, &mut account, &mut report);
                (Some(plan), ended)
            }
            Err(error) => {
                let error = anyhow::Error::from(error);
                let exit = verdict::of_error(&error);
                if exit == Exit::Usage {
                    // What a file's name makes impossible is the file's fault.
                    report.error(&error);
                    (None, Ended::in_error(Exit::Source, error))
                } else {
                    // It names the file itself.
                    batch.report.error(&error);
                    (None, Ended::in_error(exit, error))
                }
            }
        };
        let exit = ended.exit;
        let is_failed = exit != Exit::Done;
        let url = plan.as_ref().map_or(batch.each.url(), Plan::url);
        let error = ended.error.as_ref().map(report::in_one_line);
        let facts = account
            .facts(url)
            .ended(exit, error, ended.checksums.clone());
        let status = (facts.status > 0).then_some(facts.status);
        batch.tell(plan.as_ref(), item, &facts, &report);
        batch.note(|totals| totals.end(exit, &name, ended.octets, began.elapsed()));
        let outcome = Outcome {
            exit,
            status,
            checksum: checksum(ended.checksums.as_ref()),
        };
        if is_failed {
            batch.remember(item.path(), &outcome);
        }
        batch.board.end(self.number, item.size, is_failed);
        outcome
    }

    fn deliver(
        &self,
        plan: &Plan,
        name: &str,
        account: &mut Account,
        report: &mut Report,
    ) -> Ended {
        let batch = self.batch;
        let client = self.client.clone();
        let means = Means::in_batch(client, &batch.gate, &batch.board, self.number, name);
        let mut delivered = match delivery::deliver(plan, &means, account, report) {
            Ok(delivered) => delivered,
            Err(error) => {
                report.error(&error);
                return Ended::in_error(verdict::of_error(&error), error);
            }
        };
        let kept = batch.answers.take(&mut delivered.response);
        let (exit, error) = verdict::of_delivery(&delivered, kept.written);
        match &error {
            Some(error) => report.error(error),
            None if exit != Exit::Done => report.refused(&delivered.response, &kept.excerpt),
            None => report.detail_summary(&delivered.response, &delivered.sent),
        }
        let checksums = delivered.sent.checksums;
        if let Some(checksums) = &checksums {
            report.checksums(checksums, &plan.names());
        }
        Ended {
            exit,
            error,
            octets: delivered.sent.content,
            checksums,
        }
    }
}

/// The file's checksum, as a journal has it: the file is the last of the contents.
fn checksum(checksums: Option<&Checksums>) -> Option<String> {
    let checksum = checksums?.contents.last()?.as_ref()?;
    Some(format!("{}:{checksum}", checksum.algorithm().as_str()))
}
