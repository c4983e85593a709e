//! A server that gives its answers in order and writes down every octet it is sent.
//!
//! ```text
//! let server = Recorder::plain();
//! server.answer(status("503 Busy", "later\n")).answer(status("200 OK", "thanks\n"));
//! … run the program against server.url("/") …
//! let seen = server.finish();
//! ```
//!
//! An answer goes out once the body is whole, unless it says otherwise; then the connection is closed. Whoever asks once
//! more than there are answers gets 599, which nobody takes for something to repeat.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use socket2::SockRef;

use crate::identity::Identity;
use crate::line::Line;
use crate::sandbox::visible;

/// How long a silent peer is waited for: longer than the program is given, so that the program is what is blamed.
const PATIENCE: Duration = Duration::from_secs(60);

// ---------------------------------------------------------------------------------------------
// Answers

/// How much of the body is read before the answer.
#[derive(Clone, Copy, PartialEq)]
enum When {
    /// All of it.
    Whole,
    /// So many octets of it.
    After(u64),
}

/// What becomes of the connection after the answer.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Close,
    Reset,
    /// It stays open, and nothing is said, until the test is over.
    Hold,
}

/// One answer.
#[must_use]
pub(crate) struct Answer {
    octets: Vec<u8>,
    when: When,
    then: Then,
    /// What is done once the body has been read, before the answer.
    hook: Option<Box<dyn FnOnce() + Send>>,
}

/// An answer of that status with that body.
pub(crate) fn status(status: &str, body: &str) -> Answer {
    with_fields(status, &[], body)
}

/// An answer of that status with these fields and that body.
pub(crate) fn with_fields(status: &str, fields: &[&[u8]], body: &str) -> Answer {
    let length = body.len();
    let mut octets =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n")
            .into_bytes();
    for field in fields {
        octets.extend_from_slice(field);
        octets.extend_from_slice(b"\r\n");
    }
    octets.extend_from_slice(b"\r\n");
    octets.extend_from_slice(body.as_bytes());
    Answer {
        octets,
        when: When::Whole,
        then: Then::Close,
        hook: None,
    }
}

/// What a redirection brings along: nothing of it is to be seen when it is followed.
pub(crate) const MOVED: &str = "it has moved\n";

/// A redirection to there.
pub(crate) fn redirection(status: u16, location: impl AsRef<[u8]>) -> Answer {
    let location = [b"Location: ", location.as_ref()].concat();
    with_fields(&format!("{status} Moved"), &[&location], MOVED)
}

/// The connection is closed without a word.
pub(crate) fn nothing() -> Answer {
    Answer {
        octets: Vec::new(),
        ..status("", "")
    }
}

impl Answer {
    /// As soon as so many octets of the body have been read.
    pub(crate) fn after(mut self, octets: u64) -> Self {
        self.when = When::After(octets);
        self
    }

    /// Without its last octets.
    pub(crate) fn cut(mut self, octets: usize) -> Self {
        self.octets.truncate(self.octets.len() - octets);
        self
    }

    /// And then a reset.
    pub(crate) fn reset(mut self) -> Self {
        self.then = Then::Reset;
        self
    }

    /// And then nothing until the test is over.
    pub(crate) fn hold(mut self) -> Self {
        self.then = Then::Hold;
        self
    }

    /// Does something before it goes out.
    pub(crate) fn hook(mut self, hook: impl FnOnce() + Send + 'static) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }
}

// ---------------------------------------------------------------------------------------------
// What it saw

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Request line and fields, with the blank line.
    pub(crate) head: String,
    /// The body, chunks undone, as far as it was read.
    pub(crate) body: Vec<u8>,
    /// Whether it came to the end that its framing promises.
    pub(crate) is_complete: bool,
    /// When the head had come.
    pub(crate) at: SystemTime,
}

impl Request {
    /// `POST /there`.
    pub(crate) fn line(&self) -> &str {
        let line = self.head.lines().next().unwrap_or_default();
        line.strip_suffix(" HTTP/1.1").unwrap_or(line)
    }

    /// The value of a field, by its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1);
        let mut fields = fields.filter_map(|line| line.split_once(':'));
        let field = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.trim())
    }

    pub(crate) fn is_chunked(&self) -> bool {
        self.header("Transfer-Encoding") == Some("chunked")
    }

    /// The boundary that the head names.
    pub(crate) fn boundary(&self) -> &str {
        let content_type = self.header("Content-Type").unwrap_or_default();
        let boundary = content_type.split_once("boundary=").unwrap_or_default().1;
        boundary.trim_matches('"')
    }
}

/// What one server saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Connections, those without a request among them.
    pub(crate) connections: usize,
    pub(crate) requests: Vec<Request>,
}

impl Seen {
    /// The request lines, one after the other.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.requests.iter().map(Request::line).collect()
    }
}

// ---------------------------------------------------------------------------------------------
// The server

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    seen: Seen,
    /// Whose connection means that the test is over.
    caller: Option<SocketAddr>,
    is_over: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    over: Condvar,
    identity: Option<&'static Identity>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Who panicked under the lock has failed the test by that.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server. See the top of this file.
#[must_use]
pub(crate) struct Recorder {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

impl Recorder {
    /// One without TLS.
    pub(crate) fn plain() -> Self {
        Self::at(Ipv4Addr::LOCALHOST, 0, None).unwrap()
    }

