//! Connections that are kept for the next request, in the library: when they are used again, and when not.
//!
//! The server counts connections and writes down which request came over which of them. A request's target is its name.

#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in a test's own machinery fails the test"
)]
#![expect(
    clippy::print_stdout,
    reason = "what a test prints is shown when it fails"
)]

/// Certificates.
#[expect(dead_code, reason = "it is shared, and not all of it is needed here")]
#[path = "../rude/identity.rs"]
mod identity;
/// A server's end of a connection.
#[path = "../rude/line.rs"]
mod line;
/// The server.
mod server;

use std::io::{self, Read};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use formpost::multipart::{Boundary, Escape, PartHead};
use formpost::send::{
    Body, Client, Connection, Content, Form, Framing, Head, Header, Interruption, Limit, Meter,
    Milestone, Pace, Part, Proxies, Roots, SendError,
};

use crate::identity::Identity;
use crate::server::{PATIENCE, Peer, Server, Signal};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthanks\n";
const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const TOO_LARGE: &str =
    "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbig\n";

/// More than all buffers between client and server take.
const MUCH: usize = 30_000_000;

/// Connections that are kept, for as long as a test can last.
fn keeping() -> Connection {
    Connection {
        keep_alive: Some(Duration::from_secs(600)),
        stall_timeout: PATIENCE,
        response_timeout: PATIENCE,
        roots: Roots::from_pem("the test's", Identity::trusted().pem.as_bytes()).unwrap(),
        ..Connection::default()
    }
}

/// What came of a request.
#[derive(Debug)]
struct Sent {
    /// Status and body.
    answer: Result<(u16, String), SendError>,
    meter: Arc<Meter>,
}

impl Sent {
    /// The status and whether the connection had been there already.
    #[track_caller]
    fn status(&self) -> (u16, bool) {
        match &self.answer {
            Ok((status, _)) => (*status, self.meter.is_reused()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Whether it was lost over a connection that had been there already.
    fn is_lost(&self) -> bool {
        matches!(self.answer, Err(SendError::Lost { .. })) && self.meter.is_reused()
    }
}

const NEW: bool = false;
const REUSED: bool = true;

/// Uploads a content, and reads the answer to its end.
fn upload(client: &Client, url: &str, content: Content, headers: &[(&str, &str)]) -> Sent {
    let meter = Arc::new(Meter::new());
    let form = Form {
        boundary: Boundary::new("------------------------reusereusereusereuse").unwrap(),
        parts: vec![Part {
            head: PartHead {
                name: Some(b"file".to_vec()),
                ..PartHead::default()
            },
            content,
        }],
    };
    let mut body = Body::new(form, Escape::Percent, meter.clone()).unwrap();
    let framing = body.length().map_or(Framing::Chunked, Framing::Length);
    let headers = headers
        .iter()
        .map(|(name, value)| Header::new(*name, *value).unwrap());
    let head = Head::new("POST", url.parse().unwrap(), headers.collect()).unwrap();
    let answer = client
        .send(&head, framing, &mut body)
        .and_then(|mut response| {
            let mut text = String::new();
            match response.body().read_to_string(&mut text) {
                Ok(_) => Ok((response.status(), text)),
                Err(error) => Err(error.downcast().unwrap()),
            }
        });
    Sent { answer, meter }
}

/// Uploads a little.
fn send(client: &Client, url: &str) -> Sent {
    upload(client, url, Content::bytes("hello"), &[])
}

/// Waits until the client has closed, and says so.
fn see_it_closed(peer: &mut Peer<'_>, closed: &Signal) -> io::Result<()> {
    peer.drain()?;
    closed.give();
    Ok(())
}

// ---------------------------------------------------------------------------------------------
// Used again

#[test]
fn one_connection_serves_one_request_after_the_other() {
    let server = Server::plain(|_, peer| peer.answer_all(OK));
    let client = Client::new(keeping());
    let first = send(&client, &server.url("/0"));
    assert_eq!(first.status(), (200, NEW));
    assert_eq!(first.answer.unwrap().1, "thanks\n");
    for number in 1..20 {
        let sent = send(&client, &server.url(&format!("/{number}")));
        assert_eq!(sent.status(), (200, REUSED));
        assert_eq!(sent.meter.endpoints(), first.meter.endpoints());
    }
    drop(client);
    let seen = server.finish();
    assert_eq!((seen.len(), seen[0].len()), (1, 20));
}

#[test]
fn none_is_kept_unless_it_is_asked_for() {
    let server = Server::plain(|_, peer| peer.answer_all(OK));
    let client = Client::new(Connection::default());
    assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW));
    assert_eq!(send(&client, &server.url("/1")).status(), (200, NEW));
    assert_eq!(server.finish(), [["/0"], ["/1"]]);
}

#[test]
fn over_tls_too() {
    let server = Server::tls(|_, peer| peer.answer_all(OK));
    let client = Client::new(keeping());
    assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW));
    assert_eq!(send(&client, &server.url("/1")).status(), (200, REUSED));
    assert_eq!(send(&client, &server.url("/2")).status(), (200, REUSED));
    drop(client);
    assert_eq!(server.finish(), [["/0", "/1", "/2"]]);
}

