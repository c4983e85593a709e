//! N: connections that do not come about, stall, break, or carry something else than HTTP.

use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::identity::Identity;
use crate::row::{Expect, RACE, Row, Upload, code, patient, row, rows, say, unknown};
use crate::sandbox::Sandbox;
use crate::server::{Gate, Script, Security, Server};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthanks\n";

fn head() -> Script {
    Script::new().head()
}

/// Says this when all of the body is there, and closes.
fn says(answer: impl AsRef<[u8]>) -> Row {
    row(head().body().send(answer))
        .upload(Upload::LITTLE)
        .both()
}

// ---------------------------------------------------------------------------------------------
// Never sent

/// A listener that nobody gets through to: as many connections wait to be accepted as may. `None` where they are let in
/// all the same.
fn full_backlog() -> Option<(SocketAddr, Vec<Socket>)> {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    listener.bind(&any_port.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = vec![listener];
    for _ in 0..20 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let is_in = socket
            .connect_timeout(&address, Duration::from_millis(200))
            .is_ok();
        held.push(socket);
        if !is_in {
            return Some((address.as_socket().unwrap(), held));
        }
    }
    None
}

#[test]
fn n3_nobody_takes_the_connection() {
    let Some((address, _held)) = full_backlog() else {
        return say("skipped: this system takes connections beyond a backlog of 0");
    };
    let sandbox = Upload::LITTLE.sandbox();
    let run = Upload::LITTLE.of(&sandbox, &format!("http://{address}/"));
    let run = run.args(["--connect-timeout", "1"]);
    let command = run.shown();
    let expect = code(7).says(address.to_string()).says("1 s").connections(0);
    if let Err(failure) = expect.judge(&command, &patient(run), &[]) {
        panic!("{failure}");
    }
}

/// Uploads to a server whose certificate does not do, and never tries again: one connection, and nothing sent.
#[track_caller]
fn distrusted(identity: &'static Identity, trusted: Option<&Identity>, reason: &str) {
    let server = Server::with_identity(Some(identity), [head().drain()]);
    let mut sandbox = Sandbox::new().file("big.bin", "hello");
    let mut args = vec!["big.bin", "--retry", "2"];
    if let Some(trusted) = trusted {
        sandbox = sandbox.file("ca.pem", &trusted.pem);
        args.extend(["--cacert", "ca.pem"]);
    }
    let run = sandbox.formpost([server.url()]).args(args);
    let command = run.shown();
    let outcome = patient(run);
    assert_eq!(
        outcome.stderr_text().lines().count(),
        1,
        "{}",
        outcome.stderr_text()
    );
    let expect = code(7)
        .stdout("")
        .says(reason)
        .never_says("-k")
        .never_says("--insecure");
    let expect = expect.server("nothing", |seen| seen.head.is_empty());
    expect.of(&command, &outcome, server);
}

#[test]
fn n4_unknown_issuer_is_not_tried_again() {
    distrusted(Identity::trusted(), None, "TLS failed");
}

#[test]
fn n4_expired_is_not_tried_again() {
    let expired = Identity::expired();
    distrusted(expired, Some(expired), "expired");
}

#[test]
fn n4_another_name_is_not_tried_again() {
    let another = Identity::of_another();
    distrusted(another, Some(another), "127.0.0.1");
}

#[test]
fn n4_plain_http_is_not_tried_again() {
    let script = Script::new()
        .until_idle(Duration::from_millis(50))
        .send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    let server = Server::plain([script]);
    let sandbox = Upload::LITTLE.sandbox();
    let run = Upload::LITTLE.of(&sandbox, &format!("https://{}/", server.address()));
    let run = run.args(["--retry", "2"]);
    let command = run.shown();
    let expect = code(7).stdout("").says("is it http://");
    expect.of(&command, &patient(run), server);
}

rows! {
    n5_tls_where_plain_http_was_meant:
        row(head().send(b"\x15\x03\x01\x00\x02\x02\x46"))
            .upload(Upload::LITTLE).expect(code(9).says("is it https://"));
}

// ---------------------------------------------------------------------------------------------
// No answer

