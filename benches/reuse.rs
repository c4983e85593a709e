//! What keeping the connection saves: many small uploads in a row over loopback, each over a connection of its own, all over
//! one that is kept, and the same number over bare sockets in both ways, in turns.
//!
//! ```console
//! $ cargo bench --bench reuse              # 2,000 uploads of 10 KiB, 9 rounds
//! $ cargo bench --bench reuse -- 500 15    # 500 uploads, 15 rounds
//! ```
//!
//! The server reads and throws away, a thread for each connection. The file is read from the page cache every time.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

/// The numbers it was given.
mod arguments;
/// What is sent.
mod form;
/// A server that throws away.
mod sink;

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use formpost::send::{Client, Connection};
use sink::Manner;

const LENGTH: u64 = 10 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let [uploads, rounds] = arguments::numbers([2000, 9]);

    let file = tempfile::NamedTempFile::new()?;
    file.as_file().set_len(LENGTH)?;
    let address = sink::start(Manner::default())?;
    let keep = Some(Duration::from_secs(4));

    let mut all: [Vec<Duration>; 4] = Default::default();
    for round in 0..=rounds {
        let times = [
            upload(address, file.path(), uploads, keep)?,
            upload(address, file.path(), uploads, None)?,
            bare(address, file.path(), uploads, true)?,
            bare(address, file.path(), uploads, false)?,
        ];
        // The first round warms up.
        if round > 0 {
            all.iter_mut()
                .zip(times)
                .for_each(|(all, time)| all.push(time));
        }
    }
    println!("{uploads} uploads of 10 KiB over loopback, {rounds} rounds in turns");
    let names = ["kept", "own", "bare, kept", "bare, own"];
    for (name, times) in names.iter().zip(&mut all) {
        times.sort();
        println!(
            "{name:10} median {:.3} s, {:.3} to {:.3} s",
            middle(times).as_secs_f64(),
            times[0].as_secs_f64(),
            times[times.len() - 1].as_secs_f64()
        );
    }
    let [kept, own] = [&all[0], &all[1]].map(|times| middle(times).as_secs_f64());
    println!("own / kept: {:.2}", own / kept);
    Ok(())
}

fn middle(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}

fn upload(
    address: SocketAddr,
    path: &Path,
    uploads: usize,
    keep_alive: Option<Duration>,
) -> Result<Duration, Box<dyn Error>> {
    let url = format!("http://{address}/");
    let began = Instant::now();
    let client = Client::new(Connection {
        keep_alive,
        ..Connection::default()
    });
    for _ in 0..uploads {
        let (head, framing, mut body) = form::request(&url, path)?;
        let mut response = client.send(&head, framing, &mut body)?;
        assert_eq!(response.status(), 200);
        io::copy(response.body(), &mut io::sink())?;
    }
    Ok(began.elapsed())
}

/// The same octets without a client: what reading the file and writing to the socket cost.
fn bare(
    address: SocketAddr,
    path: &Path,
    uploads: usize,
    keeps: bool,
) -> Result<Duration, Box<dyn Error>> {
    let url = format!("http://{address}/");
    let began = Instant::now();
    let mut kept = None;
    for _ in 0..uploads {
        let (head, framing, mut body) = form::request(&url, path)?;
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => TcpStream::connect(address)?,
        };
        stream.set_nodelay(true)?;
        let mut octets = head.to_bytes(framing);
        body.read_to_end(&mut octets)?;
        stream.write_all(&octets)?;
        let mut answer = [0; 38];
        stream.read_exact(&mut answer)?;
        kept = keeps.then_some(stream);
    }
    Ok(began.elapsed())
}
