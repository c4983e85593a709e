//! How a connection is made, whom it trusts, and how long each stage of a request may take.

use std::time::Duration;

use ureq::tls::{Certificate, PemItem, parse_pem};

use super::proxy::Proxies;

/// Which certificates vouch for a server.
#[derive(Debug, Clone, Default)]
pub enum Roots {
    /// The operating system's.
    #[default]
    System,
    /// These alone.
    Given(Vec<Certificate<'static>>),
}

impl Roots {
    /// The certificates of a PEM file.
    ///
    /// # Errors
    /// If the text holds none, or one cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let mut certificates = Vec::new();
        for item in parse_pem(pem) {
            if let PemItem::Certificate(certificate) = item.map_err(|error| error.to_string())? {
                certificates.push(certificate);
            }
        }
        if certificates.is_empty() {
            return Err(String::from("expected PEM certificates, found none"));
        }
        Ok(Self::Given(certificates))
    }
}

/// How a connection is made, and how long each stage of a request may take.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Name resolution, connecting and TLS together.
    pub connect_timeout: Duration,
    /// The whole request, from its beginning to the response's end.
    pub max_time: Option<Duration>,
    /// One write to the connection.
    pub stall_timeout: Duration,
    /// From the last octet of the body to the response's head.
    pub response_timeout: Duration,
    /// From the head to the server's word on whether it wants the body, if it is asked for it (`Expect: 100-continue`).
    pub expect_timeout: Duration,
    /// Whether any certificate will do.
    pub insecure: bool,
    /// Which certificates vouch for a server.
    pub roots: Roots,
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
            insecure: false,
            roots: Roots::System,
            proxies: Proxies::default(),
        }
    }
}
