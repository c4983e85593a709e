//! Files in the repository that a test can write: `BLESS=1 cargo test` puts in what the program makes of them now.

use std::fs;
use std::path::Path;

/// Expects the repository's file `name` to be `expected`, or makes it so when `BLESS` is set.
#[track_caller]
pub(crate) fn compare(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if is_blessing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, expected).unwrap();
        return;
    }
    // Git may have written the file with this system's line ends.
    let got = fs::read_to_string(path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    let differs = expected.lines().zip(got.lines()).position(|(e, g)| e != g);
    let line = differs.unwrap_or_else(|| expected.lines().count().min(got.lines().count()));
    assert!(
        got == expected,
        "{name} is not what it should be, from line {} on:\n  is:        {}\n  should be: {}\n`BLESS=1 cargo test` writes it anew.",
        line + 1,
        got.lines().nth(line).unwrap_or("(its end)"),
        expected.lines().nth(line).unwrap_or("(its end)"),
    );
}

#[expect(clippy::disallowed_methods, reason = "this is for who runs the tests")]
fn is_blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}
