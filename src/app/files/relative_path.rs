//! A file's path as every machine has it: names, `/` between them, and nothing that says where it all lies.
//!
//! What was found in a directory has that directory's own name in front, as browsers have it for a directory that was
//! chosen: of `-r /home/me/site` it is `site/index.html`. A directory that goes by no name (`.`, `..`, `/`) leaves it out.
//! What was named itself keeps the path that it was named by, from where that goes only down: `docs/a.txt` stays,
//! `./docs/a.txt`, `/docs/a.txt` and `../docs/a.txt` become the same.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// Names, one below the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelativePath(PathBuf);

impl RelativePath {
    /// That of a file that was named.
    pub(super) fn of_file(path: &Path) -> Self {
        let mut names = PathBuf::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => names.push(name),
                Component::CurDir => {}
                Component::Prefix(_) | Component::RootDir | Component::ParentDir => names.clear(),
            }
        }
        Self(names)
    }

    /// That of a directory to be walked.
    pub(super) fn of_directory(path: &Path) -> Self {
        Self(path.file_name().map(PathBuf::from).unwrap_or_default())
    }

    /// That of something in this directory.
    pub(super) fn join(&self, below: &Path) -> Self {
        Self(self.0.join(below))
    }

    pub(super) fn as_path(&self) -> &Path {
        &self.0
    }

    /// Its octets, the same on every system.
    pub(crate) fn to_octets(&self) -> Vec<u8> {
        let names: Vec<&[u8]> = self.0.iter().map(OsStr::as_encoded_bytes).collect();
        names.join(&b'/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &RelativePath) -> String {
        String::from_utf8(path.to_octets()).unwrap()
    }

    #[test]
    fn what_was_named_keeps_its_path_from_where_it_goes_down() {
        for (path, expected) in [
            ("a.txt", "a.txt"),
            ("./a.txt", "a.txt"),
            ("docs/a.txt", "docs/a.txt"),
            ("./docs/./a.txt", "docs/a.txt"),
            ("docs//a.txt", "docs/a.txt"),
            ("/docs/a.txt", "docs/a.txt"),
            ("../docs/a.txt", "docs/a.txt"),
            ("docs/../a.txt", "a.txt"),
            ("-", "-"),
            (".hidden", ".hidden"),
        ] {
            assert_eq!(text(&RelativePath::of_file(path.as_ref())), expected);
        }
    }

    #[test]
    fn what_is_in_a_directory_begins_with_its_name() {
        for (directory, expected) in [
            ("site", "site/a/b"),
            ("site/", "site/a/b"),
            ("site/.", "site/a/b"),
            ("/home/me/site", "site/a/b"),
            ("../site", "site/a/b"),
            ("site/..", "a/b"),
            (".", "a/b"),
            ("..", "a/b"),
            ("/", "a/b"),
        ] {
            let below: PathBuf = ["a", "b"].iter().collect();
            let path = RelativePath::of_directory(directory.as_ref()).join(&below);
            assert_eq!(text(&path), expected, "{directory}");
        }
    }
}
