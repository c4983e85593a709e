//! How evenly `--limit-rate` sends: the program against a sink on loopback that notes when each octet came.
//!
//! ```console
//! $ cargo bench --bench pace
//! ```
//!
//! Each second's rate is printed, from the first octets on; a body that takes less than that has one rate. It fails when
//! one of them is off by more than a twentieth. That is no test: a machine that has no time for it cannot keep a pace.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

const KIB: u32 = 1024;
const MIB: u32 = 1024 * KIB;

/// What is asked for, what that is in octets a second, and how long the file is.
const RUNS: [(&str, u32, u32); 3] = [
    ("1M", MIB, 10 * MIB),
    ("1M", MIB, 200 * KIB),
    ("64K", 64 * KIB, 200 * KIB),
];

/// How far from the rate is too far.
const TOLERANCE: f64 = 0.05;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut is_even = true;
    for (asked, rate, length) in RUNS {
        println!("--limit-rate {asked}, a file of {} KiB", length / KIB);
        let arrivals = upload(asked, length)?;
        is_even &= judge(&arrivals, f64::from(rate));
    }
    Ok(ExitCode::from(u8::from(!is_even)))
}

/// How many octets had come at a time.
#[derive(Clone, Copy)]
struct Arrival {
    time: Instant,
    total: u32,
}

/// Sends a file of that length, and gives what arrived when.
fn upload(rate: &str, length: u32) -> Result<Vec<Arrival>, Box<dyn Error>> {
    let file = tempfile::NamedTempFile::new()?;
    file.as_file().set_len(u64::from(length))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    let sink = thread::spawn(move || take(&listener.accept()?.0));
    let status = Command::new(env!("CARGO_BIN_EXE_formpost"))
        .args(["--silent", "--show-error", "--limit-rate", rate, &url])
        .arg(file.path())
        .status()?;
    if !status.success() {
        return Err(format!("the upload failed: {status}").into());
    }
    Ok(sink.join().map_err(|_| "the sink failed")??)
}

/// Reads a request, head and body, and answers it.
fn take(stream: &TcpStream) -> io::Result<Vec<Arrival>> {
    let mut input = BufReader::new(stream);
    let (mut left, mut total) = (0, 0);
    loop {
        let mut line = String::new();
        total += input.read_line(&mut line)?;
        if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            left = length.trim().parse().map_err(io::Error::other)?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut arrivals = Vec::new();
    let mut block = vec![0; 64 * 1024];
    while left > 0 {
        let count = input.read(&mut block)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left -= count;
        total += count;
        arrivals.push(Arrival {
            time: Instant::now(),
            total: u32::try_from(total).map_err(io::Error::other)?,
        });
    }
    let mut output = stream;
    output.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    Ok(arrivals)
}

/// Prints each second's rate, and says whether all of them were near enough to what was asked for.
fn judge(arrivals: &[Arrival], rate: f64) -> bool {
    let (first, last) = (arrivals[0], arrivals[arrivals.len() - 1]);
    let took = last.time - first.time;
    let seconds = took.as_secs();
    if seconds == 0 {
        let octets = f64::from(last.total - first.total);
        return is_near("all of it", octets / took.as_secs_f64(), rate);
    }
    let total_after = |seconds| total_at(arrivals, first.time + Duration::from_secs(seconds));
    (1..=seconds).fold(true, |is_even, second| {
        let octets = f64::from(total_after(second) - total_after(second - 1));
        is_even & is_near(&format!("second {second}"), octets, rate)
    })
}

/// How many octets had come by then.
fn total_at(arrivals: &[Arrival], time: Instant) -> u32 {
    let later = arrivals.partition_point(|arrival| arrival.time <= time);
    arrivals[later.saturating_sub(1)].total
}

fn is_near(what: &str, found: f64, rate: f64) -> bool {
    let off = found / rate - 1.0;
    let found = found / f64::from(KIB);
    println!("  {what}: {found:.1} KiB/s, {:+.1} %", off * 100.0);
    off.abs() <= TOLERANCE
}
