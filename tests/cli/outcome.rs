//! How it ended: the exit code answers "may I send it again?", the response stands on standard output, and everything
//! else on standard error.

use std::fs::File;
use std::io;
use std::net::TcpListener;
#[cfg(unix)]
use std::sync::mpsc;
use std::time::{Instant, UNIX_EPOCH};

#[cfg(all(target_os = "linux", feature = "receive"))]
use crate::sandbox::Invocation;
use crate::sandbox::{Outcome, Sandbox};
use crate::wire_tap::{Answer, Request, WireTap};

/// More than the socket buffers between two ends on loopback swallow.
const MUCH: u64 = 32 * 1024 * 1024;

/// Uploads `big`, a file of much, to a server that answers so.
#[track_caller]
fn upload_much(args: &[&str], answer: Answer) -> (Outcome, Request) {
    let tap = WireTap::answering([answer.discarding()]);
    let sandbox = Sandbox::new().sparse_file("big", MUCH);
    let run = sandbox.formpost(["-F", "a=@big"]).args(args);
    (run.arg(tap.url("/")).run(), tap.request())
}

/// Uploads a little, and hands over how it ended.
#[track_caller]
fn upload(args: &[&str], answer: Answer) -> Outcome {
    let tap = WireTap::answering([answer]);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["-F", "a=1"]).args(args);
    run.arg(tap.url("/")).run()
}

#[test]
fn the_status_decides_the_exit_code() {
    let table = [
        ("200 OK", 0),
        ("201 Created", 0),
        ("204 No Content", 0),
        ("301 Moved Permanently", 3),
        ("302 Found", 3),
        ("307 Temporary Redirect", 3),
        ("400 Bad Request", 4),
        ("401 Unauthorized", 4),
        ("413 Payload Too Large", 4),
        ("500 Internal Server Error", 5),
        ("503 Service Unavailable", 5),
    ];
    for (status, code) in table {
        let body = if code == 0 && status.starts_with("204") {
            ""
        } else {
            "the answer\n"
        };
        let answer = Answer::with_headers(status, &["Location: /there"], body);
        upload(&[], answer)
            .code(code)
            .stdout(body)
            .stderr_has(&status[..3]);
    }
}

#[test]
fn a_redirect_is_reported_with_its_target() {
    upload(
        &[],
        Answer::with_headers("308 Permanent Redirect", &["Location: /there"], ""),
    )
    .code(3)
    .stderr_has("/there");
}

#[test]
fn the_response_is_on_standard_output_and_the_summary_is_not() {
    let outcome = upload(&[], Answer::ok("thanks\0\x1b[31m\n"));
    outcome
        .code(0)
        .stdout("thanks\0\x1b[31m\n")
        .stderr_has("200");
    assert_eq!(
        outcome.stderr_text().lines().count(),
        1,
        "{}",
        outcome.stderr_text()
    );
}

#[test]
fn silence_is_silent_but_for_errors() {
    upload(&["-s"], Answer::ok("thanks"))
        .code(0)
        .stdout("thanks")
        .stderr("");
    upload(&["-s"], Answer::status("500 Broken", "sorry"))
        .code(5)
        .stdout("sorry")
        .stderr("");
}

#[test]
fn the_response_can_go_into_a_file() {
    let tap = WireTap::answering([Answer::ok("thanks")]);
    let sandbox = Sandbox::new();
    sandbox
        .formpost(["-F", "a=1", "-o", "answer", &tap.url("/")])
        .run()
        .code(0)
        .stdout("");
    assert_eq!(sandbox.read("answer"), b"thanks");
}

#[test]
fn nobody_listening_is_never_sent() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = format!("127.0.0.1:{port}");
    Sandbox::new()
        .formpost(["-F", "a=1", &format!("http://{address}/")])
        .run()
        .code(7)
        .stdout("")
        .stderr_has(&address);
}

#[test]
fn a_lost_connection_is_unknown() {
    upload(&[], Answer::hang_up())
        .code(8)
        .stdout("")
        .stderr_has("not known");
    let (outcome, request) = upload_much(&[], Answer::raw("").after(1_000_000).and_close());
    outcome.code(8).stdout("").stderr_has("not known");
    assert!(!request.is_complete);
}

#[test]
fn n8_a_silent_server_is_unknown_after_the_longest_time() {
    upload(&["-m", "1"], Answer::never())
        .code(8)
        .stdout("")
        .stderr_has("while waiting for the answer")
        .stderr_has("not known");
}

#[test]
fn n8_a_silent_server_is_unknown_after_the_longest_wait_for_its_answer() {
    upload(&["--response-timeout", "0.3"], Answer::never())
        .code(8)
        .stderr_has("while waiting for the answer");
}

#[test]
fn more_files_than_servers_take_are_warned_about() {
    let run = |files: usize, option: &str| {
        let names: Vec<String> = (0..files).map(|number| format!("f{number}")).collect();
        let sandbox = names
            .iter()
            .fold(Sandbox::new(), |sandbox, name| sandbox.file(name, ""));
        let tap = WireTap::answering([Answer::ok("")]);
        let run = sandbox.formpost([option, "--text", "not=a file", &tap.url("/")]);
        run.args(&names).run()
    };
    run(20, "-v").code(0).stderr_lacks("warning");
    run(21, "-v")
        .code(0)
        .stderr_has("warning: 21 files in one request");
    run(21, "-s").code(0).stderr("");
}

