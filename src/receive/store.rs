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

use std::collections::{HashMap, HashSet};
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::TryRng;
use rand::rngs::SysRng;
use tempfile::{NamedTempFile, TempPath};

use super::{StoreError, StoredName};

/// What all temporary names begin with.
const PREFIX: &str = ".formpost-";

/// How far numbers are tried for a name that is taken, so that one request cannot search for ever.
const MAX_NUMBER: u32 = 9_999;

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
    /// The directory as it was given, to tell people.
    dir: PathBuf,
    /// The same without links and relative to nothing, to work in: it stays the directory that was
    /// opened.
    root: PathBuf,
    on_exist: OnExist,
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
            dir: dir.to_owned(),
            permissions: permissions_of_a_new_file(&root)?,
            root,
            on_exist,
            temporaries: Temporaries::default(),
        })
    }

    /// Begins a file that is to get this name.
    ///
    /// # Errors
    ///
    /// If no temporary file can be created.
    pub fn begin(&self, name: StoredName) -> Result<Pending, StoreError> {
        let mut temporaries = self.temporaries.lock();
        match create_temporary(&self.root) {
            Ok((file, number)) => Ok(Pending {
                name,
                file,
                listed: self.temporaries.list(&mut temporaries, number),
                permissions: self.permissions.clone(),
            }),
            Err(source) => Err(StoreError::Create { name, source }),
        }
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
        if self.on_exist == OnExist::Error {
            self.refuse_taken_names(&wholes)?;
        }
        // Not taken off the list before the lock is free again, which a sweep in between cannot have.
        let (wholes, _listed): (Vec<_>, Vec<_>) = wholes
            .into_iter()
            .map(|whole| ((whole.name, whole.temporary), whole.listed))
            .unzip();
        let _temporaries = self.temporaries.lock();
        let mut commit = Commit::new(self);
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
        Sweeper {
            root: self.root.clone(),
            temporaries: self.temporaries.clone(),
        }
    }

    /// Looks at all names before the first rename, so that a refusal in the ordinary case has
    /// nothing to take back. Links count, wherever they lead.
    fn refuse_taken_names(&self, wholes: &[Whole]) -> Result<(), StoreError> {
        let is_taken = |whole: &&Whole| self.target(&whole.name).symlink_metadata().is_ok();
        match wholes.iter().find(is_taken) {
            Some(whole) => Err(StoreError::Exists {
                path: self.told(&whole.name),
            }),
            None => Ok(()),
        }
    }

    /// Where a file goes.
    fn target(&self, name: &StoredName) -> PathBuf {
        self.root.join(name.as_str())
    }

    /// The same, as the user knows it.
    fn told(&self, name: &StoredName) -> PathBuf {
        self.dir.join(name.as_str())
    }
}

/// Deletes what is not whole before a signal ends the process.
#[derive(Debug)]
pub struct Sweeper {
    root: PathBuf,
    temporaries: Temporaries,
}

/// A store without temporary files. As long as this is kept, whoever wants to begin, drop or commit one waits.
#[derive(Debug)]
#[must_use = "the next file can be begun when it is dropped"]
pub struct Swept<'a> {
    _temporaries: MutexGuard<'a, HashSet<u128>>,
}

impl Sweeper {
    /// Deletes all temporary files. If a commit is under way, its files get their names first.
    pub fn sweep(&self) -> Swept<'_> {
        let mut temporaries = self.temporaries.lock();
        for number in temporaries.drain() {
            // One that has gone need not be deleted, and of others nobody is left to be told.
            let _ = fs::remove_file(self.root.join(temporary_name(number)));
        }
        Swept {
            _temporaries: temporaries,
        }
    }
}

/// The random numbers in the names of the temporary files that there are.
#[derive(Debug, Clone, Default)]
struct Temporaries(Arc<Mutex<HashSet<u128>>>);

