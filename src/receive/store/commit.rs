//! Whole files get their names: all of a form's, or none.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::PathBuf;

use tempfile::TempPath;

use crate::receive::{StoreError, StoredName};

/// How far numbers are tried for a name that is taken, so that one request cannot search for ever.
pub(super) const MAX_NUMBER: u32 = 9_999;

/// What to do when a file of the same name is in the directory already.
///
/// It is about files that were there before. Two parts of one form that share a name always become
/// two files: the later one gets a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExist {
    /// Put a number before the extension, as browsers do: `a (1).txt`.
    Rename,
    /// Refuse, and store none of the form's files.
    Error,
    /// Replace it. A link is replaced, not followed; a directory is an error.
    Overwrite,
}

/// Where files get their names, and what happens to those that are taken.
#[derive(Debug)]
pub(super) struct Directory {
    /// As it was given, to tell people.
    pub(super) dir: PathBuf,
    /// The same without links and relative to nothing, to work in: it stays the directory that was
    /// opened.
    pub(super) root: PathBuf,
    pub(super) on_exist: OnExist,
}

impl Directory {
    /// Where a file goes.
    pub(super) fn target(&self, name: &StoredName) -> PathBuf {
        self.root.join(name.as_str())
    }

    /// The same, as the user knows it.
    pub(super) fn told(&self, name: &StoredName) -> PathBuf {
        self.dir.join(name.as_str())
    }
}

/// A commit under way: what has its name by now.
pub(super) struct Commit<'a> {
    directory: &'a Directory,
    placed: Vec<Placed>,
    /// The placed files as the file system spells them, to know them again by another spelling.
    spellings: HashSet<PathBuf>,
    /// The first number not yet tried for a name, or a thousand parts of one name would take half a
    /// million tries.
    pub(super) next_numbers: HashMap<StoredName, u32>,
}

struct Placed {
    name: StoredName,
    /// Whether another file had the name, and is gone.
    replaced: bool,
}

impl<'a> Commit<'a> {
    pub(super) fn new(directory: &'a Directory) -> Self {
        Self {
            directory,
            placed: Vec::new(),
            spellings: HashSet::new(),
            next_numbers: HashMap::new(),
        }
    }

    /// Gives one file its name if that is free, and otherwise does what was asked for.
    pub(super) fn place(
        &mut self,
        (name, temporary): (StoredName, TempPath),
    ) -> Result<(), StoreError> {
        let Some(temporary) = self.take_if_free(&name, temporary)? else {
            return Ok(());
        };
        if self.is_placed(&name) {
            return self.place_with_number(&name, temporary);
        }
        match self.directory.on_exist {
            OnExist::Rename => self.place_with_number(&name, temporary),
            OnExist::Overwrite => self.replace(name, temporary),
            OnExist::Error => Err(StoreError::Exists {
                path: self.directory.told(&name),
            }),
        }
    }

    /// Renames the file unless the name is taken, in one step, and gives it back if it is.
    fn take_if_free(
        &mut self,
        name: &StoredName,
        temporary: TempPath,
    ) -> Result<Option<TempPath>, StoreError> {
        match temporary.persist_noclobber(self.directory.target(name)) {
            Ok(()) => {
                self.remember(name.clone(), false);
                Ok(None)
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(Some(error.path))
            }
            Err(error) => Err(self.rename_error(name, error.error)),
        }
    }

    /// Takes the first free number. Only names that were sent are ever replaced or refused, so these
    /// go round whatever is there.
    fn place_with_number(
        &mut self,
        name: &StoredName,
        mut temporary: TempPath,
    ) -> Result<(), StoreError> {
        let first = self.next_numbers.get(name).copied().unwrap_or(1);
        for number in first..=MAX_NUMBER {
            let Some(back) = self.take_if_free(&name.numbered(number), temporary)? else {
                self.next_numbers.insert(name.clone(), number + 1);
                return Ok(());
            };
            temporary = back;
        }
        Err(StoreError::NoFreeNumber {
            path: self.directory.told(name),
            tried: MAX_NUMBER,
        })
    }

    fn replace(&mut self, name: StoredName, temporary: TempPath) -> Result<(), StoreError> {
        match temporary.persist(self.directory.target(&name)) {
            Ok(()) => {
                self.remember(name, true);
                Ok(())
            }
            Err(error) => Err(self.rename_error(&name, error.error)),
        }
    }

    fn remember(&mut self, name: StoredName, replaced: bool) {
        self.spellings
            .extend(fs::canonicalize(self.directory.target(&name)));
        self.placed.push(Placed { name, replaced });
    }

    /// Whether what has this name is a file of this very commit. Asked of the file system, which
    /// knows what letters it takes for equal.
    fn is_placed(&self, name: &StoredName) -> bool {
        fs::canonicalize(self.directory.target(name))
            .is_ok_and(|path| self.spellings.contains(&path))
    }

    fn rename_error(&self, name: &StoredName, source: io::Error) -> StoreError {
        let path = self.directory.told(name);
        StoreError::Rename { path, source }
    }

    /// Deletes what has its name already. An error here would only hide the one that led here.
    pub(super) fn take_back(self) {
        for placed in self.placed.iter().filter(|placed| !placed.replaced) {
            let _ = fs::remove_file(self.directory.target(&placed.name));
        }
    }

    pub(super) fn paths(self) -> Vec<PathBuf> {
        let told = |placed: &Placed| self.directory.told(&placed.name);
        self.placed.iter().map(told).collect()
    }
}
