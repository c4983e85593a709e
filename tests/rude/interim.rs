//! N16, and `Expect: 100-continue`: what comes before the answer, and what is done without one.

use std::fmt::Write as _;
use std::time::Duration;

use crate::row::{Upload, code, connections, row, rows};
use crate::server::{Script, Seen};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthanks\n";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
const CONTINUE_WITH_FIELD: &str = "HTTP/1.1 100 Continue\r\nX-Request: 7\r\n\r\n";
const HINTS: &str = "HTTP/1.1 103 Early Hints\r\n\r\n";
const HINTS_WITH_LINK: &str = "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n";
const RESUMABLE: &str = "HTTP/1.1 104 Upload Resumption Supported\r\nLocation: /u/1\r\nUpload-Draft-Interop-Version: 8\r\n\r\n";
const REFUSAL: &str =
    "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 10\r\nConnection: close\r\n\r\ntoo large\n";
const KEPT_ALIVE: &str = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 10\r\n\r\ntoo large\n";
const FAILED: &str = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";

const EXPECTING: &[&str] = &["--expect100-timeout", "2"];
const EXPECTING_SHORTLY: &[&str] = &["--expect100-timeout", "0.2"];

fn head() -> Script {
    Script::new().head()
}

// ---------------------------------------------------------------------------------------------
// N16

