//! The upload without a server at hand, as it is typed.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::files::FilesArgs;
use super::upload::{ConfigArgs, FormArgs, OutputArgs, RequestArgs};

/// Watch an upload work, with no server at hand
///
/// The same upload, over TCP, to a receiver inside this process that keeps nothing. Shows what a server saw, and
/// compares it with what was read: exit 0 only if they are equal. Without arguments it makes up a small form.
#[derive(Debug, Args)]
#[command(after_long_help = super::texts::TRY)]
pub(crate) struct Try {
    /// Files to send; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) form: FormArgs,
    #[command(flatten)]
    pub(crate) selection: FilesArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Print what the server saw as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
