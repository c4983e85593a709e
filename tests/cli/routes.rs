//! The way to the server: addresses, families, interfaces and sockets of this machine. The servers are listeners on
//! loopback, and a Unix socket's, of the standard library.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use socket2::{Domain, Socket, Type};

use crate::sandbox::{Outcome, Sandbox};
use crate::tools;
use crate::wire_tap::{Answer, WireTap};

fn tap() -> WireTap {
    WireTap::answering([Answer::ok("thanks")])
}

fn port_of(tap: &WireTap) -> String {
    let address = tap.address();
    address.rsplit_once(':').unwrap().1.to_owned()
}

/// A port of loopback that nobody listens on, nor will as long as this is there.
struct Closed {
    port: u16,
    _bound: Socket,
}

impl Closed {
    /// Any; or this one, if nobody else has it.
    fn at(port: u16) -> io::Result<Self> {
        let bound = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        bound.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
        let port = bound.local_addr()?.as_socket().unwrap().port();
        Ok(Self {
            port,
            _bound: bound,
        })
    }

    fn any() -> Self {
        Self::at(0).unwrap()
    }
}

/// A server on a port that is closed on IPv4. Nothing where there is no IPv6.
fn answering_on_ipv6_only() -> Option<(Closed, JoinHandle<(String, TcpStream)>)> {
    loop {
        let Ok(listener) = TcpListener::bind("[::1]:0") else {
            tools::skip("IPv6");
            return None;
        };
        let port = listener.local_addr().unwrap().port();
        if let Ok(closed) = Closed::at(port) {
            return Some((closed, answering(listener)));
        }
    }
}

fn upload(url: &str, args: &[&str]) -> Outcome {
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["-F", "a=text", "--boundary", "X"]);
    run.args(args).arg(url).run()
}

/// A server for one connection. What it was sent is given back.
fn answering(listener: TcpListener) -> JoinHandle<(String, TcpStream)> {
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let request = answer(&mut socket);
        (request, socket)
    })
}

fn answer(socket: &mut (impl Read + Write)) -> String {
    let mut request = Vec::new();
    let mut block = [0; 4096];
    while !request.ends_with(b"--X--\r\n") {
        let count = socket.read(&mut block).unwrap();
        assert!(count > 0, "the request ended early");
        request.extend_from_slice(&block[..count]);
    }
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nthanks";
    socket.write_all(answer).unwrap();
    String::from_utf8(request).unwrap()
}

#[test]
fn an_address_that_is_given_is_asked_of_nobody() {
    for host in ["nowhere.invalid", "*"] {
        let tap = tap();
        let port = port_of(&tap);
        let url = format!("http://nowhere.invalid:{port}/");
        upload(&url, &["--resolve", &format!("{host}:{port}:127.0.0.1")])
            .code(0)
            .stdout("thanks");
        let host = format!("nowhere.invalid:{port}");
        assert_eq!(tap.request().header("Host"), Some(host.as_str()));
    }
}

#[test]
fn an_address_that_is_given_for_another_port_is_none() {
    upload(
        "http://nowhere.invalid:1/",
        &["--resolve", "nowhere.invalid:2:127.0.0.1"],
    )
    .code(7)
    .stderr_has("nowhere.invalid: no such host");
}

#[test]
fn a_connection_is_made_elsewhere_and_the_request_does_not_say_so() {
    for detour in [
        "nowhere.invalid:80:127.0.0.1:",
        "::localhost:",
        ":80:127.0.0.1:",
    ] {
        let tap = tap();
        let detour = format!("{detour}{}", port_of(&tap));
        upload("http://nowhere.invalid/", &["--connect-to", &detour])
            .code(0)
            .stdout("thanks");
        assert_eq!(tap.request().header("Host"), Some("nowhere.invalid"));
    }
}

#[test]
fn a_detour_may_lead_to_an_address_that_is_given() {
    let tap = tap();
    let port = port_of(&tap);
    let detour = format!("a.invalid:80:b.invalid:{port}");
    let pinned = format!("b.invalid:{port}:127.0.0.1");
    upload(
        "http://a.invalid/",
        &["--connect-to", &detour, "--resolve", &pinned],
    )
    .code(0);
    assert_eq!(tap.request().header("Host"), Some("a.invalid"));
}

#[test]
fn a_family_that_a_name_does_not_have_is_named() {
    for (option, url, reason) in [
        (
            "-6",
            "http://127.0.0.1:1/",
            "no IPv6 address, only 127.0.0.1:1",
        ),
        ("-4", "http://[::1]:1/", "no IPv4 address, only [::1]:1"),
    ] {
        upload(url, &[option]).code(7).stderr_has(reason);
    }
}

