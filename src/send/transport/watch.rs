//! The outermost transport: passes everything on, and notes what passed.
//!
//! An octet counts as accepted once the layer below has taken it; the wait for the answer begins with the first read
//! after the body; the response's head is kept as it was on the wire, because what ureq hands out has lost its case and
//! its reason phrase.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use crate::send::meter::{Meter, Phase};

/// The longest pause within a response's body.
pub(in crate::send) const RESPONSE_PAUSE: Duration = Duration::from_secs(60);

/// Octets of a response's head that are read: ureq's own limit, and more than any server sends.
pub(in crate::send) const RESPONSE_HEAD_LIMIT: usize = 64 * 1024;

/// What the client and the connection share about one exchange.
#[derive(Debug, Clone)]
pub(in crate::send) struct Exchange {
    pub(in crate::send) meter: Arc<Meter>,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Exchange {
    pub(in crate::send) fn new(meter: Arc<Meter>) -> Self {
        Self {
            meter,
            received: Arc::default(),
        }
    }

    /// What came back, from its first octet: interim responses, the final head, and perhaps some of the body. Bounded
    /// by [`RESPONSE_HEAD_LIMIT`] and one input buffer.
    pub(in crate::send) fn received(&self) -> MutexGuard<'_, Vec<u8>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wraps a finished connection, TLS included.
#[derive(Debug)]
pub(in crate::send) struct WatchConnector(pub(in crate::send) Exchange);

impl<In: Transport> Connector<In> for WatchConnector {
    type Out = Watched<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|inner| {
            self.0.meter.enter(Phase::Sending);
            Watched {
                inner,
                exchange: self.0.clone(),
            }
        }))
    }
}

/// A connection that is watched.
#[derive(Debug)]
pub(in crate::send) struct Watched<In> {
    inner: In,
    exchange: Exchange,
}

impl<In: Transport> Watched<In> {
    fn keep_received(&mut self, before: usize) {
        let mut received = self.exchange.received();
        if received.len() < RESPONSE_HEAD_LIMIT {
            let input = self.inner.buffers().input();
            received.extend_from_slice(&input[before.min(input.len())..]);
        }
    }
}

impl<In: Transport> Transport for Watched<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.inner.transmit_output(amount, timeout)?;
        self.exchange.meter.accept();
        Ok(())
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, ureq::Error> {
        match self.exchange.meter.phase() {
            Phase::Sending => self.exchange.meter.enter(Phase::Waiting),
            // ureq's own limit for each read would count for the wait for the head as well.
            Phase::Receiving => timeout.per_read = Some(RESPONSE_PAUSE.into()),
            Phase::Connecting | Phase::Waiting => {}
        }
        let before = self.inner.buffers().input().len();
        let progress = self.inner.await_input(timeout)?;
        self.keep_received(before);
        Ok(progress)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
