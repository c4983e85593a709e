//! TLS: whom the program trusts, and what it says of those it does not.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::CertifiedKey;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::sandbox::{Outcome, Sandbox};
use crate::wire_tap::{Answer, WireTap};

/// A TLS server for one connection, with a certificate for `localhost` that nobody vouches for.
pub(crate) struct TlsServer {
    pub(crate) port: u16,
    pub(crate) certificate: String,
    thread: JoinHandle<Option<Vec<u8>>>,
}

impl TlsServer {
    pub(crate) fn start() -> Self {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed([String::from("localhost")]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        Self {
            port,
            certificate: pem(cert.der()),
            thread: thread::spawn(move || serve(&listener, config)),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/", self.port)
    }

    /// The request's octets, if the handshake came about.
    pub(crate) fn request(self) -> Option<Vec<u8>> {
        self.thread.join().unwrap()
    }
}

/// RFC 7468 section 5.
fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// Reads up to the close-delimiter and answers.
fn serve(listener: &TcpListener, config: ServerConfig) -> Option<Vec<u8>> {
    let (socket, _) = listener.accept().unwrap();
    let connection = ServerConnection::new(Arc::new(config)).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let mut request = Vec::new();
    let mut block = [0; 4096];
    while !request.ends_with(b"--X--\r\n") {
        match stream.read(&mut block) {
            Ok(0) | Err(_) => return None,
            Ok(count) => request.extend_from_slice(&block[..count]),
        }
    }
    let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 6\r\n\r\nthanks";
    stream.write_all(answer).unwrap();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    Some(request)
}

fn upload(url: &str, sandbox: &Sandbox, args: &[&str]) -> Outcome {
    let run = sandbox
        .formpost(["--boundary", "X", "-F", "a=text"])
        .args(args);
    run.arg(url).run()
}

#[test]
fn n4_a_certificate_nobody_vouches_for_is_refused_before_anything_is_sent() {
    let server = TlsServer::start();
    let outcome = upload(&server.url(), &Sandbox::new(), &[]);
    outcome.code(7).stdout("").stderr_has("TLS failed");
    assert_eq!(
        outcome.stderr_text().lines().count(),
        1,
        "{}",
        outcome.stderr_text()
    );
    assert_eq!(server.request(), None);
}

#[test]
fn a_certificate_that_was_given_is_trusted() {
    let server = TlsServer::start();
    let sandbox = Sandbox::new().file("ca.pem", &server.certificate);
    upload(&server.url(), &sandbox, &["--cacert", "ca.pem"])
        .code(0)
        .stdout("thanks")
        .stderr_has("201 Created");
    assert!(
        server
            .request()
            .unwrap()
            .starts_with(b"POST / HTTP/1.1\r\n")
    );
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let server = TlsServer::start();
    let sandbox = Sandbox::new().file("ca.pem", &server.certificate);
    let url = format!("https://127.0.0.1:{}/", server.port);
    upload(&url, &sandbox, &["--cacert", "ca.pem"])
        .code(7)
        .stderr_has("127.0.0.1");
    assert_eq!(server.request(), None);
}

#[test]
fn any_certificate_will_do_when_told_so_and_a_warning_says_what_that_means() {
    let server = TlsServer::start();
    upload(&server.url(), &Sandbox::new(), &["-k"])
        .code(0)
        .stdout("thanks")
        .stderr_has("warning: -k");
    assert!(server.request().is_some());
}

#[test]
fn n5_a_server_that_speaks_the_other_one_is_recognised() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!(
        "https://localhost:{}/",
        listener.local_addr().unwrap().port()
    );
    let plain = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        socket
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
    });
    upload(&url, &Sandbox::new(), &[])
        .code(7)
        .stderr_has("is it http://");
    plain.join().unwrap();

    // The alert that a TLS server answers with (RFC 8446 section 6): fatal, protocol_version.
    let tls = WireTap::answering([Answer::raw(b"\x15\x03\x01\x00\x02\x02\x46").and_close()]);
    upload(&tls.url("/"), &Sandbox::new(), &[])
        .code(9)
        .stderr_has("is it https://");
}

#[test]
fn a_certificate_file_that_is_none_is_named() {
    let sandbox = Sandbox::new().file("not.pem", "hello");
    for file in ["not.pem", "missing.pem"] {
        upload("https://nowhere.invalid/", &sandbox, &["--cacert", file])
            .code(2)
            .stderr_has(file);
    }
}
