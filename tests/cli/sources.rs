//! Where contents come from: files, pipes, descriptors, and more of each than fits anywhere.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use crate::sandbox::Sandbox;
#[cfg(unix)]
use crate::sandbox::feed_fifo;
use crate::wire_tap::{Answer, WireTap};

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// How much memory an upload may take, whatever its size: most of it is the program itself, which is not optimised here.
const FLAT: u64 = 24 * MIB;

/// What stands around the content of `-F a=@-` or of an unnamed file, between the boundaries `X`.
fn form_around(filename: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--X\r\nContent-Disposition: form-data; name=\"a\"; filename=\"{filename}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n--X--\r\n"].concat()
}

#[test]
fn a_short_pipe_has_a_length() {
    for length in [0, 1, MIB] {
        let content = vec![b'p'; usize::try_from(length).unwrap()];
        let tap = WireTap::answering([Answer::ok("")]);
        Sandbox::new()
            .formpost(["--boundary", "X", "-F", "a=@-", &tap.url("/")])
            .stdin(content.clone())
            .run()
            .code(0);
        let request = tap.request();
        let expected = form_around("-", &content);
        assert_eq!(
            request.header("Content-Length"),
            Some(&*expected.len().to_string())
        );
        request.body_is(expected);
    }
}

#[test]
fn a_long_pipe_goes_in_chunks() {
    let content = vec![b'p'; usize::try_from(MIB + 1).unwrap()];
    let tap = WireTap::answering([Answer::ok("")]);
    Sandbox::new()
        .formpost(["--boundary", "X", "-F", "a=@-", &tap.url("/")])
        .stdin(content.clone())
        .run()
        .code(0);
    let request = tap.request();
    assert!(
        request.is_chunked() && request.header("Content-Length").is_none(),
        "{}",
        request.head
    );
    request.body_is(form_around("-", &content));
}

#[test]
fn a_long_pipe_arrives_as_it_was() {
    let content: Vec<u8> = (0..8 * 1024 * 1024_u32).map(|n| (n % 251) as u8).collect();
    let tap = WireTap::answering([Answer::ok("").discarding()]);
    Sandbox::new()
        .formpost(["--boundary", "X", "-F", "a=@-", &tap.url("/")])
        .stdin(content.clone())
        .run()
        .code(0);
    let expected = Sha256::digest(form_around("-", &content));
    let expected: Vec<String> = expected.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(tap.request().body_sha256, expected.concat());
}

#[test]
fn a_redirected_file_begins_where_it_was_left() {
    let tap = WireTap::answering([Answer::ok("")]);
    Sandbox::new()
        .file("source", "already read|to be sent")
        .formpost(["--boundary", "X", "-F", "a=@-", &tap.url("/")])
        .stdin_file("source", "already read|".len() as u64)
        .run()
        .code(0);
    let request = tap.request();
    let expected = form_around("-", b"to be sent");
    assert_eq!(
        request.header("Content-Length"),
        Some(&*expected.len().to_string())
    );
    request.body_is(expected);
}

#[cfg(unix)]
#[test]
fn a_closed_standard_input_is_not_sent_silently() {
    let tap = WireTap::answering([Answer::ok("")]);
    Sandbox::new()
        .formpost(["--boundary", "X", "-F", "a=@-", &tap.url("/")])
        .stdin_closed()
        .run()
        .code(0)
        .stderr_has("standard input");
    tap.request().body_is(form_around("-", b""));
}

