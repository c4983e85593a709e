//! TLS over whatever is there already: the socket, or a way through a proxy.
//!
//! A connection of its own makes its own handshake; what is trusted is shared. rustls keeps an error of the connection
//! below to itself while there is plaintext left to take; none comes from there, since a [`Line`](super::line::Line)
//! notes its failures and those above ask for them.

use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct,
    SignatureScheme, StreamOwned, version,
};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, time,
};

use super::socket::left_of;
use crate::send::connection::{Connection, TlsVersion};
use crate::send::proxy::Proxies;
use crate::send::route::bare;

/// How TLS is to be spoken.
#[derive(Debug, Clone)]
pub(in crate::send) struct Terms(Connection);

impl Terms {
    pub(in crate::send) fn of(connection: &Connection) -> Self {
        Self(connection.clone())
    }

    /// Those for a proxy, who is shown no certificate: what is agreed on with the server is not for it.
    pub(in crate::send) fn of_proxy(proxies: &Proxies) -> Self {
        Self(Connection {
            insecure: proxies.insecure,
            roots: proxies.roots.clone(),
            ..Connection::default()
        })
    }

    /// Agrees on TLS over `inner` with whoever can prove to be `host`, within the time that connecting has left.
    ///
    /// # Errors
    /// rustls's own, or one that [`reason`] knows, inside an I/O error.
    pub(super) fn secure<In: Transport>(
        &self,
        inner: In,
        host: &str,
        details: &ConnectionDetails,
    ) -> Result<Secured<In>, Error> {
        let host = bare(host);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| not_set_up(format!("{host:?} is no name that a certificate can have")))?;
        let config = self.config()?;
        let mut tls = ClientConnection::new(Arc::new(config), name).map_err(not_set_up)?;
        let mut below = Below::new(inner, left_of(details));
        tls.complete_io(&mut below)?;
        let config = details.config;
        Ok(Secured {
            stream: StreamOwned::new(tls, below),
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
        })
    }

    fn config(&self) -> Result<ClientConfig, Error> {
        let versions = [&version::TLS13, &version::TLS12];
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(match self.0.least_tls {
                TlsVersion::V1_2 => &versions,
                TlsVersion::V1_3 => &versions[..1],
            })
            .map_err(not_set_up)?
            .dangerous();
        let builder = if self.0.insecure {
            builder.with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        } else {
            let verifier = Vouched::new(&self.0, provider)?;
            builder.with_custom_certificate_verifier(Arc::new(verifier))
        };
        Ok(match &self.0.certificate {
            Some(certificate) => builder.with_client_cert_resolver(certificate.resolver()),
            None => builder.with_no_client_auth(),
        })
    }
}

/// TLS that cannot be begun.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotSetUp(String);

fn not_set_up(reason: impl fmt::Display) -> Error {
    Error::Io(io::Error::other(NotSetUp(reason.to_string())))
}

/// Why TLS could not be agreed on, if that is what the error is about.
pub(super) fn reason(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?;
    if let Some(NotSetUp(reason)) = inner.downcast_ref() {
        return Some(reason.clone());
    }
    rustls_error(error).map(ToString::to_string)
}

/// Why the server takes no certificate of ours, or none at all, if that is what the error is about. With TLS 1.3 it says
/// so only after the client has begun to speak; it cannot have listened, since that is what the certificate is for.
pub(super) fn refusal_of_client(error: &io::Error) -> Option<String> {
    let rustls::Error::AlertReceived(alert) = rustls_error(error)? else {
        return None;
    };
    matches!(
        alert,
        AlertDescription::HandshakeFailure
            | AlertDescription::DecryptError
            | AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
    .then(|| rustls::Error::AlertReceived(*alert).to_string())
}

fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner
        .downcast_ref()
        .or_else(|| inner.source()?.downcast_ref())
}

/// Speaks TLS if the URL asks for it, with the URL's host.
#[derive(Debug)]
pub(in crate::send) struct TlsConnector(pub(in crate::send) Terms);

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, Secured<In>>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(inner) = chained else {
            return Ok(None);
        };
        if !details.needs_tls() {
            return Ok(Some(Either::A(inner)));
        }
        let host = details.uri.host().unwrap_or_default();
        Ok(Some(Either::B(self.0.secure(inner, host, details)?)))
    }
}

/// A connection that speaks TLS.
pub(in crate::send) struct Secured<In: Transport> {
    stream: StreamOwned<ClientConnection, Below<In>>,
    buffers: LazyBuffers,
}

