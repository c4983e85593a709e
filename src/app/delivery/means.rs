//! With what an upload is delivered, and beside what: alone, or among those of a batch.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use formpost::send::{Client, Meter};

use super::gate::Gate;
use crate::app::plan::Plan;
use crate::app::progress::{Board, Progress};
use crate::app::report::Report;
use crate::app::units::duration;

/// What delivering takes.
pub(crate) struct Means<'a> {
    client: Client,
    company: Company<'a>,
}

/// Who else is on the way.
enum Company<'a> {
    /// Nobody.
    None,
    /// The other workers of a batch.
    Batch {
        gate: &'a Gate,
        board: &'a Board,
        worker: usize,
        /// What the upload is called.
        name: &'a str,
    },
}

/// An upload being watched, as long as this is kept.
pub(super) struct Watched(Option<Progress>);

impl<'a> Means<'a> {
    /// Those of a single upload.
    pub(crate) fn alone(client: Client) -> Self {
        Self {
            client,
            company: Company::None,
        }
    }

    /// Those of a worker in a batch, for the upload of that name.
    pub(crate) fn in_batch(
        client: Client,
        gate: &'a Gate,
        board: &'a Board,
        worker: usize,
        name: &'a str,
    ) -> Self {
        Self {
            client,
            company: Company::Batch {
                gate,
                board,
                worker,
                name,
            },
        }
    }

    /// A client whose time begins now.
    pub(super) fn client(&self) -> Client {
        self.client.anew()
    }

    /// Shows how far a request has come.
    pub(super) fn watch(&self, plan: &Plan, meter: &Arc<Meter>, total: Option<u64>) -> Watched {
        match &self.company {
            Company::None => {
                let names = plan.names();
                Watched(Some(Progress::start(plan.progress, meter, names, total)))
            }
            Company::Batch {
                board,
                worker,
                name,
                ..
            } => {
                board.begin(*worker, name, meter, total);
                Watched(None)
            }
        }
    }

    /// Whether there may be no repeat although one was decided on.
    pub(super) fn may_stop(&self) -> bool {
        matches!(self.company, Company::Batch { .. })
    }

    /// Waits ahead of a repeat; `false` if there is to be none.
    pub(super) fn pause(&self, time: Duration) -> bool {
        match &self.company {
            Company::None => {
                thread::sleep(time);
                true
            }
            Company::Batch { gate, .. } => gate.pass(time),
        }
    }

    /// The server asks for so much time: nobody who sends to it goes on before.
    pub(super) fn hold(&self, time: Duration, report: &mut Report) {
        if let Company::Batch { gate, .. } = &self.company {
            gate.close_for(time);
            report.notice(&format!(
                "the server asks for {}: nothing more is begun before",
                duration(time)
            ));
        }
    }
}

impl Watched {
    /// It has come to its end.
    pub(super) fn finish(self) {
        if let Some(progress) = self.0 {
            progress.finish();
        }
    }
}
