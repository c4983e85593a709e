//! What one look at an upload comes to, as a line of whatever width or as a sentence. Pure but for the meter.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use formpost::send::{Meter, Phase};

use crate::app::columns::{columns_of, cut};
use crate::app::terminal;
use crate::app::units::{clock, rate, size, to_float};

/// The rate is the mean of this long.
const WINDOW: Duration = Duration::from_secs(5);

/// A meter, and what only time can tell about it.
pub(super) struct Watch {
    meter: Arc<Meter>,
    contents: Vec<String>,
    total: Option<u64>,
    rates: Rates,
    entered: (Phase, Instant),
}

/// A rate, as the mean of the last seconds.
pub(super) struct Rates(VecDeque<(Instant, u64)>);

impl Rates {
    /// Nothing has gone out yet.
    pub(super) fn since(now: Instant) -> Self {
        Self(VecDeque::from([(now, 0)]))
    }

    /// The rate, so many octets having gone out by now; never fewer than before.
    pub(super) fn at(&mut self, now: Instant, octets: u64) -> Option<u64> {
        self.0.push_back((now, octets));
        while self.0.len() > 2 && now - self.0[1].0 > WINDOW {
            self.0.pop_front();
        }
        let (since, before) = self.0[0];
        rate(octets.saturating_sub(before), now - since)
    }
}

impl Watch {
    pub(super) fn new(meter: Arc<Meter>, contents: Vec<String>, total: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            meter,
            contents,
            total,
            rates: Rates::since(now),
            entered: (Phase::Connecting, now),
        }
    }

    /// Octets of content that have gone out.
    pub(super) fn accepted(&self) -> u64 {
        self.meter.accepted()
    }

    pub(super) fn look(&mut self, tick: usize) -> View<'_> {
        let now = Instant::now();
        let accepted = self.meter.accepted();
        let rate = self.rates.at(now, accepted);
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
            rate,
            in_phase: now - self.entered.1,
            tick,
        }
    }
}

/// One look at an upload.
pub(super) struct View<'a> {
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
    pub(super) fn line(&self, width: usize) -> String {
        if self.phase != Phase::Sending {
            return cut(&self.waiting(), width);
        }
        let numbers = within(&self.numbers(), width);
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

    /// The same for one of many, which is named whatever it is at.
    pub(super) fn line_among_others(&self, width: usize) -> String {
        if self.phase == Phase::Sending {
            self.line(width)
        } else {
            cut(&format!("{}  {}", self.title(), self.waiting()), width)
        }
    }

    /// A whole sentence, for logs.
    pub(super) fn sentence(&self) -> String {
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
        numbers.extend(pace(self.accepted, self.total, self.rate));
        numbers
    }

    /// Whole percent, 99 at the most: the rest is the server's to say.
    fn percent(&self, total: u64) -> u64 {
        let exact = u128::from(self.accepted) * 100 / u128::from(total.max(1));
        u64::try_from(exact).map_or(99, |percent| percent.min(99))
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

/// The rate, if there is one, and how long all will take at it, if it is known how much that is.
pub(super) fn pace(octets: u64, total: Option<u64>, rate: Option<u64>) -> Vec<String> {
    let Some(rate) = rate.filter(|rate| *rate > 0) else {
        return Vec::new();
    };
    let mut figures = vec![format!("{}/s", size(rate))];
    if let Some(total) = total {
        let left = Duration::from_secs(total.saturating_sub(octets).div_ceil(rate));
        figures.push(format!("{} left", clock(left)));
    }
    figures
}

/// As many of the figures as fit, and the beginning of the first if not even that does.
pub(super) fn within(figures: &[String], width: usize) -> String {
    let fits = |count: &usize| columns_of(&figures[..*count].join("  ")) <= width;
    match (1..=figures.len()).rev().find(fits) {
        Some(count) => figures[..count].join("  "),
        None => cut(figures.first().map_or("", String::as_str), width),
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
        assert_eq!(
            waiting.line_among_others(80),
            "1/3 a  waiting for the answer  3 s"
        );
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
