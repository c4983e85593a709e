//! The receiving server, over real sockets: what clients get who are right, wrong, slow or gone.
//!
//! Clients are `TcpStream`s that write bytes as they stand here. No test sleeps in order to wait; each read has a
//! watchdog.

#![cfg(feature = "receive")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

/// The corpus names limits, for both tests of it alike.
#[path = "wire/limits.rs"]
mod limits;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use formpost::multipart::{Boundary, Limits};
use formpost::receive::{
    Destination, Event, Exchange, Fail, Faults, OnExist, Redirect, Reject, Server, ServerError,
    Settings, Stopper, Store, TlsIdentity, TlsIdentityError,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use limits::set_limit;

/// Nothing takes this long.
const WATCHDOG: Duration = Duration::from_secs(30);

// ---------------------------------------------------------------------------------------------
// The server

/// Descriptors are the process's, so who counts them must be alone.
static DESCRIPTORS: RwLock<()> = RwLock::new(());

/// A server in a thread, with a directory. Dropped, it is stopped, and has to end.
struct Serving {
    dir: TempDir,
    address: SocketAddr,
    stopper: Stopper,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
    events: Arc<Events>,
    /// Kept to the end.
    not_alone: Option<RwLockReadGuard<'static, ()>>,
}

#[derive(Default)]
struct Events {
    list: Mutex<Vec<Event>>,
    changed: Condvar,
}

impl Serving {
    fn start() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let guard = DESCRIPTORS.read().unwrap_or_else(PoisonError::into_inner);
        let mut serving = Self::alone(change);
        serving.not_alone = Some(guard);
        serving
    }

    /// For a test that holds the lock itself.
    fn alone(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), OnExist::Rename).unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut settings = Settings::new(listen, Destination::Store(store));
        change(&mut settings);
        let server = Server::bind(settings).unwrap();
        let events = Arc::new(Events::default());
        let seen = Arc::clone(&events);
        Self {
            dir,
            address: server.address(),
            stopper: server.stopper(),
            thread: Some(thread::spawn(move || {
                server.run(move |event| {
                    seen.list.lock().unwrap().push(event);
                    seen.changed.notify_all();
                })
            })),
            events,
            not_alone: None,
        }
    }

    fn faulty(faults: Faults) -> Self {
        Self::with(|settings| settings.faults = faults)
    }

    fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Sends this over a connection of its own, and gives the answer.
    #[track_caller]
    fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut client = self.connect();
        client.send(request);
        client.answer()
    }

    /// Waits until there is such an event.
    #[track_caller]
    fn wait_for<T>(&self, find: impl Fn(&Event) -> Option<T>) -> T {
        let mut list = self.events.list.lock().unwrap();
        let until = Instant::now() + WATCHDOG;
        loop {
            if let Some(found) = list.iter().find_map(&find) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it did not happen; this did: {list:?}");
            list = self.events.changed.wait_timeout(list, left).unwrap().0;
        }
    }

    fn exchanges(&self) -> Vec<Exchange> {
        let list = self.events.list.lock().unwrap();
        let answered = list.iter().filter_map(answered);
        answered.collect()
    }

    /// The names in the directory, sorted.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.dir.path().join(name)).unwrap()
    }

    /// Stops it and waits for its end.
    fn stop(&mut self) {
        self.stopper.stop();
        self.wait();
    }

    /// Waits until it has ended.
    fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stopper.stop();
        let outcome = self.thread.take().map(JoinHandle::join);
        drop(self.not_alone.take());
        if !thread::panicking() {
            assert!(matches!(outcome, None | Some(Ok(Ok(())))));
        }
    }
}

fn answered(event: &Event) -> Option<Exchange> {
    if let Event::Answered(exchange) = event {
        Some(exchange.clone())
    } else {
        None
    }
}

fn lost(event: &Event) -> Option<u64> {
    if let Event::Lost { bytes, .. } = event {
        Some(*bytes)
    } else {
        None
    }
}

// ---------------------------------------------------------------------------------------------
// Clients

