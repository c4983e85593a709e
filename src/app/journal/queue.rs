//! The files of a batch on their way to those who send them: nobody gets one before the disk has it.
//!
//! Files come in through a channel, from whoever finds them, and are taken as they come; one that is slow does not keep
//! back those in front of it. Whoever finds the queue empty claims the next files, as many as [`Pace`] says and at least
//! one for each who waits: one wait for the disk is for all of them. It takes no more than there are just then.
//!
//! ```text
//! let (found, files) = sync_channel(1024);
//! let queue = journal.queue(files, Doubt::Leave);
//! thread::scope(|scope| {
//!     scope.spawn(|| for file in … { found.send(Candidate { revision, item: file }) });
//!     for _ in 0..jobs {
//!         scope.spawn(|| while let Some(turn) = queue.next()? {
//!             match turn {
//!                 Turn::Send(begun) => { let outcome = upload(&begun.item, begun.idempotency_key()); begun.end(outcome)?; }
//!                 Turn::Leave { item, standing } => …
//!             }
//!         });
//!     }
//! });
//! journal.close()?;
//! ```

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use super::Journal;
use super::error::JournalError;
use super::index::Standing;
use super::pace::Pace;
use super::record::{Outcome, Record, Upload};
use super::revision::{Key, Revision};

/// Files that are taken in at once, at most, if none of them is to be sent.
const MOST: usize = 1024;

/// A file that may be sent, and what its sender needs to know of it.
#[derive(Debug)]
pub(crate) struct Candidate<T> {
    pub(crate) revision: Revision,
    pub(crate) item: T,
}

/// What to do about files of which it is unknown whether the server kept them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Nothing.
    Leave,
    /// Send them again.
    Send,
}

/// What to do about the next file.
#[must_use]
pub(crate) enum Turn<'j, T> {
    Send(Begun<'j, T>),
    /// Nothing, because of where it stands.
    Leave {
        item: T,
        standing: Standing,
    },
}

/// A file whose request may be under way: the journal says so. Dropped without an [`end`](Self::end), it is unknown.
#[must_use]
pub(crate) struct Begun<'j, T> {
    pub(crate) item: T,
    journal: &'j Journal,
    upload: Upload,
}

impl<T> Begun<'_, T> {
    /// By which a server can tell that an upload is one that it had before: the same as in every run before, and another
    /// one for each revision of each file.
    pub(crate) fn idempotency_key(&self) -> String {
        let Upload { revision, origin } = &self.upload;
        self.journal
            .header
            .origin(*origin)
            .idempotency_key(revision)
    }

    /// Says what became of it. The answer must be complete, if there is one.
    ///
    /// # Errors
    /// If that cannot be written: then the file is unknown to the next run.
    pub(crate) fn end(self, outcome: Outcome) -> Result<(), JournalError> {
        self.journal.record(&[Record::End {
            upload: self.upload,
            outcome,
            time: SystemTime::now(),
        }])
    }
}

/// The files of a batch, for any number of threads.
pub(crate) struct Queue<'j, T> {
    journal: &'j Journal,
    doubt: Doubt,
    ready: Mutex<VecDeque<Ready<T>>>,
    source: Mutex<Source<T>>,
    /// How many wait for the source.
    waiting: AtomicUsize,
}

/// What is known of a file once it has been taken in.
enum Ready<T> {
    Claimed { item: T, upload: Upload },
    Left { item: T, standing: Standing },
}

struct Source<T> {
    files: Receiver<Candidate<T>>,
    pace: Pace,
    /// Files of the last claim, and when it was made.
    last: Option<(usize, Instant)>,
}

impl<'j, T> Queue<'j, T> {
    pub(super) fn new(journal: &'j Journal, files: Receiver<Candidate<T>>, doubt: Doubt) -> Self {
        Self {
            journal,
            doubt,
            ready: Mutex::default(),
            source: Mutex::new(Source {
                files,
                pace: Pace::default(),
                last: None,
            }),
            waiting: AtomicUsize::new(0),
        }
    }

