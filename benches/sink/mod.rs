//! A server that reads requests to their ends, throws them away and answers 200, a thread for each connection.
//!
//! Where the system can be asked to (Linux, and no TLS), what it throws away never leaves the kernel: no server can cost the
//! sender less.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The most that is thrown away at once.
const BLOCK: usize = 1 << 20;

/// What else it does.
#[derive(Clone, Default)]
pub(crate) struct Manner {
    /// How much later it answers, as if the way there and back took so long.
    pub(crate) delay: Duration,
    /// It says nothing to `Expect: 100-continue`, and waits for the body.
    pub(crate) ignores_expect: bool,
    /// It answers 413 as soon as the head is there, and goes on reading.
    pub(crate) refuses: bool,
    /// It speaks TLS.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Who is told how many octets of bodies came over a connection, once it has ended.
    pub(crate) ends: Option<Sender<u64>>,
}

/// Starts one.
pub(crate) fn start(manner: Manner) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream?;
            let manner = manner.clone();
            thread::spawn(move || {
                let mut received = 0;
                // That its client goes away is how a connection ends.
                let _ = Line::accept(stream, &manner)
                    .and_then(|line| serve(line, &manner, &mut received));
                manner.ends.map(|ends| ends.send(received))
            });
        }
        io::Result::Ok(())
    });
    Ok(address)
}

/// A connection, with TLS or without.
enum Line {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Line {
    fn accept(stream: TcpStream, manner: &Manner) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let Some(config) = &manner.tls else {
            return Ok(Self::Plain(stream));
        };
        let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        Ok(Self::Tls(Box::new(StreamOwned::new(connection, stream))))
    }

    /// Throws away what has come, so much at the most.
    fn discard(&mut self, block: &mut [u8]) -> io::Result<usize> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Plain(stream) => {
                use rustix::net::{RecvFlags, recv};
                Ok(recv(stream, block, RecvFlags::TRUNC)?.1)
            }
            #[cfg(not(target_os = "linux"))]
            Self::Plain(stream) => stream.read(block),
            Self::Tls(stream) => stream.read(block),
        }
    }
}

impl Read for Line {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(block),
            Self::Tls(stream) => stream.read(block),
        }
    }
}

impl Write for Line {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(block),
            Self::Tls(stream) => stream.write(block),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// What a request's head says about its body.
#[derive(Default)]
struct Head {
    length: u64,
    is_chunked: bool,
    expects: bool,
}

fn serve(line: Line, manner: &Manner, received: &mut u64) -> io::Result<()> {
    // Small, so that little of a body is read along with a head.
    let mut input = BufReader::with_capacity(4096, line);
    let mut block = vec![0; BLOCK];
    while let Some(head) = read_head(&mut input)? {
        if manner.refuses {
            let answer =
                b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            input.get_mut().write_all(answer)?;
        } else if head.expects && !manner.ignores_expect {
            input
                .get_mut()
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if head.is_chunked {
            skip_chunks(&mut input, &mut block, received)?;
        } else {
            skip(&mut input, head.length, &mut block, received)?;
        }
        if manner.refuses {
            continue;
        }
        thread::sleep(manner.delay);
        let line = input.get_mut();
        line.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
        line.flush()?;
    }
    Ok(())
}

/// `None` if the connection has ended instead.
fn read_head(input: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut head = Head::default();
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(digits) = line.strip_prefix("content-length:") {
            head.length = digits.trim().parse().map_err(io::Error::other)?;
        }
        head.is_chunked |= line == "transfer-encoding: chunked";
        head.expects |= line == "expect: 100-continue";
        if line.is_empty() {
            return Ok(Some(head));
        }
    }
}

fn skip(
    input: &mut BufReader<Line>,
    length: u64,
    block: &mut [u8],
    received: &mut u64,
) -> io::Result<()> {
    let mut left = length;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
        let count = match input.buffer().len().min(most) {
            0 => input.get_mut().discard(&mut block[..most])?,
            buffered => {
                input.consume(buffered);
                buffered
            }
        };
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left -= count as u64;
        *received += count as u64;
    }
    Ok(())
}

fn skip_chunks(
    input: &mut BufReader<Line>,
    block: &mut [u8],
    received: &mut u64,
) -> io::Result<()> {
    loop {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        // The line end behind each, and behind the last the empty line that ends them.
        skip(input, length + 2, block, received)?;
        if length == 0 {
            return Ok(());
        }
    }
}
