//! The way through a proxy, over a connection to it: CONNECT (RFC 9110 section 9.3.6) or SOCKS, and the request line
//! that an HTTP proxy wants which makes the request itself.
//!
//! What comes out is a transport to the target like any other, so that TLS and the watch need not know of it. Whatever
//! the proxy sends behind its answer stays in the input: it is the target's.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport, time,
};

use super::heads::{self, Beginning, RESPONSE_HEAD_LIMIT};
use super::resolve::find;
use super::socket::exact;
use super::socks::{self, Answer, Destination, Host, Host4, LONGEST, Method};
use super::tls::{self, Secured, Terms};
use crate::send::error::{NotSent, ProxyFault, plain};
use crate::send::head::{Head, Url};
use crate::send::proxy::{Passage, Proxies, Proxy, ProxyScheme, target};
use crate::send::route::Route;

/// The proxy that one request goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::send) struct Hop {
    proxy: Proxy,
    /// Host and port of the request's URL.
    target: String,
    way: Way,
    authorized: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// The proxy makes the request.
    Forward,
    /// It is asked for a connection with this head.
    Connect(Vec<u8>),
    /// It is asked for one to this host, an IPv6 address in brackets.
    Socks { host: String, port: u16 },
}

impl Hop {
    /// The one for that head, if there is one.
    pub(in crate::send) fn of(proxies: &Proxies, head: &Head) -> Option<Self> {
        let url: &Url = head.url();
        let (proxy, way) = match proxies.route(url) {
            Passage::Direct => return None,
            Passage::Forward(proxy) => (proxy, Way::Forward),
            Passage::Tunnel(proxy) if proxy.scheme().is_socks() => {
                let (host, port) = (url.host().to_owned(), url.port());
                (proxy, Way::Socks { host, port })
            }
            Passage::Tunnel(proxy) => (proxy, Way::Connect(proxies.connect_head(head)?)),
        };
        Some(Self {
            proxy: proxy.clone(),
            target: target(url),
            way,
            authorized: proxies.authorizes(proxy),
        })
    }

    /// Where the connection goes.
    pub(in crate::send) fn host_and_port(&self) -> (String, u16) {
        (self.proxy.host().to_owned(), self.proxy.port())
    }

    /// Host and port of the request's URL.
    pub(super) fn target(&self) -> String {
        self.target.clone()
    }

    /// Whether it makes the request itself, which is then to name the whole URL.
    pub(in crate::send) fn forwards(&self) -> bool {
        matches!(self.way, Way::Forward)
    }

    /// Whether TLS lies between us and it.
    fn is_tls(&self) -> bool {
        self.proxy.scheme() == ProxyScheme::Https
    }

    pub(super) fn fails(&self, fault: ProxyFault) -> NotSent {
        NotSent::Proxy {
            proxy: self.proxy.authority(),
            fault,
        }
    }

    /// The connection to it broke.
    fn lost(&self, error: io::Error) -> Error {
        let error = plain(error);
        let target = self.target();
        self.error(ProxyFault::Lost { target, error })
    }

    /// The same, of whatever came out of a transport.
    fn broken(&self, error: Error) -> Error {
        if let Error::Io(error) = error {
            self.lost(error)
        } else {
            error
        }
    }

    /// TLS with it came to nothing.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "ureq's error is open-ended, and the others say enough"
    )]
    fn without_tls(&self, error: Error) -> Error {
        let reason = match error {
            Error::Tls(reason) => reason.to_owned(),
            Error::Io(error) => match tls::reason(&error) {
                Some(reason) => reason,
                None => return self.lost(error),
            },
            other => return other,
        };
        self.error(ProxyFault::Tls { reason })
    }

    /// A fault of its own, as ureq hands it on.
    fn error(&self, fault: ProxyFault) -> Error {
        carried(self.fails(fault))
    }
}

/// An error of ours on its way through ureq.
fn carried(error: NotSent) -> Error {
    Error::Io(io::Error::other(error))
}

// ---------------------------------------------------------------------------------------------
// TLS with the proxy

/// TLS with the proxy itself, if it is one that wants it.
#[derive(Debug)]
pub(in crate::send) struct ProxyTlsConnector {
    pub(in crate::send) hop: Option<Hop>,
    pub(in crate::send) terms: Terms,
}