    /// The next file, or `None` once no more will come or the journal is closed. Waits for whoever finds the files.
    ///
    /// # Errors
    /// If the journal cannot be written: nothing may be sent any more.
    pub(crate) fn next(&self) -> Result<Option<Turn<'j, T>>, JournalError> {
        loop {
            if self.journal.is_closed() {
                break;
            }
            // In a statement of its own: nobody is to wait for it while a record is written.
            let ready = self.ready().pop_front();
            if let Some(ready) = ready {
                match self.begin(ready)? {
                    Some(turn) => return Ok(Some(turn)),
                    None => continue,
                }
            }
            self.waiting.fetch_add(1, Ordering::Relaxed);
            let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
            let waiting = self.waiting.fetch_sub(1, Ordering::Relaxed);
            // Whoever had the source meanwhile may have left something.
            if self.ready().is_empty() && !self.fill(&mut source, waiting)? {
                break;
            }
        }
        self.journal.sync()?;
        Ok(None)
    }

    /// A turn, unless the journal is closed.
    fn begin(&self, ready: Ready<T>) -> Result<Option<Turn<'j, T>>, JournalError> {
        let (item, upload) = match ready {
            Ready::Claimed { item, upload } => (item, upload),
            Ready::Left { item, standing } => return Ok(Some(Turn::Leave { item, standing })),
        };
        let is_begun = self.journal.begin(&upload)?;
        Ok(is_begun.then_some(Turn::Send(Begun {
            item,
            journal: self.journal,
            upload,
        })))
    }

    /// Takes in files, and claims those that are to be sent, for so many who wait. There are none any more if this is
    /// `false`.
    fn fill(&self, source: &mut Source<T>, waiting: usize) -> Result<bool, JournalError> {
        if let Some((files, since)) = source.last.take() {
            source.pace.begun(files, since.elapsed());
        }
        let Some(first) = self.wait(source)? else {
            return Ok(false);
        };
        let wanted = source.pace.files().max(waiting);
        let mut taken = Taken::default();
        let mut next = Some(first);
        while let Some(Candidate { revision, item }) = next {
            let (upload, standing) = self.journal.look(revision);
            taken.take(item, upload, standing, self.doubt);
            let is_enough = taken.claims.len() >= wanted || taken.ready.len() >= MOST;
            next = if is_enough {
                None
            } else {
                source.files.try_recv().ok()
            };
        }
        if !taken.claims.is_empty() {
            self.claim(source, &taken.ready)?;
            source.last = Some((taken.claims.len(), Instant::now()));
        }
        self.ready().extend(taken.ready);
        Ok(true)
    }

    /// Waits for a file. What has come to its end is on the disk before that.
    fn wait(&self, source: &Source<T>) -> Result<Option<Candidate<T>>, JournalError> {
        match source.files.try_recv() {
            Ok(candidate) => Ok(Some(candidate)),
            Err(TryRecvError::Disconnected) => Ok(None),
            Err(TryRecvError::Empty) => {
                self.journal.sync()?;
                Ok(source.files.recv().ok())
            }
        }
    }

    /// Has the disk know which files may be sent from now on.
    fn claim(&self, source: &mut Source<T>, ready: &[Ready<T>]) -> Result<(), JournalError> {
        let claims = ready.iter().filter_map(|ready| match ready {
            Ready::Claimed { upload, .. } => Some(Record::Claim(upload.clone())),
            Ready::Left { .. } => None,
        });
        let claims: Vec<Record> = claims.collect();
        self.journal.record(&claims)?;
        let began = Instant::now();
        self.journal.sync()?;
        source.pace.synced(began.elapsed());
        Ok(())
    }

    fn ready(&self) -> MutexGuard<'_, VecDeque<Ready<T>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Files that were taken in together.
struct Taken<T> {
    ready: Vec<Ready<T>>,
    /// Those among them that are to be sent.
    claims: HashSet<Key>,
}

impl<T> Default for Taken<T> {
    fn default() -> Self {
        Self {
            ready: Vec::new(),
            claims: HashSet::new(),
        }
    }
}