#[test]
fn only_the_family_that_was_asked_for_is_connected_to() {
    let Some((closed, server)) = answering_on_ipv6_only() else {
        return;
    };
    let port = closed.port;
    let both = format!("a.invalid:{port}:127.0.0.1,::1");
    let url = format!("http://a.invalid:{port}/");
    let outcome = upload(&url, &["--resolve", &both, "-4"]);
    outcome
        .code(7)
        .stderr_has(&format!("cannot connect to 127.0.0.1:{port}: "));
    upload(&url, &["--resolve", &both, "-6"]).code(0);
    server.join().unwrap();
}

#[test]
fn every_address_is_tried_and_every_one_is_named() {
    let Some((closed, server)) = answering_on_ipv6_only() else {
        return;
    };
    let port = closed.port;
    let both = format!("a.invalid:{port}:127.0.0.1,::1");
    upload(&format!("http://a.invalid:{port}/"), &["--resolve", &both]).code(0);
    server.join().unwrap();

    let closed = Closed::any();
    let port = closed.port;
    let both = format!("a.invalid:{port}:127.0.0.1,::1");
    upload(&format!("http://a.invalid:{port}/"), &["--resolve", &both])
        .code(7)
        .stderr_has(&format!(
            "cannot connect to 127.0.0.1:{port}, [::1]:{port}: "
        ));
}

/// Linux drops what comes in for a listener that has no room.
#[cfg(target_os = "linux")]
#[test]
fn an_address_that_says_nothing_holds_up_nobody() {
    use std::time::{Duration, Instant};

    let tap = tap();
    let port = port_of(&tap);
    let silent: SocketAddr = format!("127.0.0.2:{port}").parse().unwrap();
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&silent.into()).unwrap();
    listener.listen(0).unwrap();
    let mut crowd = Vec::new();
    while let Ok(one) = TcpStream::connect_timeout(&silent, Duration::from_millis(300)) {
        crowd.push(one);
    }

    let both = format!("a.invalid:{port}:127.0.0.2,127.0.0.1");
    let began = Instant::now();
    upload(&format!("http://a.invalid:{port}/"), &["--resolve", &both]).code(0);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    tap.request();

    let alone = format!("a.invalid:{port}:127.0.0.2");
    let url = format!("http://a.invalid:{port}/");
    upload(&url, &["--resolve", &alone, "--connect-timeout", "0.5"])
        .code(7)
        .stderr_has("no connection within 0.5 s");
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_comes_from_where_it_was_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = answering(listener);
    upload(&url, &["--interface", "127.0.0.3"]).code(0);
    let (_, socket) = server.join().unwrap();
    assert_eq!(socket.peer_addr().unwrap().ip().to_string(), "127.0.0.3");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = answering(listener);
    upload(&url, &["--interface", "lo"]).code(0);
    server.join().unwrap();
}

#[test]
fn an_interface_that_is_none_is_named() {
    let closed = Closed::any();
    let url = format!("http://127.0.0.1:{}/", closed.port);
    if cfg!(target_os = "linux") {
        upload(&url, &["--interface", "nonesuch0"])
            .code(7)
            .stderr_has("through nonesuch0: ");
    }
    upload(&url, &["--interface", "192.0.2.1"])
        .code(7)
        .stderr_has("through 192.0.2.1: ");
    upload(&url, &["--interface", "::1"])
        .code(7)
        .stderr_has("no address that can be reached from the given one");
}

#[test]
fn ways_that_contradict_each_other_are_usage_errors() {
    for (args, reason) in [
        (&["-4", "-6"][..], "-4 and -6: expected one of them"),
        (&["-4", "--interface", "::1"], "-4 and --interface ::1"),
        (
            &["-6", "--interface", "127.0.0.1"],
            "-6 and --interface 127.0.0.1",
        ),
        (
            &["--unix-socket", "s", "--resolve", "a:1:127.0.0.1"],
            "--unix-socket and --resolve: ",
        ),
        (
            &["--unix-socket", "s", "--connect-to", "a:1:b:2"],
            "--unix-socket and --connect-to: ",
        ),
        (
            &["--unix-socket", "s", "--interface", "lo"],
            "--unix-socket and --interface: ",
        ),
        (&["--unix-socket", "s", "-4"], "--unix-socket and -4: "),
        (
            &["--unix-socket", "s", "-x", "127.0.0.1:1"],
            "--unix-socket and --proxy: ",
        ),
        (&["--resolve", "a:1"], "--resolve"),
        (&["--connect-to", "a:1:b"], "--connect-to"),
    ] {
        if cfg!(unix) || args[0] != "--unix-socket" {
            upload("http://nowhere.invalid/", args)
                .code(2)
                .stderr_has(reason);
        }
    }
}

#[cfg(unix)]
mod unix_socket {
    use std::io::{Read, Write};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::thread;

    use super::{Sandbox, answer};
    use crate::sandbox::Outcome;

    fn upload(sandbox: &Sandbox, args: &[&str]) -> Outcome {
        let run = sandbox.formpost(["--boundary", "X", "--unix-socket", "s", "http://device/up"]);
        run.args(args).run()
    }

