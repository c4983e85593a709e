//! What becomes of a body before and while it is sent: it is coded, weighed, announced by its digest.

use std::fmt::Write;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

use crate::sandbox::Sandbox;
use crate::wire_tap::{Answer, Request, WireTap};

const FORM: [&str; 6] = ["--boundary", "X", "-F", "a=@a.txt", "-F", "b=text"];
const BODY: &str = "--X\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\
    Content-Type: text/plain\r\n\r\nhello\r\n\
    --X\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\ntext\r\n--X--\r\n";

const CODINGS: &[&str] = &[
    "gzip",
    #[cfg(feature = "zstd")]
    "zstd",
];

fn sandbox() -> Sandbox {
    Sandbox::new().file("a.txt", "hello").file("empty", "")
}

fn decoded(request: &Request) -> Vec<u8> {
    let mut decoded = Vec::new();
    match request.header("Content-Encoding") {
        Some("gzip") => flate2::read::GzDecoder::new(&request.body[..])
            .read_to_end(&mut decoded)
            .unwrap(),
        #[cfg(feature = "zstd")]
        Some("zstd") => zstd::stream::read::Decoder::new(&request.body[..])
            .unwrap()
            .read_to_end(&mut decoded)
            .unwrap(),
        other => panic!("{other:?}"),
    };
    decoded
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").unwrap();
        text
    })
}

/// Octets that hardly become smaller.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let octets = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    octets.take(length).collect()
}

#[test]
fn a_compressed_body_is_the_body_once_it_is_decoded() {
    for &coding in CODINGS {
        for (spool, is_chunked) in [(&[][..], true), (&["--spool"], false)] {
            let tap = WireTap::answering([Answer::ok("")]);
            sandbox()
                .formpost(FORM)
                .args(["--compress", coding, &tap.url("/")])
                .args(spool)
                .run()
                .code(0);
            let request = tap.request();
            assert_eq!(request.header("Content-Encoding"), Some(coding));
            assert_eq!(request.is_chunked(), is_chunked);
            assert_eq!(String::from_utf8(decoded(&request)).unwrap(), BODY);
        }
    }
}

#[test]
fn what_does_not_become_smaller_arrives_as_well() {
    let content = noise(5_000_000);
    for &coding in CODINGS {
        let tap = WireTap::answering([Answer::ok("")]);
        Sandbox::new()
            .file("noise", &content)
            .formpost(["-T", "noise", "--compress", coding, &tap.url("/")])
            .run()
            .code(0);
        assert!(decoded(&tap.request()) == content, "{coding}");
    }
}

#[cfg(not(feature = "zstd"))]
#[test]
fn what_was_left_out_is_named() {
    sandbox()
        .formpost(["-T", "a.txt", "--compress", "zstd", "--dry-run", "h"])
        .run()
        .code(2)
        .stderr_has("--compress zstd: this formpost was built without it");
}

#[cfg(feature = "zstd")]
#[test]
fn a_gibibyte_is_compressed_in_little_memory() {
    const LENGTH: u64 = 1 << 30;
    let tap = WireTap::answering([Answer::ok("")]);
    let sandbox = Sandbox::new().sparse_file("big", LENGTH);
    sandbox
        .formpost(["-T", "big", "--compress", "zstd", &tap.url("/")])
        .run()
        .code(0)
        .peak_memory_below(32 * 1024 * 1024);
    let request = tap.request();
    let mut decoder = zstd::stream::read::Decoder::new(&request.body[..]).unwrap();
    let mut block = vec![0; 1 << 20];
    let mut length = 0;
    loop {
        let count = decoder.read(&mut block).unwrap();
        if count == 0 {
            break;
        }
        assert!(block[..count].iter().all(|octet| *octet == 0));
        length += count as u64;
    }
    assert_eq!(length, LENGTH);
}