impl<T> Taken<T> {
    fn take(&mut self, item: T, upload: Upload, standing: Standing, doubt: Doubt) {
        let is_wanted = match standing {
            Standing::New | Standing::Changed | Standing::Failed => true,
            Standing::Unknown => doubt == Doubt::Send,
            Standing::Done | Standing::UnderWay => false,
        };
        self.ready.push(if !is_wanted {
            Ready::Left { item, standing }
        } else if self.claims.insert(upload.revision.key) {
            Ready::Claimed { item, upload }
        } else {
            // It was named twice.
            let standing = Standing::UnderWay;
            Ready::Left { item, standing }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::app::exit::Exit;
    use crate::app::journal::tests::{candidate, end, open, place, revision};

    type Files = Receiver<Candidate<String>>;

    fn files(paths: &[&str]) -> Files {
        let (found, files) = mpsc::channel();
        for path in paths {
            found.send(candidate(path)).unwrap();
        }
        files
    }

    #[track_caller]
    fn sent<'j>(queue: &Queue<'j, String>) -> Begun<'j, String> {
        match queue.next().unwrap() {
            Some(Turn::Send(begun)) => begun,
            Some(Turn::Leave { item, standing }) => panic!("{item} is left, it is {standing:?}"),
            None => panic!("there are no more"),
        }
    }

    #[track_caller]
    fn left(queue: &Queue<'_, String>) -> (String, Standing) {
        match queue.next().unwrap() {
            Some(Turn::Leave { item, standing }) => (item, standing),
            Some(Turn::Send(begun)) => panic!("{} is sent", begun.item),
            None => panic!("there are no more"),
        }
    }

    /// How many records of a kind there are.
    fn records(path: &std::path::Path, kind: &str) -> usize {
        let text = fs::read_to_string(path).unwrap();
        let begin = format!("{{\"record\":\"{kind}\"");
        text.lines().filter(|line| line.starts_with(&begin)).count()
    }

    #[test]
    fn nobody_has_a_file_that_the_journal_does_not_have() {
        let (_directory, path) = place();
        let journal = open(&path);
        let queue = journal.queue(files(&["a", "b"]), Doubt::Leave);
        let a = sent(&queue);
        assert_eq!(a.idempotency_key(), journal.idempotency_key(&revision("a")));
        assert_eq!((records(&path, "begin"), records(&path, "end")), (1, 0));
        assert_eq!(journal.standing(&revision("a")), Standing::UnderWay);
        end(a, Exit::Done);
        assert_eq!((records(&path, "begin"), records(&path, "end")), (1, 1));
        assert_eq!(journal.standing(&revision("a")), Standing::Done);
    }

    #[test]
    fn what_is_done_or_in_doubt_is_left_and_what_failed_is_sent() {
        let (_directory, path) = place();
        let journal = open(&path);
        let outcomes = [
            ("done", Exit::Done),
            ("failed", Exit::Refused),
            ("unknown", Exit::Unknown),
        ];
        let names = outcomes.map(|(name, _)| name);
        let queue = journal.queue(files(&names), Doubt::Leave);
        for (_, exit) in outcomes {
            end(sent(&queue), exit);
        }
        assert!(queue.next().unwrap().is_none());

        let queue = journal.queue(files(&names), Doubt::Leave);
        assert_eq!(left(&queue), ("done".to_owned(), Standing::Done));
        end(sent(&queue), Exit::Done);
        assert_eq!(left(&queue), ("unknown".to_owned(), Standing::Unknown));

        let queue = journal.queue(files(&names), Doubt::Send);
        for _ in ["done", "failed"] {
            assert_eq!(left(&queue).1, Standing::Done);
        }
        assert_eq!(sent(&queue).item, "unknown");
    }

    #[test]
    fn a_file_that_is_named_twice_is_sent_once() {
        let (_directory, path) = place();
        let journal = open(&path);
        let queue = journal.queue(files(&["a", "./a", "a"]), Doubt::Leave);
        grow(&queue);
        let a = sent(&queue);
        assert_eq!(left(&queue), ("./a".to_owned(), Standing::UnderWay));
        end(a, Exit::Done);
        assert_eq!(left(&queue).1, Standing::UnderWay);

        let queue = journal.queue(files(&["b", "b"]), Doubt::Leave);
        let b = sent(&queue);
        assert_eq!(left(&queue).1, Standing::UnderWay);
        drop(b);
    }

    #[test]
    fn a_dropped_one_is_unknown_to_the_next_run() {
        let (_directory, path) = place();
        let journal = open(&path);
        let queue = journal.queue(files(&["a", "b"]), Doubt::Leave);
        drop(sent(&queue));
        end(sent(&queue), Exit::Done);
        journal.close().unwrap();
        drop(journal);
        let journal = open(&path);
        assert_eq!(journal.standing(&revision("a")), Standing::Unknown);
        assert_eq!(journal.standing(&revision("b")), Standing::Done);
    }

    /// Has a queue claim as many as it can, as if the disk were slow and the files quick.
    fn grow<T>(queue: &Queue<'_, T>) {
        let pace = &mut queue.source.lock().unwrap().pace;
        pace.synced(Duration::from_secs(1));
        pace.begun(1, Duration::from_nanos(1));
    }

    #[test]
    fn a_closed_journal_gives_nothing_more_and_has_nothing_in_doubt() {
        let (_directory, path) = place();
        let journal = open(&path);
        let queue = journal.queue(files(&["a", "b", "c"]), Doubt::Leave);
        grow(&queue);
        let a = sent(&queue);
        assert_eq!(records(&path, "claim"), 3);
        journal.close().unwrap();
        assert!(queue.next().unwrap().is_none());
        end(a, Exit::Done);
        drop(journal);
        // As on another machine.
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"boot\"", "\"shoe\"")).unwrap();
        let journal = open(&path);
        assert_eq!(journal.standing(&revision("a")), Standing::Done);
        for file in ["b", "c"] {
            assert_eq!(journal.standing(&revision(file)), Standing::New, "{file}");
        }
    }

    #[test]
    fn files_are_sent_while_others_are_still_looked_for() {
        let (_directory, path) = place();
        let journal = open(&path);
        let (found, files) = mpsc::channel();
        let queue = journal.queue(files, Doubt::Leave);
        for name in ["a", "b", "c"] {
            grow(&queue);
            found.send(candidate(name)).unwrap();
            // Would wait for ever if it waited for the next.
            assert_eq!(sent(&queue).item, name);
        }
        drop(found);
        assert!(queue.next().unwrap().is_none());
    }

    #[test]
    fn many_workers_end_each_file_once() {
        const FILES: usize = 1000;
        let (_directory, path) = place();
        let journal = open(&path);
        let (found, files) = mpsc::sync_channel(16);
        let queue = journal.queue(files, Doubt::Leave);
        let ended = thread::scope(|scope| {
            let workers: Vec<_> = (0..8).map(|_| scope.spawn(|| drain(&queue))).collect();
            for number in 0..FILES {
                found.send(candidate(&number.to_string())).unwrap();
            }
            drop(found);
            workers
                .into_iter()
                .map(|worker| worker.join().unwrap())
                .sum::<usize>()
        });
        assert_eq!(ended, FILES);
        journal.close().unwrap();
        drop(journal);
        for kind in ["claim", "begin", "end"] {
            assert_eq!(records(&path, kind), FILES, "{kind}");
        }
        let journal = open(&path);
        for number in 0..FILES {
            assert_eq!(
                journal.standing(&revision(&number.to_string())),
                Standing::Done
            );
        }
    }

    /// Ends all there are, and tells how many.
    fn drain(queue: &Queue<'_, String>) -> usize {
        let mut ended = 0;
        while let Some(turn) = queue.next().unwrap() {
            let Turn::Send(begun) = turn else {
                panic!("all are new");
            };
            end(begun, Exit::Done);
            ended += 1;
        }
        ended
    }
}
