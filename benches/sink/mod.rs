//! A server that reads requests to their ends, throws them away and answers 200, a thread for each connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Starts one that answers so much later, as if the way there and back took so long.
pub(crate) fn start(delay: Duration) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream?;
            thread::spawn(move || serve(&stream, delay));
        }
        io::Result::Ok(())
    });
    Ok(address)
}

fn serve(mut stream: &TcpStream, delay: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::with_capacity(64 * 1024, stream);
    loop {
        let mut length = 0;
        let mut is_chunked = false;
        loop {
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(digits) = line.strip_prefix("content-length:") {
                length = digits.trim().parse().map_err(io::Error::other)?;
            }
            is_chunked |= line == "transfer-encoding: chunked";
            if line.is_empty() {
                break;
            }
        }
        if is_chunked {
            skip_chunks(&mut input)?;
        } else {
            skip(&mut input, length)?;
        }
        thread::sleep(delay);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
}

fn skip(input: &mut impl Read, length: u64) -> io::Result<()> {
    io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
    Ok(())
}

fn skip_chunks(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        // The line end behind each, and behind the last the empty line that ends them.
        skip(input, length + 2)?;
        if length == 0 {
            return Ok(());
        }
    }
}
