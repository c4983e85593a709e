//! One upload, from its plan to the answer that stands: sent, sent elsewhere, sent again.
//!
//! What to make of each answer and each failure is decided by the library's policies; here it is done. Every request has
//! a connection, a boundary and sources of its own. Answers that do not stand are not shown.

use std::thread;
use std::time::{Instant, SystemTime};

use formpost::send::policy::redirect::{Refusal, Step, Target, Trail};
use formpost::send::policy::retry::{Decision, Ending, Moment};
use formpost::send::{Client, Framing, Head, Response, SendError, Url};

use thiserror::Error;

use super::plan::{Plan, Request, random};
use super::progress::Progress;
use super::redact;
use super::report::{Report, Sent};

/// What came of an upload.
pub(crate) struct Delivered {
    pub(crate) response: Response,
    /// What went out of the plan's body.
    pub(crate) sent: Sent,
    /// Why the answer stands although it is a redirection that was to be followed.
    pub(crate) refusal: Option<Refusal>,
}

/// Delivers a plan.
///
/// # Errors
/// The last attempt's.
pub(crate) fn deliver(plan: &Plan, report: &mut Report) -> anyhow::Result<Delivered> {
    let began = Instant::now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let attempt = Attempt::make(plan, report)?;
        let Some(ending) = attempt.ending() else {
            return attempt.outcome;
        };
        let moment = Moment {
            attempts,
            elapsed: began.elapsed(),
            now: SystemTime::now(),
            fraction: random::fraction(),
        };
        let wait = match plan.repeats.decide(&ending, &moment) {
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
        if attempts == 1 && !plan.repeats.keyed && may_be_kept(&ending) {
            report.notice(
                "a server that kept the upload has it twice then, unless it knows --idempotency-key",
            );
        }
        // Its connection is closed before another is opened.
        drop(attempt);
        thread::sleep(wait);
    }
}

/// One attempt: a request, and those that its redirections lead to.
struct Attempt {
    outcome: anyhow::Result<Delivered>,
    /// The upload itself is done: whatever came after it, it is not to be sent again.
    is_done: bool,
}

impl Attempt {
    /// # Errors
    /// If no request can be made.
    fn make(plan: &Plan, report: &mut Report) -> anyhow::Result<Self> {
        let mut request = plan.request()?;
        let mut trail = Trail::new(plan.redirects, request.head.url());
        let mut targets = Vec::new();
        let mut expects = true;
        loop {
            let asked = request.head.has("Expect");
            let (response, sent) = match exchange(plan, request, report) {
                Ok(exchanged) => exchanged,
                Err(error) => return Ok(Self::ended(Err(error))),
            };
            let mut delivered = Delivered {
                response,
                sent,
                refusal: None,
            };
            let (status, location) = (delivered.response.status(), location(&delivered.response));
            if status == 417 && asked && plan.spent().is_none() {
                report.notice("417: the server does not know Expect, sending it without");
                expects = false;
            } else {
                match trail.step(status, location.as_deref()) {
                    Step::Stand => return Ok(Self::ended(Ok(delivered))),
                    Step::Refused(refusal) => {
                        delivered.refusal = Some(refusal);
                        return Ok(Self::ended(Ok(delivered)));
                    }
                    Step::Fetch(target) => {
                        let head = head_toward(plan.request()?.head, &targets);
                        return Ok(Self {
                            outcome: fetch(plan, &head, &target, trail, delivered, report),
                            is_done: true,
                        });
                    }
                    Step::Resend(target) => {
                        if let Some(source) = plan.spent() {
                            report.notice(&not_again(source));
                            return Ok(Self::ended(Ok(delivered)));
                        }
                        report.notice(&format!("{status}: sending it to {}", shown(&target.url)));
                        targets.push(target);
                    }
                }
            }
            request = plan.request()?;
            request.head = head_toward(request.head, &targets);
            if !expects {
                request.head = request.head.without("Expect");
            }
        }
    }

    fn ended(outcome: anyhow::Result<Delivered>) -> Self {
        Self {
            outcome,
            is_done: false,
        }
    }

    /// How it ended, if it may be made again.
    fn ending(&self) -> Option<Ending<'_>> {
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
    plan: &Plan,
    head: &Head,
    target: &Target,
    mut trail: Trail,
    mut delivered: Delivered,
    report: &mut Report,
) -> anyhow::Result<Delivered> {
    let client = Client::new(plan.connection.clone());
    let mut head = head.fetching(target);
    report.notice(&format!(
        "303: the upload is done, getting {}",
        shown(head.url())
    ));
    loop {
        report.request_head(&plan.connection.proxies, &head, Framing::Empty);
        delivered.response = client.fetch(&head).map_err(Fetching)?;
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

/// What the upload led to cannot be got; the upload itself is done.
#[derive(Debug, Error)]
#[error("the upload is done (303), but what it led to cannot be got: {0}")]
pub(crate) struct Fetching(SendError);

/// Sends a plan's request while its progress is shown, up to the response's head.
///
/// # Errors
/// The request's.
pub(crate) fn exchange(
    plan: &Plan,
    mut request: Request,
    report: &Report,
) -> anyhow::Result<(Response, Sent)> {
    report.request_head(&plan.connection.proxies, &request.head, request.framing);
    let meter = request.body.meter().clone();
    let started = Instant::now();
    let total = request.body.content_length();
    let progress = Progress::start(plan.progress, &meter, plan.contents.clone(), total);
    let client = Client::new(plan.connection.clone());
    let outcome = client.send(&request.head, request.framing, &mut request.body);
    progress.finish();
    let response = outcome?;
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

/// Past a redirection, credentials and given fields stay where they were given for.
fn head_toward(head: Head, targets: &[Target]) -> Head {
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
