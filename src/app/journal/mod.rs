//! The journal of a batch: what became of each file, on the disk, so that the next run goes on from there.
//!
//! [`Journal`] is the file while a batch keeps it. It is opened with [`Journal::open`], and [`Journal::queue`] makes a
//! [`Queue`] of the batch's files, to which any number of workers come: each gets one file after the other, and says what
//! became of it. There is no way to send a file without the journal knowing, nor one that it says is done.
//!
//! What it promises, whatever happens to the process or the machine:
//!
//! * Before the first octet of a request goes out, it is on the disk that the file may be sent ([`replay`] says more).
//! * What became of it is written when the answer is complete, and is on the disk before the next claim, or before the
//!   queue says that there is nothing more to do. Until then the file counts as unknown, and never as done.
//! * A file whose request was under way is unknown to the next run, and not sent again unasked. Those that are done and
//!   have not changed are left alone; all others are sent.
//!
//! The format is JSON, a line for each record: [`header`] has the first one, [`record`] the others. [`reading`] goes
//! through them, [`replay`] says what they come to, [`index`] keeps that for each file.
//!
//! Journals that nobody keeps any more are brought together in a [`ledger`], for [`summary`], which shows them, and
//! [`merging`], which makes one of them.

mod boot;
mod error;
mod file;
mod header;
mod id;
mod index;
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) mod invariants;
#[cfg(test)]
mod killed;
mod ledger;
mod lock;
mod log;
pub(crate) mod merging;
mod pace;
mod queue;
mod reading;
mod record;
mod replay;
mod revision;
pub(crate) mod summary;

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

pub(crate) use error::JournalError;
use header::Header;
use index::Index;
pub(crate) use index::Standing;
pub(crate) use ledger::{Ledger, Reader};
use log::Log;
pub(crate) use queue::{Begun, Candidate, Doubt, Queue, Turn};
pub(crate) use record::Outcome;
use record::{Record, Upload};
pub(crate) use revision::Revision;

/// A journal that is kept: nobody else has it meanwhile.
pub(crate) struct Journal {
    /// What it is called in messages.
    name: String,
    header: Header,
    state: Mutex<State>,
    /// The file once more, so that others can write while the disk is waited for.
    disk: File,
    /// Octets that are on the disk. Held while it is waited for: what was written meanwhile is waited for once.
    synced: Mutex<u64>,
}

struct State {
    log: Log,
    index: Index,
    is_closed: bool,
}

impl Journal {
    /// Opens the journal at `path`, or begins one, for the whole or for a shard `K/N` of it. A record that was not
    /// finished is cut off, which is to be said: `warn` gets it.
    ///
    /// # Errors
    /// If somebody else has it, it is kept for another shard, is none, or cannot be read or written.
    pub(crate) fn open(
        path: &Path,
        shard: Option<&str>,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self, JournalError> {
        let name = path.display().to_string();
        let file = file::open(&name, path, &|| Header::new(shard))?;
        let mut index = Index::default();
        let mut input = BufReader::new(&file);
        let reading = reading::read(&name, &mut input, &mut |offset, record| {
            index.apply(offset, &record);
        })?;
        check_shard(&name, &reading.header, shard)?;
        let unwritable = |error| file::unwritable(&name, error);
        let disk = file.try_clone().map_err(unwritable)?;
        let log = Log::new(file, reading.length).map_err(unwritable)?;
        if let Some(octets) = reading.torn {
            warn(&torn(&name, octets));
        }
        let journal = Self {
            name,
            header: reading.header,
            state: Mutex::new(State {
                log,
                index,
                is_closed: false,
            }),
            disk,
            synced: Mutex::new(0),
        };
        journal.record(&[Record::Run {
            boot: boot::current(),
            time: SystemTime::now(),
        }])?;
        journal.sync()?;
        Ok(journal)
    }

    /// The files of a batch, for those who send them. See [`Queue`].
    pub(crate) fn queue<T>(&self, files: Receiver<Candidate<T>>, doubt: Doubt) -> Queue<'_, T> {
        Queue::new(self, files, doubt)
    }

    /// Says that nothing more will be begun, and has the disk know all that is known. A queue has nothing more to give
    /// then; what is under way can still come to its end.
    ///
    /// A run that ends otherwise leaves nothing wrong behind, but may leave files in doubt that it never came to.
    ///
    /// # Errors
    /// If that cannot be written.
    pub(crate) fn close(&self) -> Result<(), JournalError> {
        let close = self.spell(&[Record::Close])?;
        let mut state = self.state();
        state.is_closed = true;
        self.write(&mut state, &close)?;
        drop(state);
        self.sync()
    }

    fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// What a revision is in a record, and where it stands.
    fn look(&self, revision: Revision) -> (Upload, Standing) {
        let index = &self.state().index;
        let origin = index.origin(&revision);
        let standing = index.standing(&revision);
        (Upload { revision, origin }, standing)
    }

