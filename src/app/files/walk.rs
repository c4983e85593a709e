//! What is in a directory, and in those below it.
//!
//! What is left out by its name, hidden files and what ignore files say, is the convention of fd and ripgrep: the crate
//! that walks is theirs. What is left of the entries is looked at when its turn comes: days may lie between the reading of
//! a directory and the upload of its last file, and what was a file then may be none now.

use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, Error, WalkBuilder};

use super::globs::Globs;
use super::problem::{Kind, Problem, shown};
use super::{FoundFile, RelativePath, Shard};
use crate::app::cli::FilesArgs;
use crate::app::part_spec::SourceSpec;

/// The files in a directory, in the order of their names' octets.
pub(super) struct Walk {
    entries: ignore::Walk,
    root: PathBuf,
    /// What the directory is called in its files' relative paths.
    name: RelativePath,
    globs: Arc<Globs>,
    options: Options,
}

/// Of the options those that are asked for each entry.
#[derive(Debug, Clone, Copy)]
struct Options {
    hidden: bool,
    follow_links: bool,
    shard: Shard,
}

impl Walk {
    /// Begins a walk. The directory itself is walked whatever it is called.
    pub(super) fn new(root: PathBuf, options: &FilesArgs, globs: Arc<Globs>) -> Self {
        let name = RelativePath::of_directory(&root);
        let is_wanted = {
            let (root, name, globs) = (root.clone(), name.clone(), globs.clone());
            move |entry: &DirEntry| {
                let relative = name.join(below(&root, entry.path()));
                !globs.exclude(&relative, is_directory(entry))
            }
        };
        let entries = WalkBuilder::new(&root)
            .standard_filters(!options.no_ignore)
            .hidden(!options.hidden)
            .follow_links(options.follow_links)
            .sort_by_file_name(|one, other| one.as_encoded_bytes().cmp(other.as_encoded_bytes()))
            .filter_entry(is_wanted)
            .build();
        Self {
            entries,
            root,
            name,
            globs,
            options: Options {
                hidden: options.hidden,
                follow_links: options.follow_links,
                shard: options.shard,
            },
        }
    }

    /// What an entry is, unless it is a directory, whose own entries follow.
    fn entry(&self, entry: &DirEntry) -> Option<Result<FoundFile, Problem>> {
        if let Some(error) = entry.error() {
            return Some(Err(Problem::IgnoreFile(in_one_line(error))));
        }
        let path = entry.path();
        let relative = self.relative(path);
        if is_directory(entry) || !self.globs.include(&relative, false) {
            return None;
        }
        if !self.options.shard.has(&relative) {
            return Some(Err(Problem::OtherShard));
        }
        let is_root = entry.depth() == 0;
        match self.file_type(path, is_root) {
            Err(error) => Some(Err(Problem::failed(path, error))),
            Ok(kind) if kind.is_file() => Some(Ok(FoundFile {
                source: SourceSpec::Path(path.to_owned()),
                relative,
            })),
            Ok(kind) if kind.is_dir() => {
                let reason = "was a file, and is a directory now";
                (!is_root).then(|| Err(Problem::failed(path, reason)))
            }
            Ok(kind) => Some(Err(Problem::LeftOut {
                path: path.to_owned(),
                kind: Kind::of(kind),
            })),
        }
    }

    /// What stands at that path now.
    fn file_type(&self, path: &Path, is_root: bool) -> io::Result<FileType> {
        let metadata = if self.options.follow_links || is_root {
            fs::metadata(path)
        } else {
            fs::symlink_metadata(path)
        };
        metadata.map(|metadata| metadata.file_type())
    }

    /// An error in our own words, unless it is about something that is left out in any case: links are followed before
    /// anybody asks.
    fn problem(&self, error: Error) -> Option<Problem> {
        if error.depth().is_none() {
            return Some(Problem::IgnoreFile(in_one_line(&error)));
        }
        let (path, reason) = taken_apart(error, &self.root);
        (!self.is_left_out(&path)).then_some(Problem::Failed { path, reason })
    }

    fn is_left_out(&self, path: &Path) -> bool {
        let mut names = below(&self.root, path).iter();
        let is_hidden = names.any(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_excluded = self.globs.exclude(&self.relative(path), false);
        (is_hidden && !self.options.hidden) || is_excluded
    }

    fn relative(&self, path: &Path) -> RelativePath {
        self.name.join(below(&self.root, path))
    }
}

/// A path from a directory on.
fn below<'a>(directory: &Path, path: &'a Path) -> &'a Path {
    path.strip_prefix(directory).unwrap_or(path)
}