/// A client that knows no HTTP but how an answer ends.
struct Client {
    socket: TcpStream,
    /// What was read beyond the last answer.
    rest: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(WATCHDOG)).unwrap();
        socket.set_write_timeout(Some(WATCHDOG)).unwrap();
        let rest = Vec::new();
        Self { socket, rest }
    }

    #[track_caller]
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.socket.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads one final answer, and steps over `100 Continue`.
    #[track_caller]
    fn answer(&mut self) -> Answer {
        loop {
            let answer = self.any_answer();
            if answer.status != 100 {
                return answer;
            }
        }
    }

    #[track_caller]
    fn any_answer(&mut self) -> Answer {
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

    fn read_more(&mut self) -> bool {
        let mut block = [0; 4096];
        let count = self.socket.read(&mut block).unwrap();
        self.rest.extend_from_slice(&block[..count]);
        count > 0
    }

    /// Whether the server says nothing for so long.
    #[track_caller]
    fn hears_nothing_for(&self, moment: Duration) -> bool {
        self.socket.set_read_timeout(Some(moment)).unwrap();
        let heard = self.socket.peek(&mut [0]);
        self.socket.set_read_timeout(Some(WATCHDOG)).unwrap();
        heard
            .is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }

    /// Whether the server has ended the connection, and sent nothing more.
    #[track_caller]
    fn is_at_end(&mut self) -> bool {
        self.rest.is_empty() && !self.read_more()
    }
}

impl Answer {
    #[track_caller]
    fn status(self, expected: u16) -> Self {
        let body = self.body.escape_ascii();
        assert_eq!(self.status, expected, "{}{body}", self.head);
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The `kind` of an error.
    #[track_caller]
    fn kind(&self) -> String {
        self.json()["error"]["kind"].as_str().unwrap().to_owned()
    }
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim())
    })
}

/// A form of one file called `a.bin`.
fn form(content: &[u8]) -> Vec<u8> {
    let head = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\
                Content-Type: application/octet-stream\r\n\r\n";
    [head.as_bytes(), content, b"\r\n--B--\r\n"].concat()
}

/// A request's head, without the empty line.
fn head(more: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\n{more}")
}

