//! Many files, one command: `--each`, several at a time, with a journal, through thick and thin.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in a test's own machinery fails the test"
)]

/// Runs that are killed, and what the next one makes of it.
mod crashes;
/// A directory, an environment and a watchdog for each run.
#[expect(dead_code, reason = "it is shared, and not all of it is needed here")]
#[path = "../cli/sandbox.rs"]
mod sandbox;
/// A server that writes down what it was sent.
mod server;

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::server::{Reply, Server};

/// A directory `files` with so many of them.
fn sandbox(files: usize) -> Sandbox {
    (0..files).fold(Sandbox::new().directory("files"), |sandbox, number| {
        sandbox.file(
            &format!("files/{number:05}.txt"),
            format!("content {number}"),
        )
    })
}

/// The lines of a report.
fn records(sandbox: &Sandbox, name: &str) -> Vec<Value> {
    let text = String::from_utf8(sandbox.read(name)).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The paths of the records with that outcome.
fn paths_with(records: &[Value], outcome: &str) -> BTreeSet<String> {
    let with = records.iter().filter(|record| record["outcome"] == outcome);
    let path = |record: &Value| record["sources"][0]["path"].as_str().unwrap().to_owned();
    with.map(path).collect()
}

#[test]
fn each_file_is_a_request_of_its_own_over_few_connections() {
    let server = Server::content();
    let sandbox = sandbox(50);
    let outcome = sandbox
        .formpost([
            "--each",
            "-r",
            "--report",
            "report",
            &server.url("/up"),
            "files",
        ])
        .run();
    outcome
        .code(0)
        .stdout("kept\n".repeat(50))
        .stderr_has("50 files: 50 done; ");
    let log = server.log();
    assert_eq!(log.files.len(), 50);
    assert!(log.files.values().all(|count| *count == 1));
    assert!(server.connections() <= 4, "{}", server.connections());
    let records = records(&sandbox, "report");
    assert_eq!(paths_with(&records, "done").len(), 50);
}

#[test]
fn words_are_filled_in_for_each_file() {
    let server = Server::content();
    let sandbox = Sandbox::new()
        .directory("a b")
        .file("a b/x;type=y.tar.gz", "hello")
        .file("a b/{size}\"", "you");
    let outcome = sandbox
        .formpost([
            "--each",
            "-j",
            "1",
            "-r",
            "-F",
            "n={index}:{stem}|{ext}|{size}|{path}",
        ])
        .args(["-F", "file=@{path};filename={name}", "--text", "t={name}"])
        .args([
            "-H",
            "X-Sum: {sha256}",
            &server.url("/up/{path}?n={name}"),
            "a b",
        ])
        .run();
    outcome.code(0);
    let log = server.log();
    let (first, second) = (&log.heads[0], &log.heads[1]);
    let sum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert!(first.contains(&format!("X-Sum: {sum}\r\n")), "{first}");
    let target = "POST /up/a%20b/x%3Btype%3Dy.tar.gz?n=x%3Btype%3Dy.tar.gz HTTP/1.1\r\n";
    assert!(first.starts_with(target), "{first}");
    let target = "POST /up/a%20b/%7Bsize%7D%22?n=%7Bsize%7D%22 HTTP/1.1\r\n";
    assert!(second.starts_with(target), "{second}");
    let names: BTreeSet<&str> = log.files.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["x;type=y.tar.gz", "{size}%22"]));
}

#[test]
fn a_put_of_each_file_goes_to_a_name_of_its_own() {
    let server = Server::content();
    let sandbox = sandbox(3);
    sandbox
        .formpost([
            "--each",
            "-r",
            "-T",
            "{path}",
            &server.url("/dir/"),
            "files",
        ])
        .run()
        .code(0);
    let log = server.log();
    let lines: BTreeSet<&str> = log
        .heads
        .iter()
        .map(|head| head.lines().next().unwrap())
        .collect();
    let expected = [0, 1, 2].map(|number| format!("PUT /dir/{number:05}.txt HTTP/1.1"));
    assert_eq!(lines, expected.iter().map(String::as_str).collect());
}

