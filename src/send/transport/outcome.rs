//! What ureq says in the end, in our words: a response, or an error that says what the server may have seen.

use std::io::{self, Read};
use std::time::Duration;

use ureq::{Timeout, http};

use super::exchange::Exchange;
use super::heads::{self, Beginning};
use super::hop::Hop;
use super::resolve::Addresses;
use super::tls;
use crate::send::connection::{Connection, RESPONSE_PAUSE};
use crate::send::error::{
    Interruption, Limit, NotSent, ProxyFault, SendError, SourceError, plain, seconds,
};
use crate::send::head::Head;
use crate::send::meter::{Milestone, Phase};
use crate::send::response::Response;

/// What is known of an exchange when it ends, one way or the other.
pub(in crate::send) struct Outcome<'a> {
    pub(in crate::send) connection: &'a Connection,
    pub(in crate::send) head: &'a Head,
    pub(in crate::send) exchange: &'a Exchange,
    pub(in crate::send) addresses: &'a Addresses,
    pub(in crate::send) hop: Option<&'a Hop>,
}

impl Outcome<'_> {
    /// It ended with a response, whose body is still to be read.
    pub(in crate::send) fn response(&self, response: http::Response<ureq::Body>) -> Response {
        self.exchange.meter().enter(Phase::Receiving);
        let status = response.status().as_u16();
        self.answered(
            status,
            ResponseBody {
                reader: response.into_body().into_reader(),
                status,
                received: 0,
                exchange: self.exchange.clone(),
                max_time: self.connection.max_time.unwrap_or_default(),
            },
        )
    }

    fn answered(&self, status: u16, body: impl Read + Send + 'static) -> Response {
        let received = self.exchange.received();
        Response {
            status,
            interim: received.interim.clone(),
            head: heads::head(&received.rest).to_vec(),
            sent_of_body: self
                .exchange
                .is_abandoned()
                .then(|| self.exchange.meter().sent()),
            body: Box::new(body),
        }
    }

    /// It ended with a response whose head ureq does not read, but whose status anybody can: a refusal is a refusal. Of its
    /// body nobody can say where it ends.
    fn unreadable(&self, reason: &str) -> Option<Response> {
        let received = self.exchange.received();
        let Beginning::Final(status @ 300..) = Beginning::of(&received.rest) else {
            return None;
        };
        let cut = SendError::Cut {
            status,
            received: 0,
            error: io::Error::other(format!("its head is not HTTP: {reason}")),
        };
        drop(received);
        Some(self.answered(status, Unreadable(Some(cut))))
    }

    /// It ended with an error.
    ///
    /// # Errors
    /// That error, in our words, unless there is a response after all.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "ureq's error is open-ended, and most of it concerns what we do not use"
    )]
    pub(in crate::send) fn error(&self, error: ureq::Error) -> Result<Response, SendError> {
        let reason = match &error {
            ureq::Error::Protocol(ureq_proto::Error::HttpParseFail(reason)) => reason.clone(),
            ureq::Error::Protocol(error) => error.to_string(),
            _ => return Err(self.failure(error)),
        };
        self.unreadable(&reason)
            .ok_or_else(|| self.not_http(reason))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "ureq's error is open-ended, and most of it concerns what we do not use"
    )]
    fn failure(&self, error: ureq::Error) -> SendError {
        match error {
            ureq::Error::Io(error) => self.io_error(error),
            ureq::Error::Timeout(timeout) => self.timed_out(timeout),
            ureq::Error::HostNotFound => self
                .not_resolved(String::from("the name has no address"))
                .into(),
            ureq::Error::Tls(reason) => self.no_tls(reason.to_owned()).into(),
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => NotSent::Request(format!(
                "{}: not a URL that HTTP can carry",
                self.head.url().host()
            ))
            .into(),
            ureq::Error::LargeResponseHeader(found, limit) => {
                self.not_http(format!("its head is over {limit} bytes ({found} so far)"))
            }
            other => NotSent::Request(other.to_string()).into(),
        }
    }

    fn io_error(&self, error: io::Error) -> SendError {
        let error = match error.downcast::<SourceError>() {
            Ok(source) => return source.into(),
            Err(error) => error,
        };
        let error = match error.downcast::<NotSent>() {
            Ok(not_sent) => return not_sent.into(),
            Err(error) => plain(error),
        };
        let during = match self.exchange.meter().phase() {
            Phase::Connecting => return self.not_connected(error).into(),
            Phase::Sending => Interruption::Sending,
            Phase::Waiting | Phase::Receiving => Interruption::Waiting,
        };
        if self.exchange.received().rest.is_empty() {
            // A connection that has served a request before has let this client in.
            let refusal = tls::refusal_of_client(&error);
            if let Some(reason) = refusal.filter(|_| !self.exchange.meter().is_reused()) {
                return self.no_tls(reason).into();
            }
            let sent = self.exchange.meter().sent();
            SendError::Lost {
                during,
                sent,
                error,
            }
        } else {
            self.not_http(format!("its head was cut: {error}"))
        }
    }

    fn not_connected(&self, error: io::Error) -> NotSent {
        if let Some(reason) = tls::reason(&error) {
            return self.no_tls(reason);
        }
        let addresses = self.addresses.get();
        if addresses.is_empty() {
            return self.not_resolved(error.to_string());
        }
        if error.kind() == io::ErrorKind::UnexpectedEof && self.head.url().is_https() {
            return self.no_tls(String::from(
                "the connection was closed during the handshake",
            ));
        }
        match self.hop {
            None => NotSent::Connect {
                authority: self.head.url().authority(),
                addresses,
                error,
            },
            Some(hop) if !self.exchange.has_begun() => {
                hop.fails(ProxyFault::Connect { addresses, error })
            }
            Some(hop) => hop.fails(ProxyFault::Lost {
                target: hop.target(),
                error,
            }),
        }
    }

    fn not_resolved(&self, reason: String) -> NotSent {
        if let Some(hop) = self.hop {
            return hop.fails(ProxyFault::Resolve { reason });
        }
        NotSent::Resolve {
            host: self.head.url().host().to_owned(),
            reason,
        }
    }

    fn no_tls(&self, reason: String) -> NotSent {
        let url = self.head.url();
        match self.hop {
            Some(hop) if !url.is_https() => hop.fails(ProxyFault::Tls { reason }),
            _ => NotSent::Tls {
                authority: url.authority(),
                reason,
            },
        }
    }

    fn not_http(&self, reason: String) -> SendError {
        let received = self.exchange.received().rest.clone();
        SendError::NotHttp { reason, received }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other limit is the one on the whole request"
    )]
    fn timed_out(&self, timeout: Timeout) -> SendError {
        let connection = self.connection;
        let max_time = connection.max_time.unwrap_or_default();
        let (limit, after) = match timeout {
            Timeout::PerWrite => (Limit::Stall, connection.stall_timeout),
            Timeout::RecvResponse => (Limit::Response, connection.response_timeout),
            _ => (Limit::Total, max_time),
        };
        let during = match self.exchange.meter().phase() {
            Phase::Connecting => {
                let authority = self.head.url().authority();
                let after = match timeout {
                    Timeout::Resolve | Timeout::Connect => connection.connect_timeout,
                    _ => max_time,
                };
                let error = match self.hop {
                    None => NotSent::TimedOut { authority, after },
                    Some(hop) => hop.fails(ProxyFault::TimedOut {
                        target: hop.target(),
                        after,
                    }),
                };
                return error.into();
            }
            Phase::Sending => Interruption::Sending,
            Phase::Waiting | Phase::Receiving => Interruption::Waiting,
        };
        let sent = self.exchange.meter().sent();
        SendError::TimedOut {
            during,
            limit,
            after,
            sent,
        }
    }
}

