//! Repeats: what is sent again and what is not, after how long, and what is said about it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::identity::Identity;
use crate::recorder::{Answer, Recorder, Request, Seen, nothing, redirection, status, with_fields};
use crate::sandbox::{Outcome, Sandbox};
use crate::upload::{Listening, Source, WATCHDOG, nobody, patient};

const ONCE: [&str; 4] = ["--retry", "1", "--retry-delay", "0.01"];
const THRICE: [&str; 4] = ["--retry", "3", "--retry-delay", "0.01"];

/// Runs an upload to a server with these answers, and hands back what it saw.
#[track_caller]
fn run(
    source: Source,
    answers: impl IntoIterator<Item = Answer>,
    args: &[&str],
) -> (Outcome, Vec<Request>) {
    let sandbox = source.sandbox();
    let (outcome, seen) = run_in(&sandbox, source, answers, args);
    (outcome, seen.requests)
}

#[track_caller]
fn run_in(
    sandbox: &Sandbox,
    source: Source,
    answers: impl IntoIterator<Item = Answer>,
    args: &[&str],
) -> (Outcome, Seen) {
    let server = Recorder::plain();
    for answer in answers {
        server.answer(answer);
    }
    let outcome = patient(source.of(sandbox, &server.url("/")).args(args));
    (outcome, server.finish())
}

/// That each request carried the whole upload, each with a boundary of its own.
#[track_caller]
fn are_uploads(source: Source, requests: &[Request]) {
    for request in requests {
        source.is_whole_in(request);
    }
    let boundaries: BTreeSet<_> = requests.iter().map(Request::boundary).collect();
    assert_eq!(boundaries.len(), requests.len(), "{boundaries:?}");
}

/// The lines that tell of attempts in vain.
fn attempts(outcome: &Outcome) -> Vec<String> {
    let said = outcome.stderr_text();
    let lines = said
        .lines()
        .filter(|line| line.starts_with("formpost: attempt "));
    lines.map(str::to_owned).collect()
}

// ---------------------------------------------------------------------------------------------
// How often

#[test]
fn an_upload_is_sent_again_until_it_is_taken() {
    for source in [Source::File, Source::ShortPipe, Source::Spooled] {
        let answers = [
            status("503 Busy", "busy\n"),
            status("503 Busy", "busy\n"),
            status("200 OK", "thanks\n"),
        ];
        let (outcome, requests) = run(source, answers, &THRICE);
        outcome.code(0).stdout("thanks\n");
        assert_eq!(
            attempts(&outcome),
            [
                "formpost: attempt 1 of 4: the answer was 503; again in 0.01 s",
                "formpost: attempt 2 of 4: the answer was 503; again in 0.01 s",
            ]
        );
        let twice = "a server that kept the upload has it twice then";
        assert_eq!(outcome.stderr_text().matches(twice).count(), 1);
        assert_eq!(requests.len(), 3);
        are_uploads(source, &requests);
    }
}

#[test]
fn an_upload_is_not_sent_more_often_than_was_asked_for() {
    for (times, requests) in [("0", 1), ("1", 2), ("4", 5)] {
        let answers = (1..=10).map(|n| status("503 Busy", &format!("busy {n}\n")));
        let args = ["--retry", times, "--retry-delay", "0.01"];
        let (outcome, seen) = run(Source::File, answers, &args);
        outcome.code(5).stdout(format!("busy {requests}\n"));
        assert_eq!(seen.len(), requests);
        assert_eq!(attempts(&outcome).len(), requests - 1);
    }
}

