//! O, and N15: what becomes of the upload when outputs fail, and of the program when it is told to end.

use std::fs::File;
use std::io::Read;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use crate::row::{Expect, Upload, WATCHDOG, code, patient};
use crate::sandbox::{Invocation, Sandbox};
use crate::server::{Gate, Script, Security, Server};

const ENDLESS: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn head() -> Script {
    Script::new().head()
}

/// Somebody who reads so much of a FIFO, and then reads no more.
fn reader_of(sandbox: &Sandbox, name: &str, octets: usize) -> JoinHandle<()> {
    let path = sandbox.path(name);
    thread::spawn(move || {
        let mut fifo = File::open(path).unwrap();
        fifo.read_exact(&mut vec![0; octets]).unwrap();
    })
}

/// Uploads a little while standard output goes into a FIFO that is read so far.
#[track_caller]
fn with_reader(script: &Script, octets: usize, expected: i32) {
    for security in [Security::Plain, Security::Tls] {
        let server = Server::start(security, [script.clone()]);
        let sandbox = Upload::LITTLE.sandbox().fifo("out");
        let reader = reader_of(&sandbox, "out", octets);
        let run = Upload::LITTLE.of(&sandbox, &server.url()).stdout_to("out");
        let command = run.shown();
        let outcome = patient(run);
        let expect = code(expected).says("200").whole();
        expect.of(&command, &outcome, server);
        reader.join().unwrap();
    }
}

#[test]
fn n15_an_endless_response_whose_reader_goes() {
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let script = head().body().send(ENDLESS).send_forever(chunk);
    with_reader(&script, 1 << 20, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn n15_an_endless_response_to_an_output_that_is_full() {
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let script = head().body().send(ENDLESS).send_forever(chunk);
    let server = Server::plain([script]);
    let sandbox = Upload::LITTLE.sandbox();
    let run = Upload::LITTLE
        .of(&sandbox, &server.url())
        .stdout_to("/dev/full");
    let command = run.shown();
    let outcome = patient(run);
    let expect = code(1).says("200").whole();
    expect.of(&command, &outcome, server);
}

#[test]
fn o3_a_standard_output_that_nobody_reads() {
    let body = "x".repeat(1 << 20);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    with_reader(&head().body().send(answer).drain(), 0, 0);
}

/// Uploads a little, with outputs as a shell redirects them.
#[track_caller]
fn redirected(redirect: impl Fn(Invocation<'_>) -> Invocation<'_>, status: &str, expected: i32) {
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 7\r\n\r\nthanks\n");
    let server = Server::plain([head().body().send(answer).drain()]);
    let sandbox = Upload::LITTLE.sandbox();
    let run = redirect(Upload::LITTLE.of(&sandbox, &server.url()));
    let command = run.shown();
    let outcome = patient(run);
    code(expected).whole().of(&command, &outcome, server);
}

#[test]
fn o3_a_standard_output_that_is_closed() {
    redirected(|run| run.stdout_to("&-"), "200 OK", 0);
}

#[test]
fn o5_a_standard_error_that_is_closed() {
    redirected(|run| run.stderr_to("&-"), "200 OK", 0);
    redirected(|run| run.stderr_to("&-"), "403 Forbidden", 4);
}

#[cfg(target_os = "linux")]
#[test]
fn o5_a_standard_error_that_is_full() {
    redirected(|run| run.stderr_to("/dev/full"), "403 Forbidden", 4);
    redirected(|run| run.stderr_to("/dev/full").arg("-v"), "200 OK", 0);
    redirected(
        |run| run.stderr_to("/dev/full").args(["--progress", "plain"]),
        "200 OK",
        0,
    );
}

/// The early answer counts although nothing can be said about it.
#[cfg(target_os = "linux")]
#[test]
fn o5_an_early_answer_with_a_standard_error_that_is_full() {
    let refusal = "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n";
    let server = Server::plain([head().send(refusal).half_close().drain()]);
    let sandbox = Upload::MUCH.sandbox();
    let run = Upload::MUCH
        .of(&sandbox, &server.url())
        .stderr_to("/dev/full");
    let command = run.shown();
    let outcome = patient(run);
    code(4).of(&command, &outcome, server);
}

/// Ends the program by each signal when the server has come to the end of what it reads. Then the server reads on: what
/// was still in the program's hands must not reach it.
#[track_caller]
fn ended_by_signals(reads: &Script, upload: Upload, expect: fn(Expect) -> Expect) {
    for (signal, number) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let (reached, reaching) = mpsc::channel();
        let ended = Gate::new();
        let script = reads.clone().run(move || {
            // A test that no longer listens has its own reasons.
            let _ = reached.send(());
        });
        let server = Server::plain([script.wait(&ended).drain()]);
        let sandbox = upload.sandbox();
        let run = upload.of(&sandbox, &server.url());
        let command = format!("{} # and SIG{signal}", run.shown());
        let mut running = run.start();
        running.patience = WATCHDOG;
        let running = running.until(&reaching);
        running.signal(signal);
        let outcome = running.wait();
        ended.open();
        expect(code(number).stdout("")).of(&command, &outcome, server);
    }
}

#[test]
fn o1_o2_a_signal_while_a_file_is_sent() {
    ended_by_signals(&head().read(1_000_000), Upload::MUCH, Expect::cut);
}

#[test]
fn o1_o2_a_signal_while_a_pipe_is_sent() {
    ended_by_signals(&head().read(1_000_000), Upload::MUCH_PIPED, Expect::cut);
}

#[test]
fn o1_o2_a_signal_while_the_answer_is_waited_for() {
    ended_by_signals(&head().body(), Upload::LITTLE, Expect::whole);
}
