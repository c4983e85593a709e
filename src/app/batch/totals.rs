//! What a batch comes to: how many files ended in which way, and how long it took.

use std::time::Duration;

use crate::app::exit::Exit;
use crate::app::units::{count, duration, rate, size};

/// The classes that the exit code of a batch is one of, and what the summary calls them.
const CLASSES: [(Exit, &str); 9] = [
    (Exit::Redirected, "redirected"),
    (Exit::Refused, "refused"),
    (Exit::ServerFailed, "failed"),
    (Exit::Source, "unreadable"),
    (Exit::NotSent, "never sent"),
    (Exit::Unknown, "unknown"),
    (Exit::Malformed, "answered without sense"),
    (Exit::Usage, "not to be sent"),
    (Exit::Other, "with an answer that was not kept"),
];

/// How a batch has gone so far.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    /// By exit code.
    ended: [u64; 10],
    skipped: u64,
    /// There are files that are another machine's to send.
    has_left: bool,
    octets: u64,
    slowest: Option<(String, Duration)>,
    /// Something that was asked for could not be written.
    pub(super) is_unwritable: bool,
}

impl Totals {
    /// A file has ended so; so many octets of it were sent in that time.
    pub(crate) fn end(&mut self, exit: Exit, name: &str, octets: u64, time: Duration) {
        self.ended[usize::from(exit.code())] += 1;
        self.octets += octets;
        if self
            .slowest
            .as_ref()
            .is_none_or(|(_, longest)| time > *longest)
        {
            self.slowest = Some((name.to_owned(), time));
        }
    }

    /// Something could not be sent at all.
    pub(crate) fn fail(&mut self, exit: Exit) {
        self.ended[usize::from(exit.code())] += 1;
    }

    /// A file was sent in an earlier run.
    pub(crate) fn skip(&mut self) {
        self.skipped += 1;
    }

    /// A file is another machine's to send.
    pub(crate) fn leave(&mut self) {
        self.has_left = true;
    }

    fn of(&self, exit: Exit) -> u64 {
        self.ended[usize::from(exit.code())]
    }

    fn files(&self) -> u64 {
        self.ended.iter().sum::<u64>() + self.skipped
    }

    /// Done if all are; otherwise the highest of the classes from 3 to 9 that occurred, or what is below them.
    pub(crate) fn exit(&self) -> Exit {
        let mut worst = if self.is_unwritable {
            Exit::Other
        } else {
            Exit::Done
        };
        for (exit, _) in CLASSES {
            if self.of(exit) > 0 && (worst == Exit::Done || exit.code() > worst.code()) {
                worst = exit;
            }
        }
        worst
    }

    /// Whether there was nothing to do, here and on other machines.
    pub(crate) fn is_empty(&self) -> bool {
        self.files() == 0 && !self.has_left
    }

    /// One line that says how it went.
    pub(crate) fn summary(&self, time: Duration) -> String {
        let files = usize::try_from(self.files()).unwrap_or(usize::MAX);
        let mut ways = vec![format!("{} done", self.of(Exit::Done))];
        if self.skipped > 0 {
            ways.push(format!("{} done before", self.skipped));
        }
        let classes = CLASSES.iter().filter(|(exit, _)| self.of(*exit) > 0);
        ways.extend(classes.map(|(exit, name)| format!("{} {name}", self.of(*exit))));
        let mut line = format!(
            "{}: {}; {} in {}",
            count(files, "file"),
            ways.join(", "),
            size(self.octets),
            duration(time)
        );
        if let Some(rate) = rate(self.octets, time).filter(|rate| *rate > 0) {
            line = format!("{line}, {}/s", size(rate));
        }
        match &self.slowest {
            Some((name, time)) if files > 1 => {
                format!("{line}; slowest: {name}, {}", duration(*time))
            }
            _ => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_highest_class_is_the_exit_code() {
        for (ended, expected) in [
            (&[][..], Exit::Done),
            (&[Exit::Done], Exit::Done),
            (
                &[Exit::Done, Exit::Refused, Exit::ServerFailed],
                Exit::ServerFailed,
            ),
            (&[Exit::Unknown, Exit::Refused], Exit::Unknown),
            (&[Exit::Malformed, Exit::Unknown], Exit::Malformed),
            (&[Exit::Other, Exit::Redirected], Exit::Redirected),
            (&[Exit::Other], Exit::Other),
        ] {
            let mut totals = Totals::default();
            for exit in ended {
                totals.end(*exit, "a", 0, second(0));
            }
            assert_eq!(totals.exit(), expected, "{ended:?}");
        }
    }

    #[test]
    fn the_summary_says_what_there_was() {
        let mut totals = Totals::default();
        assert!(totals.is_empty());
        assert_eq!(totals.summary(second(1)), "0 files: 0 done; 0 B in 1.0 s");
        totals.end(Exit::Done, "a", 1024, second(1));
        assert_eq!(
            totals.summary(second(1)),
            "1 file: 1 done; 1.0 KiB in 1.0 s, 1.0 KiB/s"
        );
        totals.end(Exit::Refused, "b", 1024, second(3));
        totals.end(Exit::Unknown, "c", 0, second(2));
        totals.skip();
        totals.fail(Exit::Source);
        assert_eq!(
            totals.summary(second(2)),
            "5 files: 1 done, 1 done before, 1 refused, 1 unreadable, 1 unknown; \
             2.0 KiB in 2.0 s, 1.0 KiB/s; slowest: b, 3.0 s"
        );
    }
}