#[test]
fn the_status_decides() {
    for code in [408, 425, 429, 500, 502, 503, 504, 522, 524] {
        let answers = [
            status(&format!("{code} No"), "no\n"),
            status("200 OK", "thanks\n"),
        ];
        let (outcome, requests) = run(Source::File, answers, &THRICE);
        outcome
            .code(0)
            .stdout("thanks\n")
            .stderr_has(&format!("the answer was {code};"));
        assert_eq!(requests.len(), 2, "{code}");
        are_uploads(Source::File, &requests);
        let is_told = outcome.stderr_text().contains("has it twice");
        assert_eq!(is_told, code >= 500, "{code}");
    }
    for code in [
        301, 307, 400, 401, 403, 404, 405, 407, 409, 410, 411, 413, 415, 417, 422, 428, 431, 501,
        505, 507, 511,
    ] {
        let args = [&THRICE[..], &["-u", "me:secret", "--retry-all-errors"]].concat();
        let (outcome, requests) = run(Source::File, [status(&format!("{code} No"), "no\n")], &args);
        outcome
            .code(code / 100)
            .stdout("no\n")
            .stderr_lacks("attempt");
        assert_eq!(requests.len(), 1, "{code}");
    }
}

#[test]
fn some_statuses_are_repeated_in_some_cases() {
    let again = |code: &str| status(code, "no\n");
    let done = || status("200 OK", "thanks\n");
    let later = || with_fields("413 Too Large", &[b"Retry-After: 0"], "no\n");
    let keyed = [&THRICE[..], &["--idempotency-key"]].concat();
    // Misdirected: once.
    let (outcome, requests) = run(Source::File, [again("421 No"), done()], &THRICE);
    outcome.code(0).stdout("thanks\n");
    are_uploads(Source::File, &requests);
    let (outcome, requests) = run(Source::File, [again("421 No"), again("421 No")], &THRICE);
    outcome.code(4).stdout("no\n");
    assert_eq!(requests.len(), 2);
    // Too large, for a time.
    let (outcome, requests) = run(Source::File, [later(), done()], &THRICE);
    outcome.code(0).stdout("thanks\n");
    are_uploads(Source::File, &requests);
    // In progress still, by its key.
    let answers = [again("503 Busy"), again("409 Conflict"), done()];
    let (outcome, requests) = run(Source::File, answers, &keyed);
    outcome
        .code(0)
        .stdout("thanks\n")
        .stderr_lacks("has it twice");
    are_uploads(Source::File, &requests);
    let (outcome, requests) = run(Source::File, [again("409 Conflict")], &keyed);
    outcome.code(4).stdout("no\n");
    assert_eq!(requests.len(), 1);
}

// ---------------------------------------------------------------------------------------------
// Connections that are not made

/// Also what can be read only once: nothing of it was read.
#[test]
fn nobody_listening_is_waited_for() {
    for source in [Source::File, Source::Pipe] {
        let address = nobody();
        let SocketAddr::V4(v4) = address else {
            unreachable!("it was bound to IPv4");
        };
        let sandbox = source.sandbox().fifo(Listening::FIFO);
        let args = ["--retry", "50", "--retry-delay", "0.2"];
        let run = source
            .of(&sandbox, &format!("http://{address}/"))
            .args(args);
        let (mut stderr, run) = Listening::to(&sandbox, run);
        let mut running = run.start();
        running.patience = WATCHDOG;
        stderr.until("attempt 1 of 51");
        let server = Recorder::at(*v4.ip(), v4.port(), None).unwrap();
        let is_repeated = source.is_repeatable();
        if is_repeated {
            server.answer(status("503 Busy", "busy\n"));
        }
        server.answer(status("200 OK", "thanks\n"));
        running.wait().code(0).stdout("thanks\n");
        let said = stderr.rest();
        assert!(said.contains("Connection refused; again in"), "{said}");
        // What was never sent cannot have been kept.
        assert_eq!(said.contains("has it twice"), is_repeated, "{said}");
        let seen = server.finish();
        assert_eq!(seen.requests.len(), 1 + usize::from(is_repeated));
        are_uploads(source, &seen.requests);
    }
}

