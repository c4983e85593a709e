//! The exit codes as one table: for each failure its code, where it can be produced, and one line that names the object.
//!
//! The ids are those of the failure, not of the test: L is a local source, N the network, O an output.

use crate::sandbox::{Outcome, Sandbox};
use crate::wire_tap::{Answer, WireTap};

/// A failure: what is run (`URL` stands for the server's), what the server answers (`None`: nobody may connect), the
/// code, and what its message says.
struct Row {
    id: &'static str,
    args: &'static [&'static str],
    answer: Option<fn() -> Answer>,
    code: i32,
    says: &'static str,
}

const fn local(
    id: &'static str,
    args: &'static [&'static str],
    code: i32,
    says: &'static str,
) -> Row {
    Row {
        id,
        args,
        answer: None,
        code,
        says,
    }
}

const fn answered(id: &'static str, answer: fn() -> Answer, code: i32, says: &'static str) -> Row {
    Row {
        id,
        args: &["URL", "a.txt"],
        answer: Some(answer),
        code,
        says,
    }
}

/// An upload of `a.txt` with these options.
const fn with(
    id: &'static str,
    args: &'static [&'static str],
    answer: fn() -> Answer,
    code: i32,
    says: &'static str,
) -> Row {
    Row {
        id,
        args,
        answer: Some(answer),
        code,
        says,
    }
}

const USAGE: &[Row] = &[
    local("no URL", &[], 2, "<URL>"),
    local("no part", &["URL"], 2, "nothing to send"),
    local("no equals sign", &["URL", "-F", "x"], 2, "Usage:"),
    local("unknown option", &["URL", "--fieldd", "x"], 2, "--field"),
    local(
        "not a URL",
        &["ftp://h/", "a.txt"],
        2,
        "expected http:// or https://",
    ),
    local(
        "L14",
        &["URL", "-F", "a=@-", "-F", "b=<-"],
        2,
        "asked for 2 times",
    ),
    local(
        "S3",
        &["URL", "a.txt", "-H", "X: a\nY: b"],
        2,
        "CR, LF or NUL",
    ),
    local(
        "S5",
        &["URL", "a.txt", "-H", "Content-Length: 1"],
        2,
        "Content-Length",
    ),
    local(
        "S5",
        &["URL", "a.txt", "-H", "Content-Type: text/plain"],
        2,
        "expected a multipart type",
    ),
    local(
        "S7",
        &["URL", "--boundary", "b", "-F", "a=--b"],
        2,
        "contains --b",
    ),
    local("B1", &["URL", "a.txt", "--boundary", "b "], 2, "--boundary"),
    local(
        "F=( left over",
        &["URL", "-F", "=)"],
        2,
        "no multipart is open",
    ),
    local(
        "two names for two files",
        &["URL", "a.txt", "a.txt", "--filename", "b"],
        2,
        "--filename",
    ),
    local(
        "--json alone",
        &["URL", "a.txt", "--json"],
        2,
        "--json-part",
    ),
    local("raw body", &["URL", "-d", "a=b"], 2, "--text"),
    local(
        "output folder",
        &["URL", "a.txt", "-o", "folder"],
        2,
        "found a directory",
    ),
];

const SOURCES: &[Row] = &[
    local(
        "L1",
        &["URL", "missing"],
        6,
        "missing: No such file or directory",
    ),
    local(
        "L2",
        &["URL", "folder"],
        6,
        "folder: expected a file, found a directory",
    ),
    local("empty path", &["URL", "-F", "a=@"], 6, "found nothing"),
    local(
        "headers file",
        &["URL", "-F", "a=x;headers=@missing"],
        6,
        "missing",
    ),
    local(
        "JSON file",
        &["URL", "--json-part", "a=@a.txt"],
        6,
        "a.txt: expected JSON",
    ),
];

#[cfg(target_os = "linux")]
const KERNEL_SOURCES: &[Row] = &[
    local("L3", &["URL", "/proc/self/mem"], 6, "/proc/self/mem"),
    local("block device or socket", &["URL", "/dev/fd"], 6, "/dev/fd"),
];

const NETWORK: &[Row] = &[
    answered("done", || Answer::ok("thanks"), 0, "200 OK, 1 part, 5 B"),
    answered(
        "3xx",
        || Answer::status("308 Permanent Redirect", ""),
        3,
        "308",
    ),
    answered(
        "4xx",
        || Answer::status("404 Not Found", ""),
        4,
        "404 Not Found",
    ),
    answered(
        "411",
        || Answer::status("411 Length Required", ""),
        4,
        "hint: the server wants a length",
    ),
    answered("5xx", || Answer::status("500 Oh", ""), 5, "500 Oh"),
    answered("N7", Answer::hang_up, 8, "not known"),
    answered("N12", || Answer::raw(CUT).and_close(), 9, "was cut after"),
    answered(
        "N13",
        || Answer::raw("SSH-2.0-x\r\n").and_close(),
        9,
        "SSH-2.0-x",
    ),
    answered("N14", || Answer::raw(endless_head()).and_close(), 9, "head"),
    answered(
        "head cut",
        || Answer::raw("HTTP/1.1 200 OK\r\nA").and_close(),
        9,
        "head was cut",
    ),
    answered("N18", || Answer::ok("thanks").and_half_close(), 0, "200 OK"),
    answered(
        "N19",
        || Answer::raw("HTTP/1.0 201 Created\r\n\r\nthanks").and_close(),
        0,
        "201 Created",
    ),
];

