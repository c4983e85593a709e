//! A server that takes forms with one file each over connections that it keeps, and writes down what it was sent.
//!
//! What it does about a file is a script's to say, by the file's name.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// How long it waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What it answers to the upload of that file, the `usize` being how often the file has come before.
type Script = Box<dyn Fn(&str, usize) -> Reply + Send + Sync>;

/// An answer.
pub(crate) enum Reply {
    /// These octets.
    Octets(String),
    /// That, and the connection is closed.
    ThenHangUp(String),
    /// None: the connection is closed.
    HangUp,
}

impl Reply {
    /// An answer that leaves the connection open.
    pub(crate) fn status(status: &str, fields: &str, body: &str) -> Self {
        let length = body.len();
        Self::Octets(format!(
            "HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n\r\n{body}"
        ))
    }
}

/// What it was sent.
#[derive(Default)]
pub(crate) struct Log {
    /// How often the whole body of each file has come.
    pub(crate) files: HashMap<String, usize>,
    /// The heads of all requests that were whole.
    pub(crate) heads: Vec<String>,
    /// Whole bodies, all in all.
    pub(crate) received: usize,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    log: Mutex<Log>,
    changed: Condvar,
    connections: AtomicUsize,
    script: Script,
}

impl Server {
    pub(crate) fn new(script: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            log: Mutex::default(),
            changed: Condvar::new(),
            connections: AtomicUsize::new(0),
            script: Box::new(script),
        });
        let kept = shared.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                kept.connections.fetch_add(1, Ordering::Relaxed);
                let shared = kept.clone();
                thread::spawn(move || shared.serve(&connection));
            }
        });
        Self { address, shared }
    }

    /// One that is content with everything.
    pub(crate) fn content() -> Self {
        Self::new(|_, _| Reply::status("201 Created", "", "kept\n"))
    }

    /// One that answers nobody until what it gives with itself is dropped, and everybody from then on.
    pub(crate) fn holding() -> (Self, Sender<()>) {
        let (let_go, held) = mpsc::channel();
        let held = Mutex::new(held);
        let server = Self::new(move |_, _| {
            let _ = held.lock().unwrap().recv();
            Reply::status("200 OK", "", "")
        });
        (server, let_go)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.shared.log.lock().unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Waits until so many whole bodies have come; `false` if they do not.
    pub(crate) fn wait_for(&self, received: usize) -> bool {
        let log = self.log();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(log, PATIENCE, |log| log.received < received);
        let (log, _) = waited.unwrap();
        log.received >= received
    }
}

impl Shared {
    /// Whatever goes wrong with a connection is its end.
    fn serve(&self, connection: &TcpStream) {
        let mut reader = BufReader::new(connection);
        while let Some((head, body)) = request(&mut reader) {
            let name = filename(&body);
            let before = {
                let mut log = self.log.lock().unwrap();
                log.received += 1;
                log.heads.push(head);
                let count = log.files.entry(name.clone()).or_default();
                *count += 1;
                *count - 1
            };
            self.changed.notify_all();
            let reply = (self.script)(&name, before);
            let (octets, is_last) = match reply {
                Reply::Octets(octets) => (octets, false),
                Reply::ThenHangUp(octets) => (octets, true),
                Reply::HangUp => (String::new(), true),
            };
            let mut writer = connection;
            if writer.write_all(octets.as_bytes()).is_err() || is_last {
                return;
            }
        }
    }
}

/// A request that is whole.
fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn filename(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let name = text.split("filename=\"").nth(1);
    let name = name.and_then(|rest| rest.split('"').next());
    name.unwrap_or_default().to_owned()
}
