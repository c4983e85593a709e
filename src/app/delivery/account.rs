//! What is known of an upload once it is over, whichever way it ended: kept while it is delivered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use formpost::send::policy::redirect;
use formpost::send::{Framing, Head, Meter, Milestone, Response, Url};

use crate::app::redact;
use crate::app::write_out::{Facts, Sizes, Times};

/// An account of the last attempt.
#[derive(Debug, Default)]
pub(crate) struct Account {
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
    /// An attempt begins: what came before it does not count any more.
    pub(super) fn begin(&mut self) {
        *self = Self {
            attempts: self.attempts + 1,
            ..Self::default()
        };
    }

    /// A request is about to go out: after a redirection, one that follows it.
    pub(super) fn ask(&mut self, head: &Head, framing: Framing, meter: Arc<Meter>) {
        // A 417 is followed by a request, too, but by one to the same place.
        let is_redirected = |answer: &Answered| matches!(answer.status, 300..=399);
        self.redirects += u32::from(self.answer.as_ref().is_some_and(is_redirected));
        self.requests.push(Asked {
            method: head.method().to_owned(),
            url: head.url().clone(),
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
        Facts {
            method: last.map_or_else(String::new, |request| request.method.clone()),
            url: redact::url(url.as_str()),
            url_effective: redact::url(target.as_str()),
            is_https: target.is_https(),
            status: self.answer.as_ref().map_or(0, |answer| answer.status),
            head: self
                .answer
                .as_ref()
                .map_or_else(Vec::new, |answer| answer.head.clone()),
            redirect_url: self.redirect_url(target),
            redirects: self.redirects,
            retries: self.attempts.saturating_sub(1),
            local: endpoints.map(|endpoints| endpoints.local),
            remote: endpoints.map(|endpoints| endpoints.remote),
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
    fn redirect_url(&self, from: &Url) -> Option<String> {
        let answer = self.answer.as_ref()?;
        let is_last = answer.request == self.requests.len();
        if !is_last || !matches!(answer.status, 300..=399) {
            return None;
        }
        let location = Response::field(&answer.head, "Location")?;
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
        start_transfer: until(Milestone::Answered),
        redirect: began.saturating_duration_since(first),
        total: ended.saturating_duration_since(first),
    }
}
