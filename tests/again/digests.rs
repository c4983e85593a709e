//! Digest authentication: what goes out, in which order, and that the server would take it. The answers are computed here
//! a second time, from the formula of RFC 7616 section 3.4.1 and what stands in the request.

use std::collections::HashMap;
use std::fmt::Write;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::recorder::{Answer, Recorder, Request, nothing, redirection, status, with_fields};
use crate::sandbox::{Outcome, Sandbox};
use crate::upload::{Source, nobody, patient};

const USER: &str = "me";
const PASSWORD: &str = "hunter2: \u{e4}";

/// A 401 with these fields' values.
fn challenge(values: &[&str]) -> Answer {
    let fields: Vec<Vec<u8>> = values
        .iter()
        .map(|value| format!("WWW-Authenticate: {value}").into_bytes())
        .collect();
    let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    with_fields("401 Unauthorized", &fields, "who are you?\n")
}

fn digest(nonce: &str) -> String {
    format!(
        "Digest realm=\"a, \\\"b\\\"\", qop=\"auth,auth-int\", nonce=\"{nonce}\", opaque=\"o,p\", algorithm=SHA-256"
    )
}

fn run(source: Source, sandbox: &Sandbox, url: &str, arguments: &[&str]) -> Outcome {
    let login = format!("{USER}:{PASSWORD}");
    let run = source.of(sandbox, url).args(["--digest", "-u", &login]);
    let outcome = patient(run.args(arguments));
    outcome.stderr_lacks("hunter2");
    outcome
}

/// The parameters of a request's answer.
fn parameters(request: &Request) -> HashMap<String, String> {
    let value = request.header("Authorization").unwrap();
    let mut rest = value.strip_prefix("Digest ").unwrap();
    let mut parameters = HashMap::new();
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = if let Some(quoted) = after.strip_prefix('"') {
            let mut value = String::new();
            let mut characters = quoted.char_indices();
            let end = loop {
                match characters.next().unwrap() {
                    (at, '"') => break at,
                    (_, '\\') => value.push(characters.next().unwrap().1),
                    (_, character) => value.push(character),
                }
            };
            (value, &quoted[end + 1..])
        } else {
            let (value, _) = after.split_once(',').unwrap_or((after, ""));
            (value.to_owned(), &after[value.len()..])
        };
        let before = parameters.insert(name.trim().to_owned(), value);
        assert_eq!(before, None, "{name} twice");
        rest = after.trim_start_matches([',', ' ']);
    }
    parameters
}

fn hash(algorithm: &str, text: &str) -> String {
    let octets = if algorithm.starts_with("SHA-256") {
        Sha256::digest(text).to_vec()
    } else {
        Md5::digest(text).to_vec()
    };
    octets.iter().fold(String::new(), |mut hex, octet| {
        write!(hex, "{octet:02x}").unwrap();
        hex
    })
}

/// That the request proves that its sender knows the password: for itself, and with that nonce.
#[track_caller]
fn is_proven(request: &Request, realm: &str, nonce: &str, count: &str) {
    let given = parameters(request);
    let get = |name: &str| given.get(name).map_or("", String::as_str);
    let (method, target) = request.line().split_once(' ').unwrap();
    for (name, expected) in [
        ("username", USER),
        ("realm", realm),
        ("nonce", nonce),
        ("uri", target),
    ] {
        assert_eq!(get(name), expected, "{}", request.head);
    }
    let algorithm = get("algorithm");
    let mut secret = hash(algorithm, &format!("{USER}:{realm}:{PASSWORD}"));
    if algorithm.ends_with("-sess") {
        secret = hash(algorithm, &format!("{secret}:{nonce}:{}", get("cnonce")));
    }
    let what = hash(algorithm, &format!("{method}:{target}"));
    let expected = if get("qop").is_empty() {
        format!("{secret}:{nonce}:{what}")
    } else {
        assert_eq!(get("nc"), count);
        format!(
            "{secret}:{nonce}:{count}:{}:{}:{what}",
            get("cnonce"),
            get("qop")
        )
    };
    assert_eq!(
        get("response"),
        hash(algorithm, &expected),
        "{}",
        request.head
    );
}

/// That the request only asks: the upload's method and target, and nothing of it.
#[track_caller]
fn is_question(request: &Request) {
    assert_eq!(request.header("Content-Length"), Some("0"));
    assert!(request.body.is_empty());
    let head = request.head.to_ascii_lowercase();
    for name in [
        "content-type",
        "authorization",
        "transfer-encoding",
        "expect",
        "idempotency-key",
    ] {
        assert!(!head.contains(&format!("\r\n{name}:")), "{head}");
    }
}

