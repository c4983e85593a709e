//! Name resolution that can be told about: which host, which addresses.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::exchange::Exchange;
use super::socket::exact;
use crate::send::meter::Milestone;
use crate::send::route::{Route, bare};

/// Addresses of one name that are tried: as many as ureq has room for.
const MOST: usize = 16;

/// The system's resolver, unless the route knows better; what it answered is kept.
#[derive(Debug)]
pub(in crate::send) struct RememberingResolver {
    addresses: Addresses,
    route: Route,
    /// Host and port of the proxy, which are looked up instead of the URL's.
    proxy: Option<(String, u16)>,
    exchange: Exchange,
}

/// The addresses of the last name resolved, one line, empty before that.
#[derive(Debug, Clone, Default)]
pub(in crate::send) struct Addresses(Arc<Mutex<String>>);

impl Addresses {
    pub(in crate::send) fn get(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, addresses: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = addresses;
    }
}

impl RememberingResolver {
    /// Looks up the URL's host, or the `proxy` that stands in between.
    pub(in crate::send) fn new(
        addresses: Addresses,
        route: Route,
        proxy: Option<(String, u16)>,
        exchange: Exchange,
    ) -> Self {
        Self {
            addresses,
            route,
            proxy,
            exchange,
        }
    }
}

/// The addresses of host and port that are of use, in the order in which they are to be tried.
pub(super) fn find(
    route: &Route,
    host: &str,
    port: u16,
    timeout: NextTimeout,
) -> Result<Vec<SocketAddr>, ureq::Error> {
    let found = if let Some(known) = route.known(host, port) {
        known
    } else if let Ok(address) = host.parse() {
        vec![SocketAddr::new(address, port)]
    } else {
        look_up(host.to_owned(), port, timeout)?
    };
    let objection = found.first().and_then(|address| route.objection(address));
    let useful: Vec<SocketAddr> = found
        .iter()
        .filter(|address| route.objection(address).is_none())
        .copied()
        .collect();
    match objection {
        Some(objection) if useful.is_empty() => {
            let message = format!("{objection}, only {}", shown(&found));
            Err(io::Error::other(message).into())
        }
        _ => Ok(interleaved(useful)),
    }
}

/// The families in turns, beginning with the one that comes first (RFC 8305 section 4).
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_first_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv4() == is_first_v4);
    let mut second = second.into_iter();
    let mut all = Vec::new();
    for address in first {
        all.push(address);
        all.extend(second.next());
    }
    all.extend(second);
    all
}

fn shown(addresses: &[SocketAddr]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

impl Resolver for RememberingResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        #[cfg(unix)]
        if let Some(path) = &self.route.unix_socket {
            self.addresses.set(path.display().to_string());
            let mut nowhere = self.empty();
            nowhere.push(SocketAddr::from(([0, 0, 0, 0], 0)));
            return Ok(nowhere);
        }
        let (Some(host), Some(port)) = (uri.host(), port_of(uri)) else {
            return Err(ureq::Error::BadUri(uri.to_string()));
        };
        let (host, port) = match &self.proxy {
            // Detours are about who is behind it.
            Some((host, port)) => (bare(host).to_owned(), *port),
            None => self.route.destination(bare(host), port),
        };
        let found = find(&self.route, &host, port, timeout)?;
        let through = match &self.route.interface {
            Some(interface) => format!(" through {interface}"),
            None => String::new(),
        };
        self.addresses.set(shown(&found) + &through);
        let mut resolved = self.empty();
        for address in found.into_iter().take(MOST) {
            resolved.push(address);
        }
        if resolved.is_empty() {
            Err(ureq::Error::HostNotFound)
        } else {
            self.exchange.meter().reach(Milestone::Resolved);
            Ok(resolved)
        }
    }
}

/// Looks nothing up, for a connection that is there already.
#[derive(Debug)]
pub(in crate::send) struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// The port that a URL names, or its scheme's.
fn port_of(uri: &Uri) -> Option<u16> {
    uri.port_u16().or(match uri.scheme_str()? {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    })
}

/// Asks the system, in a thread of its own, because its resolver knows no time limit.
fn look_up(name: String, port: u16, timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
    let (answer, answered) = mpsc::sync_channel(1);
    thread::Builder::new().spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Vec::from_iter);
        // Nobody waits for it any more once the time is up.
        let _ = answer.send(found);
    })?;
    let found = match exact(timeout) {
        Some(limit) => answered.recv_timeout(limit),
        None => answered.recv().map_err(|_| RecvTimeoutError::Disconnected),
    };
    match found {
        Ok(found) => Ok(found?),
        Err(RecvTimeoutError::Timeout) => Err(ureq::Error::Timeout(timeout.reason)),
        Err(RecvTimeoutError::Disconnected) => {
            Err(io::Error::other("the resolver ended without an answer").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_take_turns() {
        for (found, tried) in [
            (
                &["[::1]:1", "[::2]:1", "1.1.1.1:1"][..],
                "[::1]:1, 1.1.1.1:1, [::2]:1",
            ),
            (&["1.1.1.1:1", "2.2.2.2:1"], "1.1.1.1:1, 2.2.2.2:1"),
            (
                &["1.1.1.1:1", "[::1]:1", "[::2]:1", "[::3]:1"],
                "1.1.1.1:1, [::1]:1, [::2]:1, [::3]:1",
            ),
            (&[], ""),
        ] {
            let found = found.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(shown(&interleaved(found)), tried);
        }
    }
}
