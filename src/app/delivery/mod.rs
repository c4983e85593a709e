//! One upload, from its plan to the answer that stands: sent, sent elsewhere, sent again.
//!
//! What to make of each answer and each failure is decided by the library's policies; here it is done. Every request has
//! a connection, a boundary and sources of its own. Answers that do not stand are not shown.

pub(crate) mod account;
pub(crate) mod error;

use std::sync::Arc;
use std::thread;
use std::time::{Instant, SystemTime};

use formpost::send::policy::redirect::{Refusal, Step, Trail};
use formpost::send::policy::retry::{Decision, Ending, Moment, Repeats};
use formpost::send::{Client, Framing, Head, Meter, Response, SendError, Url};

use self::account::Account;
use self::error::{Doubtful, Fetching};
use super::plan::{Plan, Request, random};
use super::progress::Progress;
use super::redact;
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
}

/// Delivers a plan, and keeps account of it.
///
/// # Errors
/// The last attempt's; where it was never sent, but one before it may have been kept, [`Doubtful`].
pub(crate) fn deliver(
    plan: &Plan,
    account: &mut Account,
    report: &mut Report,
) -> anyhow::Result<Delivered> {
    let mut is_doubtful = false;
    let delivered = keep_trying(plan, account, report, &mut is_doubtful);
    delivered.map_err(|error| match error.downcast() {
        Ok(SendError::NotSent(error)) if is_doubtful => Doubtful(error).into(),
        Ok(error) => error.into(),
        Err(error) => error,
    })
}

/// Makes one attempt after the other. `is_doubtful` is whether the server may have kept one of them that was repeated.
fn keep_trying(
    plan: &Plan,
    account: &mut Account,
    report: &mut Report,
    is_doubtful: &mut bool,
) -> anyhow::Result<Delivered> {
    let began = Instant::now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        account.begin();
        let attempt = Attempt::make(plan, account, report)?;
        let Some(ending) = attempt.ending() else {
            return attempt.outcome;
        };
        let moment = Moment {
            attempts,
            elapsed: began.elapsed(),
            now: SystemTime::now(),
            fraction: random::fraction(),
        };
        let repeats = Repeats {
            keyed: plan.repeats.keyed && attempt.is_keyed,
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
        if let Some(source) = plan.spent() {
            report.notice(&not_again(source));
            return attempt.outcome;
        }
        report.repeat(&cause(&ending), attempts, plan.repeats.times, wait);
        if may_be_kept(&ending) && !*is_doubtful {
            *is_doubtful = true;
            if !repeats.keyed {
                report.notice(TWICE);
            }
        }
        // Its connection is closed before another is opened.
        drop(attempt);
        thread::sleep(wait);
    }
}

/// One attempt: a request, and those that its redirections lead to.
struct Attempt {
    outcome: anyhow::Result<Delivered>,
    /// What makes a failure of an answer: the server said yes before it had all of the upload.
    unfinished: Option<SendError>,
    /// The last request had an `Idempotency-Key`: it does not go along to another origin.
    is_keyed: bool,
    /// The upload itself is done: whatever came after it, it is not to be sent again.
    is_done: bool,
}

impl Attempt {
    /// # Errors
    /// If no request can be made.
    fn make(plan: &Plan, account: &mut Account, report: &mut Report) -> anyhow::Result<Self> {
        let client = Client::new(plan.connection.clone());
        let mut request = plan.request()?;
        let mut trail = Trail::new(plan.redirects, request.head.url());
        let mut targets = Vec::new();
        let mut expects = true;
        loop {
            let asked = request.head.has("Expect");
            let is_keyed = request.head.has("Idempotency-Key");
            let is_authorized = request.head.has(AUTHORIZATION);
            let ended = |outcome| Self::ended(outcome, is_keyed);
            let (response, sent) = match exchange(plan, request, &client, account, report) {
                Ok(exchanged) => exchanged,
                Err(error) => return Ok(ended(Err(error))),
            };
            let mut delivered = Delivered {
                response,
                sent,
                refusal: None,
                is_authorized,
                is_fetched: false,
            };
            let (status, location) = (delivered.response.status(), location(&delivered.response));
            if status == 417 && asked && plan.spent().is_none() {
                report.notice("417: the server does not know Expect, sending it without");
                expects = false;
            } else if status == 303 && delivered.response.is_premature() && plan.redirects.follow {
                report.notice(
                    "303 before the whole body was sent: the upload is not done, and it is not followed",
                );
                return Ok(ended(Ok(delivered)));
            } else {
                match trail.step(status, location.as_deref()) {
                    Step::Stand => return Ok(ended(Ok(delivered))),
                    Step::Refused(refusal) => {
                        if status == 303 {
                            report.notice("303: the upload is done");
                        }
                        delivered.refusal = Some(refusal);
                        return Ok(ended(Ok(delivered)));
                    }
                    Step::Fetch(target) => {
                        let head = head_toward(plan.request()?.head, &targets).fetching(&target);
                        let fetched = fetch(&client, head, trail, delivered, account, report);
                        return Ok(Self {
                            is_done: true,
                            ..ended(fetched)
                        });
                    }
                    Step::Resend(target) => {
                        if let Some(source) = plan.spent() {
                            report.notice(&not_again(source));
                            return Ok(ended(Ok(delivered)));
                        }
                        report.notice(&format!("{status}: sending it to {}", shown(&target)));
                        targets.push(target);
                    }
                }
            }
            request = once_more(plan, &targets, expects)?;
        }
    }