#[test]
fn an_upload_goes_out_once_after_a_question() {
    for source in [
        Source::File,
        Source::Pipe,
        Source::Spooled,
        Source::ShortPipe,
    ] {
        for (values, realm) in [
            (vec![digest("n1")], "a, \"b\""),
            (vec![String::from("Digest realm=r, nonce=n1")], "r"),
            (
                vec![String::from(
                    "Digest realm=r, nonce=n1, algorithm=MD5-sess, qop=auth",
                )],
                "r",
            ),
            (
                vec![
                    String::from("Negotiate, Basic realm=\"Digest realm=x, nonce=y\""),
                    String::from(
                        "Digest realm=x, nonce=y, qop=auth, Digest realm=r, nonce=n1, qop=auth, algorithm=SHA-256-sess",
                    ),
                ],
                "r",
            ),
        ] {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let server = Recorder::plain();
            server
                .answer(challenge(&values))
                .answer(status("200 OK", "thanks\n"));
            let arguments = ["--expect100-timeout", "0.1", "--idempotency-key", "-v"];
            let sandbox = source.sandbox();
            let outcome = run(source, &sandbox, &server.url("/up?a=b&c"), &arguments);
            outcome
                .code(0)
                .stdout("thanks\n")
                .stderr_has("< HTTP/1.1 401 Unauthorized")
                .stderr_has("> Authorization: Digest [redacted]");
            let seen = server.finish();
            assert_eq!(seen.lines(), ["POST /up?a=b&c"; 2]);
            is_question(&seen.requests[0]);
            source.is_whole_in(&seen.requests[1]);
            is_proven(&seen.requests[1], realm, "n1", "00000001");
        }
    }
}

#[test]
fn a_stale_nonce_is_renewed_once_and_is_no_repeat() {
    let stale = |nonce| format!("{}, stale=true", digest(nonce));
    for (source, second, third, lines, code) in [
        (Source::File, stale("n2"), None, 3, 0),
        (Source::Spooled, stale("n2"), None, 3, 0),
        (Source::Pipe, stale("n2"), None, 2, 4),
        (Source::File, stale("n2"), Some(stale("n3")), 3, 4),
        (Source::File, digest("n2"), None, 2, 4),
    ] {
        let server = Recorder::plain();
        server
            .answer(challenge(&[&digest("n1")]))
            .answer(challenge(&[&second]));
        server.answer(third.map_or_else(|| status("200 OK", ""), |third| challenge(&[&third])));
        let sandbox = source.sandbox();
        let outcome = run(source, &sandbox, &server.url("/"), &["--retry", "3"]);
        outcome.code(code).stderr_lacks("attempt");
        if code == 4 {
            outcome.stderr_has("hint: the server refused the credentials of -u me");
        }
        let seen = server.finish();
        assert_eq!(seen.requests.len(), lines);
        is_question(&seen.requests[0]);
        for (request, nonce) in seen.requests[1..].iter().zip(["n1", "n2"]) {
            source.is_whole_in(request);
            is_proven(request, "a, \"b\"", nonce, "00000001");
        }
    }
}

#[test]
fn where_nobody_asks_the_upload_goes_out_without() {
    for (first, second, count, code) in [
        (
            status("200 OK", "empty\n"),
            status("201 Created", "thanks\n"),
            2,
            0,
        ),
        (
            redirection(303, "/there"),
            status("200 OK", "thanks\n"),
            2,
            0,
        ),
        (
            redirection(307, "/there"),
            status("200 OK", "thanks\n"),
            2,
            0,
        ),
        // Only what has a body is asked for credentials.
        (status("200 OK", ""), challenge(&[&digest("n1")]), 3, 0),
    ] {
        let server = Recorder::plain();
        server
            .answer(first)
            .answer(second)
            .answer(status("200 OK", "thanks\n"));
        let sandbox = Source::File.sandbox();
        let outcome = run(Source::File, &sandbox, &server.url("/"), &["-L"]);
        outcome.code(code).stdout("thanks\n");
        let seen = server.finish();
        assert_eq!(seen.lines(), vec!["POST /"; count]);
        is_question(&seen.requests[0]);
        Source::File.is_whole_in(&seen.requests[1]);
        assert_eq!(seen.requests[1].header("Authorization"), None);
        if count == 3 {
            Source::File.is_whole_in(&seen.requests[2]);
            is_proven(&seen.requests[2], "a, \"b\"", "n1", "00000001");
        }
    }
}

