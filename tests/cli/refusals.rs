//! What is refused before anybody is connected to: each test's server demands that nobody comes.

use crate::sandbox::{Outcome, Sandbox};
use crate::wire_tap::{Answer, WireTap};

#[track_caller]
fn refused(sandbox: &Sandbox, args: &[&str]) -> Outcome {
    let tap = WireTap::expecting_nobody();
    let run = sandbox.formpost(args);
    let outcome = run.arg(tap.url("/")).run();
    outcome.stdout("");
    outcome
}

#[test]
fn all_paths_that_cannot_be_read_are_named() {
    let sandbox = Sandbox::new().file("good.txt", "x").directory("folder");
    let args = [
        "-F",
        "a=@missing-1",
        "-F",
        "b=@good.txt",
        "-F",
        "c=<missing-2",
        "-F",
        "d=@folder",
        "--file",
        "e=missing-3",
    ];

    refused(&sandbox, &args)
        .code(6)
        .stderr_has("missing-1")
        .stderr_has("missing-2")
        .stderr_has("missing-3")
        .stderr_has("folder")
        .stderr_lacks("good.txt");
}

#[test]
fn a_header_file_that_cannot_be_read_is_named() {
    refused(&Sandbox::new(), &["-F", "a=x;headers=@missing"])
        .code(6)
        .stderr_has("missing");
}

#[test]
fn a_header_file_has_a_bound() {
    let field = [b"X: ", &vec![b'x'; 16 << 20][..]].concat();
    let sandbox = Sandbox::new().file("long", field);
    for (args, code, named) in [
        (["-F", "a=x", "-H", "@long"], 2, "-H @long"),
        (["-F", "a=x;headers=@long", "-A", "x"], 6, "headers=@long"),
    ] {
        refused(&sandbox, &args)
            .code(code)
            .stderr_has(&format!("{named}: expected at most 16 MiB"));
    }
}

#[test]
fn contradictions_and_mistakes_are_usage_errors() {
    let table: &[(&[&str], &str)] = &[
        (&["-F", "noequals"], "noequals"),
        (&["-F", "a=(text"], "part 'a': expected '(' alone"),
        (&["-F", "=)"], ""),
        (&["-F", "a=@-", "-F", "b=@-"], "-"),
        (&["-F", "a=x;encoder=zip"], "zip"),
        (&["-F", "a=1", "--boundary", ""], "boundary"),
        (&["-F", "a=1", "--boundary", "ends with blank "], "boundary"),
        (&["-F", "a=1", "--boundary", "ä"], "boundary"),
        (&["-F", "a=1", "-H", "X: a\r\nY: b"], ""),
        (&["-F", "a=x;type=a/b\r\nX: y"], ""),
        (
            &["-F", "a=1", "-H", "Content-Type: text/plain"],
            "Content-Type",
        ),
        (&["--form-escape", "-F", "a\nb=1"], ""),
        (&["-d", "x=1"], "--data"),
        (&["-F", "a=1", "-T", "file"], ""),
        (&["--json-part", "a={"], "JSON"),
        (
            &["-F", "a=1", "--idempotency-key="],
            "--idempotency-key[=<KEY>]: expected a key, found nothing",
        ),
        (
            &["-F", "a=1", "--idempotency-key=schlüssel"],
            "expected printable ASCII",
        ),
        (
            &["-F", "a=1", "--idempotency-key", "-H", "idempotency-key: k"],
            "expected one of them",
        ),
        (&["-F", "a=1", "--retry", "often"], "--retry <N>"),
        (&["-F", "a=1", "--retry", "-1"], "--retry <N>"),
        (&["-F", "a=1", "--retry-delay", "-1"], "expected seconds"),
        (&["-F", "a=1", "--retry-max-time", "1m"], "expected seconds"),
        (
            &["-F", "a=1", "--max-redirs", "-2"],
            "expected a number, or -1",
        ),
        (&["-F", "a=1", "--stall-timeout", "0"], "expected seconds"),
        (
            &["-F", "a=1", "--response-timeout", "x"],
            "expected seconds",
        ),
        (
            &["-F", "a=1", "--expect100-timeout", "0"],
            "expected seconds",
        ),
        (&["-F", "a=1", "--no-such-option"], "--no-such-option"),
        (&["-F", "a=1", "--proto", "=http"], "expected https"),
        (&["-F", "a=1", "ftp://example.com/"], "ftp"),
        (&["-F", "a=1", "http://"], ""),
    ];
    for (args, named) in table {
        refused(&Sandbox::new(), args).code(2).stderr_has(named);
    }
}

