//! The least that an upload takes: bare clients that read and write, or have the kernel do so, and nothing else.
//!
//! They are processes of their own, as the clients are that they stand beside: this bench again, with another first
//! argument.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;

/// The first argument of such a process.
pub(crate) const FLOOR: &str = "floor";
/// The second: how it goes about it.
pub(crate) const READ_WRITE: &str = "read and write";
pub(crate) const SENDFILE: &str = "sendfile";
pub(crate) const PIPE: &str = "pipe";

/// What was fastest for read and write, and what the kernel sends at once.
const BLOCK: usize = 128 * 1024;
const OPENING: &str = "--floor\r\nContent-Disposition: form-data; name=\"file\"; filename=\"upload.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n";
const CLOSING: &str = "\r\n--floor--\r\n";

/// Whether this process was started as one of them, which has sent its file then.
pub(crate) fn is_floor() -> io::Result<bool> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [first, way, address, path @ ..] = &arguments[..] else {
        return Ok(false);
    };
    if first != FLOOR {
        return Ok(false);
    }
    let address = address.to_str().ok_or_else(wrong)?;
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    match way.to_str() {
        Some(PIPE) => send_pipe(&mut stream, address)?,
        Some(way) => send_file(&mut stream, address, way, path.first().ok_or_else(wrong)?)?,
        None => return Err(wrong()),
    }
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    if &answer == b"HTTP/1.1 200" {
        Ok(true)
    } else {
        Err(io::Error::other("refused"))
    }
}

fn wrong() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}

fn head(address: &str, framing: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: multipart/form-data; boundary=floor\r\n{framing}\r\n\r\n"
    )
}

fn send_file(stream: &mut TcpStream, address: &str, way: &str, path: &OsStr) -> io::Result<()> {
    let mut file = File::open(Path::new(path))?;
    let content = file.metadata()?.len();
    let length = OPENING.len() as u64 + content + CLOSING.len() as u64;
    let head = head(address, &format!("Content-Length: {length}"));
    stream.write_all(format!("{head}{OPENING}").as_bytes())?;
    match way {
        READ_WRITE => {
            let mut block = vec![0; BLOCK];
            loop {
                match file.read(&mut block)? {
                    0 => break,
                    count => stream.write_all(&block[..count])?,
                }
            }
        }
        SENDFILE => sendfile(stream, &file)?,
        _ => return Err(wrong()),
    }
    stream.write_all(CLOSING.as_bytes())
}

#[cfg(target_os = "linux")]
fn sendfile(stream: &TcpStream, file: &File) -> io::Result<()> {
    while rustix::fs::sendfile(stream, file, None, 1 << 30)? > 0 {}
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn sendfile(_: &TcpStream, _: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Standard input, a chunk for each read.
fn send_pipe(stream: &mut TcpStream, address: &str) -> io::Result<()> {
    let head = head(address, "Transfer-Encoding: chunked");
    stream.write_all(format!("{head}{:x}\r\n{OPENING}\r\n", OPENING.len()).as_bytes())?;
    let mut input = io::stdin().lock();
    let mut chunk = vec![0; BLOCK];
    // Room for the line ahead, so that a chunk is one write.
    let ahead = format!("{BLOCK:06x}\r\n").len();
    loop {
        let count = input.read(&mut chunk[ahead..BLOCK - 2])?;
        if count == 0 {
            break;
        }
        chunk[..ahead].copy_from_slice(format!("{count:06x}\r\n").as_bytes());
        chunk[ahead + count..][..2].copy_from_slice(b"\r\n");
        stream.write_all(&chunk[..ahead + count + 2])?;
    }
    stream.write_all(format!("{:x}\r\n{CLOSING}\r\n0\r\n\r\n", CLOSING.len()).as_bytes())
}
