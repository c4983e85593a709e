//! Uploads through proxies that were not written here: tinyproxy, with a password, and microsocks, with one too. They come
//! from Debian's packages; the server behind them is the wire tap, and with TLS the program's own receiver.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Instant;

#[cfg(feature = "receive")]
use base64::Engine;
#[cfg(feature = "receive")]
use base64::engine::general_purpose::STANDARD;

use crate::is_there;
use crate::packaged::without_privileges;
use crate::sandbox::{LOOK, Outcome, Sandbox};
use crate::server::{PATIENCE, Server};
use crate::wire_tap::{Answer, WireTap};

/// More than all buffers on the way hold.
const LENGTH: u64 = 60 * 1024 * 1024;

/// A proxy out of a package, which lets `me` in with `secret`.
struct Package {
    name: &'static str,
    program: &'static str,
    /// `PORT` and `DIRECTORY` stand for theirs.
    args: &'static [&'static str],
    settings: &'static str,
}

const TINYPROXY: Package = Package {
    name: "tinyproxy",
    program: "/usr/bin/tinyproxy",
    args: &["-d", "-c", "settings"],
    settings: "
        Listen 127.0.0.1
        Port PORT
        Timeout 60
        MaxClients 20
        LogFile \"DIRECTORY/error.log\"
        BasicAuth me secret
        Filter \"DIRECTORY/denied\"
    ",
};

const MICROSOCKS: Package = Package {
    name: "microsocks",
    program: "/usr/bin/microsocks",
    args: &["-i", "127.0.0.1", "-p", "PORT", "-u", "me", "-P", "secret"],
    settings: "",
};

impl Package {
    /// Starts it on a port that was free just before; once more if somebody else has taken that meanwhile. Nothing if it
    /// is not installed.
    fn start(&self) -> Option<Server> {
        const TRIES: usize = 5;
        let needed = if Path::new(self.program).exists() {
            Ok(())
        } else {
            Err(format!("there is no {} here", self.program))
        };
        if !is_there(&format!("uploads through {}", self.name), needed) {
            return None;
        }
        let mut log = String::new();
        for _ in 0..TRIES {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port().to_string();
            drop(free);
            let proxy = self.start_on(port);
            if listens(&proxy) {
                return Some(proxy);
            }
            log = proxy.log();
        }
        panic!("{} does not begin:\n{log}", self.name);
    }

    fn start_on(&self, port: String) -> Server {
        let sandbox = Sandbox::new().file("denied", "^denied\\.invalid$\n");
        let directory = sandbox.path("");
        let text = directory.to_str().unwrap();
        let filled = |text: &str| text.replace("PORT", &port);
        let settings = filled(self.settings).replace("DIRECTORY", text.trim_end_matches('/'));
        fs::write(sandbox.path("settings"), settings).unwrap();
        let mut shell = Command::new("sh");
        shell.current_dir(&directory);
        without_privileges(&mut shell, &sandbox);
        let args: Vec<String> = self.args.iter().map(|arg| filled(arg)).collect();
        let mut command = vec![self.program];
        command.extend(args.iter().map(String::as_str));
        let mut proxy = Server::start(sandbox, shell, &command);
        proxy.port = port;
        proxy
    }
}

/// Whether it has come to listening on its port, and has not ended instead.
fn listens(proxy: &Server) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        // Who cannot have the port ends at once, and somebody else answers on it.
        if proxy.said.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
            return false;
        }
        if TcpStream::connect(format!("127.0.0.1:{}", proxy.port)).is_ok() {
            return true;
        }
    }
    false
}

/// Uploads a file of that length through a proxy, with these arguments beside.
fn upload(proxy: &str, length: u64, args: &[&str]) -> Outcome {
    let sandbox = Sandbox::new().sparse_file("file", length);
    let run = sandbox.formpost(["-F", "file=@file", "-x", proxy]);
    run.args(args).run()
}

/// That each of them sees what it is to see, on the way to a server without TLS.
#[track_caller]
fn goes_through(proxy: &str, args: &[&str], is_made_by_the_proxy: bool) {
    let tap = WireTap::answering([Answer::ok("thanks").discarding()]);
    let url = tap.url("/u").replace("127.0.0.1", "localhost");
    let common = [url.as_str(), "-u", "origins:o-secret"];
    upload(proxy, LENGTH, &[&common[..], args].concat())
        .code(0)
        .stdout("thanks");
    let request = tap.request();
    assert_eq!(request.line(), "POST /u HTTP/1.1");
    assert!(request.is_complete && request.body_length > LENGTH);
    assert!(request.header("Authorization").is_some());
    if is_made_by_the_proxy {
        // tinyproxy hears no answer before it has passed on all of such a request.
        return;
    }
    assert_eq!(request.header("Proxy-Authorization"), None);
    assert_eq!(request.header("Via"), None);

    let refusal = Answer::status("413 Content Too Large", "too large");
    // It reads on: microsocks hears nothing while it waits for a server to take something.
    let tap = WireTap::answering([refusal.before_body().discarding()]);
    upload(proxy, LENGTH, &[&[tap.url("/").as_str()], args].concat())
        .code(4)
        .stdout("too large");
}

