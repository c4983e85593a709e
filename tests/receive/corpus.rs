//! The bodies of the corpus, as uploads.

use std::fs;
use std::path::Path;

use formpost::multipart::{Boundary, Limits};

use crate::client::{chunked, head, request, sha256};
use crate::limits::set_limit;
use crate::serving::{Serving, be_alone};

/// What a `.expect` file of the corpus wants from a server.
struct Expectation {
    boundary: Boundary,
    is_form: bool,
    limits: Limits,
    parts: usize,
    /// The kind, and the offset.
    error: Option<(String, u64)>,
}

impl Expectation {
    fn read(path: &Path) -> Self {
        let mut expectation = Self {
            boundary: Boundary::new("B").unwrap(),
            is_form: true,
            limits: Limits::default(),
            parts: 0,
            error: None,
        };
        for line in fs::read_to_string(path).unwrap().lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["boundary", ..] => {
                    expectation.boundary = line["boundary ".len()..].parse().unwrap();
                }
                ["dialect", _] => expectation.is_form = false,
                ["limit", name, value] => {
                    set_limit(&mut expectation.limits, name, value).expect("a limit");
                }
                ["part", ..] => expectation.parts += 1,
                ["error", kind, "at", offset] => {
                    expectation.error = Some((kind.to_owned(), offset.parse().unwrap()));
                }
                _ => {}
            }
        }
        expectation
    }

    /// 413 for what is too much, 400 for what is wrong.
    fn status(&self) -> Option<u16> {
        let (kind, _) = self.error.as_ref()?;
        let is_too_much = kind.starts_with("too-many-")
            || kind.ends_with("-too-long")
                && !["preamble-too-long", "padding-too-long"].contains(&kind.as_str());
        Some(if is_too_much { 413 } else { 400 })
    }
}

/// All bodies of the corpus with what is expected of them.
fn corpus() -> Vec<(String, Vec<u8>, Expectation)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let folders = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = folders
        .filter(|path| path.is_dir())
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let bodies = files.map(|entry| entry.unwrap().path()).filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "body")
    });
    let case = |path: std::path::PathBuf| {
        let expectation = Expectation::read(&path.with_extension("expect"));
        (
            path.display().to_string(),
            fs::read(&path).unwrap(),
            expectation,
        )
    };
    bodies.map(case).collect()
}

/// Sends a body of the corpus in chunks of this size, and compares the answer.
fn try_case(serving: &Serving, name: &str, body: &[u8], expectation: &Expectation, size: usize) {
    let kind = if expectation.is_form {
        "form-data"
    } else {
        "mixed"
    };
    let boundary = expectation.boundary.parameter();
    let request = [
        format!("multipart/{kind}; boundary={boundary}").as_bytes(),
        &chunked(body, size)[head("").len() - 2..],
    ]
    .concat();
    let request = [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ",
        &request[..],
    ]
    .concat();
    let answer = serving.ask(request);
    if !expectation.is_form {
        answer.status(415);
    } else if let (Some(status), Some((kind, offset))) = (expectation.status(), &expectation.error)
    {
        assert_eq!(
            answer.status,
            status,
            "{name}: {}",
            answer.body.escape_ascii()
        );
        assert_eq!(&answer.kind(), kind, "{name}");
        assert_eq!(answer.json()["error"]["offset"], *offset, "{name}");
    } else {
        assert!(
            matches!(answer.status, 200 | 201),
            "{name}: {}",
            answer.body.escape_ascii()
        );
        let parts = answer.json()["parts"].as_array().unwrap().clone();
        assert_eq!(parts.len(), expectation.parts, "{name}");
        for part in parts.iter().filter(|part| part["saved_as"].is_string()) {
            let content = fs::read(part["saved_as"].as_str().unwrap()).unwrap();
            assert_eq!(sha256(&content), part["sha256"], "{name}");
            fs::remove_file(part["saved_as"].as_str().unwrap()).unwrap();
        }
    }
    assert_eq!(serving.files(), [""; 0], "{name}");
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

#[test]
fn the_corpus_gets_the_status_that_it_deserves_and_leaves_nothing() {
    let _alone = be_alone();
    let before = descriptors();
    let usual = Serving::alone(|_| {});
    let cases = corpus();
    assert!(cases.len() >= 241, "only {} bodies were found", cases.len());
    for (name, body, expectation) in &cases {
        let own = (expectation.limits != Limits::default())
            .then(|| Serving::alone(|settings| settings.limits = expectation.limits.clone()));
        let serving = own.as_ref().unwrap_or(&usual);
        try_case(serving, name, body, expectation, 1 << 20);
        try_case(serving, name, body, expectation, 7);
        // It goes on serving, within its limits.
        let form = b"--B--\r\n";
        let is_too_long = |limit| limit < form.len() as u64;
        let status = match expectation.limits.body {
            Some(limit) if is_too_long(limit) => 413,
            _ => 200,
        };
        serving.ask(request("", form)).status(status);
    }
    drop(usual);
    // The runtime of a server that another test has stopped may have been about to close its last.
    let after = descriptors();
    assert!(after <= before, "{after} descriptors, {before} before");
}
