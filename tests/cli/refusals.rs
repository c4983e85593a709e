//! What is refused before anybody is connected to: each test's server demands that nobody comes.

use crate::sandbox::{Outcome, Sandbox};
use crate::wire_tap::WireTap;

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
fn contradictions_and_mistakes_are_usage_errors() {
    let table: &[(&[&str], &str)] = &[
        (&["-F", "noequals"], "noequals"),
        (&["-F", "a=(text"], "a=(text"),
        (&["-F", "=)"], ""),
        (&["-F", "a=@-", "-F", "b=@-"], "-"),
        (&["-F", "a=x;encoder=zip"], "zip"),
        (&["-F", "a=1", "--boundary", ""], "boundary"),
        (&["-F", "a=1", "--boundary", "ends with blank "], "boundary"),
        (&["-F", "a=1", "--boundary", "ä"], "boundary"),
        (&["-F", "a=1", "-H", "X: a\r\nY: b"], ""),
        (&["-F", "a=x;type=a/b\r\nX: y"], ""),
        (&["-F", "a=1", "-H", "Content-Length: 5"], "Content-Length"),
        (
            &["-F", "a=1", "-H", "Transfer-Encoding: chunked"],
            "--chunked",
        ),
        (
            &["-F", "a=1", "-H", "Content-Type: text/plain"],
            "Content-Type",
        ),
        (&["--form-escape", "-F", "a\nb=1"], ""),
        (&["-d", "x=1"], "-d"),
        (&["-F", "a=1", "-T", "file"], ""),
        (&["--json-part", "a={"], "JSON"),
        (&["-F", "a=1", "--no-such-option"], "--no-such-option"),
        (&["-F", "a=1", "ftp://example.com/"], "ftp"),
        (&["-F", "a=1", "http://"], ""),
    ];
    for (args, named) in table {
        refused(&Sandbox::new(), args).code(2).stderr_has(named);
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
