//! N6 and N18: servers that answer before they have read the body, and what they do then.
//!
//! A close with something unread is a reset, and only Linux lets a client read what came before it: rows in which the answer
//! must be heard all the same are for Linux.

use std::time::Duration;

use crate::row::{Expect, RACE, Row, TOO_MUCH, Upload, WATCHDOG, code, row, rows, say, unknown};
use crate::server::Script;

const REFUSAL: &str =
    "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 10\r\nConnection: close\r\n\r\ntoo large\n";
const KEPT_ALIVE: &str = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 10\r\n\r\ntoo large\n";

fn head() -> Script {
    Script::new().head()
}

fn refused() -> Expect {
    code(4).stdout("too large\n").says("413")
}

/// From a file and from a pipe, plain and with TLS, so often that no race stays hidden.
struct Race(Row);

impl Race {
    /// Not so often: it takes its time.
    #[cfg(target_os = "linux")]
    fn few(self) -> Self {
        Self(self.0.times(RACE / 5))
    }

    #[track_caller]
    fn run(self) {
        self.0.clone().run();
        self.0.upload(Upload::MUCH_PIPED).run();
    }
}

/// A refusal that is sent somewhere in this script.
fn race(script: Script) -> Race {
    let row = row(script).both().times(RACE).timed();
    Race(row.expect(refused()))
}

/// A script without an answer.
fn unanswered(script: Script) -> Race {
    let row = row(script).both().times(RACE);
    Race(row.expect(unknown().stdout("")))
}

rows! {
    n6_drained: race(head().send(REFUSAL).half_close().drain());
    n6_drained_and_kept_alive: race(head().send(KEPT_ALIVE).half_close().drain());
    #[cfg(target_os = "linux")]
    n6_closed_at_once: race(head().send(REFUSAL));
    #[cfg(target_os = "linux")]
    n6_closed_at_once_though_kept_alive: race(head().send(KEPT_ALIVE));
    #[cfg(target_os = "linux")]
    n6_reset_at_once: race(head().send(REFUSAL).reset());
    #[cfg(target_os = "linux")]
    n6_closed_after_some_of_the_body: race(head().read(1_000_000).send(REFUSAL));
    #[cfg(target_os = "linux")]
    n6_closed_after_most_of_the_body: race(head().read(29_000_000).send(REFUSAL)).few();
    n6_read_on: race(head().send(REFUSAL).drain());
    n6_read_on_and_kept_alive: race(head().send(KEPT_ALIVE).drain());
    n6_held: race(head().send(REFUSAL).hold());
    n6_held_and_kept_alive: race(head().send(KEPT_ALIVE).hold());
    n6_held_after_some_of_the_body: race(head().read(1_000_000).send(REFUSAL).hold());

    n7_reset_without_an_answer: unanswered(head());
    n7_reset_without_an_answer_after_some: unanswered(head().read(1_000_000));
}

/// Other refusals, over all that a server can do then.
#[track_caller]
fn answered_early(status: &str, expect: &Expect) {
    for field in ["", "Connection: close\r\n"] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: 4\r\nLocation: /there\r\n{field}\r\nwhy\n"
        );
        let expect = expect.clone().stdout("why\n").says(&status[..3]);
        let mut scripts = vec![
            head().send(&answer).half_close().drain(),
            head().send(&answer).drain(),
            head().send(&answer).hold(),
        ];
        if cfg!(target_os = "linux") {
            scripts.push(head().send(&answer));
            scripts.push(head().read(1_000_000).send(&answer));
        }
        for script in scripts {
            let row = row(script).both().times(3);
            row.expect(expect.clone()).run();
        }
    }
}

#[test]
fn n6_redirected() {
    answered_early("302 Found", &code(3).says("/there"));
}

#[test]
fn n6_not_authorised() {
    answered_early("401 Unauthorized", &code(4));
}

#[test]
fn n6_failed() {
    answered_early("500 Internal Server Error", &code(5));
}

#[test]
fn n6_a_head_without_a_length_ends_with_the_connection() {
    let answer = "HTTP/1.1 413 Payload Too Large\r\n\r\ntoo large\n";
    let script = head().send(answer).half_close().drain();
    row(script).both().times(RACE).expect(refused()).run();
}

#[test]
fn n6_an_answer_in_pieces() {
    let (status, rest) = REFUSAL.split_at(20);
    let (fields, body) = rest.split_at(rest.len() - 5);
    // Until the head is whole the body goes out. After that a server can only count on what is on its way already.
    let pieces = head()
        .send(status)
        .read(10_000_000)
        .send(fields)
        .read(1_000);
    let row = row(pieces.clone().send(body).hold()).both().timed();
    row.expect(refused()).run();
}

/// Nobody waits for the whole of such a body.
fn refused_at_once() -> Expect {
    refused().server("less than 100 MB of the body", |seen| {
        seen.body < 100_000_000
    })
}

