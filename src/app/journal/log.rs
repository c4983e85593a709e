//! The end of a journal's file, where records are written: each whole, or not at all.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// A file that is written at its end.
pub(super) struct Log {
    file: File,
    /// Octets that were written.
    length: u64,
    /// What stands at the end may be no whole record.
    is_broken: bool,
}

impl Log {
    /// Goes on behind the first `length` octets of a file; what comes after them is cut off.
    ///
    /// # Errors
    /// If it cannot be cut off.
    pub(super) fn new(file: File, length: u64) -> io::Result<Self> {
        let mut log = Self {
            file,
            length,
            is_broken: false,
        };
        log.cut()?;
        Ok(log)
    }

    /// Octets that were written.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Writes whole lines.
    ///
    /// # Errors
    /// If they cannot be written: then none of them is there. If that cannot be had either, nothing more is written.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other("it could not be written before"));
        }
        let written = self.file.write_all(lines);
        if written.is_ok() {
            self.length += lines.len() as u64;
        } else {
            self.is_broken = self.cut().is_err();
        }
        written
    }

    /// Writes nothing more.
    pub(super) fn give_up(&mut self) {
        self.is_broken = true;
    }

    fn cut(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() > self.length {
            self.file.set_len(self.length)?;
        }
        self.file.seek(SeekFrom::Start(self.length)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn content(file: &File) -> String {
        let mut file = file;
        let mut content = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut content).unwrap();
        content
    }

    #[test]
    fn what_is_no_whole_record_is_cut_off() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a\nb\nto").unwrap();
        let mut log = Log::new(file.try_clone().unwrap(), 4).unwrap();
        log.append(b"c\n").unwrap();
        assert_eq!(content(&file), "a\nb\nc\n");
        assert_eq!(log.length(), 6);
    }

    #[test]
    fn nothing_is_written_behind_what_may_be_no_whole_record() {
        let file = tempfile::tempfile().unwrap();
        let mut log = Log::new(file.try_clone().unwrap(), 0).unwrap();
        log.append(b"a\n").unwrap();
        log.give_up();
        assert!(log.append(b"b\n").is_err());
        assert_eq!(content(&file), "a\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_and_what_was_written_stays() {
        let full = File::options().read(true).write(true).open("/dev/full");
        let mut log = Log::new(full.unwrap(), 0).unwrap();
        for _ in 0..2 {
            let error = log.append(b"a\n").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            assert_eq!(log.length(), 0);
        }
    }
}