/// A request with a length.
fn request(more: &str, body: &[u8]) -> Vec<u8> {
    let head = head(&format!("Content-Length: {}\r\n{more}\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

/// A request in chunks of this many bytes.
fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut request = head("Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for chunk in body.chunks(size) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    request
}

fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Bytes that compress and repeat badly.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

// ---------------------------------------------------------------------------------------------
// What is received

#[test]
fn a_file_is_stored_and_answered_with_its_checksum() {
    let serving = Serving::start();
    let content = noise(3_000_000);
    let body = form(&content);
    let answer = serving.ask(request("", &body)).status(201);

    assert_eq!(answer.header("content-type"), Some("application/json"));
    let path = serving.dir.path().join("a.bin");
    let expected = serde_json::json!({
        "parts": [{
            "name": "file",
            "filename": "a.bin",
            "content_type": "application/octet-stream",
            "headers": [
                ["Content-Disposition", "form-data; name=\"file\"; filename=\"a.bin\""],
                ["Content-Type", "application/octet-stream"],
            ],
            "size": 3_000_000,
            "sha256": sha256(&content),
            "saved_as": path,
        }],
        "bytes": body.len(),
    });
    assert_eq!(answer.json(), expected);
    assert!(serving.file("a.bin") == content);

    let exchange = &serving.exchanges()[0];
    assert_eq!((exchange.status, exchange.bytes), (201, body.len() as u64));
    assert_eq!(exchange.parts[0].saved_as.as_deref(), Some(path.as_path()));
    assert_eq!((exchange.id, exchange.method.as_str()), (1, "POST"));
}

#[test]
fn only_files_are_stored_and_an_unchosen_one_is_none() {
    let serving = Serving::start();
    let body = b"--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n\
        --B\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n\r\n--B--\r\n";
    let json = serving.ask(request("", body)).status(200).json();
    assert_eq!(json["parts"][0]["size"], 5);
    assert_eq!(json["parts"][0]["content_type"], Value::Null);
    assert_eq!(json["parts"][1]["filename"], "");
    assert_eq!(json["parts"][1]["saved_as"], Value::Null);
    assert_eq!(serving.files(), [""; 0]);

    let body = b"--B\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"\"\r\n\r\nx\r\n\
        --B\r\nContent-Disposition: form-data; name=\"empty\"; filename=\"e\"\r\n\r\n\r\n--B--\r\n";
    serving.ask(request("", body)).status(201);
    assert_eq!(serving.files(), ["doc", "e"]);
}

#[test]
fn what_is_discarded_is_measured_all_the_same() {
    let serving = Serving::with(|settings| settings.destination = Destination::Discard);
    let json = serving.ask(request("", &form(b"hello"))).status(200).json();
    assert_eq!(json["parts"][0]["sha256"], sha256(b"hello"));
    assert_eq!(serving.files(), [""; 0]);
}

#[test]
fn a_body_may_come_in_chunks_of_any_size() {
    let serving = Serving::start();
    let content = noise(300);
    for size in (1..70).chain([1000]) {
        let answer = serving.ask(chunked(&form(&content), size)).status(201);
        let json = answer.json();
        assert_eq!(json["parts"][0]["sha256"], sha256(&content), "{size}");
    }
    let mut trailers = chunked(&form(&content), 100);
    trailers.truncate(trailers.len() - 2);
    trailers.extend_from_slice(b"X-Checksum: 1\r\n\r\n");
    serving.ask(trailers).status(201);
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let serving = Serving::start();
    let mut client = serving.connect();
    for _ in 0..3 {
        client.send(request("", &form(b"x")));
        assert_eq!(client.answer().status(201).header("connection"), None);
    }
    // Two at once, and a page between.
    let page = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    client.send([request("", &form(b"y")), page, request("", &form(b"z"))].concat());
    client.answer().status(201);
    let page = client.answer().status(200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    client.answer().status(201);
    assert_eq!(serving.files().len(), 5);
}

#[test]
fn http_1_0_gets_an_answer_and_an_end() {
    let serving = Serving::start();
    let mut client = serving.connect();
    let text = String::from_utf8(request("", &form(b"x"))).unwrap();
    client.send(text.replace("HTTP/1.1", "HTTP/1.0"));
    client.answer().status(201);
    assert!(client.is_at_end());
}

#[test]
fn a_client_may_wait_for_100_continue() {
    let serving = Serving::start();
    let body = form(b"hello");
    let mut client = serving.connect();
    let length = body.len();
    client.send(head(&format!(
        "Content-Length: {length}\r\nExpect: 100-Continue\r\n\r\n"
    )));
    assert_eq!(client.any_answer().status, 100);
    client.send(body);
    assert_eq!(client.any_answer().status(201).status, 201);
}

#[test]
fn nobody_is_told_to_continue_whose_head_is_refused() {
    let serving = Serving::with(|settings| settings.limits.body = Some(10));
    for (more, status) in [
        ("Content-Length: 11\r\nExpect: 100-continue\r\n\r\n", 413),
        ("Content-Length: 11\r\nExpect: foo\r\n\r\n", 417),
        (
            "Content-Length: 11\r\nExpect: 100-continue, foo\r\n\r\n",
            417,
        ),
        (
            "Content-Length: 11\r\nExpect: 100-continue\r\nExpect: foo\r\n\r\n",
            417,
        ),
        ("Content-Length: 9\r\nExpect: foo\r\n\r\n", 417),
    ] {
        let mut client = serving.connect();
        client.send(head(more));
        let answer = client.any_answer().status(status);
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(client.is_at_end(), "{more}");
    }
}

#[test]
fn a_browser_gets_pages() {
    let serving = Serving::start();
    let page = serving.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status(200);
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.body.starts_with(b"<!DOCTYPE html>"));
    let mut client = serving.connect();
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut all = String::new();
    client.socket.read_to_string(&mut all).unwrap();
    assert!(
        all.starts_with("HTTP/1.1 200") && all.ends_with("\r\n\r\n"),
        "{all}"
    );

    let accept = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
    let body = form(b"x");
    let text = String::from_utf8(body).unwrap().replace("a.bin", "<b>.bin");
    let answer = serving.ask(request(accept, text.as_bytes())).status(201);
    let page = String::from_utf8(answer.body).unwrap();
    assert!(
        page.contains("&lt;b&gt;.bin") && !page.contains("<b>"),
        "{page}"
    );
    let answer = serving.ask(request(accept, b"--B")).status(400);
    assert!(answer.body.starts_with(b"<!DOCTYPE html>"));
}

// ---------------------------------------------------------------------------------------------
// What is refused

/// What a `.expect` file of the corpus wants from a server.
struct Expectation {
    boundary: Boundary,
    is_form: bool,
    limits: Limits,
    parts: usize,
    /// The kind, and the offset.
    error: Option<(String, u64)>,
}

impl Expectation {
    fn read(path: &Path) -> Self {
        let mut expectation = Self {
            boundary: Boundary::new("B").unwrap(),
            is_form: true,
            limits: Limits::default(),
            parts: 0,
            error: None,
        };
        for line in fs::read_to_string(path).unwrap().lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["boundary", ..] => {
                    expectation.boundary = line["boundary ".len()..].parse().unwrap();
                }
                ["dialect", _] => expectation.is_form = false,
                ["limit", name, value] => {
                    set_limit(&mut expectation.limits, name, value).expect("a limit");
                }
                ["part", ..] => expectation.parts += 1,
                ["error", kind, "at", offset] => {
                    expectation.error = Some((kind.to_owned(), offset.parse().unwrap()));
                }
                _ => {}
            }
        }
        expectation
    }

    /// 413 for what is too much, 400 for what is wrong.
    fn status(&self) -> Option<u16> {
        let (kind, _) = self.error.as_ref()?;
        let is_too_much = kind.starts_with("too-many-")
            || kind.ends_with("-too-long")
                && !["preamble-too-long", "padding-too-long"].contains(&kind.as_str());
        Some(if is_too_much { 413 } else { 400 })
    }
}

/// All bodies of the corpus with what is expected of them.
fn corpus() -> Vec<(String, Vec<u8>, Expectation)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let folders = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = folders
        .filter(|path| path.is_dir())
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let bodies = files.map(|entry| entry.unwrap().path()).filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "body")
    });
    let case = |path: std::path::PathBuf| {
        let expectation = Expectation::read(&path.with_extension("expect"));
        (
            path.display().to_string(),
            fs::read(&path).unwrap(),
            expectation,
        )
    };
    bodies.map(case).collect()
}

