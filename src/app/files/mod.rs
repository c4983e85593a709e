//! Which files: the FILE arguments and what is in directories, as one stream.
//!
//! [`Files`] comes to them one after the other and keeps none of them; of directories, the names in those that are being
//! walked are in memory. The order is the same on every machine: the arguments as they were given, and in a directory by
//! the octets of the names.
//!
//! Nothing is opened here but directories. Whether a file can be read is for who sends it; what is wrong earlier is a
//! [`Problem`] in the stream, and the stream goes on behind it.

mod problem;
mod relative_path;
mod walk;

use std::fs;
use std::path::PathBuf;
use std::vec;

use super::cli::FilesArgs;
use super::part_spec::SourceSpec;
pub(crate) use problem::{Kind, Problem};
pub(crate) use relative_path::RelativePath;
use walk::Walk;

/// A file to send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FoundFile {
    /// Where its content is; standard input only if that was an argument.
    pub(crate) source: SourceSpec,
    /// What it is called wherever it lies; `-` for standard input.
    pub(crate) relative: RelativePath,
}

impl FoundFile {
    /// One that was named.
    fn named(source: SourceSpec) -> Self {
        let relative = match &source {
            SourceSpec::Stdin => RelativePath::of_file("-".as_ref()),
            SourceSpec::Path(path) => RelativePath::of_file(path),
        };
        Self { source, relative }
    }
}

/// The files that were asked for.
pub(crate) struct Files {
    arguments: vec::IntoIter<PathBuf>,
    /// The directory that is being walked.
    walk: Option<Walk>,
    options: FilesArgs,
}

impl Files {
    /// Reads nothing yet.
    pub(crate) fn new(arguments: Vec<PathBuf>, options: FilesArgs) -> Self {
        Self {
            arguments: arguments.into_iter(),
            walk: None,
            options,
        }
    }

    /// Whether there is anything to come to.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.arguments.len() > 0
    }

    pub(crate) fn options(&self) -> &FilesArgs {
        &self.options
    }

    /// What a name leads to: a file, a problem, or a directory that is walked from now on.
    fn look(&mut self, source: SourceSpec) -> Option<Result<FoundFile, Problem>> {
        let SourceSpec::Path(path) = source else {
            return Some(Ok(FoundFile::named(source)));
        };
        if path.as_os_str().is_empty() {
            let reason = "expected a path, found nothing";
            return Some(Err(Problem::failed(path, reason)));
        }
        match fs::metadata(&path) {
            Err(error) => Some(Err(Problem::failed(path, error))),
            Ok(metadata) if !metadata.is_dir() => {
                Some(Ok(FoundFile::named(SourceSpec::Path(path))))
            }
            Ok(_) if self.options.recursive => {
                self.walk = Some(Walk::new(path, &self.options));
                None
            }
            Ok(_) => {
                let reason = "expected a file, found a directory; -r sends what is in it";
                Some(Err(Problem::failed(path, reason)))
            }
        }
    }
}

impl Iterator for Files {
    type Item = Result<FoundFile, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let walked = self.walk.as_mut().and_then(Iterator::next);
            if walked.is_some() {
                return walked;
            }
            self.walk = None;
            let path = self.arguments.next()?;
            let found = self.look(SourceSpec::of_path(path));
            if found.is_some() {
                return found;
            }
        }
    }
}
