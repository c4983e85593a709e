//! `--report`: one line of JSON for each upload, however it ended.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::sandbox::Sandbox;
use crate::wire_tap::{Answer, WireTap};

fn sandbox() -> Sandbox {
    Sandbox::new().file("a.txt", "hello")
}

/// The one line of a report.
#[track_caller]
fn record(report: &[u8]) -> Value {
    let text = std::str::from_utf8(report).unwrap();
    assert_eq!(text.matches('\n').count(), 1, "{text:?}");
    assert!(text.ends_with("}\n"), "{text:?}");
    serde_json::from_str(text).unwrap()
}

/// Uploads a file, and hands over its record; the exit code is in there, and is the program's.
#[track_caller]
fn reported(args: &[&str], answers: impl IntoIterator<Item = Answer>) -> Value {
    let tap = WireTap::answering(answers);
    let sandbox = sandbox();
    let run = sandbox.formpost(["--report", "r.json", "-F", "a=@a.txt"]);
    let outcome = run.args(args).arg(tap.url("/up")).run();
    let record = record(&sandbox.read("r.json"));
    let code = record["exit"].as_i64().unwrap();
    outcome.code(i32::try_from(code).unwrap());
    record
}

#[test]
fn a_report_says_what_became_of_an_upload() {
    let answer = Answer::with_headers("201 Created", &["Location: /files/1"], "thanks");
    let tap = WireTap::answering([answer]);
    let sandbox = sandbox();
    let args = [
        "-X",
        "PUT",
        "-F",
        "b=text",
        "-F",
        "a=@./a.txt",
        "-F",
        "c=@-",
    ];
    let outcome = sandbox
        .formpost(args)
        .args(["--report", "r.json", &tap.url("/up")])
        .stdin("piped")
        .run();
    outcome.code(0).stdout("thanks");
    let (origin, address) = (tap.url(""), tap.address());
    let mut record = record(&sandbox.read("r.json"));
    let (started, timings) = (record["started"].take(), record["timings"].take());
    let sent = tap.request().body_length;
    assert_eq!(
        record,
        json!({
            "started": null,
            "outcome": "done",
            "exit": 0,
            "error": null,
            "method": "PUT",
            "url": format!("{origin}/up"),
            "status": 201,
            "location": format!("{origin}/files/1"),
            "sources": [
                {"name": "b", "path": null, "size": 4, "checksum": null},
                {"name": "a.txt", "path": "./a.txt", "size": 5, "checksum": null},
                {"name": "-", "path": null, "size": 5, "checksum": null},
            ],
            "checksum": null,
            "bytes_sent": sent,
            "bytes_received": 6,
            "attempts": 1,
            "redirects": 0,
            "remote": address,
            "reused": false,
            "timings": null,
        })
    );
    let started = started.as_str().unwrap();
    assert!(
        started.starts_with("20") && started.ends_with('Z'),
        "{started}"
    );
    let seconds = |phase: &str| timings[phase].as_f64().unwrap();
    let phases = ["name_lookup", "connect", "send", "wait", "receive"].map(seconds);
    assert!(phases.iter().sum::<f64>() <= seconds("total"), "{timings}");
    assert_eq!(timings["tls"], Value::Null);
}

#[test]
fn every_outcome_has_its_word() {
    let status = |status: &str| vec![Answer::status(status, "")];
    for (answers, outcome, exit, error) in [
        (status("307 x"), "redirected", 3, "answered 307"),
        (status("413 x"), "refused", 4, "answered 413"),
        (status("503 x"), "failed", 5, "answered 503"),
        (vec![Answer::hang_up()], "unknown", 8, "connection lost"),
        (
            vec![Answer::raw("SSH-2.0\r\n").and_close()],
            "malformed",
            9,
            "not HTTP",
        ),
        (
            vec![Answer::ok("thanks").cut(40)],
            "malformed",
            9,
            "was cut",
        ),
    ] {
        let record = reported(&[], answers);
        assert_eq!(
            (&record["outcome"], &record["exit"]),
            (&json!(outcome), &json!(exit))
        );
        let said = record["error"].as_str().unwrap();
        assert!(said.contains(error), "{said}");
        assert_eq!(record["sources"][0]["size"], 5);
    }
}