#[test]
fn what_tls_says_to_itself_is_neither_an_answer_nor_an_end() {
    let [read, refreshed] = [0; 2].map(|_| Signal::default());
    let theirs = [&read, &refreshed].map(Signal::clone);
    let server = Server::tls(move |_, peer| {
        let [read, refreshed] = &theirs;
        while peer.request()?.is_some() {
            peer.say(OK)?;
            read.wait();
            peer.refresh_keys()?;
            refreshed.give();
        }
        Ok(())
    });
    let client = Client::new(keeping());
    for (target, is_reused) in [("/0", NEW), ("/1", REUSED), ("/2", REUSED)] {
        assert_eq!(
            send(&client, &server.url(target)).status(),
            (200, is_reused)
        );
        read.give();
        refreshed.wait();
    }
    drop(client);
    assert_eq!(server.finish().len(), 1);
}

#[test]
fn answers_of_every_framing_are_read_to_their_ends() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for answer in [
        OK.to_owned(),
        NO_CONTENT.to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("{chunked}7\r\nthanks\n\r\n0\r\n\r\n"),
        format!("{chunked}1\r\nt\r\n6;x=y\r\nhanks\n\r\n0\r\nDigest: none\r\n\r\n"),
        format!("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{OK}"),
        format!("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n{OK}"),
    ] {
        let said = answer.clone();
        let server = Server::plain(move |_, peer| peer.answer_all(&said));
        let client = Client::new(keeping());
        for (number, is_reused) in [(0, NEW), (1, REUSED), (2, REUSED)] {
            let sent = send(&client, &server.url(&format!("/{number}")));
            assert_eq!(sent.status().1, is_reused, "{answer:?}");
        }
        drop(client);
        assert_eq!(server.finish(), [["/0", "/1", "/2"]], "{answer:?}");
    }
}

#[test]
fn a_request_is_the_same_over_a_kept_connection() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&bodies);
    let server = Server::plain(move |_, peer| {
        while let Some(body) = peer.request()? {
            theirs.lock().unwrap().push(body);
            peer.say(OK)?;
        }
        Ok(())
    });
    let client = Client::new(Connection {
        pace: Some(Pace::new(10_000_000)),
        ..keeping()
    });
    let content: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    let unknown = || Content::reader("a reader", io::Cursor::new(content.clone()));
    for target in ["/0", "/1"] {
        let known = Content::bytes(content.clone());
        assert_eq!(
            upload(&client, &server.url(target), known, &[]).status().0,
            200
        );
        let sent = upload(&client, &server.url(target), unknown(), &[]);
        assert_eq!(sent.status(), (200, REUSED));
        assert_eq!(sent.meter.accepted(), 1_000_000);
        assert_eq!(sent.meter.received(), 7);
    }
    drop(client);
    assert_eq!(server.finish(), [["/0", "/0", "/1", "/1"]]);
    let bodies = bodies.lock().unwrap();
    assert_eq!(bodies[0], bodies[2]);
    assert_eq!(bodies[1], bodies[3]);
    assert!(bodies[0].windows(content.len()).any(|w| w == content));
}