/// Sends a body of the corpus in chunks of this size, and compares the answer.
fn try_case(serving: &Serving, name: &str, body: &[u8], expectation: &Expectation, size: usize) {
    let kind = if expectation.is_form {
        "form-data"
    } else {
        "mixed"
    };
    let boundary = expectation.boundary.parameter();
    let request = [
        format!("multipart/{kind}; boundary={boundary}").as_bytes(),
        &chunked(body, size)[head("").len() - 2..],
    ]
    .concat();
    let request = [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ",
        &request[..],
    ]
    .concat();
    let answer = serving.ask(request);
    if !expectation.is_form {
        answer.status(415);
    } else if let (Some(status), Some((kind, offset))) = (expectation.status(), &expectation.error)
    {
        assert_eq!(
            answer.status,
            status,
            "{name}: {}",
            answer.body.escape_ascii()
        );
        assert_eq!(&answer.kind(), kind, "{name}");
        assert_eq!(answer.json()["error"]["offset"], *offset, "{name}");
    } else {
        assert!(
            matches!(answer.status, 200 | 201),
            "{name}: {}",
            answer.body.escape_ascii()
        );
        let parts = answer.json()["parts"].as_array().unwrap().clone();
        assert_eq!(parts.len(), expectation.parts, "{name}");
        for part in parts.iter().filter(|part| part["saved_as"].is_string()) {
            let content = fs::read(part["saved_as"].as_str().unwrap()).unwrap();
            assert_eq!(sha256(&content), part["sha256"], "{name}");
            fs::remove_file(part["saved_as"].as_str().unwrap()).unwrap();
        }
    }
    assert_eq!(serving.files(), [""; 0], "{name}");
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// No other test of this file has a socket while this guard is there.
fn be_alone() -> RwLockWriteGuard<'static, ()> {
    DESCRIPTORS.write().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn the_corpus_gets_the_status_that_it_deserves_and_leaves_nothing() {
    let _alone = be_alone();
    let before = descriptors();
    let usual = Serving::alone(|_| {});
    let cases = corpus();
    assert!(cases.len() >= 241, "only {} bodies were found", cases.len());
    for (name, body, expectation) in &cases {
        let own = (expectation.limits != Limits::default())
            .then(|| Serving::alone(|settings| settings.limits = expectation.limits.clone()));
        let serving = own.as_ref().unwrap_or(&usual);
        try_case(serving, name, body, expectation, 1 << 20);
        try_case(serving, name, body, expectation, 7);
        // It goes on serving, within its limits.
        let form = b"--B--\r\n";
        let is_too_long = |limit| limit < form.len() as u64;
        let status = match expectation.limits.body {
            Some(limit) if is_too_long(limit) => 413,
            _ => 200,
        };
        serving.ask(request("", form)).status(status);
    }
    drop(usual);
    assert_eq!(descriptors(), before);
}

/// Heads, or what stands in the place of one, and the status.
const REFUSED: &[(&str, u16)] = &[
    (
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("Transfer-Encoding: identity\r\n\r\n", 400),
    ("Transfer-Encoding: chunked, identity\r\n\r\n", 400),
    ("Transfer-Encoding: gzip, chunked\r\n\r\n", 400),
    ("Transfer-Encoding: xchunked\r\n\r\n", 400),
    (
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    ("Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400),
    ("Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
    ("Content-Length: 5, 5\r\n\r\n", 400),
    ("Content-Length: +5\r\n\r\n", 400),
    ("Content-Length: -1\r\n\r\n", 400),
    ("Content-Length: 0x10\r\n\r\n", 400),
    ("Content-Length: \r\n\r\n", 400),
    ("Content-Length: 99999999999999999999\r\n\r\n", 400),
    ("A: b\r\n c\r\nContent-Length: 5\r\n\r\n", 400),
    ("Content-Length : 5\r\n\r\n", 400),
    ("A: b\nContent-Length: 5\r\n\r\n", 400),
    ("A b\r\n\r\n", 400),
    ("A: b\0\r\n\r\n", 400),
    ("Expect: foo\r\nContent-Length: 5\r\n\r\n", 417),
    ("Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", 415),
    (
        "Content-Type: multipart/form-data; boundary=C\r\nContent-Length: 5\r\n\r\n",
        400,
    ),
    (
        "Sec-Fetch-Site: cross-site\r\nContent-Length: 5\r\n\r\n",
        403,
    ),
    ("Origin: http://b\r\nContent-Length: 5\r\n\r\n", 403),
    ("Origin: null\r\nContent-Length: 5\r\n\r\n", 403),
    // Chunks (RFC 9112, section 7.1).
    (
        "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
        400,
    ),
    ("Transfer-Encoding: chunked\r\n\r\n0x10\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n+5\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n-5\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n5\n12345\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n5\r\n12345678", 400),
    ("Transfer-Encoding: chunked\r\n\r\n0\r\n", 400),
    ("Transfer-Encoding: chunked\r\n\r\n", 400),
];

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let serving = Serving::start();
    for (more, status) in REFUSED {
        let mut client = serving.connect();
        client.send(head(more));
        client.socket.shutdown(Shutdown::Write).unwrap();
        let answer = client.answer();
        assert_eq!(answer.status, *status, "{more:?}: {}", answer.head);
        assert!(client.is_at_end(), "{more:?}");
    }
    serving
        .ask(request("Origin: http://a\r\n", b"--B--\r\n"))
        .status(200);
    assert_eq!(serving.files(), [""; 0]);
}

/// Requests that hyper alone takes, each with a whole form.
const TAKEN_BY_HYPER: &[&str] = &[
    "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n--B--\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n7\r\n--B--\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: gzip, chunked\r\n\r\n7\r\n--B--\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n--B--\r\n\r\n0\r\n\r\n",
    "Content-Length: 7\r\nContent-Length: 7\r\n\r\n--B--\r\n",
    "Content-Length: 7\n\r\n--B--\r\n",
    "Content-Length: 7\r\n\n--B--\r\n",
];

#[test]
fn what_hyper_would_take_is_refused_behind_another_request_too() {
    let serving = Serving::start();
    for text in TAKEN_BY_HYPER {
        let mut client = serving.connect();
        client.send([request("", b"--B--\r\n"), head(text).into_bytes()].concat());
        client.answer().status(200);
        assert_eq!(
            client.answer().status(400).kind(),
            "ambiguous-head",
            "{text:?}"
        );
        client.socket.shutdown(Shutdown::Write).unwrap();
        assert!(client.is_at_end(), "{text:?}");
    }
}

#[test]
fn a_head_is_refused_for_its_first_line_or_its_type() {
    let serving = Serving::start();
    for (text, status) in [
        ("DELETE / HTTP/1.1\r\n\r\n", 405),
        ("OPTIONS * HTTP/1.1\r\n\r\n", 405),
        ("GET /elsewhere HTTP/1.1\r\n\r\n", 404),
        ("POST / HTTP/1.1\r\n\r\n", 415),
        (
            "PUT /a.bin HTTP/1.1\r\nContent-Type: image/png\r\n\r\n",
            415,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n",
            415,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/form-data\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B; boundary=C\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\n\r\n",
            400,
        ),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("POST / HTTP/3.0\r\n\r\n", 400),
        ("hello\r\n\r\n", 400),
        ("\x16\x03\x01\x02\0\x01\0\x01", 400),
    ] {
        let mut client = serving.connect();
        client.send(text);
        client.answer().status(status);
    }
    let answer = serving.ask("DELETE / HTTP/1.1\r\n\r\n");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, POST, PUT"));
    let multipart = request("", &form(b"x"));
    let put = String::from_utf8(multipart)
        .unwrap()
        .replace("POST / ", "PUT /b/c?d ");
    serving.ask(put).status(201);
}

#[test]
fn a_head_without_end_is_refused() {
    let serving = Serving::start();
    let long_target = format!("POST /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
    let long_header = head(&format!("A: {}\r\n\r\n", "a".repeat(1 << 20)));
    let many_headers = head(&format!("{}\r\n", "A: b\r\n".repeat(101)));
    for text in [long_target, long_header, many_headers] {
        let answer = serving.ask(text);
        assert!(matches!(answer.status, 414 | 431), "{}", answer.head);
    }
    // hyper counts what it has in its buffer, and takes one that came at once and is a little longer.
    for length in [65_000, 66_000, 70_000, 80_000] {
        let header = format!("A: {}\r\n", "a".repeat(length));
        let expected = if length < 65_536 { 201 } else { 431 };
        serving.ask(request(&header, &form(b"x"))).status(expected);
    }
}

#[test]
fn a_body_that_is_shorter_than_it_says_leaves_nothing() {
    let serving = Serving::start();
    let mut client = serving.connect();
    let body = form(&noise(100_000));
    client.send(head("Content-Length: 200000\r\n\r\n"));
    client.send(&body);
    client.socket.shutdown(Shutdown::Write).unwrap();
    let answer = client.answer().status(400);
    assert_eq!(answer.kind(), "incomplete-body");
    assert_eq!(serving.files(), [""; 0]);
}

#[test]
fn a_body_that_is_longer_than_it_says_is_another_request() {
    let serving = Serving::start();
    let mut client = serving.connect();
    client.send([request("", b"--B--\r\n"), b"garbage\r\n\r\n".to_vec()].concat());
    client.answer().status(200);
    client.answer().status(400);
    assert!(client.is_at_end());
}

#[test]
fn a_client_that_goes_leaves_nothing() {
    let serving = Serving::start();
    let mut client = serving.connect();
    client.send(head("Content-Length: 2000000\r\n\r\n"));
    client.send(&form(&noise(1_000_000))[..900_000]);
    serving.wait_for(|event| {
        let is_all = matches!(event, Event::Received { bytes: 900_000, .. });
        is_all.then_some(())
    });
    assert_eq!(serving.files().len(), 1);
    drop(client);
    serving
        .wait_for(|event| lost(event).or_else(|| answered(event).map(|exchange| exchange.bytes)));
    assert_eq!(serving.files(), [""; 0]);
    serving.ask(request("", &form(b"x"))).status(201);
}

#[test]
fn tiny_parts_by_the_hundred_thousand_are_too_many() {
    let serving = Serving::start();
    let part = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
    let body = format!("{}--B--\r\n", part.repeat(100_000));
    let answer = serving.ask(request("", body.as_bytes())).status(413);
    assert_eq!(answer.kind(), "too-many-parts");
}

#[test]
fn only_allowed_fields_are_taken() {
    let serving = Serving::with(|settings| {
        settings.allowed_fields = vec![String::from("doc"), String::from("file")];
    });
    serving.ask(request("", &form(b"x"))).status(201);
    let text = String::from_utf8(form(b"x"))
        .unwrap()
        .replace("\"file\"", "\"other\"");
    let answer = serving.ask(request("", text.as_bytes())).status(400);
    assert_eq!(answer.kind(), "field-not-allowed");
    assert_eq!(serving.files(), ["a.bin"]);
}

#[test]
fn a_taken_name_is_a_conflict_if_names_may_not_change() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::with(|settings| {
        let store = Store::open(dir.path(), OnExist::Error).unwrap();
        settings.destination = Destination::Store(store);
    });
    serving.ask(request("", &form(b"1"))).status(201);
    let answer = serving.ask(request("", &form(b"2"))).status(409);
    assert_eq!(answer.kind(), "file-exists");
    assert_eq!(fs::read(dir.path().join("a.bin")).unwrap(), b"1");
}

#[test]
fn a_token_lets_in_and_nothing_else_does() {
    let serving = Serving::with(|settings| settings.token = Some(String::from("a b/c")));
    for more in [
        "",
        "Authorization: Bearer a b/d\r\n",
        "Authorization: Basic a b/c\r\n",
    ] {
        let answer = serving.ask(request(more, &form(b"x"))).status(401);
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .starts_with("Bearer")
        );
    }
    serving.ask("GET / HTTP/1.1\r\n\r\n").status(401);
    serving
        .ask("GET /?token=a%20b HTTP/1.1\r\n\r\n")
        .status(401);
    assert_eq!(serving.files(), [""; 0]);

    serving
        .ask("GET /?token=a%20b/c HTTP/1.1\r\n\r\n")
        .status(200);
    serving
        .ask(request("Authorization: bearer a b/c\r\n", &form(b"x")))
        .status(201);
    let by_query = String::from_utf8(request("Origin: http://b\r\n", &form(b"x"))).unwrap();
    let by_query = by_query.replace("POST / ", "POST /up?x=1&token=a%20b%2Fc ");
    serving.ask(by_query).status(201);
    assert_eq!(serving.exchanges().last().unwrap().target, "/up?x=1");
}

// ---------------------------------------------------------------------------------------------
// Time and numbers

#[test]
fn slow_heads_and_bodies_time_out() {
    let serving = Serving::with(|settings| settings.idle = Duration::from_millis(300));
    // A byte now and then does not help a head.
    let mut client = serving.connect();
    client
        .socket
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let mut answer = Vec::new();
    for byte in head("Content-Length: 5\r\n\r\n").bytes().cycle() {
        let _ = client.socket.write_all(&[byte]);
        let mut block = [0; 1024];
        match client.socket.read(&mut block) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&block[..count]),
            Err(error) => assert!(matches!(
                error.kind(),
                ErrorKind::WouldBlock | ErrorKind::TimedOut
            )),
        }
    }
    let text = String::from_utf8(answer).unwrap();
    assert!(text.starts_with("HTTP/1.1 408"), "{text}");

    let mut client = serving.connect();
    client.send(head("Content-Length: 1000\r\n\r\n"));
    client.send(&form(b"x")[..20]);
    assert_eq!(client.answer().status(408).kind(), "timed-out");
    assert_eq!(serving.files(), [""; 0]);

    // A connection on which nothing was asked is closed without a word.
    let mut client = serving.connect();
    assert!(client.is_at_end());
}

#[test]
fn two_hundred_clients_are_served_at_once() {
    let serving = Serving::start();
    let content = noise(50_000);
    let body = form(&content);
    let mut clients: Vec<_> = (0..200).map(|_| serving.connect()).collect();
    for client in &mut clients {
        client.send(head(&format!("Content-Length: {}\r\n\r\n", body.len())));
        client.send(&body[..30_000]);
    }
    for client in &mut clients {
        client.send(&body[30_000..]);
    }
    let answers: Vec<_> = clients.iter_mut().map(Client::answer).collect();
    for answer in answers {
        let json = answer.status(201).json();
        let path = json["parts"][0]["saved_as"].as_str().unwrap();
        assert!(fs::read(path).unwrap() == content);
    }
    assert_eq!(serving.files().len(), 200);
}

#[test]
fn more_connections_than_allowed_wait() {
    let serving = Serving::with(|settings| settings.connections = 1);
    let mut first = serving.connect();
    first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    first.answer().status(200);
    let mut second = serving.connect();
    second.send(request("", &form(b"x")));
    assert!(second.hears_nothing_for(Duration::from_millis(200)));
    drop(first);
    second.answer().status(201);
}

#[test]
fn a_count_of_uploads_ends_it() {
    let mut serving = Serving::with(|settings| settings.count = Some(2));
    serving.ask("GET / HTTP/1.1\r\n\r\n").status(200);
    serving.ask("POST / HTTP/1.1\r\n\r\n").status(415);
    serving.ask(request("", &form(b"1"))).status(201);
    serving.ask(request("", b"--B")).status(400);
    serving.wait();
    assert!(TcpStream::connect(serving.address).is_err());
}

#[test]
fn a_stopped_server_finishes_what_is_in_flight() {
    let mut serving = Serving::start();
    let content = noise(500_000);
    let body = form(&content);
    let mut client = serving.connect();
    client.send(head(&format!("Content-Length: {}\r\n\r\n", body.len())));
    client.send(&body[..100_000]);
    serving.wait_for(|event| matches!(event, Event::Begun { .. }).then_some(()));
    let mut idle = serving.connect();
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    idle.answer().status(200);
    serving.stopper.stop();
    assert!(idle.is_at_end());
    client.send(&body[100_000..]);
    client.answer().status(201);
    assert!(client.is_at_end());
    serving.stop();
    assert!(serving.file("a.bin") == content);
}

#[test]
fn an_aborted_server_ends_at_once_and_leaves_nothing() {
    let mut serving = Serving::start();
    let mut client = serving.connect();
    client.send(head("Content-Length: 1000000\r\n\r\n"));
    client.send(&form(&noise(1_000_000))[..100_000]);
    serving.wait_for(|event| matches!(event, Event::Received { bytes: 100_000, .. }).then_some(()));
    assert_eq!(serving.files().len(), 1);
    let began = Instant::now();
    serving.stopper.stop();
    serving.stopper.abort();
    serving.wait();
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(serving.files(), [""; 0]);
    assert_eq!(serving.wait_for(lost), 100_000);
}

// ---------------------------------------------------------------------------------------------
// Faults

/// Sends all, as Python's `http.client` does, and only then looks for the answer.
#[track_caller]
fn send_all_then_read(serving: &Serving, body: &[u8]) -> Answer {
    serving.ask(request("", body))
}

#[test]
fn a_rejected_client_gets_its_answer_fifty_times_of_fifty() {
    let serving = Serving::faulty(Faults {
        reject: Some(Reject {
            status: 413,
            after: 0,
        }),
        ..Faults::default()
    });
    let body = form(&vec![b'x'; 30_000_000]);
    for _ in 0..50 {
        assert_eq!(
            send_all_then_read(&serving, &body).status(413).kind(),
            "rejected"
        );
    }
    assert_eq!(serving.files(), [""; 0]);
}

#[test]
fn a_rejection_may_wait_for_bytes_or_the_end() {
    for (after, body) in [(1_000_000, 3_000_000), (1_000_000, 10)] {
        let serving = Serving::faulty(Faults {
            reject: Some(Reject { status: 500, after }),
            ..Faults::default()
        });
        let body = form(&vec![b'x'; body]);
        serving.ask(request("", &body)).status(500);
        let bytes = serving.exchanges()[0].bytes;
        assert!(bytes >= after.min(body.len() as u64), "{bytes}");
        assert_eq!(serving.files(), [""; 0]);
    }
}

#[test]
fn the_first_ones_fail() {
    let serving = Serving::faulty(Faults {
        fail: Some(Fail {
            status: 503,
            times: 2,
        }),
        ..Faults::default()
    });
    for status in [503, 503, 201, 201] {
        serving.ask(request("", &form(b"x"))).status(status);
    }
    assert_eq!(serving.files(), ["a (1).bin", "a.bin"]);
}

#[test]
fn a_redirection_says_where() {
    let redirect = Redirect {
        status: 307,
        location: String::from("http://127.0.0.1:1/x"),
    };
    let serving = Serving::faulty(Faults {
        redirect: Some(redirect),
        ..Faults::default()
    });
    let answer = serving.ask(request("", &form(b"x"))).status(307);
    assert_eq!(answer.header("location"), Some("http://127.0.0.1:1/x"));
}

#[test]
fn a_reset_is_one() {
    let serving = Serving::faulty(Faults {
        reset_after: Some(1000),
        ..Faults::default()
    });
    let mut client = serving.connect();
    // All of it is read, so that nothing but the server's wish resets the connection.
    client.send(head("Content-Length: 5000\r\n\r\n"));
    client.send(&form(&noise(5000))[..1000]);
    let outcome = client.socket.read(&mut [0; 10]);
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(serving.wait_for(lost) >= 1000);
    assert_eq!(serving.files(), [""; 0]);
    // What is shorter goes through.
    serving.ask(request("", &form(b"x"))).status(201);
}

#[test]
fn an_answer_may_be_late_and_a_body_slow() {
    let serving = Serving::faulty(Faults {
        delay: Some(Duration::from_millis(300)),
        slow: Some(1_000_000),
        ..Faults::default()
    });
    let began = Instant::now();
    serving.ask(request("", &form(&noise(500_000)))).status(201);
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(800), "{took:?}");
}

