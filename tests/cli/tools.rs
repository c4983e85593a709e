//! Programs that a test asks, and other things that not every machine has.

use std::env;
use std::io::{self, Write};
use std::path::Path;

/// Whether there is such a program. If not, that is said, and is a failure with `CI` set.
#[expect(clippy::disallowed_methods, reason = "this is for who runs the tests")]
pub(crate) fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let mut directories = env::split_paths(&path);
    let is_there = directories.any(|directory| directory.join(&name).is_file());
    is_there || skip(program)
}

/// The same of a file.
#[cfg(target_os = "linux")]
pub(crate) fn has(path: &Path) -> bool {
    path.is_file() || skip(&path.display().to_string())
}

/// Says that a test goes without something that is not here, which is a failure with `CI` set.
#[expect(clippy::disallowed_methods, reason = "this is for who runs the tests")]
pub(crate) fn skip(missing: &str) -> bool {
    assert!(env::var_os("CI").is_none(), "there is no {missing} here");
    // What is printed is kept from who runs the tests as long as they pass.
    let _ = writeln!(io::stderr(), "SKIPPED: there is no {missing} here");
    false
}

/// A file of the repository.
pub(crate) fn of_repository(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