#[test]
fn an_upload_that_never_went_out_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "http://me:hunter2@{}/?token=hunter2",
        listener.local_addr().unwrap()
    );
    drop(listener);
    let sandbox = sandbox().file("r.json", "what an earlier run has left");
    let args = [
        "--report",
        "r.json",
        "--retry=1",
        "--retry-delay=0.01",
        &url,
    ];
    for (source, outcome, exit, attempts) in
        [("a.txt", "not_sent", 7, 2), ("missing", "source", 6, 0)]
    {
        sandbox.formpost(args).arg(source).run().code(exit);
        let report = sandbox.read("r.json");
        assert!(!String::from_utf8_lossy(&report).contains("hunter2"));
        let record = record(&report);
        assert_eq!(
            (&record["outcome"], &record["exit"]),
            (&json!(outcome), &json!(exit))
        );
        assert_eq!(record["attempts"], attempts);
        assert_eq!(
            (&record["status"], &record["remote"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(record["bytes_sent"], 0);
        assert_eq!(record["timings"]["send"], Value::Null);
    }
}

#[test]
fn a_report_is_of_the_upload_and_not_of_the_get_that_follows_it() {
    let elsewhere = Answer::with_headers("303 x", &["Location: /result"], "");
    let record = reported(&["-L"], [elsewhere, Answer::ok("thanks")]);
    assert_eq!(
        (&record["outcome"], &record["method"]),
        (&json!("done"), &json!("POST"))
    );
    assert_eq!(
        (&record["status"], &record["redirects"]),
        (&json!(200), &json!(1))
    );
    assert!(record["bytes_sent"].as_u64().unwrap() > 5, "{record}");
}

#[test]
fn a_body_that_is_no_multipart_is_reported_as_well() {
    for (args, method, source) in [
        (
            &["-T", "a.txt"][..],
            "PUT",
            json!({"name": "a.txt", "path": "a.txt", "size": 5, "checksum": null}),
        ),
        (
            &["--data-binary", "x=1"],
            "POST",
            json!({"name": "data", "path": null, "size": 3, "checksum": null}),
        ),
        (
            &["-G", "--text", "a=1"],
            "GET",
            json!({"name": "form", "path": null, "size": 0, "checksum": null}),
        ),
    ] {
        let tap = WireTap::answering([Answer::ok("")]);
        let sandbox = sandbox();
        let run = sandbox.formpost(["--report", "r.json", &tap.url("/a")]);
        run.args(args).run().code(0);
        let record = record(&sandbox.read("r.json"));
        assert_eq!(record["method"], method);
        assert_eq!(record["sources"], json!([source]));
        assert_eq!(record["bytes_sent"], source["size"]);
    }
}

#[test]
fn a_report_has_the_checksums_that_were_asked_for() {
    let tap = WireTap::answering([Answer::ok("")]);
    let sandbox = sandbox();
    let run = sandbox.formpost(["--report", "r.json", "--checksum=md5", "-F", "b=text"]);
    run.args([&tap.url("/"), "a.txt"]).run().code(0);
    let record = record(&sandbox.read("r.json"));
    let sources = record["sources"].as_array().unwrap();
    assert_eq!(
        sources[1]["checksum"],
        "md5:5d41402abc4b2a76b9719d911017c592"
    );
    let body = record["checksum"].as_str().unwrap();
    assert!(body.starts_with("md5:") && body.len() == 36, "{body}");
}

#[test]
fn what_a_report_counts_is_of_the_last_attempt() {
    let elsewhere = || Answer::with_headers("307 x", &["Location: /b"], "");
    let answers = [
        Answer::status("503 x", ""),
        elsewhere(),
        Answer::ok("thanks"),
    ];
    let record = reported(&["-L", "--retry=1", "--retry-delay=0.01"], answers);
    assert_eq!(
        (&record["attempts"], &record["redirects"]),
        (&json!(2), &json!(1))
    );
    assert!(
        record["timings"]["total"].as_f64().unwrap() > 0.01,
        "{record}"
    );
}

#[test]
fn an_early_refusal_is_reported_with_what_was_sent() {
    let tap = WireTap::answering([Answer::status("413 x", "").before_body().and_close()]);
    let sandbox = Sandbox::new().sparse_file("big", 64 << 20);
    let run = sandbox.formpost(["--report", "r.json", &tap.url("/"), "big"]);
    run.run().code(4);
    let record = record(&sandbox.read("r.json"));
    assert!(
        record["bytes_sent"].as_u64().unwrap() < 64 << 20,
        "{record}"
    );
    assert!(record["timings"]["send"].is_f64(), "{record}");
}

#[test]
fn the_size_of_a_pipe_is_unknown_until_it_is_sent() {
    let tap = WireTap::answering([Answer::ok("").discarding()]);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["--report", "r.json", &tap.url("/"), "-"]);
    run.stdin(vec![b'x'; 2 << 20]).run().code(0);
    let record = record(&sandbox.read("r.json"));
    assert_eq!(
        record["sources"],
        json!([{"name": "-", "path": null, "size": null, "checksum": null}])
    );
}

#[test]
fn a_report_goes_to_standard_output_behind_the_answer() {
    let tap = WireTap::answering([Answer::ok("thanks\n")]);
    let sandbox = sandbox();
    let run = sandbox.formpost([
        "--report",
        "-",
        "-w",
        "%{http_code}\\n",
        &tap.url("/"),
        "a.txt",
    ]);
    let outcome = run.run();
    let said = outcome.code(0).stdout_text();
    let report = said.strip_prefix("thanks\n200\n").unwrap();
    assert_eq!(record(report.as_bytes())["outcome"], "done");
}

#[test]
fn a41_a_report_can_only_be_read() {
    let location = "Location: /\u{202e}\x1b[2J";
    let answer = Answer::with_headers("302 x", &[location], "");
    let tap = WireTap::answering([answer]);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["--report", "r.json", "-F", "\u{202e}=x", &tap.url("/")]);
    run.run().code(3);
    let report = sandbox.read("r.json");
    let text = String::from_utf8(report.clone()).unwrap();
    assert!(!text.contains(['\x1b', '\u{202e}']), "{text}");
    assert_eq!(record(&report)["sources"][0]["name"], "\u{202e}");
}

