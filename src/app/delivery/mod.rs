//! One upload, from its plan to the answer that stands: sent, sent elsewhere, sent again.
//!
//! What to make of each answer and each failure is decided by the library's policies; here it is done. Every request has
//! a connection, a boundary and sources of its own. Answers that do not stand are not shown.

pub(crate) mod account;
mod digest;
pub(crate) mod error;
pub(crate) mod gate;
pub(crate) mod means;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use formpost::send::policy::auth::Unusable;
use formpost::send::policy::redirect::{Refusal, Step, Trail};
use formpost::send::policy::retry::{Decision, Ending, Moment, Repeats, pause_for_all};
use formpost::send::{Client, Framing, Head, Meter, Response, SendError, Url};

use self::account::Account;
use self::digest::{Asked, Digest};
use self::error::{Asking, Doubtful, Fetching};
use self::means::Means;
use super::plan::{Plan, Request};
use super::report::{Report, Sent};
use super::{random, redact};

const AUTHORIZATION: &str = "Authorization";

/// Told once, before the first repeat that may be the second upload that the server keeps.
const TWICE: &str =
    "a server that kept the upload has it twice then, unless it knows --idempotency-key";

/// Told of a 303 that is not taken for what it says.
const NOT_DONE: &str =
    "303 before the whole body was sent: the upload is not done, and it is not followed";

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

/// One attempt: a request, and those that its redirections lead to.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own"
)]
struct Attempt {
    outcome: anyhow::Result<Delivered>,
    /// What makes a failure of an answer: the server said yes before it had all of the upload.
    unfinished: Option<SendError>,
    /// The last request had an `Idempotency-Key`: it does not go along to another origin.
    is_keyed: bool,
    /// The last request's method makes a second one the same as the first.
    is_idempotent: bool,
    /// It ended with the question for a challenge: nothing of the upload was sent.
    has_only_asked: bool,
    /// The upload itself is done: whatever came after it, it is not to be sent again.
    is_done: bool,
}

impl Attempt {
    /// # Errors
    /// If no request can be made.
    fn make(
        plan: &Plan,
        means: &Means<'_>,
        account: &mut Account,
        report: &mut Report,
    ) -> anyhow::Result<Self> {
        let client = means.client();
        let mut request = plan.request()?;
        let mut course = Course::new(plan, &request);
        let mut digest = Digest::of(plan, request.head.url());
        loop {
            if let Some(attempt) = authorize(digest.as_mut(), &client, &mut request, report)? {
                return Ok(attempt);
            }
            let asked = request.head.has("Expect");
            let is_keyed = request.head.has("Idempotency-Key");
            let is_idempotent = request.head.is_idempotent();
            let is_authorized = request.head.has(AUTHORIZATION);
            let ended = |outcome| Self {
                is_keyed,
                is_idempotent,
                ..Self::ended(outcome)
            };
            let (response, sent) = match exchange(plan, request, &client, means, account, report) {
                Ok(exchanged) => exchanged,
                Err(error) => return Ok(ended(Err(error))),
            };
            let mut delivered = Delivered::new(response, sent, is_authorized);
            let status = delivered.response.status();
            if status == 417 && asked && plan.spent().is_none() {
                report.notice("417: the server does not know Expect, sending it without");
                course.expects = false;
            } else if renews(digest.as_mut(), &delivered.response)? {
                if is_spent(plan, report) {
                    return Ok(ended(Ok(delivered)));
                }
                report.notice("401: the server wants a newer answer, sending it with that");
            } else {
                match course.follow(&mut delivered, plan, report) {
                    Next::Stands => return Ok(ended(Ok(delivered))),
                    Next::Request => {}
                    Next::Outcome(target) => {
                        let head = course.head(plan.head()?).fetching(&target);
                        let trail = course.trail;
                        let got = fetch(&client, head, trail, digest, delivered, account, report);
                        return Ok(Self {
                            is_done: true,
                            ..ended(got)
                        });
                    }
                }
            }
            request = course.request(plan)?;
        }
    }

    fn ended(outcome: anyhow::Result<Delivered>) -> Self {
        let delivered = outcome.as_ref().ok();
        Self {
            unfinished: delivered.and_then(|d| d.response.check_finished().err()),
            outcome,
            is_keyed: false,
            is_idempotent: false,
            has_only_asked: false,
            is_done: false,
        }
    }

    /// It ended before the upload was sent.
    fn asked(outcome: anyhow::Result<Delivered>) -> Self {
        Self {
            has_only_asked: true,
            ..Self::ended(outcome)
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
            Err(error) => error
                .downcast_ref::<Asking>()
                .map(|Asking(error)| error)
                .or_else(|| error.downcast_ref())
                .map(Ending::Failed),
        }
    }
}

/// Where an attempt has been sent so far.
struct Course {
    trail: Trail,
    /// What it was redirected to, one after the other.
    targets: Vec<Url>,
    /// Whether the server is asked before the body goes out, if that was wanted.
    expects: bool,
    /// Whether there is a body that could be lost.
    carries: bool,
}

/// What an answer leads to.
enum Next {
    /// Nothing: it stands.
    Stands,
    /// The next request of the [`Course`].
    Request,
    /// The upload is done, and this is what it led to.
    Outcome(Url),
}

