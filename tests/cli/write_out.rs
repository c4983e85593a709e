//! `-w`: what is written once an upload is over.
//!
//! What the language and the variables mean is curl's to say, and is asked of it where it is there.

use std::net::TcpListener;
use std::process::Command;

use serde_json::Value;

use crate::sandbox::{Outcome, Sandbox};
use crate::tools;
use crate::wire_tap::{Answer, WireTap};

/// Uploads a little, and hands over how it ended.
#[track_caller]
fn upload(args: &[&str], answers: impl IntoIterator<Item = Answer>) -> Outcome {
    let tap = WireTap::answering(answers);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["-s", "-F", "a=1"]).args(args);
    run.arg(tap.url("/a")).run()
}

fn thanks() -> Answer {
    let headers = ["Content-Type: text/x; a=b", "X-A: one", "x-a:  two "];
    Answer::with_headers("201 Created", &headers, "thanks")
}

fn elsewhere(status: &str, location: &str) -> Answer {
    Answer::with_headers(status, &[&format!("Location: {location}")], "go")
}

/// Options, format, and the answers.
type Row = (&'static [&'static str], &'static str, fn() -> Vec<Answer>);

/// What both write the same for.
const ROWS: &[Row] = &[
    (&[], "%{http_code} %{response_code}\\n", || vec![thanks()]),
    (&[], "%{exitcode}|%{errormsg}|%{onerror}no", || {
        vec![thanks()]
    }),
    (
        &[],
        "%{content_type}|%header{x-a}|%header{no}|%header{%{}",
        || vec![thanks()],
    ),
    (
        &[],
        "%{method} %{url} %{url_effective} %{http_version}",
        || vec![thanks()],
    ),
    (&["-X", "PUT"], "%{method}", || vec![thanks()]),
    (
        &[],
        "%{size_download} %{size_header} %{num_headers}",
        || vec![thanks()],
    ),
    (&[], "%{size_header}", || {
        vec![thanks().interim("HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n")]
    }),
    (&[], "%{header_json}", || vec![thanks()]),
    (&[], "%{remote_ip} %{remote_port} %{local_ip}", || {
        vec![thanks()]
    }),
    (
        &[],
        "%{time_appconnect} %{time_redirect}",
        || vec![thanks()],
    ),
    (&[], "[%{redirect_url}] %{num_redirects}", || vec![thanks()]),
    (&["-o", "out"], "%{filename_effective} %{http_code}", || {
        vec![thanks()]
    }),
    (&["-o", "out"], "a%{stderr}b%{stdout}c", || vec![thanks()]),
    (&["-i"], "%{http_code}", || vec![thanks()]),
    (&["-D", "-"], "%{http_code}", || vec![thanks()]),
    (&["-w", "lost"], "kept", || vec![thanks()]),
    (&[], "", || vec![thanks()]),
    (&[], "@format", || vec![thanks()]),
    (&[], r"a\\b\\nc\q%q%{x%%\", || vec![thanks()]),
    (&[], r"\n\r\t%%{url}%header{x%", || vec![thanks()]),
    (&[], "%{http_code} %{size_download}", || {
        vec![Answer::status("404 Not Found", "no such thing")]
    }),
    (&["-f"], "%{http_code}", || {
        vec![Answer::status("404 Not Found", "no")]
    }),
    (&[], "%{http_version} %{http_code}", || {
        vec![Answer::raw("HTTP/1.0 200 OK\r\n\r\nold").and_close()]
    }),
    (&[], "%{redirect_url} %{num_redirects} %{http_code}", || {
        vec![elsewhere("307 x", "b?c=d")]
    }),
    (&[], "%{redirect_url}", || {
        vec![elsewhere("302 x", "//h/../b")]
    }),
    (
        &["-L"],
        "%{redirect_url} %{num_redirects} %{url} %{url_effective}",
        || vec![elsewhere("307 x", "b"), elsewhere("308 x", "/c"), thanks()],
    ),
    (
        &["-L"],
        "%{http_code} %{size_download} %{size_header} %{num_headers}",
        || vec![elsewhere("307 x", "b"), thanks()],
    ),
    (
        &["-L"],
        "%{method} %{http_code} %{num_redirects} %{url_effective}",
        || vec![elsewhere("303 x", "b"), thanks()],
    ),
    (
        &["-L"],
        "%{http_code} %{num_redirects} %{redirect_url} %{num_headers} %{exitcode}|",
        || vec![elsewhere("303 x", "b"), elsewhere("303 x", "/c"), thanks()],
    ),
];

#[test]
fn curl_writes_the_same() {
    if !tools::is_there("curl") {
        return;
    }
    for (args, format, answers) in ROWS {
        let tap = WireTap::answering(answers().into_iter().chain(answers()));
        let sandbox = Sandbox::new().file("format", "%{http_code}\r\n%{size_download}\\n\n");
        let given = ["-s", "-F", "a=1"].iter().chain(*args);
        let given: Vec<&str> = given.copied().chain(["-w", format]).collect();
        let url = tap.url("/a");
        let mut curl = Command::new("curl");
        curl.arg("-q").args(&given).arg(&url);
        let curl = curl.current_dir(sandbox.path("")).output().unwrap();
        let ours = sandbox.formpost(&given).arg(&url).run();
        assert_eq!(
            ours.stdout_text(),
            String::from_utf8_lossy(&curl.stdout),
            "{args:?} -w {format:?}"
        );
        if format.contains("stderr") {
            assert_eq!(ours.stderr_text(), String::from_utf8_lossy(&curl.stderr));
        }
    }
}

#[test]
fn sizes_are_what_was_on_the_wire() {
    for args in [&[][..], &["--chunked"]] {
        let tap = WireTap::answering([thanks()]);
        let sandbox = Sandbox::new().file("a.txt", "x".repeat(300_000));
        let format = "%{stderr}%{size_upload} %{size_request}";
        let run = sandbox.formpost(["-s", "-F", "a=@a.txt", "-w", format]);
        let outcome = run.args(args).arg(tap.url("/")).run();
        let request = tap.request();
        let (body, head) = (request.body_length, request.head.len());
        outcome
            .code(0)
            .stdout("thanks")
            .stderr(format!("{body} {head}"));
    }
}

#[test]
fn times_follow_each_other() {
    let format = "%{stderr}%{json}";
    let outcome = upload(&["-L", "-w", format], [elsewhere("307 x", "b"), thanks()]);
    outcome.code(0).stdout("thanks");
    let object: Value = serde_json::from_str(&outcome.stderr_text()).unwrap();
    let names = [
        "time_namelookup",
        "time_connect",
        "time_pretransfer",
        "time_starttransfer",
        "time_total",
    ];
    let times = names.map(|name| object[name].as_f64().unwrap());
    assert!(times.is_sorted() && times[1] > 0.0, "{object}");
    let redirect = object["time_redirect"].as_f64().unwrap();
    assert!(
        redirect > 0.0 && redirect + times[3] <= times[4],
        "{object}"
    );
    assert_eq!(object["time_appconnect"], 0.0);
    assert!(object["speed_upload"].as_u64().unwrap() > 0, "{object}");
    assert_eq!(object["filename_effective"], Value::Null);
    assert_eq!(object["exitcode"], 0);
    assert_eq!(object["http_code"], 201);
    assert_eq!(object["num_redirects"], 1);
    assert_eq!(object["num_retries"], 0);
}

#[test]
fn a_failure_is_told_as_well() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let format =
        "%{http_code} %{exitcode} %{size_upload} %{num_retries}\\n%{errormsg}\\n%{onerror}!";
    let url = format!("http://me:hunter2@{address}/?token=hunter2");
    let sandbox = Sandbox::new();
    let outcome = sandbox
        .formpost(["-F", "a=1", "--retry=1", "--retry-delay=0.01", "-w", format])
        .arg(url)
        .run();
    let said = outcome.code(7).stdout_text();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert_eq!((lines[0], lines[2]), ("000 7 0 1", "!"), "{said}");
    assert!(
        lines[1].starts_with(&format!("{address}: cannot connect")),
        "{said}"
    );
    outcome.stderr_has(lines[1]);
}

