//! Name resolution that can be told about: which host, which addresses.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::socket::exact;

/// Addresses of one name that are tried: as many as ureq has room for.
const MOST: usize = 16;

/// The system's resolver; what it answered is kept.
#[derive(Debug, Default)]
pub(in crate::send) struct RememberingResolver {
    addresses: Addresses,
    /// Host and port that are looked up instead of the URL's.
    instead: Option<String>,
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
    /// Looks up the URL's host, or the host and port that stand `instead` of it.
    pub(in crate::send) fn new(addresses: Addresses, instead: Option<String>) -> Self {
        Self { addresses, instead }
    }
}

impl Resolver for RememberingResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let own = || {
            let (scheme, authority) = uri.scheme().zip(uri.authority())?;
            DefaultResolver::host_and_port(scheme, authority)
        };
        let name = self
            .instead
            .clone()
            .or_else(own)
            .ok_or_else(|| ureq::Error::BadUri(uri.to_string()))?;
        let found = match name.parse() {
            Ok(address) => vec![address],
            Err(_) => look_up(name, timeout)?,
        };
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        self.addresses.set(texts.join(", "));
        let mut resolved = self.empty();
        for address in found.into_iter().take(MOST) {
            resolved.push(address);
        }
        if resolved.is_empty() {
            Err(ureq::Error::HostNotFound)
        } else {
            Ok(resolved)
        }
    }
}

/// Asks the system, in a thread of its own, because its resolver knows no time limit.
pub(super) fn look_up(name: String, timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
    let (answer, answered) = mpsc::sync_channel(1);
    thread::Builder::new().spawn(move || {
        let found = name.to_socket_addrs().map(Vec::from_iter);
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
