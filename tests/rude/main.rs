//! Servers that misbehave, against the built program.
//!
//! One row is one thing that a server, a source or an output can do, and what must come of it. A row that is new belongs
//! into the table of its subject, beside its likes; [`row`] says what can be in it, [`server`] what a script can do. The
//! ids are those of the failures, and this is where each of them is tested:
//!
//! | id | what happens | test |
//! | --- | --- | --- |
//! | L1, L2, L14 | missing, a directory, asked for twice | `cli contract::` |
//! | L3 | cannot be read in the middle | `cli contract::what_the_kernel_makes_unreadable_is_6` |
//! | L4 – L7 | shrinks, grows, is rewritten, is replaced while it is sent | `sources::l4_…` to `l7_…` |
//! | L8, L10 – L12, L15, L19, L20 | what is no plain file, or much, or many | `cli sources::` |
//! | N1 | no such host | `cli contract::n1_…` |
//! | N2 | nobody listens | `cli outcome::nobody_listening_is_never_sent` |
//! | N3 | nobody takes the connection | `network::n3_…` |
//! | N4 | no TLS that can be trusted | `network::n4_…`, `cli tls::` |
//! | N5 | TLS or plain HTTP where the other was meant | `cli tls::n5_…`, `network::n5_…` |
//! | N6, N18 | answers before the body is out, in each way | `early::n6_…`, through proxies `proxied::n6_…` |
//! | N7 | closes without an answer | `early::n7_…`, `network::n7_…` |
//! | N8 | is silent after the body | `network::n8_…`, with `-m` `cli outcome::n8_…` |
//! | N9, N10 | reads slowly, does not read on; a source that pauses | `network::n9_…`, `network::n10_…` |
//! | N11, N12 | resets after the answer, within it | `network::n11_…`, `network::n12_…` |
//! | N13, N14 | speaks something else, or for ever | `network::n13_…`, `network::n14_…` |
//! | N15 | a response without an end | `outputs::n15_…` |
//! | N16 | interim answers | `interim::n16_…` |
//! | Expect | each answer to `Expect: 100-continue` | `interim::expect_…` |
//! | N17 | a kept connection dies | in the library, which alone keeps any: `reuse n17_…` |
//! | N19 | HTTP/1.0 | `network::n19_…` |
//! | N20 | a proxy that does not connect | `cli contract::`, `cli proxies::n20_…`, Debian's in `interop proxies::` |
//! | the longest time | `-m` | `network::max_time_…`, `cli outcome::n8_…` |
//! | O1, O2 | signals | `outputs::o1_o2_…`, `cli outcome::signals_…`, on a terminal `cli terminal::` |
//! | O3 | nobody reads standard output | `outputs::o3_…` |
//! | O4 | standard output is full | `cli contract::o4_…` |
//! | O5 | standard error is closed, or full | `outputs::o5_…`, `cli outcome::outputs_that_are_full_…` |
//! | O6 – O8 | the terminal | `cli terminal::` |

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in a test's own machinery fails the test"
)]
#![expect(
    clippy::print_stdout,
    reason = "what a test prints is shown when it fails"
)]

/// Answers before the body is out.
mod early;
/// Interim answers, expected and not.
mod interim;
/// Connections and answers that break.
mod network;
/// Outputs that fail, and signals.
mod outputs;
/// What lies in between, and must not hide anything.
mod proxied;
/// Files that change while they are sent.
mod sources;

/// Certificates.
mod identity;
/// A server's end of a connection.
mod line;
/// A proxy that does as it is told and keeps what it was asked.
#[expect(dead_code, reason = "it is shared, and not all of it is needed here")]
#[path = "../cli/middleman.rs"]
mod middleman;
/// What a table's row is.
mod row;
/// A directory, an environment and a watchdog for each run.
#[expect(dead_code, reason = "it is shared, and not all of it is needed here")]
#[path = "../cli/sandbox.rs"]
mod sandbox;
/// The scripts, tried without the program.
mod script;
/// The server that follows them.
mod server;