    /// Writes records, all in one piece.
    fn record(&self, records: &[Record]) -> Result<(), JournalError> {
        let records = self.spell(records)?;
        self.write(&mut self.state(), &records)
    }

    /// Writes that a request may be under way, unless the journal is closed.
    fn begin(&self, upload: &Upload) -> Result<bool, JournalError> {
        let (upload, time) = (upload.clone(), SystemTime::now());
        let begin = [Record::Begin { upload, time }];
        let begin = self.spell(&begin)?;
        let mut state = self.state();
        if state.is_closed {
            return Ok(false);
        }
        self.write(&mut state, &begin)?;
        Ok(true)
    }

    /// Records and their lines. Nobody needs to wait for that.
    fn spell<'a>(&self, records: &'a [Record]) -> Result<Vec<(&'a Record, String)>, JournalError> {
        let spelt = |record: &'a Record| Ok((record, record.to_line()?));
        let lines: serde_json::Result<_> = records.iter().map(spelt).collect();
        lines.map_err(|error| self.unwritable(io::Error::other(error)))
    }

    fn write(&self, state: &mut State, lines: &[(&Record, String)]) -> Result<(), JournalError> {
        let mut offset = state.log.length();
        let text: String = lines.iter().map(|(_, line)| line.as_str()).collect();
        let written = state.log.append(text.as_bytes());
        written.map_err(|error| self.unwritable(error))?;
        for (record, line) in lines {
            state.index.apply(offset, record);
            offset += line.len() as u64;
        }
        Ok(())
    }

    /// Has the disk know what was written. Those who come at the same time wait for it once, together.
    fn sync(&self) -> Result<(), JournalError> {
        let wanted = self.state().log.length();
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced >= wanted {
            return Ok(());
        }
        let written = self.state().log.length();
        if let Err(error) = self.disk.sync_data() {
            // What the system has given up it does not try again.
            self.state().log.give_up();
            return Err(self.unwritable(error));
        }
        *synced = written;
        Ok(())
    }

    fn unwritable(&self, error: io::Error) -> JournalError {
        file::unwritable(&self.name, error)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That what a journal was begun for goes on: one that was begun for the whole has room for each of its shards.
fn check_shard(name: &str, header: &Header, expected: Option<&str>) -> Result<(), JournalError> {
    match &header.shard {
        Some(found) if expected != Some(found) => Err(JournalError::Shard {
            name: name.to_owned(),
            found: found.clone(),
            expected: expected.map(str::to_owned),
        }),
        _ => Ok(()),
    }
}

/// That a last record was not finished.
fn torn(name: &str, octets: u64) -> String {
    format!("{name}: the last record was not finished, its {octets} bytes are left out")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::process::{Command, Stdio};
    use std::sync::mpsc;

    use tempfile::TempDir;

    use super::revision::Modified;
    use super::*;
    use crate::app::exit::Exit;

    impl Journal {
        pub(super) fn standing(&self, revision: &Revision) -> Standing {
            self.state().index.standing(revision)
        }

        pub(super) fn idempotency_key(&self, revision: &Revision) -> String {
            let (upload, _) = self.look(revision.clone());
            let origin = self.header.origin(upload.origin);
            origin.idempotency_key(&upload.revision)
        }
    }

    /// This very program, to run one of its tests alone: one that is ignored otherwise. `module` is what
    /// `module_path!()` says there.
    pub(super) fn anew(module: &str, test: &str) -> Command {
        let (_, module) = module.split_once("::").unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", &format!("{module}::{test}")]);
        command.args(["--ignored", "--nocapture"]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// A directory for a journal.
    pub(super) fn place() -> (TempDir, PathBuf) {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("journal");
        (directory, path)
    }

    pub(super) fn revision(path: &str) -> Revision {
        Revision::new(path.as_bytes().to_vec(), 1, Modified(0))
    }

    pub(super) fn candidate(path: &str) -> Candidate<String> {
        Candidate {
            revision: revision(path),
            item: path.to_owned(),
        }
    }

    /// Opens a journal that has nothing to be said about it.
    #[track_caller]
    pub(super) fn open(path: &Path) -> Journal {
        let mut said = Vec::new();
        let journal = Journal::open(path, None, &mut |warning| said.push(warning.to_owned()));
        assert_eq!(said, [""; 0]);
        journal.unwrap()
    }

    fn refusal(path: &Path, shard: Option<&str>) -> String {
        match Journal::open(path, shard, &mut |_| {}) {
            Ok(_) => panic!("{} was opened", path.display()),
            Err(error) => error.to_string(),
        }
    }

    /// Sends all of these, with this outcome.
    fn send(journal: &Journal, paths: &[&str], exit: Exit) {
        let (found, files) = mpsc::channel();
        for path in paths {
            found.send(candidate(path)).unwrap();
        }
        drop(found);
        let queue = journal.queue(files, Doubt::Leave);
        while let Some(turn) = queue.next().unwrap() {
            match turn {
                Turn::Send(begun) => end(begun, exit),
                Turn::Leave { item, standing } => panic!("{item} is left, it is {standing:?}"),
            }
        }
    }

    pub(super) fn end<T>(begun: Begun<'_, T>, exit: Exit) {
        let outcome = Outcome {
            exit,
            status: None,
            checksum: None,
        };
        begun.end(outcome).unwrap();
    }

    #[test]
    fn the_next_run_knows_what_became_of_each_file() {
        let (_directory, path) = place();
        let journal = open(&path);
        send(&journal, &["a", "b/c"], Exit::Done);
        send(&journal, &["d"], Exit::Refused);
        send(&journal, &["e"], Exit::Unknown);
        let key = journal.idempotency_key(&revision("e"));
        journal.close().unwrap();
        drop(journal);

        let journal = open(&path);
        for (file, standing) in [
            ("a", Standing::Done),
            ("./b//c", Standing::Done),
            ("d", Standing::Failed),
            ("e", Standing::Unknown),
            ("f", Standing::New),
        ] {
            assert_eq!(journal.standing(&revision(file)), standing, "{file}");
        }
        assert_eq!(journal.idempotency_key(&revision("e")), key);
        assert_ne!(journal.idempotency_key(&revision("f")), key);
    }

    #[test]
    fn a_journal_is_kept_by_one() {
        let (_directory, path) = place();
        let journal = open(&path);
        let refusal = refusal(&path, None);
        assert!(
            refusal.starts_with(&path.display().to_string()),
            "{refusal}"
        );
        assert!(refusal.contains("in use"), "{refusal}");
        drop(journal);
        open(&path);
    }

    #[test]
    fn a_torn_record_is_cut_off_and_said_at_every_octet() {
        let (_directory, path) = place();
        send(&open(&path), &["a"], Exit::Done);
        let whole = fs::read(&path).unwrap();
        let last = whole[..whole.len() - 1]
            .iter()
            .rposition(|octet| *octet == b'\n');
        let last = last.unwrap() + 1;
        for end in last + 1..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            let mut said = Vec::new();
            let journal = Journal::open(&path, None, &mut |warning| said.push(warning.to_owned()));
            let expected = format!("its {} bytes are left out", end - last);
            assert!(said.len() == 1 && said[0].ends_with(&expected), "{said:?}");
            assert_eq!(journal.unwrap().standing(&revision("a")), Standing::Unknown);
            assert!(fs::read(&path).unwrap().starts_with(&whole[..last]));
            open(&path);
        }
    }

    #[test]
    fn an_empty_file_becomes_a_journal_and_anything_else_stays_what_it_is() {
        let (directory, path) = place();
        fs::write(&path, "").unwrap();
        send(&open(&path), &["a"], Exit::Done);
        assert_eq!(open(&path).standing(&revision("a")), Standing::Done);
        for text in [
            "hello",
            "hello\n",
            "{\"formpost_journal\":1",
            "{\"formpost_journal\":2}\n",
        ] {
            fs::write(&path, text).unwrap();
            refusal(&path, None);
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert!(refusal(directory.path(), None).contains("expected a file"));
        let nowhere = directory.path().join("no/where");
        assert!(refusal(&nowhere, None).contains("cannot be written"));
    }

    #[test]
    fn a_journal_stays_with_its_shard() {
        let (directory, path) = place();
        drop(Journal::open(&path, Some("1/4"), &mut |_| {}).unwrap());
        drop(Journal::open(&path, Some("1/4"), &mut |_| {}).unwrap());
        assert!(
            refusal(&path, Some("2/4")).ends_with("is kept for shard 1/4, and this is shard 2/4")
        );
        assert!(refusal(&path, None).ends_with("is kept for shard 1/4, and this is the whole"));
        let whole = directory.path().join("whole");
        open(&whole);
        Journal::open(&whole, Some("1/4"), &mut |_| {}).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn l17_a_name_that_is_no_utf8_is_known_again() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let (directory, path) = place();
        let name = OsStr::from_bytes(b"a\xff%\n.bin");
        let file = directory.path().join(name);
        fs::write(&file, "content").unwrap();
        let now = || Revision::of(&file, &fs::metadata(&file).unwrap());
        let (found, files) = mpsc::channel();
        found
            .send(Candidate {
                revision: now(),
                item: (),
            })
            .unwrap();
        drop(found);
        let journal = open(&path);
        let queue = journal.queue(files, Doubt::Leave);
        let Some(Turn::Send(begun)) = queue.next().unwrap() else {
            panic!("it is to be sent");
        };
        end(begun, Exit::Done);
        drop(journal);

        let journal = open(&path);
        assert_eq!(journal.standing(&now()), Standing::Done);
        fs::write(&file, "another content").unwrap();
        assert_eq!(journal.standing(&now()), Standing::Changed);
    }
}
