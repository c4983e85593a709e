//! Time and numbers: who is slow, who comes in crowds, and how it all ends.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use formpost::receive::Event;

use crate::client::{Client, form, head, noise, request};
use crate::serving::{Serving, lost};

#[test]
fn slow_heads_and_bodies_time_out() {
    let serving = Serving::with(|settings| settings.idle = Duration::from_millis(300));
    // A byte now and then does not help a head.
    let mut client = serving.connect();
    client
        .socket
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let mut answer = Vec::new();
    for byte in head("Content-Length: 5\r\n\r\n").bytes().cycle() {
        let _ = client.socket.write_all(&[byte]);
        let mut block = [0; 1024];
        match client.socket.read(&mut block) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&block[..count]),
            Err(error) => assert!(matches!(
                error.kind(),
                ErrorKind::WouldBlock | ErrorKind::TimedOut
            )),
        }
    }
    let text = String::from_utf8(answer).unwrap();
    assert!(text.starts_with("HTTP/1.1 408"), "{text}");

    let mut client = serving.connect();
    client.send(head("Content-Length: 1000\r\n\r\n"));
    client.send(&form(b"x")[..20]);
    assert_eq!(client.answer().status(408).kind(), "timed-out");
    assert_eq!(serving.files(), [""; 0]);

    // A connection on which nothing was asked is closed without a word.
    let mut client = serving.connect();
    assert!(client.is_at_end());
}

#[test]
fn two_hundred_clients_are_served_at_once() {
    let serving = Serving::start();
    let content = noise(50_000);
    let body = form(&content);
    let mut clients: Vec<_> = (0..200).map(|_| serving.connect()).collect();
    for client in &mut clients {
        client.send(head(&format!("Content-Length: {}\r\n\r\n", body.len())));
        client.send(&body[..30_000]);
    }
    for client in &mut clients {
        client.send(&body[30_000..]);
    }
    let answers: Vec<_> = clients.iter_mut().map(Client::answer).collect();
    for answer in answers {
        let json = answer.status(201).json();
        let path = json["parts"][0]["saved_as"].as_str().unwrap();
        assert!(fs::read(path).unwrap() == content);
    }
    assert_eq!(serving.files().len(), 200);
}

#[test]
fn more_connections_than_allowed_wait() {
    let serving = Serving::with(|settings| settings.connections = 1);
    let mut first = serving.connect();
    first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    first.answer().status(200);
    let mut second = serving.connect();
    second.send(request("", &form(b"x")));
    assert!(second.hears_nothing_for(Duration::from_millis(200)));
    drop(first);
    second.answer().status(201);
}

#[test]
fn a_count_of_uploads_ends_it() {
    let mut serving = Serving::with(|settings| settings.count = Some(2));
    serving.ask("GET / HTTP/1.1\r\n\r\n").status(200);
    serving.ask("POST / HTTP/1.1\r\n\r\n").status(415);
    serving.ask(request("", &form(b"1"))).status(201);
    serving.ask(request("", b"--B")).status(400);
    serving.wait();
    assert!(TcpStream::connect(serving.address).is_err());
}

#[test]
fn a_stopped_server_finishes_what_is_in_flight() {
    let mut serving = Serving::start();
    let content = noise(500_000);
    let body = form(&content);
    let mut client = serving.connect();
    client.send(head(&format!("Content-Length: {}\r\n\r\n", body.len())));
    client.send(&body[..100_000]);
    serving.wait_for(|event| matches!(event, Event::Begun { .. }).then_some(()));
    let mut idle = serving.connect();
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    idle.answer().status(200);
    serving.stopper.stop();
    assert!(idle.is_at_end());
    client.send(&body[100_000..]);
    client.answer().status(201);
    assert!(client.is_at_end());
    serving.stop();
    assert!(serving.file("a.bin") == content);
}

#[test]
fn an_aborted_server_ends_at_once_and_leaves_nothing() {
    let mut serving = Serving::start();
    let mut client = serving.connect();
    client.send(head("Content-Length: 1000000\r\n\r\n"));
    client.send(&form(&noise(1_000_000))[..100_000]);
    serving.wait_for(|event| matches!(event, Event::Received { bytes: 100_000, .. }).then_some(()));
    assert_eq!(serving.files().len(), 1);
    let began = Instant::now();
    serving.stopper.stop();
    serving.stopper.abort();
    serving.wait();
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(serving.files(), [""; 0]);
    assert_eq!(serving.wait_for(lost), 100_000);
}