#[test]
fn n6_five_hundred_gigabytes() {
    let sandbox = crate::sandbox::Sandbox::new();
    let file = std::fs::File::create(sandbox.path("probe")).unwrap();
    if let Err(error) = file.set_len(TOO_MUCH) {
        return say(&format!(
            "skipped: no file of {TOO_MUCH} bytes here: {error}"
        ));
    }
    for script in [
        head().send(REFUSAL).half_close().drain(),
        head().send(KEPT_ALIVE).drain(),
        head().send(KEPT_ALIVE).hold(),
    ] {
        let row = row(script).upload(Upload::File(TOO_MUCH)).both();
        row.timed_within(WATCHDOG).expect(refused_at_once()).run();
    }
}

/// The body goes out as long as the answer's head is not whole.
#[test]
fn n6_an_answer_in_small_pieces() {
    let mut script = head();
    for piece in [
        "HTTP",
        "/1.1 4",
        "13 Payload Too",
        " Large\r\nContent-Le",
        "ngth: 10\r\n\r",
    ] {
        script = script.send(piece).read(1_000_000);
    }
    for piece in ["\ntoo ", "large\n"] {
        script = script.send(piece).pause(Duration::from_millis(20));
    }
    for script in [script.clone().hold(), script.drain()] {
        row(script).both().timed().expect(refused()).run();
    }
}

// ---------------------------------------------------------------------------------------------
// Successes that come early

const SUCCESS: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthanks\n";

/// The server tells of the success of something that it did not have.
#[cfg(target_os = "linux")]
fn not_whole() -> Expect {
    code(8)
        .stdout("thanks\n")
        .says("not known whether the server kept the upload")
}

/// A head of more than one TLS record.
fn long_head(line: &str) -> String {
    let field = format!("X-Long: {}\r\n", "x".repeat(1_000));
    format!(
        "{line}\r\n{}Content-Length: 10\r\n\r\ntoo large\n",
        field.repeat(20)
    )
}

/// An answer that goes on for longer than anything holds that waits for the body to be out.
fn talkative() -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n{}",
        "x".repeat(20_000_000)
    )
}

rows! {
    n6_a_refusal_of_several_records:
        row(head().send(long_head("HTTP/1.1 413 Too Much")).hold()).both().timed().expect(refused());
    n6_a_refusal_behind_an_interim_response:
        row(head().send(format!("HTTP/1.1 100 Continue\r\n\r\n{}", long_head("HTTP/1.1 413 Too Much"))).hold())
            .both().timed().expect(refused());
    n6_a_refusal_with_more_fields_than_anybody_reads:
        row(head().send(format!("HTTP/1.1 413 Too Much\r\n{}\r\nbig\n", "A: b\r\n".repeat(200))).hold())
            .both().timed().expect(code(4).says("413"));

    n6_an_early_success_that_holds:
        row(head().send(SUCCESS).hold()).args(&["--stall-timeout", "1"]).both()
            .expect(code(8).stdout("thanks\n").says("answered 200 before the whole body was sent"));
    n6_an_early_success_that_talks_while_it_reads:
        row(head().read(1_000_000).send(talkative()).body().drain())
            .args(&["-o", "/dev/null"]).both().expect(code(0).stdout("").says("200").whole());
    n6_an_early_success_that_reads_only_once_it_has_said_all:
        row(head().send(talkative()).body().drain())
            .upload(Upload::MUCH_PIPED).args(&["-o", "/dev/null"]).both()
            .expect(code(0).stdout("").says("200").whole());

    n6_an_early_success_that_reads_on:
        row(head().send(SUCCESS).body().drain())
            .both().times(5).expect(code(0).stdout("thanks\n").says("200").whole());
    n6_an_early_success_that_reads_on_from_a_pipe:
        row(head().send(SUCCESS).body().drain())
            .upload(Upload::MUCH_PIPED).both().times(5).expect(code(0).stdout("thanks\n").whole());
    n6_an_early_success_in_the_midst_of_the_body:
        row(head().read(1_000_000).send(SUCCESS).body().drain())
            .both().times(5).expect(code(0).stdout("thanks\n").whole());
    #[cfg(target_os = "linux")]
    n6_an_early_success_that_closes:
        row(head().send(SUCCESS))
            .both().times(RACE).expect(not_whole());
    #[cfg(target_os = "linux")]
    n6_an_early_success_that_closes_on_a_pipe:
        row(head().send(SUCCESS))
            .upload(Upload::MUCH_PIPED).both().times(RACE).expect(not_whole());
    #[cfg(target_os = "linux")]
    n6_an_early_success_that_closes_after_some:
        row(head().read(1_000_000).send(SUCCESS))
            .both().times(RACE).expect(not_whole());
}
