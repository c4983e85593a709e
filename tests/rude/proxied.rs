//! N6 through proxies: an early answer is seen through whatever lies in between. And proxies that are spoken to over TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use crate::identity::Identity;
use crate::middleman::{Manner, Middleman};
use crate::row::{Expect, Upload, code, patient};
use crate::server::{Script, Security, Server};

const REFUSAL: &str = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 10\r\n\r\ntoo large\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthanks\n";

/// How often each is tried.
const TIMES: usize = 5;

/// Each way through a proxy: its scheme, how it behaves, and what is asked for.
fn ways() -> [(&'static str, Manner, &'static [&'static str]); 4] {
    [
        ("http", Manner::connects(), &[]),
        ("http", Manner::connects(), &["-p"]),
        ("socks4a", Manner::Socks4(90), &[]),
        ("socks5h", Manner::socks5(), &[]),
    ]
}

/// Uploads much through each proxy to a server that follows this script.
#[track_caller]
fn through_all(script: &Script, upload: Upload, expect: &Expect) {
    let sandbox = upload.sandbox();
    for security in [Security::Plain, Security::Tls] {
        for (scheme, manner, args) in ways() {
            for _ in 0..TIMES {
                let server = Server::start(security, [script.clone()]);
                let address = server.address().to_string();
                let proxy = Middleman::start(manner.clone(), Some(&address));
                let run = upload.of(&sandbox, &server.url());
                let run = run.args(["-x", &proxy.url(scheme)]).args(args);
                let command = run.shown();
                let outcome = patient(run);
                expect.of(&command, &outcome, server);
                proxy.visit();
            }
        }
    }
}

fn refused() -> Expect {
    code(4).stdout("too large\n").says("413")
}

#[test]
fn n6_an_answer_of_a_server_that_reads_on_is_seen_through_proxies() {
    let script = Script::new().head().send(REFUSAL).half_close().drain();
    through_all(&script, Upload::MUCH, &refused());
}

#[test]
fn n6_an_answer_of_a_server_that_does_nothing_more_is_seen_through_proxies() {
    let script = Script::new().head().read(1_000_000).send(REFUSAL).hold();
    through_all(&script, Upload::MUCH, &refused());
    through_all(&script, Upload::MUCH_PIPED, &refused());
}

#[test]
fn much_goes_through_proxies_whole() {
    let script = Script::new().head().body().send(OK);
    let expect = code(0).stdout("thanks\n").whole();
    through_all(&script, Upload::MUCH, &expect);
    through_all(&script, Upload::MUCH_PIPED, &expect);
}

// ---------------------------------------------------------------------------------------------
// Proxies that are spoken to over TLS

/// TLS in front of a server without, for one connection; `ADDRESS:PORT`.
fn tls_in_front_of(server: &str) -> String {
    const TURN: Duration = Duration::from_millis(2);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut server = TcpStream::connect(server).unwrap();
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        for socket in [&client, &server] {
            socket.set_read_timeout(Some(TURN)).unwrap();
        }
        let config = Arc::clone(&Identity::trusted().config);
        let mut client = StreamOwned::new(ServerConnection::new(config).unwrap(), client);
        // It goes on until one of the two has gone.
        while pass(&mut client, &mut server).is_ok() && pass(&mut server, &mut client).is_ok() {}
    });
    address
}

/// Passes on what is there.
fn pass(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut block = vec![0; 64 * 1024];
    match from.read(&mut block) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(count) => {
            to.write_all(&block[..count])?;
            to.flush()
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(()),
        Err(error) => Err(error),
    }
}

#[test]
fn an_https_proxy_is_spoken_to_over_tls_and_so_is_the_server_behind_it() {
    let upload = Upload::File(3_000_000);
    let sandbox = upload.sandbox();
    for security in [Security::Plain, Security::Tls] {
        let script = Script::new().head().body().send(OK);
        let server = Server::start(security, [script]);
        let address = server.address().to_string();
        let middleman = Middleman::start(Manner::connects(), Some(&address));
        let front = tls_in_front_of(&middleman.authority());
        let proxy = format!("https://me:secret@{front}");
        let run = upload.of(&sandbox, &server.url());
        let run = run.args(["-v", "-x", &proxy, "--proxy-cacert", "ca.pem"]);
        let command = run.shown();
        let outcome = patient(run);
        let through = format!("* through the proxy https://{front}");
        let expect = code(0).stdout("thanks\n").whole().says(through);
        expect.of(&command, &outcome, server);
        let asked = middleman.visit().asked_text();
        assert!(asked.contains("Proxy-Authorization: Basic "), "{asked}");
    }
}

#[test]
fn an_https_proxy_that_cannot_be_trusted_is_named_and_told_nothing() {
    for (args, security, says) in [
        (&[][..], Security::Tls, "TLS failed"),
        // What vouches for the server vouches for nobody else.
        (&["--cacert", "ca.pem", "-k"], Security::Tls, "TLS failed"),
        (&["--proxy-cacert", "ca.pem"], Security::Plain, "TLS failed"),
    ] {
        let server = Server::start(security, [Script::new().send("no TLS").drain()]);
        let sandbox = Upload::LITTLE.sandbox();
        let proxy = format!("https://me:secret@{}", server.address());
        let run = Upload::LITTLE.of(&sandbox, "http://origin.invalid/");
        let run = run.args(["-x", &proxy]).args(args);
        let command = run.shown();
        let outcome = patient(run);
        let named = format!("proxy {} cannot be spoken to: {says}", server.address());
        let expect = code(7).says(named).never_says("secret");
        let expect = expect.server("nothing", |seen| seen.head.is_empty());
        expect.of(&command, &outcome, server);
    }
}

#[test]
fn any_certificate_of_a_proxy_will_do_when_told_so() {
    let script = Script::new().head().body().send(OK);
    let server = Server::start(Security::Tls, [script]);
    let sandbox = Upload::LITTLE.sandbox();
    let proxy = format!("https://{}", server.address());
    let run = Upload::LITTLE.of(&sandbox, "http://origin.invalid/u");
    let run = run.args(["-x", &proxy, "--proxy-insecure"]);
    let command = run.shown();
    let outcome = patient(run);
    let expect = code(0).says("warning: --proxy-insecure").whole();
    let expect = expect.server("the whole URL", |seen| {
        seen.head
            .starts_with("POST http://origin.invalid/u HTTP/1.1\r\n")
    });
    expect.of(&command, &outcome, server);
}
