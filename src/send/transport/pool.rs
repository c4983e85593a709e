//! Connections that idle until the next request to the same place.
//!
//! One comes here when its exchange has left it fit for another, and leaves for that other, or because it has idled too
//! long. Nobody looks at it meanwhile: what the server says or does is seen by whoever takes the connection up, and has to
//! look. One that has idled too long is closed as soon as anybody comes for a connection or with one, and all of them are
//! with the last of the clients that share them.

use std::io;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

use super::hop::Hop;
use super::line::Line;
use crate::send::url::Url;

/// Connections that idle. Cloning it is sharing it.
#[derive(Debug, Clone, Default)]
pub(in crate::send) struct Pool(Arc<Mutex<Vec<Idle>>>);

#[derive(Debug)]
struct Idle {
    place: Place,
    link: Link,
    since: Instant,
    /// For how long it may.
    limit: Duration,
}

/// Where a connection leads, and by way of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::send) struct Place {
    is_tls: bool,
    host: String,
    port: u16,
    hop: Option<Hop>,
}

impl Place {
    pub(in crate::send) fn of(url: &Url, hop: Option<&Hop>) -> Self {
        Self {
            is_tls: url.is_https(),
            host: url.host().to_owned(),
            port: url.port(),
            hop: hop.cloned(),
        }
    }
}

impl Pool {
    /// The connection to that place that has idled for the shortest time.
    pub(in crate::send) fn take(&self, place: &Place) -> Option<Link> {
        self.change(|idle| {
            let at = idle.iter().rposition(|idle| idle.place == *place)?;
            Some(idle.remove(at).link)
        })
    }

    fn put(&self, idle: Idle) {
        self.change(|all| all.push(idle));
    }

    /// Changes what is in it, without those that have idled too long.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Idle>) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|idle| idle.since.elapsed() < idle.limit);
        change(&mut all)
    }
}

/// Where a connection goes when its exchange has left it fit for another.
#[derive(Debug, Clone)]
pub(in crate::send) struct Home {
    pub(in crate::send) pool: Pool,
    pub(in crate::send) place: Place,
    /// For how long it may idle there.
    pub(in crate::send) limit: Duration,
}

impl Home {
    /// Takes it in, for no longer than the server will wait.
    pub(super) fn take_in(self, link: Link, wait: Duration) {
        let limit = self.limit.min(wait);
        if limit.is_zero() {
            return;
        }
        self.pool.put(Idle {
            place: self.place,
            link,
            since: Instant::now(),
            limit,
        });
    }
}

/// A connection as far as it concerns no single exchange: TLS and the way through a proxy are in it.
#[derive(Debug)]
pub(in crate::send) struct Link {
    pub(super) transport: Box<dyn Transport>,
    pub(super) line: Arc<Line>,
}

impl Link {
    /// Whether nothing has come in, not even the end: one look, without waiting. It goes through TLS, so that a session
    /// ticket is taken in and does not count.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.line.set_looking(true);
        let looked = self.transport.await_input(NextTimeout::default());
        self.line.set_looking(false);
        matches!(looked, Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// The connection, for another owner. What stays behind is closed.
    pub(super) fn hand_over(&mut self) -> Self {
        let transport = mem::replace(&mut self.transport, Box::new(Gone::default()));
        let line = self.line.clone();
        Self { transport, line }
    }
}

/// What is left of a connection that somebody else has now.
#[derive(Debug)]
struct Gone(LazyBuffers);

impl Default for Gone {
    fn default() -> Self {
        Self(LazyBuffers::new(1, 1))
    }
}

impl Transport for Gone {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.0
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
        Err(Error::Io(io::ErrorKind::NotConnected.into()))
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        Err(Error::Io(io::ErrorKind::NotConnected.into()))
    }

    fn is_open(&mut self) -> bool {
        false
    }
}