#[test]
fn the_exit_code_is_the_highest_class_and_the_report_says_who_met_it() {
    let server = Server::new(|name, _| match name {
        "00001.txt" => Reply::status("413 Too Large", "", "too large\n"),
        "00002.txt" => Reply::status("500 Broken", "", "broken\n"),
        "00003.txt" => Reply::HangUp,
        _ => Reply::status("200 OK", "", ""),
    });
    let sandbox = sandbox(5);
    let outcome = sandbox
        .formpost(["--each", "-r", "--report", "report", "--failed", "failed"])
        .args([&server.url("/"), "files", "missing"])
        .run();
    outcome
        .code(8)
        .stderr_has("files/00001.txt: answered 413 Too Large: too large\n")
        .stderr_has("missing: ")
        .stderr_has("6 files: 2 done, 1 refused, 1 failed, 1 unreadable, 1 unknown; ");
    let records = records(&sandbox, "report");
    for (outcome, path) in [
        ("refused", "files/00001.txt"),
        ("failed", "files/00002.txt"),
        ("unknown", "files/00003.txt"),
        ("source", "missing"),
    ] {
        assert_eq!(
            paths_with(&records, outcome),
            BTreeSet::from([path.to_owned()])
        );
    }
    // What the server may have kept is not to be sent again without a thought.
    let failed = String::from_utf8(sandbox.read("failed")).unwrap();
    let failed: BTreeSet<&str> = failed.lines().collect();
    assert_eq!(
        failed,
        BTreeSet::from(["files/00001.txt", "files/00002.txt", "missing"])
    );
}

#[test]
fn what_failed_can_be_fed_to_the_next_run() {
    let server = Server::new(|name, before| match (name, before) {
        ("00001.txt" | "a\nb", 0) => Reply::status("503 Busy", "", ""),
        _ => Reply::status("200 OK", "", ""),
    });
    let sandbox = sandbox(3).file("files/a\nb", "odd");
    let url = server.url("/");
    let run = sandbox.formpost([
        "--each",
        "-r",
        "-0",
        "--files-from",
        "none",
        "--failed",
        "failed",
    ]);
    std::fs::write(sandbox.path("none"), "").unwrap();
    run.args([&url, "files"]).run().code(5);
    let failed = sandbox.read("failed");
    assert_eq!(failed.split(|octet| *octet == 0).count(), 2, "{failed:?}");
    sandbox
        .formpost(["--each", "--files-from", "failed", "-0", &url])
        .run()
        .code(0)
        .stderr_has("1 file: 1 done");
}

#[test]
fn fail_fast_begins_nothing_after_a_failure() {
    let server = Server::new(|_, _| Reply::status("403 No", "", ""));
    let sandbox = sandbox(200);
    sandbox
        .formpost([
            "--each",
            "-r",
            "-j",
            "2",
            "--fail-fast",
            &server.url("/"),
            "files",
        ])
        .run()
        .code(4);
    assert!(server.log().received <= 3, "{}", server.log().received);
}

#[test]
fn a_server_that_asks_for_time_gets_it_from_all() {
    // The first to be turned away asks for a second. Whoever is on the way then may still arrive, nobody else.
    let first = Arc::new(AtomicUsize::new(0));
    let asked: Arc<std::sync::Mutex<Vec<Instant>>> = Arc::default();
    let times = asked.clone();
    let server = Server::new(move |_, _| {
        times.lock().unwrap().push(Instant::now());
        if first.fetch_add(1, Ordering::SeqCst) == 0 {
            Reply::status("429 Slow Down", "Retry-After: 1\r\n", "")
        } else {
            Reply::status("200 OK", "", "")
        }
    });
    let sandbox = sandbox(300);
    sandbox
        .formpost([
            "--each",
            "-r",
            "-j",
            "4",
            "--retry",
            "1",
            &server.url("/"),
            "files",
        ])
        .run()
        .code(0);
    let times = asked.lock().unwrap();
    let second = times[0] + Duration::from_secs(1);
    let early = times[1..].iter().filter(|time| **time < second).count();
    // Until the one has read its answer the others go on; after that nobody does.
    assert!(early < 250, "{early} of {} came early", times.len());
    assert_eq!(times.len(), 301);
}

