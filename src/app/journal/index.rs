//! What a journal knows of each file, by its path's key: 28 octets for each, whatever the paths' lengths.

use std::collections::HashMap;

use super::record::Record;
use super::replay::{Class, Replay, Settled, Verdict};
use super::revision::{Key, Revision};

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing is known of it.
    New,
    /// It is done, and has not changed since.
    Done,
    /// It has changed since it was sent: this revision is new.
    Changed,
    /// It was sent in vain, or not at all.
    Failed,
    /// It is not known whether the server kept it.
    Unknown,
    /// This very run is at it: it was named twice.
    UnderWay,
}

/// What is known of every file.
#[derive(Debug, Default)]
pub(super) struct Index {
    replay: Replay,
    files: HashMap<Key, Known>,
}

/// What is known of one. It is kept in octets, so that none are lost between them.
#[derive(Debug)]
struct Known {
    fingerprint: [u8; 8],
    origin: u16,
    verdict: Verdict,
}

impl Known {
    fn is_of(&self, revision: &Revision) -> bool {
        self.fingerprint == revision.fingerprint().to_ne_bytes()
    }
}

impl Index {
    /// The next record, in front of which there are so many octets.
    pub(super) fn apply(&mut self, offset: u64, record: &Record) {
        let files = &mut self.files;
        self.replay.feed(offset, record, &mut |settled: Settled| {
            let known = Known {
                fingerprint: settled.fingerprint.to_ne_bytes(),
                origin: settled.origin,
                verdict: settled.verdict,
            };
            files.insert(settled.key, known);
        });
    }

    /// Where a file stands.
    pub(super) fn standing(&self, revision: &Revision) -> Standing {
        let key = revision.key;
        if self.replay.is_under_way(&key) {
            return Standing::UnderWay;
        }
        let Some(known) = self.files.get(&key) else {
            return Standing::New;
        };
        match known.verdict.class {
            Class::Failed => Standing::Failed,
            Class::Done | Class::Unknown if !known.is_of(revision) => Standing::Changed,
            Class::Done => Standing::Done,
            Class::Unknown => Standing::Unknown,
        }
    }

    /// The journal that a revision was first written in: 0 is this one.
    pub(super) fn origin(&self, revision: &Revision) -> u16 {
        let known = self.files.get(&revision.key);
        known
            .filter(|known| known.is_of(revision))
            .map_or(0, |known| known.origin)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::app::exit::Exit;
    use crate::app::journal::record::{Outcome, Upload};
    use crate::app::journal::revision::Modified;

    fn revision(path: &str, size: u64) -> Revision {
        Revision::new(path.as_bytes().to_vec(), size, Modified(0))
    }

    fn upload(path: &str, size: u64) -> Upload {
        Upload {
            revision: revision(path, size),
            origin: 3,
        }
    }

    fn end(path: &str, size: u64, exit: Exit) -> Record {
        Record::End {
            upload: upload(path, size),
            outcome: Outcome {
                exit,
                status: None,
                checksum: None,
            },
            time: UNIX_EPOCH,
        }
    }

    #[test]
    fn what_a_file_is_now_decides_where_it_stands() {
        let mut index = Index::default();
        index.apply(0, &end("done", 1, Exit::Done));
        index.apply(0, &end("failed", 1, Exit::Refused));
        index.apply(0, &end("unknown", 1, Exit::Unknown));
        index.apply(0, &Record::Claim(upload("claimed", 1)));
        for (path, unchanged, changed) in [
            ("new", Standing::New, Standing::New),
            ("done", Standing::Done, Standing::Changed),
            ("failed", Standing::Failed, Standing::Failed),
            ("unknown", Standing::Unknown, Standing::Changed),
            ("claimed", Standing::UnderWay, Standing::UnderWay),
        ] {
            assert_eq!(index.standing(&revision(path, 1)), unchanged, "{path}");
            assert_eq!(index.standing(&revision(path, 2)), changed, "{path}");
        }
    }

    #[test]
    fn a_revision_stays_with_the_journal_it_is_from() {
        let mut index = Index::default();
        index.apply(0, &end("a", 1, Exit::Unknown));
        assert_eq!(index.origin(&revision("a", 1)), 3);
        assert_eq!(index.origin(&revision("a", 2)), 0);
        assert_eq!(index.origin(&revision("b", 1)), 0);
    }

    #[test]
    fn a_file_takes_28_octets() {
        assert_eq!(size_of::<(Key, Known)>(), 28);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_million_files_fit_into_little_memory() {
        let mut weighed = crate::app::journal::tests::anew(module_path!(), "weighed");
        assert!(weighed.status().unwrap().success());
    }

    /// Alone, since memory is counted for a whole process.
    #[cfg(target_os = "linux")]
    #[test]
    #[ignore = "it is started by the test above"]
    fn weighed() {
        const MOST: u64 = 128 * 1024 * 1024;
        let mut index = Index::default();
        for number in 0..1_000_000 {
            index.apply(0, &end(&format!("photos/{number}.jpg"), 1, Exit::Done));
        }
        let standing = index.standing(&revision("photos/999999.jpg", 1));
        assert_eq!(standing, Standing::Done);
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.unwrap().trim().strip_suffix(" kB").unwrap();
        eprintln!("a million files in the index: peak memory {kilobytes} KiB");
        assert!(kilobytes.parse::<u64>().unwrap() * 1024 < MOST);
    }
}
