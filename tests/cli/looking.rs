//! What shows a request without sending it has to show the very request that would be sent.

use serde_json::json;

use crate::sandbox::Sandbox;
use crate::wire_tap::{Answer, WireTap};

fn sandbox() -> Sandbox {
    Sandbox::new().file("a.txt", "hello")
}

#[test]
fn a_dry_run_shows_the_head_that_is_sent() {
    let tap = WireTap::answering([Answer::ok("")]);
    let sandbox = sandbox();
    let url = tap.url("/up");
    let args = [
        "--boundary",
        "X",
        "-F",
        "a=@a.txt",
        "-F",
        "b=text",
        "-H",
        "X-One: 1",
        &url,
    ];

    let dry = sandbox.formpost(args).arg("--dry-run").run();
    sandbox.formpost(args).run().code(0);

    // Whoever has more than one request here has sent the dry one.
    let head = tap.request().head;
    dry.code(0)
        .stdout_has(head.replace("\r\n", "\n").trim_end());
}

#[test]
fn a_dry_run_needs_no_server() {
    sandbox()
        .formpost(["-F", "a=@a.txt", "--dry-run", "http://nowhere.invalid/"])
        .run()
        .code(0);
}

#[test]
fn a_dry_run_for_machines_lists_the_parts() {
    let outcome = sandbox()
        .formpost([
            "-F",
            "a=@a.txt",
            "-F",
            "b=text",
            "--dry-run",
            "--json",
            "http://nowhere.invalid/",
        ])
        .run();
    outcome.code(0);
    let parts = &outcome.json()["parts"];
    assert_eq!(parts[0]["name"], "a");
    assert_eq!(parts[0]["filename"], "a.txt");
    assert_eq!(parts[0]["size"], 5);
    assert_eq!(parts[1]["name"], "b");
    assert_eq!(parts[1]["filename"], json!(null));
}

#[test]
fn a_dumped_body_is_the_body_that_is_sent() {
    let tap = WireTap::answering([Answer::ok("")]);
    let sandbox = sandbox();
    let url = tap.url("/");
    let args = ["--boundary", "X", "-F", "a=@a.txt", "-F", "b=text", &url];

    sandbox
        .formpost(args)
        .args(["--dry-run", "--dump-body", "body"])
        .run()
        .code(0);
    sandbox.formpost(args).run().code(0);

    tap.request().body_is(sandbox.read("body"));
}

#[test]
fn inspect_takes_a_dumped_body_apart() {
    let sandbox = sandbox();
    sandbox
        .formpost([
            "--boundary",
            "X",
            "-F",
            "a=@a.txt",
            "-F",
            "b=text",
            "--dry-run",
            "--dump-body",
            "body",
            "http://nowhere.invalid/",
        ])
        .run()
        .code(0);

    let outcome = sandbox.formpost(["inspect", "--json", "body"]).run();

    outcome.code(0);
    let first = r#"form-data; name="a"; filename="a.txt""#;
    let second = r#"form-data; name="b""#;
    assert_eq!(
        outcome.json(),
        json!({
            "parts": [
                {
                    "name": "a",
                    "filename": "a.txt",
                    "content_type": "text/plain",
                    "headers": [["Content-Disposition", first], ["Content-Type", "text/plain"]],
                    "size": 5,
                    "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
                    "offset": 93,
                },
                {
                    "name": "b",
                    "filename": null,
                    "content_type": null,
                    "headers": [["Content-Disposition", second]],
                    "size": 4,
                    "sha256": "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1",
                    "offset": 149,
                },
            ],
            "bytes": 162,
        }),
    );
}

#[test]
fn inspect_says_where_a_body_is_wrong() {
    let outcome = sandbox()
        .file(
            "cut",
            "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhel",
        )
        .formpost(["inspect", "--json", "cut"])
        .run();
    outcome.code(9);
    let error = &outcome.json()["error"];
    assert!(
        error["kind"].is_string() && error["offset"].is_u64() && error["message"].is_string(),
        "{error}"
    );
}

#[test]
fn what_is_wrong_with_a_body_is_said_once() {
    sandbox()
        .file("lf", "--X\nContent-Disposition: form-data; name=\"a\"\n\nhel\n--X--\n")
        .formpost(["inspect", "lf"])
        .run()
        .code(9)
        .stderr(
            "formpost: lf: not a multipart body: expected the boundary's line to end with CR LF, found an LF \
             without CR ahead of it (at byte 3 of the body)\n",
        );
}

