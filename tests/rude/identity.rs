//! Certificates for servers that speak TLS: one that is good, and some that are not.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

/// A certificate that vouches for itself, and the server's settings that go with it.
pub(crate) struct Identity {
    /// For `--cacert`.
    pub(crate) pem: String,
    pub(crate) config: Arc<ServerConfig>,
}

impl Identity {
    /// For loopback.
    pub(crate) fn trusted() -> &'static Self {
        static TRUSTED: OnceLock<Identity> = OnceLock::new();
        TRUSTED.get_or_init(|| Self::new("127.0.0.1", 4000))
    }

    /// For loopback, and no longer valid.
    pub(crate) fn expired() -> &'static Self {
        static EXPIRED: OnceLock<Identity> = OnceLock::new();
        EXPIRED.get_or_init(|| Self::new("127.0.0.1", 2001))
    }

    /// For somebody else.
    pub(crate) fn of_another() -> &'static Self {
        static ANOTHER: OnceLock<Identity> = OnceLock::new();
        ANOTHER.get_or_init(|| Self::new("elsewhere.test", 4000))
    }

    fn new(name: &str, until: i32) -> Self {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let text = STANDARD.encode(certificate.der());
        Self {
            pem: format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"),
            config: Arc::new(config),
        }
    }
}
