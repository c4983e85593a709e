//! What watching the connection for an early answer costs: a file over loopback through the client, and through ureq's
//! own connectors with the same body, in turns.
//!
//! ```console
//! $ cargo bench --bench watch              # 2 GiB, 9 rounds
//! $ cargo bench --bench watch -- 4 15      # 4 GiB, 15 rounds
//! ```
//!
//! The ratio of the medians is the figure; the times themselves are the machine's. The server is a thread that reads and
//! throws away. The file is sparse, so that no disk takes part.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

/// The numbers it was given.
mod arguments;
/// What is sent.
mod form;
/// A server that throws away.
mod sink;

use std::time::{Duration, Instant};

use formpost::send::{Client, Connection};
use sink::Manner;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::TcpConnector;
use ureq::{Agent, SendBody};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [gibibytes, rounds] = arguments::numbers([2, 9]);
    let length = (gibibytes as u64) << 30;

    let file = tempfile::NamedTempFile::new()?;
    file.as_file().set_len(length)?;
    let url = format!("http://{}/", sink::start(Manner::default())?);

    let mut watched = Vec::new();
    let mut plain = Vec::new();
    for round in 0..=rounds {
        let pair = [
            send_watched(&url, file.path())?,
            send_plain(&url, file.path())?,
        ];
        // The first round warms up.
        if round > 0 {
            watched.push(pair[0]);
            plain.push(pair[1]);
        }
    }
    println!(
        "{} GiB over loopback, {rounds} rounds in turns",
        length >> 30
    );
    for (name, times) in [("watched", &mut watched), ("plain", &mut plain)] {
        times.sort();
        println!(
            "{name:8} median {:.3} s, {:.3} to {:.3} s",
            middle(times).as_secs_f64(),
            times[0].as_secs_f64(),
            times[times.len() - 1].as_secs_f64()
        );
    }
    let ratio = middle(&watched).as_secs_f64() / middle(&plain).as_secs_f64();
    println!("watched / plain: {ratio:.3}");
    Ok(())
}

fn middle(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}

fn send_watched(url: &str, path: &std::path::Path) -> Result<Duration, Box<dyn std::error::Error>> {
    let (head, framing, mut body) = form::request(url, path)?;
    let began = Instant::now();
    let response = Client::new(Connection::default()).send(&head, framing, &mut body)?;
    assert_eq!(response.status(), 200);
    Ok(began.elapsed())
}

fn send_plain(url: &str, path: &std::path::Path) -> Result<Duration, Box<dyn std::error::Error>> {
    let (head, framing, mut body) = form::request(url, path)?;
    let began = Instant::now();
    let config = Agent::config_builder()
        .output_buffer_size(128 * 1024)
        .build();
    let agent = Agent::with_parts(config, TcpConnector::default(), DefaultResolver::default());
    let mut request = ureq::http::Request::builder().method("POST").uri(url);
    for header in head.headers(framing) {
        request = request.header(header.name(), header.value());
    }
    let response = agent.run(request.body(SendBody::from_reader(&mut body))?)?;
    assert_eq!(response.status(), 200);
    Ok(began.elapsed())
}
