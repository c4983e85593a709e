//! What the client, the body and the connection share about one exchange.

#[cfg(unix)]
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
#[cfg(unix)]
use std::time::{Duration, Instant};

#[cfg(unix)]
use super::heads::Meaning;
use super::heads::RESPONSE_HEAD_LIMIT;
use super::line::Line;
#[cfg(unix)]
use super::line::{Interest, Waited};
use crate::send::meter::Meter;
#[cfg(unix)]
use crate::send::source::Wait;

/// One exchange, from connecting to the response's head. Cloning it is sharing it.
#[derive(Debug, Clone)]
pub(in crate::send) struct Exchange(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    meter: Arc<Meter>,
    /// It is closed when the connection is done with, whoever remembers the exchange.
    line: OnceLock<Weak<Line>>,
    received: Mutex<Received>,
    is_abandoned: AtomicBool,
    is_expired: AtomicBool,
    is_over: AtomicBool,
}

impl Exchange {
    pub(in crate::send) fn new(meter: Arc<Meter>) -> Self {
        Self(Arc::new(Shared {
            meter,
            line: OnceLock::new(),
            received: Mutex::default(),
            is_abandoned: AtomicBool::new(false),
            is_expired: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        }))
    }

    pub(in crate::send) fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// The connection is there: a new one, or one that had been another exchange's before.
    pub(super) fn connected(&self, line: &Arc<Line>, is_reused: bool) {
        self.meter().connect(line.endpoints(), is_reused);
        // An exchange has one connection: whoever connects again has made another exchange.
        let _ = self.0.line.set(Arc::downgrade(line));
    }

    /// Whether it has had a connection. Before that nothing of the request can have gone out.
    pub(in crate::send) fn has_begun(&self) -> bool {
        self.0.line.get().is_some()
    }

    /// The connection may be another exchange's from now on.
    pub(super) fn finish(&self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }

    /// The socket, once there is one and as long as it is this exchange's.
    pub(super) fn line(&self) -> Option<Arc<Line>> {
        let line = self.0.line.get()?.upgrade()?;
        (!self.0.is_over.load(Ordering::Relaxed)).then_some(line)
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

    /// Whether the whole request's time was up while a source was waited for.
    pub(in crate::send) fn is_expired(&self) -> bool {
        self.0.is_expired.load(Ordering::Relaxed)
    }

    pub(super) fn abandon(&self) {
        self.0.is_abandoned.store(true, Ordering::Relaxed);
        if let Some(line) = self.line() {
            line.drop_output();
        }
    }
}

/// How often input is looked at again that has to be left where it is, because only more of it tells anything.
#[cfg(unix)]
const TICK: Duration = Duration::from_millis(100);

#[cfg(unix)]
impl Exchange {
    /// Waits for a source until it has something to give, until `deadline` at the most. Meanwhile a server that answers or
    /// closes is noticed as well; by TLS only that it closes, since what it says cannot be read from here.
    pub(in crate::send) fn source_wait(&self, is_tls: bool, deadline: Option<Instant>) -> Wait {
        let exchange = self.clone();
        Arc::new(move |source| {
            let Some(line) = exchange.line() else {
                return Ok(());
            };
            let mut seen = 0;
            let mut meaning = Meaning::None;
            loop {
                let interest = Interest {
                    in_input: !is_tls && seen == 0,
                    in_closing: meaning != Meaning::Accepted,
                };
                let left =
                    deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
                let tick = (seen > 0 && meaning == Meaning::None).then_some(TICK);
                let limit = left.into_iter().chain(tick).min();
                match line.wait_for_source(source, interest, limit)? {
                    Waited::Source => return Ok(()),
                    Waited::Nothing if left == limit => {
                        exchange.0.is_expired.store(true, Ordering::Relaxed);
                    }
                    Waited::Closed => exchange.abandon(),
                    Waited::Input | Waited::Nothing => match line.peek() {
                        None => exchange.abandon(),
                        Some(input) if input.len() == seen => continue,
                        Some(input) => {
                            seen = input.len();
                            meaning = exchange.meaning(&input);
                            if meaning != Meaning::Refused {
                                continue;
                            }
                            exchange.abandon();
                        }
                    },
                }
                return Err(io::Error::other("the source is not wanted any more"));
            }
        })
    }

    /// What has been received means, with `more` behind it that has not been taken in yet.
    fn meaning(&self, more: &[u8]) -> Meaning {
        Meaning::of(&[&self.received().rest, more].concat())
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