    /// One with a certificate that the program is told to trust.
    pub(crate) fn tls() -> Self {
        Self::at(Ipv4Addr::LOCALHOST, 0, Some(Identity::trusted())).unwrap()
    }

    /// One at a certain address.
    ///
    /// # Errors
    /// If somebody else has it.
    pub(crate) fn at(
        address: Ipv4Addr,
        port: u16,
        identity: Option<&'static Identity>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((IpAddr::V4(address), port))?;
        let shared = Arc::new(Shared {
            identity,
            ..Shared::default()
        });
        let theirs = Arc::clone(&shared);
        Ok(Self {
            address: listener.local_addr()?,
            shared,
            listening: Some(thread::spawn(move || accept(&listener, &theirs))),
        })
    }

    /// Adds an answer, to be given after those before it.
    pub(crate) fn answer(&self, answer: Answer) -> &Self {
        self.shared.state().answers.push_back(answer);
        self
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The authority that a request must name as its host.
    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let scheme = self.shared.identity.map_or("http", |_| "https");
        format!("{scheme}://{}{path}", self.address)
    }

    /// What was seen. Call it when the program has ended.
    pub(crate) fn finish(mut self) -> Seen {
        self.stop();
        self.shared.state().seen.clone()
    }

    /// Stops listening, after whoever came before, and waits until all connections are over.
    fn stop(&mut self) {
        let Some(listening) = self.listening.take() else {
            return;
        };
        {
            // Under the lock, so that the listener cannot meet this connection without knowing whose it is.
            let mut state = self.shared.state();
            state.is_over = true;
            self.shared.over.notify_all();
            let call = TcpStream::connect(self.address).unwrap();
            state.caller = Some(call.local_addr().unwrap());
        }
        let is_sound = listening.join().is_ok();
        assert!(
            is_sound || thread::panicking(),
            "a thread of the server panicked"
        );
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            println!("{} saw:", self.url("/"));
            for request in &self.shared.state().seen.requests {
                println!("{}", visible(request.head.as_bytes()));
            }
        }
    }
}

/// Takes connections until the test itself calls, then waits for those that are being served.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut serving = Vec::new();
    loop {
        let (stream, peer) = listener.accept().unwrap();
        {
            let mut state = shared.state();
            if state.caller == Some(peer) {
                break;
            }
            state.seen.connections += 1;
        }
        let shared = Arc::clone(shared);
        serving.push(thread::spawn(move || {
            // A client that goes away is for the test to judge, by what is in the request.
            let _ = serve(stream, &shared);
        }));
    }
    for one in serving {
        one.join().unwrap();
    }
}

/// One connection: one request and its answer.
fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let line = Line::new(stream, shared.identity, PATIENCE)?;
    let mut input = BufReader::with_capacity(64 * 1024, line);
    let head = read_head(&mut input)?;
    let mut request = Request {
        head,
        body: Vec::new(),
        is_complete: false,
        at: SystemTime::now(),
    };
    let (place, answer) = {
        let mut state = shared.state();
        state.seen.requests.push(request.clone());
        let answer = state.answers.pop_front();
        (state.seen.requests.len() - 1, answer)
    };
    let mut answer = answer.unwrap_or_else(|| status("599 Nobody Asked For This", ""));
    let read = read_body(&mut input, &mut request, answer.when);
    request.is_complete = read.unwrap_or(false);
    let goes_on = request.is_complete || answer.when != When::Whole;
    shared.state().seen.requests[place] = request;
    if goes_on {
        if let Some(hook) = answer.hook.take() {
            hook();
        }
        finish(input.into_inner(), shared, &answer)?;
    }
    Ok(())
}

/// Sends the answer and ends the connection.
fn finish(mut line: Line, shared: &Shared, answer: &Answer) -> io::Result<()> {
    line.write_all(&answer.octets)?;
    line.flush()?;
    match answer.then {
        Then::Close => {
            line.say_goodbye();
            if answer.when == When::Whole {
                line.socket().shutdown(Shutdown::Write)?;
                // Whoever closes first with something unread makes a reset of it.
                io::copy(&mut line, &mut io::sink())?;
            }
        }
        Then::Reset => SockRef::from(line.socket()).set_linger(Some(Duration::ZERO))?,
        Then::Hold => {
            let state = shared.state();
            let waited = shared
                .over
                .wait_timeout_while(state, PATIENCE, |state| !state.is_over);
            drop(waited);
        }
    }
    Ok(())
}

fn read_head(input: &mut impl BufRead) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if input.read_until(b'\n', &mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Whether the body came to its end.
fn read_body(input: &mut impl BufRead, request: &mut Request, when: When) -> io::Result<bool> {
    if let When::After(octets) = when {
        input.by_ref().take(octets).read_to_end(&mut request.body)?;
        return Ok(false);
    }
    if !request.is_chunked() {
        let length = request.header("Content-Length");
        let length = length.map_or(0, |text| text.parse().unwrap());
        input.by_ref().take(length).read_to_end(&mut request.body)?;
        return Ok(request.body.len() as u64 == length);
    }
    loop {
        let Some(size) = read_size(input)? else {
            return Ok(false);
        };
        let read = input.by_ref().take(size).read_to_end(&mut request.body)?;
        let mut end = [0; 2];
        input.read_exact(&mut end)?;
        if read as u64 != size || &end != b"\r\n" {
            return Ok(false);
        }
        if size == 0 {
            return Ok(true);
        }
    }
}

fn read_size(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(u64::from_str_radix(line.trim_end(), 16).ok())
}