#[test]
fn all_that_makes_a_connection_happens_at_once() {
    let server = Server::tls(|_, peer| peer.answer_all(OK));
    let client = Client::new(keeping());
    send(&client, &server.url("/0"));
    let meter = send(&client, &server.url("/1")).meter;
    let order = [
        Milestone::Began,
        Milestone::Resolved,
        Milestone::Connected,
        Milestone::Secured,
        Milestone::Ready,
        Milestone::HeadSent,
        Milestone::Answered,
        Milestone::Ended,
    ];
    let times = order.map(|milestone| meter.at(milestone).unwrap());
    assert!(times.is_sorted(), "{times:?}");
    assert!(meter.is_reused() && meter.endpoints().is_some());
}

#[test]
fn expect_is_answered_over_a_kept_connection_as_over_a_new_one() {
    let server = Server::plain(|_, peer| {
        while let Some(head) = peer.head()? {
            peer.say("HTTP/1.1 100 Continue\r\nServer: test\r\n\r\n")?;
            peer.body(&head)?;
            peer.say(OK)?;
        }
        Ok(())
    });
    let client = Client::new(Connection {
        expect_timeout: PATIENCE,
        ..keeping()
    });
    for (target, is_reused) in [("/0", NEW), ("/1", REUSED), ("/2", REUSED)] {
        let expect = [("Expect", "100-continue")];
        let content = Content::bytes("hello");
        let sent = upload(&client, &server.url(target), content, &expect);
        assert_eq!(sent.status(), (200, is_reused));
    }
    drop(client);
    assert_eq!(server.finish(), [["/0", "/1", "/2"]]);
}

#[test]
fn heads_without_content_share_the_connection() {
    let server = Server::plain(|_, peer| peer.answer_all(OK));
    let client = Client::new(keeping());
    assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW));
    let head = Head::new("GET", server.url("/1").parse().unwrap(), Vec::new()).unwrap();
    let meter = Arc::new(Meter::new());
    let mut response = client.fetch(&head, meter.clone()).unwrap();
    io::copy(response.body(), &mut io::sink()).unwrap();
    assert!(meter.is_reused());
    assert_eq!(send(&client, &server.url("/2")).status(), (200, REUSED));
    drop(client);
    assert_eq!(server.finish(), [["/0", "/1", "/2"]]);
}

#[test]
fn threads_with_clones_share_what_is_kept() {
    let server = Server::plain(|_, peer| peer.answer_all(OK));
    let client = Client::new(keeping());
    thread::scope(|scope| {
        for thread in 0..4 {
            let (client, server) = (client.clone(), &server);
            scope.spawn(move || {
                for number in 0..50 {
                    let sent = send(&client, &server.url(&format!("/{thread}/{number}")));
                    assert_eq!(sent.status().0, 200);
                }
            });
        }
    });
    drop(client);
    let seen = server.finish();
    assert!(seen.len() <= 4, "{} connections", seen.len());
    let mut seen = seen.concat();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 200);
}

#[test]
fn each_place_has_its_own() {
    let servers = [0, 1].map(|_| Server::plain(|_, peer| peer.answer_all(OK)));
    let client = Client::new(keeping());
    for (target, is_reused) in [("/0", NEW), ("/1", REUSED)] {
        for server in &servers {
            let sent = send(&client, &server.url(target));
            assert_eq!(sent.status(), (200, is_reused));
            let port = sent.meter.endpoints().unwrap().remote.port();
            assert_eq!(port, server.address().port());
        }
    }
    let other_name = format!("http://localhost:{}/2", servers[0].address().port());
    assert_eq!(send(&client, &other_name).status(), (200, NEW));
    drop(client);
    let seen = servers.map(Server::finish);
    assert_eq!(seen[0], [vec!["/0", "/1"], vec!["/2"]]);
    assert_eq!(seen[1], [["/0", "/1"]]);
}

// ---------------------------------------------------------------------------------------------
// By way of a proxy

/// Connections by way of a proxy, which is this server.
fn through(server: &Server, tunnels_all: bool) -> Connection {
    let proxy = format!("http://{}", server.address()).parse().unwrap();
    Connection {
        proxies: Proxies {
            http: Some(proxy),
            tunnels_all,
            ..Proxies::default()
        },
        ..keeping()
    }
}

