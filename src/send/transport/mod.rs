//! What we put between ureq and the socket.
//!
//! ureq builds a connection out of connectors that each wrap the one before; [`watch`] is ours, the outermost one,
//! above TLS: it sees the very octets of the heads, knows when an octet has been taken by the connection, and when
//! the wait for the answer begins. [`resolve`] remembers which addresses a name stood for, for the messages. [`outcome`] says
//! in our words how it ended.

pub(super) mod outcome;
pub(super) mod resolve;
pub(super) mod watch;
