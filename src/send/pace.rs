//! How fast octets may go out.
//!
//! A bucket fills at the rate, from when the first octets could go out, and holds a twentieth of a second's worth, so that
//! a small body goes no faster than a large one and nothing is caught up with after a pause.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What goes out at once at the most, as time.
const WINDOW: f64 = 0.05;

/// What is worth a write of its own, as time.
const GRAIN: f64 = 0.01;

/// A rate that all connections together keep to that share it: cloning is sharing.
#[derive(Debug, Clone)]
pub struct Pace(Arc<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    /// Octets a second.
    rate: f64,
    allowance: f64,
    /// When that was; `None` before the first octets could go out.
    filled: Option<Instant>,
}

impl Pace {
    /// So many octets a second; 0 counts as 1.
    #[must_use]
    pub fn new(rate: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "nobody sends exabytes a second")]
        let rate = rate.max(1) as f64;
        Self(Arc::new(Mutex::new(Bucket {
            rate,
            allowance: 0.0,
            filled: None,
        })))
    }

    /// Octets that go out in `time`, at least one.
    pub(super) fn octets_in(&self, time: Duration) -> usize {
        whole(self.bucket().rate * time.as_secs_f64()).max(1)
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Octets that may go out now; 0 as long as they are not worth it.
    pub(super) fn allowed(&self, now: Instant) -> usize {
        let mut bucket = self.bucket();
        bucket.fill(now);
        if bucket.allowance < bucket.grain() {
            0
        } else {
            whole(bucket.allowance)
        }
    }

    /// So many have gone out.
    pub(super) fn spend(&self, octets: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a block is small")]
        let octets = octets as f64;
        self.bucket().allowance -= octets;
    }

    /// How long it takes until something may go out; `None` if it may now.
    pub(super) fn pause(&self, now: Instant) -> Option<Duration> {
        let mut bucket = self.bucket();
        bucket.fill(now);
        let lacking = bucket.grain() - bucket.allowance;
        let seconds = lacking / bucket.rate;
        (lacking > 0.0).then(|| Duration::from_secs_f64(seconds) + Duration::from_micros(1))
    }
}

impl Bucket {
    fn fill(&mut self, now: Instant) {
        let filled = self.filled.replace(now).unwrap_or(now);
        let passed = now.saturating_duration_since(filled);
        let room = (self.rate * WINDOW).max(1.0);
        self.allowance = (self.allowance + self.rate * passed.as_secs_f64()).min(room);
    }

    fn grain(&self) -> f64 {
        (self.rate * GRAIN).max(1.0)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is small, and more than nothing"
)]
fn whole(octets: f64) -> usize {
    octets.max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends as much as it may, and then waits as long as it is told, for so long; the octets of each second.
    fn sent(rate: u64, seconds: usize) -> Vec<usize> {
        let pace = Pace::new(rate);
        let began = Instant::now();
        let mut each = vec![0; seconds];
        let mut passed = Duration::ZERO;
        loop {
            let now = began + passed;
            let second = usize::try_from(passed.as_secs()).unwrap();
            if second >= seconds {
                return each;
            }
            let octets = pace.allowed(now);
            pace.spend(octets);
            each[second] += octets;
            if let Some(pause) = pace.pause(now) {
                passed += pause;
            }
        }
    }

    #[test]
    fn every_second_has_its_octets() {
        for rate in [1, 10, 999, 1 << 20, 1 << 30] {
            for octets in sent(rate, 5) {
                let rate = f64::from(u32::try_from(rate).unwrap());
                let off = (f64::from(u32::try_from(octets).unwrap()) - rate).abs();
                assert!(off <= (rate * 0.05).max(1.0), "{octets} of {rate}");
            }
        }
    }

    #[test]
    fn the_time_before_the_first_octets_and_a_pause_are_not_caught_up_with() {
        let pace = Pace::new(1000);
        let began = Instant::now() + Duration::from_secs(60);
        assert_eq!(pace.allowed(began), 0);
        assert_eq!(pace.allowed(began + Duration::from_secs(60)), 50);
    }

    #[test]
    fn clones_share_what_there_is() {
        let pace = Pace::new(1000);
        let other = pace.clone();
        let began = Instant::now();
        assert_eq!(pace.allowed(began), 0);
        let later = began + Duration::from_secs(1);
        other.spend(other.allowed(later));
        assert_eq!(pace.allowed(later), 0);
    }
}
