//! One attempt: a request with the upload, and those that come of its answers until one stands.

use std::sync::Arc;
use std::time::{Duration, Instant};

use formpost::send::policy::redirect::{Step, Trail};
use formpost::send::policy::retry::Ending;
use formpost::send::{Client, Framing, Head, Meter, Response, SendError};

use super::account::Account;
use super::course::{Course, Next, location, shown};
use super::digest::{Asked, Digest};
use super::error::{Asking, Fetching};
use super::means::Means;
use super::{AUTHORIZATION, Delivered, is_spent};
use crate::app::plan::{Plan, Request};
use crate::app::report::{Report, Sent};

/// One attempt: a request, and those that its redirections lead to.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own"
)]
pub(super) struct Attempt {
    pub(super) outcome: anyhow::Result<Delivered>,
    /// What makes a failure of an answer: the server said yes before it had all of the upload.
    unfinished: Option<SendError>,
    /// The last request had an `Idempotency-Key`: it does not go along to another origin.
    pub(super) is_keyed: bool,
    /// The last request's method makes a second one the same as the first.
    pub(super) is_idempotent: bool,
    /// It ended with the question for a challenge: nothing of the upload was sent.
    pub(super) has_only_asked: bool,
    /// The upload itself is done: whatever came after it, it is not to be sent again.
    is_done: bool,
}

impl Attempt {
    /// # Errors
    /// If no request can be made.
    pub(super) fn make(
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
    pub(super) fn ending(&self) -> Option<Ending<'_>> {
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
