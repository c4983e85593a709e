//! One request and its answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{ACCEPT, CONTENT_LENGTH, HeaderName};
use hyper::http::request::Parts;
use tokio::task::block_in_place;
use tokio::time::{sleep, timeout};

use super::acceptance::{RequestHead, Wanted, without_token};
use super::answer::{Answer, Manner, Refusal, prefers_html};
use super::head_watch::Verdict;
use super::wire::Watch;
use super::{Destination, Event, Exchange, Settings, Stopper};
use crate::multipart::{Boundary, Parser};
use crate::receive::{Intake, Keep, ReceivedPart};

/// What all requests of a server know.
pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) stopper: Stopper,
    observe: Box<dyn Fn(Event) + Send + Sync>,
    /// Requests until now.
    begun: AtomicU64,
    /// Uploads until now, for [`Faults::fail`](super::super::Faults::fail).
    uploads: AtomicU64,
    /// Uploads that were answered until now.
    answered: AtomicU64,
}

/// The connection is to be reset instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("to be reset, as asked for")]
pub(super) struct Reset;

/// What a request gets that is not refused.
enum Reply {
    Page,
    Received(Vec<ReceivedPart>),
}

/// Why an upload ends before its parts are stored.
enum Ended {
    Refused(Refusal),
    Reset,
}

impl<R: Into<Refusal>> From<R> for Ended {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

impl Context {
    pub(super) fn new(
        settings: Settings,
        stopper: Stopper,
        observe: impl Fn(Event) + Send + Sync + 'static,
    ) -> Self {
        Self {
            settings,
            stopper,
            observe: Box::new(observe),
            begun: AtomicU64::new(0),
            uploads: AtomicU64::new(0),
            answered: AtomicU64::new(0),
        }
    }

    /// Takes one request in and answers it.
    pub(super) async fn exchange(
        self: Arc<Self>,
        peer: SocketAddr,
        watch: Watch,
        request: Request<Incoming>,
    ) -> Result<Answer, Reset> {
        let (head, mut body) = request.into_parts();
        let verdict = watch.verdict();
        let mut record = Record::begin(&self, peer, &head);
        let settings = &self.settings;
        let wanted = RequestHead {
            verdict,
            method: &head.method,
            uri: &head.uri,
            headers: &head.headers,
        }
        .accept(settings.token.as_deref(), &settings.limits);
        let is_upload = matches!(wanted, Ok(Wanted::Upload(_)));
        let outcome = match wanted {
            Ok(Wanted::Page) => Ok(Reply::Page),
            Ok(Wanted::Upload(boundary)) => {
                let outcome = self.upload(&boundary, &mut body, &mut record).await;
                sleep(settings.faults.delay.unwrap_or_default()).await;
                outcome.map(Reply::Received)
            }
            Err(refusal) => Err(Ended::Refused(refusal)),
        };
        let manner = Manner {
            is_html: header_text(&head, &ACCEPT).is_some_and(prefers_html),
            is_last: verdict != Verdict::Length || !body.is_end_stream(),
        };
        let (answer, parts, refusal) = match outcome {
            Ok(Reply::Page) => (manner.page(), Vec::new(), None),
            Ok(Reply::Received(parts)) => (manner.received(&parts, record.bytes), parts, None),
            Err(Ended::Refused(refusal)) => (manner.refused(&refusal), Vec::new(), Some(refusal)),
            Err(Ended::Reset) => return Err(Reset),
        };
        record.answered(&answer, parts, refusal);
        if is_upload {
            self.count_answered();
        }
        Ok(answer)
    }

    /// Takes a form in, or gets it wrong if that is asked for.
    async fn upload(
        &self,
        boundary: &Boundary,
        body: &mut Incoming,
        record: &mut Record<'_>,
    ) -> Result<Vec<ReceivedPart>, Ended> {
        let number = self.uploads.fetch_add(1, Ordering::Relaxed);
        let Settings {
            faults,
            limits,
            destination,
            allowed_fields,
            ..
        } = &self.settings;
        match faults.fail {
            Some(fail) if number < fail.times => {
                return Err(Refusal::new(fail.status, "failed", "as asked for").into());
            }
            _ => {}
        }
        if let Some(redirect) = &faults.redirect {
            return Err(Refusal::redirect(redirect.status, &redirect.location).into());
        }
        let keep = match destination {
            // What will be rejected need not be stored.
            Destination::Store(store) if faults.reject.is_none() => Keep::Files(store),
            Destination::Store(_) | Destination::Discard => Keep::Nothing,
        };
        let parser = Parser::new(boundary, limits.clone());
        let mut intake = Intake::new(parser, keep).allowing(allowed_fields);
        let pace = Pace(faults.slow);
        self.commit_faults(record.bytes)?;
        while let Some(bytes) = self.next_bytes(body).await? {
            for slice in bytes.chunks(pace.slice()) {
                pace.wait(slice.len()).await;
                record.received(slice.len() as u64);
                self.commit_faults(record.bytes)?;
                block_in_place(|| intake.feed(slice))?;
            }
        }
        if let Some(reject) = faults.reject {
            return Err(rejected(reject.status));
        }
        Ok(block_in_place(|| intake.finish())?)
    }