    fn ended(outcome: anyhow::Result<Delivered>, is_keyed: bool) -> Self {
        let delivered = outcome.as_ref().ok();
        Self {
            unfinished: delivered.and_then(|d| d.response.check_finished().err()),
            outcome,
            is_keyed,
            is_done: false,
        }
    }

    /// How it ended, if it may be made again.
    fn ending(&self) -> Option<Ending<'_>> {
        if let Some(error) = self.unfinished.as_ref().filter(|_| !self.is_done) {
            return Some(Ending::Failed(error));
        }
        match &self.outcome {
            _ if self.is_done => None,
            Ok(delivered) => Some(Ending::Answered {
                status: delivered.response.status(),
                retry_after: delivered.response.header("Retry-After"),
            }),
            Err(error) => error.downcast_ref().map(Ending::Failed),
        }
    }
}

/// Gets what a 303 says is the outcome of an upload that is done.
fn fetch(
    client: &Client,
    mut head: Head,
    mut trail: Trail,
    mut delivered: Delivered,
    account: &mut Account,
    report: &mut Report,
) -> anyhow::Result<Delivered> {
    let shown = shown(head.url());
    report.notice(&format!("303: the upload is done, getting {shown}"));
    loop {
        report.trust(&head, client.connection());
        report.request_head(&client.connection().proxies, &head, Framing::Empty);
        let meter = Arc::new(Meter::new());
        account.ask(&head, Framing::Empty, meter.clone());
        delivered.response = client.fetch(&head, meter).map_err(Fetching::Failed)?;
        account.answer(&delivered.response);
        delivered.is_authorized = head.has(AUTHORIZATION);
        delivered.is_fetched = true;
        report.response_head(&delivered.response);
        let location = location(&delivered.response);
        match trail.step(delivered.response.status(), location.as_deref()) {
            Step::Stand => return Ok(delivered),
            Step::Refused(refusal) => {
                delivered.refusal = Some(refusal);
                return Ok(delivered);
            }
            Step::Fetch(target) | Step::Resend(target) => head = head.fetching(&target),
        }
    }
}

/// Sends a plan's request while its progress is shown, up to the response's head.
///
/// # Errors
/// The request's.
pub(crate) fn exchange(
    plan: &Plan,
    mut request: Request,
    client: &Client,
    account: &mut Account,
    report: &Report,
) -> anyhow::Result<(Response, Sent)> {
    report.trust(&request.head, &plan.connection);
    report.request_head(&plan.connection.proxies, &request.head, request.framing);
    let meter = request.body.meter().clone();
    account.ask(&request.head, request.framing, meter.clone());
    let started = Instant::now();
    let total = request.body.content_length();
    let progress = Progress::start(plan.progress, &meter, plan.contents.clone(), total);
    let outcome = client.send(&request.head, request.framing, &mut request.body);
    progress.finish();
    let response = outcome?;
    account.answer(&response);
    report.response_head(&response);
    let sent = Sent {
        parts: plan.parts,
        content: meter.accepted(),
        total,
        framing: request.framing,
        time: started.elapsed(),
    };
    Ok((response, sent))
}

/// The request that follows those that led to the last of the targets.
///
/// # Errors
/// If none can be made.
fn once_more(plan: &Plan, targets: &[Url], expects: bool) -> anyhow::Result<Request> {
    let mut request = plan.request()?;
    request.head = head_toward(request.head, targets);
    if !expects {
        request.head = request.head.without("Expect");
    }
    Ok(request)
}

/// Past a redirection, credentials and given fields stay where they were given for.
fn head_toward(head: Head, targets: &[Url]) -> Head {
    targets
        .iter()
        .fold(head, |head, target| head.toward(target))
}

fn location(response: &Response) -> Option<Vec<u8>> {
    response.header("Location").map(<[u8]>::to_vec)
}

fn not_again(source: &str) -> String {
    format!("not sent again: {source} cannot be read twice; --spool keeps what it gives")
}

fn shown(url: &Url) -> String {
    redact::url(url.as_str())
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