// ---------------------------------------------------------------------------------------------
// TLS

#[test]
fn tls_needs_a_certificate_and_its_key() {
    let ours = rcgen::generate_simple_self_signed([String::from("localhost")]).unwrap();
    let theirs = rcgen::generate_simple_self_signed([String::from("localhost")]).unwrap();
    let pem = |label: &str, der: &[u8]| {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n").into_bytes()
    };
    let certificate = pem("CERTIFICATE", ours.cert.der());
    let key = pem("PRIVATE KEY", &ours.signing_key.serialize_der());
    let other_key = pem("PRIVATE KEY", &theirs.signing_key.serialize_der());

    let refused =
        |certificate: &[u8], key: &[u8]| TlsIdentity::from_pem(certificate, key).unwrap_err();
    assert!(matches!(
        refused(b"", &key),
        TlsIdentityError::NoCertificate
    ));
    assert!(matches!(
        refused(b"-----BEGIN CERTIFICATE-----\n!\n", &key),
        TlsIdentityError::Certificates(_)
    ));
    assert!(matches!(
        refused(&certificate, b""),
        TlsIdentityError::Key(_)
    ));
    assert!(matches!(
        refused(&certificate, &other_key),
        TlsIdentityError::Mismatch(_)
    ));

    let identity = TlsIdentity::from_pem(&certificate, &key).unwrap();
    let serving = Serving::with(|settings| {
        settings.tls = Some(identity);
        settings.faults.reject = Some(Reject {
            status: 413,
            after: 0,
        });
    });
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ours.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, serving.connect().socket);
    // The answer is there for who reads it only at the end.
    stream
        .write_all(&request("", &form(&vec![b'x'; 10_000_000])))
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn an_address_that_is_taken_is_told() {
    let serving = Serving::start();
    let settings = Settings::new(serving.address, Destination::Discard);
    let error = Server::bind(settings).unwrap_err();
    assert!(
        error.to_string().contains(&serving.address.to_string()),
        "{error}"
    );
}
