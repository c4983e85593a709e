//! Many files, as they are typed.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};

/// A request for each of many files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many files")]
pub(crate) struct BatchArgs {
    /// Send each file in a request of its own
    ///
    /// Several at a time, see --jobs. In -F, -H, -T, --idempotency-key and the URL these stand for the file then: {path}, {name}, {stem} and {ext} of
    /// its name, {size}, {sha256}, {index}. Where a file is named, as in `-F 'photo=@{path}'`, {path} opens it; elsewhere
    /// it is the relative path. A file that is named nowhere is a part called "file". Exit code 0 is that all are done;
    /// otherwise it is the highest class that occurred, and --report says which file met which.
    #[arg(long)]
    pub(crate) each: bool,
    /// Send N files at a time, 1024 at the most
    #[arg(short, long, value_name = "N", default_value = "4", requires = "each", value_parser = jobs)]
    pub(crate) jobs: NonZeroUsize,
    /// Write down what became of each file, and go on from there
    ///
    /// What is done and has not changed is not sent again. What was under way when a run was broken off is unknown: it is named, and sent again only with --retry-all-errors or
    /// --idempotency-key, whose key is the same then. formpost journal shows and merges such files.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "each")]
    pub(crate) journal: Option<PathBuf>,
    /// Write the paths of the files that were not done to FILE, for --files-from; with -0 a NUL behind each
    ///
    /// Those that the server may have kept are not among them.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "each")]
    pub(crate) failed: Option<PathBuf>,
    /// Begin no other file once one has failed
    #[arg(long, requires = "each")]
    pub(crate) fail_fast: bool,
}

impl Default for BatchArgs {
    fn default() -> Self {
        Self {
            each: false,
            jobs: NonZeroUsize::MIN,
            journal: None,
            failed: None,
            fail_fast: false,
        }
    }
}

/// # Errors
/// If it is no number of threads that a machine has.
fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number| *number <= 1024);
    number
        .and_then(NonZeroUsize::new)
        .ok_or_else(|| format!("expected a number from 1 to 1024, found {text:?}"))
}
