//! What happens between a signal and the end it brings: the terminal is put back, then the signal does what it would
//! have done, so that the parent sees the truth.

/// What puts the terminal back, as long as this is kept.
#[must_use]
pub(crate) struct BeforeTheEnd(());

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicI32, Ordering};
    use std::sync::mpsc;
    use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
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

    /// Gives the signals, one after the other, to `act`, which says by which of them the program is to end.
    pub(super) fn heed_for_ending(
        act: impl FnOnce(&mut dyn Iterator<Item = i32>, &dyn Fn(i32)) + Send + 'static,
    ) -> super::Ending {
        let signal = Arc::new(AtomicI32::new(0));
        let asked = signal.clone();
        heed(move |mut signals| {
            act(&mut signals.forever(), &|signal| {
                asked.store(signal, Ordering::Relaxed);
            });
        });
        super::Ending { signal }
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
pub(crate) fn survive_large_files() {
    // Heeding the signal, in whatever way, is what keeps it from ending the program.
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

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

#[cfg(unix)]
impl Drop for BeforeTheEnd {
    fn drop(&mut self) {
        *unix::restore() = None;
    }
}

/// There is nothing to put back before the console ends the program.
#[cfg(not(unix))]
pub(crate) fn before_the_end(_: impl Fn() + Send + 'static) -> BeforeTheEnd {
    BeforeTheEnd(())
}

/// Ends the program as Ctrl-C does, for who took the key and has put the terminal back.
#[cfg(unix)]
pub(crate) fn end_by_interrupt() {
    unix::end_by(signal_hook::consts::SIGINT);
}

/// How a program that comes to its end in its own time was asked to end.
#[must_use]
pub(crate) struct Ending {
    /// The signal that it is to end by, 0 if there was none.
    #[cfg(unix)]
    signal: std::sync::Arc<std::sync::atomic::AtomicI32>,
}

impl Ending {
    /// Ends the program by the signal that it is to end by, if there was one.
    pub(crate) fn end_if_asked(&self) {
        #[cfg(unix)]
        match self.signal.load(std::sync::atomic::Ordering::Relaxed) {
            0 => {}
            signal => unix::end_by(signal),
        }
    }
}

/// Calls `stop` at the first SIGINT, SIGTERM or SIGHUP instead of ending the program, and `abort` at the second, which
/// the program is to end by; the third ends it.
#[cfg(all(unix, feature = "receive"))]
pub(crate) fn stop_first(
    stop: impl Fn() + Send + 'static,
    abort: impl Fn() + Send + 'static,
) -> Ending {
    unix::heed_for_ending(move |signals, asked| {
        if signals.next().is_some() {
            stop();
        }
        if let Some(signal) = signals.next() {
            asked(signal);
            abort();
        }
        if let Some(signal) = signals.next() {
            unix::end_by(signal);
        }
    })
}

/// The console ends the program.
#[cfg(all(not(unix), feature = "receive"))]
pub(crate) fn stop_first(_: impl Fn() + Send + 'static, _: impl Fn() + Send + 'static) -> Ending {
    Ending {}
}

/// Calls `finish` at the first SIGINT, SIGTERM or SIGHUP instead of ending the program, which is to end by it then; the
/// second ends it, after `restore`.
#[cfg(unix)]
pub(crate) fn finish_first(
    finish: impl Fn() + Send + 'static,
    restore: impl Fn() + Send + 'static,
) -> Ending {
    unix::heed_for_ending(move |signals, asked| {
        if let Some(signal) = signals.next() {
            asked(signal);
            finish();
        }
        if let Some(signal) = signals.next() {
            restore();
            unix::end_by(signal);
        }
    })
}

/// The console ends the program.
#[cfg(not(unix))]
pub(crate) fn finish_first(_: impl Fn() + Send + 'static, _: impl Fn() + Send + 'static) -> Ending {
    Ending {}
}
