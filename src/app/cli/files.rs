//! Which files, as it is typed.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::app::files::{Glob, Shard};
use crate::app::part_spec::SourceSpec;

/// Which files.
#[derive(Debug, Default, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[command(next_help_heading = "Files")]
pub(crate) struct FilesArgs {
    /// Send what is in directories, too
    ///
    /// In the order of their names, without hidden files and without what .gitignore (in a Git repository) and .ignore
    /// leave out. Symbolic links are left out, with a warning; so are FIFOs, sockets and devices. What is a FILE itself is
    /// always sent.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Send hidden files and directories in directories, too
    #[arg(long, requires = "recursive")]
    pub(crate) hidden: bool,
    /// Send what .gitignore, .ignore and Git's other lists leave out, too
    #[arg(long, requires = "recursive")]
    pub(crate) no_ignore: bool,
    /// Send what symbolic links in directories lead to, too
    ///
    /// One that leads to nothing, or back to a directory that it is in, is an error.
    #[arg(long, requires = "recursive")]
    pub(crate) follow_links: bool,
    /// Of directories and lists, send only what matches GLOB
    ///
    /// A GLOB is what a line of a .gitignore is, for relative paths as --filename relative sends them: '*.jpg' at any depth,
    /// '/a.jpg' and 'site/*.jpg' at that place alone, 'site/**/*.jpg' anywhere below it. One that matches a directory stands
    /// for all that is in it; with a / at its end it matches directories only. Of several the last that matches counts, and
    /// one with a ! in front takes back. A FILE that is no directory is sent whatever it is called.
    #[arg(long, value_name = "GLOB", value_parser = Glob::parse)]
    pub(crate) include: Vec<Glob>,
    /// Of directories and lists, leave out what matches GLOB, included or not
    ///
    /// What is in a directory that is left out is not looked at, and cannot be taken back.
    #[arg(long, value_name = "GLOB", value_parser = Glob::parse)]
    pub(crate) exclude: Vec<Glob>,
    /// Send what FILE lists, too, one path a line; - is standard input
    ///
    /// A path is taken as it stands, with its blanks and quotes, seen from here. Empty lines are skipped. What it names is
    /// sent whether it is hidden or not; a directory only with -r. Lists come after FILE arguments, in their order.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files_from: Vec<PathBuf>,
    /// The lists have a NUL behind each path and not a line's end, as find -print0 writes them
    #[arg(short = '0', long, requires = "files_from")]
    pub(crate) null: bool,
    /// Send the K-th of N shares of the files, each file in one of them: 1/4, 2/4, 3/4 and 4/4 are all
    ///
    /// Which one follows from a file's relative path alone (see --filename), so that several machines can share the work:
    /// it is the first 4 bytes of the path's SHA-256, as a big-endian number, modulo N, plus 1.
    #[arg(long, value_name = "K/N", default_value = "1/1", hide_default_value = true, value_parser = Shard::parse)]
    pub(crate) shard: Shard,
}

impl FilesArgs {
    /// Whether a list is standard input, which can be read once.
    pub(crate) fn reads_standard_input(&self) -> bool {
        let mut lists = self.files_from.iter();
        lists.any(|list| SourceSpec::of_path(list).is_standard_input())
    }
}