#[test]
fn an_unknown_name_is_asked_for_again() {
    let sandbox = Source::Pipe.sandbox();
    let run = Source::Pipe.of(&sandbox, "http://nonexistent.invalid/");
    let args = [
        "--retry",
        "2",
        "--retry-delay",
        "0.01",
        "--connect-timeout",
        "5",
    ];
    let outcome = patient(run.args(args));
    outcome.code(7).stdout("").stderr_has("nonexistent.invalid");
    assert_eq!(attempts(&outcome).len(), 2);
}

#[test]
fn tls_that_cannot_be_trusted_is_not_tried_again() {
    let any = Ipv4Addr::LOCALHOST;
    let server = Recorder::at(any, 0, Some(Identity::expired())).unwrap();
    let sandbox = Source::File.sandbox();
    let args = [&THRICE[..], &["--retry-all-errors", "--idempotency-key"]].concat();
    let outcome = patient(Source::File.of(&sandbox, &server.url("/")).args(args));
    outcome
        .code(7)
        .stdout("")
        .stderr_has("TLS failed")
        .stderr_lacks("attempt");
    let seen = server.finish();
    assert_eq!((seen.connections, seen.requests.len()), (1, 0));
}

// ---------------------------------------------------------------------------------------------
// Connections that are lost

/// Ways to lose one: after the body, and in the middle of it.
fn lost() -> [Answer; 4] {
    [
        nothing(),
        nothing().reset(),
        nothing().after(10_000),
        nothing().after(10_000).reset(),
    ]
}

#[test]
fn i1_a_lost_upload_is_not_sent_again_by_itself() {
    for answer in lost() {
        let (outcome, requests) = run(Source::File, [answer], &THRICE);
        outcome.code(8).stdout("").stderr_lacks("attempt");
        outcome.stderr_has("not sent again: it is not known whether the server kept the upload");
        outcome
            .stderr_has("--idempotency-key")
            .stderr_has("--retry-all-errors");
        assert_eq!(requests.len(), 1);
    }
}

#[test]
fn k2_a_lost_upload_is_sent_again_with_its_key() {
    let done = || status("200 OK", "thanks\n");
    for (args, key) in [
        (&["--idempotency-key"][..], None),
        (&["--idempotency-key=a-key"], Some("\"a-key\"")),
        (&["-H", "Idempotency-Key: raw"], Some("raw")),
    ] {
        for answer in lost() {
            let args = [&THRICE[..], args].concat();
            let (outcome, requests) = run(Source::File, [answer, done()], &args);
            outcome
                .code(0)
                .stdout("thanks\n")
                .stderr_lacks("has it twice");
            assert_eq!(attempts(&outcome).len(), 1);
            let keys = requests.iter().map(|r| r.header("Idempotency-Key"));
            let keys: Vec<&str> = keys.map(Option::unwrap).collect();
            assert_eq!(keys.len(), 2);
            assert_eq!(keys[0], keys[1]);
            if let Some(key) = key {
                assert_eq!(keys[0], key);
            } else {
                let random = keys[0].strip_prefix('"').and_then(|k| k.strip_suffix('"'));
                assert!(random.is_some_and(|key| key.len() >= 16), "{keys:?}");
            }
            Source::File.is_whole_in(&requests[1]);
        }
    }
}

#[test]
fn a_lost_upload_is_sent_again_if_that_is_wanted() {
    let args = [&THRICE[..], &["--retry-all-errors"]].concat();
    for answer in lost() {
        let (outcome, requests) = run(Source::File, [answer, status("200 OK", "thanks\n")], &args);
        outcome
            .code(0)
            .stdout("thanks\n")
            .stderr_has("has it twice");
        assert_eq!((attempts(&outcome).len(), requests.len()), (1, 2));
        Source::File.is_whole_in(&requests[1]);
    }
}

