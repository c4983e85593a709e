//! Parts become files of one directory: first under a temporary name, then, when the whole form is
//! there, under their own.
//!
//! ```text
//! begin ──> Pending ──finish──> Whole ──commit──> a file with its name
//!           dropped: deleted    dropped: deleted
//! ```
//!
//! * A temporary file is `.formpost-` and 128 bits from the operating system, created anew or not at
//!   all (`O_EXCL`, which follows no link either), with mode 0600. No sent name begins with a dot, so
//!   none can meet it, and what a killed process leaves behind is easy to find.
//! * A whole file gets the mode that any new file of the directory gets. To learn it without asking
//!   for the umask, which cannot be read without being set, [`Store::open`] creates a file with mode
//!   0666 and looks. The mode is set through the open descriptor, never through a path that somebody
//!   may have changed.
//! * A whole file keeps no descriptor, so a form may have as many parts as its limits allow.
//! * Nothing is replaced unless [`OnExist::Overwrite`] says so: names are taken by renames that fail
//!   where something is, so that two stores in one directory cannot take each other's.
//! * A signal ends a process without dropping anything. A [`Sweeper`] knows which temporary files there
//!   are, and deletes them before that.
//! * Nothing is synced: a file is whole after a crash of the program, not after one of the system.
//!
//! The file system decides which names are equal, so `A` and `a`, or the two forms of `é`, get along
//! where they are one file.

mod commit;
mod temporary;
#[cfg(test)]
mod tests;

use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use super::{StoreError, StoredName};

use commit::{Commit, Directory};
use temporary::{Temporaries, permissions_of_a_new_file};

pub use commit::OnExist;
pub use temporary::{Pending, Sweeper, Swept, Whole};

/// A directory that takes received files.
///
/// ```
/// use formpost::receive::{OnExist, Store, StoredName};
///
/// # let dir = tempfile::tempdir()?;
/// # let dir = dir.path();
/// let store = Store::open(dir, OnExist::Rename)?;
/// let mut part = store.begin(StoredName::generated(1))?;
/// part.append(b"Hello")?;
/// let paths = store.commit(vec![part.finish()?])?;
/// assert_eq!(paths, [dir.join("part-1")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Store {
    directory: Directory,
    /// What a whole file may be used for.
    permissions: Permissions,
    temporaries: Temporaries,
}

impl Store {
    /// Opens a directory, and creates it, with its parents, if it is missing.
    ///
    /// # Errors
    ///
    /// If it cannot be created, is no directory, or takes no files.
    pub fn open(dir: &Path, on_exist: OnExist) -> Result<Self, StoreError> {
        if dir.exists() && !dir.is_dir() {
            let dir = dir.to_owned();
            return Err(StoreError::NotADirectory { dir });
        }
        Self::open_or_create(dir, on_exist).map_err(|source| StoreError::Open {
            dir: dir.to_owned(),
            source,
        })
    }

    fn open_or_create(dir: &Path, on_exist: OnExist) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let root = fs::canonicalize(dir)?;
        Ok(Self {
            permissions: permissions_of_a_new_file(&root)?,
            temporaries: Temporaries::in_directory(&root),
            directory: Directory {
                dir: dir.to_owned(),
                root,
                on_exist,
            },
        })
    }

    /// Begins a file that is to get this name.
    ///
    /// # Errors
    ///
    /// If no temporary file can be created.
    pub fn begin(&self, name: StoredName) -> Result<Pending, StoreError> {
        self.temporaries.begin(name, self.permissions.clone())
    }

    /// Gives files of this store their names, or a number more where [`OnExist`] asks for it, and
    /// returns their paths in the same order. Call it once for a form, when all of it is there.
    ///
    /// # Errors
    ///
    /// If a name is taken, under [`OnExist::Error`], or a rename fails. Then the form's other files
    /// are deleted too, those that have their names already included. Only a file that replaced
    /// another stays: deleting it would not bring the other one back.
    pub fn commit(&self, wholes: Vec<Whole>) -> Result<Vec<PathBuf>, StoreError> {
        if self.directory.on_exist == OnExist::Error {
            self.refuse_taken_names(&wholes)?;
        }
        // Not taken off the list before the lock is free again, which a sweep in between cannot have.
        let (wholes, _listed): (Vec<_>, Vec<_>) = wholes
            .into_iter()
            .map(|whole| ((whole.name, whole.temporary), whole.listed))
            .unzip();
        let _temporaries = self.temporaries.lock();
        let mut commit = Commit::new(&self.directory);
        for whole in wholes {
            if let Err(error) = commit.place(whole) {
                commit.take_back();
                return Err(error);
            }
        }
        Ok(commit.paths())
    }

    /// What can delete the temporary files of this store from another thread.
    #[must_use]
    pub fn sweeper(&self) -> Sweeper {
        Sweeper(self.temporaries.clone())
    }

    /// Looks at all names before the first rename, so that a refusal in the ordinary case has
    /// nothing to take back. Links count, wherever they lead.
    fn refuse_taken_names(&self, wholes: &[Whole]) -> Result<(), StoreError> {
        let is_taken = |whole: &&Whole| {
            self.directory
                .target(&whole.name)
                .symlink_metadata()
                .is_ok()
        };
        match wholes.iter().find(is_taken) {
            Some(whole) => Err(StoreError::Exists {
                path: self.directory.told(&whole.name),
            }),
            None => Ok(()),
        }
    }
}
