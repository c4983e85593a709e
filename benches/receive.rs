//! An upload by curl to `formpost receive`, beside a bare `cat >file` behind a socket and other programs that receive files,
//! each to the same disk, in turns.
//!
//! ```console
//! $ cargo bench --bench receive             # 2 GiB, 5 rounds
//! $ cargo bench --bench receive -- 64 1     # 64 MiB, 1 round: whether it runs
//! ```
//!
//! The time is curl's, from its start until it has its answer. The file comes out of the page cache and goes to the disk
//! under `target/`. What is not on the `PATH` is named and left out. With so many bytes on their way to a disk, its own pace
//! is part of every figure: that of `cat` is what it would take without a server.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

/// The numbers it was given.
mod arguments;
/// What a program takes.
mod measure;

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use measure::{Job, Spread};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bars: at most so many times `cat`, and faster than the others.
const BAR: f64 = 1.25;

fn main() -> Result<(), Box<dyn Error>> {
    if measure::is_measuring()? {
        return Ok(());
    }
    let [mebibytes, rounds] = arguments::numbers([2048, 5]);
    let length = (mebibytes as u64) << 20;

    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    fs::create_dir_all(&target)?;
    let folder = tempfile::tempdir_in(target)?;
    // A hidden one is refused by some.
    let sent = tempfile::Builder::new().prefix("sent").tempfile()?;
    sent.as_file().set_len(length)?;
    io::copy(&mut sent.reopen()?, &mut io::sink())?;
    let receivers = receivers(folder.path())?;
    let mut all = vec![Vec::new(); receivers.len()];
    for round in 0..=rounds {
        for (receiver, walls) in receivers.iter().zip(&mut all) {
            let job = receiver.upload(sent.path());
            let usages = measure::in_turns(&[job], 1)?;
            let received = take_away(&receiver.folder)?;
            if received < length {
                return Err(format!("{} kept {received} bytes", receiver.name).into());
            }
            // The first round warms up.
            if round > 0 {
                walls.extend(usages.iter().flatten().map(|usage| usage.wall));
            }
        }
    }
    println!("{mebibytes} MiB to a disk, {rounds} rounds in turns");
    judge(&receivers, &all);
    Ok(())
}

/// Prints what they took, and how it compares.
fn judge(receivers: &[Receiver], all: &[Vec<f64>]) {
    let mut medians = Vec::new();
    for (receiver, walls) in receivers.iter().zip(all) {
        let Some(spread) = Spread::of(walls.iter().copied()) else {
            continue;
        };
        let first = *medians.first().unwrap_or(&spread.median);
        medians.push(spread.median);
        println!(
            "{:18} median {:.3} s, {:.3} to {:.3} s, {:.2} × {}",
            receiver.name,
            spread.median,
            spread.least,
            spread.most,
            spread.median / first,
            receivers[0].name
        );
    }
    let [cat, own, others @ ..] = &medians[..] else {
        return;
    };
    let ratio = own / cat;
    let verdict = if ratio <= BAR {
        "met".into()
    } else {
        format!("MISSED by {:.0} %", (ratio / BAR - 1.0) * 100.0)
    };
    println!("formpost / cat: {ratio:.2}, at most {BAR}: {verdict}");
    let names = receivers.iter().skip(2).map(|receiver| receiver.name);
    for (name, other) in names.zip(others) {
        let verdict = if own < other { "met" } else { "MISSED" };
        println!(
            "formpost / {name}: {:.2}, less than 1: {verdict}",
            own / other
        );
    }
}

/// A program that receives, while it runs.
struct Receiver {
    name: &'static str,
    folder: PathBuf,
    url: String,
    fields: &'static [&'static str],
    process: Option<Child>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Receiver {
    fn upload(&self, sent: &Path) -> Job {
        let mut arguments = vec!["-s".into(), "-S".into(), "-f".into()];
        let (last, fields) = self.fields.split_last().unwrap_or((&"file", &[]));
        for field in fields {
            arguments.extend(["-F".into(), field.into()]);
        }
        let mut form = std::ffi::OsString::from(format!("{last}=@"));
        form.push(sent);
        arguments.extend(["-F".into(), form, self.url.clone().into()]);
        Job {
            program: "curl".into(),
            arguments,
            ..Job::default()
        }
    }
}

