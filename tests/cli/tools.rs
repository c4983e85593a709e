//! Programs that a test asks and that not every machine has.

use std::env;
use std::path::Path;

/// Whether there is one. If not, that is said, and is a failure with `CI` set.
#[expect(clippy::disallowed_methods, reason = "this is for who runs the tests")]
pub(crate) fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut directories = env::split_paths(&path);
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let is_there = directories.any(|directory| directory.join(&name).is_file());
    assert!(
        is_there || env::var_os("CI").is_none(),
        "there is no {program} here"
    );
    if !is_there {
        println!("SKIPPED: there is no {program} here");
    }
    is_there
}

/// A file of the repository.
pub(crate) fn of_repository(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
