//! How far the upload has come, on standard error: a line drawn over and over, or whole lines every five seconds.
//!
//! A thread looks at the [`Meter`] ten times a second; the upload itself is not slowed. What a line says at which
//! width is [`View::line`], a pure function. 100 % is never shown: after the last octet comes the wait for the answer.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use formpost::send::{Meter, Phase};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use super::columns::{columns_of, cut};
use super::signals::{self, BeforeTheEnd};
use super::terminal;
use super::units::{clock, rate, size, to_float};

const TICK: Duration = Duration::from_millis(100);
const PLAIN_EVERY: Duration = Duration::from_secs(5);
/// The rate is the mean of this long.
const WINDOW: Duration = Duration::from_secs(5);

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
            Some(bar) => watch.draw(&bar, || stopped.recv_timeout(TICK)),
            None => watch.tell(|| stopped.recv_timeout(TICK)),
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

/// The meter, and what only time can tell about it.
struct Watch {
    meter: Arc<Meter>,
    contents: Vec<String>,
    total: Option<u64>,
    samples: VecDeque<(Instant, u64)>,
    entered: (Phase, Instant),
}

impl Watch {
    fn new(meter: Arc<Meter>, contents: Vec<String>, total: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            meter,
            contents,
            total,
            samples: VecDeque::from([(now, 0)]),
            entered: (Phase::Connecting, now),
        }
    }

    /// Draws until told to stop.
    fn draw(mut self, bar: &ProgressBar, pause: impl Fn() -> Result<(), RecvTimeoutError>) {
        let mut tick = 0;
        while pause() == Err(RecvTimeoutError::Timeout) {
            // Draws it, too.
            bar.set_message(self.look(tick).line(width().saturating_sub(1)));
            tick += 1;
        }
        bar.finish_and_clear();
    }

    /// Writes a line every five seconds until told to stop.
    fn tell(mut self, pause: impl Fn() -> Result<(), RecvTimeoutError>) {
        let mut next = Instant::now() + PLAIN_EVERY;
        while pause() == Err(RecvTimeoutError::Timeout) {
            let view = self.look(0);
            if Instant::now() >= next {
                next += PLAIN_EVERY;
                let line = format!("formpost: {}\n", view.sentence());
                // Nobody reading it is no reason to stop the upload.
                let _ = io::stderr().write_all(line.as_bytes());
            }
        }
    }

    fn look(&mut self, tick: usize) -> View<'_> {
        let now = Instant::now();
        let accepted = self.meter.accepted();
        self.samples.push_back((now, accepted));
        while self.samples.len() > 2 && now - self.samples[1].0 > WINDOW {
            self.samples.pop_front();
        }
        let (since, before) = self.samples[0];
        let phase = self.meter.phase();
        if phase != self.entered.0 {
            self.entered = (phase, now);
        }
        View {
            phase,
            name: self
                .contents
                .get(self.meter.content())
                .map_or("", String::as_str),
            number: self.meter.content() + 1,
            contents: self.contents.len(),
            accepted,
            total: self.total,
            rate: rate(accepted - before, now - since),
            in_phase: now - self.entered.1,
            tick,
        }
    }
}

/// One look at an upload.
struct View<'a> {
    phase: Phase,
    name: &'a str,
    number: usize,
    contents: usize,
    accepted: u64,
    total: Option<u64>,
    rate: Option<u64>,
    in_phase: Duration,
    tick: usize,
}

