//! What we put between ureq and the server.
//!
//! ureq builds a connection out of connectors that each wrap the one before. [`socket`] is the bottom one, over the
//! [`line`](mod@line) to the server or to a proxy; [`proxy`] asks that for the way on, by [`socks`] for one; then TLS, which is
//! ureq's; [`watch`] is the outermost: it sees the very octets of the heads,
//! knows when an octet has been taken by the connection, looks for an answer while the body goes out, and tells when the
//! wait for it begins. What all of them and the client have to know of each other is the [`exchange`]; [`heads`] cuts
//! what came in. [`resolve`] remembers which addresses a name stood for, for the messages. [`outcome`] says in our words
//! how it ended.

pub(super) mod exchange;
pub(super) mod heads;
mod line;
pub(super) mod outcome;
pub(super) mod proxy;
pub(super) mod resolve;
pub(super) mod socket;
mod socks;
pub(super) mod watch;
