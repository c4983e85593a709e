//! Which files: the FILE arguments, what lists name, and what is in directories, as one stream.
//!
//! [`Files`] comes to them one after the other and keeps none of them: a list of a million names flows through. Of
//! directories, the names in those that are being walked are in memory. The order is the same on every machine: the
//! arguments as they were given, then the lists, and in a directory by the octets of the names.
//!
//! Nothing is opened here but directories and lists. Whether a file can be read is for who sends it; what is wrong
//! earlier is a [`Problem`] in the stream, and the stream goes on behind it.

mod globs;
mod item;
mod lists;
mod problem;
mod relative_path;
mod shard;
mod walk;

use std::fs::{self, Metadata};
use std::path::PathBuf;
use std::sync::Arc;
use std::vec;

use super::cli::FilesArgs;
use super::part_spec::SourceSpec;
pub(crate) use globs::Glob;
use globs::Globs;
pub(crate) use item::Item;
use lists::Lists;
pub(crate) use problem::{Kind, Problem};
pub(crate) use relative_path::RelativePath;
pub(crate) use shard::Shard;
use walk::Walk;

/// A file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundFile {
    /// Where its content is; standard input only if that was an argument.
    pub(crate) source: SourceSpec,
    /// What it is called wherever it lies; `-` for standard input.
    pub(crate) relative: RelativePath,
}

impl FoundFile {
    /// One that was named.
    fn named(source: SourceSpec) -> Self {
        let relative = RelativePath::of_file(source.as_path());
        Self { source, relative }
    }
}

/// The files that were asked for.
pub(crate) struct Files {
    /// What is known to be wrong before anything else is known.
    problems: vec::IntoIter<Problem>,
    arguments: vec::IntoIter<PathBuf>,
    lists: Lists,
    /// The directory that is being walked.
    walk: Option<Walk>,
    globs: Arc<Globs>,
    options: FilesArgs,
}

impl Files {
    /// Looks whether the lists are there, and reads nothing yet.
    ///
    /// # Errors
    /// If there is more to match than can be matched.
    pub(crate) fn new(arguments: Vec<PathBuf>, options: FilesArgs) -> Result<Self, String> {
        let mut lists = Lists::new(options.files_from.clone(), options.null);
        Ok(Self {
            problems: lists.drop_unusable().into_iter(),
            arguments: arguments.into_iter(),
            lists,
            walk: None,
            globs: Arc::new(Globs::new(&options.include, &options.exclude)?),
            options,
        })
    }

    /// Whether there is anything to come to.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.arguments.len() > 0 || !self.options.files_from.is_empty()
    }

    pub(crate) fn options(&self) -> &FilesArgs {
        &self.options
    }

    /// What a name leads to: a file, a problem, a directory that is walked from now on, or nothing that is wanted here.
    fn look(&mut self, file: FoundFile, is_listed: bool) -> Option<Result<FoundFile, Problem>> {
        let SourceSpec::Path(path) = &file.source else {
            let is_ours = self.options.shard.has(&file.relative);
            return Some(if is_ours {
                Ok(file)
            } else {
                Err(Problem::OtherShard)
            });
        };
        if path.as_os_str().is_empty() {
            let reason = "expected a path, found nothing";
            return Some(Err(Problem::failed(path, reason)));
        }
        let metadata = fs::metadata(path);
        let is_directory = metadata.as_ref().is_ok_and(Metadata::is_dir);
        if is_directory && self.options.recursive {
            let walk = Walk::new(path.clone(), &self.options, self.globs.clone());
            self.walk = Some(walk);
            return None;
        }
        let is_wanted = !is_listed || self.globs.want(&file.relative, is_directory);
        if !is_wanted {
            return None;
        }
        if !self.options.shard.has(&file.relative) {
            return Some(Err(Problem::OtherShard));
        }
        Some(match metadata {
            Ok(_) if is_directory => {
                let reason = "expected a file, found a directory; -r sends what is in it";
                Err(Problem::failed(path, reason))
            }
            Ok(_) => Ok(file),
            Err(error) => Err(Problem::failed(path, error)),
        })
    }
}

impl Iterator for Files {
    type Item = Result<FoundFile, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(problem) = self.problems.next() {
            return Some(Err(problem));
        }
        loop {
            let walked = self.walk.as_mut().and_then(Iterator::next);
            if walked.is_some() {
                return walked;
            }
            self.walk = None;
            let found = match self.arguments.next() {
                Some(path) => self.look(FoundFile::named(SourceSpec::of_path(path)), false),
                None => match self.lists.next()? {
                    Ok(source) => self.look(FoundFile::named(source), true),
                    Err(problem) => Some(Err(problem)),
                },
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(arguments: &[&str], options: FilesArgs) -> Files {
        let arguments = arguments.iter().map(PathBuf::from).collect();
        Files::new(arguments, options).unwrap()
    }

    #[test]
    fn the_stream_can_be_taken_along_into_a_thread() {
        let stream = files(&["-"], FilesArgs::default());
        let found = std::thread::spawn(|| stream.count()).join().unwrap();
        assert_eq!(found, 1);
    }

    #[test]
    fn a_list_that_is_not_there_is_known_before_the_first_file() {
        let options = FilesArgs {
            files_from: vec!["/nowhere/list".into()],
            ..FilesArgs::default()
        };
        let mut stream = files(&["-"], options);
        assert!(matches!(stream.next(), Some(Err(Problem::List { .. }))));
        assert!(matches!(stream.next(), Some(Ok(_))));
        assert_eq!(stream.next(), None);
    }

    #[test]
    fn behind_a_problem_the_stream_goes_on() {
        let mut stream = files(&["/nowhere/a", "", "-"], FilesArgs::default());
        for expected in ["/nowhere/a", ""] {
            match stream.next() {
                Some(Err(Problem::Failed { path, .. })) => {
                    assert_eq!(path.as_os_str(), expected);
                }
                other => panic!("{other:?}"),
            }
        }
        let found = stream.next().unwrap().unwrap();
        assert_eq!(found.source, SourceSpec::Stdin);
        assert_eq!(found.relative.to_octets(), b"-");
        assert_eq!(stream.next(), None);
    }
}
