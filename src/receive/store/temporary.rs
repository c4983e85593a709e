//! Files under temporary names: begun, complete, or swept away.

use std::collections::HashSet;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::TryRng;
use rand::rngs::SysRng;
use tempfile::{NamedTempFile, TempPath};

use crate::receive::{StoreError, StoredName};

/// What all temporary names begin with.
pub(super) const PREFIX: &str = ".formpost-";

/// Deletes what is not whole before a signal ends the process.
#[derive(Debug)]
pub struct Sweeper(pub(super) Temporaries);

/// A store without temporary files. As long as this is kept, whoever wants to begin, drop or commit one waits.
#[derive(Debug)]
#[must_use = "the next file can be begun when it is dropped"]
pub struct Swept<'a> {
    _temporaries: MutexGuard<'a, HashSet<u128>>,
}

impl Sweeper {
    /// Deletes all temporary files. If a commit is under way, its files get their names first.
    pub fn sweep(&self) -> Swept<'_> {
        let mut temporaries = self.0.lock();
        for number in temporaries.drain() {
            // One that has gone need not be deleted, and of others nobody is left to be told.
            let _ = fs::remove_file(self.0.root.join(temporary_name(number)));
        }
        Swept {
            _temporaries: temporaries,
        }
    }
}

/// The temporary files that there are in a directory.
#[derive(Debug, Clone)]
pub(super) struct Temporaries {
    root: PathBuf,
    /// The random numbers in their names.
    numbers: Arc<Mutex<HashSet<u128>>>,
}

impl Temporaries {
    pub(super) fn in_directory(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            numbers: Arc::default(),
        }
    }

    /// As long as this is kept, none begins and none goes.
    pub(super) fn lock(&self) -> MutexGuard<'_, HashSet<u128>> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a file that is to get this name, and these permissions once it is whole.
    pub(super) fn begin(
        &self,
        name: StoredName,
        permissions: Permissions,
    ) -> Result<Pending, StoreError> {
        let mut locked = self.lock();
        match create_temporary(&self.root) {
            Ok((file, number)) => Ok(Pending {
                name,
                file,
                listed: self.list(&mut locked, number),
                permissions,
            }),
            Err(source) => Err(StoreError::Create { name, source }),
        }
    }

    fn list(&self, locked: &mut HashSet<u128>, number: u128) -> Listed {
        locked.insert(number);
        Listed {
            temporaries: self.clone(),
            number,
        }
    }
}

/// A temporary file's place in the list, as long as there is one.
#[derive(Debug)]
pub(super) struct Listed {
    temporaries: Temporaries,
    number: u128,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.temporaries.lock().remove(&self.number);
    }
}

/// A file that is being received. Dropped, it is deleted.
#[derive(Debug)]
pub struct Pending {
    name: StoredName,
    pub(super) file: NamedTempFile,
    /// Behind the file, which has gone when this is dropped.
    listed: Listed,
    permissions: Permissions,
}

impl Pending {
    /// Writes the next bytes, as [`Write::write_all`] does, with an error that names the file.
    ///
    /// # Errors
    ///
    /// If they cannot be written, for instance because the disk is full.
    pub fn append(&mut self, content: &[u8]) -> Result<(), StoreError> {
        self.write_all(content).map_err(|source| StoreError::Write {
            name: self.name.clone(),
            source,
        })
    }

    /// Says that nothing is missing, and closes the file.
    ///
    /// # Errors
    ///
    /// If its permissions cannot be set.
    pub fn finish(self) -> Result<Whole, StoreError> {
        let Self {
            name,
            file,
            listed,
            permissions,
        } = self;
        match file.as_file().set_permissions(permissions) {
            Ok(()) => Ok(Whole {
                name,
                temporary: file.into_temp_path(),
                listed,
            }),
            Err(source) => Err(StoreError::Write { name, source }),
        }
    }
}

/// Straight to the file: nothing is held back that [`Pending::finish`] would have to flush.
impl Write for Pending {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(content)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

/// A file that is complete, closed, and still under its temporary name. Dropped, it is deleted.
#[derive(Debug)]
#[must_use = "it is deleted unless it is committed"]
pub struct Whole {
    pub(super) name: StoredName,
    pub(super) temporary: TempPath,
    /// Behind the file, as in [`Pending`].
    pub(super) listed: Listed,
}

fn create_temporary(root: &Path) -> io::Result<(NamedTempFile, u128)> {
    let number = unguessable_number()?;
    let file = tempfile::Builder::new()
        .prefix(&temporary_name(number))
        .rand_bytes(0)
        .tempfile_in(root)?;
    Ok((file, number))
}

/// What the umask, or the directory's own rules, make of mode 0666.
pub(super) fn permissions_of_a_new_file(root: &Path) -> io::Result<Permissions> {
    let name = temporary_name(unguessable_number()?);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&name).rand_bytes(0);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let probe = builder.tempfile_in(root)?;
    Ok(probe.as_file().metadata()?.permissions())
}

/// The number of a name that nobody can have taken before, since nobody can guess it. tempfile's own are six
/// characters out of a generator that can be predicted, so it adds none of them.
fn unguessable_number() -> io::Result<u128> {
    let mut random = [0; 16];
    SysRng
        .try_fill_bytes(&mut random)
        .map_err(io::Error::other)?;
    Ok(u128::from_ne_bytes(random))
}

fn temporary_name(number: u128) -> String {
    format!("{PREFIX}{number:032x}")
}