#[test]
fn n6_a_refusal_is_heard_from_a_server_that_reads_on() {
    let refusal = || Answer::status("413 Payload Too Large", "too large\n");
    for answer in [
        refusal().before_body().and_half_close(),
        refusal().before_body(),
    ] {
        let (outcome, _) = upload_much(&[], answer);
        outcome.code(4).stdout("too large\n").stderr_has("413");
    }
}

#[test]
fn what_is_not_http_is_said_to_be() {
    upload(&[], Answer::raw("SSH-2.0-OpenSSH_9.2\r\n").and_close())
        .code(9)
        .stdout("")
        .stderr_has("SSH-2.0-OpenSSH_9.2");
}

#[test]
fn a_cut_answer_is_not_a_whole_one() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";
    upload(&[], Answer::raw(answer).and_close())
        .code(9)
        .stdout("only this");
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nonly\r\n";
    upload(&[], Answer::raw(answer).and_close())
        .code(9)
        .stdout("only");
    upload(&[], Answer::ok("thanks").cut(10)).code(9).stdout("");
}

#[test]
fn interim_answers_are_skipped() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    upload(&[], Answer::ok("thanks").interim(interim))
        .code(0)
        .stdout("thanks");
}

#[test]
fn an_early_success_is_not_a_whole_upload() {
    let (outcome, request) = upload_much(&[], Answer::ok("thanks").before_body().and_close());
    outcome.code(8).stderr_has("not known");
    assert!(!request.is_complete);
}

#[test]
fn an_answer_before_a_reset_counts() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nthanks";
    upload(&[], Answer::raw(answer).and_close())
        .code(0)
        .stdout("thanks");
}

#[cfg(target_os = "linux")]
#[test]
fn outputs_that_are_full_do_not_make_it_panic() {
    for (full, code) in [("stdout", 1), ("stderr", 0)] {
        let tap = WireTap::answering([Answer::ok("thanks")]);
        let sandbox = Sandbox::new();
        let run = sandbox.formpost(["-F", "a=1", &tap.url("/")]);
        let run = if full == "stdout" {
            run.stdout_to("/dev/full")
        } else {
            run.stderr_to("/dev/full")
        };
        run.run().code(code);
        assert!(tap.request().is_complete);
    }
}

#[cfg(all(target_os = "linux", feature = "receive"))]
type Redirect = fn(Invocation<'_>) -> Invocation<'_>;

/// How a shell redirects outputs, and whether what is written then goes well.
#[cfg(all(target_os = "linux", feature = "receive"))]
const REDIRECTS: &[(&str, Redirect, bool)] = &[
    (">&-", |run| run.stdout_to("&-"), true),
    // Nobody has the other end open by the time it is written to.
    ("| true", |run| run.stdout_to("&2 3<>fifo >fifo 3<&-"), true),
    (">/dev/full", |run| run.stdout_to("/dev/full"), false),
    ("2>&-", |run| run.stderr_to("&-"), true),
    ("2>/dev/full", |run| run.stderr_to("/dev/full"), true),
    (
        "2>&1 | true",
        |run| run.stderr_to("&1 3<>fifo 2>fifo 3<&-"),
        true,
    ),
    (
        "<&- >&- 2>&-",
        |run| run.stdin_closed().stdout_to("&- 2>&-"),
        true,
    ),
    (
        "&>/dev/full",
        |run| run.stdout_to("/dev/full 2>/dev/full"),
        false,
    ),
];

/// Every command, whether it writes to standard output, and its exit code.
#[cfg(all(target_os = "linux", feature = "receive"))]
const COMMANDS: &[(&[&str], bool, i32)] = &[
    (&["URL", "a.txt", "-v"], true, 0),
    (&["URL", "a.txt", "-i", "-D", "-", "-o", "-"], true, 0),
    (&["http://h/", "a.txt", "--dry-run"], true, 0),
    (&["http://h/", "a.txt", "--dry-run", "--json"], true, 0),
    (&["http://h/", "a.txt", "--dump-body", "-"], true, 0),
    (&["inspect", "recorded"], true, 0),
    (&["inspect", "recorded", "--json"], true, 0),
    (&["try", "a.txt"], true, 0),
    (&["try", "a.txt", "--json"], true, 0),
    (&["completions", "zsh"], true, 0),
    (&["completions", "man"], true, 0),
    (&["--help"], true, 0),
    (&["--no-such-option"], false, 2),
    (&["inspect", "missing"], false, 6),
];

/// Whatever is done with it: a reader that has gone and an output that is closed end it quietly, one that is full is
/// said to be, and a standard error that is neither heard nor read changes nothing.
#[cfg(all(target_os = "linux", feature = "receive"))]
#[test]
fn o3_o4_o5_no_command_minds_its_outputs() {
    let recorded = "--X\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--X--\r\n";
    let sandbox = Sandbox::new().file("a.txt", "hello").fifo("fifo");
    let sandbox = sandbox.file("recorded", recorded);
    let uploads = COMMANDS.iter().filter(|(args, ..)| args[0] == "URL");
    let answers = (0..uploads.count() * REDIRECTS.len()).map(|_| Answer::ok("thanks"));
    let tap = WireTap::answering(answers);
    for (args, writes, code) in COMMANDS {
        for (shown, redirect, goes_well) in REDIRECTS {
            println!("{args:?} {shown}");
            let args = args.iter().map(|arg| arg.replace("URL", &tap.url("/")));
            let outcome = redirect(sandbox.formpost(args.collect::<Vec<_>>())).run();
            let is_complaint = *writes && !goes_well;
            outcome.code(if is_complaint { 1 } else { *code });
            if is_complaint && *shown == ">/dev/full" {
                outcome.stderr_has("standard output: cannot be written: No space left");
            } else {
                outcome.stderr_lacks("formpost: standard output");
            }
        }
    }
    assert!(tap.requests().iter().all(|request| request.is_complete));
}

#[cfg(unix)]
#[test]
fn signals_leave_an_incomplete_request() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let (reached, reaching) = mpsc::channel();
        let answer = Answer::raw("").discarding().at(1_000_000, move || {
            // A test that no longer listens has its own reasons.
            let _ = reached.send(());
        });
        let tap = WireTap::answering([answer.after(1_000_000).and_hold()]);
        let sandbox = Sandbox::new().sparse_file("big", MUCH);
        let running = sandbox.formpost(["-F", "a=@big", &tap.url("/")]).start();

        let running = running.until(&reaching);
        running.signal(signal);

        running.wait().code(code).stdout("");
        assert!(!tap.request().is_complete);
    }
}

