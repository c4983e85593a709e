//! What is received.

use std::io::Read;

use formpost::receive::Destination;
use serde_json::Value;

use crate::client::{chunked, form, head, noise, request, sha256};
use crate::serving::Serving;

#[test]
fn a_file_is_stored_and_answered_with_its_checksum() {
    let serving = Serving::start();
    let content = noise(3_000_000);
    let body = form(&content);
    let answer = serving.ask(request("", &body)).status(201);

    assert_eq!(answer.header("content-type"), Some("application/json"));
    let path = serving.dir.path().join("a.bin");
    let expected = serde_json::json!({
        "parts": [{
            "name": "file",
            "filename": "a.bin",
            "content_type": "application/octet-stream",
            "headers": [
                ["Content-Disposition", "form-data; name=\"file\"; filename=\"a.bin\""],
                ["Content-Type", "application/octet-stream"],
            ],
            "size": 3_000_000,
            "sha256": sha256(&content),
            "saved_as": path,
        }],
        "bytes": body.len(),
    });
    assert_eq!(answer.json(), expected);
    assert!(serving.file("a.bin") == content);

    let exchange = &serving.exchanges()[0];
    assert_eq!((exchange.status, exchange.bytes), (201, body.len() as u64));
    assert_eq!(exchange.parts[0].saved_as.as_deref(), Some(path.as_path()));
    assert_eq!((exchange.id, exchange.method.as_str()), (1, "POST"));
}

#[test]
fn only_files_are_stored_and_an_unchosen_one_is_none() {
    let serving = Serving::start();
    let body = b"--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n\
        --B\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n\r\n--B--\r\n";
    let json = serving.ask(request("", body)).status(200).json();
    assert_eq!(json["parts"][0]["size"], 5);
    assert_eq!(json["parts"][0]["content_type"], Value::Null);
    assert_eq!(json["parts"][1]["filename"], "");
    assert_eq!(json["parts"][1]["saved_as"], Value::Null);
    assert_eq!(serving.files(), [""; 0]);

    let body = b"--B\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"\"\r\n\r\nx\r\n\
        --B\r\nContent-Disposition: form-data; name=\"empty\"; filename=\"e\"\r\n\r\n\r\n--B--\r\n";
    serving.ask(request("", body)).status(201);
    assert_eq!(serving.files(), ["doc", "e"]);
}

#[test]
fn what_is_discarded_is_measured_all_the_same() {
    let serving = Serving::with(|settings| settings.destination = Destination::Discard);
    let json = serving.ask(request("", &form(b"hello"))).status(200).json();
    assert_eq!(json["parts"][0]["sha256"], sha256(b"hello"));
    assert_eq!(serving.files(), [""; 0]);
}

#[test]
fn a_body_may_come_in_chunks_of_any_size() {
    let serving = Serving::start();
    let content = noise(300);
    for size in (1..70).chain([1000]) {
        let answer = serving.ask(chunked(&form(&content), size)).status(201);
        let json = answer.json();
        assert_eq!(json["parts"][0]["sha256"], sha256(&content), "{size}");
    }
    let mut trailers = chunked(&form(&content), 100);
    trailers.truncate(trailers.len() - 2);
    trailers.extend_from_slice(b"X-Checksum: 1\r\n\r\n");
    serving.ask(trailers).status(201);
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let serving = Serving::start();
    let mut client = serving.connect();
    for _ in 0..3 {
        client.send(request("", &form(b"x")));
        assert_eq!(client.answer().status(201).header("connection"), None);
    }
    // Two at once, and a page between.
    let page = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    client.send([request("", &form(b"y")), page, request("", &form(b"z"))].concat());
    client.answer().status(201);
    let page = client.answer().status(200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    client.answer().status(201);
    assert_eq!(serving.files().len(), 5);
}

#[test]
fn http_1_0_gets_an_answer_and_an_end() {
    let serving = Serving::start();
    let mut client = serving.connect();
    let text = String::from_utf8(request("", &form(b"x"))).unwrap();
    client.send(text.replace("HTTP/1.1", "HTTP/1.0"));
    client.answer().status(201);
    assert!(client.is_at_end());
}

#[test]
fn a_client_may_wait_for_100_continue() {
    let serving = Serving::start();
    let body = form(b"hello");
    let mut client = serving.connect();
    let length = body.len();
    client.send(head(&format!(
        "Content-Length: {length}\r\nExpect: 100-Continue\r\n\r\n"
    )));
    assert_eq!(client.any_answer().status, 100);
    client.send(body);
    assert_eq!(client.any_answer().status(201).status, 201);
}

#[test]
fn nobody_is_told_to_continue_whose_head_is_refused() {
    let serving = Serving::with(|settings| settings.limits.body = Some(10));
    for (more, status) in [
        ("Content-Length: 11\r\nExpect: 100-continue\r\n\r\n", 413),
        ("Content-Length: 11\r\nExpect: foo\r\n\r\n", 417),
        (
            "Content-Length: 11\r\nExpect: 100-continue, foo\r\n\r\n",
            417,
        ),
        (
            "Content-Length: 11\r\nExpect: 100-continue\r\nExpect: foo\r\n\r\n",
            417,
        ),
        ("Content-Length: 9\r\nExpect: foo\r\n\r\n", 417),
    ] {
        let mut client = serving.connect();
        client.send(head(more));
        let answer = client.any_answer().status(status);
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(client.is_at_end(), "{more}");
    }
}

#[test]
fn a_browser_gets_pages() {
    let serving = Serving::start();
    let page = serving.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status(200);
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.body.starts_with(b"<!DOCTYPE html>"));
    let mut client = serving.connect();
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut all = String::new();
    client.socket.read_to_string(&mut all).unwrap();
    assert!(
        all.starts_with("HTTP/1.1 200") && all.ends_with("\r\n\r\n"),
        "{all}"
    );

    let accept = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
    let body = form(b"x");
    let text = String::from_utf8(body).unwrap().replace("a.bin", "<b>.bin");
    let answer = serving.ask(request(accept, text.as_bytes())).status(201);
    let page = String::from_utf8(answer.body).unwrap();
    assert!(
        page.contains("&lt;b&gt;.bin") && !page.contains("<b>"),
        "{page}"
    );
    let answer = serving.ask(request(accept, b"--B")).status(400);
    assert!(answer.body.starts_with(b"<!DOCTYPE html>"));
}
