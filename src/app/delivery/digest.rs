//! Digest authentication along an attempt: asked for with an empty body, answered within its origin.

use formpost::send::policy::auth::{Challenge, Session, Unusable};
use formpost::send::{Client, Framing, Head, Header, Login, Response, SendError, Url};

use super::AUTHORIZATION;
use super::error::Asking;
use crate::app::plan::Plan;
use crate::app::random;
use crate::app::report::Report;

/// What one attempt knows.
pub(super) struct Digest<'a> {
    login: &'a Login,
    /// The login is for it alone.
    origin: Url,
    /// Nothing is authorized any more.
    has_left: bool,
    has_asked: bool,
    session: Option<Session>,
    /// A challenge to an upload has been answered: once is enough.
    is_renewed: bool,
}

/// What came of asking.
pub(super) enum Asked {
    /// The upload can go.
    Go,
    /// The answer stands, perhaps since nothing can be made of its challenges.
    Stands(Response, Option<Unusable>),
}

impl<'a> Digest<'a> {
    /// For the plan's upload to there, if it is to be authorized so.
    pub(super) fn of(plan: &'a Plan, origin: &Url) -> Option<Self> {
        Some(Self {
            login: plan.digest.as_ref()?,
            origin: origin.clone(),
            has_left: false,
            has_asked: false,
            session: None,
            is_renewed: false,
        })
    }

    /// Asks once what is to be answered, with the upload's own head and no body.
    ///
    /// # Errors
    /// If there is no answer; the upload has not been sent then.
    pub(super) fn ask(
        &mut self,
        client: &Client,
        head: &Head,
        report: &mut Report,
    ) -> anyhow::Result<Asked> {
        self.look_at(head);
        if self.has_left || self.has_asked {
            return Ok(Asked::Go);
        }
        self.has_asked = true;
        let head = head.asking();
        report.trust(&head, client.connection());
        report.request_head(&client.connection().proxies, &head, Framing::Length(0));
        let response = match client.ask(&head) {
            Ok(response) => response,
            Err(error @ SendError::NotSent(_)) => return Err(error.into()),
            Err(error) => return Err(Asking(error).into()),
        };
        report.response_head(&response);
        let unusable = match response.status() {
            401 => match challenge_of(&response) {
                Ok(challenge) => {
                    self.begin(challenge)?;
                    return Ok(Asked::Go);
                }
                Err(unusable) => Some(unusable),
            },
            // As with curl, nobody is asked for credentials there; where it leads is the upload's to find out.
            200..=399 => return Ok(Asked::Go),
            _ => None,
        };
        report.notice("the answer is to the question without a body: the upload was not sent");
        Ok(Asked::Stands(response, unusable))
    }

    /// The head with the answer, within the origin and if it was asked for.
    ///
    /// # Errors
    /// If the answer cannot stand in a head.
    pub(super) fn authorize(&mut self, head: &Head) -> anyhow::Result<Head> {
        self.look_at(head);
        let Some(session) = self.session.as_mut().filter(|_| !self.has_left) else {
            return Ok(head.clone());
        };
        let value = session.authorization(self.login, head.method(), &head.url().target());
        Ok(head.with(Header::new(AUTHORIZATION, value)?))
    }

    /// Takes up the challenge of a 401 to an authorized request whose nonce was stale, or to one that nobody had asked
    /// to be authorized: whether it is worth sending that again. Once, and within the origin.
    ///
    /// # Errors
    /// If there is no randomness.
    pub(super) fn renew(&mut self, response: &Response) -> anyhow::Result<bool> {
        if response.status() != 401 || self.has_left || self.is_renewed {
            return Ok(false);
        }
        match challenge_of(response) {
            Ok(challenge) if challenge.is_stale() || self.session.is_none() => {
                self.is_renewed = true;
                self.begin(challenge)?;
                Ok(true)
            }
            Ok(_) | Err(_) => Ok(false),
        }
    }

    fn begin(&mut self, challenge: Challenge) -> anyhow::Result<()> {
        self.session = Some(Session::new(challenge, random::cnonce()?));
        Ok(())
    }

    /// Past another origin nothing is authorized, even back at the first.
    fn look_at(&mut self, head: &Head) {
        self.has_left |= !head.url().is_same_origin(&self.origin);
    }
}

fn challenge_of(response: &Response) -> Result<Challenge, Unusable> {
    Challenge::choose(response.headers("WWW-Authenticate"))
}
