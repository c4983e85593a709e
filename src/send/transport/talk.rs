//! What is said to a proxy so that it opens the way on, and what it says to that: CONNECT or SOCKS.

use std::io;
use std::net::{IpAddr, SocketAddr};

use ureq::Error;
use ureq::unversioned::transport::{ConnectionDetails, NextTimeout, Transport};

use super::heads::{self, Beginning, RESPONSE_HEAD_LIMIT};
use super::hop::{Hop, carried};
use super::resolve::find;
use super::socket::left_of;
use super::socks::{self, Answer, Destination, Host, Host4, LONGEST, Method};
use crate::send::error::{NotSent, ProxyFault};
use crate::send::proxy::ProxyScheme;
use crate::send::response::reason;
use crate::send::route::{Route, bare};

/// Octets of an answer that are kept for a message.
const RECEIVED_SHOWN: usize = 256;

const IPV4_ONLY: &str = "SOCKS4 knows IPv4 addresses only";

/// A word with a proxy, within the time for connecting.
pub(super) struct Talk<'a, In> {
    pub(super) hop: &'a Hop,
    /// What is known of the target's addresses, where it is resolved here.
    pub(super) route: &'a Route,
    pub(super) transport: &'a mut In,
    pub(super) details: &'a ConnectionDetails<'a>,
}

impl<In: Transport> Talk<'_, In> {
    fn say(&mut self, octets: &[u8]) -> Result<(), Error> {
        let timeout = left_of(self.details);
        transmit(self.transport, octets, timeout).map_err(|error| self.hop.broken(error))
    }

    /// Waits for more of what it says.
    fn hear(&mut self) -> Result<(), Error> {
        let timeout = left_of(self.details);
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

    /// Asks for the connection by this head, a CONNECT (RFC 9110 section 9.3.6).
    pub(super) fn ask_http(&mut self, head: &[u8]) -> Result<(), Error> {
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
                    let reason = String::from_utf8_lossy(reason).into_owned();
                    return Err(self.hop.error(ProxyFault::Refused {
                        target: self.hop.target(),
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

    /// Asks for a connection to there by SOCKS.
    pub(super) fn ask_socks(&mut self, host: &str, port: u16) -> Result<(), Error> {
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
        let host = if let Ok(address) = bare(host).parse() {
            Host::Address(address)
        } else if matches!(scheme, ProxyScheme::Socks4 | ProxyScheme::Socks5) {
            let is_possible =
                |address: &SocketAddr| scheme == ProxyScheme::Socks5 || address.is_ipv4();
            let addresses = find(self.route, host, port, left_of(self.details));
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
        let target = self.hop.target();
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
            target: self.hop.target(),
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

/// Sends octets that are not in the output buffer, through it.
pub(super) fn transmit(
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