#[test]
fn a_refusal_has_its_own_exit_code() {
    let format = "%{http_code} %{exitcode} %{errormsg}";
    upload(&["-w", format], [Answer::status("413 x", "no\n")])
        .code(4)
        .stdout("no\n413 4 answered 413");
    upload(&["-f", "-w", format], [Answer::status("500 x", "no\n")])
        .code(5)
        .stdout("500 5 answered 500");
    upload(&["-w", "%{exitcode}"], [Answer::ok("thanks").cut(40)])
        .code(9)
        .stdout_has("9");
}

#[test]
fn repeats_are_counted_and_the_last_attempt_is_told() {
    let answers = [
        Answer::status("503 x", "later"),
        elsewhere("307 x", "/b"),
        Answer::status("503 x", "later"),
        thanks(),
    ];
    let format = " %{http_code} %{num_retries} %{num_redirects} %{size_download}";
    let args = ["-L", "--retry=2", "--retry-delay=0.01", "-w", format];
    upload(&args, answers).code(0).stdout("thanks 201 2 0 6");
}

#[test]
fn what_is_fetched_after_the_upload_is_the_last_transfer() {
    let answers = [elsewhere("303 x", "/b"), Answer::status("404 x", "gone")];
    let format = " %{method} %{http_code} %{exitcode} %{size_upload} %{errormsg}";
    let outcome = upload(&["-L", "-w", format], answers);
    let expected = "gone GET 404 1 0 the upload is done (303), but the GET for what it led to was answered 404";
    outcome.code(1).stdout(expected);
}

