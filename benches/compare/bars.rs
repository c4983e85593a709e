//! The bars: what has to come out, as ratios of what was measured in one run.

use serde::Serialize;

use crate::rows::{Key, Measure, Row};

/// One thing that has to come out.
#[derive(Debug, Serialize)]
pub(crate) struct Bar {
    what: &'static str,
    /// `None` if one of the two was left out.
    figure: Option<f64>,
    limit: Limit,
    /// By how much of the limit it is missed; less than 0 if it is met.
    excess: Option<f64>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

use Limit::{AtLeast, AtMost};

const FLOOR: &str = "floor: read, write";
const OWN: &str = "formpost";
const CURL: &str = "curl";

/// What is judged.
#[derive(Clone, Copy)]
enum Figure {
    /// One median divided by another.
    Ratio(Key, Measure, &'static str, &'static str),
    /// A median.
    Of(Key, Measure, &'static str),
}

use Figure::{Of, Ratio};
use Key::{Bar as OnTerminal, Many, Pipe, Plain, Refused, Small, Tls};
use Measure::{Cpu, Handed, Peak, Wall};

const BARS: [(&str, Figure, Limit); 17] = [
    (
        "plain, wall: formpost / floor",
        Ratio(Plain, Wall, OWN, FLOOR),
        AtMost(1.08),
    ),
    (
        "plain, wall: formpost / curl",
        Ratio(Plain, Wall, OWN, CURL),
        AtMost(0.97),
    ),
    (
        "wall: bar / no bar",
        Ratio(OnTerminal, Wall, "formpost, bar", "formpost, no bar"),
        AtMost(1.03),
    ),
    (
        "from a pipe, wall: formpost / floor",
        Ratio(Pipe, Wall, OWN, FLOOR),
        AtMost(1.15),
    ),
    (
        "from a pipe, wall: formpost / curl",
        Ratio(Pipe, Wall, OWN, CURL),
        AtMost(0.8),
    ),
    (
        "TLS, processor: formpost / curl",
        Ratio(Tls, Cpu, OWN, CURL),
        AtMost(0.7),
    ),
    (
        "peak memory in MiB, plain",
        Of(Plain, Peak, OWN),
        AtMost(8.0),
    ),
    (
        "peak memory in MiB, with the bar",
        Of(OnTerminal, Peak, "formpost, bar"),
        AtMost(8.0),
    ),
    (
        "peak memory in MiB, from a pipe",
        Of(Pipe, Peak, OWN),
        AtMost(8.0),
    ),
    (
        "peak memory in MiB, 1 KiB",
        Of(Small, Peak, OWN),
        AtMost(8.0),
    ),
    ("peak memory in MiB, TLS", Of(Tls, Peak, OWN), AtMost(12.0)),
    (
        "1 KiB, wall: formpost / curl",
        Ratio(Small, Wall, OWN, CURL),
        AtMost(0.6),
    ),
    (
        "1 KiB, wall: formpost / xh",
        Ratio(Small, Wall, OWN, "xh"),
        AtMost(0.6),
    ),
    (
        "many, wall: xargs curl / formpost",
        Ratio(Many, Wall, "xargs -P4 curl", "formpost --each -j4"),
        AtLeast(20.0),
    ),
    (
        "many, wall: formpost / curl -K",
        Ratio(Many, Wall, "formpost --each -j4", "one curl -K"),
        AtMost(1.2),
    ),
    (
        "413 at once: seconds until the exit",
        Of(Refused, Wall, OWN),
        AtMost(0.1),
    ),
    (
        "413 at once: MiB handed over",
        Of(Refused, Handed, OWN),
        AtMost(8.0),
    ),
];

/// All of them.
pub(crate) fn all(rows: &[Row]) -> Vec<Bar> {
    let figure = |figure| match figure {
        Ratio(key, measure, who, other) => {
            Some(median(rows, key, measure, who)? / median(rows, key, measure, other)?)
        }
        Of(key, measure, who) => median(rows, key, measure, who),
    };
    BARS.into_iter()
        .map(|(what, of, limit)| Bar {
            what,
            figure: figure(of),
            limit,
            excess: figure(of).map(|figure| match limit {
                AtMost(limit) => figure / limit - 1.0,
                AtLeast(limit) => limit / figure - 1.0,
            }),
        })
        .collect()
}

fn median(rows: &[Row], key: Key, measure: Measure, who: &str) -> Option<f64> {
    let row = rows.iter().find(|row| row.key == key)?;
    let entry = row.entries.iter().find(|entry| entry.who == who)?;
    Some(entry.spread(measure)?.median)
}

impl std::fmt::Display for Bar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, limit) = match self.limit {
            AtMost(limit) => ("≤", limit),
            AtLeast(limit) => ("≥", limit),
        };
        let Some((figure, excess)) = self.figure.zip(self.excess) else {
            return write!(f, "{:42} {:>8}  {sign} {limit:<5} left out", self.what, "");
        };
        write!(f, "{:42} {figure:>8.3}  {sign} {limit:<5} ", self.what)?;
        if excess <= 0.0 {
            f.write_str("met")
        } else {
            write!(f, "MISSED by {:.0} %", (excess * 100.0).ceil())
        }
    }
}