impl<In: Transport> Connector<In> for ProxyTlsConnector {
    type Out = Either<In, Secured<In>>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(inner) = chained else {
            return Ok(None);
        };
        let Some(hop) = self.hop.as_ref().filter(|hop| hop.is_tls()) else {
            return Ok(Some(Either::A(inner)));
        };
        let secured = self.terms.secure(inner, hop.proxy.host(), details);
        let secured = secured.map_err(|error| hop.without_tls(error))?;
        Ok(Some(Either::B(secured)))
    }
}

// ---------------------------------------------------------------------------------------------
// The way to the target

/// The way from the proxy to the target, if there is a proxy.
#[derive(Debug)]
pub(in crate::send) struct ProxyConnector {
    pub(in crate::send) hop: Option<Hop>,
    /// What is known of the target's addresses, where it is resolved here.
    pub(in crate::send) route: Route,
}

impl<In: Transport> Connector<In> for ProxyConnector {
    type Out = Proxied<In>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(mut inner) = chained else {
            return Ok(None);
        };
        if let Some(hop) = &self.hop {
            let mut talk = Talk::new(hop, &self.route, &mut inner, details);
            match &hop.way {
                Way::Forward => {}
                Way::Connect(head) => talk.ask_http(head)?,
                Way::Socks { host, port } => talk.ask_socks(host, *port)?,
            }
        }
        Ok(Some(Proxied(inner)))
    }
}

/// A connection to the target, through a proxy or not.
#[derive(Debug)]
pub(in crate::send) struct Proxied<In>(In);

impl<In: Transport> Transport for Proxied<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    /// Whatever lies between us and the proxy, it ends there.
    fn is_tls(&self) -> bool {
        false
    }
}

// ---------------------------------------------------------------------------------------------
// The request line

/// Names the whole URL in the request line, for a proxy that makes the request itself. It wraps everything else, because
/// it concerns one request and not the connection.
#[derive(Debug)]
pub(in crate::send) struct ForwardConnector {
    /// The URL, if there is such a proxy.
    pub(in crate::send) url: Option<String>,
}

impl<In: Transport> Connector<In> for ForwardConnector {
    type Out = Forwarded<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| Forwarded {
            inner,
            url: self.url.clone(),
        }))
    }
}

/// A connection that one request goes over, by way of such a proxy or not.
#[derive(Debug)]
pub(in crate::send) struct Forwarded<In> {
    inner: In,
    /// What the request line is to name, until it has gone out.
    url: Option<String>,
}

