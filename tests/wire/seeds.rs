//! What the fuzz targets begin with, and what they have found: the files in `fuzz/corpus/`.

use std::fs;
use std::path::Path;

/// Does this with every input of a target. A published crate comes without them.
pub(crate) fn replay(target: &str, check: impl Fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    if !fuzz.exists() {
        eprintln!("SKIPPED: there are no seeds without {}", fuzz.display());
        return;
    }
    let mut inputs = 0;
    for entry in fs::read_dir(fuzz.join("corpus").join(target)).unwrap() {
        let path = entry.unwrap().path();
        eprintln!("{}", path.display());
        check(&fs::read(&path).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 10, "only {inputs} seeds of {target} were found");
}
