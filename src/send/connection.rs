//! How a connection is made, whom it trusts, and how long each stage of a request may take.

use std::time::Duration;

use super::certificate::ClientCertificate;
use super::pace::Pace;
use super::proxy::Proxies;
use super::route::Route;
use super::trust::Roots;

/// The longest pause within a response's body.
pub(super) const RESPONSE_PAUSE: Duration = Duration::from_secs(60);

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersion {
    /// RFC 5246, the oldest that is spoken.
    #[default]
    V1_2,
    /// RFC 8446.
    V1_3,
}

/// How a connection is made, and how long each stage of a request may take.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Name resolution, connecting and TLS together.
    pub connect_timeout: Duration,
    /// All that a client does, from its making to the last response's end.
    pub max_time: Option<Duration>,
    /// One write to the connection.
    pub stall_timeout: Duration,
    /// From the last octet of the body to the response's head.
    pub response_timeout: Duration,
    /// From the head to the server's word on whether it wants the body, if it is asked for it (`Expect: 100-continue`).
    pub expect_timeout: Duration,
    /// For how long a connection may idle and still be used for the next request to the same place; `None` is not at all,
    /// every request has one of its own. After that it is closed with the next request to any place, or with the client.
    ///
    /// A server that closes it in the very moment in which the next request goes out loses that request, and whether it
    /// has acted on it is not known: this should be shorter than servers wait, which is 5 s at the least with common ones.
    /// What a server says of how long it waits (`Keep-Alive: timeout=…`) is kept to.
    pub keep_alive: Option<Duration>,
    /// How fast a request goes out, TLS included; `None` is as fast as it can.
    pub pace: Option<Pace>,
    /// Whether any certificate will do.
    pub insecure: bool,
    /// Which certificates vouch for a server.
    pub roots: Roots,
    /// What the server is shown, if it asks who comes.
    pub certificate: Option<ClientCertificate>,
    /// The way to the server.
    pub route: Route,
    /// The oldest version of TLS that will do.
    pub least_tls: TlsVersion,
    /// Which proxy stands in between, if any does.
    pub proxies: Proxies,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(30),
            max_time: None,
            stall_timeout: Duration::from_secs(60),
            response_timeout: Duration::from_secs(300),
            expect_timeout: Duration::from_secs(1),
            keep_alive: None,
            pace: None,
            insecure: false,
            roots: Roots::system(),
            proxies: Proxies::default(),
            certificate: None,
            route: Route::default(),
            least_tls: TlsVersion::V1_2,
        }
    }
}
