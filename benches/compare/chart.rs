//! The picture: a panel for each row, a bar for each client, and beside it the figure and how it compares with formpost's.

use svg::Document;
use svg::node::element::{Group, Rectangle, Style, Text};

use crate::rows::{Key, Measure, Row};

const WIDTH: f64 = 880.0;
const MARGIN: f64 = 20.0;
const COLUMNS: usize = 2;
const PANEL: f64 = (WIDTH - MARGIN) / 2.0;
/// The width of the names, and of the figures behind the longest bar.
const NAMES: f64 = 128.0;
const FIGURES: f64 = 118.0;
const LINE: f64 = 20.0;
const TITLE: f64 = 30.0;

/// Colours for a light page, and for a dark one.
const STYLE: &str = "
svg { font: 12px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 13px; }
.note { fill: #57606a; font-size: 11px; }
.bar { fill: #9aa4af; }
.floor { fill: #d0d7de; }
.own { fill: #d9480f; }
@media (prefers-color-scheme: dark) {
svg { fill: #e6edf3; }
.note { fill: #8b949e; }
.bar { fill: #6e7681; }
.floor { fill: #373e47; }
.own { fill: #f76707; }
}
";

/// All panels, with the machine and the versions below.
pub(crate) fn draw(rows: &[Row], machine: &str, versions: &[String]) -> String {
    let panels: Vec<(&Row, Measure)> = rows.iter().flat_map(panels).collect();
    let mut document = Document::new().add(Style::new(STYLE));
    let mut top = MARGIN;
    for pair in panels.chunks(COLUMNS) {
        let mut left = MARGIN;
        for (row, measure) in pair {
            let place = format!("translate({left} {top})");
            document = document.add(panel(row, *measure).set("transform", place));
            left += PANEL;
        }
        let lines = pair.iter().map(|(row, _)| row.entries.len()).max();
        let lines = lines.unwrap_or(0);
        top += height(lines);
    }
    for note in [
        "Shorter is better. n × is so many times the first. Medians of runs that took turns; loopback, page cache, a server that throws away.".to_owned(),
        format!("{machine}. {}.", versions.join(", ")),
    ] {
        document = document.add(Text::new(note).set("class", "note").set("x", MARGIN).set("y", top));
        top += 16.0;
    }
    document
        .set("viewBox", (0, 0, WIDTH, top))
        .set("width", WIDTH)
        .set("height", top)
        .set("role", "img")
        .set(
            "aria-label",
            "Uploads by formpost, curl, xh and HTTPie compared",
        )
        .to_string()
}

fn height(lines: usize) -> f64 {
    (0..lines).fold(TITLE + MARGIN, |height, _| height + LINE)
}

/// What is drawn of a row: what it is there for, and of the first the memory as well.
fn panels(row: &Row) -> Vec<(&Row, Measure)> {
    let mut panels = Vec::new();
    // On a terminal all are equally long.
    if row.key != Key::Bar {
        panels.push((row, row.shows));
    }
    if row.key == Key::Plain {
        panels.push((row, Measure::Peak));
    }
    panels
}

fn panel(row: &Row, measure: Measure) -> Group {
    let title = format!("{}: {}", row.title, unit(measure));
    let mut panel = Group::new().add(Text::new(title).set("class", "title").set("y", 12));
    let medians: Vec<(&str, f64)> = row
        .entries
        .iter()
        .filter_map(|entry| Some((entry.who.as_str(), entry.spread(measure)?.median)))
        .collect();
    let longest = medians
        .iter()
        .fold(0.0, |most: f64, (_, median)| most.max(*median));
    let own = medians.first().map_or(f64::NAN, |(_, median)| *median);
    let mut top = TITLE;
    for (position, (who, median)) in medians.iter().enumerate() {
        let class = match position {
            0 => "own",
            _ if who.starts_with("floor") => "floor",
            _ => "bar",
        };
        let length = (median / longest * (PANEL - MARGIN - NAMES - FIGURES)).max(1.0);
        // An em space, which no reader of SVG shortens.
        let ratio = format!("\u{2003}{} ×", three_figures(median / own));
        let ratio = if position > 0 { &ratio } else { "" };
        let figure = format!("{}{ratio}", three_figures(*median));
        let bar = Rectangle::new()
            .set("class", class)
            .set("x", NAMES)
            .set("y", top - 10.0)
            .set("width", format!("{length:.1}"))
            .set("height", 13)
            .set("rx", 2);
        let name = Text::new(*who).set("y", top);
        let figure = Text::new(figure)
            .set("class", "note")
            .set("x", format!("{:.1}", NAMES + length + 6.0))
            .set("y", top);
        panel = panel.add(name).add(bar).add(figure);
        top += LINE;
    }
    panel
}

fn unit(measure: Measure) -> &'static str {
    match measure {
        Measure::Wall | Measure::Cpu => "seconds",
        Measure::Peak => "MiB of memory",
        Measure::Handed => "MiB sent",
    }
}

/// As many decimals as show three figures.
fn three_figures(number: f64) -> String {
    match number.abs() {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        1.0.. => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}
