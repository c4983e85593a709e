//! Journals that are over, brought together: of all that they say of a file, the best counts.
//!
//! In one journal the last word on a file counts. Where several know a file, what is done outranks what is unknown, and
//! that what failed; between two of a kind the later one counts. So it does not matter in which order they are read.
//!
//! They are read twice: once for what counts, and then for those records alone, so that no path needs to be kept.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::error::JournalError;
use super::file;
use super::header::Header;
use super::id::JournalId;
use super::reading;
use super::record::{Outcome, Record};
use super::replay::{Class, Replay, Settled, Verdict};
use super::revision::{Key, Revision};
use super::{boot, torn};
use crate::app::exit::Exit;

/// Who wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody who looks, while the journal may still be kept.
    Looking,
    /// Somebody who needs all of it.
    Merging,
}

/// Journals that were brought together.
pub(crate) struct Ledger {
    pub(super) journals: Vec<Entered>,
    best: HashMap<Key, Best>,
}

/// One of them.
pub(super) struct Entered {
    pub(super) name: String,
    pub(super) header: Header,
    pub(super) runs: usize,
    file: File,
}

/// The record that counts for a file. There may be millions of them.
#[derive(Debug)]
struct Best {
    /// Milliseconds since 1970.
    time: u64,
    fingerprint: u64,
    offset: u64,
    /// The place of the journal that it is in.
    journal: u32,
    /// The one that it was first written in, as the journal refers to it.
    origin: u16,
    verdict: Verdict,
}

impl Best {
    fn of(settled: &Settled, journal: u32) -> Self {
        let since = settled.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            time: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            fingerprint: settled.fingerprint,
            offset: settled.offset,
            journal,
            origin: settled.origin,
            verdict: settled.verdict,
        }
    }
}

/// A file, and what counts for it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) revision: Revision,
    pub(super) verdict: Verdict,
    /// What was said of its end; `None` if there is no word of it.
    pub(super) outcome: Option<Outcome>,
    pub(super) time: SystemTime,
    /// The journal that it was first written in.
    pub(super) origin: JournalId,
}

impl Ledger {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            journals: Vec::new(),
            best: HashMap::new(),
        }
    }

    /// Brings in the journal at `path`. A record that was not finished is left out, which is to be said: `warn` gets it.
    ///
    /// # Errors
    /// If it is none, or cannot be read; if it is to be merged, also if somebody has it.
    pub(crate) fn enter(
        &mut self,
        path: &Path,
        reader: Reader,
        warn: &mut dyn FnMut(&str),
    ) -> Result<(), JournalError> {
        let name = path.display().to_string();
        let file = match reader {
            Reader::Looking => file::open_to_look(&name, path)?,
            Reader::Merging => file::open_to_merge(&name, path)?,
        };
        let journal = u32::try_from(self.journals.len()).unwrap_or(u32::MAX);
        let mut replay = Replay::default();
        let mut last = HashMap::new();
        let mut settle = |settled: Settled| {
            last.insert(settled.key, Best::of(&settled, journal));
        };
        let mut input = BufReader::new(&file);
        let reading = reading::read(&name, &mut input, &mut |offset, record| {
            replay.feed(offset, &record, &mut settle);
        })?;
        replay.interrupted(boot::current().as_deref(), &mut settle);
        if let Some(octets) = reading.torn {
            warn(&torn(&name, octets));
        }
        self.journals.push(Entered {
            name,
            header: reading.header,
            runs: replay.runs,
            file,
        });
        if self.best.is_empty() {
            self.best = last;
        } else {
            self.weigh(last);
        }
        Ok(())
    }

    /// Has the better of what is known already and what else there is to know.
    fn weigh(&mut self, others: HashMap<Key, Best>) {
        for (key, other) in others {
            let known = self.best.get(&key);
            if known.is_none_or(|known| self.rank(known) < self.rank(&other)) {
                self.best.insert(key, other);
            }
        }
    }

    /// The more of it, the better; what tells records of the same time apart is of no meaning but always the same.
    fn rank(&self, best: &Best) -> impl Ord + use<> {
        let Verdict { exit, class } = best.verdict;
        let origin = self.origin(best);
        (class, best.time, origin, exit.code(), best.fingerprint)
    }

    fn origin(&self, best: &Best) -> JournalId {
        self.journals[best.journal as usize]
            .header
            .origin(best.origin)
    }

    /// How many files it knows.
    pub(crate) fn files(&self) -> usize {
        self.best.len()
    }

    /// How many files met with each outcome, those that none met with left out.
    pub(crate) fn outcomes(&self) -> Vec<(Exit, usize)> {
        let mut counts = Exit::ALL.map(|exit| (exit, 0));
        for best in self.best.values() {
            counts[usize::from(best.verdict.exit.code())].1 += 1;
        }
        let counts = counts.into_iter();
        counts.filter(|(_, files)| *files > 0).collect()
    }

    /// The files of these classes, in the order in which they stand in the journals. A journal that cannot be read any
    /// more is an error, and its others are not there.
    pub(super) fn found(
        &self,
        is_wanted: impl Fn(Class) -> bool,
    ) -> impl Iterator<Item = Result<Found, JournalError>> {
        let mut wanted = vec![Vec::new(); self.journals.len()];
        for best in self.best.values() {
            if is_wanted(best.verdict.class) {
                wanted[best.journal as usize].push(best);
            }
        }
        let journals = self.journals.iter().zip(wanted);
        journals.flat_map(|(journal, wanted)| journal.found(wanted))
    }
}

impl Entered {
    /// What these records say, in the order in which they stand here.
    fn found(&self, mut wanted: Vec<&Best>) -> impl Iterator<Item = Result<Found, JournalError>> {
        wanted.sort_unstable_by_key(|best| best.offset);
        let mut input = BufReader::with_capacity(64 * 1024, &self.file);
        let mut rewound = Some(input.rewind());
        let mut at = 0;
        wanted.into_iter().map(move |best| {
            let began = rewound.take().unwrap_or(Ok(()));
            let read = began.and_then(|()| read_at(&mut input, &mut at, best.offset));
            let read = read.and_then(|line| self.understand(&line, best));
            read.map_err(|error| JournalError::Read {
                name: self.name.clone(),
                offset: best.offset,
                error,
            })
        })
    }

    fn understand(&self, line: &[u8], best: &Best) -> io::Result<Found> {
        let changed = || io::Error::other("it was changed meanwhile");
        let (upload, outcome) = match Record::parse(line).map_err(|_| changed())? {
            Record::Claim(upload) | Record::Begin { upload, .. } => (upload, None),
            Record::End {
                upload, outcome, ..
            } => (upload, Some(outcome)),
            Record::Run { .. } | Record::Close => return Err(changed()),
        };
        Ok(Found {
            revision: upload.revision,
            verdict: best.verdict,
            outcome,
            time: UNIX_EPOCH + Duration::from_millis(best.time),
            origin: self.header.origin(best.origin),
        })
    }
}

/// The line behind `offset` octets, of which `at` were read already.
fn read_at(input: &mut BufReader<&File>, at: &mut u64, offset: u64) -> io::Result<Vec<u8>> {
    let ahead = i64::try_from(offset - *at).map_err(io::Error::other)?;
    input.seek_relative(ahead)?;
    let mut line = Vec::new();
    input.take(reading::LONGEST).read_until(b'\n', &mut line)?;
    *at = offset + line.len() as u64;
    Ok(line)
}
