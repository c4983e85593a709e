//! Many small files: `formpost --each` beside a curl for each file and one curl for all, on a slow link, and how memory and
//! time grow with the number of files.
//!
//! ```console
//! $ cargo bench --bench batch                # 2,000 files of 10 KiB, 3 rounds; then 1,000 and 100,000 of a few octets
//! $ cargo bench --bench batch -- 500 1       # 500 files, 1 round; then 250 and 25,000
//! ```
//!
//! The server reads and throws away, a thread for each connection. On the slow link it answers 40 ms later, as if the way
//! there and back took so long. Files are in the page cache; curl is left out where there is none.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

/// A server that throws away.
mod sink;

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const LENGTH: usize = 10 * 1024;
const DELAY: Duration = Duration::from_millis(40);

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` says so itself, in an argument of its own.
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse().ok())
        .collect();
    let files = *numbers.first().unwrap_or(&2000);
    let rounds = *numbers.get(1).unwrap_or(&3);
    side_by_side(files, rounds)?;
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

fn side_by_side(files: usize, rounds: usize) -> Result<(), Box<dyn Error>> {
    let folder = filled(files, LENGTH)?;
    let url = format!("http://{}/", sink::start(Duration::ZERO)?);
    let config = folder.path().join("config");
    fs::write(&config, curl_config(folder.path(), files, &url))?;
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    let mut all: [Vec<f64>; 4] = Default::default();
    for _ in 0..rounds {
        all[0].push(seconds(|| formpost(folder.path(), &url, &["-j", "4"]))?);
        all[1].push(seconds(|| {
            let journal = folder.path().join("journal");
            let _ = fs::remove_file(&journal);
            let journal = journal.to_string_lossy();
            formpost(folder.path(), &url, &["-j", "4", "--journal", &journal])
        })?);
        if has_curl {
            all[2].push(seconds(|| {
                let curl = ["-s", "-o", "/dev/null", "-K"];
                quiet(Command::new("curl").args(curl).arg(&config))
            })?);
            all[3].push(seconds(|| {
                let each = format!(
                    "find . -name '*.bin' -print0 | xargs -0 -P4 -I{{}} curl -s -o /dev/null -F file=@{{}} {url}"
                );
                quiet(Command::new("sh").args(["-c", &each]).current_dir(folder.path()))
            })?);
        }
    }
    println!("{files} files of 10 KiB over loopback, {rounds} rounds in turns");
    let names = [
        "formpost --each -j4",
        "the same, --journal",
        "one curl -K",
        "xargs -P4 curl",
    ];
    let medians: Vec<Option<f64>> = all.iter_mut().map(|times| median(times)).collect();
    for (name, median) in names.iter().zip(&medians) {
        match median {
            Some(median) => println!("{name:20} median {median:.3} s"),
            None => println!("{name:20} left out: no curl"),
        }
    }
    if let [Some(own), Some(journal), Some(one), Some(each)] = medians[..] {
        println!("xargs curl / formpost: {:.1}", each / own);
        println!("formpost / curl -K: {:.2}", own / one);
        println!("with a journal / without: {:.2}", journal / own);
    }
    Ok(())
}

fn slow_link(files: usize) -> Result<(), Box<dyn Error>> {
    let folder = filled(files, LENGTH)?;
    let url = format!("http://{}/", sink::start(DELAY)?);
    let one = seconds(|| formpost(folder.path(), &url, &["-j", "1"]))?;
    let many = seconds(|| formpost(folder.path(), &url, &["-j", "16"]))?;
    println!("{files} files, 40 ms there and back: -j1 {one:.3} s, -j16 {many:.3} s");
    println!("-j1 / -j16: {:.1}", one / many);
    Ok(())
}

fn growth(few: usize, many: usize) -> Result<(), Box<dyn Error>> {
    let url = format!("http://{}/", sink::start(Duration::ZERO)?);
    let mut each = Vec::new();
    for files in [few, many] {
        let folder = filled(files, 8)?;
        let mut peak = 0;
        let time = seconds(|| {
            let mut child = command(folder.path(), &url, &["-j", "4"]).spawn()?;
            let status = format!("/proc/{}/status", child.id());
            loop {
                peak = fs::read_to_string(&status).map_or(peak, |text| peak.max(high_water(&text)));
                if let Some(status) = child.try_wait()? {
                    return check(status.success());
                }
                thread::sleep(Duration::from_millis(5));
            }
        })?;
        let per_file = time * 1e6 / to_float(files);
        println!("{files} files of 8 bytes: {time:.2} s, {per_file:.1} µs a file, peak {peak} KiB");
        each.push(per_file);
    }
    println!("time a file, many / few: {:.2}", each[1] / each[0]);
    Ok(())
}

/// Kilobytes, where the system tells.
fn high_water(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.map_or(0, |number| number.parse().unwrap_or(0))
}

fn command(folder: &Path, url: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_formpost"));
    command
        .args(["--each", "-r", "-s", "--include", "*.bin"])
        .args(more)
        .arg(url)
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

fn formpost(folder: &Path, url: &str, more: &[&str]) -> io::Result<()> {
    quiet(&mut command(folder, url, more))
}

fn quiet(command: &mut Command) -> io::Result<()> {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()?;
    check(status.success())
}

fn check(is_done: bool) -> io::Result<()> {
    if is_done {
        Ok(())
    } else {
        Err(io::Error::other("an upload failed"))
    }
}

fn curl_config(folder: &Path, files: usize, url: &str) -> String {
    let folder = folder.display();
    (0..files).fold(String::new(), |mut config, number| {
        let next = if number > 0 { "next\n" } else { "" };
        let path = format!("{folder}/{:03}/{number}.bin", number / 1000);
        let _ = write!(
            config,
            "{next}url = \"{url}\"\nform = \"file=@{path}\"\noutput = /dev/null\nsilent\n"
        );
        config
    })
}

fn seconds(run: impl FnOnce() -> io::Result<()>) -> io::Result<f64> {
    let began = Instant::now();
    run()?;
    Ok(began.elapsed().as_secs_f64())
}

fn median(times: &mut [f64]) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with one decimal")]
fn to_float(number: usize) -> f64 {
    number as f64
}
