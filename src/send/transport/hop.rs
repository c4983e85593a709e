//! The proxy that one request goes through: where it is, what it is asked for, and what goes wrong with it.
//!
//! What it says of itself in words is a [`ProxyFault`]; nothing here speaks to it.

use std::io;

use ureq::Error;

use super::tls;
use crate::send::error::{NotSent, ProxyFault, plain};
use crate::send::head::Head;
use crate::send::proxy::{Passage, Proxies, Proxy, ProxyScheme, target};
use crate::send::url::Url;

/// The proxy that one request goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::send) struct Hop {
    pub(super) proxy: Proxy,
    /// Host and port of the request's URL.
    target: String,
    pub(super) way: Way,
    /// Whether the proxy is told who asks.
    pub(super) authorized: bool,
}

/// What a proxy does for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
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
    pub(super) fn is_tls(&self) -> bool {
        self.proxy.scheme() == ProxyScheme::Https
    }

    pub(super) fn fails(&self, fault: ProxyFault) -> NotSent {
        NotSent::Proxy {
            proxy: self.proxy.authority(),
            fault,
        }
    }

    /// The connection to it broke.
    pub(super) fn lost(&self, error: io::Error) -> Error {
        let error = plain(error);
        let target = self.target();
        self.error(ProxyFault::Lost { target, error })
    }

    /// The same, of whatever came out of a transport.
    pub(super) fn broken(&self, error: Error) -> Error {
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
    pub(super) fn without_tls(&self, error: Error) -> Error {
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
    pub(super) fn error(&self, fault: ProxyFault) -> Error {
        carried(self.fails(fault))
    }
}

/// An error of ours on its way through ureq.
pub(super) fn carried(error: NotSent) -> Error {
    Error::Io(io::Error::other(error))
}
