//! What can go wrong between a form and its response, typed by *whose* fault it is.
//!
//! The three questions a caller asks of a failure are answered by the variant: was it one of our sources
//! ([`SourceError`]), did anything go out ([`SendError::NotSent`]), or is it unknown what the server made of it
//! ([`SendError::Lost`], [`SendError::TimedOut`], [`SendError::Unfinished`], [`SendError::NotHttp`]).

use std::io;
use std::time::Duration;

use thiserror::Error;

/// A source could not be delivered as it was promised. The body stops where this happens, before its last delimiter.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It could not be opened when its turn came.
    #[error("{name}: cannot be opened: {error}")]
    Open {
        /// What the user calls it.
        name: String,
        /// Why.
        error: io::Error,
    },
    /// It was read for an earlier request, and can be read once.
    #[error("{name}: was read before, and cannot be read again")]
    Spent {
        /// What the user calls it.
        name: String,
    },
    /// Reading failed.
    #[error("{name}: cannot be read after {offset} bytes: {error}")]
    Read {
        /// What the user calls it.
        name: String,
        /// Octets delivered before the failure.
        offset: u64,
        /// Why.
        error: io::Error,
    },
    /// It ended early.
    #[error("{name}: ended after {delivered} bytes, {promised} were promised")]
    Ended {
        /// What the user calls it.
        name: String,
        /// Octets announced to the server.
        promised: u64,
        /// Octets there were.
        delivered: u64,
    },
    /// It is longer than it was, or was written to, since it was measured.
    #[error("{name}: changed while it was sent: {change}")]
    Changed {
        /// What the user calls it.
        name: String,
        /// What differs.
        change: String,
    },
    /// The boundary occurs in it, where a receiver would take the part to end.
    #[error("{name}: contains the chosen boundary, which would end the part")]
    Boundary {
        /// What the user calls it.
        name: String,
    },
    /// Its transfer encoding cannot carry it.
    #[error("{name}: cannot be encoded: {error}")]
    Encoding {
        /// What the user calls it.
        name: String,
        /// Why.
        error: io::Error,
    },
}

/// Why nothing was sent: the server cannot have acted on any of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotSent {
    /// The host's name has no address.
    #[error("{host}: no such host: {reason}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// No address of the host took the connection.
    #[error("{authority}: cannot connect to {addresses}: {error}")]
    Connect {
        /// Host and port, as in the URL.
        authority: String,
        /// The addresses tried.
        addresses: String,
        /// Why the last of them failed.
        error: io::Error,
    },
    /// TLS could not be agreed on.
    #[error("{authority}: TLS failed: {reason}")]
    Tls {
        /// Host and port, as in the URL.
        authority: String,
        /// rustls's reason, one line.
        reason: String,
    },
    /// Connecting took too long.
    #[error("{authority}: no connection within {}", seconds(*.after))]
    TimedOut {
        /// Host and port, as in the URL.
        authority: String,
        /// The time it was given.
        after: Duration,
    },
    /// A proxy stands in between, and it went no further.
    #[error("proxy {proxy} {fault}")]
    Proxy {
        /// Its host and port.
        proxy: String,
        /// Why.
        fault: ProxyFault,
    },
    /// What was asked for cannot be said in HTTP, or TLS cannot be set up as told.
    #[error("{0}")]
    Request(String),
}

/// Why it went no further at a proxy. `target` is the host and port that it was to connect to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProxyFault {
    /// Its name has no address.
    #[error("cannot be found: no such host: {reason}")]
    Resolve {
        /// What the resolver said.
        reason: String,
    },
    /// No address of it took the connection.
    #[error("cannot be reached at {addresses}: {error}")]
    Connect {
        /// The addresses tried.
        addresses: String,
        /// Why the last of them failed.
        error: io::Error,
    },
    /// TLS with the proxy itself could not be agreed on.
    #[error("cannot be spoken to: TLS failed: {reason}")]
    Tls {
        /// rustls's reason, one line.
        reason: String,
    },
    /// It took too long.
    #[error("did not connect to {target} within {}", seconds(*.after))]
    TimedOut {
        /// Where to.
        target: String,
        /// The time it was given.
        after: Duration,
    },
    /// An HTTP proxy said no.
    #[error("refused to connect to {target}: {status}{}{reason}", if .reason.is_empty() { "" } else { " " })]
    Refused {
        /// Where to.
        target: String,
        /// Its status.
        status: u16,
        /// Its reason phrase.
        reason: String,
        /// Whether it was told who asks.
        authorized: bool,
    },
    /// A SOCKS proxy said no.
    #[error("refused to connect to {target}: {reason} (SOCKS{version} reply {code})")]
    Denied {
        /// Where to.
        target: String,
        /// 4 or 5.
        version: u8,
        /// Its reply code.
        code: u8,
        /// What that stands for.
        reason: &'static str,
    },
    /// A SOCKS proxy does not let everybody in.
    #[error("{}", if *.authorized { "refused the credentials" } else { "wants credentials" })]
    Unauthorized {
        /// Whether it was told who asks.
        authorized: bool,
    },
    /// It cannot be given that target.
    #[error("cannot connect to {target}: {reason}")]
    Unspeakable {
        /// Where to.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// What it answered is nothing that such a proxy says.
    #[error("did not answer as {expected}: {reason}; its answer begins \"{}\"", beginning(.received))]
    Nonsense {
        /// What it was taken for.
        expected: &'static str,
        /// What is wrong.
        reason: &'static str,
        /// Its first octets.
        received: Vec<u8>,
    },
    /// The connection broke before the one to the target stood.
    #[error("lost the connection to {target}: {error}")]
    Lost {
        /// Where to.
        target: String,
        /// Why.
        error: io::Error,
    },
}

