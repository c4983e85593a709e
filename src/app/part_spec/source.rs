//! Where a content or a file of headers is read from: a path, or `-`. Nothing is opened.

use std::path::{Path, PathBuf};

use super::complaints::SpecError;

/// Where octets are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceSpec {
    /// `-`.
    Stdin,
    /// Anything else, the empty path included: opening it says what is wrong with it.
    Path(PathBuf),
}

impl SourceSpec {
    /// Takes a path that was an argument of its own.
    pub(crate) fn of_path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        if path.as_os_str() == "-" {
            Self::Stdin
        } else {
            Self::Path(path)
        }
    }

    /// As it was typed: `-` is standard input.
    pub(crate) fn as_path(&self) -> &Path {
        match self {
            Self::Stdin => Path::new("-"),
            Self::Path(path) => path,
        }
    }

    /// Whether it is descriptor 0, by whatever name.
    pub(crate) fn is_standard_input(&self) -> bool {
        match self {
            Self::Stdin => true,
            Self::Path(path) => ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]
                .iter()
                .any(|name| path == Path::new(name)),
        }
    }

    /// Takes a path as it stands, but for `-`.
    pub(crate) fn new(word: Vec<u8>) -> Result<Self, SpecError> {
        match word.as_slice() {
            b"-" => Ok(Self::Stdin),
            _ => path(word).map(Self::Path),
        }
    }
}

fn path(octets: Vec<u8>) -> Result<PathBuf, SpecError> {
    if octets.contains(&0) {
        return Err(SpecError::NulInPath);
    }
    #[cfg(unix)]
    let path = <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(octets);
    #[cfg(not(unix))]
    let path = String::from_utf8(octets).map_err(|_| SpecError::NotUnicode)?;
    Ok(path.into())
}
