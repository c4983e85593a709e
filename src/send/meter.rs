//! How far an upload has come, for whoever wants to watch it from another thread.
//!
//! Written by [`Body`](super::Body) and the transport, read by anyone. Everything is a number that only one thread
//! writes, or is set once, so reading it costs the upload nothing.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// Where in its life an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The name is looked up, the connection opened, TLS agreed on.
    Connecting,
    /// The head or the body is going out.
    Sending,
    /// The last octet is out; the server has not answered yet.
    Waiting,
    /// The response is coming in.
    Receiving,
}

/// What happens once in an exchange, in this order; what does not happen is left out. Over a connection that was there
/// already, all that makes a connection happens at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// It begins.
    Began,
    /// The name is an address.
    Resolved,
    /// The connection is open.
    Connected,
    /// TLS is agreed on.
    Secured,
    /// Everything is ready for the request.
    Ready,
    /// The first block of the request is out, the head in it.
    HeadSent,
    /// The last octet of the request is out. An answer that comes earlier leaves this out, or comes before it.
    Sent,
    /// The first octet of the answer has come.
    Answered,
    /// The answer has come to its end, or the exchange has failed.
    Ended,
}

/// How many they are.
const MILESTONES: usize = Milestone::Ended as usize + 1;

/// The two addresses of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoints {
    /// This side's.
    pub local: SocketAddr,
    /// The other side's.
    pub remote: SocketAddr,
}

/// The state of one upload, in octets of *content* (framing does not count).
///
/// What the client has read out of the contents is not what counts, but what the connection has [taken](Self::accepted) of
/// it. Between the two lies one output buffer at the most, and what a content coding has taken in and not given yet.
#[derive(Debug, Default)]
pub struct Meter {
    phase: AtomicU8,
    content: AtomicUsize,
    /// What the client has read out of the contents.
    handed: AtomicU64,
    accepted: AtomicU64,
    body: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    milestones: [OnceLock<Instant>; MILESTONES],
    endpoints: OnceLock<Endpoints>,
    is_reused: AtomicBool,
}

impl Meter {
    /// A meter at its beginning.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the upload stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Connecting,
            1 => Phase::Sending,
            2 => Phase::Waiting,
            _ => Phase::Receiving,
        }
    }

    /// The index of the content being read, counted from 0 over all contents that are no nested multipart.
    #[must_use]
    pub fn content(&self) -> usize {
        self.content.load(Ordering::Relaxed)
    }

    /// Octets of content that the connection has taken.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Octets of the body, framing included, that have been read out of it to be sent.
    #[must_use]
    pub fn body(&self) -> u64 {
        self.body.load(Ordering::Relaxed)
    }

    /// Octets of the body, framing included, that the connection has taken; a block that was taken in part does not
    /// count.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Octets of the response's body that were read.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// When that happened, if it did.
    #[must_use]
    pub fn at(&self, milestone: Milestone) -> Option<Instant> {
        self.milestones[milestone as usize].get().copied()
    }

    /// Whom the connection is between, once there is one.
    #[must_use]
    pub fn endpoints(&self) -> Option<Endpoints> {
        self.endpoints.get().copied()
    }

    /// Whether the connection had carried another request before; known once it is [`Milestone::Connected`].
    #[must_use]
    pub fn is_reused(&self) -> bool {
        self.is_reused.load(Ordering::Relaxed)
    }

    /// That happens now; it counts once.
    pub(super) fn reach(&self, milestone: Milestone) {
        self.milestones[milestone as usize].get_or_init(Instant::now);
    }

    /// The connection is there: a new one, or one that had carried another request before.
    pub(super) fn connect(&self, endpoints: Option<Endpoints>, is_reused: bool) {
        self.is_reused.store(is_reused, Ordering::Relaxed);
        if is_reused {
            self.reach(Milestone::Resolved);
        }
        self.reach(Milestone::Connected);
        if let Some(endpoints) = endpoints {
            self.endpoints.get_or_init(|| endpoints);
        }
    }

    pub(super) fn receive(&self, count: usize) {
        self.received.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    pub(super) fn begin_content(&self, index: usize) {
        self.content.store(index, Ordering::Relaxed);
    }

    pub(super) fn read_content(&self, count: usize) {
        self.handed.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn hand_over(&self, count: usize) {
        self.body.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// All that was handed over is with the connection now.
    pub(super) fn accept(&self) {
        self.accepted
            .store(self.handed.load(Ordering::Relaxed), Ordering::Relaxed);
        self.sent.store(self.body(), Ordering::Relaxed);
    }
}