    /// Ends the upload if it has come as far as was asked for.
    fn commit_faults(&self, bytes: u64) -> Result<(), Ended> {
        let faults = &self.settings.faults;
        match (faults.reset_after, faults.reject) {
            (Some(after), _) if after <= bytes => Err(Ended::Reset),
            (_, Some(reject)) if reject.after <= bytes => Err(rejected(reject.status)),
            _ => Ok(()),
        }
    }

    /// Some more of the body, or `None` at its end. The first call sends `100 Continue` if that is waited for.
    async fn next_bytes(&self, body: &mut Incoming) -> Result<Option<Bytes>, Refusal> {
        loop {
            let Ok(frame) = timeout(self.settings.idle, body.frame()).await else {
                let seconds = self.settings.idle.as_secs_f64();
                let message =
                    format!("expected more of the body within {seconds} s, found nothing");
                return Err(Refusal::new(408, "timed-out", message));
            };
            let Some(frame) = frame else {
                return Ok(None);
            };
            let frame = frame.map_err(|error| of_body(&error))?;
            // Trailers are nothing that a form needs.
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
    }

    fn count_answered(&self) {
        let answered = self.answered.fetch_add(1, Ordering::Relaxed) + 1;
        if self.settings.count.is_some_and(|count| count <= answered) {
            self.stopper.stop();
        }
    }
}

fn header_text<'a>(head: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    head.headers.get(name)?.to_str().ok()
}

fn rejected(status: u16) -> Ended {
    Refusal::new(status, "rejected", "as asked for").into()
}

fn of_body(error: &hyper::Error) -> Refusal {
    let reason = std::error::Error::source(error).map(ToString::to_string);
    let reason = reason.unwrap_or_else(|| error.to_string());
    let message = format!("expected the body as its head announces it: {reason}");
    Refusal::new(400, "incomplete-body", message)
}

/// Bytes a second, if there is a limit.
struct Pace(Option<u64>);

impl Pace {
    /// How many bytes are taken at once: those of a tenth of a second, so that progress can be seen.
    fn slice(&self) -> usize {
        let slice = self.0.map_or(u64::MAX, |rate| (rate / 10).max(1));
        usize::try_from(slice).unwrap_or(usize::MAX)
    }

    /// Waits for as long as so many bytes take.
    async fn wait(&self, bytes: usize) {
        let Some(rate) = self.0 else {
            return;
        };
        let micros = bytes as u128 * 1_000_000 / u128::from(rate.max(1));
        sleep(Duration::from_micros(
            u64::try_from(micros).unwrap_or(u64::MAX),
        ))
        .await;
    }
}

/// What is told about one request. Dropped unanswered, it tells that.
struct Record<'a> {
    context: &'a Context,
    exchange: Exchange,
    began: Instant,
    bytes: u64,
    is_answered: bool,
}

impl<'a> Record<'a> {
    fn begin(context: &'a Context, peer: SocketAddr, head: &Parts) -> Self {
        let id = context.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let method = head.method.to_string();
        let target = without_token(&head.uri);
        let length = header_text(head, &CONTENT_LENGTH).and_then(|text| text.parse().ok());
        (context.observe)(Event::Begun {
            id,
            peer,
            method: method.clone(),
            target: target.clone(),
            length,
        });
        Self {
            context,
            exchange: Exchange {
                id,
                peer,
                method,
                target,
                status: 0,
                parts: Vec::new(),
                bytes: 0,
                time: Duration::ZERO,
                error: None,
            },
            began: Instant::now(),
            bytes: 0,
            is_answered: false,
        }
    }

    fn received(&mut self, bytes: u64) {
        self.bytes += bytes;
        let (id, bytes) = (self.exchange.id, self.bytes);
        (self.context.observe)(Event::Received { id, bytes });
    }

    fn answered(&mut self, answer: &Answer, parts: Vec<ReceivedPart>, refusal: Option<Refusal>) {
        self.is_answered = true;
        (self.context.observe)(Event::Answered(Exchange {
            status: answer.status().as_u16(),
            parts,
            bytes: self.bytes,
            time: self.began.elapsed(),
            error: refusal.map(|refusal| (refusal.kind, refusal.message)),
            ..self.exchange.clone()
        }));
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if self.is_answered {
            return;
        }
        (self.context.observe)(Event::Lost {
            id: self.exchange.id,
            peer: self.exchange.peer,
            method: self.exchange.method.clone(),
            target: self.exchange.target.clone(),
            bytes: self.bytes,
            time: self.began.elapsed(),
        });
    }
}