impl View<'_> {
    /// The line, at most `width` columns of it.
    fn line(&self, width: usize) -> String {
        if self.phase != Phase::Sending {
            return cut(&self.waiting(), width);
        }
        let numbers = self.numbers_within(width);
        let room = width.saturating_sub(columns_of(&numbers));
        match room {
            0..12 => cut(&numbers, width),
            12..40 => format!("{}  {numbers}", cut(&self.title(), room - 2)),
            _ => {
                let title = cut(&self.title(), (room - 4) / 2);
                let bar = self.bar((room - columns_of(&title) - 4 - 2).min(40));
                format!("{title}  [{bar}]  {numbers}")
            }
        }
    }

    /// A whole sentence, for logs.
    fn sentence(&self) -> String {
        if self.phase != Phase::Sending {
            return self.waiting();
        }
        format!("{}: {}", self.title(), self.numbers().join(", "))
    }

    fn waiting(&self) -> String {
        let seconds = clock(self.in_phase);
        match self.phase {
            Phase::Connecting => format!("connecting  {seconds}"),
            Phase::Sending | Phase::Waiting => format!("waiting for the answer  {seconds}"),
            Phase::Receiving => format!("receiving the answer  {seconds}"),
        }
    }

    /// The name, and which one of how many it is.
    fn title(&self) -> String {
        let name = terminal::escape(self.name.as_bytes());
        if self.contents > 1 {
            format!("{}/{} {name}", self.number, self.contents)
        } else {
            name
        }
    }

    /// The figures, the most important first.
    fn numbers(&self) -> Vec<String> {
        let mut numbers = Vec::new();
        if let Some(total) = self.total {
            numbers.push(format!("{:>2} %", self.percent(total)));
            numbers.push(format!("{} of {}", size(self.accepted), size(total)));
        } else {
            numbers.push(size(self.accepted));
        }
        if let Some(rate) = self.rate.filter(|rate| *rate > 0) {
            numbers.push(format!("{}/s", size(rate)));
            if let Some(total) = self.total {
                let left = Duration::from_secs(total.saturating_sub(self.accepted).div_ceil(rate));
                numbers.push(format!("{} left", clock(left)));
            }
        }
        numbers
    }

    /// Whole percent, 99 at the most: the rest is the server's to say.
    fn percent(&self, total: u64) -> u64 {
        let exact = u128::from(self.accepted) * 100 / u128::from(total.max(1));
        u64::try_from(exact).map_or(99, |percent| percent.min(99))
    }

    /// As many of the figures as fit.
    fn numbers_within(&self, width: usize) -> String {
        let mut line = String::new();
        for number in self.numbers() {
            let longer = if line.is_empty() {
                number
            } else {
                format!("{line}  {number}")
            };
            if columns_of(&longer) > width {
                break;
            }
            line = longer;
        }
        line
    }

    fn bar(&self, width: usize) -> String {
        match self.total {
            Some(total) => {
                let fraction = to_float(self.accepted) / to_float(total.max(1));
                let filled = (0..width)
                    .filter(|column| {
                        to_float(*column as u64 + 1) <= fraction * to_float(width as u64)
                    })
                    .count();
                format!("{}{}", "=".repeat(filled), " ".repeat(width - filled))
            }
            None => moving_bar(width, self.tick),
        }
    }
}

/// Something that goes to and fro.
fn moving_bar(width: usize, tick: usize) -> String {
    const MARK: &str = "<=>";
    let Some(room) = width.checked_sub(MARK.len()).filter(|room| *room > 0) else {
        return " ".repeat(width);
    };
    let step = tick % (2 * room);
    let before = step.min(2 * room - step);
    format!("{}{MARK}{}", " ".repeat(before), " ".repeat(room - before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str) -> View<'_> {
        View {
            phase: Phase::Sending,
            name,
            number: 1,
            contents: 3,
            accepted: 60 << 20,
            total: Some(120 << 20),
            rate: Some(12 << 20),
            in_phase: Duration::from_secs(3),
            tick: 0,
        }
    }

    #[test]
    fn a_line_fits_whatever_the_width() {
        let names = [
            "a",
            "a much longer name than anybody would want.tar.gz",
            "日本語の名前.png",
        ];
        for name in names {
            for total in [Some(120 << 20), None] {
                for width in 0..250 {
                    let view = View {
                        total,
                        ..view(name)
                    };
                    assert!(
                        columns_of(&view.line(width)) <= width,
                        "{width}: {}",
                        view.line(width)
                    );
                }
            }
        }
    }

    #[test]
    fn a_line_says_more_where_there_is_room() {
        let full = "50 %  60.0 MiB of 120.0 MiB  12.0 MiB/s  5 s left";
        for (width, line) in [
            (4, String::from("50 %")),
            (19, String::from("1/3 photo.jpg  50 %")),
            (28, String::from("50 %  60.0 MiB of 120.0 MiB")),
            (66, format!("1/3 photo.jpg  {full}")),
            (
                199,
                format!(
                    "1/3 photo.jpg  [{}{}]  {full}",
                    "=".repeat(20),
                    " ".repeat(20)
                ),
            ),
        ] {
            assert_eq!(view("photo.jpg").line(width), line, "{width}");
        }
    }

    #[test]
    fn a_hundred_percent_is_the_servers_to_say() {
        let view = View {
            accepted: 120 << 20,
            ..view("a")
        };
        assert!(view.line(80).contains("99 %"), "{}", view.line(80));
        let waiting = View {
            phase: Phase::Waiting,
            ..view
        };
        assert_eq!(waiting.line(80), "waiting for the answer  3 s");
        assert_eq!(waiting.line(10), "waiting f…");
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        let view = View {
            accepted: 0,
            total: Some(0),
            rate: None,
            ..view("a")
        };
        assert!(view.line(80).contains(" 0 %"));
        assert_eq!(moving_bar(0, 7), "");
        assert_eq!(moving_bar(3, 7), "   ");
    }

    #[test]
    fn the_moving_bar_goes_to_and_fro() {
        let bars: Vec<_> = (0..5).map(|tick| moving_bar(5, tick)).collect();
        assert_eq!(bars, ["<=>  ", " <=> ", "  <=>", " <=> ", "<=>  "]);
    }
}
