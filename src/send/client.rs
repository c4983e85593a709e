//! One request out, one [`Response`] or [`SendError`] back.
//!
//! With `transport/` the only place that knows ureq. It follows no redirect, repeats nothing and takes no status for
//! an error: what to make of a response is decided elsewhere. Every request has a connection of its own, so that a
//! failure is never the leftover of an earlier one; unless connections are to be kept. Then a request may go out over one
//! that an earlier request has left, and is lost like any other if that fails under it.

use std::io::{self, Read};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::{self, Uri};
use ureq::unversioned::transport::Connector;
use ureq::{Agent, SendBody, Timeout};

use super::body::Body;
use super::connection::Connection;
use super::error::SendError;
use super::head::{Framing, Head};
use super::meter::{Meter, Milestone};
#[cfg(unix)]
use super::proxy::ProxyScheme;
use super::response::Response;
use super::transport::exchange::Exchange;
use super::transport::forward::ForwardConnector;
use super::transport::heads::RESPONSE_HEAD_LIMIT;
use super::transport::hop::Hop;
use super::transport::outcome::Outcome;
use super::transport::pool::{Home, Link, Place, Pool};
use super::transport::proxy::{ProxyConnector, ProxyTlsConnector};
use super::transport::resolve::{Addresses, NoResolver, RememberingResolver};
use super::transport::socket::SocketConnector;
use super::transport::tls::{Terms, TlsConnector};
use super::transport::watch::WatchConnector;

/// Octets read from a content and handed to the connection at once: the largest size that measuring showed to matter.
const BLOCK: usize = 128 * 1024;

/// The least that is read at once, however slowly it goes out.
const LEAST_BLOCK: usize = 16 * 1024;

/// Sends requests, one at a time, each on a new connection or on one that was [kept](Connection::keep_alive).
///
/// Its [`max_time`](Connection::max_time) is for all of them together. A clone shares the connections that are kept, so
/// that several threads can send at the same time, each with a clone.
#[derive(Debug, Clone)]
pub struct Client {
    connection: Connection,
    began: Instant,
    pool: Pool,
}

