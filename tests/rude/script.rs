//! The scripts themselves, asked by a bare socket and by curl: what misbehaves must do so as it was told.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::row::{MUCH, Upload, say};
use crate::server::{Gate, Script, Security, Server};

const HEAD: &str = "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

fn call(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

fn send(stream: &mut TcpStream, octets: &str) {
    stream.write_all(octets.as_bytes()).unwrap();
}

fn heard(stream: &mut TcpStream) -> io::Result<String> {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map(|_| answer)
}

#[test]
fn a_body_is_read_to_its_end() {
    let server = Server::plain([Script::new().head().body().send(OK)]);
    let mut stream = call(&server);
    send(&mut stream, &format!("{HEAD}123456789"));
    assert_eq!(heard(&mut stream).unwrap(), OK);
    let seen = server.finish().remove(0);
    assert_eq!(
        (seen.promised(), seen.body, seen.is_complete()),
        (Some(9), 9, true)
    );
    assert_eq!(seen.head, HEAD);
}

#[test]
fn chunks_are_read_to_their_end() {
    let server = Server::plain([Script::new().head().body().send(OK)]);
    let mut stream = call(&server);
    send(
        &mut stream,
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
    );
    send(&mut stream, "\r\n");
    assert_eq!(heard(&mut stream).unwrap(), OK);
    let seen = server.finish().remove(0);
    assert!(seen.is_complete() && seen.is_chunked(), "{seen}");
}

#[test]
fn a_cut_body_is_seen_as_cut() {
    let server = Server::plain([Script::new().head().body().send(OK)]);
    let mut stream = call(&server);
    send(&mut stream, &format!("{HEAD}1234"));
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(heard(&mut stream).unwrap(), "");
    let seen = server.finish().remove(0);
    assert_eq!((seen.body, seen.is_complete()), (4, false), "{seen}");
}

#[test]
fn a_close_with_something_unread_is_a_reset() {
    let server = Server::plain([Script::new().head()]);
    let mut stream = call(&server);
    send(&mut stream, &format!("{HEAD}123456789"));
    let error = heard(&mut stream).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(server.finish()[0].body, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_reset_comes_after_the_answer() {
    let server = Server::plain([Script::new().head().body().send(OK).reset()]);
    let mut stream = call(&server);
    send(&mut stream, &format!("{HEAD}123456789"));
    let mut answer = vec![0; OK.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, OK.as_bytes());
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    drop(server);
}

#[test]
fn a_half_closed_connection_is_still_read_from() {
    let server = Server::plain([Script::new().head().send(OK).half_close().drain()]);
    let mut stream = call(&server);
    send(&mut stream, HEAD);
    assert_eq!(heard(&mut stream).unwrap(), OK);
    send(&mut stream, "123456789");
    drop(stream);
    assert!(server.finish()[0].is_complete());
}

#[test]
fn a_held_connection_is_neither_read_from_nor_closed() {
    let server = Server::plain([Script::new().head().send(OK).hold()]);
    let mut stream = call(&server);
    send(&mut stream, HEAD);
    stream
        .set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let block = vec![0; 1 << 20];
    let mut taken = 0;
    let error = loop {
        match stream.write(&block) {
            Ok(count) => taken += count,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    assert!((taken as u64) < MUCH / 2, "buffers took {taken} of a body");
    let mut answer = vec![0; OK.len()];
    stream.read_exact(&mut answer).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    assert_eq!(server.finish()[0].body, 0);
}

#[test]
fn a_gate_is_opened_by_the_test_or_at_its_end() {
    let gate = Gate::new();
    let script = Script::new().head().wait(&gate).send(OK);
    let server = Server::plain([script.clone(), script]);
    let mut stream = call(&server);
    send(&mut stream, HEAD);
    gate.open();
    assert_eq!(heard(&mut stream).unwrap(), OK);

    let gate = Gate::new();
    let server = Server::plain([Script::new().wait(&gate)]);
    let mut stream = call(&server);
    drop(server);
    assert_eq!(heard(&mut stream).unwrap(), "");
}

#[test]
fn silence_is_noticed_and_so_is_its_end() {
    let moment = Duration::from_millis(30);
    let script = Script::new()
        .head()
        .nothing_for(moment)
        .send("a")
        .until_idle(moment);
    let server = Server::plain([
        script.clone().nothing_for(moment).send("b"),
        script.nothing_for(moment),
    ]);
    let mut stream = call(&server);
    send(&mut stream, HEAD);
    stream.read_exact(&mut [0]).unwrap();
    send(&mut stream, "1234");
    assert_eq!(heard(&mut stream).unwrap(), "b");
    let mut stream = call(&server);
    send(&mut stream, &format!("{HEAD}1"));
    assert_eq!(heard(&mut stream).unwrap(), "");
    let seen = server.finish();
    assert_eq!((seen[0].body, seen[1].body), (4, 1));
    assert!(seen[1].to_string().contains("1 octets came"), "{}", seen[1]);
}

#[test]
fn more_connections_than_scripts_are_seen_and_closed() {
    let server = Server::plain([]);
    assert_eq!(heard(&mut call(&server)).unwrap(), "");
    assert_eq!(server.finish().len(), 1);
}

// ---------------------------------------------------------------------------------------------
// Asked by curl, which gets all of it right but for the rarest of races

/// Uploads with curl, and gives its output: the response's body and the status.
fn curl(server: &Server, upload: Upload, args: &[&str]) -> Option<String> {
    let sandbox = upload.sandbox();
    let ran = Command::new("curl")
        .args([
            "-sS",
            "--cacert",
            "ca.pem",
            "-m",
            "15",
            "-w",
            "%{http_code}",
        ])
        .args(args)
        .args(["-F", "file=@big.bin", &server.url()])
        .current_dir(sandbox.path("."))
        .env_remove("http_proxy")
        .env_remove("https_proxy")
        .stdin(Stdio::null())
        .output();
    match ran {
        Ok(ran) => Some(String::from_utf8_lossy(&ran.stdout).into_owned()),
        Err(error) => {
            say(&format!("skipped: no curl: {error}"));
            None
        }
    }
}

const REFUSAL: &str =
    "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbig\n";

#[test]
fn curl_hears_refusals_of_all_kinds() {
    let head = || Script::new().head();
    for security in [Security::Plain, Security::Tls] {
        for script in [
            head().send(REFUSAL).half_close().drain(),
            head().read(1_000_000).send(REFUSAL).drain(),
            head().send(REFUSAL).hold(),
            head().body().send(REFUSAL).reset(),
        ] {
            let server = Server::start(security, [script]);
            let Some(said) = curl(&server, Upload::MUCH, &["-H", "Expect:"]) else {
                return;
            };
            assert_eq!(said, "big\n413");
            assert!(!server.finish()[0].head.is_empty());
        }
    }
}

#[test]
fn curl_waits_for_100() {
    for security in [Security::Plain, Security::Tls] {
        let silent = Script::new().head().nothing_for(Duration::from_millis(50));
        let went_on = silent
            .clone()
            .send("HTTP/1.1 100 Continue\r\n\r\n")
            .body()
            .send(OK);
        let server = Server::start(security, [went_on, silent.send(REFUSAL).drain()]);
        let args = ["--expect100-timeout", "10"];
        let Some(said) = curl(&server, Upload::MUCH, &args) else {
            return;
        };
        assert_eq!(said, "ok\n200");
        assert_eq!(curl(&server, Upload::MUCH, &args).unwrap(), "big\n413");
        let seen = server.finish();
        assert!(seen[0].is_complete() && seen[0].is_closed(), "{}", seen[0]);
        assert_eq!(
            (seen[1].body, seen[1].header("Expect")),
            (0, Some("100-continue"))
        );
    }
}