#[test]
fn a_framing_that_is_not_the_bodys_is_a_usage_error() {
    let table: &[(&[&str], &str)] = &[
        (
            &["-F", "a=1", "--boundary", "X", "-H", "Content-Length: 5"],
            "Content-Length: it says 5, the body has 59 bytes",
        ),
        (
            &["-G", "-F", "a=1", "-H", "Content-Length: 5"],
            "it says 5, the body has 0 bytes",
        ),
        (
            &["-F", "a=1", "-H", "Content-Length: +59"],
            "Content-Length: expected a number",
        ),
        (
            &[
                "-F",
                "a=1",
                "-H",
                "Content-Length: 1",
                "-H",
                "content-length: 2",
            ],
            "found two that differ",
        ),
        (
            &["-F", "a=1", "--chunked", "-H", "Content-Length: 59"],
            "expected one of them",
        ),
        (
            &["-F", "a=1", "-H", "Transfer-Encoding: gzip, chunked"],
            "Transfer-Encoding: expected chunked",
        ),
        (
            &["-F", "a=1", "--proxy-header", "Transfer-Encoding: chunked"],
            "--proxy-header Transfer-Encoding: expected any field but",
        ),
    ];
    for (args, named) in table {
        refused(&Sandbox::new(), args).code(2).stderr_has(named);
    }
}

#[test]
fn a_protocol_that_may_not_be_spoken_is_not() {
    let refused = |args: &[&str]| {
        let tap = WireTap::expecting_nobody();
        let sandbox = Sandbox::new();
        let run = sandbox.formpost(["-F", "a=1", &tap.url("/")]);
        let outcome = run.args(args).run();
        let expected = "expected an https:// URL, found http://";
        outcome.code(2).stderr_has(expected);
    };
    refused(&["--proto", "=https"]);
    refused(&["-L", "--proto-redir", "-all,https"]);
    for args in [
        &["--proto-redir", "=https"][..],
        &["--proto", "=http,https"],
    ] {
        let tap = WireTap::answering([Answer::ok("")]);
        let sandbox = Sandbox::new();
        let run = sandbox.formpost(["-F", "a=1", &tap.url("/")]);
        run.args(args).run().code(0);
    }
}

#[test]
fn a_url_is_needed() {
    Sandbox::new()
        .formpost(["-F", "a=1"])
        .run()
        .code(2)
        .stdout("");
}

#[cfg(unix)]
#[test]
fn an_output_that_is_a_source_is_not_written() {
    let sandbox = Sandbox::new().file("a.txt", "precious");
    for option in ["--dump-body", "-o", "-D"] {
        sandbox
            .formpost(["http://nowhere.invalid/", "a.txt", option, "a.txt"])
            .run()
            .code(2)
            .stderr_has("is one of the files to send");
        assert_eq!(sandbox.read("a.txt"), b"precious");
    }
}

#[test]
fn s7_a_chosen_boundary_that_occurs_in_a_file_cuts_the_connection() {
    let tap = WireTap::answering([Answer::ok("")]);
    let content = format!("{}\r\n--XX--\r\nlost", "x".repeat(100_000));
    Sandbox::new()
        .file("a.txt", content)
        .formpost(["--boundary", "XX", &tap.url("/"), "a.txt"])
        .run()
        .code(6)
        .stderr_has("a.txt: contains the chosen boundary")
        .stderr_has("hint: without --boundary");
    assert!(!tap.request().is_complete);
}

#[test]
fn groups_nest_so_deep_and_no_deeper() {
    let nested = |depth: usize| {
        let mut args: Vec<String> = vec![String::from("--dry-run")];
        for _ in 0..depth {
            args.extend([String::from("-F"), String::from("g=(")]);
        }
        args.extend([String::from("-F"), String::from("x=y")]);
        args
    };
    let run = |depth: usize| {
        let sandbox = Sandbox::new();
        sandbox.formpost(nested(depth)).arg("http://h/").run()
    };
    run(40).code(0);
    run(41).code(2).stderr_has("nested more than 40 deep");
    run(5000).code(2);
}

#[test]
fn x2_x3_no_message_shows_a_secret() {
    let sandbox = Sandbox::new().file("headers", "hunter2\n");
    for args in [
        &["http://u:hunter2@[::1/x?token=hunter2", "a"][..],
        &["a", "http://u:hunter2@h/?token=hunter2"],
        &["http://h/", "a", "-H", "@headers"],
        &["http://h/", "a", "-H", "Authorization Bearer hunter2"],
        &[
            "http://h/",
            "-F",
            "a=b",
            "--dry-run",
            "-u",
            "me:hunter2",
            "-H",
            "X-Auth-Token: hunter2",
        ],
    ] {
        let outcome = sandbox.formpost(args).run();
        let said = outcome.stderr_text() + &outcome.stdout_text();
        assert!(!said.contains("hunter2"), "{args:?}\n{said}");
    }
}
