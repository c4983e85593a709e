//! Options of other programs, curl's above all, that scripts have and that nothing is lost without: they are taken.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::values::seconds;

/// Options that are taken and change nothing. Without a note, what they ask for is done anyway.
#[derive(Debug, Default, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct CurlArgs {
    /// The version that is spoken
    #[arg(long = "http1.1", hide = true)]
    http1_1: bool,
    /// Not spoken; curl does without, too, where a server does
    #[arg(long, hide = true)]
    http2: bool,
    /// Not spoken; curl does without, too, where a server does
    #[arg(long, hide = true)]
    http3: bool,
    /// The answer is not to be left compressed: it is asked for as it is, whatever -H says
    #[arg(long, hide = true)]
    pub(crate) compressed: bool,
    /// What comes is written at once
    #[arg(short = 'N', long, hide = true)]
    no_buffer: bool,
    /// Small segments do not wait for each other
    #[arg(long, hide = true)]
    tcp_nodelay: bool,
    /// A minute it is
    #[arg(long, hide = true, value_name = "SECONDS", value_parser = seconds)]
    keepalive_time: Option<Duration>,
    /// Braces and brackets are characters like others
    #[arg(short = 'g', long, hide = true)]
    globoff: bool,
    /// Revocations are not asked for
    #[arg(long, hide = true)]
    ssl_no_revoke: bool,
    /// What a proxy is told is told in this way
    #[arg(long, hide = true)]
    proxy_basic: bool,
    /// The form of certificates
    #[arg(long, hide = true, value_name = "TYPE", ignore_case = true)]
    cert_type: Option<Encoding>,
    /// The form of keys
    #[arg(long, hide = true, value_name = "TYPE", ignore_case = true)]
    key_type: Option<Encoding>,
    /// What to know of those that are no arguments in the definition.
    #[arg(skip)]
    pub(super) idle: Vec<String>,
}

/// How a certificate or a key is written down.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Encoding {
    Pem,
}

impl CurlArgs {
    /// What to know of those that were given, when much is to be known.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &str> {
        let notes = [
            (self.http2, "--http2: it is HTTP/1.1 that is spoken"),
            (self.http3, "--http3: it is HTTP/1.1 that is spoken"),
            (
                self.compressed,
                "--compressed: the answer is asked for as it is, not compressed",
            ),
            (
                self.keepalive_time.is_some(),
                "--keepalive-time: a silent connection is asked after a minute",
            ),
        ];
        notes
            .into_iter()
            .filter(|(given, _)| *given)
            .map(|(_, note)| note)
            .chain(self.idle.iter().map(String::as_str))
    }
}

/// Options that are taken wherever a form is, take no value, and change nothing; a note says so if one might think that
/// they did.
const IDLE: &[(&str, Option<&str>)] = &[
    ("--ca-native", None),
    ("--check-status", None),
    ("--false-start", None),
    ("--ignore-stdin", None),
    ("--mptcp", Some("the connection is made over one way")),
    ("--multipart", None),
    ("--no-alpn", None),
    (
        "--no-keepalive",
        Some("a silent connection is asked after a minute"),
    ),
    ("--no-npn", None),
    ("--no-sessionid", None),
    ("--proxy-ca-native", None),
    (
        "--proxy-http2",
        Some("it is HTTP/1.1 that is spoken to a proxy"),
    ),
    ("--proxy-ssl-allow-beast", None),
    ("--proxy-tlsv1", None),
    (
        "--remote-time",
        Some("what -o writes has the time of its writing"),
    ),
    ("-R", Some("what -o writes has the time of its writing")),
    ("--socks5-basic", None),
    ("--ssl-allow-beast", None),
    ("--ssl-revoke-best-effort", None),
    ("--styled-output", None),
    ("--suppress-connect-headers", None),
    (
        "--tcp-fastopen",
        Some("a connection is made before anything is sent"),
    ),
    (
        "--tr-encoding",
        Some("the answer is asked for as it is, not compressed"),
    ),
];

/// An option that changes nothing, and what to know of it.
pub(super) fn idle(option: &str) -> Option<&'static (&'static str, Option<&'static str>)> {
    IDLE.iter().find(|(name, _)| *name == option)
}