#[test]
fn what_cannot_be_sent_never_stops_the_rest() {
    let server = Server::content();
    let sandbox = sandbox(3).directory("files/gone");
    std::os::unix::fs::symlink("loop", sandbox.path("files/loop")).unwrap();
    std::os::unix::fs::symlink("..", sandbox.path("files/gone/up")).unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"files/\xff.bin");
    std::fs::write(sandbox.path("files").join("\u{1b}[2J"), "escape").unwrap();
    std::fs::write(sandbox.path("").join(odd), "odd").unwrap();
    let outcome = sandbox
        .formpost(["--each", "-r", "--follow-links", "--report", "report"])
        .args([&server.url("/"), "files"])
        .run();
    outcome
        .code(6)
        .stderr_has("files/loop")
        .stderr_lacks("\u{1b}");
    let records = records(&sandbox, "report");
    assert_eq!(paths_with(&records, "done").len(), 4, "{records:?}");
    // The loop, the way up, and the name that no header may carry.
    assert_eq!(paths_with(&records, "source").len(), 3, "{records:?}");
}

#[test]
fn few_descriptors_are_enough_for_many_files() {
    const FILES: usize = 1500;
    let server = Server::content();
    let sandbox = sandbox(FILES);
    sandbox
        .formpost(["--each", "-r", "-j", "16", &server.url("/"), "files"])
        .open_files_limit(64)
        .run()
        .code(0)
        .peak_memory_below(48 * 1024 * 1024);
    assert_eq!(server.log().files.len(), FILES);
    assert!(server.connections() <= 16);
}

#[test]
fn as_many_go_at_the_same_time_as_were_asked_for() {
    const JOBS: usize = 8;
    // Nobody is answered before all of them are there.
    let all = Barrier::new(JOBS);
    let server = Server::new(move |_, _| {
        all.wait();
        Reply::status("200 OK", "", "")
    });
    let sandbox = sandbox(3 * JOBS);
    sandbox
        .formpost([
            "--each",
            "-r",
            "-j",
            &JOBS.to_string(),
            &server.url("/"),
            "files",
        ])
        .run()
        .code(0);
    assert_eq!(server.connections(), JOBS);
}

#[test]
fn a_journal_is_gone_on_from() {
    let server = Server::new(|name, before| match (name, before) {
        ("00001.txt", 0) => Reply::status("500 Broken", "", ""),
        ("00002.txt", 0) => Reply::HangUp,
        _ => Reply::status("200 OK", "", ""),
    });
    let sandbox = sandbox(5);
    let args = [
        "--each",
        "-r",
        "--journal",
        "journal",
        &server.url("/"),
        "files",
    ];
    let args: Vec<String> = args.map(ToString::to_string).into();
    sandbox
        .formpost(&args)
        .run()
        .code(8)
        .stderr_has("5 files: 3 done, 1 failed, 1 unknown; ");
    // What is done is left alone, what failed is repeated, what is unknown is named.
    sandbox
        .formpost(&args)
        .run()
        .code(8)
        .stderr_has("files/00002.txt: it is not known whether the server kept it")
        .stderr_has("5 files: 1 done, 3 done before, 1 unknown; ");
    std::fs::write(sandbox.path("files/00003.txt"), "it has changed").unwrap();
    sandbox
        .formpost(&args)
        .arg("--idempotency-key")
        .run()
        .code(0)
        .stderr_has("5 files: 2 done, 3 done before; ");
    let log = server.log();
    let counts = [0, 1, 2, 3, 4].map(|number| log.files[&format!("{number:05}.txt")]);
    assert_eq!(counts, [1, 2, 2, 2, 1]);
    let is_keyed = |head: &&String| head.contains("Idempotency-Key: \"");
    assert_eq!(log.heads.iter().filter(is_keyed).count(), 2);
}