/// The body of a response whose head cannot be read: an error, once.
struct Unreadable(Option<SendError>);

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0.take() {
            Some(error) => Err(io::Error::other(error)),
            None => Ok(0),
        }
    }
}

/// A response's body whose early end is an error of ours.
struct ResponseBody {
    reader: ureq::BodyReader<'static>,
    status: u16,
    received: u64,
    exchange: Exchange,
    max_time: Duration,
}

impl Read for ResponseBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer);
        let meter = self.exchange.meter();
        match &read {
            Ok(count) if *count > 0 || buffer.is_empty() => meter.receive(*count),
            _ => meter.reach(Milestone::Ended),
        }
        let count = read.map_err(|error| io::Error::other(self.cut(error)))?;
        self.received += count as u64;
        Ok(count)
    }
}

impl ResponseBody {
    fn cut(&self, error: io::Error) -> SendError {
        let error = ureq::Error::from(error);
        let error = if matches!(error, ureq::Error::Timeout(Timeout::PerRead)) {
            timed_out("nothing more came for longer", RESPONSE_PAUSE)
        } else if matches!(error, ureq::Error::Timeout(_)) {
            timed_out("the whole upload took longer", self.max_time)
        } else {
            plain(error.into_io())
        };
        SendError::Cut {
            status: self.status,
            received: self.received,
            error,
        }
    }
}

fn timed_out(what: &str, limit: Duration) -> io::Error {
    let message = format!("{what} than {}", seconds(limit));
    io::Error::new(io::ErrorKind::TimedOut, message)
}
