//! curl, whose words this program takes over: where it is there, it is asked what they mean.

use std::process::{Command, Stdio};

/// Whether there is one. If not, that is said, and is a failure with `CI` set.
pub(crate) fn is_there() -> bool {
    let mut version = Command::new("curl");
    version.arg("--version").stdout(Stdio::null());
    let is_there = version.status().is_ok_and(|status| status.success());
    assert!(is_there || !is_ci(), "there is no curl here");
    if !is_there {
        println!("SKIPPED: there is no curl here");
    }
    is_there
}

#[expect(clippy::disallowed_methods, reason = "this is for who runs the tests")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}
