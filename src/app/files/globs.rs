//! `--include` and `--exclude`: which relative paths are wanted.
//!
//! A glob is what a line of a `.gitignore` is that lies where the relative paths begin, but for `#`, which begins no
//! comment here, and blanks at the end, which belong to it. As there, what is in a directory that is excluded cannot be
//! taken back: whoever walks need not look into it.

use std::path::Path;

use ignore::Error;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::RelativePath;

/// One glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    /// As a line of a `.gitignore`.
    line: String,
}

impl Glob {
    /// Reads a glob.
    ///
    /// # Errors
    /// What was expected.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.trim_start_matches('!').trim_matches('/').is_empty() {
            return Err(format!("expected a glob, such as *.jpg, found {text:?}"));
        }
        let glob = Self { line: line(text) };
        match matcher(std::slice::from_ref(&glob)) {
            Ok(_) => Ok(glob),
            Err(reason) => Err(format!(
                "expected a glob, such as *.jpg, found {text:?}: {reason}"
            )),
        }
    }
}

/// A glob with what would mean something else in a file made harmless.
fn line(text: &str) -> String {
    let mut line = match text.strip_prefix("./") {
        Some(below) => format!("/{below}"),
        None if text.starts_with('#') => format!("\\{text}"),
        None => text.to_owned(),
    };
    if !line.ends_with(char::is_whitespace) || line.ends_with("\\ ") {
        return line;
    }
    let blank = line.pop().map(String::from).unwrap_or_default();
    format!("{line}[{blank}]")
}

fn matcher(globs: &[Glob]) -> Result<Gitignore, String> {
    let reason = |error| match error {
        Error::Glob { err, .. } => err,
        other @ (Error::Partial(_)
        | Error::WithLineNumber { .. }
        | Error::WithPath { .. }
        | Error::WithDepth { .. }
        | Error::Loop { .. }
        | Error::Io(_)
        | Error::UnrecognizedFileType(_)
        | Error::InvalidDefinition) => other.to_string(),
    };
    let mut builder = GitignoreBuilder::new(".");
    builder.allow_unclosed_class(false);
    for glob in globs {
        builder.add_line(None, &glob.line).map_err(reason)?;
    }
    builder.build().map_err(reason)
}

/// All globs.
#[derive(Debug)]
pub(super) struct Globs {
    /// Without any, all is included.
    include: Option<Gitignore>,
    exclude: Gitignore,
}

impl Globs {
    /// # Errors
    /// If they are too many, or too long.
    pub(super) fn new(include: &[Glob], exclude: &[Glob]) -> Result<Self, String> {
        let is_given = !include.is_empty();
        let include = is_given.then(|| matcher(include)).transpose();
        Ok(Self {
            include: include.map_err(|reason| format!("--include: {reason}"))?,
            exclude: matcher(exclude).map_err(|reason| format!("--exclude: {reason}"))?,
        })
    }

    /// Whether it is included and not excluded.
    pub(super) fn want(&self, path: &RelativePath, is_directory: bool) -> bool {
        self.include(path, is_directory) && !self.exclude(path, is_directory)
    }

    /// Whether a glob matches it or, if none does, the next directory around it that one matches.
    pub(super) fn include(&self, path: &RelativePath, is_directory: bool) -> bool {
        self.include.as_ref().is_none_or(|globs| {
            let matched = globs.matched_path_or_any_parents(path.as_path(), is_directory);
            matched.is_ignore()
        })
    }

    /// Whether a glob matches it, or any directory around it.
    pub(super) fn exclude(&self, path: &RelativePath, is_directory: bool) -> bool {
        !self.exclude.is_empty() && self.is_excluded(path.as_path(), is_directory)
    }