    /// Reads the head.
    fn read_head(socket: &mut UnixStream) {
        let mut head = Vec::new();
        let mut octet = [0];
        while !head.ends_with(b"\r\n\r\n") {
            socket.read_exact(&mut octet).unwrap();
            head.extend_from_slice(&octet);
        }
    }

    #[test]
    fn is_connected_to_whatever_the_host() {
        let sandbox = Sandbox::new();
        let listener = UnixListener::bind(sandbox.path("s")).unwrap();
        let server = thread::spawn(move || answer(&mut listener.accept().unwrap().0));
        upload(&sandbox, &["-F", "a=text"]).code(0).stdout("thanks");
        let request = server.join().unwrap();
        assert!(
            request.starts_with("POST /up HTTP/1.1\r\nHost: device\r\n"),
            "{request}"
        );
    }

    #[test]
    fn is_connected_to_whatever_proxy_the_environment_names() {
        let sandbox = Sandbox::new();
        let listener = UnixListener::bind(sandbox.path("s")).unwrap();
        let server = thread::spawn(move || answer(&mut listener.accept().unwrap().0));
        let args = ["--boundary", "X", "-F", "a=text", "--unix-socket", "s"];
        let run = sandbox.formpost(args).arg("http://device/up");
        let outcome = run.env("http_proxy", "127.0.0.1:1").run();
        outcome.code(0).stdout("thanks");
        let request = server.join().unwrap();
        assert!(request.starts_with("POST /up HTTP/1.1\r\n"), "{request}");
    }

    #[test]
    fn takes_gigabytes_as_it_takes_a_word() {
        const LENGTH: u64 = 1 << 30;
        let sandbox = Sandbox::new().sparse_file("large", LENGTH);
        let listener = UnixListener::bind(sandbox.path("s")).unwrap();
        let server = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut block = vec![0; 1 << 20];
            let mut last = Vec::new();
            let mut total = 0;
            while !last.ends_with(b"--X--\r\n") {
                let count = socket.read(&mut block).unwrap();
                total += count as u64;
                last.extend_from_slice(&block[..count]);
                last.drain(..last.len().saturating_sub(7));
            }
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            socket.write_all(answer).unwrap();
            total
        });
        upload(&sandbox, &["-F", "a=@large"]).code(0);
        assert!(server.join().unwrap() > LENGTH);
    }

    #[test]
    fn n6_is_watched_for_an_early_answer() {
        let sandbox = Sandbox::new().sparse_file("large", 1 << 30);
        let listener = UnixListener::bind(sandbox.path("s")).unwrap();
        let server = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            read_head(&mut socket);
            let answer = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
            socket.write_all(answer).unwrap();
            // It neither reads on nor closes.
            socket
        });
        upload(&sandbox, &["-F", "a=@large"]).code(4).stdout("no");
        drop(server.join().unwrap());
    }

    #[test]
    fn n6_is_watched_while_the_source_is_silent() {
        let sandbox = Sandbox::new().fifo("silent");
        let listener = UnixListener::bind(sandbox.path("s")).unwrap();
        let path = sandbox.path("silent");
        let server = thread::spawn(move || {
            let mut source = std::fs::File::create(path).unwrap();
            // More than is read ahead.
            source.write_all(&vec![0; 2 << 20]).unwrap();
            source
        });
        let answering = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            read_head(&mut socket);
            // All that there is for now.
            socket.read_exact(&mut vec![0; 2 << 20]).unwrap();
            let answer = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
            socket.write_all(answer).unwrap();
            socket
        });
        upload(&sandbox, &["-F", "a=@silent"]).code(4).stdout("no");
        drop((server.join().unwrap(), answering.join().unwrap()));
    }

    #[test]
    fn that_takes_nothing_is_a_stall() {
        let sandbox = Sandbox::new().sparse_file("large", 1 << 30);
        let listener = UnixListener::bind(sandbox.path("s")).unwrap();
        let server = thread::spawn(move || listener.accept().unwrap());
        upload(&sandbox, &["-F", "a=@large", "--stall-timeout", "0.3"])
            .code(8)
            .stderr_has("stalled while sending");
        drop(server.join().unwrap());
    }

    #[test]
    fn that_is_none_is_named() {
        let sandbox = Sandbox::new().file("s", "no socket");
        upload(&sandbox, &["-F", "a=text"])
            .code(7)
            .stderr_has("device: cannot connect to s: ");
        let sandbox = Sandbox::new();
        upload(&sandbox, &["-F", "a=text"])
            .code(7)
            .stderr_has("device: cannot connect to s: No such file");
        let long = "s".repeat(200);
        sandbox
            .formpost(["-F", "a=text", "--unix-socket", &long, "http://device/"])
            .run()
            .code(7)
            .stderr_has(&format!("cannot connect to {long}: "));
    }
}