#[cfg(unix)]
#[test]
fn a_fifo_is_read_like_a_pipe() {
    let tap = WireTap::answering([Answer::ok("")]);
    let sandbox = Sandbox::new().fifo("named");
    feed_fifo(sandbox.path("named"), "through the pipe");
    sandbox
        .formpost(["--boundary", "X", "-F", "a=@named", &tap.url("/")])
        .run()
        .code(0);
    tap.request()
        .body_is(form_around("named", b"through the pipe"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_claims_to_be_empty_is_read_first() {
    let tap = WireTap::answering([Answer::ok("")]);
    Sandbox::new()
        .formpost(["-F", "a=@/proc/version", &tap.url("/")])
        .run()
        .code(0);
    let body = tap.request().body_text();
    assert!(body.contains("Linux version"), "{body}");
}

#[cfg(unix)]
#[test]
fn three_hundred_files_need_few_descriptors() {
    let names: Vec<String> = (0..300).map(|n| format!("f{n:03}")).collect();
    let sandbox = names
        .iter()
        .fold(Sandbox::new(), |sandbox, name| sandbox.file(name, name));
    let tap = WireTap::answering([Answer::ok("")]);
    sandbox
        .formpost([&tap.url("/")])
        .args(&names)
        .open_files_limit(64)
        .run()
        .code(0);
    let body = tap.request().body_text();
    for name in &names {
        assert!(
            body.contains(&format!("\r\n\r\n{name}\r\n")),
            "{name} did not arrive"
        );
    }
}

#[test]
fn one_file_can_be_sent_twice() {
    let tap = WireTap::answering([Answer::ok("")]);
    Sandbox::new()
        .file("twice", "content")
        .formpost(["-F", "a=@twice", "-F", "b=@twice", &tap.url("/")])
        .run()
        .code(0);
    assert_eq!(
        tap.request()
            .body_text()
            .matches("\r\n\r\ncontent\r\n")
            .count(),
        2
    );
}

#[test]
fn five_gibibytes_of_a_file_take_no_memory() {
    let tap = WireTap::answering([Answer::ok("").discarding()]);
    Sandbox::new()
        .sparse_file("huge", 5 * GIB)
        .formpost(["--boundary", "X", "-F", "a=@huge", &tap.url("/")])
        .run()
        .code(0)
        .peak_memory_below(FLAT);
    let request = tap.request();
    let expected = 5 * GIB + form_around("huge", b"").len() as u64;
    assert_eq!(
        request.header("Content-Length"),
        Some(&*expected.to_string())
    );
    assert_eq!(request.body_length, expected);
}

#[test]
fn five_gibibytes_of_a_pipe_take_no_memory() {
    let tap = WireTap::answering([Answer::ok("").discarding()]);
    Sandbox::new()
        .formpost(["--boundary", "X", "-F", "a=@-", &tap.url("/")])
        .stdin_from(io::repeat(0).take(5 * GIB))
        .run()
        .code(0)
        .peak_memory_below(FLAT);
    let request = tap.request();
    assert!(request.is_complete && request.is_chunked());
    assert_eq!(
        request.body_length,
        5 * GIB + form_around("-", b"").len() as u64
    );
}

#[cfg(unix)]
#[test]
fn a_spooled_pipe_has_a_length_and_leaves_nothing_behind() {
    let content: Vec<u8> = (0..2 * 1024 * 1024_u32).map(|n| (n % 251) as u8).collect();
    for chunked in [false, true] {
        let tap = WireTap::answering([Answer::ok("")]);
        let sandbox = Sandbox::new().directory("temporary");
        sandbox
            .formpost(["--boundary", "X", "-F", "a=@-", "--spool", &tap.url("/")])
            .args(chunked.then_some("--chunked"))
            .env("TMPDIR", sandbox.path("temporary"))
            .stdin(content.clone())
            .run()
            .code(0)
            .stderr_has("standard input: reading all of it before sending");
        let request = tap.request();
        let expected = form_around("-", &content);
        let length = (!chunked).then(|| expected.len().to_string());
        assert_eq!(request.header("Content-Length"), length.as_deref());
        assert_eq!(request.is_chunked(), chunked);
        request.body_is(expected);
        let left = std::fs::read_dir(sandbox.path("temporary")).unwrap();
        assert_eq!(left.count(), 0);
    }
}

#[cfg(unix)]
#[test]
fn fifos_are_spooled_one_after_the_other() {
    let tap = WireTap::answering([Answer::ok("")]);
    let sandbox = Sandbox::new().fifo("one").fifo("two");
    let (one, two) = (sandbox.path("one"), sandbox.path("two"));
    let writer = std::thread::spawn(move || {
        std::fs::write(one, vec![b'1'; 2 << 20]).unwrap();
        std::fs::write(two, "2").unwrap();
    });
    sandbox
        .formpost(["-F", "a=<one", "-F", "b=<two", "--spool", &tap.url("/")])
        .run()
        .code(0);
    writer.join().unwrap();
    let request = tap.request();
    assert!(request.header("Content-Length").is_some());
    assert!(request.body_text().contains("\r\n\r\n2\r\n--"));
}

#[cfg(unix)]
#[test]
fn a_spool_that_cannot_be_written_is_said_before_connecting() {
    let tap = WireTap::expecting_nobody();
    let sandbox = Sandbox::new();
    sandbox
        .formpost(["-F", "a=@-", "--spool", &tap.url("/")])
        .env("TMPDIR", sandbox.path("missing"))
        .stdin(vec![b'p'; 2 << 20])
        .run()
        .code(1)
        .stderr_has("standard input: cannot be spooled to a temporary file")
        .stderr_has("hint: TMPDIR");
}
