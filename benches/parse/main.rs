//! How quick the parser is: on content that is easy and content that is made to be hard, on very many parts, and fed byte
//! by byte; beside memchr's `memmem`, which only searches, and multer-rs.
//!
//! ```console
//! $ cargo bench --bench parse                  # all, with bodies of 512 MiB: some minutes
//! $ cargo bench --bench parse -- random        # only what has that in its name
//! $ benches/parse/others                       # beside busboy, formidable and python-multipart, and the bars
//! ```
//!
//! A name is made of the body, the length of a slice, and the reader. What `others` says are ratios of what ran in turns;
//! for that it has the bodies written down and read here, by one reader at a time:
//!
//! ```console
//! $ cargo bench --bench parse -- bodies
//! $ cargo bench --bench parse -- write FOLDER BODY MEBIBYTES
//! $ cargo bench --bench parse -- time READER FILE SLICE
//! ```

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

mod bodies;
mod readers;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput};
use multer::bytes::Bytes;

use bodies::{BODIES, Body, Kind, LENGTH};
use readers::{READERS, Reader};

type Failure = Box<dyn std::error::Error>;

const MIB: usize = 1 << 20;
const SLICE: usize = 64 * 1024;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        // `cargo bench` says so itself.
        .filter(|word| *word != "--bench")
        .collect();
    match words[..] {
        ["bodies"] => {
            for (name, _) in BODIES {
                println!("{name}");
            }
            Ok(())
        }
        ["write", folder, body, mebibytes] => write(Path::new(folder), body, mebibytes.parse()?),
        ["time", reader, file, slice] => time(reader, Path::new(file), slice.parse()?),
        _ => measure_all(),
    }
}

/// Writes a body into a file that is called as it is.
fn write(folder: &Path, name: &str, mebibytes: usize) -> Result<(), Failure> {
    let (_, kind) = BODIES
        .into_iter()
        .find(|(other, _)| *other == name)
        .ok_or("no such body")?;
    fs::write(folder.join(name), Body::new(kind, mebibytes * MIB)?.bytes)?;
    Ok(())
}

/// Reads a file once, and says how many seconds that took and how many octets of content there were.
fn time(name: &str, file: &Path, slice: usize) -> Result<(), Failure> {
    let (_, read) = READERS
        .into_iter()
        .find(|(other, _)| *other == name)
        .ok_or("no such reader")?;
    let body = Bytes::from(fs::read(file)?);
    let began = Instant::now();
    let content = read(&body, slice)?;
    let seconds = began.elapsed().as_secs_f64();
    match content {
        Some(content) => println!("{seconds} {content}"),
        None => println!("{seconds}"),
    }
    Ok(())
}

fn measure_all() -> Result<(), Failure> {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for (name, kind) in BODIES {
        measure(&mut criterion, name, kind, LENGTH, SLICE, &READERS)?;
        // An eighth is enough for what takes many times as long, and a search byte by byte is none.
        measure(&mut criterion, name, kind, LENGTH / 8, 1, &READERS[..1])?;
    }
    criterion.final_summary();
    Ok(())
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    kind: Kind,
    length: usize,
    slice: usize,
    readers: &[(&str, Reader)],
) -> Result<(), Failure> {
    let Body { bytes, content } = Body::new(kind, length)?;
    let bytes = Bytes::from(bytes);
    let mut group = criterion.benchmark_group(format!("{name}, slices of {slice}"));
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    let trial = Bytes::from(Body::new(kind, MIB)?.bytes);
    for (reader, read) in readers {
        if let Err(error) = read(&trial, slice) {
            println!("{reader} refuses {name}: {error}");
            continue;
        }
        group.bench_function(*reader, |bencher| {
            bencher.iter(|| {
                let found = read(&bytes, slice).expect("a whole body");
                assert_eq!(found.unwrap_or(content), content, "octets of content");
            });
        });
    }
    group.finish();
    Ok(())
}
