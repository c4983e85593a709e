//! What we put between ureq and the server.
//!
//! ureq builds a connection out of connectors that each wrap the one before. [`socket`] is the bottom one, over the
//! [`line`](mod@line) to the server or to a proxy that [`dial`] opens; [`proxy`] has a proxy, which is the [`hop`],
//! asked for the way on ([`talk`], [`socks`]), after [`tls`] with itself if it wants that; then [`tls`] with the
//! server, if that is wanted. All this is one connection, and may serve one exchange after another: the [`pool`] has it
//! meanwhile, if the response's head lets it ([`persistence`]). What wraps it then is for one exchange: the [`watch`]
//! sees the very octets of the heads, knows when an octet has been taken by the connection, looks for an answer while
//! the body goes out, and tells when the wait for it begins; and a proxy that makes the request itself wants another
//! request line ([`forward`]). What all of them and the client have to know of each other is the [`exchange`];
//! [`heads`] cuts what came in, and [`overflow`] keeps what comes too early. [`resolve`] finds the addresses to connect
//! to, and remembers them for the messages. [`outcome`] says in our words how it ended.

mod dial;
pub(super) mod exchange;
pub(super) mod forward;
pub(super) mod heads;
pub(super) mod hop;
mod line;
pub(super) mod outcome;
mod overflow;
mod persistence;
pub(super) mod pool;
pub(super) mod proxy;
pub(super) mod resolve;
pub(super) mod socket;
mod socks;
mod talk;
pub(super) mod tls;
pub(super) mod watch;