#[test]
fn a_file_that_changes_is_never_a_whole_request() {
    type Change = fn(&File) -> io::Result<()>;
    let changes: [(&str, Change); 3] = [
        ("shrinks", |file| file.set_len(MUCH / 2)),
        ("grows", |file| file.set_len(MUCH + 1)),
        ("is touched", |file| file.set_modified(UNIX_EPOCH)),
    ];
    for (what, change) in changes {
        println!("a file that {what}");
        let sandbox = Sandbox::new().sparse_file("big", MUCH);
        let path = sandbox.path("big");
        let answer = Answer::ok("thanks").discarding().at(1_000_000, move || {
            change(&File::options().write(true).open(path).unwrap()).unwrap();
        });
        let tap = WireTap::answering([answer]);

        sandbox
            .formpost(["-F", "a=@big", &tap.url("/")])
            .run()
            .code(6)
            .stdout("")
            .stderr_has("big");

        assert!(
            !tap.request().is_complete,
            "a file that {what} arrived as if whole"
        );
    }
}

/// As `nohup` and background jobs of scripts are started.
#[cfg(all(target_os = "linux", feature = "receive"))]
#[test]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    let status = |trap: &str| {
        let script =
            format!("trap '{trap}' INT HUP; exec \"$0\" receive --listen 127.0.0.1:0 --discard");
        let mut child = std::process::Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_formpost")])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = io::BufReader::new(child.stdout.take().unwrap());
        io::BufRead::read_line(&mut stdout, &mut line).unwrap();
        let path = format!("/proc/{}/status", child.id());
        let status = std::fs::read_to_string(path).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let caught = status
            .lines()
            .find_map(|line| line.strip_prefix("SigCgt:"))
            .unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & 0b10
    };
    assert_eq!(status(""), 0, "SIGINT was ignored and is caught");
    assert_ne!(status("-"), 0, "SIGINT was not ignored and is not caught");
}

/// `ulimit -f` sends a signal whose default is to end the program.
#[cfg(unix)]
#[test]
fn o4_a_file_that_may_not_grow_is_1_and_the_upload_is_done_all_the_same() {
    let tap = WireTap::answering([Answer::ok("thanks")]);
    Sandbox::new()
        .formpost(["-F", "a=1", "-o", "out", &tap.url("/")])
        .without_growing_files()
        .run()
        .code(1)
        .stderr_has("out: cannot be written")
        .stderr_has("200 OK");
}

/// Never faster than was asked for: how long it took cannot be less. (That it is not much slower is measured, not tested.)
#[test]
fn an_upload_keeps_to_its_rate() {
    for (length, rate, least) in [(2 << 20, "1M", 1900), (200 << 10, "1M", 180)] {
        let tap = WireTap::answering([Answer::ok("thanks")]);
        let sandbox = Sandbox::new().sparse_file("big", length);
        let began = Instant::now();
        sandbox
            .formpost([&tap.url("/"), "big", "--limit-rate", rate])
            .run()
            .code(0);
        let took = began.elapsed().as_millis();
        println!("{length} bytes at {rate}: {took} ms");
        assert!(took >= least, "{length} bytes at {rate} took {took} ms");
        assert!(tap.request().is_complete);
    }
}