#[test]
fn a_report_is_none_of_the_other_files() {
    let tap = WireTap::expecting_nobody();
    let sandbox = sandbox().file("old", "kept");
    let url = tap.url("/");
    for (args, says) in [
        (
            &["--report", "a.txt", "a.txt"][..],
            "--report a.txt: is one of the files to send",
        ),
        (
            &["--report", "a.txt", "-F", "a=<a.txt", "missing"],
            "is one of the files to send",
        ),
        (
            &["--report", "a.txt", "-", "missing"],
            "is one of the files to send",
        ),
        (
            &["--report", "a.txt", "-T", "a.txt"],
            "is one of the files to send",
        ),
        (
            &[
                "--report",
                "a.txt",
                "--enctype=urlencoded",
                "-F",
                "a=<a.txt",
                "-F",
                "b=<missing",
            ],
            "is one of the files to send",
        ),
        (
            &["--report", "new", "-o", "./new", "a.txt"],
            "--report and -o: expected two files",
        ),
        (
            &["--report", "old", "-D", "old", "a.txt"],
            "--report and -D: expected two files",
        ),
        (
            &["--report", "no/r", "a.txt"],
            "--report no/r: no is no directory",
        ),
        (
            &["--report", "home", "a.txt"],
            "--report home: expected a file, found a directory",
        ),
    ] {
        let run = sandbox.formpost(args).arg("--url").arg(&url);
        run.stdin_file("a.txt", 0).run().code(2).stderr_has(says);
    }
    let (source, old) = (sandbox.read("a.txt"), sandbox.read("old"));
    assert_eq!((source, old), (b"hello".to_vec(), b"kept".to_vec()));
}

#[test]
fn a_report_of_nothing_that_was_sent_is_none() {
    let sandbox = sandbox().file("r.json", "kept");
    let looking = ["--dry-run", "--report", "r.json", "http://h/"];
    sandbox.formpost(looking).arg("a.txt").run().code(0);
    sandbox.formpost(looking).arg("missing").run().code(6);
    let contradiction = ["-4", "-6", "--report", "r.json", "http://h/", "a.txt"];
    sandbox.formpost(contradiction).run().code(2);
    assert_eq!(sandbox.read("r.json"), b"kept");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_does_not_hide_how_it_ended() {
    for (status, code) in [("200 OK", 1), ("413 x", 4)] {
        let tap = WireTap::answering([Answer::status(status, "")]);
        let sandbox = sandbox();
        let run = sandbox.formpost(["--report", "/dev/full", &tap.url("/"), "a.txt"]);
        run.run()
            .code(code)
            .stderr_has("/dev/full: cannot be written");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_upload_leaves_an_empty_report() {
    let (arrived, wait) = std::sync::mpsc::channel();
    let answer = Answer::never().at(0, move || arrived.send(()).unwrap());
    let tap = WireTap::answering([answer]);
    let sandbox = sandbox().file("r.json", "what an earlier run has left");
    let run = sandbox.formpost(["--report", "r.json", &tap.url("/"), "a.txt"]);
    let running = run.start().until(&wait);
    running.signal("INT");
    running.wait().code(130);
    assert_eq!(sandbox.read("r.json"), b"");
}
