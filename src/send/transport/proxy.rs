//! The way through a proxy: TLS with the proxy itself, if it wants that, and then what asks it for the way on.
//!
//! What comes out is a transport to the target like any other, so that TLS and the watch need not know of it. Whatever
//! the proxy sends behind its answer stays in the input: it is the target's. What is said to it is in `talk.rs`.

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport,
};

use super::hop::{Hop, Way};
use super::talk::Talk;
use super::tls::{Secured, Terms};
use crate::send::route::Route;

/// TLS with the proxy itself, if it is one that wants it.
#[derive(Debug)]
pub(in crate::send) struct ProxyTlsConnector {
    pub(in crate::send) hop: Option<Hop>,
    pub(in crate::send) terms: Terms,
}

impl<In: Transport> Connector<In> for ProxyTlsConnector {
    type Out = Either<In, Secured<In>>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(inner) = chained else {
            return Ok(None);
        };
        let Some(hop) = self.hop.as_ref().filter(|hop| hop.is_tls()) else {
            return Ok(Some(Either::A(inner)));
        };
        let secured = self.terms.secure(inner, hop.proxy.host(), details);
        let secured = secured.map_err(|error| hop.without_tls(error))?;
        Ok(Some(Either::B(secured)))
    }
}

/// The way from the proxy to the target, if there is a proxy.
#[derive(Debug)]
pub(in crate::send) struct ProxyConnector {
    pub(in crate::send) hop: Option<Hop>,
    /// What is known of the target's addresses, where it is resolved here.
    pub(in crate::send) route: Route,
}

impl<In: Transport> Connector<In> for ProxyConnector {
    type Out = Proxied<In>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(mut inner) = chained else {
            return Ok(None);
        };
        if let Some(hop) = &self.hop {
            let mut talk = Talk {
                hop,
                route: &self.route,
                transport: &mut inner,
                details,
            };
            match &hop.way {
                Way::Forward => {}
                Way::Connect(head) => talk.ask_http(head)?,
                Way::Socks { host, port } => talk.ask_socks(host, *port)?,
            }
        }
        Ok(Some(Proxied(inner)))
    }
}

/// A connection to the target, through a proxy or not.
#[derive(Debug)]
pub(in crate::send) struct Proxied<In>(In);

impl<In: Transport> Transport for Proxied<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    /// Whatever lies between us and the proxy, it ends there.
    fn is_tls(&self) -> bool {
        false
    }
}
