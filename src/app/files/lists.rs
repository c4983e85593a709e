//! `--files-from`: lists of paths, read as they are needed, one path at a time.
//!
//! A path ends with its line, or with a NUL, and is taken as it stands: blanks, quotes and a CR in front of the line's
//! end belong to it. Empty ones are skipped.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::vec;

use super::problem::Problem;
use crate::app::part_spec::SourceSpec;

/// No path is longer: Linux takes 4,096 octets, Windows 32,767 characters. What is, is no list.
const LONGEST: u64 = 128 * 1024;

/// The paths in several lists.
pub(super) struct Lists {
    waiting: vec::IntoIter<PathBuf>,
    open: Option<List>,
    /// What ends a path.
    end: u8,
}

impl Lists {
    /// Opens nothing yet. A list is open only while it is read: it may be a pipe whose writer has others to write first.
    pub(super) fn new(lists: Vec<PathBuf>, with_nul: bool) -> Self {
        Self {
            waiting: lists.into_iter(),
            open: None,
            end: if with_nul { 0 } else { b'\n' },
        }
    }

    /// Drops those that cannot be opened, and says why.
    pub(super) fn drop_unusable(&mut self) -> Vec<Problem> {
        let mut unusable = Vec::new();
        let mut usable = Vec::new();
        for path in self.waiting.by_ref() {
            match look(&path) {
                Ok(()) => usable.push(path),
                Err(reason) => unusable.push(Problem::of_list(&name(&path), reason)),
            }
        }
        self.waiting = usable.into_iter();
        unusable
    }
}

impl Iterator for Lists {
    type Item = Result<SourceSpec, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let next = self.open.as_mut().and_then(|list| list.next(self.end));
            if next.is_some() {
                return next;
            }
            let path = self.waiting.next()?;
            match List::open(&path) {
                Ok(list) => self.open = Some(list),
                Err(error) => return Some(Err(Problem::of_list(&name(&path), error))),
            }
        }
    }
}

/// One list while it is read.
struct List {
    name: String,
    lines: Box<dyn BufRead + Send>,
    /// How many were read.
    number: u64,
}

impl List {
    fn open(path: &Path) -> io::Result<Self> {
        let lines: Box<dyn BufRead + Send> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(path)?))
        };
        Ok(Self {
            name: name(path),
            lines,
            number: 0,
        })
    }

    /// The next path that is not empty.
    fn next(&mut self, end: u8) -> Option<Result<SourceSpec, Problem>> {
        loop {
            let line = self.line(end)?;
            if !matches!(line.as_deref(), Ok(b"")) {
                let path = line.and_then(|path| read(path, end));
                let place = format!("{}:{}", self.name, self.number);
                return Some(path.map_err(|reason| Problem::of_list(&place, reason)));
            }
        }
    }

    /// The octets of the next line, without its end. Behind an error there is none.
    fn line(&mut self, end: u8) -> Option<Result<Vec<u8>, String>> {
        let mut line = Vec::new();
        self.number += 1;
        match self.lines.by_ref().take(LONGEST).read_until(end, &mut line) {
            Ok(0) => return None,
            Ok(_) if line.last() == Some(&end) => drop(line.pop()),
            Ok(length) if (length as u64) < LONGEST => {}
            Ok(_) => {
                self.lines = Box::new(io::empty());
                return Some(Err(format!(
                    "expected a path, found more than {LONGEST} bytes{}",
                    without_end(&line, end)
                )));
            }
            Err(error) => {
                self.lines = Box::new(io::empty());
                return Some(Err(error.to_string()));
            }
        }
        Some(Ok(line))
    }
}

/// A path, and never `-` for standard input.
fn read(octets: Vec<u8>, end: u8) -> Result<SourceSpec, String> {
    if octets.contains(&0) {
        return Err(format!(
            "expected a path, found a NUL{}",
            without_end(&octets, end)
        ));
    }
    if octets == b"-" {
        return Ok(SourceSpec::Path(Path::new(".").join("-")));
    }
    let source = SourceSpec::new(octets).map_err(|error| error.to_string())?;
    if source.is_standard_input() {
        return Err(String::from(
            "expected a file, found standard input, which is the argument -",
        ));
    }
    Ok(source)
}

