//! Certificates as they are given: who the client says it is, and what is wrong with one that cannot be used.
//!
//! Whom the client trusts is `trust.rs`; what is made of both is `transport/tls.rs`.

use std::fmt;
use std::sync::Arc;

use pkcs8::der::ErrorKind;
use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
use rustls::InconsistentKeys;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use thiserror::Error;

/// A client's certificate, those that vouch for it, and its key.
#[derive(Clone)]
pub struct ClientCertificate(Arc<CertifiedKey>);

/// Why certificates cannot be used, or the key to one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// There is no certificate where one was expected.
    #[error("expected PEM certificates, found none")]
    NoCertificate,
    /// A certificate that cannot be read.
    #[error("{0}")]
    Certificate(String),
    /// There is no key where one was expected.
    #[error("expected a PEM private key, found none")]
    NoKey,
    /// A key that cannot be read.
    #[error("{0}")]
    Key(String),
    /// The key is locked, and no password was given.
    #[error("the private key is locked with a password")]
    Locked,
    /// The key is locked with another password.
    #[error("the password does not unlock the private key")]
    Password,
    /// The key is locked in a way that is not known here.
    #[error("the private key is locked in a way that formpost does not know")]
    Lock,
    /// The key is another certificate's.
    #[error("the private key does not belong to the certificate")]
    Mismatch,
}

impl CertificateError {
    /// Whether it is the key that is wrong, and not the certificate.
    #[must_use]
    pub fn is_about_key(&self) -> bool {
        !matches!(self, Self::NoCertificate | Self::Certificate(_))
    }
}

impl ClientCertificate {
    /// The certificates of one PEM text and the key of another, which may be the same: PKCS#1, PKCS#8, SEC 1, or PKCS#8
    /// locked with `password`.
    ///
    /// # Errors
    /// If one of them is not there or cannot be read, or they do not belong together.
    pub fn from_pem(
        certificates: &[u8],
        key: &[u8],
        password: Option<&str>,
    ) -> Result<Self, CertificateError> {
        let certificates: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(certificates).collect();
        let certificates =
            certificates.map_err(|error| CertificateError::Certificate(error.to_string()))?;
        if certificates.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let (key, is_unlocked) = match locked(key)? {
            Some(locked) => (unlock(&locked, password)?, true),
            None => (plain(key)?, false),
        };
        let provider = ring::default_provider();
        let key = provider.key_provider.load_private_key(key);
        let key = key.map_err(|error| {
            if is_unlocked {
                // A wrong password can come out as something, if rarely.
                CertificateError::Password
            } else {
                CertificateError::Key(error.to_string())
            }
        })?;
        let certified = CertifiedKey::new(certificates, key);
        match certified.keys_match() {
            Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(CertificateError::Mismatch)
            }
            Err(rustls::Error::InvalidCertificate(error)) if !is_of_version_1(&error) => {
                let reason = format!("the certificate cannot be read: {error}");
                Err(CertificateError::Certificate(reason))
            }
            _ => Ok(Self(Arc::new(certified))),
        }
    }

    pub(super) fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::new(SingleCertAndKey::from(self.0.clone()))
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate")
    }
}

/// Whether it is only that webpki does not look into certificates that old, which `openssl x509 -req` still makes. Whether
/// the key belongs to one cannot be told then, and is not: the server will.
fn is_of_version_1(error: &rustls::CertificateError) -> bool {
    let rustls::CertificateError::Other(other) = error else {
        return false;
    };
    other.0.downcast_ref() == Some(&webpki::Error::UnsupportedCertVersion)
}

fn plain(text: &[u8]) -> Result<PrivateKeyDer<'static>, CertificateError> {
    use rustls::pki_types::pem::Error;

    PrivateKeyDer::from_pem_slice(text).map_err(|error| {
        if matches!(error, Error::NoItemsFound) {
            CertificateError::NoKey
        } else {
            CertificateError::Key(error.to_string())
        }
    })
}

/// What is in a locked PKCS#8 key, if that is what the text holds.
fn locked(text: &[u8]) -> Result<Option<SecretDocument>, CertificateError> {
    const BEGIN: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    const END: &str = "-----END ENCRYPTED PRIVATE KEY-----";
    let text = String::from_utf8_lossy(text);
    // What openssl wrote before PKCS#8: its lock is a single round of MD5.
    if text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(CertificateError::Lock);
    }
    let Some(begin) = text.find(BEGIN) else {
        return Ok(None);
    };
    let key = &text[begin..];
    let end = key.find(END).map_or(key.len(), |end| end + END.len());
    match SecretDocument::from_pem(&key[..end]) {
        Ok((_, document)) => Ok(Some(document)),
        Err(error) => Err(CertificateError::Key(error.to_string())),
    }
}

fn unlock(
    locked: &SecretDocument,
    password: Option<&str>,
) -> Result<PrivateKeyDer<'static>, CertificateError> {
    let info = EncryptedPrivateKeyInfoRef::try_from(locked.as_bytes()).map_err(|error| {
        if is_unknown(&error) {
            CertificateError::Lock
        } else {
            CertificateError::Key(error.to_string())
        }
    })?;
    let password = password.ok_or(CertificateError::Locked)?;
    match info.decrypt(password) {
        Ok(key) => Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into()),
        Err(pkcs8::Error::EncryptedPrivateKey(error))
            if error != pkcs8::pkcs5::Error::DecryptFailed =>
        {
            Err(CertificateError::Lock)
        }
        Err(_) => Err(CertificateError::Password),
    }
}

/// Whether it names a method that is not known.
fn is_unknown(error: &pkcs8::Error) -> bool {
    let pkcs8::Error::Asn1(error) = error else {
        return false;
    };
    matches!(error.kind(), ErrorKind::OidUnknown { .. })
}