/// Far more than buffers swallow, so that it is the sending that fails.
#[test]
fn a_reset_in_the_middle_of_much_is_met_by_sending_all_of_it() {
    const MUCH: u64 = 30_000_000;
    let server = Recorder::plain();
    server.answer(nothing().after(1_000_000).reset());
    server.answer(status("200 OK", "thanks\n"));
    let sandbox = Sandbox::new().sparse_file("much.bin", MUCH);
    let run = sandbox.formpost([&server.url("/"), "much.bin", "--retry-all-errors"]);
    patient(run.args(ONCE))
        .code(0)
        .stdout("thanks\n")
        .stderr_has("connection lost while sending");
    let seen = server.finish();
    assert_eq!(seen.requests.len(), 2);
    assert!(seen.requests[1].is_complete && seen.requests[1].body.len() as u64 > MUCH);
}

/// A yes before the body was out is none.
#[test]
fn an_early_answer_is_repeated_as_its_status_says() {
    const MUCH: u64 = 30_000_000;
    for (early, args, code, requests) in [
        ("503 Busy", &[][..], 0, 2),
        ("413 Too Large", &[], 4, 1),
        ("200 OK", &[], 8, 1),
        ("200 OK", &["--idempotency-key"], 0, 2),
    ] {
        let server = Recorder::plain();
        server.answer(status(early, "early\n").after(1_000_000));
        server.answer(status("200 OK", "thanks\n"));
        let sandbox = Sandbox::new().sparse_file("much.bin", MUCH);
        let run = sandbox.formpost([&server.url("/"), "much.bin"]);
        let outcome = patient(run.args(ONCE).args(args));
        outcome.code(code);
        let seen = server.finish();
        assert_eq!(seen.requests.len(), requests, "{early}");
        if requests == 2 {
            outcome.stdout("thanks\n");
            let last = &seen.requests[1];
            assert!(last.is_complete && last.body.len() as u64 > MUCH, "{early}");
        }
    }
}

/// What 7 tells a script is that nothing arrived; that is not known any more.
#[test]
fn an_attempt_that_may_have_been_kept_is_not_forgotten() {
    for (answer, all_errors) in [
        ("", &["--retry-all-errors"][..]),
        ("", &["--idempotency-key"]),
        ("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", &[]),
    ] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || serve_once(listener, answer));
        let sandbox = Source::File.sandbox();
        let run = Source::File.of(&sandbox, &format!("http://{address}/"));
        let outcome = patient(run.args(ONCE).args(all_errors));
        outcome.code(8).stdout("").stderr_has("cannot connect");
        outcome.stderr_has("not known whether the server kept an earlier attempt");
        assert_eq!(attempts(&outcome).len(), 1);
        server.join().unwrap();
    }
}

/// One connection, and nobody listens any more.
fn serve_once(listener: TcpListener, answer: &str) {
    let (mut stream, _) = listener.accept().unwrap();
    drop(listener);
    stream.set_read_timeout(Some(WATCHDOG)).unwrap();
    let mut octets = Vec::new();
    // The close-delimiter.
    while !octets.ends_with(b"--\r\n") {
        let mut block = [0; 4096];
        let count = stream.read(&mut block).unwrap();
        assert!(count > 0, "the upload was cut");
        octets.extend_from_slice(&block[..count]);
    }
    stream.write_all(answer.as_bytes()).unwrap();
}

#[test]
fn what_was_never_sent_at_all_is_told_so() {
    let sandbox = Source::File.sandbox();
    let run = Source::File.of(&sandbox, &format!("http://{}/", nobody()));
    let outcome = patient(run.args(ONCE));
    outcome
        .code(7)
        .stderr_has("cannot connect")
        .stderr_lacks("not known");
}

/// The server has it.
#[test]
fn an_answer_that_was_cut_is_not_asked_for_again() {
    let answer = || with_fields("200 OK", &[b"X-Padding: x"], "thanks\n").cut(3);
    let args = [&THRICE[..], &["--retry-all-errors", "--idempotency-key"]].concat();
    let (outcome, requests) = run(Source::File, [answer()], &args);
    outcome
        .code(9)
        .stdout("than")
        .stderr_has("200")
        .stderr_lacks("attempt");
    assert_eq!(requests.len(), 1);
}