/// What may be meant by octets that are no path.
fn without_end(octets: &[u8], end: u8) -> &'static str {
    match end {
        b'\n' if octets.contains(&0) => "; -0 reads lists with a NUL behind each path",
        0 if octets.contains(&b'\n') => "; without -0 a line is a path",
        _ => "",
    }
}

fn look(path: &Path) -> Result<(), String> {
    if path == Path::new("-") {
        return Ok(());
    }
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err("expected a list, found a directory".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn list(lines: impl Read + Send + 'static) -> List {
        List {
            name: "list".to_owned(),
            lines: Box::new(BufReader::new(lines)),
            number: 0,
        }
    }

    fn paths(text: &'static [u8], end: u8) -> Vec<Result<PathBuf, String>> {
        let mut list = list(text);
        let next = || list.next(end);
        std::iter::from_fn(next)
            .map(|found| match found {
                Ok(SourceSpec::Path(path)) => Ok(path),
                Ok(SourceSpec::Stdin) => panic!("no list names standard input"),
                Err(problem) => Err(problem.to_string()),
            })
            .collect()
    }

    #[test]
    fn a_path_is_taken_as_it_stands() {
        for (text, expected) in [
            (&b""[..], &[][..]),
            (b"a", &["a"]),
            (b"a\nb\n", &["a", "b"]),
            (b"\n\na\n\n", &["a"]),
            (b" a b \n\"c\"\n#d\n", &[" a b ", "\"c\"", "#d"]),
            (b"a\r\n", &["a\r"]),
            (b"-\n--\n", &["./-", "--"]),
        ] {
            let expected: Vec<_> = expected.iter().map(|path| Ok(path.into())).collect();
            assert_eq!(paths(text, b'\n'), expected);
        }
    }

    #[test]
    fn a_nul_ends_a_path_where_that_was_asked_for() {
        let expected = ["a\nb", "c"].map(|path| Ok(path.into()));
        assert_eq!(paths(b"a\nb\0\0c", 0), expected);
    }

    #[cfg(unix)]
    #[test]
    fn l17_a_path_need_not_be_utf_8() {
        use std::os::unix::ffi::OsStrExt;
        let expected = std::ffi::OsStr::from_bytes(b"\xff").into();
        assert_eq!(paths(b"\xff\n", b'\n'), [Ok(expected)]);
    }

    #[test]
    fn what_is_no_path_is_said_with_its_line() {
        for (text, end, expected) in [
            (
                &b"a\n\nb\0c\0\n"[..],
                b'\n',
                "list:3: expected a path, found a NUL; -0 reads lists with a NUL behind each path",
            ),
            (
                b"/dev/stdin\n",
                b'\n',
                "list:1: expected a file, found standard input, which is the argument -",
            ),
        ] {
            let found = paths(text, end).pop().unwrap();
            assert_eq!(found.unwrap_err(), expected);
        }
    }

    #[test]
    fn what_has_no_end_is_no_list() {
        let mut list = list(io::repeat(b'\n').take(9).chain(io::repeat(b'x')));
        match list.next(0) {
            Some(Err(problem)) => assert_eq!(
                problem.to_string(),
                "list:1: expected a path, found more than 131072 bytes; without -0 a line is a path"
            ),
            other => panic!("{other:?}"),
        }
        assert_eq!(list.next(0), None);
    }

    /// A list that has no end, and counts what was read of it.
    struct Endless(Arc<AtomicUsize>);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            for pair in buffer.chunks_mut(2) {
                pair.copy_from_slice(&b"a\n"[..pair.len()]);
            }
            self.0.fetch_add(buffer.len(), Ordering::Relaxed);
            Ok(buffer.len())
        }
    }

    #[test]
    fn a_list_is_read_as_it_is_needed() {
        let read = Arc::new(AtomicUsize::new(0));
        let mut list = list(Endless(read.clone()));
        for _ in 0..100 {
            assert!(list.next(b'\n').is_some());
        }
        assert!(read.load(Ordering::Relaxed) <= 64 * 1024);
    }
}