#[test]
fn x2_secrets_are_left_out_of_urls_and_given_when_asked_for() {
    let answer = elsewhere("307 x", "http://me:hunter2@h/?token=hunter2");
    let format = "|%{url}|%{url_effective}|%{redirect_url}|%{json}";
    let tap = WireTap::answering([answer, elsewhere("307 x", "/?token=hunter2")]);
    let sandbox = Sandbox::new();
    let url = tap.url("/?sig=hunter2");
    let run = |format| {
        sandbox
            .formpost(["-sF", "a=1", "-w", format])
            .arg(&url)
            .run()
    };
    let outcome = run(format);
    outcome.code(3);
    let said = outcome.stdout_text();
    assert!(
        !said.contains("hunter2") && said.contains("[redacted]"),
        "{said}"
    );
    run("%header{location}").stdout("go/?token=hunter2");
}

#[test]
fn an_unknown_variable_is_refused_before_anybody_is_connected_to() {
    let tap = WireTap::expecting_nobody();
    let sandbox = Sandbox::new().file("format", "%{time_totl}\n");
    for (format, expected, hint) in [
        (
            "a%{http_status}",
            "-w: expected a variable, found %{http_status}",
            "hint: ",
        ),
        (
            "%{htp_code}",
            "found %{htp_code}",
            "hint: is it %{http_code}?",
        ),
        (
            "@format",
            "found %{time_totl}",
            "hint: is it %{time_total}?",
        ),
        ("@missing", "-w @missing: No such file", ""),
    ] {
        let run = sandbox
            .formpost(["-F", "a=1", "-w", format, &tap.url("/")])
            .run();
        run.code(2).stdout("").stderr_has(expected).stderr_has(hint);
    }
    sandbox
        .formpost(["-F", "a=@-", "-w", "@-", &tap.url("/")])
        .stdin("x")
        .run()
        .code(2)
        .stderr_has("standard input (-) is asked for 2 times");
}

#[test]
fn a_format_comes_from_standard_input_too() {
    let tap = WireTap::answering([thanks()]);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["-sF", "a=1", "-w", "@-", &tap.url("/")]);
    run.stdin(" %{http_code}\n")
        .run()
        .code(0)
        .stdout("thanks 201");
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_output_that_is_full_is_told_by_the_exit_code() {
    for (status, code) in [("200 OK", 1), ("413 x", 4)] {
        let tap = WireTap::answering([Answer::status(status, "")]);
        let sandbox = Sandbox::new();
        let run = sandbox.formpost(["-F", "a=1", "-w", "%{http_code}", &tap.url("/")]);
        let outcome = run.stdout_to("/dev/full").run();
        outcome
            .code(code)
            .stderr_has("standard output: cannot be written");
    }
}

#[cfg(unix)]
#[test]
fn a_standard_output_that_nobody_reads_is_no_failure() {
    // A reader that is gone, and an output that was closed.
    for output in ["gone", "&-"] {
        let tap = WireTap::answering([Answer::ok("")]);
        let sandbox = Sandbox::new().fifo("gone");
        // Opened for both, the FIFO keeps nobody waiting; its only reader goes when that is closed.
        let run = sandbox.formpost(["-F", "a=1", "-w", "%{http_code}", &tap.url("/")]);
        let run = if output == "gone" {
            run.stdout_to("&2 9<>gone 8>gone 1>&8 9<&- 8>&-")
        } else {
            run.stdout_to(output)
        };
        run.run().code(0).stderr_lacks("cannot be written");
    }
}