const PROXIES: &[Row] = &[
    local(
        "N20",
        &["http://origin.invalid/", "a.txt", "-x", "127.0.0.1:1"],
        7,
        "proxy 127.0.0.1:1 cannot be reached",
    ),
    local("N20", &["URL", "a.txt", "-x", "h:port"], 2, "--proxy"),
    with(
        "N20",
        &["https://origin.invalid/", "a.txt", "-x", "URL"],
        || Answer::status("407 Proxy Authentication Required", ""),
        7,
        "refused to connect to origin.invalid:443: 407",
    ),
    with(
        "N20",
        &["https://origin.invalid/", "a.txt", "-x", "URL"],
        || Answer::status("502 Bad Gateway", ""),
        7,
        "refused to connect to origin.invalid:443: 502",
    ),
    with(
        "N20",
        &["http://origin.invalid/", "a.txt", "-x", "URL"],
        || Answer::status("407 Proxy Authentication Required", ""),
        4,
        "hint: the proxy wants credentials",
    ),
    with(
        "N20",
        &[
            "URL",
            "a.txt",
            "-x",
            "127.0.0.1:1",
            "--noproxy",
            "127.0.0.1",
        ],
        || Answer::ok("thanks"),
        0,
        "200 OK",
    ),
];

const HINTS: &[Row] = &[
    answered(
        "303",
        || Answer::with_headers("303 See Other", &["Location: /done"], ""),
        3,
        "hint: the upload is done; -L gets",
    ),
    answered(
        "307",
        || Answer::with_headers("307 Temporary Redirect", &["Location: /there"], ""),
        3,
        "hint: -L sends it there",
    ),
    answered(
        "302",
        || Answer::with_headers("302 Found", &["Location: /there"], ""),
        3,
        "would drop the upload",
    ),
    answered(
        "401 without credentials",
        || Answer::status("401 Unauthorized", ""),
        4,
        "hint: no credentials were sent",
    ),
    with(
        "401 with credentials",
        &["URL", "a.txt", "-u", "me:secret"],
        || Answer::status("401 Unauthorized", ""),
        4,
        "hint: the server refused the credentials of -u me",
    ),
    answered(
        "404 of IIS",
        || Answer::with_headers("404 Not Found", &["Server: Microsoft-IIS/10.0"], ""),
        4,
        "over its limit",
    ),
    answered(
        "408",
        || Answer::status("408 Request Timeout", ""),
        4,
        "hint: the server waited too long",
    ),
    answered(
        "413",
        || Answer::status("413 Content Too Large", ""),
        4,
        "less at once than the upload's 5 B",
    ),
    answered(
        "429",
        || Answer::with_headers("429 Too Many", &["Retry-After: 7"], ""),
        4,
        "hint: Retry-After: 7; --retry",
    ),
    with(
        "N19 and chunked",
        &["URL", "a.txt", "--chunked"],
        || Answer::raw("HTTP/1.0 200 OK\r\n\r\n").and_close(),
        0,
        "speaks HTTP/1.0",
    ),
    with(
        "N8",
        &["URL", "a.txt", "--response-timeout", "0.2"],
        Answer::never,
        8,
        "timed out while waiting for the answer: no answer came within 0.2 s",
    ),
    with(
        "redirect that is refused",
        &["URL", "a.txt", "-L"],
        || Answer::with_headers("301 Moved", &["Location: /there"], ""),
        3,
        "following it would drop the upload",
    ),
    with(
        "pause that is too long",
        &["URL", "a.txt", "--retry", "1"],
        || Answer::with_headers("503 Not Now", &["Retry-After: 86400"], ""),
        5,
        "not sent again",
    ),
];

const CUT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";

fn endless_head() -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 100_000]].concat()
}

fn run(row: &Row) -> Outcome {
    let tap = match row.answer {
        Some(answer) => WireTap::answering([answer()]),
        None => WireTap::expecting_nobody(),
    };
    let url = tap.url("/");
    let args = row
        .args
        .iter()
        .map(|arg| if *arg == "URL" { &url } else { *arg });
    let sandbox = Sandbox::new().file("a.txt", "hello").directory("folder");
    sandbox.formpost(args).run()
}

#[track_caller]
fn check(rows: &[Row]) {
    for row in rows {
        println!("{} {:?}", row.id, row.args);
        run(row).code(row.code).stderr_has(row.says);
    }
}

#[test]
fn a_usage_error_is_2() {
    check(USAGE);
}

#[test]
fn a_source_that_cannot_be_sent_is_6_and_nobody_is_connected_to() {
    check(SOURCES);
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_kernel_makes_unreadable_is_6() {
    check(KERNEL_SOURCES);
}

#[test]
fn an_answer_and_its_absence_have_their_codes() {
    check(NETWORK);
    check(PROXIES);
    check(HINTS);
}

#[test]
fn n1_a_name_without_address_is_7_and_named() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    sandbox
        .formpost(["http://nowhere.invalid/", "a.txt"])
        .run()
        .code(7)
        .stderr_has("nowhere.invalid: no such host");
}

#[test]
fn a_failure_is_one_line_and_at_most_one_hint() {
    for row in SOURCES.iter().chain(NETWORK).filter(|row| row.code > 5) {
        println!("{} {:?}", row.id, row.args);
        let said = run(row).stderr_text();
        let (hints, lines): (Vec<_>, Vec<_>) =
            said.lines().partition(|line| line.starts_with("hint: "));
        assert_eq!(lines.len(), 1, "{said}");
        assert!(lines[0].starts_with("formpost: "), "{said}");
        assert!(hints.len() <= 1, "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn o4_an_output_that_is_full_is_1_and_the_upload_is_done_all_the_same() {
    let tap = WireTap::answering([Answer::status("201 Created", "thanks")]);
    Sandbox::new()
        .formpost(["-F", "a=1", &tap.url("/")])
        .stdout_to("/dev/full")
        .run()
        .code(1)
        .stderr_has("standard output: cannot be written")
        .stderr_has("201 Created");
    assert!(tap.request().is_complete);
}
