//! What happens between a signal and the end it brings: the terminal is put back, then the signal does what it would
//! have done, so that the parent sees the truth.

/// What puts the terminal back, as long as this is kept.
#[must_use]
pub(crate) struct BeforeTheEnd(());

#[cfg(unix)]
mod unix {
    use std::sync::mpsc;
    use std::sync::{Mutex, MutexGuard, Once, PoisonError};
    use std::thread;
    use std::time::Duration;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    /// How long a terminal may take to be put back: one that was stopped with Ctrl-S takes nothing.
    const GRACE: Duration = Duration::from_millis(500);

    type Restore = Box<dyn Fn() + Send>;

    /// One for the process, as its signals are.
    static RESTORE: Mutex<Option<Restore>> = Mutex::new(None);

    pub(super) fn restore() -> MutexGuard<'static, Option<Restore>> {
        RESTORE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From the first call on, signals come here.
    pub(super) fn listen() {
        static LISTENING: Once = Once::new();
        LISTENING.call_once(|| {
            heed(|mut signals| {
                for signal in signals.forever() {
                    let (done, is_done) = mpsc::channel::<()>();
                    // Where there is no thread left for it, the terminal stays as it is.
                    let _ = thread::Builder::new().spawn(move || {
                        put_back();
                        drop(done);
                    });
                    let _ = is_done.recv_timeout(GRACE);
                    end_by(signal);
                }
            });
        });
    }

    /// Gives the signals to `act`, in a thread of its own. Where there is none left the signals do what they always do:
    /// they are asked for only once there is a thread.
    pub(super) fn heed(act: impl FnOnce(Signals) + Send + 'static) {
        let (give, given) = mpsc::channel();
        let thread = thread::Builder::new().spawn(move || {
            if let Ok(signals) = given.recv() {
                act(signals);
            }
        });
        if thread.is_ok() {
            if let Ok(signals) = Signals::new(heeded()) {
                // It is waiting for this.
                let _ = give.send(signals);
            }
        }
    }

    fn put_back() {
        if let Some(restore) = &*restore() {
            restore();
        }
    }

    /// The signals that end the program; not those that whoever started it told it to ignore, as `nohup` does and a
    /// shell for what it runs in the background.
    fn heeded() -> Vec<i32> {
        // Only Linux tells it in this place; elsewhere all of them count.
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0);
        [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| ignored & (1 << (signal - 1)) == 0)
            .collect()
    }

    pub(super) fn end_by(signal: i32) {
        // It only fails for signals that cannot be handled in the first place.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
}

/// A file that reaches the size that `ulimit -f` allows is an error to whoever writes it, and not the program's end.
#[cfg(unix)]
pub(crate) fn survive_large_files() {
    // Heeding the signal, in whatever way, is what keeps it from ending the program.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn survive_large_files() {}

/// Calls `restore` before SIGINT, SIGTERM or SIGHUP ends the program, as long as what this gives is kept; only the last
/// one that was given is called.
///
/// The connection is not wound up but dropped with the process: the server sees an upload that is incomplete.
#[cfg(unix)]
pub(crate) fn before_the_end(restore: impl Fn() + Send + 'static) -> BeforeTheEnd {
    *unix::restore() = Some(Box::new(restore));
    unix::listen();
    BeforeTheEnd(())
}

/// Ends the program as Ctrl-C does, for who took the key and has put the terminal back.
#[cfg(unix)]
pub(crate) fn end_by_interrupt() {
    unix::end_by(signal_hook::consts::SIGINT);
}

#[cfg(unix)]
impl Drop for BeforeTheEnd {
    fn drop(&mut self) {
        *unix::restore() = None;
    }
}

/// How a program that ends in its own time was asked to.
#[cfg(feature = "receive")]
#[must_use]
pub(crate) struct Ending {
    /// The signal that asked a second time, 0 before that.
    #[cfg(unix)]
    second: std::sync::Arc<std::sync::atomic::AtomicI32>,
}

/// Calls `stop` at the first SIGINT, SIGTERM or SIGHUP instead of ending the program, `abort` at the second; the third
/// ends it.
#[cfg(all(unix, feature = "receive"))]
pub(crate) fn stop_first(
    stop: impl Fn() + Send + 'static,
    abort: impl Fn() + Send + 'static,
) -> Ending {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI32, Ordering};

    let second = Arc::new(AtomicI32::new(0));
    let asked = second.clone();
    unix::heed(move |mut signals| {
        let mut signals = signals.forever();
        if signals.next().is_some() {
            stop();
        }
        if let Some(signal) = signals.next() {
            asked.store(signal, Ordering::Relaxed);
            abort();
        }
        if let Some(signal) = signals.next() {
            unix::end_by(signal);
        }
    });
    Ending { second }
}

/// Calls `finish` at the first SIGINT, SIGTERM or SIGHUP instead of ending the program; the second ends it, after
/// `restore`.
#[cfg(unix)]
pub(crate) fn finish_first(
    finish: impl Fn() + Send + 'static,
    restore: impl Fn() + Send + 'static,
) -> Finishing {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI32, Ordering};

    let first = Arc::new(AtomicI32::new(0));
    let asked = first.clone();
    unix::heed(move |mut signals| {
        let mut signals = signals.forever();
        if let Some(signal) = signals.next() {
            asked.store(signal, Ordering::Relaxed);
            finish();
        }
        if let Some(signal) = signals.next() {
            restore();
            unix::end_by(signal);
        }
    });
    Finishing { first }
}

/// The console ends the program.
#[cfg(not(unix))]
pub(crate) fn finish_first(
    _: impl Fn() + Send + 'static,
    _: impl Fn() + Send + 'static,
) -> Finishing {
    Finishing {}
}

/// How a program that finishes what it has begun was asked to.
#[must_use]
pub(crate) struct Finishing {
    /// The signal that asked, 0 before that.
    #[cfg(unix)]
    first: std::sync::Arc<std::sync::atomic::AtomicI32>,
}

impl Finishing {
    /// Ends the program by the signal that asked, if one did.
    pub(crate) fn end_if_asked(&self) {
        #[cfg(unix)]
        match self.first.load(std::sync::atomic::Ordering::Relaxed) {
            0 => {}
            signal => unix::end_by(signal),
        }
    }
}

#[cfg(feature = "receive")]
impl Ending {
    /// Ends the program by the signal that asked a second time, if one did.
    pub(crate) fn end_if_asked_twice(&self) {
        #[cfg(unix)]
        match self.second.load(std::sync::atomic::Ordering::Relaxed) {
            0 => {}
            signal => unix::end_by(signal),
        }
    }
}

/// The console ends the program.
#[cfg(all(not(unix), feature = "receive"))]
pub(crate) fn stop_first(_: impl Fn() + Send + 'static, _: impl Fn() + Send + 'static) -> Ending {
    Ending {}
}

/// There is nothing to put back before the console ends the program.
#[cfg(not(unix))]
pub(crate) fn before_the_end(_: impl Fn() + Send + 'static) -> BeforeTheEnd {
    BeforeTheEnd(())
}