impl Temporaries {
    fn lock(&self) -> MutexGuard<'_, HashSet<u128>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
struct Listed {
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
    file: NamedTempFile,
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
    name: StoredName,
    temporary: TempPath,
    /// Behind the file, as in [`Pending`].
    listed: Listed,
}

/// A commit under way: what has its name by now.
struct Commit<'a> {
    store: &'a Store,
    placed: Vec<Placed>,
    /// The placed files as the file system spells them, to know them again by another spelling.
    spellings: HashSet<PathBuf>,
    /// The first number not yet tried for a name, or a thousand parts of one name would take half a
    /// million tries.
    next_numbers: HashMap<StoredName, u32>,
}

struct Placed {
    name: StoredName,
    /// Whether another file had the name, and is gone.
    replaced: bool,
}

impl<'a> Commit<'a> {
    fn new(store: &'a Store) -> Self {
        Self {
            store,
            placed: Vec::new(),
            spellings: HashSet::new(),
            next_numbers: HashMap::new(),
        }
    }

    /// Gives one file its name if that is free, and otherwise does what the store was told to.
    fn place(&mut self, (name, temporary): (StoredName, TempPath)) -> Result<(), StoreError> {
        let Some(temporary) = self.take_if_free(&name, temporary)? else {
            return Ok(());
        };
        if self.is_placed(&name) {
            return self.place_with_number(&name, temporary);
        }
        match self.store.on_exist {
            OnExist::Rename => self.place_with_number(&name, temporary),
            OnExist::Overwrite => self.replace(name, temporary),
            OnExist::Error => Err(StoreError::Exists {
                path: self.store.told(&name),
            }),
        }
    }

