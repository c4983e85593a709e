//! The program from end to end: arguments in; bytes on the wire, files, output and exit code out.
//!
//! One binary, and this is its table of contents.

#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in a test's own machinery fails the test"
)]

/// What the layout of the source promises.
mod architecture;

/// Files in the repository that tests can write.
mod golden;