fn is_directory(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

impl Iterator for Walk {
    type Item = Result<FoundFile, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let next = match self.entries.next()? {
                Ok(entry) => self.entry(&entry),
                Err(error) => self.problem(error).map(Err),
            };
            if next.is_some() {
                return next;
            }
        }
    }
}

/// What an error is about, and what it says of that.
fn taken_apart(error: Error, place: &Path) -> (PathBuf, String) {
    match error {
        Error::WithPath { path, err } => taken_apart(*err, &path),
        Error::WithDepth { err, .. } => taken_apart(*err, place),
        Error::Loop { ancestor, child } => {
            let reason = format!("leads back to {}, which it is in", shown(&ancestor));
            (child, reason)
        }
        Error::Io(error) => (place.to_owned(), system_reason(&error)),
        other @ (Error::Partial(_)
        | Error::WithLineNumber { .. }
        | Error::Glob { .. }
        | Error::UnrecognizedFileType(_)
        | Error::InvalidDefinition) => (place.to_owned(), other.to_string()),
    }
}

/// What the system said: it is wrapped in an error that names the path once more.
fn system_reason(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.source());
    inner.map_or_else(|| error.to_string(), ToString::to_string)
}

fn in_one_line(error: &Error) -> String {
    error.to_string().replace('\n', "; ")
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use tempfile::TempDir;

    use super::*;

    /// A directory with empty files in it.
    fn tree(files: &[&str]) -> TempDir {
        let directory = TempDir::new().unwrap();
        for name in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            File::create(path).unwrap();
        }
        directory
    }

    /// A walk that tells names below the directory.
    fn walk(directory: &TempDir) -> impl Iterator<Item = Result<String, Problem>> {
        let root = directory.path().to_owned();
        let name = root.file_name().unwrap().to_str().unwrap().to_owned() + "/";
        let globs = Arc::new(Globs::new(&[], &[]).unwrap());
        Walk::new(root, &FilesArgs::default(), globs).map(move |found| {
            let path = String::from_utf8(found?.relative.to_octets()).unwrap();
            Ok(path.strip_prefix(&name).unwrap().to_owned())
        })
    }

    #[test]
    fn the_order_is_that_of_octets() {
        let directory = tree(&["b", "Z", "a/b", "a/a", "a.txt", "a-b", "10", "9"]);
        let names: Result<Vec<_>, _> = walk(&directory).collect();
        assert_eq!(
            names.unwrap(),
            ["10", "9", "Z", "a/a", "a/b", "a-b", "a.txt", "b"]
        );
    }

    #[test]
    fn a_file_that_vanishes_is_a_problem_and_the_walk_goes_on() {
        let directory = tree(&["a", "b", "c"]);
        let mut walk = walk(&directory);
        assert_eq!(walk.next(), Some(Ok("a".to_owned())));
        let vanished = directory.path().join("b");
        fs::remove_file(&vanished).unwrap();
        match walk.next() {
            Some(Err(Problem::Failed { path, .. })) => assert_eq!(path, vanished),
            other => panic!("{other:?}"),
        }
        assert_eq!(walk.next(), Some(Ok("c".to_owned())));
        assert_eq!(walk.next(), None);
    }

    #[test]
    fn a_directory_that_is_replaced_is_a_problem_and_the_walk_goes_on() {
        let directory = tree(&["a", "b/inside", "c", "d"]);
        let mut walk = walk(&directory);
        assert_eq!(walk.next(), Some(Ok("a".to_owned())));
        let (replaced, too) = (directory.path().join("b"), directory.path().join("c"));
        fs::remove_dir_all(&replaced).unwrap();
        File::create(&replaced).unwrap();
        fs::remove_file(&too).unwrap();
        fs::create_dir(&too).unwrap();
        for expected in [replaced, too] {
            match walk.next() {
                Some(Err(Problem::Failed { path, .. })) => assert_eq!(path, expected),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(walk.next(), Some(Ok("d".to_owned())));
        assert_eq!(walk.next(), None);
    }

    #[test]
    fn a_directory_that_vanishes_before_it_is_walked_is_a_problem() {
        let directory = tree(&[]);
        let mut walk = walk(&directory);
        fs::remove_dir(directory.path()).unwrap();
        assert!(matches!(walk.next(), Some(Err(Problem::Failed { .. }))));
        assert_eq!(walk.next(), None);
    }
}