#[test]
fn every_request_names_its_url_to_a_proxy_that_makes_it() {
    let server = Server::plain(|_, peer| peer.answer_all(OK));
    let client = Client::new(through(&server, false));
    for (url, is_reused) in [
        ("http://a.test/0", NEW),
        ("http://a.test/1", REUSED),
        ("http://b.test/2", NEW),
    ] {
        assert_eq!(send(&client, url).status(), (200, is_reused));
    }
    drop(client);
    let [a, b] = [
        vec!["http://a.test/0", "http://a.test/1"],
        vec!["http://b.test/2"],
    ];
    assert_eq!(server.finish(), [a, b]);
}

#[test]
fn a_way_through_a_proxy_is_asked_for_once() {
    let server = Server::plain(|_, peer| {
        peer.head()?;
        peer.say("HTTP/1.1 200 Go\r\n\r\n")?;
        peer.answer_all(OK)
    });
    let client = Client::new(through(&server, true));
    assert_eq!(send(&client, "http://a.test/0").status(), (200, NEW));
    assert_eq!(send(&client, "http://a.test/1").status(), (200, REUSED));
    assert_eq!(send(&client, "http://b.test/2").status(), (200, NEW));
    drop(client);
    let seen = server.finish();
    assert_eq!(seen[0], ["a.test:80", "/0", "/1"]);
    assert_eq!(seen[1], ["b.test:80", "/2"]);
}

// ---------------------------------------------------------------------------------------------
// Not used again

/// Gives an answer, once, and sees to it that the client closes its end without being asked to.
#[track_caller]
fn is_not_kept_after(answer: &str) {
    let said = answer.to_owned();
    let closed = Signal::default();
    let theirs = closed.clone();
    let server = Server::plain(move |number, peer| {
        if number > 0 {
            return peer.answer_all(OK);
        }
        peer.request()?;
        peer.say(&said)?;
        see_it_closed(peer, &theirs)
    });
    let client = Client::new(keeping());
    let first = send(&client, &server.url("/0"));
    assert!(first.answer.is_ok(), "{answer:?}: {first:?}");
    closed.wait();
    let second = send(&client, &server.url("/1")).status();
    assert_eq!(second, (200, NEW), "{answer:?}");
    drop(client);
    assert_eq!(server.finish(), [["/0"], ["/1"]], "{answer:?}");
}

#[test]
fn an_answer_that_ends_its_connection_or_leaves_doubts_is_the_last_one() {
    let body = "\r\n\r\nthanks\n";
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close",
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nconnection: Keep-Alive, CLOSE",
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nKeep-Alive: timeout=1",
        "HTTP/1.0 200 OK\r\nContent-Length: 7",
        "HTTP/1.0 200 OK\r\nContent-Length: 7\r\nConnection: keep-alive",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 7",
        "HTTP/1.1 408 Request Timeout\r\nContent-Length: 7",
        "HTTP/1.1 413 Too Large\r\nContent-Length: 7",
        "HTTP/1.1 503 Busy\r\nContent-Length: 7",
    ] {
        is_not_kept_after(&format!("{head}{body}"));
    }
    is_not_kept_after(
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n\
         7\r\nthanks\n\r\n0\r\n\r\n",
    );
}

#[test]
fn octets_behind_an_answer_are_not_the_next_answer() {
    for more in ["x", "\r\n", NO_CONTENT, OK] {
        is_not_kept_after(&format!("{OK}{more}"));
        is_not_kept_after(&format!("{NO_CONTENT}{more}"));
        is_not_kept_after(&format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{more}"
        ));
    }
}

#[test]
fn an_answer_that_ends_with_its_connection_is_read_to_that_end() {
    let server = Server::plain(|_, peer| {
        peer.request()?;
        peer.say("HTTP/1.1 200 OK\r\n\r\nthanks\n")
    });
    let client = Client::new(keeping());
    for target in ["/0", "/1"] {
        let sent = send(&client, &server.url(target));
        assert_eq!(sent.status(), (200, NEW));
        assert_eq!(sent.answer.unwrap().1, "thanks\n");
    }
    assert_eq!(server.finish(), [["/0"], ["/1"]]);
}