#[test]
fn a_body_without_a_boundary_is_malformed() {
    let outcome = sandbox().formpost(["inspect", "--json", "a.txt"]).run();
    outcome.code(9).stderr(
        "formpost: a.txt: expected a delimiter (--boundary) or a request head at its beginning, found neither\n",
    );
    let error = &outcome.json()["error"];
    assert_eq!(
        (&error["kind"], &error["offset"]),
        (&json!("no-boundary"), &json!(0))
    );
    assert!(error["message"].is_string(), "{error}");
}

#[test]
fn a_content_type_that_says_no_boundary_is_usage() {
    for (content_type, says) in [
        (
            "text/plain",
            "--content-type: expected a multipart type, found text/plain",
        ),
        (
            "multipart/form-data",
            "--content-type: multipart/form-data has no boundary",
        ),
    ] {
        sandbox()
            .formpost(["inspect", "--content-type", content_type, "a.txt"])
            .run()
            .code(2)
            .stderr(format!("formpost: {says}\n"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_copy_that_cannot_be_written_is_no_source_that_cannot_be_read() {
    let dump = [
        "--dump-body",
        "/dev/full",
        "http://nowhere.invalid/",
        "a.txt",
    ];
    for more in [None, Some("--dry-run")] {
        sandbox()
            .formpost(dump)
            .args(more)
            .run()
            .code(1)
            .stderr("formpost: /dev/full: cannot be written: No space left on device\n");
    }
}

/// A file that says it has 4096 bytes, as all do under `/sys`, and has fewer.
#[cfg(target_os = "linux")]
fn file_that_breaks_its_promise() -> Option<&'static str> {
    const PATH: &str = "/sys/kernel/mm/transparent_hugepage/enabled";
    crate::tools::has(std::path::Path::new(PATH)).then_some(PATH)
}

#[cfg(target_os = "linux")]
#[test]
fn a_dry_run_of_a_source_that_breaks_its_promise_says_which_and_how() {
    let Some(path) = file_that_breaks_its_promise() else {
        return;
    };
    sandbox()
        .formpost(["--dry-run", "http://nowhere.invalid/", path])
        .run()
        .code(6)
        .stderr_has(&format!("formpost: {path}: ended after "))
        .stderr_has("hint: if its size is never right")
        .stderr_lacks("cannot be read");
}

#[test]
fn a_dry_run_for_machines_has_headers_as_they_are_sent() {
    let outcome = sandbox()
        .formpost([
            "--dry-run",
            "--json",
            "-H",
            "X-Name: a: \u{202e}b",
            "http://nowhere.invalid/",
            "a.txt",
        ])
        .run();
    outcome.code(0);
    let json = outcome.json();
    let headers = json["request"]["headers"].as_array().unwrap();
    assert!(
        headers.contains(&json!(["X-Name", "a: \u{202e}b"])),
        "{headers:?}"
    );
}

#[test]
fn inspect_takes_a_hundred_thousand_parts_in_bounded_memory_and_says_so() {
    let part = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
    let body = |parts: usize| format!("{}--X--\r\n", part.repeat(parts));
    let sandbox = sandbox()
        .file("most", body(100_000))
        .file("more", body(100_001));
    sandbox
        .formpost(["inspect", "--json", "most"])
        .run()
        .code(0)
        .peak_memory_below(256 << 20);
    let outcome = sandbox.formpost(["inspect", "--json", "more"]).run();
    outcome.code(9).stderr_has("expected at most 100000 parts");
    assert_eq!(outcome.json()["error"]["kind"], "too-many-parts");
}

#[test]
fn a_table_is_not_as_wide_as_the_longest_name() {
    let long = "n".repeat(300);
    let outcome = sandbox()
        .formpost(["--dry-run", "http://nowhere.invalid/", "-F", "日本=x"])
        .args(["-F", &format!("{long}=@a.txt")])
        .run();
    outcome
        .code(0)
        .stdout_has(&format!("\n1  日本{:36}  -         -           ", ""));
    outcome.stdout_has(&format!("\n2  {}…  a.txt     text/plain  ", "n".repeat(39)));
}

const PART: &str = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhello\r\n--X--\r\n";

fn recorded(fields: &str, body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=X\r\n{fields}\r\n\r\n{body}"
    )
}

#[test]
fn inspect_puts_the_chunks_of_a_recorded_request_together() {
    let (first, second) = PART.split_at(PART.len() - 12);
    let chunks = format!(
        "{:x};a=b\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\n\r\nPOST / HTTP/1.1\r\n",
        first.len(),
        second.len()
    );
    for request in [
        recorded("Transfer-Encoding: chunked", &chunks),
        recorded(
            &format!("Content-Length: {}", PART.len()),
            &format!("{PART}more"),
        ),
    ] {
        let outcome = sandbox()
            .file("request", request)
            .formpost(["inspect", "--json", "request"])
            .run();
        outcome.code(0);
        let json = outcome.json();
        assert_eq!(json["bytes"], PART.len());
        assert_eq!(json["parts"][0]["size"], 5);
        assert_eq!(
            json["parts"][0]["sha256"],
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        );
    }
}

#[test]
fn inspect_takes_no_framing_or_coding_for_content() {
    for (fields, body, kind, offset) in [
        (
            "Transfer-Encoding: chunked",
            "5\r\n--X\r\n",
            "incomplete-chunks",
            8,
        ),
        ("Transfer-Encoding: chunked", PART, "chunk-size", 0),
        (
            "Transfer-Encoding: gzip, chunked",
            "",
            "transfer-encoding",
            0,
        ),
        ("Content-Encoding: gzip", "", "content-encoding", 0),
        ("Content-Length: 100", PART, "body-too-short", PART.len()),
    ] {
        let outcome = sandbox()
            .file("request", recorded(fields, body))
            .formpost(["inspect", "--json", "request"])
            .run();
        outcome.code(9).stderr_has("formpost: request: not ");
        let error = &outcome.json()["error"];
        assert_eq!(
            (&error["kind"], &error["offset"]),
            (&json!(kind), &json!(offset))
        );
    }
}

/// Waits until `directory` has a temporary file.
#[cfg(unix)]
fn until_there_is_a_temporary_file(directory: &std::path::Path) {
    let is_there = || {
        let mut entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries.any(|entry| {
            let name = entry.file_name();
            name.to_string_lossy().starts_with(".formpost-")
                && entry.metadata().is_ok_and(|metadata| metadata.len() > 0)
        })
    };
    while !is_there() {
        std::thread::yield_now();
    }
}

/// A body whose end never comes.
#[cfg(unix)]
struct Endless(std::io::Cursor<Vec<u8>>);

#[cfg(unix)]
impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => {
                buffer.fill(b'x');
                Ok(buffer.len())
            }
            count => Ok(count),
        }
    }
}