    /// Renames the file unless the name is taken, in one step, and gives it back if it is.
    fn take_if_free(
        &mut self,
        name: &StoredName,
        temporary: TempPath,
    ) -> Result<Option<TempPath>, StoreError> {
        match temporary.persist_noclobber(self.store.target(name)) {
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
            path: self.store.told(name),
            tried: MAX_NUMBER,
        })
    }

    fn replace(&mut self, name: StoredName, temporary: TempPath) -> Result<(), StoreError> {
        match temporary.persist(self.store.target(&name)) {
            Ok(()) => {
                self.remember(name, true);
                Ok(())
            }
            Err(error) => Err(self.rename_error(&name, error.error)),
        }
    }

    fn remember(&mut self, name: StoredName, replaced: bool) {
        self.spellings
            .extend(fs::canonicalize(self.store.target(&name)));
        self.placed.push(Placed { name, replaced });
    }

    /// Whether what has this name is a file of this very commit. Asked of the file system, which
    /// knows what letters it takes for equal.
    fn is_placed(&self, name: &StoredName) -> bool {
        fs::canonicalize(self.store.target(name)).is_ok_and(|path| self.spellings.contains(&path))
    }

    fn rename_error(&self, name: &StoredName, source: io::Error) -> StoreError {
        let path = self.store.told(name);
        StoreError::Rename { path, source }
    }

    /// Deletes what has its name already. An error here would only hide the one that led here.
    fn take_back(self) {
        for placed in self.placed.iter().filter(|placed| !placed.replaced) {
            let _ = fs::remove_file(self.store.target(&placed.name));
        }
    }

    fn paths(self) -> Vec<PathBuf> {
        let told = |placed: &Placed| self.store.told(&placed.name);
        self.placed.iter().map(told).collect()
    }
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
fn permissions_of_a_new_file(root: &Path) -> io::Result<Permissions> {
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

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// Names with contents.
    type Files = [(&'static str, &'static str)];

    /// A directory with files in it, and what may be asked of it afterwards.
    struct Scene {
        dir: TempDir,
    }

    impl Scene {
        fn new(existing: &Files) -> Self {
            let dir = tempfile::tempdir().unwrap();
            for (name, content) in existing {
                fs::write(dir.path().join(name), content).unwrap();
            }
            Self { dir }
        }

        fn store(&self, on_exist: OnExist) -> Store {
            Store::open(self.dir.path(), on_exist).unwrap()
        }

        /// All that is there, sorted, with its content; a directory with a slash.
        fn files(&self) -> Vec<(String, String)> {
            let entries = fs::read_dir(self.dir.path()).unwrap();
            let mut files: Vec<_> = entries
                .map(|entry| {
                    let entry = entry.unwrap();
                    let name = entry.file_name().into_string().unwrap();
                    match fs::read_to_string(entry.path()) {
                        Ok(content) => (name, content),
                        Err(_) => (name, "/".to_owned()),
                    }
                })
                .collect();
            files.sort();
            files
        }

        #[track_caller]
        fn assert_files(&self, expected: &Files) {
            let files = self.files();
            let files: Vec<_> = files
                .iter()
                .map(|(name, content)| (name.as_str(), content.as_str()))
                .collect();
            assert_eq!(files, expected);
        }
    }

    fn named(name: &str) -> StoredName {
        StoredName::new(name).unwrap()
    }

    /// A whole file as a commit takes it.
    fn unlisted(store: &Store, name: &str, content: &str) -> (StoredName, TempPath) {
        let whole = whole(store, name, content);
        (whole.name, whole.temporary)
    }

    fn whole(store: &Store, name: &str, content: &str) -> Whole {
        let mut pending = store.begin(named(name)).unwrap();
        pending.append(content.as_bytes()).unwrap();
        pending.finish().unwrap()
    }

    fn wholes(store: &Store, files: &Files) -> Vec<Whole> {
        files
            .iter()
            .map(|(name, content)| whole(store, name, content))
            .collect()
    }

    #[test]
    fn nothing_has_its_name_before_the_commit() {
        let scene = Scene::new(&[]);
        let store = scene.store(OnExist::Rename);
        let a = whole(&store, "a", "A");
        let b = store.begin(named("b")).unwrap();
        let files = scene.files();
        assert_eq!(files.len(), 2);
        for (name, _) in files {
            assert_eq!(name.len(), PREFIX.len() + 32, "{name}");
            assert!(name.starts_with(PREFIX), "{name}");
        }
        drop(b);
        let paths = store.commit(vec![a]).unwrap();
        assert_eq!(paths, [scene.dir.path().join("a")]);
        scene.assert_files(&[("a", "A")]);
    }

    #[test]
    fn a_file_that_is_dropped_is_deleted() {
        let scene = Scene::new(&[]);
        let store = scene.store(OnExist::Rename);
        let mut pending = store.begin(named("a")).unwrap();
        pending.append(b"half").unwrap();
        drop(pending);
        drop(whole(&store, "b", "all"));
        scene.assert_files(&[]);
    }

    #[test]
    fn what_is_written_in_pieces_is_stored_whole() {
        let scene = Scene::new(&[]);
        let store = scene.store(OnExist::Rename);
        let mut pending = store.begin(named("a")).unwrap();
        pending.append(b"").unwrap();
        pending.append(b"one ").unwrap();
        io::copy(&mut "two".as_bytes(), &mut pending).unwrap();
        store.commit(vec![pending.finish().unwrap()]).unwrap();
        scene.assert_files(&[("a", "one two")]);
    }

    #[test]
    fn names_that_are_taken_are_treated_as_asked() {
        let existing = [("a.txt", "old")];
        let sent = [("b.txt", "B"), ("a.txt", "new")];
        let table: [(OnExist, &Files, Option<&str>); 3] = [
            (
                OnExist::Rename,
                &[("a (1).txt", "new"), ("a.txt", "old"), ("b.txt", "B")],
                Some("a (1).txt"),
            ),
            (OnExist::Error, &[("a.txt", "old")], None),
            (
                OnExist::Overwrite,
                &[("a.txt", "new"), ("b.txt", "B")],
                Some("a.txt"),
            ),
        ];
        for (on_exist, expected, stored) in table {
            let scene = Scene::new(&existing);
            let store = scene.store(on_exist);
            let result = store.commit(wholes(&store, &sent));
            scene.assert_files(expected);
            match (result, stored) {
                (Ok(paths), Some(name)) => assert_eq!(paths[1], scene.dir.path().join(name)),
                (Err(StoreError::Exists { path }), None) => {
                    assert_eq!(path, scene.dir.path().join("a.txt"));
                }
                (result, _) => panic!("{on_exist:?} gave {result:?}"),
            }
        }
    }

    #[test]
    fn one_name_sent_twice_makes_two_files_whatever_is_asked() {
        for on_exist in [OnExist::Rename, OnExist::Error, OnExist::Overwrite] {
            let scene = Scene::new(&[("a (1).txt", "old")]);
            let store = scene.store(on_exist);
            let sent = [("x/a.txt", "1"), ("y/a.txt", "2"), ("a\u{200B}.txt", "3")];
            let paths = store.commit(wholes(&store, &sent)).unwrap();
            let names = ["a.txt", "a (2).txt", "a (3).txt"];
            assert_eq!(paths, names.map(|name| scene.dir.path().join(name)));
            scene.assert_files(&[
                ("a (1).txt", "old"),
                ("a (2).txt", "2"),
                ("a (3).txt", "3"),
                ("a.txt", "1"),
            ]);
        }
    }

    #[test]
    fn names_that_differ_by_case_or_normalisation_never_share_a_file() {
        for on_exist in [OnExist::Rename, OnExist::Error, OnExist::Overwrite] {
            let scene = Scene::new(&[]);
            let store = scene.store(on_exist);
            let sent = [("A", "1"), ("a", "2"), ("\u{E9}", "3"), ("e\u{301}", "4")];
            store.commit(wholes(&store, &sent)).unwrap();
            let mut contents: Vec<_> = scene.files().into_iter().map(|(_, c)| c).collect();
            contents.sort();
            assert_eq!(contents, ["1", "2", "3", "4"]);
        }
    }

    #[test]
    fn two_stores_in_one_directory_take_nothing_from_each_other() {
        let scene = Scene::new(&[]);
        let commit_many = || {
            let store = scene.store(OnExist::Rename);
            for _ in 0..100 {
                store.commit(vec![whole(&store, "a", "x")]).unwrap();
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(commit_many);
            scope.spawn(commit_many);
        });
        assert_eq!(scene.files().len(), 200);
    }

    #[test]
    fn the_search_for_a_free_number_goes_on_where_it_stopped_and_ends() {
        let scene = Scene::new(&[("a", "old")]);
        let store = scene.store(OnExist::Rename);
        let mut commit = Commit::new(&store);
        commit.next_numbers.insert(named("a"), MAX_NUMBER);
        commit.place(unlisted(&store, "a", "last")).unwrap();
        let error = commit.place(unlisted(&store, "a", "one more")).unwrap_err();
        assert!(matches!(error, StoreError::NoFreeNumber { .. }));
        scene.assert_files(&[("a", "old"), ("a (9999)", "last")]);
    }

    #[test]
    fn a_rename_that_fails_takes_back_those_before_it_and_names_the_file() {
        let scene = Scene::new(&[]);
        fs::create_dir(scene.dir.path().join("b")).unwrap();
        let store = scene.store(OnExist::Overwrite);
        let sent = [("a", "A"), ("b", "B"), ("c", "C")];
        let error = store.commit(wholes(&store, &sent)).unwrap_err();
        let StoreError::Rename { path, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(path, scene.dir.path().join("b"));
        scene.assert_files(&[("b", "/")]);
    }

    #[test]
    fn a_file_that_replaced_another_is_not_taken_back() {
        let scene = Scene::new(&[("a", "old")]);
        fs::create_dir(scene.dir.path().join("b")).unwrap();
        let store = scene.store(OnExist::Overwrite);
        let sent = [("a", "new"), ("b", "B")];
        store.commit(wholes(&store, &sent)).unwrap_err();
        scene.assert_files(&[("a", "new"), ("b", "/")]);
    }

    #[test]
    fn a_name_that_is_taken_after_the_check_is_refused_all_the_same() {
        let scene = Scene::new(&[]);
        let store = scene.store(OnExist::Error);
        let mut commit = Commit::new(&store);
        commit.place(unlisted(&store, "a", "A")).unwrap();
        fs::write(scene.dir.path().join("b"), "theirs").unwrap();
        let error = commit.place(unlisted(&store, "b", "ours")).unwrap_err();
        assert!(matches!(error, StoreError::Exists { .. }));
        commit.take_back();
        scene.assert_files(&[("b", "theirs")]);
    }

    #[test]
    fn an_empty_commit_does_nothing() {
        let scene = Scene::new(&[("a", "A")]);
        let paths = scene.store(OnExist::Error).commit(Vec::new()).unwrap();
        assert_eq!(paths, Vec::<PathBuf>::new());
        scene.assert_files(&[("a", "A")]);
    }

    #[test]
    fn a_missing_directory_is_created_with_its_parents() {
        let scene = Scene::new(&[]);
        let dir = scene.dir.path().join("in/box");
        let store = Store::open(&dir, OnExist::Rename).unwrap();
        let paths = store.commit(vec![whole(&store, "a", "A")]).unwrap();
        assert_eq!(paths, [dir.join("a")]);
        assert_eq!(fs::read_to_string(&paths[0]).unwrap(), "A");
    }

    #[test]
    fn a_file_is_no_directory() {
        let scene = Scene::new(&[("a", "A")]);
        let dir = scene.dir.path().join("a");
        let error = Store::open(&dir, OnExist::Rename).unwrap_err();
        assert!(matches!(error, StoreError::NotADirectory { dir: told } if told == dir));
        let error = Store::open(&dir.join("b"), OnExist::Rename).unwrap_err();
        assert!(matches!(error, StoreError::Open { .. }));
    }

    #[test]
    fn a_directory_that_vanished_is_an_error_with_the_name() {
        let scene = Scene::new(&[]);
        let dir = scene.dir.path().join("in");
        let store = Store::open(&dir, OnExist::Rename).unwrap();
        fs::remove_dir(&dir).unwrap();
        let error = store.begin(named("a")).unwrap_err();
        assert_eq!(error.to_string(), "cannot create a temporary file for `a`");
    }

    #[test]
    fn a_thousand_parts_of_one_name_get_a_thousand_numbers() {
        let scene = Scene::new(&[]);
        let store = scene.store(OnExist::Rename);
        let parts = (0..1_000).map(|_| whole(&store, "a", "")).collect();
        let paths = store.commit(parts).unwrap();
        assert_eq!(paths[999], scene.dir.path().join("a (999)"));
        assert_eq!(scene.files().len(), 1_000);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn whole_files_hold_no_descriptors() {
        /// How many descriptors of this process lead into a directory.
        fn descriptors_into(dir: &Path) -> usize {
            fs::read_dir("/proc/self/fd")
                .unwrap()
                .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
                .filter(|path| path.starts_with(dir))
                .count()
        }
        let scene = Scene::new(&[]);
        let dir = fs::canonicalize(scene.dir.path()).unwrap();
        let store = scene.store(OnExist::Rename);
        let pending = store.begin(named("a")).unwrap();
        assert_eq!(descriptors_into(&dir), 1);
        let parts: Vec<_> = (0..1_000).map(|_| whole(&store, "b", "")).collect();
        assert_eq!(descriptors_into(&dir), 1);
        drop(pending);
        assert_eq!(descriptors_into(&dir), 0);
        drop(parts);
        scene.assert_files(&[]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_apart_and_leaves_nothing() {
        let scene = Scene::new(&[]);
        let store = scene.store(OnExist::Rename);
        let mut pending = store.begin(named("a")).unwrap();
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let (_, path) = pending.file.into_parts();
        pending.file = NamedTempFile::from_parts(full, path);
        let error = pending.append(b"x").unwrap_err();
        assert!(error.is_full());
        assert_eq!(error.to_string(), "cannot write `a`");
        drop(pending);
        scene.assert_files(&[]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_private_until_it_is_whole_and_then_as_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let scene = Scene::new(&[("ordinary", "")]);
        let store = scene.store(OnExist::Rename);
        let pending = store.begin(named("a")).unwrap();
        assert_eq!(mode(pending.file.path()), 0o600);
        let paths = store.commit(vec![pending.finish().unwrap()]).unwrap();
        assert_eq!(mode(&paths[0]), mode(&scene.dir.path().join("ordinary")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_never_followed() {
        use std::os::unix::fs::symlink;
        let table: [(OnExist, &Files); 3] = [
            (OnExist::Rename, &[("a", "old"), ("a (1)", "new")]),
            (OnExist::Error, &[("a", "old")]),
            (OnExist::Overwrite, &[("a", "new")]),
        ];
        for (on_exist, expected) in table {
            let elsewhere = Scene::new(&[("precious", "old")]);
            let scene = Scene::new(&[]);
            let precious = elsewhere.dir.path().join("precious");
            symlink(&precious, scene.dir.path().join("a")).unwrap();
            let store = scene.store(on_exist);
            let result = store.commit(vec![whole(&store, "a", "new")]);
            assert_eq!(result.is_err(), on_exist == OnExist::Error);
            scene.assert_files(expected);
            elsewhere.assert_files(&[("precious", "old")]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_a_taken_name() {
        let scene = Scene::new(&[]);
        let nowhere = scene.dir.path().join("nowhere");
        std::os::unix::fs::symlink(&nowhere, scene.dir.path().join("a")).unwrap();
        for on_exist in [OnExist::Error, OnExist::Rename] {
            let store = scene.store(on_exist);
            let parts = wholes(&store, &[("a", "new")]);
            assert!(store.refuse_taken_names(&parts).is_err());
            let result = store.commit(parts);
            assert_eq!(result.is_err(), on_exist == OnExist::Error);
            assert!(!nowhere.exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_directory_may_change_after_opening() {
        use std::os::unix::fs::symlink;
        let scene = Scene::new(&[]);
        let other = Scene::new(&[]);
        let links = Scene::new(&[]);
        let link = links.dir.path().join("in");
        symlink(scene.dir.path(), &link).unwrap();
        let store = Store::open(&link, OnExist::Rename).unwrap();
        let part = whole(&store, "a", "A");
        fs::remove_file(&link).unwrap();
        symlink(other.dir.path(), &link).unwrap();
        store.commit(vec![part]).unwrap();
        scene.assert_files(&[("a", "A")]);
        other.assert_files(&[]);
    }

    #[test]
    fn a_store_can_be_shared_between_threads() {
        fn is_shareable<T: Send + Sync>() {}
        is_shareable::<Store>();
        is_shareable::<Pending>();
        is_shareable::<Whole>();
        is_shareable::<StoreError>();
    }

    #[test]
    fn a_sweep_deletes_what_is_pending_or_whole_and_leaves_what_has_its_name() {
        let scene = Scene::new(&[("there", "x")]);
        let store = scene.store(OnExist::Rename);
        let begin = |name| {
            let mut pending = store.begin(StoredName::new(name).unwrap()).unwrap();
            pending.append(b"y").unwrap();
            pending
        };
        store.commit(vec![begin("a").finish().unwrap()]).unwrap();
        let (pending, whole) = (begin("b"), begin("c").finish().unwrap());
        drop(store.sweeper().sweep());
        scene.assert_files(&[("a", "y"), ("there", "x")]);
        drop((pending, whole));
        assert!(store.temporaries.lock().is_empty());
    }
}
