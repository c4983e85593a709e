//! When the next request may begin: what a server asks one worker to wait, all of them wait.
//!
//! Whoever stops the batch opens the gate to those that wait at it, so that they can go home.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The gate that every worker passes ahead of each request.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Nobody passes before.
    closed_until: Option<Instant>,
    is_stopped: bool,
}

impl Gate {
    /// Waits until a request may begin, and for `at_least` that long. `false` if none may begin any more.
    pub(crate) fn pass(&self, at_least: Duration) -> bool {
        let own = Instant::now() + at_least;
        let mut state = self.state();
        loop {
            if state.is_stopped {
                return false;
            }
            let until = state.closed_until.map_or(own, |until| until.max(own));
            let wait = until.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return true;
            }
            state = match self.changed.wait_timeout(state, wait) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Lets nobody pass for that long, or for as long as it was closed already.
    pub(crate) fn close_for(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut state = self.state();
        state.closed_until = Some(state.closed_until.map_or(until, |closed| closed.max(until)));
    }

    /// Lets nobody pass any more.
    pub(crate) fn stop(&self) {
        self.state().is_stopped = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.state().is_stopped
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn an_open_gate_is_passed_at_once() {
        assert!(Gate::default().pass(Duration::ZERO));
    }

    #[test]
    fn what_one_is_asked_to_wait_all_wait() {
        let gate = Gate::default();
        let began = Instant::now();
        let wait = Duration::from_millis(50);
        gate.close_for(wait);
        gate.close_for(Duration::from_millis(1));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    assert!(gate.pass(Duration::ZERO));
                    assert!(began.elapsed() >= wait);
                });
            }
        });
    }

    #[test]
    fn who_waits_goes_home_when_it_is_stopped() {
        let gate = Gate::default();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.pass(Duration::from_secs(3600)));
            gate.stop();
            assert!(!waiting.join().unwrap());
        });
        assert!(!gate.pass(Duration::ZERO));
    }
}
