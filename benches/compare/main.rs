//! The same work by formpost and by what it stands beside: curl, xh, HTTPie, and bare clients as the floor.
//!
//! ```console
//! $ cargo bench --bench compare             # 2 GiB, 5 rounds
//! $ cargo bench --bench compare -- 64 1     # 64 MiB, 1 round: whether it runs
//! $ cargo bench --bench compare -- bar tls  # these rows alone
//! ```
//!
//! All take turns, and the ratios of medians are the figures; the times are the machine's. What is not on the `PATH` is
//! named and left out. The server is in this process: it throws away what it reads, without TLS in the kernel. Everything
//! is in the page cache. The table is also written to `target/bench/compare.json`, and drawn in `target/bench/compare.svg`;
//! with `BLESS=1` that becomes the picture in `docs/`, if it is of all rows in full.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

/// The numbers it was given.
#[path = "../arguments/mod.rs"]
mod arguments;
/// What has to come out.
mod bars;
/// The picture of it.
mod chart;
/// Who is compared.
mod clients;
/// The least that it takes.
mod floor;
/// What a program takes.
#[path = "../measure/mod.rs"]
mod measure;
/// The work.
mod rows;
/// A server that throws away.
#[path = "../sink/mod.rs"]
mod sink;

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Serialize;

use bars::Bar;
use clients::Clients;
use rows::{Bench, Key, Measure, Row};

/// How long the large file is, in MiB, and how many rounds there are.
const USUAL: [usize; 2] = [2048, 5];

/// What one run of the bench found.
#[derive(Serialize)]
struct Outcome {
    machine: String,
    versions: Vec<String>,
    rows: Vec<Row>,
    bars: Vec<Bar>,
}

fn main() -> Result<(), Box<dyn Error>> {
    if measure::is_measuring()? || floor::is_floor()? {
        return Ok(());
    }
    let [mebibytes, rounds] = arguments::numbers(USUAL);
    // `cargo bench` says so itself, in an option of its own.
    let names = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-') && argument.parse::<usize>().is_err());
    let names: Vec<String> = names.collect();
    let is_whole = [mebibytes, rounds] == USUAL && names.is_empty();
    let keys: Vec<Key> = if names.is_empty() {
        Key::ALL.to_vec()
    } else {
        let keys = names
            .iter()
            .map(|name| serde_json::from_value(name.as_str().into()));
        keys.collect::<Result<_, _>>()?
    };

    let clients = Clients::find()?;
    println!("{}; {}", machine(), clients.versions.join(", "));
    for name in &clients.missing {
        println!("{name}: left out, not found");
    }
    let bench = Bench::new(clients, mebibytes as u64, rounds)?;
    let mut rows = Vec::new();
    for key in keys {
        let row = bench.row(key)?;
        print(&row);
        rows.push(row);
    }
    println!();
    let bars = bars::all(&rows);
    for bar in &bars {
        println!("{bar}");
    }
    let outcome = Outcome {
        machine: machine(),
        versions: bench.clients.versions,
        rows,
        bars,
    };
    save(&outcome, is_whole && is_blessing())
}

/// A row as a table: medians, the spread of the times, and how each compares with the first.
fn print(row: &Row) {
    let runs = row.entries.first().map_or(0, |entry| entry.runs);
    println!("\n{} ({runs} runs)", row.title);
    println!(
        "  {:22}{:>10}{:>18}{:>9}{:>10}{:>8}",
        "", "wall s", "least to most", "CPU s", "peak MiB", "ratio"
    );
    let shown = |entry: &rows::Entry, measure| {
        entry
            .spread(measure)
            .map_or(f64::NAN, |spread| spread.median)
    };
    let first = row
        .entries
        .first()
        .map_or(f64::NAN, |entry| shown(entry, row.shows));
    for entry in &row.entries {
        let Some(wall) = entry.spread(Measure::Wall) else {
            continue;
        };
        print!(
            "  {:22}{:>10.4}{:>18}{:>9.3}{:>10.1}{:>8.2}",
            entry.who,
            wall.median,
            format!("{:.4} to {:.4}", wall.least, wall.most),
            shown(entry, Measure::Cpu),
            shown(entry, Measure::Peak),
            shown(entry, row.shows) / first
        );
        match entry.spread(Measure::Handed) {
            Some(handed) => println!("   {:.1} MiB handed over", handed.median),
            None => println!(),
        }
    }
}

/// What the processor is called, how many there are, and the system.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or(std::env::consts::ARCH, |model| {
        model.trim_start_matches([' ', '\t', ':'])
    });
    format!("{cores} × {model}, {}", std::env::consts::OS)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program's rule, not a bench's"
)]
fn is_blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

fn save(outcome: &Outcome, becomes_picture: bool) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/bench");
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join("compare.json"),
        serde_json::to_vec_pretty(outcome)?,
    )?;
    let chart = chart::draw(&outcome.rows, &outcome.machine, &outcome.versions);
    fs::write(folder.join("compare.svg"), &chart)?;
    if becomes_picture {
        fs::write(root.join("docs/performance.svg"), &chart)?;
    }
    println!("\ntarget/bench/compare.json, target/bench/compare.svg");
    Ok(())
}
