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

/// A server that throws away.
mod sink;

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` says so itself, in an argument of its own.
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse().ok())
        .collect();
    let length = numbers.first().unwrap_or(&2048) << 20;
    let rounds = *numbers.get(1).unwrap_or(&5);
    let url = format!("http://{}/", sink::start(Duration::ZERO)?);

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

fn compare(path: &Path, url: &str, rounds: u64, ways: &[&[&str]]) -> Result<(), Box<dyn Error>> {
    let mut all = vec![(Vec::new(), 0); ways.len()];
    for round in 0..=rounds {
        for (way, (times, peak)) in ways.iter().zip(&mut all) {
            let (time, memory) = upload(path, url, way)?;
            // The first round warms up.
            if round > 0 {
                times.push(time);
            }
            *peak = memory.max(*peak);
        }
    }
    let mut first = None;
    for (way, (times, peak)) in ways.iter().zip(&mut all) {
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        let ratio = median / *first.get_or_insert(median);
        println!(
            "{:40} {median:.3} s, ratio {ratio:.2}, peak {peak} KiB",
            way.join(" ")
        );
    }
    Ok(())
}

/// Seconds, and kilobytes where the system tells.
fn upload(path: &Path, url: &str, way: &[&str]) -> Result<(f64, u64), Box<dyn Error>> {
    let path = path.to_str().ok_or("a path that is no text")?;
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_formpost"))
        .args(way.iter().map(|word| word.replace("FILE", path)))
        .args(["-s", url])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(text) = fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let number = line.and_then(|line| line.split_whitespace().next());
            peak = number
                .and_then(|number| number.parse().ok())
                .unwrap_or(peak);
        }
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                return Err("an upload failed".into());
            }
            return Ok((began.elapsed().as_secs_f64(), peak));
        }
        thread::sleep(Duration::from_millis(2));
    }
}