#[test]
fn an_answer_to_the_question_may_be_the_last_word() {
    for (answer, code, said) in [
        (
            challenge(&[
                "Basic realm=a, Negotiate",
                "Digest realm=a, nonce=b, qop=auth-int",
            ]),
            4,
            "hint: the server offers no Digest authentication that is known here, but Basic, Negotiate, Digest qop=auth-int",
        ),
        (
            challenge(&[]),
            4,
            "hint: the server does not say how to authenticate",
        ),
        (
            status("403 Forbidden", "no\n"),
            4,
            "the upload was not sent",
        ),
        (status("503 Busy", "later\n"), 5, "the upload was not sent"),
        (
            nothing(),
            7,
            "the upload was not sent: asking for a Digest challenge failed",
        ),
        (
            status("403 Forbidden", "no\n").cut(60).reset(),
            7,
            "the upload was not sent",
        ),
    ] {
        let server = Recorder::plain();
        server.answer(answer);
        let sandbox = Source::File.sandbox();
        let outcome = run(Source::File, &sandbox, &server.url("/"), &[]);
        outcome.code(code).stderr_has(said);
        let seen = server.finish();
        assert_eq!(seen.lines(), ["POST /"]);
        is_question(&seen.requests[0]);
    }
    let sandbox = Source::File.sandbox();
    let url = format!("http://{}/", nobody());
    run(Source::File, &sandbox, &url, &[]).code(7);
}

/// Nothing was kept of a question: it is asked again where an upload would not be sent again.
#[test]
fn a_question_can_be_repeated() {
    let server = Recorder::plain();
    server
        .answer(nothing())
        .answer(status("503 Busy", ""))
        .answer(challenge(&[&digest("n1")]))
        .answer(status("200 OK", "thanks\n"));
    let sandbox = Source::File.sandbox();
    let arguments = ["--retry", "2", "--retry-delay", "0.01"];
    let outcome = run(Source::File, &sandbox, &server.url("/"), &arguments);
    outcome.code(0).stdout("thanks\n").stderr_lacks("twice");
    let seen = server.finish();
    assert_eq!(seen.requests.len(), 4);
    seen.requests[..3].iter().for_each(is_question);
    is_proven(&seen.requests[3], "a, \"b\"", "n1", "00000001");
}

#[test]
fn within_the_origin_each_request_is_proven_by_itself() {
    let server = Recorder::plain();
    server
        .answer(challenge(&[&digest("n1")]))
        .answer(redirection(307, "/there?x=1"))
        .answer(redirection(303, "/got?y=2"))
        .answer(challenge(&[&format!("{}, stale=true", digest("n2"))]))
        .answer(status("200 OK", "thanks\n"));
    let sandbox = Source::File.sandbox();
    let outcome = run(Source::File, &sandbox, &server.url("/here"), &["-L"]);
    outcome.code(0).stdout("thanks\n");
    let seen = server.finish();
    let lines = [
        "POST /here",
        "POST /here",
        "POST /there?x=1",
        "GET /got?y=2",
        "GET /got?y=2",
    ];
    assert_eq!(seen.lines(), lines);
    for (request, (nonce, count)) in seen.requests[1..].iter().zip([
        ("n1", "00000001"),
        ("n1", "00000002"),
        ("n1", "00000003"),
        ("n2", "00000001"),
    ]) {
        is_proven(request, "a, \"b\"", nonce, count);
    }
}

/// Not one word of a login goes to another origin, whoever it came from and whatever is asked for there.
#[test]
fn x4_no_credential_goes_to_another_origin() {
    for status_code in [303, 307, 308] {
        for digests in [true, false] {
            for then in ["ask", "back"] {
                let (first, second) = (Recorder::plain(), Recorder::plain());
                if digests {
                    first.answer(challenge(&[&digest("n1")]));
                }
                first
                    .answer(redirection(status_code, second.url("/there")))
                    .answer(challenge(&[&digest("n3")]));
                second.answer(match then {
                    "ask" => challenge(&[&digest("n2"), "Basic realm=b"]),
                    _ => redirection(status_code, first.url("/back")),
                });
                let sandbox = Source::File.sandbox();
                let netrc = "machine 127.0.0.1 login me password \"hunter2: \u{e4}\"\n\
                             default login me password hunter2\n";
                let sandbox = sandbox.file("netrc", netrc);
                owned(&sandbox.path("netrc"));
                let url = first.url("/here");
                let run = Source::File.of(&sandbox, &url).args([
                    "--location-trusted",
                    "--netrc-file",
                    "netrc",
                ]);
                let run = if digests { run.arg("--digest") } else { run };
                let outcome = patient(run);
                outcome
                    .stderr_lacks("hunter2")
                    .stderr_has("the credentials of netrc did not go along to another origin");
                let (first, second) = (first.finish(), second.finish());
                assert_eq!(second.requests.len(), 1);
                let upload = usize::from(digests);
                assert!(first.requests[upload].header("Authorization").is_some());
                for request in first.requests[upload + 1..].iter().chain(&second.requests) {
                    assert_eq!(request.header("Authorization"), None, "{}", request.head);
                }
            }
        }
    }
}

fn owned(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
