//! TLS: who the server says it is.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error, ServerConfig};

/// A certificate with its chain, and the key to it.
#[derive(Clone)]
pub struct TlsIdentity(Arc<ServerConfig>);

/// Why a server cannot say that it is somebody.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsIdentityError {
    /// A certificate is no PEM.
    #[error("expected certificates in PEM")]
    Certificates(#[source] pem::Error),
    /// There is no certificate.
    #[error("expected at least one certificate in PEM, found none")]
    NoCertificate,
    /// The key is no PEM, or there is none.
    #[error("expected a private key in PEM, without a password")]
    Key(#[source] pem::Error),
    /// The key does not belong to the certificate, or is of no kind that is understood.
    #[error("expected a private key that belongs to the first certificate")]
    Mismatch(#[source] Error),
}

impl TlsIdentity {
    /// Reads the certificates, the server's own first, and its key, both as PEM. They may be the same text.
    ///
    /// # Errors
    /// If either is missing or malformed, or they do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsIdentityError> {
        let chain = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<Vec<_>, _>>()
            .map_err(TlsIdentityError::Certificates)?;
        if chain.is_empty() {
            return Err(TlsIdentityError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsIdentityError::Key)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(TlsIdentityError::Mismatch)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0))
    }
}

/// Without the key.
impl fmt::Debug for TlsIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TlsIdentity")
    }
}