#[test]
fn an_answer_that_is_not_read_to_its_end_takes_its_connection_with_it() {
    let closed = Signal::default();
    let theirs = closed.clone();
    let server = Server::plain(move |_, peer| {
        peer.request()?;
        peer.say(OK)?;
        see_it_closed(peer, &theirs)
    });
    let client = Client::new(keeping());
    let head = Head::new("GET", server.url("/0").parse().unwrap(), Vec::new()).unwrap();
    let mut response = client.fetch(&head, Arc::default()).unwrap();
    response.body().read_exact(&mut [0; 3]).unwrap();
    drop(response);
    closed.wait();
    assert_eq!(send(&client, &server.url("/1")).status(), (200, NEW));
    drop(client);
    assert_eq!(server.finish(), [["/0"], ["/1"]]);
}

#[test]
fn a_client_that_says_it_closes_does() {
    let closed = Signal::default();
    let theirs = closed.clone();
    let server = Server::plain(move |_, peer| {
        peer.request()?;
        peer.say(OK)?;
        see_it_closed(peer, &theirs)
    });
    let client = Client::new(keeping());
    for target in ["/0", "/1"] {
        let content = Content::bytes("hello");
        let close = [("Connection", "close")];
        let sent = upload(&client, &server.url(target), content, &close);
        assert_eq!(sent.status(), (200, NEW));
        closed.wait();
    }
    assert_eq!(server.finish(), [["/0"], ["/1"]]);
}

#[test]
fn what_has_idled_too_long_is_closed_at_the_next_request() {
    let closed = Signal::default();
    let theirs = closed.clone();
    let server = Server::plain(move |number, peer| {
        if number > 0 {
            return peer.answer_all(OK);
        }
        peer.request()?;
        peer.say(OK)?;
        see_it_closed(peer, &theirs)
    });
    let client = Client::new(Connection {
        keep_alive: Some(Duration::from_nanos(1)),
        ..keeping()
    });
    assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW));
    assert_eq!(send(&client, &server.url("/1")).status(), (200, NEW));
    closed.wait();
    drop(client);
    assert_eq!(server.finish(), [["/0"], ["/1"]]);
}

#[test]
fn a_2xx_before_the_body_was_out_is_not_trusted_with_another() {
    let server = Server::plain(|_, peer| {
        while let Some(head) = peer.head()? {
            peer.say(OK)?;
            peer.body(&head)?;
        }
        Ok(())
    });
    let client = Client::new(keeping());
    for target in ["/0", "/1"] {
        let content = Content::bytes(vec![0; MUCH]);
        let sent = upload(&client, &server.url(target), content, &[]);
        assert_eq!(sent.status(), (200, NEW));
    }
    drop(client);
    assert_eq!(server.finish(), [["/0"], ["/1"]]);
}

// ---------------------------------------------------------------------------------------------
// What goes wrong over a connection that was kept

/// A server whose first connection answers one request, then does this; the others answer all.
fn first_then(
    serve: impl Fn(&mut Peer<'_>) -> io::Result<()> + Send + Sync + 'static,
) -> impl Fn(usize, &mut Peer<'_>) -> io::Result<()> + Send + Sync + 'static {
    move |number, peer| {
        if number > 0 {
            return peer.answer_all(OK);
        }
        peer.request()?;
        peer.say(OK)?;
        serve(peer)
    }
}

/// A server that leaves while its first connection idles, after it has said this.
fn leaving(
    word: &'static str,
    [idle, left]: [&Signal; 2],
) -> impl Fn(usize, &mut Peer<'_>) -> io::Result<()> + Send + Sync + 'static {
    let [idle, left] = [idle.clone(), left.clone()];
    first_then(move |peer| {
        idle.wait();
        peer.say(word)?;
        peer.close();
        left.give();
        Ok(())
    })
}

const IDLE_408: &str =
    "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[test]
fn n17_a_connection_that_was_closed_while_it_idled_loses_nothing() {
    // What is said unasked on leaving is not the next answer, however much it looks like one.
    for word in ["", IDLE_408, OK] {
        let [idle, left] = [0; 2].map(|_| Signal::default());
        let plain = Server::plain(leaving(word, [&idle, &left]));
        let tls = Server::tls(leaving(word, [&idle, &left]));
        let client = Client::new(keeping());
        assert_eq!(send(&client, &plain.url("/0")).status(), (200, NEW));
        assert_eq!(send(&client, &tls.url("/0")).status(), (200, NEW));
        (0..2).for_each(|_| idle.give());
        (0..2).for_each(|_| left.wait());
        assert_eq!(send(&client, &plain.url("/1")).status(), (200, NEW));
        assert_eq!(send(&client, &tls.url("/1")).status(), (200, NEW));
        drop(client);
        assert_eq!(plain.finish(), [["/0"], ["/1"]], "{word:?}");
        assert_eq!(tls.finish(), [["/0"], ["/1"]], "{word:?}");
    }
}

#[test]
fn n17_of_several_that_were_closed_none_is_used() {
    let [came, answer, left] = [0; 3].map(|_| Signal::default());
    let theirs = [&came, &answer, &left].map(Signal::clone);
    let server = Server::plain(move |number, peer| {
        if number > 2 {
            return peer.answer_all(OK);
        }
        let [came, answer, left] = &theirs;
        peer.request()?;
        came.give();
        answer.wait();
        peer.say(OK)?;
        peer.close();
        left.give();
        Ok(())
    });
    let client = Client::new(keeping());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW)));
        }
        (0..3).for_each(|_| came.wait());
        (0..3).for_each(|_| answer.give());
    });
    (0..3).for_each(|_| left.wait());
    assert_eq!(send(&client, &server.url("/1")).status(), (200, NEW));
    assert_eq!(send(&client, &server.url("/2")).status(), (200, REUSED));
    drop(client);
    let seen = server.finish();
    assert_eq!(seen[..3], [["/0"], ["/0"], ["/0"]]);
    assert_eq!(seen[3..], [["/1", "/2"]]);
}

