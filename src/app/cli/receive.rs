//! The receiver as it is typed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};
use formpost::receive::{Fail, FaultError, OnExist, Redirect, Reject};

use super::upload::ConfigArgs;
use super::values::{Secret, address, length, seconds, token};

/// Take uploads on an address, into a directory
///
/// Prints its address and a ready-made command. Each request is answered with JSON, or with a small page if the
/// request prefers HTML; GET / is a page with a form, so that a browser or a telephone can send files.
///
/// The first SIGINT, SIGTERM or SIGHUP lets uploads that have begun come to their end, the second breaks them off.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[command(after_long_help = super::texts::RECEIVE)]
pub(crate) struct Receive {
    /// Where to listen
    ///
    /// Port 0 is any that is free; 0.0.0.0:8080 lets other machines send, too.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Where files go
    #[arg(short, long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Keep nothing: count, hash and forget
    #[arg(long, conflicts_with = "on_exist")]
    pub(crate) discard: bool,
    /// Stop after the first upload
    #[arg(long, conflicts_with = "count")]
    pub(crate) once: bool,
    /// Stop after N uploads
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// What to do if a file's name is taken
    #[arg(long, value_name = "POLICY", value_enum, default_value = "rename")]
    pub(crate) on_exist: OnExistArg,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) access: AccessArgs,
    #[command(flatten)]
    pub(crate) faults: FaultArgs,
    /// Show parts, and what is odd about them
    #[arg(short, long, help_heading = None)]
    pub(crate) verbose: bool,
    /// No line for each request
    #[arg(short, long, help_heading = None)]
    pub(crate) silent: bool,
}

/// What becomes of a file whose name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnExistArg {
    /// Another name: photo (1).jpg
    Rename,
    /// The upload is refused with 409
    Error,
    /// The old file is replaced
    Overwrite,
}

impl From<OnExistArg> for OnExist {
    fn from(argument: OnExistArg) -> Self {
        match argument {
            OnExistArg::Rename => Self::Rename,
            OnExistArg::Error => Self::Error,
            OnExistArg::Overwrite => Self::Overwrite,
        }
    }
}

/// How much is taken.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Longest file; no limit otherwise
    #[arg(long, value_name = "SIZE", value_parser = length)]
    pub(crate) max_file_size: Option<u64>,
    /// Longest body; no limit otherwise
    #[arg(long, value_name = "SIZE", value_parser = length)]
    pub(crate) max_body_size: Option<u64>,
    /// Most parts of a form
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) max_parts: usize,
    /// Longest text field
    #[arg(long, value_name = "SIZE", value_parser = length, default_value = "1M")]
    pub(crate) max_field_size: u64,
    /// A name that parts may have; any otherwise
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_field: Vec<String>,
}

/// Who may send, and to whom.
#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
pub(crate) struct AccessArgs {
    /// What a client has to know
    ///
    /// It sends Authorization: Bearer TOKEN, or ?token=TOKEN in the URL.
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    pub(crate) token: Option<Secret>,
    /// The certificate chain, in PEM, for HTTPS
    #[arg(long, value_name = "FILE", requires = "key", value_hint = ValueHint::FilePath)]
    pub(crate) cert: Option<PathBuf>,
    /// The certificate's key, in PEM
    #[arg(long, value_name = "FILE", requires = "cert", value_hint = ValueHint::FilePath)]
    pub(crate) key: Option<PathBuf>,
}

/// What goes wrong on purpose.
#[derive(Debug, Args)]
#[command(next_help_heading = "Faults, to test what sends")]
pub(crate) struct FaultArgs {
    /// Refuse every upload, once BYTES of it came
    ///
    /// Without @BYTES it is refused at once. For example: `--reject 413@1M`
    #[arg(long, value_name = "STATUS[@BYTES]", value_parser = rejection)]
    pub(crate) reject: Option<Reject>,
    /// Answer the first N uploads with STATUS
    ///
    /// For example: `--fail 503x2`
    #[arg(long, value_name = "STATUSxN")]
    pub(crate) fail: Option<Fail>,
    /// Reset the connection once that many bytes came
    #[arg(long, value_name = "BYTES", value_parser = length)]
    pub(crate) reset_after: Option<u64>,
    /// Wait before each answer
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) delay: Option<Duration>,
    /// Read no faster than this
    #[arg(long, value_name = "BYTES/S", value_parser = length)]
    pub(crate) slow: Option<u64>,
    /// Answer every upload with a redirection
    ///
    /// For example: `--redirect 307=https://example.com/elsewhere`
    #[arg(long, value_name = "STATUS=URL")]
    pub(crate) redirect: Option<Redirect>,
}

/// A status and, behind an `@`, a size as other options take it, which the fault has in bytes.
fn rejection(text: &str) -> Result<Reject, String> {
    let in_bytes = match text.split_once('@') {
        Some((status, size)) => format!("{status}@{}", length(size)?),
        None => text.to_owned(),
    };
    let reject = in_bytes.parse();
    reject.map_err(|error: FaultError| error.to_string())
}
