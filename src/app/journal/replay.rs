//! What the records of a journal come to, one after the other. Pure.
//!
//! ```text
//!            claim              begin               end
//!  (nothing) ─────> claimed ─────────> begun ─────────────────> its outcome
//!                      │                 │  run or close
//!                      │                 └────────────────────> unknown
//!                      │  close, or run since the same boot
//!                      ├──────────────────────────────────────> as it was before
//!                      │  run since another boot
//!                      └──────────────────────────────────────> unknown
//! ```
//!
//! A claim is on the disk before anything of its file is sent, a begin need not be: it is in the system's memory, which
//! outlives the process and not the machine's next start. So after the end of a process alone exactly those files are
//! unknown for which a request was under way; after a crash of the machine, or where nobody can say which of the two it
//! was, all that were claimed.
//!
//! Records are read back through this, and those that are written go through it as well: what a journal says while it is
//! kept and what it says afterwards is one thing.

use std::collections::HashMap;
use std::time::SystemTime;

use super::record::{Outcome, Record, Upload};
use super::revision::Key;
use crate::app::exit::Exit;

/// A journal up to some record.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// What is claimed or begun and has not ended: as many as there are jobs, and some that wait for them.
    open: HashMap<Key, Open>,
    /// The run that goes on.
    run: Option<Run>,
    /// How many there were.
    pub(super) runs: usize,
}

#[derive(Debug)]
struct Run {
    boot: Option<String>,
    time: SystemTime,
}

#[derive(Debug)]
struct Open {
    is_begun: bool,
    fingerprint: u64,
    origin: u16,
    offset: u64,
    time: SystemTime,
}

/// What has become of a file, as far as a journal knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) key: Key,
    pub(super) fingerprint: u64,
    pub(super) origin: u16,
    pub(super) verdict: Verdict,
    /// Of the record that says so.
    pub(super) offset: u64,
    pub(super) time: SystemTime,
}

/// What an outcome means for the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) exit: Exit,
    pub(crate) class: Class,
}

/// Whether a file is to be sent again, in the order in which one outranks the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// The server does not have it.
    Failed,
    /// The server may have it.
    Unknown,
    /// The server has it.
    Done,
}

impl Verdict {
    /// It is not known what became of it.
    const UNKNOWN: Self = Self {
        exit: Exit::Unknown,
        class: Class::Unknown,
    };

    /// What an outcome means. An answer that was no HTTP, or was cut, leaves it unknown what the server did; an output that
    /// could not be written after a 2xx does not undo that.
    pub(super) fn of(outcome: &Outcome) -> Self {
        let exit = outcome.exit;
        let class = match exit {
            Exit::Done => Class::Done,
            Exit::Other if matches!(outcome.status, Some(200..=299)) => Class::Done,
            Exit::Unknown | Exit::Malformed => Class::Unknown,
            Exit::Other
            | Exit::Usage
            | Exit::Redirected
            | Exit::Refused
            | Exit::ServerFailed
            | Exit::Source
            | Exit::NotSent => Class::Failed,
        };
        Self { exit, class }
    }
}

impl Replay {
    /// The next record, in front of which there are so many octets. `settle` gets what it settles.
    pub(super) fn feed(&mut self, offset: u64, record: &Record, settle: &mut dyn FnMut(Settled)) {
        match record {
            Record::Run { boot, time } => {
                self.interrupted(boot.as_deref(), settle);
                self.runs += 1;
                self.run = Some(Run {
                    boot: boot.clone(),
                    time: *time,
                });
            }
            // What has begun stays so until its end: a claim does not take that back.
            Record::Claim(upload) if self.is_begun(&upload.revision.key) => {}
            Record::Claim(upload) => self.open(upload, false, offset, self.began()),
            Record::Begin { upload, time } => self.open(upload, true, offset, *time),
            Record::End {
                upload,
                outcome,
                time,
            } => {
                let key = upload.revision.key;
                self.open.remove(&key);
                settle(Settled {
                    key,
                    fingerprint: upload.revision.fingerprint(),
                    origin: upload.origin,
                    verdict: Verdict::of(outcome),
                    offset,
                    time: *time,
                });
            }
            Record::Close => self.open.retain(|_, open| open.is_begun),
        }
    }

