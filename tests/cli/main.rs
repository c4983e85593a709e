//! The program from end to end: arguments in; bytes on the wire, files, output and exit code out.
//!
//! One binary, and this is its table of contents.

#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in a test's own machinery fails the test"
)]
#![expect(
    clippy::print_stdout,
    reason = "what a test prints is shown when it fails"
)]

/// What the layout of the source promises.
mod architecture;
/// The same request in curl's words.
#[cfg(unix)]
mod as_curl;
/// Bodies that are no multipart.
mod bodies;
/// Options out of files.
mod config;
/// The exit codes as one table.
mod contract;
/// Where credentials come from, and where they go.
mod credentials;
/// The documents, as their readers use them.
#[cfg(all(target_os = "linux", feature = "receive"))]
mod documents;
/// Which files: what is in directories, and what is left out.
mod files;
/// The form on the wire, to the byte.
mod form;
/// What documents and completions say, and what the program says.
mod interface;
/// What is shown and made of journals.
mod journal;
/// What shows a request without, or beside, sending it.
mod looking;
/// The man pages, and who shows them.
mod manual;
/// Command lines that were written for curl.
#[cfg(unix)]
mod movers;
/// How it ended: exit codes, and what stands on which output.
mod outcome;
/// What goes through a proxy, and what does not.
mod proxies;
/// What `receive` keeps, refuses, and leaves behind.
#[cfg(all(unix, feature = "receive"))]
mod receiving;
/// What is refused before anybody is connected to.
mod refusals;
/// What `--report` writes for other programs.
mod reporting;
/// The way to the server.
mod routes;
/// What is never said: secrets.
mod secrets;
/// The completions in the shells that they are for.
#[cfg(target_os = "linux")]
mod shells;
/// Where contents come from: files, pipes, descriptors, gigabytes.
mod sources;
/// What somebody in front of a terminal sees, and types.
#[cfg(unix)]
mod terminal;

/// What becomes of a body on its way: coded, weighed, announced.
mod treatment;
/// What `try` shows of an upload.
#[cfg(all(unix, feature = "receive"))]
mod trying;

/// Files in the repository that tests can write.
mod golden;
/// Whom the program trusts.
mod tls;
/// Programs that tests ask.
mod tools;

/// A proxy that does as it is told and keeps what it was asked.
mod middleman;
/// A terminal to run the program in, and its screen.
#[cfg(unix)]
mod pseudo_terminal;
/// A receiver that runs, and what stands in its directory.
#[cfg(all(unix, feature = "receive"))]
mod receiver;
/// What `-w` writes once it is over.
mod write_out;

/// A directory, an environment and a watchdog for each run.
#[cfg_attr(
    not(feature = "receive"),
    expect(
        dead_code,
        reason = "it is shared, and what the receiver needs is not needed here"
    )
)]
mod sandbox;
/// A server that does as it is told and keeps what it was sent.
mod wire_tap;