impl<In: Transport> Transport for Secured<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        let output = &self.buffers.output()[..amount];
        self.stream.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl<In: Transport> fmt::Debug for Secured<In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secured")
            .field(&self.stream.sock.transport)
            .finish()
    }
}

/// The connection below, as rustls reads from it and writes to it.
///
/// ureq's own adapter takes one record at a time, and each would be a system call; here all that are ready go out in one.
struct Below<In> {
    transport: In,
    /// How long one use of TLS may take, which may be several of the connection.
    timeout: NextTimeout,
    since: Instant,
}

impl<In: Transport> Below<In> {
    fn new(transport: In, timeout: NextTimeout) -> Self {
        Self {
            transport,
            timeout,
            since: Instant::now(),
        }
    }

    fn set_timeout(&mut self, timeout: NextTimeout) {
        self.timeout = timeout;
        self.since = Instant::now();
    }

    /// What is left of it.
    fn timeout(&self) -> NextTimeout {
        let mut timeout = self.timeout;
        if let time::Duration::Exact(limit) = timeout.after {
            timeout.after = limit.saturating_sub(self.since.elapsed()).into();
        }
        timeout
    }
}

impl<In: Transport> Read for Below<In> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let timeout = self.timeout();
        let awaited = self.transport.maybe_await_input(timeout);
        awaited.map_err(Error::into_io)?;
        let buffers = self.transport.buffers();
        let count = buffers.input().read(bytes)?;
        buffers.input_consume(count);
        Ok(count)
    }
}

impl<In: Transport> Write for Below<In> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, records: &[IoSlice<'_>]) -> io::Result<usize> {
        let timeout = self.timeout();
        let mut room = self.transport.buffers().output();
        let mut filled = 0;
        for record in records {
            filled += room.write(record)?;
        }
        let transmitted = self.transport.transmit_output(filled, timeout);
        transmitted.map_err(Error::into_io)?;
        Ok(filled)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes a certificate that one of ours vouches for, or that is one of ours.
#[derive(Debug)]
struct Vouched {
    webpki: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl Vouched {
    fn new(connection: &Connection, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let anchors = connection.roots.anchors().map_err(not_set_up)?;
        let webpki = WebPkiServerVerifier::builder_with_provider(anchors.store.clone(), provider);
        Ok(Self {
            webpki: webpki.build().map_err(not_set_up)?,
            certificates: anchors.certificates.clone(),
        })
    }
}

impl ServerCertVerifier for Vouched {
    /// webpki takes no authority's certificate for a server's, not even if it is the very one that is trusted, as
    /// `openssl req -x509` makes them. That gives its holder nothing, who could as well sign another with it. It comes to
    /// this complaint after it has found the certificate to be valid today; what is left is its name.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.webpki.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            Err(error) if is_authority(&error) && self.certificates.contains(end_entity) => {
                let certificate = ParsedCertificate::try_from(end_entity)?;
                rustls::client::verify_server_name(&certificate, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Whether nothing but that it is an authority's certificate has been found against one.
fn is_authority(error: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error else {
        return false;
    };
    other.0.downcast_ref() == Some(&webpki::Error::CaUsedAsEndEntity)
}

/// Takes any certificate.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{IoSlice, Write};

    use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport, time};

    use super::Below;

    /// Writes down what it is told to transmit.
    #[derive(Debug)]
    struct Recorder {
        buffers: LazyBuffers,
        transmitted: Vec<Vec<u8>>,
    }

    impl Transport for Recorder {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
            let output = self.buffers.output()[..amount].to_vec();
            self.transmitted.push(output);
            Ok(())
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
            Ok(false)
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    #[test]
    fn records_go_out_together_as_far_as_there_is_room() {
        let recorder = Recorder {
            buffers: LazyBuffers::new(8, 8),
            transmitted: Vec::new(),
        };
        let timeout = NextTimeout {
            after: time::Duration::NotHappening,
            reason: ureq::Timeout::Global,
            ..NextTimeout::default()
        };
        let mut below = Below::new(recorder, timeout);
        let records = ["one", "", "two", "three"].map(|record| IoSlice::new(record.as_bytes()));
        assert_eq!(below.write_vectored(&records).unwrap(), 8);
        assert_eq!(below.write_vectored(&records[..3]).unwrap(), 6);
        assert_eq!(below.write(b"a record").unwrap(), 8);
        let transmitted = below.transport.transmitted;
        assert_eq!(transmitted, [&b"onetwoth"[..], b"onetwo", b"a record"]);
    }
}
