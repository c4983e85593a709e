//! The way of an attempt: where redirections lead it, and the request that goes there.

use formpost::send::policy::redirect::{Step, Trail};
use formpost::send::{Framing, Head, Response, Url};

use super::{Delivered, is_spent};
use crate::app::plan::{Plan, Request};
use crate::app::redact;
use crate::app::report::Report;

/// Told of a 303 that is not taken for what it says.
const NOT_DONE: &str =
    "303 before the whole body was sent: the upload is not done, and it is not followed";

/// Where an attempt has been sent so far.
pub(super) struct Course {
    pub(super) trail: Trail,
    /// What it was redirected to, one after the other.
    targets: Vec<Url>,
    /// Whether the server is asked before the body goes out, if that was wanted.
    pub(super) expects: bool,
    /// Whether there is a body that could be lost.
    carries: bool,
}

/// What an answer leads to.
pub(super) enum Next {
    /// Nothing: it stands.
    Stands,
    /// The next request of the [`Course`].
    Request,
    /// The upload is done, and this is what it led to.
    Outcome(Url),
}

impl Course {
    pub(super) fn new(plan: &Plan, request: &Request) -> Self {
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
    pub(super) fn follow(
        &mut self,
        delivered: &mut Delivered,
        plan: &Plan,
        report: &mut Report,
    ) -> Next {
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
    pub(super) fn request(&self, plan: &Plan) -> anyhow::Result<Request> {
        let mut request = plan.request()?;
        request.head = self.head(request.head);
        if !self.expects {
            request.head = request.head.without("Expect");
        }
        Ok(request)
    }

    /// Past a redirection, credentials and given fields stay where they were given for.
    pub(super) fn head(&self, head: Head) -> Head {
        let targets = self.targets.iter();
        targets.fold(head, |head, target| head.toward(target))
    }
}

/// What an answer says on where it leads.
pub(super) fn location(response: &Response) -> Option<Vec<u8>> {
    response.header("Location").map(<[u8]>::to_vec)
}

/// A URL, fit to be shown.
pub(super) fn shown(url: &Url) -> String {
    redact::url(url.as_str())
}
