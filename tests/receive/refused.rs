//! What is refused.

use std::fs;
use std::net::Shutdown;

use formpost::receive::{Destination, Event, OnExist, Store};

use crate::client::{form, head, noise, request};
use crate::serving::{Serving, answered, lost};

/// Heads, or what stands in the place of one, and the status.
const REFUSED: &[(&str, u16)] = &[
    (
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("Transfer-Encoding: identity\r\n\r\n", 400),
    ("Transfer-Encoding: chunked, identity\r\n\r\n", 400),
    ("Transfer-Encoding: gzip, chunked\r\n\r\n", 400),
    ("Transfer-Encoding: xchunked\r\n\r\n", 400),
    (
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    ("Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400),
    ("Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
    ("Content-Length: 5, 5\r\n\r\n", 400),
    ("Content-Length: +5\r\n\r\n", 400),
    ("Content-Length: -1\r\n\r\n", 400),
    ("Content-Length: 0x10\r\n\r\n", 400),
    ("Content-Length: \r\n\r\n", 400),
    ("Content-Length: 99999999999999999999\r\n\r\n", 400),
    ("A: b\r\n c\r\nContent-Length: 5\r\n\r\n", 400),
    ("Content-Length : 5\r\n\r\n", 400),
    ("A: b\nContent-Length: 5\r\n\r\n", 400),
    ("A b\r\n\r\n", 400),
    ("A: b\0\r\n\r\n", 400),
    ("Expect: foo\r\nContent-Length: 5\r\n\r\n", 417),
    ("Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", 415),
    (
        "Content-Type: multipart/form-data; boundary=C\r\nContent-Length: 5\r\n\r\n",
        400,
    ),
    (
        "Sec-Fetch-Site: cross-site\r\nContent-Length: 5\r\n\r\n",
        403,
    ),
    ("Origin: http://b\r\nContent-Length: 5\r\n\r\n", 403),
    ("Origin: null\r\nContent-Length: 5\r\n\r\n", 403),
    // Chunks (RFC 9112, section 7.1).
    (
        "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
        400,
    ),
    ("Transfer-Encoding: chunked\r\n\r\n0x10\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n+5\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n-5\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n5\n12345\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n5\r\n12345678", 400),
    ("Transfer-Encoding: chunked\r\n\r\n0\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n", 400),
];

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let serving = Serving::start();
    for (more, status) in REFUSED {
        let mut client = serving.connect();
        client.send(head(more));
        client.socket.shutdown(Shutdown::Write).unwrap();
        let answer = client.answer();
        assert_eq!(answer.status, *status, "{more:?}: {}", answer.head);
        assert!(client.is_at_end(), "{more:?}");
    }
    serving
        .ask(request("Origin: http://a\r\n", b"--B--\r\n"))
        .status(200);
    assert_eq!(serving.files(), [""; 0]);
}

/// Requests that hyper alone takes, each with a whole form.
const TAKEN_BY_HYPER: &[&str] = &[
    "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n--B--\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n7\r\n--B--\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: gzip, chunked\r\n\r\n7\r\n--B--\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n--B--\r\n\r\n0\r\n\r\n",
    "Content-Length: 7\r\nContent-Length: 7\r\n\r\n--B--\r\n",
    "Content-Length: 7\n\r\n--B--\r\n",
    "Content-Length: 7\r\n\n--B--\r\n",
];

#[test]
fn what_hyper_would_take_is_refused_behind_another_request_too() {
    let serving = Serving::start();
    for text in TAKEN_BY_HYPER {
        let mut client = serving.connect();
        client.send([request("", b"--B--\r\n"), head(text).into_bytes()].concat());
        client.answer().status(200);
        assert_eq!(
            client.answer().status(400).kind(),
            "ambiguous-head",
            "{text:?}"
        );
        client.socket.shutdown(Shutdown::Write).unwrap();
        assert!(client.is_at_end(), "{text:?}");
    }
}

#[test]
fn a_head_is_refused_for_its_first_line_or_its_type() {
    let serving = Serving::start();
    for (text, status) in [
        ("DELETE / HTTP/1.1\r\n\r\n", 405),
        ("OPTIONS * HTTP/1.1\r\n\r\n", 405),
        ("GET /elsewhere HTTP/1.1\r\n\r\n", 404),
        ("POST / HTTP/1.1\r\n\r\n", 415),
        (
            "PUT /a.bin HTTP/1.1\r\nContent-Type: image/png\r\n\r\n",
            415,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n",
            415,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/form-data\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B; boundary=C\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\n\r\n",
            400,
        ),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("POST / HTTP/3.0\r\n\r\n", 400),
        ("hello\r\n\r\n", 400),
        ("\x16\x03\x01\x02\0\x01\0\x01", 400),
    ] {
        let mut client = serving.connect();
        client.send(text);
        client.answer().status(status);
    }
    let answer = serving.ask("DELETE / HTTP/1.1\r\n\r\n");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, POST, PUT"));
    let multipart = request("", &form(b"x"));
    let put = String::from_utf8(multipart)
        .unwrap()
        .replace("POST / ", "PUT /b/c?d ");
    serving.ask(put).status(201);
}

#[test]
fn a_head_that_is_too_long_is_refused_however_it_comes() {
    const MOST: usize = 64 * 1024;
    let serving = Serving::start();
    let form = form(b"x");
    let fill = MOST - (request("A: \r\n", &form).len() - form.len());
    for (more, expected) in [(0, 201), (1, 431), (5_000, 431), (1 << 20, 431)] {
        let header = format!("A: {}\r\n", "a".repeat(fill + more));
        let text = request(&header, &form);
        for piece in [text.len(), 1_000] {
            let mut client = serving.connect();
            for piece in text.chunks(piece) {
                client.send(piece);
            }
            let answer = client.answer().status(expected);
            if expected == 431 {
                assert_eq!(answer.kind(), "head-too-long", "{more} by {piece}");
            }
        }
    }
    let long_target = format!("POST /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
    assert_eq!(serving.ask(long_target).status(431).kind(), "head-too-long");
    let many_headers = head(&format!("{}\r\n", "A: b\r\n".repeat(101)));
    serving.ask(many_headers).status(431);
}

#[test]
fn a_body_that_is_shorter_than_it_says_leaves_nothing() {
    let serving = Serving::start();
    let mut client = serving.connect();
    let body = form(&noise(100_000));
    client.send(head("Content-Length: 200000\r\n\r\n"));
    client.send(&body);
    client.socket.shutdown(Shutdown::Write).unwrap();
    let answer = client.answer().status(400);
    assert_eq!(answer.kind(), "incomplete-body");
    assert_eq!(serving.files(), [""; 0]);
}

#[test]
fn a_body_that_is_longer_than_it_says_is_another_request() {
    let serving = Serving::start();
    let mut client = serving.connect();
    client.send([request("", b"--B--\r\n"), b"garbage\r\n\r\n".to_vec()].concat());
    client.answer().status(200);
    client.answer().status(400);
    assert!(client.is_at_end());
}

#[test]
fn a_client_that_goes_leaves_nothing() {
    let serving = Serving::start();
    let mut client = serving.connect();
    client.send(head("Content-Length: 2000000\r\n\r\n"));
    client.send(&form(&noise(1_000_000))[..900_000]);
    serving.wait_for(|event| {
        let is_all = matches!(event, Event::Received { bytes: 900_000, .. });
        is_all.then_some(())
    });
    assert_eq!(serving.files().len(), 1);
    drop(client);
    serving
        .wait_for(|event| lost(event).or_else(|| answered(event).map(|exchange| exchange.bytes)));
    assert_eq!(serving.files(), [""; 0]);
    serving.ask(request("", &form(b"x"))).status(201);
}

#[test]
fn tiny_parts_by_the_hundred_thousand_are_too_many() {
    let serving = Serving::start();
    let part = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
    let body = format!("{}--B--\r\n", part.repeat(100_000));
    let answer = serving.ask(request("", body.as_bytes())).status(413);
    assert_eq!(answer.kind(), "too-many-parts");
}

#[test]
fn only_allowed_fields_are_taken() {
    let serving = Serving::with(|settings| {
        settings.allowed_fields = vec![String::from("doc"), String::from("file")];
    });
    serving.ask(request("", &form(b"x"))).status(201);
    let text = String::from_utf8(form(b"x"))
        .unwrap()
        .replace("\"file\"", "\"other\"");
    let answer = serving.ask(request("", text.as_bytes())).status(400);
    assert_eq!(answer.kind(), "field-not-allowed");
    assert_eq!(serving.files(), ["a.bin"]);
}

#[test]
fn a_taken_name_is_a_conflict_if_names_may_not_change() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::with(|settings| {
        let store = Store::open(dir.path(), OnExist::Error).unwrap();
        settings.destination = Destination::Store(store);
    });
    serving.ask(request("", &form(b"1"))).status(201);
    let answer = serving.ask(request("", &form(b"2"))).status(409);
    assert_eq!(answer.kind(), "file-exists");
    assert_eq!(fs::read(dir.path().join("a.bin")).unwrap(), b"1");
}

#[test]
fn a_token_lets_in_and_nothing_else_does() {
    let serving = Serving::with(|settings| settings.token = Some(String::from("a b/c")));
    for more in [
        "",
        "Authorization: Bearer a b/d\r\n",
        "Authorization: Basic a b/c\r\n",
    ] {
        let answer = serving.ask(request(more, &form(b"x"))).status(401);
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .starts_with("Bearer")
        );
    }
    serving.ask("GET / HTTP/1.1\r\n\r\n").status(401);
    serving
        .ask("GET /?token=a%20b HTTP/1.1\r\n\r\n")
        .status(401);
    assert_eq!(serving.files(), [""; 0]);

    serving
        .ask("GET /?token=a%20b/c HTTP/1.1\r\n\r\n")
        .status(200);
    serving
        .ask(request("Authorization: bearer a b/c\r\n", &form(b"x")))
        .status(201);
    let by_query = String::from_utf8(request("Origin: http://b\r\n", &form(b"x"))).unwrap();
    let by_query = by_query.replace("POST / ", "POST /up?x=1&token=a%20b%2Fc ");
    serving.ask(by_query).status(201);
    assert_eq!(serving.exchanges().last().unwrap().target, "/up?x=1");
}
