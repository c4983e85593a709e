//! Clients, and what they send.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::WATCHDOG;

/// A client that knows no HTTP but how an answer ends.
pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    /// What was read beyond the last answer.
    pub(crate) rest: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(WATCHDOG)).unwrap();
        socket.set_write_timeout(Some(WATCHDOG)).unwrap();
        let rest = Vec::new();
        Self { socket, rest }
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.socket.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads one final answer, and steps over `100 Continue`.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Answer {
        loop {
            let answer = self.any_answer();
            if answer.status != 100 {
                return answer;
            }
        }
    }

    #[track_caller]
    pub(crate) fn any_answer(&mut self) -> Answer {
        let end = loop {
            if let Some(at) = self.rest.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read_more(), "no answer: {}", self.rest.escape_ascii());
        };
        let head = String::from_utf8(self.rest.drain(..end).collect()).unwrap();
        let length = header(&head, "content-length").map_or(0, |text| text.parse().unwrap());
        while self.rest.len() < length {
            assert!(self.read_more(), "a cut answer: {head}");
        }
        Answer {
            status: head[9..12].parse().unwrap(),
            body: self.rest.drain(..length).collect(),
            head,
        }
    }

    pub(crate) fn read_more(&mut self) -> bool {
        let mut block = [0; 4096];
        let count = self.socket.read(&mut block).unwrap();
        self.rest.extend_from_slice(&block[..count]);
        count > 0
    }

    /// Whether the server says nothing for so long.
    #[track_caller]
    pub(crate) fn hears_nothing_for(&self, moment: Duration) -> bool {
        self.socket.set_read_timeout(Some(moment)).unwrap();
        let heard = self.socket.peek(&mut [0]);
        self.socket.set_read_timeout(Some(WATCHDOG)).unwrap();
        heard
            .is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }

    /// Whether the server has ended the connection, and sent nothing more.
    #[track_caller]
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.rest.is_empty() && !self.read_more()
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn status(self, expected: u16) -> Self {
        let body = self.body.escape_ascii();
        assert_eq!(self.status, expected, "{}{body}", self.head);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The `kind` of an error.
    #[track_caller]
    pub(crate) fn kind(&self) -> String {
        self.json()["error"]["kind"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim())
    })
}

/// A form of one file called `a.bin`.
pub(crate) fn form(content: &[u8]) -> Vec<u8> {
    let head = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\
                Content-Type: application/octet-stream\r\n\r\n";
    [head.as_bytes(), content, b"\r\n--B--\r\n"].concat()
}

/// A request's head, without the empty line.
pub(crate) fn head(more: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\n{more}")
}

/// A request with a length.
pub(crate) fn request(more: &str, body: &[u8]) -> Vec<u8> {
    let head = head(&format!("Content-Length: {}\r\n{more}\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

/// A request in chunks of this many bytes.
pub(crate) fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut request = head("Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for chunk in body.chunks(size) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    request
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Bytes that compress and repeat badly.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}
