//! Options of curl's that are none here: those that scripts have and that nothing is lost without, which are taken, and
//! for the others a word on what there is instead.

use std::time::Duration;

use clap::error::{ContextKind, ContextValue};
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
}

/// How a certificate or a key is written down.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Encoding {
    Pem,
}

impl CurlArgs {
    /// What to know of those that were given, when much is to be known.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &'static str> {
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
    }
}

/// What there is instead of curl's other options.
const INSTEAD: &[(&[&str], &str)] = &[
    (
        &["-c", "--cookie-jar"],
        "no cookie of an answer is kept; -b FILE sends those that there are",
    ),
    (
        &["-O", "--remote-name", "-J", "--remote-header-name"],
        "-o FILE writes the answer to a file",
    ),
    (
        &["-y", "--speed-time", "-Y", "--speed-limit"],
        "--stall-timeout SECONDS gives up a connection that takes nothing",
    ),
    (
        &["-C", "--continue-at"],
        "an upload begins at its beginning; --retry N sends it again",
    ),
    (
        &["--trace", "--trace-ascii"],
        "-v shows both heads, --dump-body FILE writes the body down",
    ),
    (
        &["--http1.0", "--http2-prior-knowledge", "--http3-only"],
        "it is HTTP/1.1 that is spoken, and nothing else",
    ),
    (
        &["--ntlm", "--negotiate"],
        "-u is Basic authentication; --digest and --oauth2-bearer are others",
    ),
    (
        &["--aws-sigv4"],
        "a presigned URL needs no signature: -T FILE URL",
    ),
    (
        &["--post301", "--post302", "--post303"],
        "a redirection of this kind is shown and not followed: send it there instead",
    ),
    (
        &["--capath"],
        "SSL_CERT_DIR in the environment names a directory of certificates, --cacert a file",
    ),
];

/// What there is instead of an option, if it is one of curl's.
pub(super) fn instead_of(option: &str) -> Option<&'static str> {
    let mut known = INSTEAD.iter();
    let (_, instead) = known.find(|(names, _)| names.contains(&option))?;
    Some(instead)
}

/// Has an error about an option of curl's say what there is instead, and not what is spelt like it.
pub(super) fn advise(error: &mut clap::Error) {
    let option = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    if let Some(instead) = option.as_deref().and_then(instead_of) {
        error.remove(ContextKind::SuggestedArg);
        let tip = ContextValue::StyledStrs(vec![instead.into()]);
        error.insert(ContextKind::Suggested, tip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_nothing_instead_of_what_there_is() {
        let command = super::super::definition();
        for option in INSTEAD.iter().flat_map(|(names, _)| *names) {
            let is_here = command.get_arguments().any(|argument| {
                let long = argument.get_long().map(|long| format!("--{long}"));
                let short = argument.get_short().map(|short| format!("-{short}"));
                [long, short].contains(&Some((*option).to_owned()))
            });
            assert!(!is_here, "{option}");
        }
    }
}
