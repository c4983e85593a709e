//! What the client, the body and the connection share about one exchange.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::line::Line;
use crate::send::meter::Meter;

/// Octets of a response's head that are read: ureq's own limit, and more than any server sends.
pub(in crate::send) const RESPONSE_HEAD_LIMIT: usize = 64 * 1024;

/// One exchange, from connecting to the response's head. Cloning it is sharing it.
#[derive(Debug, Clone)]
pub(in crate::send) struct Exchange(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    meter: Arc<Meter>,
    line: OnceLock<Arc<Line>>,
    received: Mutex<Received>,
    is_abandoned: AtomicBool,
}

impl Exchange {
    pub(in crate::send) fn new(meter: Arc<Meter>) -> Self {
        Self(Arc::new(Shared {
            meter,
            line: OnceLock::new(),
            received: Mutex::default(),
            is_abandoned: AtomicBool::new(false),
        }))
    }

    pub(in crate::send) fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// The connection has been opened.
    pub(super) fn connected(&self, line: Arc<Line>) {
        // An exchange has one connection: whoever connects again has made another exchange.
        let _ = self.0.line.set(line);
    }

    /// The socket, once there is one.
    pub(super) fn line(&self) -> Option<Arc<Line>> {
        self.0.line.get().cloned()
    }

    /// What came back so far, as it was on the wire.
    pub(in crate::send) fn received(&self) -> MutexGuard<'_, Received> {
        self.0
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what has been received, as long as it may be part of a head.
    pub(super) fn keep_received(&self, octets: &[u8]) {
        let rest = &mut self.received().rest;
        if rest.len() < RESPONSE_HEAD_LIMIT {
            rest.extend_from_slice(octets);
        }
    }

    /// The first `length` octets of what has been received are an interim response.
    pub(super) fn skip_interim(&self, length: usize) {
        let received = &mut *self.received();
        let length = length.min(received.rest.len());
        let skipped = received.rest.drain(..length);
        if received.interim.len() < RESPONSE_HEAD_LIMIT {
            received.interim.extend(skipped);
        }
    }

    /// Whether the rest of the body will not be sent, because the answer is there already or can only be read any
    /// more.
    pub(in crate::send) fn is_abandoned(&self) -> bool {
        self.0.is_abandoned.load(Ordering::Relaxed)
    }

    pub(super) fn abandon(&self) {
        self.0.is_abandoned.store(true, Ordering::Relaxed);
        if let Some(line) = self.line() {
            line.drop_output();
        }
    }
}

/// What came back, each half bounded by [`RESPONSE_HEAD_LIMIT`] and one input buffer.
#[derive(Debug, Default)]
pub(in crate::send) struct Received {
    /// The interim responses.
    pub(in crate::send) interim: Vec<u8>,
    /// What came after them: the final head, and perhaps some of the body.
    pub(in crate::send) rest: Vec<u8>,
}
