//! One upload, from its plan to the answer that stands: sent, sent elsewhere, sent again.
//!
//! What to make of each answer and each failure is decided by the library's policies; here it is done. Every request has
//! a connection, a boundary and sources of its own. Answers that do not stand are not shown.
//!
//! Repeats are here. An [`attempt`] is a request with those that answer a question or follow it, and its [`course`] is
//! where redirections have led it.

pub(crate) mod account;
pub(crate) mod attempt;
mod course;
mod digest;
pub(crate) mod error;
pub(crate) mod gate;
pub(crate) mod means;

use std::time::{Instant, SystemTime};

use formpost::send::policy::auth::Unusable;
use formpost::send::policy::redirect::Refusal;
use formpost::send::policy::retry::{Decision, Ending, Moment, Repeats, pause_for_all};
use formpost::send::{Response, SendError};

use self::account::Account;
use self::attempt::Attempt;
use self::error::{Asking, Doubtful};
use self::means::Means;
use super::plan::Plan;
use super::random;
use super::report::{Report, Sent};

const AUTHORIZATION: &str = "Authorization";

/// Told once, before the first repeat that may be the second upload that the server keeps.
const TWICE: &str =
    "a server that kept the upload has it twice then, unless it knows --idempotency-key";

/// What came of an upload.
pub(crate) struct Delivered {
    pub(crate) response: Response,
    /// What went out of the plan's body.
    pub(crate) sent: Sent,
    /// Why the answer stands although it is a redirection that was to be followed.
    pub(crate) refusal: Option<Refusal>,
    /// Whether credentials were sent to who gave the answer.
    pub(crate) is_authorized: bool,
    /// The upload is done, by a 303; the answer is to the GET for what it led to.
    pub(crate) is_fetched: bool,
    /// What was offered instead of the Digest authentication that was to be used.
    pub(crate) unusable: Option<Unusable>,
}

impl Delivered {
    fn new(response: Response, sent: Sent, is_authorized: bool) -> Self {
        Self {
            response,
            sent,
            refusal: None,
            is_authorized,
            is_fetched: false,
            unusable: None,
        }
    }
}

/// Delivers a plan, and keeps account of it.
///
/// # Errors
/// The last attempt's; where it was never sent, but one before it may have been kept, [`Doubtful`].
pub(crate) fn deliver(
    plan: &Plan,
    means: &Means<'_>,
    account: &mut Account,
    report: &mut Report,
) -> anyhow::Result<Delivered> {
    let mut is_doubtful = false;
    let delivered = keep_trying(plan, means, account, report, &mut is_doubtful);
    delivered.map_err(|error| {
        let is_unsent = matches!(error.downcast_ref(), Some(SendError::NotSent(_)));
        if is_doubtful && (is_unsent || error.is::<Asking>()) {
            Doubtful(error.to_string()).into()
        } else {
            error
        }
    })
}

/// Makes one attempt after the other. `is_doubtful` is whether the server may have kept one of them that was repeated.
fn keep_trying(
    plan: &Plan,
    means: &Means<'_>,
    account: &mut Account,
    report: &mut Report,
    is_doubtful: &mut bool,
) -> anyhow::Result<Delivered> {
    let began = Instant::now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        account.begin();
        let attempt = Attempt::make(plan, means, account, report)?;
        let Some(ending) = attempt.ending() else {
            return attempt.outcome;
        };
        let now = SystemTime::now();
        if let Some(pause) = pause_for_all(&ending, now) {
            means.hold(pause, report);
        }
        let moment = Moment {
            attempts,
            elapsed: began.elapsed(),
            now,
            fraction: random::fraction(),
        };
        let repeats = Repeats {
            // Who was only asked has kept nothing.
            keyed: (plan.repeats.keyed && attempt.is_keyed) || attempt.has_only_asked,
            unknown: plan.repeats.unknown || attempt.is_idempotent,
            ..plan.repeats
        };
        let wait = match repeats.decide(&ending, &moment) {
            Decision::Stand => return attempt.outcome,
            Decision::GiveUp(reason) => {
                report.notice(&format!("not sent again: {reason}"));
                return attempt.outcome;
            }
            Decision::Again { wait } => wait,
        };
        if is_spent(plan, report) {
            return attempt.outcome;
        }
        report.repeat(&cause(&ending), attempts, plan.repeats.times, wait);
        if !attempt.has_only_asked && may_be_kept(&ending) && !*is_doubtful {
            *is_doubtful = true;
            if !repeats.keyed && !attempt.is_idempotent {
                report.notice(TWICE);
            }
        }
        // Its connection is closed before another is opened. Where it may be that none is, it stands, and can be read.
        let attempt = Some(attempt).filter(|_| means.may_stop());
        if let (false, Some(attempt)) = (means.pause(wait), attempt) {
            return attempt.outcome;
        }
    }
}

/// Whether a source cannot be read again, which is said.
fn is_spent(plan: &Plan, report: &mut Report) -> bool {
    let Some(source) = plan.spent() else {
        return false;
    };
    report.notice(&format!(
        "not sent again: {source} cannot be read twice; --spool keeps what it gives"
    ));
    true
}

/// Whether the server may have acted on an upload that ended so.
fn may_be_kept(ending: &Ending<'_>) -> bool {
    match ending {
        Ending::Answered { status, .. } => *status >= 500,
        Ending::Failed(error) => !matches!(error, SendError::NotSent(_)),
    }
}

/// Why an upload is sent again.
fn cause(ending: &Ending<'_>) -> String {
    match ending {
        Ending::Answered { status, .. } => format!("the answer was {status}"),
        Ending::Failed(error) => error.to_string(),
    }
}
