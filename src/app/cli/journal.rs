//! What is done with journals, as it is typed.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueHint};

/// Look into journals, and merge them
///
/// A journal says which files were sent, and what became of each, so that the next run goes on from there. Each line of it
/// is JSON.
#[derive(Debug, Args)]
#[command(after_long_help = super::texts::JOURNAL)]
pub(crate) struct Journal {
    #[command(subcommand)]
    pub(crate) command: JournalCommand,
}

/// What is done with journals.
#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    Show(Show),
    Merge(Merge),
}

/// Show how many files met with which outcome, and name those that are not done
///
/// Of several journals, as those of shards are, the best that is known of a file counts: what is done outranks what is
/// unknown, and that what failed. While a journal is still kept, what is on its way counts as unknown.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[command(group(ArgGroup::new("listed").args(["failed", "unknown"]).multiple(true)))]
pub(crate) struct Show {
    /// The journals
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "listed")]
    pub(crate) json: bool,
    /// Print just the paths of files that the server does not have
    #[arg(long)]
    pub(crate) failed: bool,
    /// Print just the paths of files that the server may have: nobody knows
    ///
    /// They were under way when the program was ended or the connection was lost.
    #[arg(long)]
    pub(crate) unknown: bool,
    /// End each path with NUL instead of a line break, which may be part of a path
    #[arg(short = '0', long = "null", requires = "listed")]
    pub(crate) null: bool,
}

/// Bring journals together in a new one
///
/// It has what counts for each file, as with show. A file that is unknown, or failed, has the same idempotency key as in
/// the journal it is from. A journal that is still kept is refused, and nothing is overwritten.
#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The new journal
    #[arg(value_name = "OUT", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) out: PathBuf,
    /// The journals
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
}