    /// What is left of a run that did not come to its end, seen from a system that was started then: `None` if nobody
    /// knows.
    pub(super) fn interrupted(&mut self, boot: Option<&str>, settle: &mut dyn FnMut(Settled)) {
        let then = self.run.as_ref().and_then(|run| run.boot.as_deref());
        let is_in_order = boot.is_some() && boot == then;
        for (key, open) in self.open.drain() {
            if open.is_begun || !is_in_order {
                settle(Settled {
                    key,
                    fingerprint: open.fingerprint,
                    origin: open.origin,
                    verdict: Verdict::UNKNOWN,
                    offset: open.offset,
                    time: open.time,
                });
            }
        }
    }

    /// Whether a file is claimed, or on its way.
    pub(super) fn is_under_way(&self, key: &Key) -> bool {
        self.open.contains_key(key)
    }

    fn is_begun(&self, key: &Key) -> bool {
        self.open.get(key).is_some_and(|open| open.is_begun)
    }

    fn open(&mut self, upload: &Upload, is_begun: bool, offset: u64, time: SystemTime) {
        let open = Open {
            is_begun,
            fingerprint: upload.revision.fingerprint(),
            origin: upload.origin,
            offset,
            time,
        };
        self.open.insert(upload.revision.key, open);
    }

    fn began(&self) -> SystemTime {
        let run = self.run.as_ref();
        run.map_or(SystemTime::UNIX_EPOCH, |run| run.time)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::app::journal::revision::{Modified, Revision};

    /// A record in a few words: `run BOOT`, `claim FILE`, `begin FILE`, `end FILE OUTCOME [STATUS]`, `close`.
    fn record(words: &str) -> Record {
        let words: Vec<&str> = words.split(' ').collect();
        let time = UNIX_EPOCH;
        match words[..] {
            ["run"] => Record::Run { boot: None, time },
            ["run", boot] => Record::Run {
                boot: Some(boot.to_owned()),
                time,
            },
            ["claim", file] => Record::Claim(upload(file)),
            ["begin", file] => Record::Begin {
                upload: upload(file),
                time,
            },
            ["end", file, outcome, ref status @ ..] => Record::End {
                upload: upload(file),
                outcome: Outcome {
                    exit: Exit::of_word(outcome).unwrap(),
                    status: status.first().map(|status| status.parse().unwrap()),
                    checksum: None,
                },
                time,
            },
            ["close"] => Record::Close,
            _ => panic!("{words:?}"),
        }
    }

    fn upload(file: &str) -> Upload {
        Upload {
            revision: Revision::new(file.as_bytes().to_vec(), 0, Modified(0)),
            origin: 0,
        }
    }

    /// What is known of `a` and of `b` after these records, once somebody has looked who was started as `boot`.
    fn known(script: &str, boot: Option<&str>) -> String {
        let mut known = HashMap::new();
        let mut settle = |settled: Settled| {
            known.insert(settled.key, settled.verdict.class);
        };
        let mut replay = Replay::default();
        for words in script.split(", ") {
            replay.feed(0, &record(words), &mut settle);
        }
        replay.interrupted(boot, &mut settle);
        let shown = ["a", "b"].map(|file| match known.get(&upload(file).revision.key) {
            Some(Class::Done) => '+',
            Some(Class::Unknown) => '?',
            Some(Class::Failed) => '-',
            None => '.',
        });
        shown.iter().collect()
    }

    /// Records, who was started when looking, and what is known of `a` and of `b` then: + done, ? unknown, - failed, and
    /// nothing.
    const SCRIPTS: &[(&str, Option<&str>, &str)] = &[
        ("run 1", Some("1"), ".."),
        // The process ended.
        ("run 1, claim a, claim b", Some("1"), ".."),
        ("run 1, claim a, claim b, begin a", Some("1"), "?."),
        ("run 1, claim a, begin a, end a done", Some("1"), "+."),
        (
            "run 1, claim a, claim b, begin a, begin b, end b done",
            Some("1"),
            "?+",
        ),
        // The machine did, or nobody knows.
        (
            "run 1, claim a, claim b, begin a, end a done",
            Some("2"),
            "+?",
        ),
        ("run 1, claim a, claim b, begin a, end a done", None, "+?"),
        (
            "run, claim a, claim b, begin a, end a done",
            Some("1"),
            "+?",
        ),
        ("run, claim a", None, "?."),
        // It came to its end in order.
        (
            "run 1, claim a, claim b, begin a, end a done, close",
            Some("2"),
            "+.",
        ),
        (
            "run 1, claim a, claim b, begin a, close, end a done",
            Some("2"),
            "+.",
        ),
        ("run 1, claim a, claim b, begin a, close", Some("2"), "?."),
        // What a run leaves is looked at by the next one.
        ("run 1, claim a, claim b, begin a, run 1", Some("2"), "?."),
        ("run 1, claim a, claim b, begin a, run 2", Some("2"), "??"),
        // The last one counts, and what was claimed in vain is as it was before.
        (
            "run 1, begin a, run 1, claim a, begin a, end a done",
            Some("1"),
            "+.",
        ),
        ("run 1, end a done, claim a, close", Some("2"), "+."),
        ("run 1, end a done, claim a, begin a", Some("1"), "?."),
        ("run 1, end a refused, run 1, claim a", Some("1"), "-."),
        (
            "run 1, end a failed, run 1, end a done, end b done, run 1, end b failed",
            Some("1"),
            "+-",
        ),
        // Nobody writes it, but whoever does has not undone what was begun.
        (
            "run 1, end a done, begin a, claim a, close",
            Some("1"),
            "?.",
        ),
        ("run 1, begin a, claim a", Some("1"), "?."),
        // A journal that others were merged into.
        ("begin a, end b not_sent", Some("1"), "?-"),
    ];

    #[test]
    fn what_was_under_way_is_unknown_and_what_was_not_is_not() {
        for (script, boot, expected) in SCRIPTS {
            assert_eq!(known(script, *boot), *expected, "{script}; {boot:?}");
        }
    }

    #[test]
    fn an_outcome_says_whether_the_server_has_it() {
        for (outcome, class) in [
            ("done 200", "+."),
            ("other 201", "+."),
            ("other", "-."),
            ("other 500", "-."),
            ("usage", "-."),
            ("redirected 307", "-."),
            ("refused 413", "-."),
            ("failed 503", "-."),
            ("source", "-."),
            ("not_sent", "-."),
            ("unknown", "?."),
            ("malformed 200", "?."),
        ] {
            let script = format!("run 1, claim a, begin a, end a {outcome}");
            assert_eq!(known(&script, None), class, "{outcome}");
        }
    }

    #[test]
    fn files_do_not_depend_on_each_others_order() {
        let a = ["claim a", "begin a", "end a done"];
        let b = ["claim b", "begin b"];
        // Every way to put the ones between the others: a bit says whose turn it is.
        for ways in 0..1_u32 << 5 {
            let (mut a, mut b) = (a.iter(), b.iter());
            if ways.count_ones() != 3 {
                continue;
            }
            let turns = (0..5).map(|turn| match ways >> turn & 1 {
                1 => a.next(),
                _ => b.next(),
            });
            let records: Vec<&str> = turns.map(|record| *record.unwrap()).collect();
            let script = format!("run 1, {}", records.join(", "));
            assert_eq!(known(&script, Some("1")), "+?", "{script}");
        }
    }
}