/// When a server closes a connection that was kept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Close {
    /// As the next request is about to come.
    AtOnce,
    /// The same, with a 408.
    With408,
    /// When the next request's head is there.
    AfterHead,
    /// When all of the next request is there.
    AfterBody,
}

#[test]
fn n17_closed_in_the_very_moment_of_the_next_request() {
    for round in 0..50 {
        for close in [
            Close::AtOnce,
            Close::With408,
            Close::AfterHead,
            Close::AfterBody,
        ] {
            close_at(close, round % 2 == 0);
        }
    }
}

fn close_at(close: Close, server_is_first: bool) {
    let now = Signal::default();
    let theirs = now.clone();
    let server = Server::plain(first_then(move |peer| {
        if server_is_first {
            theirs.give();
        } else {
            theirs.wait();
        }
        match close {
            Close::AtOnce => {}
            Close::With408 => peer.say(IDLE_408)?,
            Close::AfterHead => drop(peer.head()?),
            Close::AfterBody => drop(peer.request()?),
        }
        Ok(())
    }));
    let client = Client::new(keeping());
    assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW));
    if server_is_first {
        now.wait();
    } else {
        now.give();
    }
    let sent = send(&client, &server.url("/1"));
    drop(client);
    let seen = server.finish();
    let how_often = seen.concat().iter().filter(|name| *name == "/1").count();
    assert!(how_often <= 1, "{close:?}: {seen:?}");
    match &sent.answer {
        // Nothing had gone out: it went over another connection.
        Ok((200, _)) => {
            assert!(!sent.meter.is_reused(), "{close:?}");
            assert_eq!(seen, [["/0"], ["/1"]], "{close:?}");
        }
        // It had been under way, and may be an answer.
        Ok((408, _)) => assert_eq!((close, seen.len()), (Close::With408, 1)),
        _ => {
            assert!(sent.is_lost(), "{close:?}: {sent:?}");
            assert_eq!(seen.len(), 1, "{close:?}: it was repeated");
        }
    }
    if matches!(close, Close::AfterHead | Close::AfterBody) {
        assert!(sent.is_lost(), "{close:?}: {sent:?}");
    }
}

#[test]
fn n6_an_early_refusal_is_heard_over_a_kept_connection() {
    for holds in [false, true] {
        let heard = Signal::default();
        let theirs = heard.clone();
        let server = Server::plain(first_then(move |peer| {
            peer.head()?;
            peer.say(TOO_LARGE)?;
            if holds {
                // It neither reads nor closes.
                theirs.wait();
                peer.drain()?;
            }
            Ok(())
        }));
        let client = Client::new(keeping());
        assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW));
        let much = Content::bytes(vec![0; MUCH]);
        let sent = upload(&client, &server.url("/1"), much, &[]);
        assert_eq!(sent.status(), (413, REUSED));
        assert!(sent.meter.sent() < MUCH as u64);
        assert_eq!(sent.answer.unwrap().1, "big\n");
        heard.give();
        assert_eq!(send(&client, &server.url("/2")).status(), (200, NEW));
        drop(client);
        assert_eq!(server.finish(), [vec!["/0", "/1"], vec!["/2"]]);
    }
}

