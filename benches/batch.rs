//! Many small files with `formpost --each`: what a journal costs, what side by side brings on a slow link, and how memory
//! and time grow with the number of files. Beside other clients it stands in the bench `compare`.
//!
//! ```console
//! $ cargo bench --bench batch                # 2,000 files of 10 KiB, 5 rounds; then 1,000 and 100,000 of a few octets
//! $ cargo bench --bench batch -- 500 1       # 500 files, 1 round; then 250 and 25,000
//! ```
//!
//! The server reads and throws away, a thread for each connection. On the slow link it answers 40 ms later, as if the way
//! there and back took so long. Files are in the page cache.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

/// The numbers it was given.
mod arguments;
/// What a program takes.
mod measure;
/// A server that throws away.
mod sink;

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use measure::{Job, Spread};
use sink::Manner;

const LENGTH: usize = 10 * 1024;
const DELAY: Duration = Duration::from_millis(40);

fn main() -> Result<(), Box<dyn Error>> {
    if measure::is_measuring()? {
        return Ok(());
    }
    let [files, rounds] = arguments::numbers([2000, 5]);
    with_journal(files, rounds)?;
    slow_link(files.min(200))?;
    growth(files / 2, files * 50)
}

/// A directory with so many files of that length.
fn filled(files: usize, length: usize) -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let content = vec![b'x'; length];
    for number in 0..files {
        // Not all of them in one directory: that would measure the file system.
        let inner = folder.path().join(format!("{:03}", number / 1000));
        if number % 1000 == 0 {
            fs::create_dir(&inner)?;
        }
        fs::write(inner.join(format!("{number}.bin")), &content)?;
    }
    Ok(folder)
}

fn with_journal(files: usize, rounds: usize) -> Result<(), Box<dyn Error>> {
    let folder = filled(files, LENGTH)?;
    let url = format!("http://{}/", sink::start(Manner::default())?);
    let mut all = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        // A new one in each round: what is done in it is not sent again.
        let journal = folder.path().join(format!("journal-{round}"));
        let journal = journal.to_string_lossy();
        let jobs = [
            job(folder.path(), &url, &["-j", "4"]),
            job(folder.path(), &url, &["-j", "4", "--journal", &journal]),
        ];
        for (walls, usages) in all.iter_mut().zip(measure::in_turns(&jobs, 1)?) {
            walls.extend(usages.iter().map(|usage| usage.wall));
        }
    }
    let [without, with] =
        all.map(|walls| Spread::of(walls).map_or(f64::NAN, |spread| spread.median));
    println!("{files} files of 10 KiB over loopback, {rounds} rounds in turns");
    println!(
        "without a journal {without:.3} s, with one {with:.3} s, ratio {:.2}",
        with / without
    );
    Ok(())
}

fn slow_link(files: usize) -> Result<(), Box<dyn Error>> {
    let folder = filled(files, LENGTH)?;
    let address = sink::start(Manner {
        delay: DELAY,
        ..Manner::default()
    })?;
    let url = format!("http://{address}/");
    let one = measure::run(&job(folder.path(), &url, &["-j", "1"]))?.wall;
    let many = measure::run(&job(folder.path(), &url, &["-j", "16"]))?.wall;
    println!("{files} files, 40 ms there and back: -j1 {one:.3} s, -j16 {many:.3} s");
    println!("-j1 / -j16: {:.1}", one / many);
    Ok(())
}

fn growth(few: usize, many: usize) -> Result<(), Box<dyn Error>> {
    let url = format!("http://{}/", sink::start(Manner::default())?);
    let mut each = Vec::new();
    for files in [few, many] {
        let folder = filled(files, 8)?;
        let usage = measure::run(&job(folder.path(), &url, &["-j", "4"]))?;
        let per_file = usage.wall * 1e6 / to_float(files);
        println!(
            "{files} files of 8 bytes: {:.2} s, {per_file:.1} µs a file, peak {:.1} MiB",
            usage.wall, usage.peak
        );
        each.push(per_file);
    }
    println!("time a file, many / few: {:.2}", each[1] / each[0]);
    Ok(())
}

fn job(folder: &Path, url: &str, more: &[&str]) -> Job {
    let words = ["--each", "-r", "-s", "--include", "*.bin"];
    let words = words.iter().chain(more).chain([&url]);
    Job {
        program: env!("CARGO_BIN_EXE_formpost").into(),
        arguments: words.map(Into::into).chain([folder.into()]).collect(),
        ..Job::default()
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with one decimal")]
fn to_float(number: usize) -> f64 {
    number as f64
}
