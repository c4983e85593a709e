//! The request line that an HTTP proxy wants which makes the request itself (RFC 9112 section 3.2.2).

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::talk::transmit;

/// Names the whole URL in the request line, for a proxy that makes the request itself. It wraps everything else, because
/// it concerns one request and not the connection.
#[derive(Debug)]
pub(in crate::send) struct ForwardConnector {
    /// The URL, if there is such a proxy.
    pub(in crate::send) url: Option<String>,
}

impl<In: Transport> Connector<In> for ForwardConnector {
    type Out = Forwarded<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| Forwarded {
            inner,
            url: self.url.clone(),
        }))
    }
}

/// A connection that one request goes over, by way of such a proxy or not.
#[derive(Debug)]
pub(in crate::send) struct Forwarded<In> {
    inner: In,
    /// What the request line is to name, until it has gone out.
    url: Option<String>,
}

impl<In: Transport> Transport for Forwarded<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let Some(url) = self.url.take() else {
            return self.inner.transmit_output(amount, timeout);
        };
        // The first octets that go out are the head's, and ureq's buffer has room for all of a request line.
        let head = naming(&url, &self.inner.buffers().output()[..amount]);
        transmit(&mut self.inner, &head, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// A request's head whose request line names that URL.
fn naming(url: &str, head: &[u8]) -> Vec<u8> {
    let mut words = head.splitn(3, |octet| *octet == b' ');
    match (words.next(), words.next(), words.next()) {
        (Some(method), Some(_), Some(rest)) => [method, url.as_bytes(), rest].join(&b' '),
        _ => head.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::naming;

    #[test]
    fn a_request_line_names_the_whole_url() {
        for (head, expected) in [
            (
                "POST /u HTTP/1.1\r\nHost: h\r\n\r\n",
                "POST http://h/u?v HTTP/1.1\r\nHost: h\r\n\r\n",
            ),
            ("no request line", "no http://h/u?v line"),
            ("", ""),
        ] {
            let named = naming("http://h/u?v", head.as_bytes());
            assert_eq!(String::from_utf8(named).unwrap(), expected);
        }
    }
}
