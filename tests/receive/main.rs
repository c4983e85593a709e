//! The receiving server, over real sockets: what clients get who are right, wrong, slow or gone.
//!
//! Clients are `TcpStream`s that write bytes as they stand here. No test sleeps in order to wait; each read has a
//! watchdog.

#![cfg(feature = "receive")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

/// Clients, and what they send.
mod client;
/// The server in a thread, and what it says of itself.
mod serving;

/// The bodies of the corpus, as uploads.
mod corpus;
/// Faults that are committed on request.
mod faults;
/// Time and numbers.
mod patience;
/// What is received.
mod received;
/// What is refused.
mod refused;
/// What has to be there for it to start.
mod start;

/// The corpus names limits, for both tests of it alike.
#[path = "../wire/limits.rs"]
mod limits;

use std::time::Duration;

/// Nothing takes this long.
const WATCHDOG: Duration = Duration::from_secs(30);
