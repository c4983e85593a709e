//! What it costs to have a body weighed, and what compressing one takes: the program with and without, in turns.
//!
//! ```console
//! $ cargo bench --bench treatment            # 2 GiB weighed, 1 GiB compressed, 5 rounds
//! $ cargo bench --bench treatment -- 512 3   # 512 MiB and 256 MiB, 3 rounds
//! ```
//!
//! The server reads and throws away on the same machine, and so takes one core of it; over a real network there is more time
//! for everything. What is weighed is a sparse file; what is compressed has words in it, as a log has.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

/// The numbers it was given.
mod arguments;
/// What a program takes.
mod measure;
/// A server that throws away.
mod sink;

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use measure::{Job, Spread};
use sink::Manner;

fn main() -> Result<(), Box<dyn Error>> {
    if measure::is_measuring()? {
        return Ok(());
    }
    let [mebibytes, rounds] = arguments::numbers([2048, 5]);
    let length = (mebibytes as u64) << 20;
    let url = format!("http://{}/", sink::start(Manner::default())?);

    let sparse = tempfile::NamedTempFile::new()?;
    sparse.as_file().set_len(length)?;
    let plain = ["-T", "FILE"];
    let weighed = ["-F", "a=@FILE", "--checksum", "sha256"];
    let whole = ["-T", "FILE", "--checksum", "sha256"];
    compare(sparse.path(), &url, rounds, &[&plain, &whole, &weighed])?;

    let words = tempfile::NamedTempFile::new()?;
    fill(words.as_file(), length / 2)?;
    let (gzip, zstd) = (
        ["-T", "FILE", "--compress", "gzip"],
        ["-T", "FILE", "--compress", "zstd"],
    );
    compare(words.path(), &url, 1, &[&plain, &zstd, &gzip])
}

/// Lines of words in no order.
fn fill(mut file: &fs::File, length: u64) -> io::Result<()> {
    const WORDS: [&str; 8] = [
        "GET", "/index", "200", "upload", "of", "bytes", "from", "host",
    ];
    let mut state = 1_u32;
    let mut left = length;
    while left > 0 {
        let mut block = Vec::with_capacity(1 << 20);
        while block.len() < 1 << 20 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let word = WORDS[(state >> 29) as usize];
            writeln!(block, "{word} {}", state >> 12)?;
        }
        let count = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        file.write_all(&block[..count])?;
        left -= count as u64;
    }
    Ok(())
}

fn compare(path: &Path, url: &str, rounds: usize, ways: &[&[&str]]) -> Result<(), Box<dyn Error>> {
    let path = path.to_str().ok_or("a path that is no text")?;
    let jobs: Vec<Job> = ways
        .iter()
        .map(|way| {
            let words = way.iter().map(|word| word.replace("FILE", path).into());
            Job {
                program: env!("CARGO_BIN_EXE_formpost").into(),
                arguments: words.chain(["-s".into(), url.into()]).collect(),
                ..Job::default()
            }
        })
        .collect();
    // The first round warms up.
    measure::in_turns(&jobs, 1)?;
    let all = measure::in_turns(&jobs, rounds)?;
    let mut first = None;
    for (way, usages) in ways.iter().zip(all) {
        let wall = Spread::of(usages.iter().map(|usage| usage.wall)).ok_or("no rounds")?;
        let peak = Spread::of(usages.iter().map(|usage| usage.peak)).ok_or("no rounds")?;
        println!(
            "{:40} {:.3} s, ratio {:.2}, peak {:.1} MiB",
            way.join(" "),
            wall.median,
            wall.median / *first.get_or_insert(wall.median),
            peak.most
        );
    }
    Ok(())
}