#[test]
fn n7_n12_what_breaks_over_a_kept_connection_breaks_as_over_a_new_one() {
    let server = Server::plain(first_then(|peer| {
        peer.request()?;
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nthanks\n")
    }));
    let client = Client::new(keeping());
    assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW));
    let sent = send(&client, &server.url("/1"));
    let cut = |answer| matches!(answer, Err(SendError::Cut { received: 7, .. }));
    assert!(cut(sent.answer) && sent.meter.is_reused());
    assert_eq!(send(&client, &server.url("/2")).status(), (200, NEW));
    drop(client);
    assert_eq!(server.finish(), [vec!["/0", "/1"], vec!["/2"]]);
}

/// What a server that falls silent at the second request, and reads nothing of it but the head, makes of that.
fn met_with_silence(connection: Connection, content: Content) -> (Interruption, Limit) {
    let [given_up, closed] = [0; 2].map(|_| Signal::default());
    let theirs = [&given_up, &closed].map(Signal::clone);
    let server = Server::plain(first_then(move |peer| {
        let [given_up, closed] = &theirs;
        peer.head()?;
        given_up.wait();
        see_it_closed(peer, closed)
    }));
    let client = Client::new(connection);
    assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW));
    let sent = upload(&client, &server.url("/1"), content, &[]);
    assert!(sent.meter.is_reused());
    // It takes its connection with it.
    given_up.give();
    closed.wait();
    drop(client);
    assert_eq!(server.finish(), [["/0", "/1"]]);
    match sent.answer {
        Err(SendError::TimedOut { during, limit, .. }) => (during, limit),
        other => panic!("{other:?}"),
    }
}

/// Long enough for the first request on any machine.
const LIMIT: Duration = Duration::from_secs(2);

#[test]
fn n8_the_answer_is_waited_for_as_long_as_over_a_new_connection() {
    let connection = Connection {
        response_timeout: LIMIT,
        ..keeping()
    };
    let met = met_with_silence(connection, Content::bytes("hello"));
    assert_eq!(met, (Interruption::Waiting, Limit::Response));
}

#[test]
fn n10_a_stall_is_noticed_as_over_a_new_connection() {
    let connection = Connection {
        stall_timeout: LIMIT,
        ..keeping()
    };
    let met = met_with_silence(connection, Content::bytes(vec![0; MUCH]));
    assert_eq!(met, (Interruption::Sending, Limit::Stall));
}

#[test]
fn the_longest_time_is_for_all_requests_together() {
    let connection = Connection {
        max_time: Some(LIMIT),
        ..keeping()
    };
    let met = met_with_silence(connection, Content::bytes(vec![0; MUCH]));
    assert_eq!(met, (Interruption::Sending, Limit::Total));
}

#[test]
fn l4_a_source_that_breaks_takes_the_kept_connection_with_it() {
    let closed = Signal::default();
    let theirs = closed.clone();
    let server = Server::plain(first_then(move |peer| {
        let head = peer.head()?.unwrap();
        assert!(peer.body(&head).is_err(), "the body came to an end");
        theirs.give();
        Ok(())
    }));
    let client = Client::new(keeping());
    assert_eq!(send(&client, &server.url("/0")).status(), (200, NEW));
    let mut file = tempfile::tempfile().unwrap();
    io::copy(&mut io::repeat(0).take(100_000), &mut file).unwrap();
    io::Seek::rewind(&mut file).unwrap();
    let content = Content::opened("a file", file.try_clone().unwrap()).unwrap();
    file.set_len(50_000).unwrap();
    let sent = upload(&client, &server.url("/1"), content, &[]);
    assert!(matches!(sent.answer, Err(SendError::Source(_))), "{sent:?}");
    assert!(sent.meter.is_reused());
    closed.wait();
    assert_eq!(send(&client, &server.url("/2")).status(), (200, NEW));
    drop(client);
    assert_eq!(server.finish(), [vec!["/0", "/1"], vec!["/2"]]);
}