impl<In: Transport> Transport for Forwarded<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let Some(url) = self.url.take() else {
            return self.inner.transmit_output(amount, timeout);
        };
        // The first octets that go out are the head's, and ureq's buffer has room for all of a request line.
        let head = naming(&url, &self.inner.buffers().output()[..amount]);
        transmit(&mut self.inner, &head, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// A request's head whose request line names that URL.
fn naming(url: &str, head: &[u8]) -> Vec<u8> {
    let mut words = head.splitn(3, |octet| *octet == b' ');
    match (words.next(), words.next(), words.next()) {
        (Some(method), Some(_), Some(rest)) => [method, url.as_bytes(), rest].join(&b' '),
        _ => head.to_vec(),
    }
}

/// Sends octets that are not in the output buffer, through it.
fn transmit(
    transport: &mut impl Transport,
    mut octets: &[u8],
    timeout: NextTimeout,
) -> Result<(), Error> {
    while !octets.is_empty() {
        let buffer = transport.buffers().output();
        let (now, later) = octets.split_at(octets.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        transport.transmit_output(now.len(), timeout)?;
        octets = later;
    }
    Ok(())
}

// ---------------------------------------------------------------------------------------------
// What is said to it

/// A word with a proxy, within the time for connecting.
struct Talk<'a, In> {
    hop: &'a Hop,
    route: &'a Route,
    transport: &'a mut In,
    timeout: NextTimeout,
    deadline: Option<Instant>,
}

impl<'a, In: Transport> Talk<'a, In> {
    fn new(
        hop: &'a Hop,
        route: &'a Route,
        transport: &'a mut In,
        details: &ConnectionDetails,
    ) -> Self {
        let began = match details.now {
            time::Instant::Exact(began) => began,
            time::Instant::AlreadyHappened | time::Instant::NotHappening => Instant::now(),
        };
        Self {
            hop,
            route,
            transport,
            timeout: details.timeout,
            deadline: exact(details.timeout).and_then(|limit| began.checked_add(limit)),
        }
    }

    fn left(&self) -> NextTimeout {
        let after = self.deadline.map_or(time::Duration::NotHappening, |end| {
            end.saturating_duration_since(Instant::now()).into()
        });
        NextTimeout {
            after,
            ..self.timeout
        }
    }

    fn say(&mut self, octets: &[u8]) -> Result<(), Error> {
        let timeout = self.left();
        transmit(self.transport, octets, timeout).map_err(|error| self.hop.broken(error))
    }

    /// Waits for more of what it says.
    fn hear(&mut self) -> Result<(), Error> {
        let timeout = self.left();
        match self.transport.await_input(timeout) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.hop.lost(io::ErrorKind::UnexpectedEof.into())),
            Err(error) => Err(self.hop.broken(error)),
        }
    }

    fn heard(&mut self) -> &[u8] {
        self.transport.buffers().input()
    }

    fn nonsense(&mut self, expected: &'static str, reason: &'static str) -> Error {
        let received = self.heard();
        let received = received[..received.len().min(RECEIVED_SHOWN)].to_vec();
        self.hop.error(ProxyFault::Nonsense {
            expected,
            reason,
            received,
        })
    }

    /// CONNECT.
    fn ask_http(&mut self, head: &[u8]) -> Result<(), Error> {
        const PROXY: &str = "an HTTP proxy";
        self.say(head)?;
        loop {
            let input = self.heard();
            let empty_lines = input
                .iter()
                .take_while(|octet| matches!(octet, b'\r' | b'\n'))
                .count();
            match Beginning::of(input) {
                Beginning::Interim { length, .. } => {
                    self.transport.buffers().input_consume(length);
                }
                // It has no body, whatever it says of one (RFC 9110 section 9.3.6).
                Beginning::Final(200..=299) => {
                    let length = empty_lines + heads::head(&input[empty_lines..]).len();
                    self.transport.buffers().input_consume(length);
                    return Ok(());
                }
                Beginning::Final(status) => {
                    let reason = reason(&input[empty_lines..]);
                    return Err(self.hop.error(ProxyFault::Refused {
                        target: self.hop.target.clone(),
                        status,
                        reason,
                        authorized: self.hop.authorized,
                    }));
                }
                Beginning::NotHttp => return Err(self.nonsense(PROXY, "it is not HTTP")),
                Beginning::Incomplete if input.len() > RESPONSE_HEAD_LIMIT => {
                    return Err(self.nonsense(PROXY, "its head is over 64 KiB"));
                }
                Beginning::Incomplete => self.hear()?,
            }
        }
    }

    fn ask_socks(&mut self, host: &str, port: u16) -> Result<(), Error> {
        let scheme = self.hop.proxy.scheme();
        let destination = self.destination(scheme, host, port)?;
        if matches!(scheme, ProxyScheme::Socks4 | ProxyScheme::Socks4a) {
            self.ask_socks_4(&destination)
        } else {
            self.ask_socks_5(&destination)
        }
    }

    /// What the proxy is given of a host: its name, or its address if it is one or is to be resolved here.
    fn destination(
        &mut self,
        scheme: ProxyScheme,
        host: &str,
        port: u16,
    ) -> Result<Destination, Error> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let host = if let Ok(address) = bare.parse() {
            Host::Address(address)
        } else if matches!(scheme, ProxyScheme::Socks4 | ProxyScheme::Socks5) {
            let is_possible =
                |address: &SocketAddr| scheme == ProxyScheme::Socks5 || address.is_ipv4();
            let addresses = find(self.route, host, port, self.left());
            let addresses = addresses.map_err(|error| not_resolved(host, error))?;
            let address = addresses.into_iter().find(is_possible);
            Host::Address(address.ok_or_else(|| self.unspeakable(IPV4_ONLY))?.ip())
        } else if host.len() > LONGEST {
            return Err(self.unspeakable("its name is over 255 bytes"));
        } else {
            Host::Name(host.to_owned())
        };
        Ok(Destination { host, port })
    }

    fn unspeakable(&self, reason: &'static str) -> Error {
        let target = self.hop.target.clone();
        self.hop.error(ProxyFault::Unspeakable { target, reason })
    }

    fn ask_socks_4(&mut self, destination: &Destination) -> Result<(), Error> {
        let hop = self.hop;
        let user = hop
            .proxy
            .credentials()
            .map_or("", |credentials| &credentials.user);
        if user.contains('\0') {
            return Err(self.unspeakable("the user name has a NUL"));
        }
        let host = match &destination.host {
            Host::Address(IpAddr::V4(address)) => Host4::Address(*address),
            Host::Name(name) => Host4::Name(name),
            Host::Address(IpAddr::V6(_)) => return Err(self.unspeakable(IPV4_ONLY)),
        };
        self.say(&socks::request_4(destination.port, host, user))?;
        let reply = self.answer("a SOCKS4 proxy", socks::reply_4)?;
        self.judge(4, reply)
    }

    fn ask_socks_5(&mut self, destination: &Destination) -> Result<(), Error> {
        const PROXY: &str = "a SOCKS5 proxy";
        let hop = self.hop;
        let credentials = hop.proxy.credentials();
        if credentials.is_some_and(|credentials| {
            credentials.user.len() > LONGEST || credentials.password.len() > LONGEST
        }) {
            return Err(self.unspeakable("user name and password may have 255 bytes each"));
        }
        self.say(&socks::greeting(credentials.is_some()))?;
        let unauthorized = || {
            hop.error(ProxyFault::Unauthorized {
                authorized: hop.authorized,
            })
        };
        match (self.answer(PROXY, socks::method)?, credentials) {
            (Method::NotAtAll, _) => {}
            (Method::Password, Some(credentials)) => {
                self.say(&socks::login(credentials))?;
                if !self.answer(PROXY, socks::welcome)? {
                    return Err(unauthorized());
                }
            }
            (Method::Password, None) | (Method::None, _) => return Err(unauthorized()),
        }
        self.say(&socks::request_5(destination))?;
        let reply = self.answer(PROXY, socks::reply_5)?;
        self.judge(5, reply)
    }

    /// Waits for an answer until it is whole, and takes it out of the input.
    fn answer<T>(&mut self, proxy: &'static str, read: fn(&[u8]) -> Answer<T>) -> Result<T, Error> {
        loop {
            match read(self.heard()) {
                Answer::Whole(answer, length) => {
                    self.transport.buffers().input_consume(length);
                    return Ok(answer);
                }
                Answer::Incomplete => self.hear()?,
                Answer::Nonsense(reason) => return Err(self.nonsense(proxy, reason)),
            }
        }
    }

    fn judge(&self, version: u8, reply: socks::Reply) -> Result<(), Error> {
        let Some((code, reason)) = reply else {
            return Ok(());
        };
        Err(self.hop.error(ProxyFault::Denied {
            target: self.hop.target.clone(),
            version,
            code,
            reason,
        }))
    }
}