rows! {
    n7_closed_before_the_head:
        // Connecting may come to an end before or after the reset: nothing was sent in either case.
        row(Script::new().reset()).times(10).expect(code(7).or(8).stdout(""));
    n7_closed_before_the_body:
        row(head()).both().times(RACE).expect(unknown().stdout(""));
    n7_closed_within_the_body:
        row(head().read(5_000_000)).both().times(10).expect(unknown().stdout(""));
    n7_half_closed_within_the_body:
        row(head().read(1_000_000).half_close().drain()).both().times(10).expect(unknown().stdout(""));
    n7_closed_after_the_body:
        row(head().body()).both().times(10).expect(unknown().stdout("").says("while waiting"));
    n7_reset_after_the_body:
        row(head().body().reset()).both().times(10).expect(unknown().stdout(""));

    n8_silent:
        row(head().body().hold()).args(&["--response-timeout", "1"]).both()
            .expect(unknown().stdout("").says("waiting for the answer").says("1 s").whole());
    n8_silent_after_a_pipe:
        row(head().body().hold()).upload(Upload::Pipe(3_000_000)).args(&["--response-timeout", "1"])
            .expect(unknown().stdout("").says("waiting for the answer").says("1 s").whole());
    n8_counted_from_the_last_octet:
        row(head().drip(8_000_000, Duration::from_millis(500), 3).body().send(OK).drain())
            .args(&["--response-timeout", "1"]).both().expect(code(0).whole());
    n8_interim_answers_are_no_answer:
        row(head().body().send("HTTP/1.1 102 Processing\r\n\r\n").hold())
            .args(&["--response-timeout", "1"]).upload(Upload::LITTLE)
            .expect(unknown().stdout("").says("1 s"));

    n9_slow:
        row(head().drip(2_000_000, Duration::from_millis(200), 12).body().send(OK).drain())
            .args(&["--stall-timeout", "1"]).both().expect(code(0).stdout("thanks\n").whole());
    n9_slower_than_a_send_buffer_empties:
        row(head().drip(64 * 1024, Duration::from_millis(150), 20).body().send(OK).drain())
            .args(&["--stall-timeout", "1"]).both().expect(code(0).stdout("thanks\n").whole());

    n10_stalled_from_the_start:
        row(head().hold()).args(&["--stall-timeout", "1"]).both().expect(stalled());
    n10_stalled_within_the_body:
        row(head().read(10_000_000).hold()).args(&["--stall-timeout", "1"]).both().expect(stalled());
    n10_stalled_on_a_pipe:
        row(head().read(10_000_000).hold()).upload(Upload::MUCH_PIPED).args(&["--stall-timeout", "1"])
            .expect(stalled());
    n10_resumed_in_time:
        row(head().read(10_000_000).pause(Duration::from_millis(1500)).body().send(OK).drain())
            .args(&["--stall-timeout", "4"]).both().expect(code(0).stdout("thanks\n").whole());

    max_time_ends_an_upload_that_nobody_reads:
        row(head().hold()).args(&["-m", "1"]).both().expect(unknown().stdout("").says("1 s").cut());
    max_time_ends_one_that_is_read_slowly:
        row(head().drip(64 * 1024, Duration::from_millis(100), 100)).args(&["--max-time", "1"])
            .expect(unknown().stdout("").says("1 s").cut());
    max_time_ends_the_wait_for_the_answer:
        row(head().body().hold()).args(&["-m", "1"]).both()
            .expect(unknown().stdout("").says("waiting for the answer").says("1 s").whole());
}

fn stalled() -> Expect {
    unknown().stdout("").says("while sending").says("1 s").cut()
}

/// A source that pauses is no stall, however long the server waits for it.
#[test]
fn n10_a_slow_source_is_no_stall() {
    let script = |idle: Gate| {
        let script = head().until_idle(Duration::from_millis(1500));
        let script = script.run(move || idle.open());
        script.and(Script::new().body().send(OK).drain())
    };
    let args = ["--stall-timeout", "1", "--response-timeout", "1"];
    let expect = code(0).stdout("thanks\n").whole();
    pausing_source(script, &args, &expect);
}

/// A source that says nothing for ever, once the server has what there is: who waits for it has to end all the same.
#[track_caller]
fn silent_source(security: Security, script: Script, args: &[&str], expect: &Expect) {
    let server = Server::start(security, [script]);
    let sandbox = Upload::LITTLE.sandbox().fifo("silent");
    let path = sandbox.path("silent");
    let over = Gate::new();
    let until = over.clone();
    let writer = thread::spawn(move || {
        let mut fifo = File::options().write(true).open(path)?;
        fifo.write_all(&vec![b'a'; 3_000_000])?;
        until.wait();
        std::io::Result::Ok(())
    });
    let run = sandbox.formpost([&server.url(), "silent", "--cacert", "ca.pem"]);
    let run = run.args(args);
    let command = run.shown();
    let outcome = patient(run);
    over.open();
    expect.of(&command, &outcome, server);
    writer.join().unwrap().unwrap();
}

const IDLE: Duration = Duration::from_millis(300);

#[test]
fn n6_a_refusal_while_the_source_is_silent() {
    let refusal = "HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\n\r\nbig\n";
    let script = head().until_idle(IDLE).send(refusal).hold();
    let expect = code(4).stdout("big\n").says("413").cut();
    silent_source(Security::Plain, script, &[], &expect);
}

#[test]
fn n7_closed_while_the_source_is_silent() {
    let script = head().until_idle(IDLE);
    silent_source(Security::Plain, script, &[], &unknown().stdout("").cut());
}

