//! TLS: whom the program trusts, and what it says of those it does not.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pkcs8::pkcs5::pbes2::Parameters;
use pkcs8::{LineEnding, PrivateKeyInfoRef};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion as Version,
};

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
        Self::with(&for_localhost())
    }

    /// With a certificate of this kind.
    fn with(params: &CertificateParams) -> Self {
        Self::speaking(params, rustls::DEFAULT_VERSIONS, None)
    }

    /// That wants to be shown a certificate that this one vouches for.
    fn asking_for(client: &CertificateDer<'static>, version: &'static Version) -> Self {
        Self::speaking(&for_localhost(), &[version], Some(client))
    }

    fn speaking(
        params: &CertificateParams,
        versions: &[&'static Version],
        client: Option<&CertificateDer<'static>>,
    ) -> Self {
        let (certificate, config) = settings(params, versions, client);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        Self {
            port,
            certificate,
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

/// A server's certificate, and what goes with it.
pub(crate) fn settings(
    params: &CertificateParams,
    versions: &[&'static Version],
    client: Option<&CertificateDer<'static>>,
) -> (String, ServerConfig) {
    let signing_key = KeyPair::generate().unwrap();
    let cert = params.self_signed(&signing_key).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = match client {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(certificate) => {
            let mut roots = RootCertStore::empty();
            roots.add(certificate.clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
            verifier.build().unwrap()
        }
    };
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (pem(cert.der()), config)
}

fn for_localhost() -> CertificateParams {
    CertificateParams::new([String::from("localhost")]).unwrap()
}

/// As `openssl req -x509` makes them: the server's, and an authority's as well.
fn of_an_authority() -> CertificateParams {
    let mut params = for_localhost();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// RFC 7468 section 5.
fn pem(certificate: &[u8]) -> String {
    pem_of("CERTIFICATE", certificate)
}

fn pem_of(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// Who comes to a server, with a certificate that vouches for itself.
pub(crate) struct Visitor {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    key_pem: String,
    /// The key, locked with "sesame".
    locked_key_pem: String,
}

impl Visitor {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([String::from("visitor.test")]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate: certificate.der().clone(),
            certificate_pem: pem(certificate.der()),
            key_pem: pem_of("PRIVATE KEY", &key.serialize_der()),
            locked_key_pem: locked(&key.serialize_der()),
        }
    }

    pub(crate) fn both_locked(&self) -> String {
        format!("{}{}", self.locked_key_pem, self.certificate_pem)
    }

    fn both(&self) -> String {
        format!("{}{}", self.key_pem, self.certificate_pem)
    }
}

/// A PKCS#8 key as openssl locks it, with "sesame".
fn locked(key: &[u8]) -> String {
    let how = Parameters::generate_pbkdf2_sha256_aes256cbc(2048, b"saltsalt", [0; 16]).unwrap();
    let key = PrivateKeyInfoRef::try_from(key).unwrap();
    let locked = key.encrypt_with_params(how, "sesame").unwrap();
    let pem = locked.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::CRLF);
    pem.unwrap().to_string()
}

/// Reads up to the close-delimiter and answers.
fn serve(listener: &TcpListener, config: ServerConfig) -> Option<Vec<u8>> {
    serve_on(listener.accept().unwrap().0, config)
}

fn serve_on(socket: impl Read + Write, config: ServerConfig) -> Option<Vec<u8>> {
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
fn an_authority_may_be_the_server_itself() {
    let server = TlsServer::with(&of_an_authority());
    let sandbox = Sandbox::new().file("ca.pem", &server.certificate);
    upload(&server.url(), &sandbox, &["--cacert", "ca.pem"])
        .code(0)
        .stdout("thanks");
    assert!(server.request().is_some());
}

#[test]
fn an_authority_that_is_the_server_is_held_to_its_name_and_its_time_and_has_to_be_given() {
    let mut elsewhere = of_an_authority();
    elsewhere.subject_alt_names = CertificateParams::new([String::from("elsewhere.test")])
        .unwrap()
        .subject_alt_names;
    let mut expired = of_an_authority();
    expired.not_before = date_time_ymd(2000, 1, 1);
    expired.not_after = date_time_ymd(2001, 1, 1);
    let mut in_time_to_come = of_an_authority();
    in_time_to_come.not_before = date_time_ymd(3000, 1, 1);
    in_time_to_come.not_after = date_time_ymd(3001, 1, 1);
    for (params, reason) in [
        (elsewhere, "not valid for name"),
        (expired, "expired"),
        (in_time_to_come, "not valid yet"),
    ] {
        let server = TlsServer::with(&params);
        let sandbox = Sandbox::new().file("ca.pem", &server.certificate);
        upload(&server.url(), &sandbox, &["--cacert", "ca.pem"])
            .code(7)
            .stderr_has(reason);
        assert_eq!(server.request(), None);
    }

    // Of the same name, and another's.
    let (server, other) = (
        TlsServer::with(&of_an_authority()),
        TlsServer::with(&of_an_authority()),
    );
    let sandbox = Sandbox::new().file("ca.pem", &other.certificate);
    upload(&server.url(), &sandbox, &["--cacert", "ca.pem"])
        .code(7)
        .stderr_has("TLS failed");
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

#[test]
fn a_server_that_asks_who_comes_is_shown_a_certificate() {
    let visitor = Visitor::new();
    for version in [&TLS12, &TLS13] {
        for args in [
            &["-E", "me.pem", "--key", "me.key"][..],
            &["--cert", "both.pem"],
            &["-E", "locked.pem:sesame"],
            &["-E", "locked.pem", "--pass", "sesame"],
        ] {
            let server = TlsServer::asking_for(&visitor.certificate, version);
            let sandbox = Sandbox::new()
                .file("ca.pem", &server.certificate)
                .file("me.pem", &visitor.certificate_pem)
                .file("me.key", &visitor.key_pem)
                .file("both.pem", visitor.both())
                .file("locked.pem", visitor.both_locked());
            let args = [&["--cacert", "ca.pem"], args].concat();
            upload(&server.url(), &sandbox, &args)
                .code(0)
                .stdout("thanks");
            assert!(server.request().is_some());
        }
    }
}

#[test]
fn n4_a_server_that_takes_no_other_certificate_has_got_nothing() {
    let (visitor, other) = (Visitor::new(), Visitor::new());
    for version in [&TLS12, &TLS13] {
        for args in [&[][..], &["-E", "other.pem"]] {
            let server = TlsServer::asking_for(&visitor.certificate, version);
            let sandbox = Sandbox::new()
                .file("ca.pem", &server.certificate)
                .file("other.pem", other.both());
            let args = [&["--cacert", "ca.pem"], args].concat();
            upload(&server.url(), &sandbox, &args)
                .code(7)
                .stderr_has("TLS failed: received fatal alert: ");
            assert_eq!(server.request(), None);
        }
    }
}

#[test]
fn a_proxy_is_not_shown_what_is_for_the_server() {
    let visitor = Visitor::new();
    for version in [&TLS12, &TLS13] {
        let proxy = TlsServer::asking_for(&visitor.certificate, version);
        let sandbox = Sandbox::new()
            .file("ca.pem", &proxy.certificate)
            .file("me.pem", visitor.both());
        let through = format!("https://localhost:{}", proxy.port);
        let args = ["-x", &through, "--proxy-cacert", "ca.pem", "-E", "me.pem"];
        let refused = format!(
            "proxy localhost:{} cannot be spoken to: TLS failed: received fatal alert: ",
            proxy.port
        );
        upload("http://origin.invalid/", &sandbox, &args)
            .code(7)
            .stderr_has(&refused);
        assert_eq!(proxy.request(), None);
    }
}

#[test]
fn a_client_certificate_that_cannot_be_used_is_named_with_the_reason() {
    let (visitor, other) = (Visitor::new(), Visitor::new());
    let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let sandbox = Sandbox::new()
        .file("me.pem", &visitor.certificate_pem)
        .file("me.key", &visitor.key_pem)
        .file("other.key", &other.key_pem)
        .file("legacy.key", legacy)
        .file("broken.key", pem_of("PRIVATE KEY", b"broken"))
        .file("broken.pem", pem_of("CERTIFICATE", b"broken"))
        .file("text", "hello");
    for (args, reason) in [
        (&["-E", "missing.pem"][..], "-E missing.pem: No such file"),
        (
            &["-E", "text"],
            "-E text: expected PEM certificates, found none",
        ),
        (
            &["-E", "me.pem"],
            "-E me.pem: expected a PEM private key, found none",
        ),
        (
            &["-E", "me.pem", "--key", "missing.key"],
            "--key missing.key: No such file",
        ),
        (
            &["-E", "me.pem", "--key", "text"],
            "--key text: expected a PEM private key",
        ),
        (
            &["-E", "me.pem", "--key", "other.key"],
            "--key other.key: the private key does not belong",
        ),
        (
            &["-E", "me.pem", "--key", "broken.key"],
            "--key broken.key: ",
        ),
        (&["-E", "broken.pem", "--key", "me.key"], "-E broken.pem: "),
        (
            &["-E", "me.pem", "--key", "legacy.key"],
            "openssl pkcs8 -topk8",
        ),
    ] {
        let outcome = upload("https://nowhere.invalid/", &sandbox, args);
        outcome.code(2).stderr_has(reason);
        assert!(!outcome.stderr_text().contains("secret"), "{args:?}");
    }
}

#[test]
fn what_belongs_to_a_client_certificate_does_not_stand_alone_nor_twice() {
    let visitor = Visitor::new();
    let sandbox = Sandbox::new()
        .file("me.pem", visitor.both())
        .file("locked.pem", visitor.both_locked());
    for (args, reason) in [
        (
            &["--key", "me.key"][..],
            "--key: expected the certificate that it is for",
        ),
        (
            &["-E", "locked.pem:secret"],
            "-E locked.pem: the password does not unlock the private key",
        ),
        (
            &["--pass", "secret"],
            "--pass: expected the certificate that it is for",
        ),
        (
            &["-E", "me.pem:secret", "--pass", "secret"],
            "expected one password",
        ),
    ] {
        let outcome = upload("https://nowhere.invalid/", &sandbox, args);
        outcome.code(2).stderr_has(reason);
        assert!(!outcome.stderr_text().contains("secret"), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_warned_about() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::new().file("me.pem", Visitor::new().both());
    for (mode, is_warned) in [(0o644, true), (0o640, true), (0o600, false), (0o400, false)] {
        set_permissions(sandbox.path("me.pem"), Permissions::from_mode(mode)).unwrap();
        let outcome = upload(
            "https://nowhere.invalid/",
            &sandbox,
            &["-E", "me.pem", "--dry-run"],
        );
        outcome.code(0);
        let said = outcome.stderr_text();
        assert_eq!(
            said.contains("warning: -E me.pem: others"),
            is_warned,
            "{said}"
        );
    }
}

#[test]
fn the_oldest_version_is_the_one_that_was_asked_for() {
    for (versions, args, code) in [
        (&[&TLS12][..], &["--tlsv1.3"][..], 7),
        (&[&TLS12], &["--tlsv1.2"], 0),
        (&[&TLS12], &["-1"], 0),
        (&[&TLS12], &["--tlsv1.3", "--tlsv1.2"], 0),
        (&[&TLS12], &["--tlsv1.2", "--tlsv1.3"], 7),
        (&[&TLS13], &["--tlsv1.3"], 0),
        (&[&TLS13], &["--tlsv1.2"], 0),
    ] {
        let server = TlsServer::speaking(&for_localhost(), versions, None);
        let sandbox = Sandbox::new().file("ca.pem", &server.certificate);
        let args = [&["--cacert", "ca.pem"], args].concat();
        let outcome = upload(&server.url(), &sandbox, &args);
        outcome.code(code);
        if code == 7 {
            outcome.stderr_has("TLS failed").stderr_has("--tlsv1.3");
        }
        assert_eq!(server.request().is_some(), code == 0);
    }
}

#[test]
fn versions_that_nobody_should_speak_are_not_spoken() {
    for option in ["--tlsv1.0", "--tlsv1.1"] {
        let server = TlsServer::start();
        let sandbox = Sandbox::new().file("ca.pem", &server.certificate);
        upload(&server.url(), &sandbox, &["--cacert", "ca.pem", option])
            .code(0)
            .stderr_has(&format!("{option}: TLS 1.2 is the oldest"));
    }
}

#[test]
fn the_environment_says_whom_to_trust_and_v_says_who_that_is() {
    let run =
        |server: &TlsServer, sandbox: &Sandbox, environment: &[(&str, &str)], args: &[&str]| {
            let args = [&["-v", "-F", "a=text", "--boundary", "X"], args].concat();
            let run = sandbox.formpost(args).arg(server.url());
            let run = environment
                .iter()
                .fold(run, |run, (name, value)| run.env(name, value));
            run.run()
        };
    for (environment, args, shown) in [
        (
            &[("SSL_CERT_FILE", "ca.pem")][..],
            &[][..],
            "TLS: trusting the 1 of SSL_CERT_FILE ca.pem",
        ),
        (
            &[("SSL_CERT_DIR", "dir:other")],
            &[],
            "TLS: trusting the 1 of SSL_CERT_DIR dir and SSL_CERT_DIR other",
        ),
        (
            &[("SSL_CERT_FILE", "ca.pem"), ("SSL_CERT_DIR", "dir")],
            &[],
            "TLS: trusting the 1 of SSL_CERT_FILE ca.pem and SSL_CERT_DIR dir",
        ),
        (
            &[("SSL_CERT_FILE", "missing.pem")],
            &["--cacert", "ca.pem"],
            "TLS: trusting --cacert ca.pem",
        ),
        (&[], &["-k"], "TLS: trusting any certificate (-k)"),
    ] {
        let server = TlsServer::start();
        // Directories are searched for names as `openssl rehash` makes them.
        let sandbox = Sandbox::new()
            .file("ca.pem", &server.certificate)
            .file("dir/0a1b2c3d.0", &server.certificate)
            .directory("other");
        run(&server, &sandbox, environment, args)
            .code(0)
            .stderr_has(shown);
        assert!(server.request().is_some());
    }

    let server = TlsServer::start();
    let sandbox = Sandbox::new().file("empty.pem", "");
    run(&server, &sandbox, &[("SSL_CERT_FILE", "")], &[])
        .code(7)
        .stderr_has("TLS: trusting the ");
    assert_eq!(server.request(), None);
    for file in ["missing.pem", "empty.pem"] {
        let server = TlsServer::start();
        run(&server, &sandbox, &[("SSL_CERT_FILE", file)], &[])
            .code(7)
            .stderr_has(&format!("SSL_CERT_FILE {file}"));
        assert_eq!(server.request(), None);
    }
}

#[test]
fn an_upload_without_tls_looks_for_no_certificates() {
    let tap = WireTap::answering([Answer::status("200 OK", "")]);
    let outcome = Sandbox::new()
        .formpost(["-v", "-F", "a=text", &tap.url("/")])
        .env("SSL_CERT_FILE", "missing.pem")
        .run();
    outcome.code(0);
    assert!(
        !outcome.stderr_text().contains("TLS"),
        "{}",
        outcome.stderr_text()
    );
}

#[cfg(unix)]
#[test]
fn a_socket_of_this_machine_may_speak_tls_under_the_urls_name() {
    use std::os::unix::net::UnixListener;

    for (url, code) in [("https://localhost/", 0), ("https://elsewhere.test/", 7)] {
        let (certificate, config) = settings(&for_localhost(), rustls::DEFAULT_VERSIONS, None);
        let sandbox = Sandbox::new().file("ca.pem", certificate);
        let listener = UnixListener::bind(sandbox.path("s")).unwrap();
        let server = thread::spawn(move || serve_on(listener.accept().unwrap().0, config));
        upload(url, &sandbox, &["--cacert", "ca.pem", "--unix-socket", "s"]).code(code);
        assert_eq!(server.join().unwrap().is_some(), code == 0);
    }
}

#[test]
fn another_way_to_a_server_does_not_change_the_name_that_it_has_to_have() {
    for name in ["localhost", "elsewhere.test"] {
        let server = TlsServer::start();
        let sandbox = Sandbox::new().file("ca.pem", &server.certificate);
        let port = server.port;
        let pinned = format!("{name}:{port}:127.0.0.1");
        let detour = format!("{name}:443:127.0.0.1:{port}");
        let (url, args) = if name == "localhost" {
            (format!("https://{name}/"), ["--connect-to", &detour])
        } else {
            (format!("https://{name}:{port}/"), ["--resolve", &pinned])
        };
        let args = [&["--cacert", "ca.pem"], &args[..]].concat();
        let outcome = upload(&url, &sandbox, &args);
        outcome.code(if name == "localhost" { 0 } else { 7 });
        assert_eq!(server.request().is_some(), name == "localhost");
    }
}