#[test]
fn what_is_unknown_is_sent_again_where_the_method_makes_a_second_time_the_same_as_the_first() {
    for (method, code) in [("POST", 8), ("PUT", 0), ("DELETE", 0)] {
        let server = Server::new(|_, before| match before {
            0 => Reply::HangUp,
            _ => Reply::status("200 OK", "", ""),
        });
        let sandbox = sandbox(1);
        let run = || {
            let run = sandbox.formpost(["--each", "-X", method, "--journal", "journal"]);
            run.args([&server.url("/"), "files/00000.txt"]).run()
        };
        run().code(8);
        run().code(code);
    }
}

#[test]
fn a_journal_is_one_processes_alone() {
    let (server, let_go) = Server::holding();
    let sandbox = sandbox(1);
    let url = server.url("/");
    let args = ["--each", "-r", "--journal", "journal", &url, "files"];
    let first = sandbox.formpost(args).start();
    assert!(server.wait_for(1));
    sandbox
        .formpost(args)
        .run()
        .code(1)
        .stderr_has("journal: in use");
    drop(let_go);
    first.wait().code(0);
}

#[test]
fn a_file_that_cannot_be_sent_is_named_once() {
    let sandbox = sandbox(1);
    // It is there when it is found, and has no name that a header can carry.
    std::fs::write(sandbox.path("files/\u{1b}x"), "x").unwrap();
    let run = sandbox.formpost(["--each", "-r", "-s", "-S", "http://127.0.0.1:1/", "files"]);
    let outcome = run.run();
    outcome.code(7);
    let said = outcome.stderr_text();
    let about = said.lines().find(|line| line.contains("control character"));
    assert!(
        about.unwrap().starts_with("formpost: \\u{1b}x: its name"),
        "{said}"
    );
}

#[test]
fn what_makes_no_sense_for_many_is_a_usage_error() {
    let sandbox = sandbox(1);
    for (args, expected) in [
        (&["--each", "http://h/"][..], "--each: expected FILEs"),
        (
            &["--each", "http://h/", "-"],
            "--each: expected files, found standard input",
        ),
        (&["-j", "2", "http://h/", "files/00000.txt"], "--each"),
        (
            &["--each", "-T", "a", "http://h/", "files/00000.txt"],
            "{path}",
        ),
        (
            &["--each", "--as-curl", "http://h/", "x"],
            "--each and --as-curl",
        ),
        (
            &["--each", "--idempotency-key=k", "http://h/", "x"],
            "the same key",
        ),
        (&["--each", "-j", "0", "http://h/", "x"], "--jobs"),
    ] {
        sandbox.formpost(args).run().code(2).stderr_has(expected);
    }
    sandbox
        .formpost([
            "--each",
            "-r",
            "--include",
            "*.jpg",
            "http://127.0.0.1:1/",
            "files",
        ])
        .run()
        .code(6)
        .stderr_has("nothing to send");
}

#[test]
fn nothing_that_is_to_be_sent_is_written_over() {
    for option in ["-o", "-D", "--report", "--failed", "--journal"] {
        let sandbox = sandbox(2).file("list", "files/00000.txt\n");
        for target in ["files/00001.txt", "list"] {
            let before = sandbox.read(target);
            sandbox
                .formpost(["--each", "--files-from", "list", option, target])
                .args(["http://127.0.0.1:1/", "files/00001.txt"])
                .run()
                .code(2)
                .stderr_has("would be overwritten");
            assert_eq!(sandbox.read(target), before, "{option} {target}");
        }
    }
}

#[test]
fn what_a_run_writes_is_not_among_what_it_sends() {
    let server = Server::content();
    let sandbox = sandbox(3);
    let run = sandbox.formpost([
        "--each",
        "-r",
        "--report",
        "files/report",
        "-o",
        "files/out",
    ]);
    run.args(["--journal", "files/journal", "--failed", "files/failed"])
        .args([&server.url("/"), "files"])
        .run()
        .code(0)
        .stderr_has("3 files: 3 done");
    assert_eq!(server.log().files.len(), 3);
}