impl Client {
    /// A client that connects like this, and whose time begins now.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self {
            connection,
            began: Instant::now(),
            pool: Pool::default(),
        }
    }

    /// The same client, whose time begins now.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self {
            began: Instant::now(),
            ..self.clone()
        }
    }

    /// How it connects.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Sends `head` and `body`, and returns once the response's head has come: also when it comes before the body is
    /// out, of which then only as much is read as was sent.
    ///
    /// # Errors
    /// See [`SendError`]. A response of whatever status is none.
    pub fn send(
        &self,
        head: &Head,
        framing: Framing,
        body: &mut Body,
    ) -> Result<Response, SendError> {
        let exchange = Exchange::new(body.meter().clone());
        #[cfg(unix)]
        {
            let proxy = self.connection.proxies.of(head.url());
            let is_tls = head.url().is_https()
                || proxy.is_some_and(|proxy| proxy.scheme() == ProxyScheme::Https);
            body.wait_with(exchange.source_wait(is_tls, self.deadline()));
        }
        let mut outgoing = Outgoing {
            body,
            exchange: &exchange,
            left: framing.length(),
        };
        self.exchange(head, framing, Some(&mut outgoing), &exchange)
    }

    /// Sends a head without content, such as a GET, while `meter` is told how far it has come.
    ///
    /// # Errors
    /// See [`SendError`]. A response of whatever status is none.
    pub fn fetch(&self, head: &Head, meter: Arc<Meter>) -> Result<Response, SendError> {
        let exchange = Exchange::new(meter);
        self.exchange(head, Framing::Empty, None, &exchange)
    }

    /// Sends a head with an empty body, which it says: a question, such as what credentials are wanted.
    ///
    /// # Errors
    /// See [`SendError`]. A response of whatever status is none.
    pub fn ask(&self, head: &Head) -> Result<Response, SendError> {
        let exchange = Exchange::new(Arc::default());
        self.exchange(head, Framing::Length(0), None, &exchange)
    }

    /// When all time is up; `None` is never.
    fn deadline(&self) -> Option<Instant> {
        self.began.checked_add(self.connection.max_time?)
    }

    fn exchange(
        &self,
        head: &Head,
        framing: Framing,
        mut body: Option<&mut Outgoing<'_>>,
        exchange: &Exchange,
    ) -> Result<Response, SendError> {
        exchange.meter().reach(Milestone::Began);
        let addresses = Addresses::default();
        let proxies = &self.connection.proxies;
        let hop = Hop::of(proxies, head);
        let outcome = Outcome {
            connection: &self.connection,
            head: &proxies.outgoing(head),
            exchange,
            addresses: &addresses,
            hop: hop.as_ref(),
        };
        let place = Place::of(head.url(), hop.as_ref());
        let answer = loop {
            let kept = self.pool.take(&place);
            let is_kept = kept.is_some();
            let agent = self.agent(&outcome, &place, kept);
            let answer = run(&agent, outcome.head, framing, body.as_deref_mut());
            // A kept connection that is no good any more is found out before anything goes out.
            if !is_kept || exchange.has_begun() {
                break answer;
            }
        };
        match answer {
            Ok(response) => Ok(outcome.response(response)),
            Err(error) => {
                exchange.meter().reach(Milestone::Ended);
                outcome.error(error)
            }
        }
    }

    fn agent(&self, outcome: &Outcome<'_>, place: &Place, kept: Option<Link>) -> Agent {
        let forward = ForwardConnector {
            url: outcome
                .hop
                .filter(|hop| hop.forwards())
                .map(|_| outcome.head.url().as_str().to_owned()),
        };
        let is_kept = kept.is_some();
        let watch = self.watch(outcome, place, kept);
        if is_kept {
            let connector = watch.chain(forward);
            return Agent::with_parts(self.config(), connector, NoResolver);
        }
        let connection = &self.connection;
        let connector = SocketConnector {
            exchange: outcome.exchange.clone(),
            route: connection.route.clone(),
            pace: connection.pace.clone(),
        }
        .chain(ProxyTlsConnector {
            hop: outcome.hop.cloned(),
            terms: Terms::of_proxy(&connection.proxies),
        })
        .chain(ProxyConnector {
            hop: outcome.hop.cloned(),
            route: connection.route.clone(),
        })
        .chain(TlsConnector(Terms::of(connection)))
        .chain(watch)
        .chain(forward);
        let resolver = RememberingResolver::new(
            outcome.addresses.clone(),
            connection.route.clone(),
            outcome.hop.map(Hop::host_and_port),
            outcome.exchange.clone(),
        );
        Agent::with_parts(self.config(), connector, resolver)
    }

    fn watch(&self, outcome: &Outcome<'_>, place: &Place, kept: Option<Link>) -> WatchConnector {
        let expects = outcome.head.has("Expect");
        WatchConnector {
            exchange: outcome.exchange.clone(),
            expect: expects.then_some(self.connection.expect_timeout),
            home: self.connection.keep_alive.map(|limit| Home {
                pool: self.pool.clone(),
                place: place.clone(),
                limit,
            }),
            kept: Mutex::new(kept),
        }
    }

    fn config(&self) -> Config {
        let connection = &self.connection;
        // A block counts once it is out: with a slow one, nothing would be seen to move.
        let block = connection.pace.as_ref().map_or(BLOCK, |pace| {
            pace.octets_in(Duration::from_millis(200))
                .clamp(LEAST_BLOCK, BLOCK)
        });
        let left = self
            .deadline()
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .proxy(None)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .max_response_header_size(RESPONSE_HEAD_LIMIT)
            .output_buffer_size(block)
            .timeout_global(left)
            .timeout_resolve(Some(connection.connect_timeout))
            .timeout_connect(Some(connection.connect_timeout))
            .timeout_per_write(Some(connection.stall_timeout))
            .timeout_recv_response(Some(connection.response_timeout))
            // The wait for a 100 is the watch's: ureq's own cannot be told from a refusal when there is a field in it.
            .timeout_await_100(Some(Duration::ZERO))
            .build()
    }
}

/// A body on its way out, until the exchange is abandoned. From then on it is not read any more: as much as was announced is
/// claimed to have been there, so that ureq goes on to the response.
struct Outgoing<'a> {
    body: &'a mut Body,
    exchange: &'a Exchange,
    /// Octets still to come, if they were announced.
    left: Option<u64>,
}

impl Read for Outgoing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = if self.exchange.is_abandoned() {
            Ok(0)
        } else {
            self.body.read(buffer)
        };
        let count = if self.exchange.is_abandoned() {
            let left = self.left.unwrap_or(0);
            usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()))
        } else if self.exchange.is_expired() {
            return Err(ureq::Error::Timeout(Timeout::Global).into_io());
        } else {
            read?
        };
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(count as u64);
        }
        Ok(count)
    }
}

/// Has `agent` make the request.
fn run(
    agent: &Agent,
    head: &Head,
    framing: Framing,
    body: Option<&mut Outgoing<'_>>,
) -> Result<http::Response<ureq::Body>, ureq::Error> {
    let uri: Uri = head
        .url()
        .as_str()
        .parse()
        .map_err(|error| ureq::Error::BadUri(format!("{}: {error}", head.url())))?;
    let mut builder = http::Request::builder().method(head.method()).uri(uri);
    for header in head.headers(framing) {
        builder = ureq_proto::client::header_raw(builder, header.name(), header.value());
    }
    match body {
        Some(body) => agent.run(builder.body(SendBody::from_reader(body))?),
        None => agent.run(builder.body(SendBody::none())?),
    }
}
