//! Whom TLS trusts: which certificates vouch for a server. How that is asked of one is `transport/tls.rs`.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_native_certs::{load_certs_from_paths, load_native_certs};

use super::certificate::CertificateError;

/// Which certificates vouch for a server. They are looked for when the first of them is wanted, and kept; cloning shares
/// them.
#[derive(Clone)]
pub struct Roots {
    source: Source,
    found: Arc<OnceLock<Result<Anchors, CertificateError>>>,
}

#[derive(Debug, Clone)]
enum Source {
    System,
    Places {
        name: String,
        file: Option<PathBuf>,
        directories: Vec<PathBuf>,
    },
    Given(String),
}

/// Certificates that vouch for others.
pub(super) struct Anchors {
    pub(super) store: Arc<RootCertStore>,
    /// The same as they came, of those that somebody here has chosen.
    pub(super) certificates: Vec<CertificateDer<'static>>,
    /// How many there are, and whose.
    shown: String,
}

impl Roots {
    /// The operating system's, and Mozilla's where it has none.
    #[must_use]
    pub fn system() -> Self {
        Self::of(Source::System)
    }

    /// Those of a PEM file and of the files in directories, in the system's place. `name` is what the user calls them.
    #[must_use]
    pub fn at(name: &str, file: Option<PathBuf>, directories: Vec<PathBuf>) -> Self {
        Self::of(Source::Places {
            name: name.to_owned(),
            file,
            directories,
        })
    }

    /// Those of a PEM text alone. `name` is what the user calls them.
    ///
    /// # Errors
    /// If the text holds none, or one cannot be read.
    pub fn from_pem(name: &str, pem: &[u8]) -> Result<Self, CertificateError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates =
            certificates.map_err(|error| CertificateError::Certificate(error.to_string()))?;
        if certificates.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let anchors = Anchors::of(certificates, |_| name.to_owned()).ok_or_else(|| {
            CertificateError::Certificate(String::from("none of its certificates can be read"))
        })?;
        let roots = Self::of(Source::Given(name.to_owned()));
        // Nobody has looked for any yet.
        let _ = roots.found.set(Ok(anchors));
        Ok(roots)
    }

    /// Which they are, in a few words: "the system's 142 certificates".
    ///
    /// # Errors
    /// If there are none where they were said to be.
    pub fn describe(&self) -> Result<&str, &CertificateError> {
        self.anchors().map(|anchors| anchors.shown.as_str())
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            found: Arc::default(),
        }
    }

    pub(super) fn anchors(&self) -> Result<&Anchors, &CertificateError> {
        self.found.get_or_init(|| self.source.look()).as_ref()
    }
}

impl Default for Roots {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Source {
    fn look(&self) -> Result<Anchors, CertificateError> {
        match self {
            Self::System => {
                let found = load_native_certs();
                let shown = |count| format!("the system's {count} certificates");
                Ok(Anchors::of(found.certs, shown).unwrap_or_else(Anchors::bundled))
            }
            Self::Places {
                name,
                file,
                directories,
            } => {
                let mut found = load_certs_from_paths(file.as_deref(), None);
                for directory in directories {
                    let more = load_certs_from_paths(None, Some(directory));
                    found.certs.extend(more.certs);
                    found.errors.extend(more.errors);
                }
                // A file is often the contents of a directory.
                found
                    .certs
                    .sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
                found.certs.dedup();
                Anchors::of(found.certs, |count| format!("the {count} of {name}")).ok_or_else(
                    || {
                        let reason = found.errors.first().map(ToString::to_string);
                        let reason = reason.unwrap_or_else(|| String::from("found none"));
                        let reason = format!("expected certificates in {name}: {reason}");
                        CertificateError::Certificate(reason)
                    },
                )
            }
            Self::Given(name) => Err(CertificateError::Certificate(format!(
                "{name}: no certificates"
            ))),
        }
    }
}

impl Anchors {
    /// Nothing if none of them can be read. `shown` is told how many can.
    fn of(
        certificates: Vec<CertificateDer<'static>>,
        shown: impl FnOnce(usize) -> String,
    ) -> Option<Self> {
        let mut store = RootCertStore::empty();
        let (count, _) = store.add_parsable_certificates(certificates.iter().cloned());
        (count > 0).then(|| Self {
            store: Arc::new(store),
            certificates,
            shown: shown(count),
        })
    }

    fn bundled() -> Self {
        Self {
            store: Arc::new(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()),
            certificates: Vec::new(),
            shown: String::from("the bundled roots, the system has none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_certificates_gets_the_bundled_ones() {
        assert!(Anchors::of(Vec::new(), |_| String::new()).is_none());
        let bundled = Anchors::bundled();
        assert!(bundled.store.len() > 100, "{}", bundled.store.len());
        assert!(bundled.shown.starts_with("the bundled roots"));
    }
}