#[test]
fn max_time_ends_an_upload_whose_source_is_silent() {
    for security in [Security::Plain, Security::Tls] {
        let expect = unknown().stdout("").says("1 s").cut();
        silent_source(security, head().body().hold(), &["-m", "1"], &expect);
    }
}

#[test]
fn n6_a_refusal_in_pieces_while_the_source_is_silent() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let refusal = "HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\n\r\nbig\n";
    for first in [
        &refusal[..15],
        interim,
        &interim[..15],
        &format!("{interim}{}", &refusal[..9]),
    ] {
        let all = [interim, refusal].concat();
        let rest = all[all.find(first).map_or(0, |at| at + first.len())..].to_owned();
        let rest = if first.starts_with("HTTP/1.1 4") {
            refusal[15..].to_owned()
        } else {
            rest
        };
        let script = head()
            .until_idle(IDLE)
            .send(first)
            .pause(IDLE)
            .send(rest)
            .hold();
        let expect = code(4).stdout("big\n").says("413").cut();
        silent_source(Security::Plain, script, &[], &expect);
    }
}

/// By TLS it cannot be read from here, but that the server closes can be told.
#[cfg(target_os = "linux")]
#[test]
fn n6_a_refusal_and_the_end_while_the_source_is_silent() {
    let refusal = "HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\n\r\nbig\n";
    for security in [Security::Plain, Security::Tls] {
        let script = head().until_idle(IDLE).send(refusal).half_close().hold();
        let expect = code(4).stdout("big\n").says("413").cut();
        silent_source(security, script, &[], &expect);
    }
}

/// A source that pauses for long enough to be waited for by itself, and then goes on when the server opens the gate.
#[track_caller]
fn pausing_source(script: impl FnOnce(Gate) -> Script, args: &[&str], expect: &Expect) {
    let idle = Gate::new();
    let server = Server::plain([script(idle.clone())]);
    let sandbox = Sandbox::new().fifo("slow");
    let path = sandbox.path("slow");
    // Nothing of a FIFO can be sent before its reader knows that it is longer than what is read ahead.
    let writer = thread::spawn(move || {
        let mut fifo = File::options().write(true).open(path)?;
        fifo.write_all(&vec![b'a'; 3_000_000])?;
        idle.wait();
        fifo.write_all(&vec![b'b'; 1_000_000])
    });
    let run = sandbox.formpost([&server.url(), "slow"]).args(args);
    let command = run.shown();
    let outcome = patient(run);
    expect.of(&command, &outcome, server);
    writer.join().unwrap().unwrap();
}

#[test]
fn n16_an_interim_response_in_two_pieces_does_not_end_a_pausing_source() {
    let script = |idle: Gate| {
        let script = head()
            .read(1_000_000)
            .send("HTTP/1.1 103 Ea")
            .until_idle(IDLE);
        let script = script.send("rly Hints\r\n\r\n").pause(IDLE);
        let script = script.run(move || idle.open());
        script.and(Script::new().body().send(OK).drain())
    };
    pausing_source(script, &[], &code(0).stdout("thanks\n").whole());
}

#[test]
fn n6_an_early_success_that_goes_on_talking_does_not_end_a_pausing_source() {
    let script = |idle: Gate| {
        let head = head()
            .read(1_000_000)
            .send("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n");
        let script = head.until_idle(IDLE).send("half of it\n").pause(IDLE);
        let script = script.run(move || idle.open());
        script.and(Script::new().body().send("all").drain())
    };
    pausing_source(script, &[], &code(0).stdout("half of it\nall").whole());
}

/// Nobody ever opens the FIFO to write: opening it must not be what everything waits for.
#[cfg(target_os = "linux")]
#[test]
fn n6_a_refusal_while_a_fifo_waits_for_its_writer() {
    let refusal = "HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\n\r\nbig\n";
    let server = Server::plain([head().until_idle(IDLE).send(refusal).hold()]);
    let sandbox = Sandbox::new().fifo("nobody");
    let run = sandbox.formpost([&server.url(), "nobody", "--chunked"]);
    let command = run.shown();
    let expect = code(4).stdout("big\n").says("413").cut();
    expect.of(&command, &patient(run), server);
}

#[test]
fn n16_an_interim_response_while_the_source_is_silent() {
    let interim = "HTTP/1.1 102 Processing\r\nX: y\r\n\r\n";
    let script = head().until_idle(IDLE).send(interim).hold();
    let expect = unknown().stdout("").says("1 s").cut();
    silent_source(Security::Plain, script, &["-m", "1"], &expect);
}

// ---------------------------------------------------------------------------------------------
// Answers that are none, or end too early, or never