#[cfg(unix)]
#[test]
fn an_extraction_that_is_interrupted_leaves_nothing() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let sandbox = sandbox().directory("out");
        let begun = PART.split_once("hello").unwrap().0.as_bytes().to_vec();
        let running = sandbox
            .formpost(["inspect", "--extract", "out"])
            .stdin_from(Endless(std::io::Cursor::new(begun)))
            .start();
        until_there_is_a_temporary_file(&sandbox.path("out"));
        running.signal(signal);
        running.wait().code(code);
        assert_eq!(std::fs::read_dir(sandbox.path("out")).unwrap().count(), 0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_dump_is_whole_or_what_was_there_before() {
    let Some(path) = file_that_breaks_its_promise() else {
        return;
    };
    for more in [None, Some("--dry-run")] {
        let sandbox = sandbox().file("old", "old").directory("out");
        for target in ["out/old", "out/new"] {
            if target == "out/old" {
                std::fs::copy(sandbox.path("old"), sandbox.path(target)).unwrap();
            }
            sandbox
                .formpost([
                    "--dump-body",
                    target,
                    "http://nowhere.invalid/",
                    "a.txt",
                    path,
                ])
                .args(more)
                .run()
                .code(6);
        }
        let left: Vec<_> = std::fs::read_dir(sandbox.path("out")).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(sandbox.read("out/old"), b"old");
    }
}

#[cfg(unix)]
#[test]
fn a_dump_that_is_interrupted_leaves_nothing() {
    let sandbox = sandbox().directory("out");
    let running = sandbox
        .formpost(["--dump-body", "out/body", "http://nowhere.invalid/", "-"])
        .stdin_from(Endless(std::io::Cursor::new(Vec::new())))
        .start();
    until_there_is_a_temporary_file(&sandbox.path("out"));
    running.signal("INT");
    running.wait().code(130);
    assert_eq!(std::fs::read_dir(sandbox.path("out")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_dump_keeps_the_link_and_the_permissions_of_what_it_replaces() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let sandbox = sandbox().file("target", "a longer text than the body has".repeat(9));
    let target = sandbox.path("target");
    std::fs::set_permissions(&target, PermissionsExt::from_mode(0o640)).unwrap();
    symlink(&target, sandbox.path("link")).unwrap();
    let args = [
        "--boundary",
        "X",
        "--dump-body",
        "link",
        "http://h/",
        "a.txt",
    ];
    sandbox.formpost(args).run().code(0);
    assert!(
        std::fs::symlink_metadata(sandbox.path("link"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        std::fs::metadata(&target).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(sandbox.read("target").ends_with(b"\r\nhello\r\n--X--\r\n"));
}