#[test]
fn what_the_server_has_is_not_listed_as_failed() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut";
    let server = Server::new(move |name, _| match name {
        "00000.txt" => Reply::status("500 Broken", "", ""),
        "00001.txt" => Reply::ThenHangUp(cut.to_owned()),
        _ => Reply::status("200 OK", "", "long enough"),
    });
    let sandbox = sandbox(3);
    let full = cfg!(target_os = "linux").then_some("/dev/full");
    let run = sandbox.formpost([
        "--each",
        "-r",
        "--failed",
        "failed",
        "-o",
        full.unwrap_or("out"),
    ]);
    let outcome = run.args([&server.url("/"), "files"]).run();
    outcome.code(9);
    assert_eq!(sandbox.read("failed"), b"files/00000.txt\n");
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_said_once_and_counts_no_file() {
    let server = Server::content();
    let sandbox = sandbox(5);
    let run = sandbox.formpost(["--each", "-r", "--report", "/dev/full"]);
    let outcome = run.args([&server.url("/"), "files"]).run();
    outcome.code(1).stderr_has("5 files: 5 done; ");
    let said = outcome.stderr_text().matches("/dev/full").count();
    assert_eq!(said, 1, "{}", outcome.stderr_text());
}

#[test]
fn a_list_that_is_still_being_written_keeps_nobody() {
    let server = Server::content();
    let sandbox = sandbox(1).fifo("list");
    let running = sandbox
        .formpost(["--each", "--files-from", "list", &server.url("/")])
        .start();
    // Opened by both, and never closed while the program runs.
    let mut list = std::fs::File::options()
        .write(true)
        .open(sandbox.path("list"))
        .unwrap();
    std::io::Write::write_all(&mut list, b"files/00000.txt\n").unwrap();
    assert!(server.wait_for(1));
    running.signal("INT");
    let outcome = running.wait();
    assert_eq!(outcome.exit_code(), Some(130));
    outcome
        .stderr_has("1 file: 1 done")
        .stderr_has("once more stops it");
    drop(list);
}

#[test]
fn a_share_without_files_is_done_if_another_has_some() {
    // Of three files and eight shares five at least are empty.
    let sandbox = sandbox(3).directory("empty");
    let server = Server::content();
    let mut empty = 0;
    for share in 1..=8 {
        let before = server.log().received;
        let shard = format!("{share}/8");
        let each = ["--each", "-r", "--shard", &shard, &server.url("/"), "files"];
        let outcome = sandbox.formpost(each).run();
        outcome.code(0);
        if server.log().received == before {
            empty += 1;
            outcome.stderr_has("0 files: 0 done");
        }
    }
    assert_eq!(server.log().received, 3);
    assert!(empty >= 5, "{empty}");

    let nobody = [
        "--each",
        "-r",
        "--shard",
        "1/8",
        "http://nowhere.invalid/",
        "empty",
    ];
    let outcome = sandbox.formpost(nobody).run();
    outcome
        .code(6)
        .stderr_has("nothing to send: no file was found in shard 1/8");
}

#[test]
fn what_is_no_file_is_no_upload_of_its_own() {
    let sandbox = Sandbox::new().fifo("fifo");
    sandbox
        .formpost(["--each", "-H", "X: {sha256}", "http://127.0.0.1:1/", "fifo"])
        .run()
        .code(6)
        .stderr_has("fifo: expected a regular file");
}

#[test]
fn no_name_says_which_host_it_goes_to() {
    let server = Server::content();
    let sandbox = Sandbox::new().file("127.0.0.1", "x");
    let port = server.address.port();
    sandbox
        .formpost(["--each", &format!("http://{{name}}:{port}/"), "127.0.0.1"])
        .run()
        .code(6)
        .stderr_has("not in its host");
    assert_eq!(server.log().received, 0);
}

#[test]
fn a_dry_run_of_many_writes_nothing_and_passes_over_what_a_run_does() {
    let sandbox = sandbox(2).fifo("files/fifo");
    let run = sandbox.formpost(["--each", "-r", "--dry-run", "--journal", "journal"]);
    run.args(["http://127.0.0.1:1/", "files"])
        .run()
        .code(0)
        .stdout_has("00001.txt")
        .stderr_has("left out");
    assert!(!sandbox.path("journal").exists());
}