/// The target's name has no address, as ureq hands it on.
fn not_resolved(host: &str, error: Error) -> Error {
    if let Error::Io(error) = error {
        let (host, reason) = (host.to_owned(), error.to_string());
        carried(NotSent::Resolve { host, reason })
    } else {
        error
    }
}

/// Octets of an answer that are kept for a message.
const RECEIVED_SHOWN: usize = 256;

const IPV4_ONLY: &str = "SOCKS4 knows IPv4 addresses only";

/// The reason phrase of a head.
fn reason(head: &[u8]) -> String {
    let line = head.split(|octet| *octet == b'\n').next();
    let line = line.unwrap_or_default().trim_ascii_end();
    let reason = line.splitn(3, |octet| *octet == b' ').nth(2);
    String::from_utf8_lossy(reason.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_names_the_whole_url() {
        for (head, expected) in [
            (
                "POST /u HTTP/1.1\r\nHost: h\r\n\r\n",
                "POST http://h/u?v HTTP/1.1\r\nHost: h\r\n\r\n",
            ),
            ("no request line", "no http://h/u?v line"),
            ("", ""),
        ] {
            let named = naming("http://h/u?v", head.as_bytes());
            assert_eq!(String::from_utf8(named).unwrap(), expected);
        }
    }

    #[test]
    fn a_reason_is_what_stands_behind_the_status() {
        for (head, expected) in [
            ("HTTP/1.1 403 Not Here\r\nA: b\r\n\r\n", "Not Here"),
            ("HTTP/1.1 403\r\n\r\n", ""),
            ("HTTP/1.0 407 Proxy\n\n", "Proxy"),
        ] {
            assert_eq!(reason(head.as_bytes()), expected);
        }
    }
}
