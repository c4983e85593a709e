//! Faults that are committed on request.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use formpost::receive::{Fail, Faults, Redirect, Reject};

use crate::client::{Answer, form, head, noise, request};
use crate::serving::{Serving, lost};

/// Sends all, as Python's `http.client` does, and only then looks for the answer.
#[track_caller]
fn send_all_then_read(serving: &Serving, body: &[u8]) -> Answer {
    serving.ask(request("", body))
}

#[test]
fn a_rejected_client_gets_its_answer_fifty_times_of_fifty() {
    let serving = Serving::faulty(Faults {
        reject: Some(Reject {
            status: 413,
            after: 0,
        }),
        ..Faults::default()
    });
    let body = form(&vec![b'x'; 30_000_000]);
    for _ in 0..50 {
        assert_eq!(
            send_all_then_read(&serving, &body).status(413).kind(),
            "rejected"
        );
    }
    assert_eq!(serving.files(), [""; 0]);
}

#[test]
fn a_rejection_may_wait_for_bytes_or_the_end() {
    for (after, body) in [(1_000_000, 3_000_000), (1_000_000, 10)] {
        let serving = Serving::faulty(Faults {
            reject: Some(Reject { status: 500, after }),
            ..Faults::default()
        });
        let body = form(&vec![b'x'; body]);
        serving.ask(request("", &body)).status(500);
        let bytes = serving.exchanges()[0].bytes;
        assert!(bytes >= after.min(body.len() as u64), "{bytes}");
        assert_eq!(serving.files(), [""; 0]);
    }
}

#[test]
fn the_first_ones_fail() {
    let serving = Serving::faulty(Faults {
        fail: Some(Fail {
            status: 503,
            times: 2,
        }),
        ..Faults::default()
    });
    for status in [503, 503, 201, 201] {
        serving.ask(request("", &form(b"x"))).status(status);
    }
    assert_eq!(serving.files(), ["a (1).bin", "a.bin"]);
}

#[test]
fn a_redirection_says_where() {
    let redirect = Redirect {
        status: 307,
        location: String::from("http://127.0.0.1:1/x"),
    };
    let serving = Serving::faulty(Faults {
        redirect: Some(redirect),
        ..Faults::default()
    });
    let answer = serving.ask(request("", &form(b"x"))).status(307);
    assert_eq!(answer.header("location"), Some("http://127.0.0.1:1/x"));
}

#[test]
fn a_reset_is_one() {
    let serving = Serving::faulty(Faults {
        reset_after: Some(1000),
        ..Faults::default()
    });
    let mut client = serving.connect();
    // All of it is read, so that nothing but the server's wish resets the connection.
    client.send(head("Content-Length: 5000\r\n\r\n"));
    client.send(&form(&noise(5000))[..1000]);
    let outcome = client.socket.read(&mut [0; 10]);
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(serving.wait_for(lost) >= 1000);
    assert_eq!(serving.files(), [""; 0]);
    // What is shorter goes through.
    serving.ask(request("", &form(b"x"))).status(201);
}

#[test]
fn an_answer_may_be_late_and_a_body_slow() {
    let serving = Serving::faulty(Faults {
        delay: Some(Duration::from_millis(300)),
        slow: Some(1_000_000),
        ..Faults::default()
    });
    let began = Instant::now();
    serving.ask(request("", &form(&noise(500_000)))).status(201);
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(800), "{took:?}");
}
