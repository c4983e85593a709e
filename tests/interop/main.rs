//! Servers and clients that were not written here, and the built program. An end tested against our own other end proves
//! that the two agree, not that they are right.
//!
//! One binary, and this is its table of contents. What it needs is installed by `setup`, which the first test calls. Where
//! something is missing the tests that want it say so and end; with `CI` set in the environment that is a failure.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in a test's own machinery fails the test"
)]
#![expect(
    clippy::print_stderr,
    reason = "what a test prints is shown when it fails, and a skipped one says why"
)]

#[path = "../cli/golden.rs"]
mod golden;
#[path = "../cli/sandbox.rs"]
#[expect(dead_code, reason = "the steps that only the program's own tests take")]
mod sandbox;

/// Uploads to a package index.
mod package_index;
/// Uploads to form readers in common use.
mod readers;
/// Uploads to an object store.
mod s3;

/// Connections that are kept.
#[cfg(target_os = "linux")]
mod kept;
/// Refusals by programs out of packages.
#[cfg(target_os = "linux")]
mod packaged;
/// Proxies out of packages.
#[cfg(target_os = "linux")]
mod proxies;
#[cfg(feature = "receive")]
#[path = "../cli/receiver.rs"]
#[expect(dead_code, reason = "the steps that only the program's own tests take")]
mod receiver;
/// Servers that refuse an upload before all of it is there.
mod refusals;
/// The other way round: clients that were not written here.
#[cfg(feature = "receive")]
mod senders;
/// A server that runs beside a test.
mod server;
/// TLS with servers and keys that were not made here.
#[cfg(target_os = "linux")]
mod tls;
/// A server on a socket of this machine.
#[cfg(target_os = "linux")]
mod unix_socket;
#[cfg(target_os = "linux")]
#[path = "../cli/wire_tap.rs"]
#[expect(dead_code, reason = "the steps that only the program's own tests take")]
mod wire_tap;

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Whether what a test needs is there; if not, that is said, and a failure with `CI` set.
fn is_there(what: &str, needed: Result<(), String>) -> bool {
    let Err(reason) = needed else {
        return true;
    };
    assert!(!is_ci(), "{what}: {reason}");
    eprintln!("SKIPPED: {what}: {reason}");
    false
}

/// Whether this can be run at all.
fn starts(tool: &str, arg: &str) -> Result<(), String> {
    succeeds(&[tool, arg]).map_err(|_| format!("there is no {tool} here"))
}

/// Whether a command ends as it should.
fn succeeds(command: &[&str]) -> Result<(), String> {
    let run = Command::new(command[0])
        .args(&command[1..])
        .current_dir(folder())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match run {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("`{}` fails here", command.join(" "))),
    }
}

/// Says something that is to be read also when the test succeeds: past the capture of its output.
fn say(what: &str) {
    let said = writeln!(io::stderr(), "{what}");
    said.unwrap();
}

/// Node, Python and what belongs to them.
fn is_installed() -> Result<(), String> {
    static READY: OnceLock<Result<(), String>> = OnceLock::new();
    READY.get_or_init(set_up).clone()
}

/// Installs what the servers are made of, unless that is done. An error says why it cannot be.
fn set_up() -> Result<(), String> {
    for tool in ["bash", "node", "npm", "python3"] {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            return Err(format!("there is no {tool} here"));
        }
    }
    let output = Command::new("bash").arg(folder().join("setup")).output();
    let output = output.map_err(|error| format!("setup does not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("tests/interop/setup failed:\n{said}"))
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop"))
}

#[expect(clippy::disallowed_methods, reason = "this is for who runs the tests")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}