#[test]
fn n6_an_early_refusal_of_a_compressed_body_is_seen() {
    let sandbox = Sandbox::new().file("noise", noise(30 * 1024 * 1024));
    for &coding in CODINGS {
        let refusal = Answer::status("413 Payload Too Large", "too large");
        let tap = WireTap::answering([refusal.before_body()]);
        sandbox
            .formpost(["--file", "file=noise", "--compress", coding, &tap.url("/")])
            .run()
            .code(4)
            .stdout("too large");
    }
}

#[test]
fn l4_a_file_that_shrinks_while_it_is_compressed_is_named() {
    for &coding in CODINGS {
        let sandbox = Sandbox::new().file("noise", noise(30 * 1024 * 1024));
        let path = sandbox.path("noise");
        let shrink = move || {
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.set_len(25 * 1024 * 1024).unwrap();
        };
        let tap = WireTap::answering([Answer::ok("").at(100_000, shrink)]);
        sandbox
            .formpost(["--file", "file=noise", "--compress", coding, &tap.url("/")])
            .run()
            .code(6)
            .stderr_has("noise: ");
    }
}

#[test]
fn a_dry_run_looks_into_a_compressed_body() {
    let sandbox = sandbox();
    for &coding in CODINGS {
        sandbox
            .formpost(FORM)
            .args(["--compress", coding, "--dry-run", "http://nowhere.invalid/"])
            .args(["--dump-body", "-"])
            .run()
            .code(2);
        sandbox
            .formpost(FORM)
            .args(["--compress", coding, "--dry-run", "http://nowhere.invalid/"])
            .args(["--dump-body", "dumped"])
            .run()
            .code(0)
            .stdout_has(&format!("Content-Encoding: {coding}\n"))
            .stdout_has("2cf24dba5fb0a30e…\n")
            .stdout_has(&format!("2 parts, {} bytes, sent chunked\n", BODY.len()));
        assert!(sandbox.read("dumped").len() < BODY.len(), "{coding}");
    }
}

#[test]
fn checksums_of_files_and_of_the_body_are_told() {
    let sum = |name: &str, content: &str| match name {
        "sha256" => hexadecimal(&Sha256::digest(content)),
        "sha512" => hexadecimal(&Sha512::digest(content)),
        _ => hexadecimal(&Md5::digest(content)),
    };
    for algorithm in ["sha256", "sha512", "md5"] {
        let tap = WireTap::answering([Answer::ok("")]);
        let tag = algorithm.to_uppercase();
        sandbox()
            .formpost(FORM)
            .args(["-F", "c=@empty", "--checksum", algorithm, &tap.url("/")])
            .run()
            .code(0)
            .stdout("")
            .stderr_has(&format!("{tag} (a.txt) = {}\n", sum(algorithm, "hello")))
            .stderr_has(&format!("{tag} (empty) = {}\n", sum(algorithm, "")))
            .stderr_has(&format!("{tag} (b) = {}\n", sum(algorithm, "text")))
            .stderr_has(&format!(
                "{tag} (the body) = {}\n",
                sum(algorithm, &tap.request().body_text())
            ));
    }
}

#[test]
fn checksums_of_a_compressed_body_are_of_the_files_and_of_what_is_sent() {
    for spool in [&[][..], &["--spool"]] {
        let tap = WireTap::answering([Answer::ok("")]);
        let outcome = sandbox()
            .formpost(FORM)
            .args(["--compress", "gzip", "--checksum", "sha256", &tap.url("/")])
            .args(spool)
            .run();
        let body = hexadecimal(&Sha256::digest(&tap.request().body));
        outcome
            .code(0)
            .stderr_has("SHA256 (a.txt) = 2cf24dba5fb0a30e")
            .stderr_has(&format!("SHA256 (the body) = {body}\n"));
    }
}