/// RFC 7468 section 5.
#[cfg(feature = "receive")]
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// That an upload by TLS goes through to the program's own receiver.
#[cfg(feature = "receive")]
#[track_caller]
fn goes_through_to_tls(proxy: &str) {
    let key = rcgen::generate_simple_self_signed([String::from("localhost")]).unwrap();
    let sandbox = Sandbox::new()
        .file("cert.pem", pem("CERTIFICATE", key.cert.der()))
        .file(
            "key.pem",
            pem("PRIVATE KEY", &key.signing_key.serialize_der()),
        )
        .file("file", "hello");
    let receive = [
        "receive",
        "--listen",
        "127.0.0.1:0",
        "--dir",
        "inbox",
        "--once",
    ];
    let receive = sandbox.formpost(receive);
    let mut receiver = receive
        .args(["--cert", "cert.pem", "--key", "key.pem"])
        .start();
    let url = receiver.first_line().replace("127.0.0.1", "localhost");
    assert!(url.starts_with("https://"), "{url}");
    let run = sandbox.formpost([url.as_str(), "file", "-x", proxy, "--cacert", "cert.pem"]);
    run.run().code(0);
    receiver.wait().code(0);
    assert_eq!(sandbox.read("inbox/file"), b"hello");
}

#[test]
fn uploads_go_through_tinyproxy() {
    let Some(server) = TINYPROXY.start() else {
        return;
    };
    let proxy = format!("http://me:secret@127.0.0.1:{}", server.port);
    goes_through(&proxy, &[], true);
    goes_through(&proxy, &["-p"], false);
    #[cfg(feature = "receive")]
    goes_through_to_tls(&proxy);
}

#[test]
fn refusals_by_tinyproxy_are_told() {
    let Some(server) = TINYPROXY.start() else {
        return;
    };
    let tap = WireTap::expecting_nobody();
    let named = format!("127.0.0.1:{}", server.port);
    let refused = format!("proxy {named} refused to connect to ");
    // Of credentials that are wrong it says 401, as if it were the server.
    for (credentials, status, hint) in [
        ("", "407", "hint: the proxy wants credentials"),
        (
            "me:wrong@",
            "401",
            "hint: the proxy refused the credentials",
        ),
    ] {
        let proxy = format!("http://{credentials}{named}");
        upload(&proxy, 5, &[&tap.url("/")])
            .code(4)
            .stderr_has(status);
        upload(&proxy, 5, &[&tap.url("/"), "-p"])
            .code(7)
            .stderr_has(&format!("{refused}{}: {status}", tap.address()))
            .stderr_has(hint);
    }
    let proxy = format!("http://me:secret@{named}");
    for (url, status) in [
        ("https://denied.invalid/", "denied.invalid:443: 403"),
        // Nobody listens there.
        ("https://127.0.0.1:1/", "127.0.0.1:1: 50"),
    ] {
        upload(&proxy, 5, &[url])
            .code(7)
            .stderr_has(&format!("{refused}{status}"));
    }
}

#[test]
fn uploads_go_through_microsocks() {
    let Some(server) = MICROSOCKS.start() else {
        return;
    };
    for scheme in ["socks5h", "socks5"] {
        let proxy = format!("{scheme}://me:secret@127.0.0.1:{}", server.port);
        goes_through(&proxy, &[], false);
        #[cfg(feature = "receive")]
        goes_through_to_tls(&proxy);
    }
}

#[test]
fn refusals_by_microsocks_are_told() {
    let Some(server) = MICROSOCKS.start() else {
        return;
    };
    let tap = WireTap::expecting_nobody();
    let named = format!("127.0.0.1:{}", server.port);
    upload(&format!("socks5h://{named}"), 5, &[&tap.url("/")])
        .code(7)
        .stderr_has(&format!("proxy {named} wants credentials"));
    upload(&format!("socks5h://me:wrong@{named}"), 5, &[&tap.url("/")])
        .code(7)
        .stderr_has(&format!("proxy {named} refused the credentials"));
    let proxy = format!("socks5h://me:secret@{named}");
    upload(&proxy, 5, &["http://127.0.0.1:1/"])
        .code(7)
        .stderr_has(&format!(
            "proxy {named} refused to connect to 127.0.0.1:1: the connection was refused"
        ));
}
