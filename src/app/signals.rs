//! What happens between a signal and the end it brings: the terminal is put back, then the signal does what it would
//! have done, so that the parent sees the truth.

/// Calls `restore` before SIGINT, SIGTERM or SIGHUP ends the program.
///
/// The connection is not wound up but dropped with the process: the server sees an upload that is incomplete.
#[cfg(unix)]
pub(crate) fn before_the_end(restore: impl Fn() + Send + 'static) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        return;
    };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            restore();
            // It only fails for signals that cannot be handled in the first place.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

/// There is nothing to put back before the console ends the program.
#[cfg(not(unix))]
pub(crate) fn before_the_end(_: impl Fn() + Send + 'static) {}