#[test]
fn what_was_not_sent_to_its_end_has_no_checksum() {
    let tap =
        WireTap::answering([Answer::status("413 Payload Too Large", "too large").after(1_000_000)]);
    let sandbox = sandbox().sparse_file("big", 30 * 1024 * 1024);
    sandbox
        .formpost(["--checksum", "sha256", &tap.url("/"), "a.txt", "big"])
        .run()
        .code(4)
        .stderr_has("SHA256 (a.txt) = 2cf24dba5fb0a30e")
        .stderr_lacks("(big)")
        .stderr_lacks("(the body)");
}

#[test]
fn d1_a_content_digest_is_that_of_the_body_as_it_is_sent() {
    let of = |name: &str, body: &[u8]| match name {
        "sha-256" => STANDARD.encode(Sha256::digest(body)),
        _ => STANDARD.encode(Sha512::digest(body)),
    };
    for (option, name) in [
        ("--content-digest", "sha-256"),
        ("--content-digest=sha256", "sha-256"),
        ("--content-digest=sha512", "sha-512"),
    ] {
        for more in [
            &[][..],
            &["--compress", "gzip"],
            #[cfg(feature = "zstd")]
            &["--compress", "zstd"],
            #[cfg(feature = "zstd")]
            &["--compress", "zstd", "--spool"],
            &["--chunked"],
        ] {
            let tap = WireTap::answering([Answer::ok("")]);
            sandbox()
                .formpost([option, &tap.url("/"), "a.txt"])
                .args(more)
                .run()
                .code(0);
            let request = tap.request();
            let expected = format!("{name}=:{}:", of(name, &request.body));
            assert_eq!(request.header("Content-Digest"), Some(expected.as_str()));
        }
    }
}

#[test]
fn d1_each_attempt_has_the_digest_of_its_own_body() {
    let tap = WireTap::answering([Answer::status("503 Busy", ""), Answer::ok("")]);
    let args = ["--content-digest", "--retry", "1", "--retry-delay", "0.01"];
    sandbox()
        .formpost(args)
        .args(["-F", "a=@a.txt", &tap.url("/")])
        .run()
        .code(0);
    let requests = tap.requests();
    for request in &requests {
        let expected = format!(
            "sha-256=:{}:",
            STANDARD.encode(Sha256::digest(&request.body))
        );
        assert_eq!(request.header("Content-Digest"), Some(expected.as_str()));
    }
    assert_ne!(requests[0].body, requests[1].body);
}

#[test]
fn d1_what_can_be_read_once_has_a_digest_only_if_it_is_spooled() {
    let content = vec![b'x'; 2 * 1024 * 1024];
    let tap = WireTap::expecting_nobody();
    sandbox()
        .formpost(["--content-digest", &tap.url("/"), "-"])
        .stdin(content.clone())
        .run()
        .code(2)
        .stderr_has("--content-digest: standard input cannot be read twice")
        .stderr_has("--spool");
    let tap = WireTap::answering([Answer::ok("")]);
    sandbox()
        .formpost(["--content-digest", "--spool", &tap.url("/"), "-"])
        .stdin(content)
        .run()
        .code(0);
    let request = tap.request();
    let expected = format!(
        "sha-256=:{}:",
        STANDARD.encode(Sha256::digest(&request.body))
    );
    assert_eq!(request.header("Content-Digest"), Some(expected.as_str()));
}

#[test]
fn what_is_said_of_a_body_is_said_once_and_of_a_body() {
    for (args, expected) in [
        (
            &["--compress", "gzip", "-H", "Content-Encoding: gzip"][..],
            "--compress and -H Content-Encoding: ",
        ),
        (
            &["--content-digest", "-H", "content-digest: x"],
            "--content-digest and -H Content-Digest: ",
        ),
        (&["-G", "--compress", "gzip"], "--compress and -G: "),
        (&["-G", "--content-digest"], "--content-digest and -G: "),
        (&["--content-digest=md5"], "md5"),
    ] {
        let tap = WireTap::expecting_nobody();
        sandbox()
            .formpost(args)
            .args(["-F", "a=1", &tap.url("/")])
            .run()
            .code(2)
            .stderr_has(expected);
    }
}
