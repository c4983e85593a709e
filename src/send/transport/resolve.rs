//! Name resolution that can be told about: which host, which addresses.

use std::sync::{Arc, Mutex, PoisonError};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The system's resolver; what it answered is kept.
#[derive(Debug, Default)]
pub(in crate::send) struct RememberingResolver {
    system: DefaultResolver,
    addresses: Addresses,
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
    pub(in crate::send) fn new(addresses: Addresses) -> Self {
        Self {
            system: DefaultResolver::default(),
            addresses,
        }
    }
}

impl Resolver for RememberingResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let resolved = self.system.resolve(uri, config, timeout)?;
        let texts: Vec<String> = resolved.iter().map(ToString::to_string).collect();
        self.addresses.set(texts.join(", "));
        Ok(resolved)
    }
}
