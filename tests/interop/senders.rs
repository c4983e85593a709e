//! Uploads by clients that were not written here, to the built program: curl, Python's requests and `http.client`, Node's
//! fetch, and a browser that fills in the receiver's page. What is stored is compared by checksum, and what is answered by
//! name.
//!
//! All but the browser send the same form, which `clients/` describes.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::{folder, is_installed, is_there, say, starts};
use crate::receiver::{Receiver, sha256};
use crate::sandbox::Sandbox;

/// The files that are sent: names beyond ASCII, contents that look like delimiters, none, and more than a buffer.
const NAMES: [&str; 4] = ["plain.txt", "grüße, 中文 🙂.bin", "empty", "large.bin"];

/// The texts that are sent before them.
const TEXTS: [(&str, &str); 3] = [("text", "one"), ("text", "zwei, 中文 🙂"), ("größe", "")];

fn content(name: &str) -> Vec<u8> {
    match name {
        "plain.txt" => b"hello\r\n".to_vec(),
        "empty" => Vec::new(),
        "large.bin" => (0..5_000_000_u32).map(|n| (n % 251) as u8).collect(),
        _ => b"\r\n--\r\n\r\n----x\r\n\0\r".to_vec(),
    }
}

/// A directory with those files in it.
fn sources(names: &[&str]) -> Sandbox {
    names.iter().fold(Sandbox::new(), |sandbox, name| {
        sandbox.file(name, content(name))
    })
}

/// Runs a client of this folder to its end.
fn client(runtime: &str, args: &[&str], paths: &[PathBuf]) -> Output {
    let mut command = Command::new(runtime);
    command.current_dir(folder()).args(args).args(paths);
    command.stdin(Stdio::null()).output().unwrap()
}

fn told(output: &Output) -> String {
    let (out, error) = (&output.stdout, &output.stderr);
    format!(
        "{}\n--- standard output ---\n{}\n--- standard error ---\n{}",
        output.status,
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(error)
    )
}

/// Lets a client send the form, and expects all of it to arrive.
#[track_caller]
fn check(what: &str, send: impl FnOnce(&str, &[PathBuf]) -> Output) {
    let sandbox = sources(&NAMES);
    let paths: Vec<PathBuf> = NAMES.iter().map(|name| sandbox.path(name)).collect();
    let receiver = sandbox.receiver([]);
    let output = send(receiver.url(), &paths);
    assert!(output.status.success(), "{what}: {}", told(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut got: Vec<Value> = answer["parts"].as_array().unwrap().clone();
    for part in &mut got {
        let part = part.as_object_mut().unwrap();
        part.retain(|key, _| ["name", "filename", "size", "sha256"].contains(&&**key));
    }
    let texts = TEXTS
        .iter()
        .map(|(name, text)| part(name, &Value::Null, text.as_bytes()));
    let files = NAMES
        .iter()
        .map(|name| part("file", &json!(name), &content(name)));
    let expected: Vec<Value> = texts.chain(files).collect();
    assert_eq!(got, expected, "{what}: {}", told(&output));
    receiver.stop().stderr_has(" 201 ");
    is_stored(&sandbox, &NAMES);
}

fn part(name: &str, filename: &Value, content: &[u8]) -> Value {
    json!({ "name": name, "filename": filename, "size": content.len(), "sha256": sha256(content) })
}

/// Expects the files in the inbox, whole, and nothing else.
#[track_caller]
fn is_stored(sandbox: &Sandbox, names: &[&str]) {
    let contents: Vec<Vec<u8>> = names.iter().map(|name| content(name)).collect();
    let expected: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&contents)
        .map(|(name, content)| (*name, content.as_slice()))
        .collect();
    sandbox.inbox_is(&expected);
}

#[test]
fn what_curl_sends_arrives() {
    if !is_there("uploads by curl", starts("curl", "--version")) {
        return;
    }
    check("curl", |url, paths| {
        let mut command = Command::new("curl");
        // No settings, and no proxy out of the environment.
        command.args(["--disable", "--noproxy", "*", "--silent", "--show-error"]);
        command.args(["--fail-with-body", "--max-time", "60"]);
        for (name, text) in TEXTS {
            command.arg("--form-string").arg(format!("{name}={text}"));
        }
        for path in paths {
            command
                .arg("-F")
                .arg(format!("file=@\"{}\"", path.display()));
        }
        command.arg(url).stdin(Stdio::null()).output().unwrap()
    });
}

#[test]
fn what_requests_sends_arrives() {
    if is_there("uploads by requests", is_installed()) {
        check("requests", |url, paths| {
            client(
                ".venv/bin/python",
                &["clients/requests_upload.py", url],
                paths,
            )
        });
    }
}

#[test]
fn what_http_client_sends_arrives() {
    if is_there("uploads by http.client", is_installed()) {
        check("http.client", |url, paths| {
            client(
                ".venv/bin/python",
                &["clients/http_client_upload.py", url],
                paths,
            )
        });
    }
}

#[test]
fn what_fetch_sends_arrives() {
    if is_there("uploads by fetch", is_installed()) {
        check("fetch", |url, paths| {
            client("node", &["clients/fetch_upload.mjs", url], paths)
        });
    }
}

/// A client that asks for the answer only when everything is sent loses it if the connection is reset before.
#[test]
fn http_client_gets_every_refusal() {
    const TIMES: usize = 50;
    if !is_there("uploads by http.client", is_installed()) {
        return;
    }
    let sandbox = Sandbox::new();
    let receiver = sandbox.receiver(["--reject", "413@0"]);
    let args = [
        "clients/http_client_upload.py",
        receiver.url(),
        "--megabytes",
        "30",
    ];
    let mut lost = Vec::new();
    for _ in 0..TIMES {
        let output = client(".venv/bin/python", &args, &[]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let is_refused = String::from_utf8_lossy(&output.stderr).contains("status: 413");
        if !is_refused || answer["error"]["kind"] != "rejected" {
            lost.push(told(&output));
        }
    }
    say(&format!(
        "http.client got {} of {TIMES} refusals",
        TIMES - lost.len()
    ));
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    receiver.stop();
    sandbox.inbox_is(&[]);
}

#[test]
fn what_a_browser_sends_arrives() {
    let browser = || starts("node", "--version").and(is_installed());
    let page = || {
        let which = client("node", &["browser.mjs", "--which"], &[]);
        let is_found = which.status.success();
        is_found.then_some(()).ok_or_else(|| told(&which))
    };
    if !is_there("uploads by a browser", browser().and_then(|()| page())) {
        return;
    }
    let names = ["plain.txt", "grüße, 中文 🙂.bin"];
    let sandbox = sources(&names);
    let paths: Vec<PathBuf> = names.iter().map(|name| sandbox.path(name)).collect();
    let receiver: Receiver = sandbox.receiver(["--on-exist", "overwrite"]);
    let output = client("node", &["browser.mjs", receiver.url()], &paths);
    assert!(output.status.success(), "{}", told(&output));
    let outcome = receiver.stop();
    let said = outcome.stderr_text();
    assert_eq!(said.matches(" POST / 201 3 parts").count(), 2, "{said}");
    // What it shows on the page it has compared with the sources itself.
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["with_script"].as_array().map(Vec::len), Some(3));
    is_stored(&sandbox, &names);
}