impl Course {
    fn new(plan: &Plan, request: &Request) -> Self {
        let carries = request.framing != Framing::Empty;
        let url = request.head.url();
        Self {
            trail: if carries {
                Trail::new(plan.redirects, url)
            } else {
                Trail::fetching(plan.redirects, url)
            },
            targets: Vec::new(),
            expects: true,
            carries,
        }
    }

    /// Goes where an answer says, as far as that is followed.
    fn follow(&mut self, delivered: &mut Delivered, plan: &Plan, report: &mut Report) -> Next {
        let response = &delivered.response;
        let status = response.status();
        if status == 303 && response.is_premature() && plan.redirects.follow {
            report.notice(NOT_DONE);
            return Next::Stands;
        }
        match self.trail.step(status, location(response).as_deref()) {
            Step::Stand => Next::Stands,
            Step::Refused(refusal) => {
                if status == 303 && self.carries {
                    report.notice("303: the upload is done");
                }
                delivered.refusal = Some(refusal);
                Next::Stands
            }
            Step::Fetch(target) if self.carries => Next::Outcome(target),
            Step::Resend(_) if is_spent(plan, report) => Next::Stands,
            Step::Fetch(target) | Step::Resend(target) => {
                report.notice(&format!("{status}: sending it to {}", shown(&target)));
                self.targets.push(target);
                Next::Request
            }
        }
    }

    /// The request that follows those so far.
    ///
    /// # Errors
    /// If none can be made.
    fn request(&self, plan: &Plan) -> anyhow::Result<Request> {
        let mut request = plan.request()?;
        request.head = self.head(request.head);
        if !self.expects {
            request.head = request.head.without("Expect");
        }
        Ok(request)
    }

    /// Past a redirection, credentials and given fields stay where they were given for.
    fn head(&self, head: Head) -> Head {
        let targets = self.targets.iter();
        targets.fold(head, |head, target| head.toward(target))
    }
}

/// Gets what a 303 says is the outcome of an upload that is done.
fn fetch(
    client: &Client,
    mut head: Head,
    mut trail: Trail,
    mut digest: Option<Digest<'_>>,
    mut delivered: Delivered,
    account: &mut Account,
    report: &mut Report,
) -> anyhow::Result<Delivered> {
    let shown = shown(head.url());
    report.notice(&format!("303: the upload is done, getting {shown}"));
    loop {
        let authorized = match &mut digest {
            Some(digest) => digest.authorize(&head)?,
            None => head.clone(),
        };
        report.trust(&authorized, client.connection());
        report.request_head(&client.connection().proxies, &authorized, Framing::Empty);
        let meter = Arc::new(Meter::new());
        account.fetch(&authorized, meter.clone());
        let response = client.fetch(&authorized, meter);
        delivered.response = response.map_err(Fetching::Failed)?;
        account.answer(&delivered.response);
        delivered.is_authorized = authorized.has(AUTHORIZATION);
        delivered.is_fetched = true;
        report.response_head(&delivered.response);
        if renews(digest.as_mut(), &delivered.response)? {
            continue;
        }
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

/// Makes a request one that can go; otherwise there is an end, by the answer to the question how.
///
/// # Errors
/// If there is no randomness, or the answer cannot stand in a head.
fn authorize(
    digest: Option<&mut Digest<'_>>,
    client: &Client,
    request: &mut Request,
    report: &mut Report,
) -> anyhow::Result<Option<Attempt>> {
    let Some(digest) = digest else {
        return Ok(None);
    };
    let outcome = match digest.ask(client, &request.head, report) {
        Ok(Asked::Go) => {
            request.head = digest.authorize(&request.head)?;
            return Ok(None);
        }
        Ok(Asked::Stands(response, unusable)) => {
            let delivered = Delivered::new(response, unsent(request), false);
            Ok(Delivered {
                unusable,
                ..delivered
            })
        }
        Err(error) => Err(error),
    };
    Ok(Some(Attempt::asked(outcome)))
}

fn renews(digest: Option<&mut Digest<'_>>, response: &Response) -> anyhow::Result<bool> {
    digest.map_or(Ok(false), |digest| digest.renew(response))
}

/// What went out when it was only asked for a challenge.
fn unsent(request: &Request) -> Sent {
    Sent {
        parts: 0,
        content: 0,
        total: request.body.content_length(),
        framing: request.framing,
        time: Duration::ZERO,
        checksums: None,
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
    means: &Means<'_>,
    account: &mut Account,
    report: &Report,
) -> anyhow::Result<(Response, Sent)> {
    report.trust(&request.head, &plan.connection);
    report.request_head(&plan.connection.proxies, &request.head, request.framing);
    let meter = request.body.meter().clone();
    account.ask(&request.head, request.framing, meter.clone());
    let started = Instant::now();
    let total = request.body.content_length();
    let watched = means.watch(plan, &meter, total);
    let outcome = match request.framing {
        Framing::Empty => client.fetch(&request.head, meter.clone()),
        framing @ (Framing::Length(_) | Framing::Chunked) => {
            client.send(&request.head, framing, &mut request.body)
        }
    };
    watched.finish();
    let checksums = request.tally.map(|tally| tally.finish(request.body));
    let response = outcome?;
    account.answer(&response);
    report.response_head(&response);
    let sent = Sent {
        parts: plan.shape.parts(),
        content: meter.accepted(),
        total,
        framing: request.framing,
        time: started.elapsed(),
        checksums,
    };
    Ok((response, sent))
}

fn location(response: &Response) -> Option<Vec<u8>> {
    response.header("Location").map(<[u8]>::to_vec)
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
