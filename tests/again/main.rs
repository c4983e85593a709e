//! Answers that do not stand: redirections and repeats, against the built program.
//!
//! Two servers or more write down every octet they are sent, so that what is told apart is what went where and how often,
//! and not what the program says of it. What must come of a redirection is worked out here a second time, from the
//! standards and not from the library's policy.
//!
//! * [`redirects`]: each status, towards each kind of target, from a file and from pipes, with each option; then the
//!   chains, the circles and the targets that are odd.
//! * [`digests`]: what goes out when the server is asked first what credentials it wants, and where it does not go.
//! * [`repeats`]: what is sent again and what is not, after how long, and what is said about it.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in a test's own machinery fails the test"
)]
#![expect(
    clippy::print_stdout,
    reason = "what a test prints is shown when it fails"
)]

/// Credentials that are asked for.
mod digests;
/// Redirections.
mod redirects;
/// Repeats.
mod repeats;

/// Certificates.
#[expect(dead_code, reason = "it is shared, and not all of it is needed here")]
#[path = "../rude/identity.rs"]
mod identity;
/// A server's end of a connection.
#[path = "../rude/line.rs"]
mod line;
/// The servers.
mod recorder;
/// A directory, an environment and a watchdog for each run.
#[expect(dead_code, reason = "it is shared, and not all of it is needed here")]
#[path = "../cli/sandbox.rs"]
mod sandbox;
/// What is uploaded, and the program that does it.
mod upload;