// ---------------------------------------------------------------------------------------------
// How long

#[test]
fn a_server_asks_for_no_wait() {
    for value in [
        "0",
        "-1",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "soon",
    ] {
        let field = format!("Retry-After: {value}");
        let busy = with_fields("503 Busy", &[field.as_bytes()], "");
        let (outcome, requests) = run(Source::File, [busy, status("200 OK", "")], &ONCE);
        outcome.code(0).stderr_has("again in 0.01 s");
        assert_eq!(requests.len(), 2, "{value}");
    }
}

#[test]
fn a_server_asks_for_seconds() {
    let busy = with_fields("429 Slowly", &[b"Retry-After: 1"], "");
    let (outcome, requests) = run(Source::File, [busy, status("200 OK", "")], &ONCE);
    outcome
        .code(0)
        .stderr_has("attempt 1 of 2: the answer was 429; again in 1");
    let waited = requests[1].at.duration_since(requests[0].at).unwrap();
    assert!(waited >= Duration::from_millis(990), "{waited:?}");
}

#[test]
fn a_server_asks_for_a_time() {
    let threads = [imf_date, rfc850_date, asctime_date].map(|form| {
        thread::spawn(move || {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let until = now.unwrap().as_secs() + 2;
            let field = format!("Retry-After: {}", form(&Date::of(until)));
            let busy = with_fields("503 Busy", &[field.as_bytes()], "");
            let (outcome, requests) = run(Source::File, [busy, status("200 OK", "")], &ONCE);
            outcome.code(0);
            let until = SystemTime::UNIX_EPOCH + Duration::from_secs(until);
            assert!(
                requests[1].at >= until,
                "{field}\n{}",
                outcome.stderr_text()
            );
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
}

/// A moment, taken apart.
struct Date {
    year: u64,
    month: &'static str,
    day: u64,
    weekday: &'static str,
    time: String,
}

impl Date {
    fn of(seconds: u64) -> Self {
        const WEEKDAYS: [&str; 7] = [
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
            "Monday",
            "Tuesday",
            "Wednesday",
        ];
        const MONTHS: [(&str, u64); 12] = [
            ("Jan", 31),
            ("Feb", 28),
            ("Mar", 31),
            ("Apr", 30),
            ("May", 31),
            ("Jun", 30),
            ("Jul", 31),
            ("Aug", 31),
            ("Sep", 30),
            ("Oct", 31),
            ("Nov", 30),
            ("Dec", 31),
        ];
        let days = seconds / 86_400;
        let weekday = WEEKDAYS[usize::try_from(days % 7).unwrap()];
        let is_leap = |year: u64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (mut year, mut left) = (1970, days);
        while left >= 365 + u64::from(is_leap(year)) {
            left -= 365 + u64::from(is_leap(year));
            year += 1;
        }
        let mut month = "";
        for (name, length) in MONTHS {
            month = name;
            let length = length + u64::from(name == "Feb" && is_leap(year));
            if left < length {
                break;
            }
            left -= length;
        }
        let of_day = seconds % 86_400;
        let (hour, minute) = (of_day / 3600, of_day / 60 % 60);
        Self {
            year,
            month,
            day: left + 1,
            weekday,
            time: format!("{hour:02}:{minute:02}:{:02}", of_day % 60),
        }
    }
}

fn imf_date(date: &Date) -> String {
    let Date {
        year,
        month,
        day,
        time,
        weekday,
    } = date;
    format!("{}, {day:02} {month} {year} {time} GMT", &weekday[..3])
}

fn rfc850_date(date: &Date) -> String {
    let Date {
        year,
        month,
        day,
        time,
        weekday,
    } = date;
    format!("{weekday}, {day:02}-{month}-{:02} {time} GMT", year % 100)
}

fn asctime_date(date: &Date) -> String {
    let Date {
        year,
        month,
        day,
        time,
        weekday,
    } = date;
    format!("{} {month} {day:2} {time} {year}", &weekday[..3])
}

#[test]
fn dates_are_written_as_the_standard_writes_them() {
    let date = Date::of(784_111_777);
    assert_eq!(imf_date(&date), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(rfc850_date(&date), "Sunday, 06-Nov-94 08:49:37 GMT");
    assert_eq!(asctime_date(&date), "Sun Nov  6 08:49:37 1994");
    assert_eq!(
        imf_date(&Date::of(1_709_164_800)),
        "Thu, 29 Feb 2024 00:00:00 GMT"
    );
}

#[test]
fn a_server_asks_for_too_much_time() {
    for value in [
        "86400",
        "99999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let field = format!("Retry-After: {value}");
        let busy = with_fields("503 Busy", &[field.as_bytes()], "busy\n");
        let (outcome, requests) = run(Source::File, [busy], &THRICE);
        outcome
            .code(5)
            .stdout("busy\n")
            .stderr_has("not sent again")
            .stderr_has(value);
        // It was given, and does not wait for that.
        outcome.stderr_lacks("--retry N").stderr_lacks("attempt");
        assert_eq!(requests.len(), 1, "{value}");
    }
}

#[test]
fn a_wait_that_would_go_beyond_the_time_for_all_is_not_begun() {
    for (args, is_repeated) in [
        (["--retry-delay", "30", "--retry-max-time", "1"], false),
        (["--retry-delay", "0.01", "--retry-max-time", "60"], true),
        (["--retry-delay", "0.01", "--retry-max-time", "0"], true),
    ] {
        let answers = [status("503 Busy", "busy\n"), status("200 OK", "thanks\n")];
        let args = [&["--retry", "5"][..], &args].concat();
        let (outcome, requests) = run(Source::File, answers, &args);
        if is_repeated {
            outcome.code(0).stdout("thanks\n");
        } else {
            outcome.code(5).stdout("busy\n").stderr_lacks("attempt 1");
            outcome.stderr_has("not sent again: --retry-max-time is 1 s");
        }
        assert_eq!(requests.len(), 1 + usize::from(is_repeated), "{args:?}");
    }
    let busy = with_fields("503 Busy", &[b"Retry-After: 30"], "busy\n");
    let args = [&THRICE[..], &["--retry-max-time", "10"]].concat();
    let (outcome, requests) = run(Source::File, [busy], &args);
    outcome
        .code(5)
        .stderr_has("Retry-After: 30")
        .stderr_lacks("attempt");
    assert_eq!(requests.len(), 1);
}

#[test]
fn max_time_is_for_each_attempt() {
    let answers = [nothing().hold(), status("200 OK", "thanks\n")];
    let args = [&THRICE[..], &["-m", "2", "--retry-all-errors"]].concat();
    let (outcome, requests) = run(Source::File, answers, &args);
    outcome
        .code(0)
        .stdout("thanks\n")
        .stderr_has("not done within 2 s");
    assert_eq!(attempts(&outcome).len(), 1);
    are_uploads(Source::File, &requests);
}

#[test]
fn a_signal_ends_the_wait() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let server = Recorder::plain();
        server.answer(status("503 Busy", "busy\n"));
        let sandbox = Source::File.sandbox().fifo(Listening::FIFO);
        let run = Source::File.of(&sandbox, &server.url("/"));
        let (mut stderr, run) =
            Listening::to(&sandbox, run.args(["--retry", "3", "--retry-delay", "600"]));
        let mut running = run.start();
        running.patience = WATCHDOG;
        // Said after the line of the attempt, and last before the wait.
        stderr.until("has it twice");
        let began = Instant::now();
        running.signal(signal);
        running.wait().code(code).stdout("");
        let ended = began.elapsed();
        assert!(ended < Duration::from_secs(10), "{ended:?}");
        assert!(stderr.rest().contains("attempt 1 of 4"));
        assert_eq!(server.finish().requests.len(), 1);
    }
}

// ---------------------------------------------------------------------------------------------
// Sources

#[test]
fn a_pipe_that_was_read_is_not_sent_again() {
    for answer in [
        status("503 Busy", "busy\n"),
        status("503 Busy", "busy\n").after(100_000),
        with_fields("503 Busy", &[b"Retry-After: 0"], "busy\n"),
    ] {
        let (outcome, requests) = run(Source::Pipe, [answer], &THRICE);
        outcome
            .code(5)
            .stdout("busy\n")
            .stderr_lacks("attempt")
            .stderr_lacks("--retry");
        outcome.stderr_has("not sent again: standard input cannot be read twice; --spool");
        assert_eq!(requests.len(), 1);
    }
    let args = [&THRICE[..], &["--retry-all-errors"]].concat();
    let (outcome, requests) = run(Source::Pipe, [nothing()], &args);
    outcome.code(8).stdout("").stderr_lacks("attempt");
    outcome.stderr_has("not sent again: standard input cannot be read twice; --spool");
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_file_that_changes_between_attempts_is_not_sent_again() {
    type Change = fn(&std::path::Path);
    let rows: [(&str, Change); 5] = [
        ("rewritten", |path| {
            let later = SystemTime::now() + Duration::from_secs(2);
            fs::write(path, vec![b'x'; 70_000]).unwrap();
            fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(later)
                .unwrap();
        }),
        ("longer", |path| {
            fs::write(path, vec![b'x'; 70_001]).unwrap();
        }),
        ("shorter", |path| fs::write(path, b"x").unwrap()),
        ("replaced", |path| {
            let other = path.with_extension("new");
            fs::write(&other, Source::File.content()).unwrap();
            fs::rename(other, path).unwrap();
        }),
        ("gone", |path| fs::remove_file(path).unwrap()),
    ];
    for (what, change) in rows {
        let sandbox = Source::File.sandbox();
        let path = sandbox.path("big.bin");
        let busy = status("503 Busy", "busy\n").hook(move || change(&path));
        let answers = [busy, status("200 OK", "thanks\n")];
        let (outcome, seen) = run_in(&sandbox, Source::File, answers, &THRICE);
        outcome.code(6).stdout("").stderr_has("formpost: big.bin: ");
        assert_eq!(attempts(&outcome).len(), 1, "{what}");
        assert!(
            !seen.requests.iter().skip(1).any(|r| r.is_complete),
            "{what}"
        );
        assert!(seen.requests.len() <= 2, "{what}");
    }
}

// ---------------------------------------------------------------------------------------------
// What is seen of it

#[test]
fn outputs_hold_the_last_answer_only() {
    for (last, code) in [("200 OK", 0), ("503 Still", 5)] {
        let sandbox = Source::File.sandbox();
        let answers = [
            with_fields("503 Busy", &[b"X-First: yes"], "a rather long answer\n"),
            with_fields(last, &[b"X-Last: yes"], "the last\n"),
        ];
        let args = [&ONCE[..], &["-o", "body", "-D", "head"]].concat();
        let (outcome, _) = run_in(&sandbox, Source::File, answers, &args);
        outcome.code(code).stdout("");
        assert_eq!(sandbox.read("body"), b"the last\n");
        let head = String::from_utf8(sandbox.read("head")).unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {last}\r\n")), "{head}");
        assert!(
            head.contains("X-Last") && !head.contains("X-First"),
            "{head}"
        );
    }
}

#[test]
fn silence_is_kept() {
    for args in [&["-s"][..], &["-s", "-S"]] {
        let answers = [status("503 Busy", "busy\n"), status("200 OK", "thanks\n")];
        let (outcome, requests) = run(Source::File, answers, &[&THRICE[..], args].concat());
        outcome.code(0).stdout("thanks\n").stderr("");
        assert_eq!(requests.len(), 2);
    }
}

// ---------------------------------------------------------------------------------------------
// Expect

const EXPECT: [&str; 2] = ["--expect100-timeout", "10"];

fn expects(requests: &[Request]) -> Vec<bool> {
    let has = |request: &Request| request.header("Expect") == Some("100-continue");
    requests.iter().map(has).collect()
}

#[test]
fn e5_an_expectation_that_fails_is_left_out() {
    for source in [
        Source::File,
        Source::Pipe,
        Source::Spooled,
        Source::ShortPipe,
    ] {
        let answers = [
            status("417 No", "no\n").after(0),
            status("200 OK", "thanks\n"),
        ];
        let (outcome, requests) = run(source, answers, &EXPECT);
        outcome
            .code(0)
            .stdout("thanks\n")
            .stderr_has("417")
            .stderr_lacks("attempt");
        assert_eq!(expects(&requests), [true, false]);
        assert_eq!(requests[0].body, b"");
        source.is_whole_in(&requests[1]);
    }
}

#[test]
fn e5_it_fails_once() {
    let no = || status("417 No", "no\n").after(0);
    let args = [&THRICE[..], &EXPECT].concat();
    let (outcome, requests) = run(Source::File, [no(), status("417 No", "no\n")], &args);
    outcome.code(4).stdout("no\n").stderr_lacks("attempt");
    assert_eq!(expects(&requests), [true, false]);
    let (outcome, requests) = run(Source::File, [status("417 No", "no\n")], &THRICE);
    outcome.code(4).stdout("no\n").stderr_lacks("attempt");
    assert_eq!(expects(&requests), [false]);
}

#[test]
fn e5_it_may_fail_after_the_body() {
    for (source, is_repeated) in [(Source::File, true), (Source::Pipe, false)] {
        let answers = [status("417 No", "no\n"), status("200 OK", "thanks\n")];
        let (outcome, requests) = run(source, answers, &["--expect100-timeout", "0.01"]);
        if is_repeated {
            outcome.code(0).stdout("thanks\n");
            assert_eq!(expects(&requests), [true, false]);
            are_uploads(source, &requests);
        } else {
            outcome.code(4).stdout("no\n");
            assert_eq!(expects(&requests), [true]);
        }
    }
}

#[test]
fn e5_it_is_no_attempt() {
    let answers = [
        status("503 Busy", "busy\n").after(0),
        status("417 No", "no\n").after(0),
        status("200 OK", "thanks\n"),
    ];
    let args = [&ONCE[..], &EXPECT].concat();
    let (outcome, requests) = run(Source::File, answers, &args);
    outcome
        .code(0)
        .stdout("thanks\n")
        .stderr_has("attempt 1 of 2")
        .stderr_lacks("attempt 2");
    assert_eq!(expects(&requests), [true, true, false]);
    Source::File.is_whole_in(&requests[2]);
}

#[test]
fn e5_it_may_fail_past_a_redirection() {
    let answers = [
        redirection(307, "/there").after(0),
        status("417 No", "no\n").after(0),
        redirection(307, "/further"),
        redirection(303, "/result"),
        status("200 OK", "thanks\n"),
    ];
    let args = [&EXPECT[..], &["-L"]].concat();
    let (outcome, requests) = run(Source::File, answers, &args);
    outcome.code(0).stdout("thanks\n");
    assert_eq!(expects(&requests), [true, true, false, false, false]);
    let lines: Vec<&str> = requests.iter().map(Request::line).collect();
    assert_eq!(
        lines,
        [
            "POST /",
            "POST /there",
            "POST /there",
            "POST /further",
            "GET /result"
        ]
    );
    are_uploads(Source::File, &requests[2..4]);
}
