//! What a directory has after each step, and after what goes wrong.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir, TempPath};

use super::commit::{Commit, MAX_NUMBER};
use super::temporary::PREFIX;
use super::{OnExist, Pending, Store, Whole};
use crate::receive::{StoreError, StoredName};

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
    let mut commit = Commit::new(&store.directory);
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
    let mut commit = Commit::new(&store.directory);
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