rows! {
    #[cfg(target_os = "linux")]
    n11_reset_after_the_answer:
        row(head().body().send(OK).reset())
            .upload(Upload::LITTLE).both().times(RACE).expect(code(0).stdout("thanks\n").says("200"));
    #[cfg(target_os = "linux")]
    n11_reset_after_a_refusal:
        row(head().body().send("HTTP/1.1 422 No\r\nContent-Length: 4\r\n\r\nwhy\n").reset())
            .both().times(10).expect(code(4).stdout("why\n").says("422"));
    #[cfg(target_os = "linux")]
    n11_reset_after_chunks:
        row(head().body().send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nthanks\n\r\n0\r\n\r\n").reset())
            .upload(Upload::LITTLE).both().times(RACE).expect(code(0).stdout("thanks\n"));

    #[cfg(target_os = "linux")]
    n12_reset_where_only_the_end_delimits:
        row(head().body().send("HTTP/1.1 200 OK\r\n\r\nonly this").pause(IDLE).reset())
            .upload(Upload::LITTLE).expect(code(9).stdout("only this"));

    n12_shorter_than_promised:
        says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this").expect(cut_answer("only this"));
    n12_without_its_last_chunk:
        says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nonly\r\n").expect(cut_answer("only"));
    n12_within_a_chunk:
        says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly").expect(cut_answer("only"));
    #[cfg(target_os = "linux")]
    n12_reset_within_it:
        row(head().body().send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n").reset())
            .upload(Upload::LITTLE).both().times(10).expect(code(9).says("200"));
    n12_until_the_end_of_the_connection:
        says("HTTP/1.1 200 OK\r\n\r\nthanks\n").expect(code(0).stdout("thanks\n"));

    n13_a_greeting_of_another_protocol:
        says("SSH-2.0-OpenSSH_9.2\r\n").expect(code(9).stdout("").says("SSH-2.0-OpenSSH_9.2"));
    n13_a_greeting_before_anything_is_read:
        row(Script::new().send("SSH-2.0-OpenSSH_9.2\r\n").drain())
            .both().timed().expect(code(9).stdout("").says("SSH-2.0-OpenSSH_9.2"));
    n13_a_greeting_and_a_hold:
        row(Script::new().send("220 mail.test ESMTP\r\n").hold())
            .both().timed().expect(code(9).stdout("").says("220 mail.test"));
    n13_escapes:
        says(b"\x1b]0;title\x07\x1b[31m\xff\x00\x9b2J\r\n\r\n")
            .expect(code(9).stdout("").never_says("\x1b").never_says("\x07").never_says("\0").says("1b"));
    n13_escapes_in_the_reason:
        says("HTTP/1.1 500 \x1b[31mred\x1b]0;title\x07\r\nContent-Length: 0\r\n\r\n")
            .expect(code(5).or(9).never_says("\x1b").never_says("\x07"));
    n13_a_status_of_two_digits:
        says("HTTP/1.1 20 OK\r\n\r\n").expect(code(9).stdout(""));
    n13_http_09:
        says("<html>hello</html>\r\n\r\n").expect(code(9).stdout("").says("<html>"));

    n14_a_head_that_never_ends:
        row(head().body().send("HTTP/1.1 200 OK\r\n").send_forever("X-Again: and again\r\n"))
            .upload(Upload::LITTLE).both().expect(code(9).stdout("").says("head"));
    n14_a_line_that_never_ends:
        row(head().body().send("HTTP/1.1 200 ").send_forever("OK"))
            .upload(Upload::LITTLE).both().expect(code(9).stdout(""));
    n14_early_and_without_an_end:
        row(head().send("HTTP/1.1 413 No\r\n").send_forever("X-Again: and again\r\n"))
            .both().expect(code(9).stdout(""));
    n14_more_than_64_kib:
        row(head().body().send(large_head()).hold())
            .upload(Upload::LITTLE).both().timed().expect(code(9).stdout("").says("head"));
    n14_interim_answers_without_an_end:
        row(head().body().send_forever("HTTP/1.1 102 Processing\r\n\r\n"))
            .upload(Upload::LITTLE).args(&["--response-timeout", "2"])
            .expect(code(8).or(9).stdout(""));

    n19_http_1_0:
        says("HTTP/1.0 201 Created\r\n\r\nthanks\n").expect(code(0).stdout("thanks\n").says("201"));
    n19_an_early_http_1_0:
        row(head().send("HTTP/1.0 413 Too Large\r\n\r\ntoo large\n").half_close().drain())
            .both().expect(code(4).stdout("too large\n").says("413"));
}

fn cut_answer(stdout: &'static str) -> Expect {
    code(9).stdout(stdout).says("200")
}

fn large_head() -> String {
    let field = format!("X-Large: {}\r\n", "x".repeat(1000));
    format!("HTTP/1.1 200 OK\r\n{}\r\n", field.repeat(70))
}
