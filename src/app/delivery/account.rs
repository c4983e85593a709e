//! What is known of an upload once it is over, whichever way it ended: kept while it is delivered.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use formpost::send::policy::redirect;
use formpost::send::{Framing, Head, Meter, Milestone, Response, Url};

use crate::app::redact;
use crate::app::write_out::{Facts, Sizes, Times, Uploaded};

/// An account of the last attempt, and of how long all of them took.
#[derive(Debug)]
pub(crate) struct Account {
    started: (SystemTime, Instant),
    attempts: u32,
    redirects: u32,
    requests: Vec<Asked>,
    answer: Option<Answered>,
    /// Octets of the answers' heads.
    heads: u64,
}

/// A request.
#[derive(Debug)]
struct Asked {
    method: String,
    url: Url,
    /// The upload is in it.
    is_upload: bool,
    /// Octets of its head.
    head: u64,
    meter: Arc<Meter>,
}

/// The last answer.
#[derive(Debug)]
struct Answered {
    status: u16,
    head: Vec<u8>,
    /// The number of the request that it is to.
    request: usize,
}

impl Account {
    /// An account of what begins now.
    pub(crate) fn new() -> Self {
        Self::since((SystemTime::now(), Instant::now()), 0)
    }

    fn since(started: (SystemTime, Instant), attempts: u32) -> Self {
        Self {
            started,
            attempts,
            redirects: 0,
            requests: Vec::new(),
            answer: None,
            heads: 0,
        }
    }

    /// An attempt begins: what came before it does not count any more.
    pub(super) fn begin(&mut self) {
        *self = Self::since(self.started, self.attempts + 1);
    }

    /// A request with the upload is about to go out: after a redirection, one that follows it.
    pub(super) fn ask(&mut self, head: &Head, framing: Framing, meter: Arc<Meter>) {
        self.begin_request(head, framing, meter, true);
    }

    /// A request for what the upload led to is about to go out.
    pub(super) fn fetch(&mut self, head: &Head, meter: Arc<Meter>) {
        self.begin_request(head, Framing::Empty, meter, false);
    }

    fn begin_request(&mut self, head: &Head, framing: Framing, meter: Arc<Meter>, is_upload: bool) {
        // A 417 is followed by a request, too, but by one to the same place.
        let is_redirected = |answer: &Answered| matches!(answer.status, 300..=399);
        self.redirects += u32::from(self.answer.as_ref().is_some_and(is_redirected));
        self.requests.push(Asked {
            method: head.method().to_owned(),
            url: head.url().clone(),
            is_upload,
            head: head.to_bytes(framing).len() as u64,
            meter,
        });
    }

    /// An answer has come to it.
    pub(super) fn answer(&mut self, response: &Response) {
        self.heads += (response.interim().len() + response.head().len()) as u64;
        self.answer = Some(Answered {
            status: response.status(),
            head: response.head().to_vec(),
            request: self.requests.len(),
        });
    }

    /// What there is to tell, if the upload was given for `url`. How it ended is not known here.
    pub(crate) fn facts(&self, url: &Url) -> Facts {
        let first = self.requests.first();
        let last = self.requests.last();
        let meter = last.map(|request| &request.meter);
        let endpoints = meter.and_then(|meter| meter.endpoints());
        let went_out = |request: &&Asked| request.meter.at(Milestone::HeadSent).is_some();
        let target = last.map_or(url, |request| &request.url);
        let upload = self.requests.iter().rfind(|request| request.is_upload);
        let (started, began) = self.started;
        Facts {
            started: Some(started),
            elapsed: began.elapsed(),
            method: last.map_or_else(String::new, |request| request.method.clone()),
            url: redact::url(url.as_str()),
            url_effective: redact::url(target.as_str()),
            is_https: target.is_https(),
            status: self.answer.as_ref().map_or(0, |answer| answer.status),
            head: self
                .answer
                .as_ref()
                .map_or_else(Vec::new, |answer| answer.head.clone()),
            location: self.location(),
            redirect_url: self.redirect_url(),
            redirects: self.redirects,
            attempts: self.attempts,
            local: endpoints.map(|endpoints| endpoints.local),
            remote: endpoints.map(|endpoints| endpoints.remote),
            is_reused: meter.is_some_and(|meter| meter.is_reused()),
            upload: upload.map(|request| Uploaded {
                method: request.method.clone(),
                sent: request.meter.sent(),
            }),
            sizes: Sizes {
                upload: meter.map_or(0, |meter| meter.sent()),
                download: meter.map_or(0, |meter| meter.received()),
                header: self.heads,
                request: self.requests.iter().filter(went_out).map(|r| r.head).sum(),
            },
            times: first
                .zip(last)
                .map(|(first, last)| times(&first.meter, &last.meter))
                .unwrap_or_default(),
            ..Facts::default()
        }
    }

    /// Where the last answer leads, if it is a redirection, and no request followed it.
    fn redirect_url(&self) -> Option<String> {
        let answer = self.answer.as_ref()?;
        let is_last = answer.request == self.requests.len();
        if !is_last || !matches!(answer.status, 300..=399) {
            return None;
        }
        self.location()
    }

    /// Where the last answer leads, or says that the upload now is.
    fn location(&self) -> Option<String> {
        let answer = self.answer.as_ref()?;
        let location = Response::field(&answer.head, "Location")?;
        let from = &self.requests.get(answer.request.checked_sub(1)?)?.url;
        let target = match redirect::resolved(from, location) {
            Ok(url) => url.to_string(),
            Err(_) => String::from_utf8_lossy(location).into_owned(),
        };
        Some(redact::url(&target))
    }
}

/// The times of an attempt with these two requests at its ends.
fn times(first: &Meter, last: &Meter) -> Times {
    let Some((first, began)) = first.at(Milestone::Began).zip(last.at(Milestone::Began)) else {
        return Times::default();
    };
    let until = |milestone: Milestone| match last.at(milestone) {
        Some(reached) => reached.saturating_duration_since(began),
        None => Duration::ZERO,
    };
    let ended = last.at(Milestone::Ended).unwrap_or_else(Instant::now);
    Times {
        name_lookup: until(Milestone::Resolved),
        connect: until(Milestone::Connected),
        app_connect: until(Milestone::Secured),
        pre_transfer: until(Milestone::Ready),
        sent: until(Milestone::Sent),
        start_transfer: until(Milestone::Answered),
        redirect: began.saturating_duration_since(first),
        total: ended.saturating_duration_since(first),
    }
}