impl ProxyFault {
    /// Whether another attempt may end better.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Resolve { .. }
            | Self::Connect { .. }
            | Self::TimedOut { .. }
            | Self::Lost { .. } => true,
            Self::Refused { status, .. } => matches!(status, 502..=504),
            // Failed, out of reach, refused or expired; not: forbidden, or asked for in vain.
            Self::Denied { version, code, .. } => match version {
                4 => *code == 91,
                _ => matches!(code, 1 | 3..=6),
            },
            Self::Tls { .. }
            | Self::Unauthorized { .. }
            | Self::Unspeakable { .. }
            | Self::Nonsense { .. } => false,
        }
    }
}

/// Where an upload stood when it was interrupted, for the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// While the body was going out.
    Sending,
    /// After its last octet, before the answer.
    Waiting,
}

impl std::fmt::Display for Interruption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sending => "while sending",
            Self::Waiting => "while waiting for the answer",
        })
    }
}

/// A limit that was reached, for the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// On how long the connection may take nothing.
    Stall,
    /// From the last octet of the body to the response's head.
    Response,
    /// On all of it.
    Total,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stall => "the connection took nothing for",
            Self::Response => "no answer came within",
            Self::Total => "it is not done within",
        })
    }
}

/// One request's failure.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// A source broke its promise; the connection was cut, so the server saw an incomplete request.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Nothing was sent.
    #[error(transparent)]
    NotSent(#[from] NotSent),
    /// The connection was lost after sending began, and no answer came.
    #[error(
        "connection lost {during}, {sent} bytes of the body were handed over: {error}; \
         it is not known whether the server kept the upload"
    )]
    Lost {
        /// Where it stood.
        during: Interruption,
        /// Octets of the body, framing included, handed to the connection.
        sent: u64,
        /// Why.
        error: io::Error,
    },
    /// A time limit was reached after sending began.
    #[error(
        "{} {during}: {limit} {}, {sent} bytes of the body were handed over; \
         it is not known whether the server kept the upload",
        if *.limit == Limit::Stall { "stalled" } else { "timed out" },
        seconds(*.after)
    )]
    TimedOut {
        /// Where it stood.
        during: Interruption,
        /// Which limit.
        limit: Limit,
        /// How long it is.
        after: Duration,
        /// Octets of the body, framing included, handed to the connection.
        sent: u64,
    },
    /// The far side's answer is not an HTTP response.
    #[error("the answer is not HTTP: {reason}; it begins \"{}\"", beginning(.received))]
    NotHttp {
        /// What is wrong with it.
        reason: String,
        /// Its first octets.
        received: Vec<u8>,
    },
    /// The server said yes before it had all of the body, and then took no more of it.
    #[error(
        "answered {status} before the whole body was sent, and then the connection was lost, \
         {sent} bytes of the body were handed over; it is not known whether the server kept the upload"
    )]
    Unfinished {
        /// Its status, a 2xx.
        status: u16,
        /// Octets of the body, framing included, handed to the connection.
        sent: u64,
    },
    /// The response ended before its announced end.
    #[error("the answer ({status}) was cut after {received} bytes of its body: {error}")]
    Cut {
        /// Its status.
        status: u16,
        /// Octets of the response's body that did arrive.
        received: u64,
        /// Why.
        error: io::Error,
    },
}

impl SendError {
    /// What happened, without what it means for an upload: for a request that carried none.
    #[must_use]
    pub fn without_consequence(&self) -> String {
        match self {
            Self::Lost { during, error, .. } => format!("connection lost {during}: {error}"),
            Self::TimedOut {
                during,
                limit,
                after,
                ..
            } => format!("timed out {during}: {limit} {}", seconds(*after)),
            Self::Source(_)
            | Self::NotSent(_)
            | Self::Unfinished { .. }
            | Self::NotHttp { .. }
            | Self::Cut { .. } => self.to_string(),
        }
    }
}

/// What can be shown of octets in one line; of an HTTP response no more than its first: a field may hold a secret.
fn beginning(octets: &[u8]) -> String {
    const SHOWN: usize = 40;
    let end = if octets.starts_with(b"HTTP/") {
        octets
            .iter()
            .position(|octet| matches!(octet, b'\r' | b'\n'))
    } else {
        None
    };
    let shown = octets[..end.unwrap_or(octets.len()).min(SHOWN)].escape_ascii();
    let more = if end.is_some() || octets.len() > SHOWN {
        "…"
    } else {
        ""
    };
    format!("{shown}{more}")
}

/// An end that came too early, in plain words.
pub(super) fn plain(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        io::Error::new(error.kind(), "the server closed the connection")
    } else {
        error
    }
}

/// A duration as messages have it: to the tenth of a second, whole seconds without a fraction.
pub(super) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if duration.subsec_nanos() == 0 {
        format!("{seconds:.0} s")
    } else {
        format!("{seconds:.1} s")
    }
}
