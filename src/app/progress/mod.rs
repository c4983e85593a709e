//! How far the upload has come, on standard error: a line drawn over and over, or whole lines every five seconds.
//!
//! A thread looks at the [`Meter`] ten times a second; the upload itself is not slowed. What a line says at which
//! width is [`View::line`](view::View::line), a pure function. 100 % is never shown: after the last octet comes the wait
//! for the answer.

mod batch;
mod stage;
mod view;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use formpost::send::Meter;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use super::columns::cut;
use super::signals::{self, BeforeTheEnd};
use super::terminal;
pub(crate) use batch::{BatchProgress, Board, Figures};
pub(crate) use stage::Stage;
use view::Watch;

const TICK: Duration = Duration::from_millis(100);
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// How it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// One line, drawn over.
    Bar,
    /// Whole lines.
    Plain,
    /// Not at all.
    Not,
}

/// An upload being shown. Ends, and takes its line away, when it is finished or dropped.
pub(crate) struct Progress {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _before_the_end: Option<BeforeTheEnd>,
}

impl Progress {
    /// Begins to show what `meter` says: `contents` are the names of the contents in order, `total` the octets of all.
    pub(crate) fn start(
        shown: Shown,
        meter: &Arc<Meter>,
        contents: Vec<String>,
        total: Option<u64>,
    ) -> Self {
        if shown == Shown::Not {
            return Self {
                stop: None,
                thread: None,
                _before_the_end: None,
            };
        }
        let (stop, stopped) = mpsc::channel();
        let watch = Watch::new(meter.clone(), contents, total);
        let bar = (shown == Shown::Bar).then(drawn_bar);
        let before_the_end = bar
            .clone()
            .map(|bar| signals::before_the_end(move || bar.finish_and_clear()));
        let thread = std::thread::Builder::new().spawn(move || match bar {
            Some(bar) => draw(watch, &bar, || stopped.recv_timeout(TICK)),
            None => tell(watch, || stopped.recv_timeout(TICK)),
        });
        Self {
            stop: Some(stop),
            // A system that has no thread left for this can still send.
            thread: thread.ok(),
            _before_the_end: before_the_end,
        }
    }

    /// Takes the line away.
    pub(crate) fn finish(self) {
        drop(self);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been reported by the thread.
            let _ = thread.join();
        }
    }
}

fn drawn_bar() -> ProgressBar {
    let target = ProgressDrawTarget::term_like(Box::new(Line));
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        bar.set_style(style);
    }
    bar
}

/// The line that is drawn over. The cursor rests at its *beginning*: when a window is made narrower, the terminal
/// breaks the line and keeps the cursor with its first character, so that erasing from there to the end of the screen
/// takes away all of it, whatever the width is by then.
#[derive(Debug)]
struct Line;

const ERASE: &str = "\r\x1b[J";

impl TermLike for Line {
    fn width(&self) -> u16 {
        u16::try_from(width()).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        // The window may have been made narrower since the line was put together.
        let line = cut(text.trim_end(), width().saturating_sub(1));
        io::stderr().write_all(line.as_bytes())
    }

    fn clear_line(&self) -> io::Result<()> {
        io::stderr().write_all(ERASE.as_bytes())
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().write_all(b"\r")
    }
}

/// Columns to draw in. The last one stays empty: some terminals break the line when it is filled.
fn width() -> usize {
    terminal::columns()
        .filter(|columns| *columns > 0)
        .unwrap_or(80)
}

/// Draws until told to stop.
fn draw(mut watch: Watch, bar: &ProgressBar, pause: impl Fn() -> Result<(), RecvTimeoutError>) {
    let mut tick = 0;
    while pause() == Err(RecvTimeoutError::Timeout) {
        // Draws it, too.
        bar.set_message(watch.look(tick).line(width().saturating_sub(1)));
        tick += 1;
    }
    bar.finish_and_clear();
}

/// Writes a line every five seconds until told to stop.
fn tell(mut watch: Watch, pause: impl Fn() -> Result<(), RecvTimeoutError>) {
    let mut next = Instant::now() + PLAIN_EVERY;
    while pause() == Err(RecvTimeoutError::Timeout) {
        let view = watch.look(0);
        if Instant::now() >= next {
            next += PLAIN_EVERY;
            let line = format!("formpost: {}\n", view.sentence());
            // Nobody reading it is no reason to stop the upload.
            let _ = io::stderr().write_all(line.as_bytes());
        }
    }
}
