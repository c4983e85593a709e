//! Reads the files that options name and that are not sent: of options, headers, cookies, passwords, formats. They may be
//! pipes and what else can be opened, or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The longest there is. Whatever is longer was not written for this.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Reads one to its end.
///
/// # Errors
/// If it cannot be read, or is too long.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new("-") {
        to_end(io::stdin().lock())
    } else {
        to_end(File::open(path)?)
    }
}

/// Reads one that is open to its end.
///
/// # Errors
/// If it cannot be read, or is too long.
pub(crate) fn to_end(source: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    source.take(LONGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(io::Error::other("expected at most 16 MiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_for_ever() {
        assert!(to_end(io::repeat(b'x')).is_err());
        let whole = io::repeat(b'x').take(LONGEST);
        assert_eq!(to_end(whole).unwrap().len() as u64, LONGEST);
    }
}
