//! What has to be there for it to start: an address, and for TLS a certificate with its key.

use std::io::{Read, Write};
use std::sync::Arc;

use formpost::receive::{Destination, Reject, Server, Settings, TlsIdentity, TlsIdentityError};

use crate::client::{form, request};
use crate::serving::Serving;

#[test]
fn tls_needs_a_certificate_and_its_key() {
    let ours = rcgen::generate_simple_self_signed([String::from("localhost")]).unwrap();
    let theirs = rcgen::generate_simple_self_signed([String::from("localhost")]).unwrap();
    let pem = |label: &str, der: &[u8]| {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n").into_bytes()
    };
    let certificate = pem("CERTIFICATE", ours.cert.der());
    let key = pem("PRIVATE KEY", &ours.signing_key.serialize_der());
    let other_key = pem("PRIVATE KEY", &theirs.signing_key.serialize_der());

    let refused =
        |certificate: &[u8], key: &[u8]| TlsIdentity::from_pem(certificate, key).unwrap_err();
    assert!(matches!(
        refused(b"", &key),
        TlsIdentityError::NoCertificate
    ));
    assert!(matches!(
        refused(b"-----BEGIN CERTIFICATE-----\n!\n", &key),
        TlsIdentityError::Certificates(_)
    ));
    assert!(matches!(
        refused(&certificate, b""),
        TlsIdentityError::Key(_)
    ));
    assert!(matches!(
        refused(&certificate, &other_key),
        TlsIdentityError::Mismatch(_)
    ));

    let identity = TlsIdentity::from_pem(&certificate, &key).unwrap();
    let serving = Serving::with(|settings| {
        settings.tls = Some(identity);
        settings.faults.reject = Some(Reject {
            status: 413,
            after: 0,
        });
    });
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ours.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, serving.connect().socket);
    // The answer is there for who reads it only at the end.
    stream
        .write_all(&request("", &form(&vec![b'x'; 10_000_000])))
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn an_address_that_is_taken_is_told() {
    let serving = Serving::start();
    let settings = Settings::new(serving.address, Destination::Discard);
    let error = Server::bind(settings).unwrap_err();
    assert!(
        error.to_string().contains(&serving.address.to_string()),
        "{error}"
    );
}
