//! How many files are claimed at once. Pure: times are arguments.
//!
//! A claim waits for the disk. To wait for it at every file would cost more than a small upload does; to claim all files
//! at once would leave all of them in doubt if the machine failed. So a claim is as large as makes the disk's share of
//! the time a tenth: one file where an upload takes longer than that anyway, dozens where a thousand go out in a second.

use std::time::Duration;

/// Times the disk's time that a claim is to last.
const SHARE: u32 = 10;
/// Files of the largest claim. More are hardly any faster, and are in doubt after a crash of the machine.
const LARGEST: usize = 256;

/// What was measured so far, smoothed.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// How long the disk takes.
    sync: Option<Duration>,
    /// How long it is from one file to the next, with all that go out side by side.
    file: Option<Duration>,
}

impl Pace {
    /// The disk took so long.
    pub(super) fn synced(&mut self, time: Duration) {
        self.sync = Some(smoothed(self.sync, time));
    }

    /// So many files were begun in that time.
    pub(super) fn begun(&mut self, files: usize, time: Duration) {
        if let Ok(files @ 1..) = u32::try_from(files) {
            self.file = Some(smoothed(self.file, time / files));
        }
    }

    /// How many files to claim next; one as long as nothing was measured.
    pub(super) fn files(&self) -> usize {
        let (Some(sync), Some(file)) = (self.sync, self.file) else {
            return 1;
        };
        let files = (sync * SHARE).as_nanos() / file.as_nanos().max(1);
        usize::try_from(files).unwrap_or(LARGEST).clamp(1, LARGEST)
    }
}

/// A quarter of what is new, three quarters of what was before.
fn smoothed(before: Option<Duration>, new: Duration) -> Duration {
    before.map_or(new, |before| (before * 3 + new) / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many files are claimed where the disk takes so long, and from one file to the next it is so long.
    fn claimed(sync: Duration, file: Duration) -> usize {
        let mut pace = Pace::default();
        assert_eq!(pace.files(), 1);
        pace.synced(sync);
        assert_eq!(pace.files(), 1);
        pace.begun(4, file * 4);
        pace.files()
    }

    #[test]
    fn the_disk_takes_a_tenth_of_the_time() {
        let (ms, us) = (Duration::from_millis, Duration::from_micros);
        for (sync, file, files) in [
            (ms(2), ms(500), 1),
            (ms(2), ms(20), 1),
            (ms(2), ms(10), 2),
            (us(250), us(100), 25),
            (ms(10), us(100), LARGEST),
            (ms(1), Duration::ZERO, LARGEST),
            (Duration::ZERO, ms(1), 1),
        ] {
            assert_eq!(claimed(sync, file), files, "{sync:?} {file:?}");
        }
    }

    #[test]
    fn an_outlier_is_forgotten() {
        let ms = Duration::from_millis;
        let mut pace = Pace::default();
        for _ in 0..10 {
            pace.synced(ms(1));
            pace.begun(1, ms(1));
        }
        assert_eq!(pace.files(), 10);
        pace.begun(1, ms(1000));
        assert_eq!(pace.files(), 1);
        for _ in 0..40 {
            pace.begun(1, ms(1));
        }
        assert_eq!(pace.files(), 9);
        pace.begun(0, ms(1000));
        assert_eq!(pace.files(), 9);
    }
}