/// An interim answer, or some in a row: before, within and after the body, expected or not.
#[track_caller]
fn skipped(interim: &str) {
    let places = [
        ("before", head().send(interim).send(CONTINUE).body()),
        ("after 100", head().send(CONTINUE).send(interim).body()),
        (
            "within",
            head().send(CONTINUE).read(1000).send(interim).body(),
        ),
        ("at the end", head().send(CONTINUE).body().send(interim)),
        (
            "just before",
            head().send(CONTINUE).body().send([interim, OK].concat()),
        ),
    ];
    let mut complaints = String::new();
    for (place, script) in places {
        let script = if place == "just before" {
            script
        } else {
            script.send(OK)
        };
        for args in [&[], EXPECTING] {
            let row = row(script.clone().drain()).upload(Upload::File(3_000_000));
            let row = row
                .args(args)
                .expect(code(0).stdout("thanks\n").says("200").whole());
            if let Err(complaint) = row.result() {
                write!(complaints, "\n{place} the body, {args:?}\n{complaint}").unwrap();
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

/// Runs [`skipped`] as a row.
struct Skipped(String);

impl Skipped {
    #[track_caller]
    fn run(self) {
        skipped(&self.0);
    }
}

fn interim(octets: &str) -> Skipped {
    Skipped(octets.to_owned())
}

rows! {
    n16_100: interim(CONTINUE);
    n16_100_with_a_field: interim(CONTINUE_WITH_FIELD);
    n16_102: interim("HTTP/1.1 102 Processing\r\n\r\n");
    n16_102_with_a_field: interim("HTTP/1.1 102 Processing\r\nX-Progress: 5\r\n\r\n");
    n16_103: interim(HINTS);
    n16_103_with_a_field: interim(HINTS_WITH_LINK);
    n16_104: interim("HTTP/1.1 104 Upload Resumption Supported\r\n\r\n");
    n16_104_with_a_field: interim(RESUMABLE);
    n16_199_without_a_reason: interim("HTTP/1.1 199 \r\n\r\n");
    n16_several_in_a_row: interim(&[HINTS_WITH_LINK, CONTINUE_WITH_FIELD, HINTS, CONTINUE].concat());
    n16_a_hundred: interim(&[HINTS, HINTS_WITH_LINK].concat().repeat(50));

    n16_cut_in_two:
        row(head().send("HTTP/1.1 103 Early Hi").read(100_000).send("nts\r\nLink: </x>\r\n\r\n").body().send(OK).drain())
            .both().expect(code(0).stdout("thanks\n").whole());
    n16_cut_within_its_end:
        row(head().send("HTTP/1.1 100 Continue\r\n\r").read(100_000).send("\n").body().send(OK).drain())
            .both().expect(code(0).stdout("thanks\n").whole());
    n16_then_a_refusal:
        row(head().send(HINTS_WITH_LINK).read(100_000).send(CONTINUE_WITH_FIELD).send(REFUSAL).hold())
            .both().timed().expect(code(4).stdout("too large\n").says("413"));
    n16_and_a_refusal_in_one:
        row(head().send([HINTS_WITH_LINK, REFUSAL].concat()).hold())
            .both().timed().expect(code(4).stdout("too large\n").says("413"));
    n16_over_tls:
        row(head().send(HINTS_WITH_LINK).read(100_000).send(CONTINUE_WITH_FIELD).body().send(HINTS).send(OK).drain())
            .both().expect(code(0).stdout("thanks\n").whole());
    n16_and_nothing_more:
        row(head().body().send(HINTS_WITH_LINK))
            .expect(code(8).stdout("").says("not known"));
}

// ---------------------------------------------------------------------------------------------
// Expect

/// A moment in which nothing of the body may come: nobody has said yet that it is wanted.
const MOMENT: Duration = Duration::from_millis(50);

fn expects(seen: &Seen) -> bool {
    seen.header("Expect") == Some("100-continue")
}

fn expects_nothing(seen: &Seen) -> bool {
    seen.header("Expect").is_none()
}

/// Reads the head, and sees that the body waits.
fn patient_head() -> Script {
    head().nothing_for(MOMENT)
}

rows! {
    expect_is_not_sent_unless_asked_for:
        row(head().body().send(OK).drain())
            .expect(code(0).server("no Expect field", expects_nothing));
    expect_is_sent_when_asked_for:
        row(patient_head().send(CONTINUE).body().send(OK).drain())
            .args(EXPECTING).both()
            .expect(code(0).stdout("thanks\n").whole().server("Expect: 100-continue", expects));
    expect_is_sent_with_a_pipe:
        row(patient_head().send(CONTINUE).body().send(OK).drain())
            .upload(Upload::Pipe(3_000_000)).args(EXPECTING)
            .expect(code(0).whole().server("Expect: 100-continue", expects));
    expect_100_with_a_field:
        row(patient_head().send(CONTINUE_WITH_FIELD).body().send(OK).drain())
            .args(EXPECTING).both().expect(code(0).stdout("thanks\n").whole());
    expect_103_then_100:
        row(patient_head().send(HINTS).nothing_for(MOMENT).send(CONTINUE).body().send(OK).drain())
            .args(EXPECTING).both().expect(code(0).stdout("thanks\n").whole());
    expect_103_with_link_then_100:
        row(patient_head().send(HINTS_WITH_LINK).nothing_for(MOMENT).send(CONTINUE).body().send(OK).drain())
            .args(EXPECTING).both().expect(code(0).stdout("thanks\n").whole());
    expect_413_and_close:
        row(patient_head().send(REFUSAL))
            .args(EXPECTING).both().times(10).timed().expect(code(4).stdout("too large\n").says("413").no_body());
    expect_413_and_half_close:
        row(patient_head().send(REFUSAL).half_close().drain())
            .args(EXPECTING).both().timed().expect(code(4).stdout("too large\n").says("413").no_body());
    expect_413_and_wait_for_the_body:
        row(patient_head().send(KEPT_ALIVE).drain())
            .args(EXPECTING).both().timed().expect(code(4).stdout("too large\n").says("413").no_body());
    expect_413_from_a_pipe:
        row(patient_head().send(KEPT_ALIVE).drain())
            .upload(Upload::Pipe(3_000_000)).args(EXPECTING).timed()
            .expect(code(4).stdout("too large\n").says("413").no_body());
    #[cfg(target_os = "linux")]
    expect_413_after_the_time_is_over:
        row(head().read(1_000_000).send(REFUSAL))
            .args(EXPECTING_SHORTLY).both().times(5).expect(code(4).stdout("too large\n").says("413"));
    #[cfg(target_os = "linux")]
    expect_200_at_once_is_no_success:
        row(head().send(OK))
            .args(EXPECTING).expect(code(8).stdout("thanks\n").says("not known"));
    expect_417_is_asked_again_without:
        connections([head().send(FAILED), head().body().send(OK).drain()])
            .args(&["--expect100-timeout", "2", "--retry", "0"]).both()
            .expect(code(0).stdout("thanks\n").connections(2).whole().server("no Expect field", expects_nothing));
    expect_417_kept_alive_is_asked_again_on_a_new_connection:
        connections([head().send(FAILED).drain(), head().body().send(OK).drain()])
            .args(EXPECTING)
            .expect(code(0).stdout("thanks\n").connections(2).whole());
    expect_417_again_is_a_refusal:
        connections([head().send(FAILED), head().send(FAILED).half_close().drain()])
            .args(EXPECTING)
            .expect(code(4).says("417").connections(2));
    expect_417_of_nothing_is_a_refusal:
        row(head().body().send(FAILED).drain())
            .expect(code(4).says("417"));
    expect_nothing_until_the_body_is_in:
        row(head().body().send(OK).drain())
            .args(EXPECTING_SHORTLY).both().expect(code(0).stdout("thanks\n").whole());
    expect_100_later_than_the_time:
        row(head().read(1_000_000).send(CONTINUE).body().send(OK).drain())
            .args(EXPECTING_SHORTLY).both().expect(code(0).stdout("thanks\n").whole());
    expect_100_with_a_field_later_than_the_time:
        row(head().read(1_000_000).send(CONTINUE_WITH_FIELD).body().send(OK).drain())
            .args(EXPECTING_SHORTLY).both().expect(code(0).stdout("thanks\n").whole());
    expect_close_instead:
        row(patient_head())
            .args(EXPECTING).both().expect(code(8).stdout("").says("not known").no_body());
}