    fn is_excluded(&self, path: &Path, is_directory: bool) -> bool {
        let around = path.parent().filter(|path| !path.as_os_str().is_empty());
        around.is_some_and(|directory| self.is_excluded(directory, true))
            || self.exclude.matched(path, is_directory).is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(texts: &[&str]) -> Vec<Glob> {
        let globs = texts.iter().map(|text| Glob::parse(text).unwrap());
        globs.collect()
    }

    fn wanted(include: &[&str], exclude: &[&str], path: &str) -> bool {
        let globs = Globs::new(&globs(include), &globs(exclude)).unwrap();
        globs.want(&RelativePath::of_file(path.as_ref()), false)
    }

    #[test]
    fn a_glob_is_a_line_of_a_gitignore() {
        for (glob, matching, others) in [
            (
                "*.jpg",
                &["a.jpg", "d/e/a.jpg"][..],
                &["a.jpeg", "a.JPG", "jpg"][..],
            ),
            ("a", &["a", "d/a", "a/b", "d/a/b/c"], &["ab", "b/ab"]),
            ("/a", &["a", "a/b"], &["d/a"]),
            ("./a", &["a", "a/b"], &["d/a"]),
            (
                "d/*.jpg",
                &["d/a.jpg"],
                &["a.jpg", "d/e/a.jpg", "c/d/a.jpg"],
            ),
            ("d/**/*.jpg", &["d/a.jpg", "d/e/f/a.jpg"], &["c/d/a.jpg"]),
            ("**/d/*.jpg", &["d/a.jpg", "c/d/a.jpg"], &["d/e/a.jpg"]),
            ("d/**", &["d/a", "d/e/f"], &["c/d/a"]),
            ("d/", &["d/a", "c/d/a"], &["d"]),
            ("[ab]?.x", &["a1.x", "d/b2.x"], &["c1.x", "a.x", "a/1.x"]),
            ("*.{jpg,png}", &["a.jpg", "a.png"], &["a.gif"]),
            ("\\*", &["*"], &["a"]),
            ("#a", &["#a"], &["a"]),
            ("a ", &["a ", "d/a "], &["a", "a  "]),
            ("a\\ ", &["a "], &["a"]),
            (".*", &[".a", "d/.a", ".d/a"], &["a", "a.b"]),
        ] {
            for path in matching {
                assert!(wanted(&[glob], &[], path), "include {glob}, {path}");
                assert!(!wanted(&[], &[glob], path), "exclude {glob}, {path}");
            }
            for path in others {
                assert!(!wanted(&[glob], &[], path), "include {glob}, {path}");
                assert!(wanted(&[], &[glob], path), "exclude {glob}, {path}");
            }
        }
    }

    #[test]
    fn of_several_the_last_that_matches_counts() {
        for (globs, path, is_included, is_excluded) in [
            (&["*.jpg", "!a*"][..], "a.jpg", false, false),
            (&["!a*", "*.jpg"], "a.jpg", true, true),
            (&["*.jpg", "!a*"], "b.jpg", true, true),
            // A file in a directory that was chosen: taken out of those that are included, not back from those that are not.
            (&["d/", "!a*"], "d/a.jpg", false, true),
            (&["d/", "!a*"], "d/b.jpg", true, true),
        ] {
            assert_eq!(wanted(globs, &[], path), is_included, "{globs:?} {path}");
            assert_eq!(!wanted(&[], globs, path), is_excluded, "{globs:?} {path}");
        }
    }

    #[test]
    fn what_is_excluded_is_not_included() {
        assert!(wanted(&["*.jpg"], &["small/"], "big/a.jpg"));
        assert!(!wanted(&["*.jpg"], &["small/"], "small/a.jpg"));
        assert!(!wanted(&["*.jpg"], &["*.jpg"], "a.jpg"));
    }

    #[cfg(unix)]
    #[test]
    fn l17_a_path_need_not_be_utf_8() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"d/\xff.jpg"));
        let globs = Globs::new(&globs(&["*.jpg"]), &globs(&["?.png"])).unwrap();
        assert!(globs.want(&RelativePath::of_file(path), false));
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for text in ["", "/", "!", "!/", "//", "[a", "[z-a]", "{a", "a}", "a\\"] {
            let reason = Glob::parse(text).unwrap_err();
            assert!(reason.starts_with("expected a glob"), "{reason}");
        }
    }
}