/// A program that receives files: how it is told to, and how they are sent to it.
struct Program {
    command: &'static str,
    name: &'static str,
    /// With `PORT` and `FOLDER` where these belong.
    words: &'static [&'static str],
    path: &'static str,
    /// The fields ahead of the file, and the file's.
    fields: &'static [&'static str],
}

const PROGRAMS: [Program; 4] = [
    Program {
        command: env!("CARGO_BIN_EXE_formpost"),
        name: "formpost receive",
        words: &[
            "receive",
            "-s",
            "--listen",
            "127.0.0.1:PORT",
            "-d",
            "FOLDER",
        ],
        path: "",
        fields: &["file"],
    },
    Program {
        command: "uploadserver",
        name: "uploadserver",
        words: &["-b", "127.0.0.1", "-d", "FOLDER", "PORT"],
        path: "upload",
        fields: &["files"],
    },
    Program {
        command: "miniserve",
        name: "miniserve",
        words: &["-q", "-u", "-i", "127.0.0.1", "-p", "PORT", "FOLDER"],
        path: "upload?path=/",
        fields: &["path"],
    },
    Program {
        command: "copyparty",
        name: "copyparty",
        words: &["-q", "-i", "127.0.0.1", "-p", "PORT", "-v", "FOLDER::rw"],
        path: "",
        fields: &["act=bput", "f"],
    },
];

/// `cat`, formpost, and the others that are here.
fn receivers(folder: &Path) -> io::Result<Vec<Receiver>> {
    let mut receivers = vec![cat(&inside(folder, "cat")?)?];
    for program in &PROGRAMS {
        match program.start(&inside(folder, program.name)?) {
            Ok(receiver) => receivers.push(receiver),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                println!("{}: left out, not found", program.name);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(receivers)
}

impl Program {
    fn start(&self, folder: &Path) -> io::Result<Receiver> {
        let address = free_address()?;
        let (port, place) = (address.port().to_string(), folder.display().to_string());
        let words = self
            .words
            .iter()
            .map(|word| word.replace("PORT", &port).replace("FOLDER", &place));
        let process = Command::new(self.command)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let receiver = Receiver {
            name: self.name,
            folder: folder.to_owned(),
            url: format!("http://{address}/{}", self.path),
            fields: self.fields,
            process: Some(process),
        };
        wait_for(address)?;
        Ok(receiver)
    }
}

fn inside(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = folder.join(name);
    fs::create_dir(&folder)?;
    Ok(folder)
}

/// One that nobody listens at.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn wait_for(address: SocketAddr) -> io::Result<()> {
    let began = Instant::now();
    while let Err(error) = TcpStream::connect(address) {
        if began.elapsed() > PATIENCE {
            return Err(error);
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Removes what has been received, and says how much it was.
fn take_away(folder: &Path) -> io::Result<u64> {
    let mut length = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            length += entry.metadata()?.len();
            fs::remove_file(entry.path())?;
        }
    }
    Ok(length)
}

/// A socket whose bodies go through `cat` into a file, part heads and all. It has its answer as soon as the file is as long
/// as the body.
fn cat(folder: &Path) -> io::Result<Receiver> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    let path = folder.join("received");
    thread::spawn(move || {
        for stream in listener.incoming() {
            take_with_cat(&stream?, &path)?;
        }
        io::Result::Ok(())
    });
    Ok(Receiver {
        name: "cat",
        folder: folder.to_owned(),
        url,
        fields: &["file"],
        process: None,
    })
}

fn take_with_cat(mut stream: &TcpStream, path: &Path) -> io::Result<()> {
    // Octet by octet: what stands behind the head is for `cat`.
    let mut head = BufReader::with_capacity(1, stream);
    let (mut length, mut expects) = (0, false);
    loop {
        let mut line = String::new();
        head.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(digits) = line.strip_prefix("content-length:") {
            length = digits.trim().parse().map_err(io::Error::other)?;
        }
        expects |= line == "expect: 100-continue";
        if line.is_empty() {
            break;
        }
    }
    if expects {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let file = File::create(path)?;
    let mut cat = Command::new("cat")
        .stdin(std::os::fd::OwnedFd::from(stream.try_clone()?))
        .stdout(file.try_clone()?)
        .spawn()?;
    while file.metadata()?.len() < length {
        thread::sleep(Duration::from_millis(1));
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    // It ends when curl has closed.
    cat.wait()?;
    Ok(())
}
