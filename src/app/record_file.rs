//! Where [`Record`]s go: a file, or standard output, opened once; a line for each upload, whichever thread it comes from.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::output::Output;
use super::record::Record;

/// The file of `--report`.
pub(crate) struct RecordFile(Mutex<Output>);

impl RecordFile {
    /// Opens it, emptied: its lines are of one run. `-` is standard output.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        Ok(Self(Mutex::new(Output::open(path)?)))
    }

    /// Writes a line, whole and at once. One that nobody reads any more is no error.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write(&self, record: &Record) -> anyhow::Result<()> {
        let line = record.to_line()?;
        // Whoever panicked here has written a line, or none.
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(output.write(line.as_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, thread};

    use super::*;
    use crate::app::write_out::Facts;

    #[test]
    fn lines_of_several_threads_stay_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("records");
        let records = RecordFile::create(&path).unwrap();
        let facts = Facts {
            url: "u".repeat(10_000),
            ..Facts::default()
        };
        let record = Record::new(&[], &facts);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| records.write(&record).unwrap()));
            }
        });
        let written = fs::read_to_string(&path).unwrap();
        let line = record.to_line().unwrap();
        assert_eq!(written, line.repeat(200));
    }
}
