//! A server that follows a script: read this much, say that, go away without a word. It misbehaves to the letter, and
//! writes down what it was sent.
//!
//! ```text
//! let script = Script::new().head().send(REFUSAL).half_close().drain();
//! let server = Server::start(Security::Plain, [script]);
//! … run the program against server.url() …
//! let seen = server.finish();
//! ```
//!
//! Each script is for one connection, in the order in which they come, in a thread of its own; at the end of its script a
//! connection is closed. What is not read on purpose stays in the socket: nothing is read ahead, and the socket's buffer
//! is small. A step that cannot be taken, because the client has gone, ends the script.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

use crate::identity::Identity;
use crate::line::Line;
use crate::sandbox::visible;

/// How long a silent peer is waited for: longer than the program is given, so that the program is what is blamed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the kernel may take before the server reads it. Less than this makes loopback crawl.
const RECEIVE_BUFFER: usize = 256 * 1024;

/// How much of a body's end is kept.
const TAIL: usize = 512;

// ---------------------------------------------------------------------------------------------
// Scripts

/// What to do with one connection.
#[must_use]
#[derive(Clone, Default)]
pub(crate) struct Script(Vec<Step>);

#[derive(Clone)]
enum Step {
    Head,
    Read(u64),
    Body,
    UntilIdle(Duration),
    Nothing(Duration),
    Drain,
    Send(Vec<u8>),
    SendForever(Vec<u8>),
    HalfClose,
    Reset,
    Pause(Duration),
    Wait(Gate),
    Do(Arc<dyn Fn() + Send + Sync>),
    Hold,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    /// Reads the request's head, and nothing behind it.
    pub(crate) fn head(self) -> Self {
        self.then(Step::Head)
    }

    /// Reads so many octets of the body as it is on the wire, and no more.
    pub(crate) fn read(self, octets: u64) -> Self {
        self.then(Step::Read(octets))
    }

    /// Reads the body to the end that its framing promises.
    pub(crate) fn body(self) -> Self {
        self.then(Step::Body)
    }

    /// Reads until nothing has come for so long.
    pub(crate) fn until_idle(self, pause: Duration) -> Self {
        self.then(Step::UntilIdle(pause))
    }

    /// Goes on only if nothing more came for so long.
    pub(crate) fn nothing_for(self, moment: Duration) -> Self {
        self.then(Step::Nothing(moment))
    }

    /// Reads until the client has gone, whatever the framing says.
    pub(crate) fn drain(self) -> Self {
        self.then(Step::Drain)
    }

    /// Reads so many octets, lets some time pass, and that so many times: slow, but never at a standstill.
    pub(crate) fn drip(self, octets: u64, pause: Duration, times: usize) -> Self {
        (0..times).fold(self, |script, _| {
            script.read(octets).then(Step::Pause(pause))
        })
    }

    /// Sends exactly this.
    pub(crate) fn send(self, octets: impl AsRef<[u8]>) -> Self {
        self.then(Step::Send(octets.as_ref().to_vec()))
    }

    /// Sends this again and again until the client has gone.
    pub(crate) fn send_forever(self, octets: impl AsRef<[u8]>) -> Self {
        self.then(Step::SendForever(octets.as_ref().to_vec()))
    }

    /// Says that nothing more comes from here.
    pub(crate) fn half_close(self) -> Self {
        self.then(Step::HalfClose)
    }

    /// Closes with a reset, whether or not all was read. The last step.
    pub(crate) fn reset(self) -> Self {
        self.then(Step::Reset)
    }

    /// Lets so much time pass, where time is what it is about.
    pub(crate) fn pause(self, pause: Duration) -> Self {
        self.then(Step::Pause(pause))
    }

    /// Waits for the test.
    pub(crate) fn wait(self, gate: &Gate) -> Self {
        self.then(Step::Wait(gate.clone()))
    }

    /// Does something else: changes a file under the program's hands, tells the test how far it is.
    pub(crate) fn run(self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.then(Step::Do(Arc::new(hook)))
    }

    /// Neither reads nor closes until the test is over.
    pub(crate) fn hold(self) -> Self {
        self.then(Step::Hold)
    }

    /// Goes on with another script.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => write!(f, "read the head"),
            Self::Read(octets) => write!(f, "read {octets} octets of the body"),
            Self::Body => write!(f, "read the body"),
            Self::UntilIdle(pause) => write!(f, "read until nothing came for {pause:?}"),
            Self::Nothing(moment) => write!(f, "see that nothing comes for {moment:?}"),
            Self::Drain => write!(f, "read until the client goes"),
            Self::Send(octets) => write!(f, "send {:?}", beginning(octets)),
            Self::SendForever(octets) => write!(f, "send {:?} for ever", beginning(octets)),
            Self::HalfClose => write!(f, "half-close"),
            Self::Reset => write!(f, "reset"),
            Self::Pause(pause) => write!(f, "pause for {pause:?}"),
            Self::Wait(_) => write!(f, "wait for the test"),
            Self::Do(_) => write!(f, "run a hook"),
            Self::Hold => write!(f, "hold"),
        }
    }
}

fn beginning(octets: &[u8]) -> String {
    let line = octets.split(|octet| *octet == b'\r').next();
    let line = line.unwrap_or_default();
    visible(&line[..line.len().min(40)])
}

/// Something that is waited for until it is opened, once and for all.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn open(&self) {
        *lock(&self.0.0) = true;
        self.0.1.notify_all();
    }

    pub(crate) fn wait(&self) {
        self.wait_for(PATIENCE);
    }

    fn wait_for(&self, longest: Duration) {
        let (is_open, opened) = &*self.0;
        let waited = opened.wait_timeout_while(lock(is_open), longest, |is_open| !*is_open);
        drop(waited);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Who panicked under the lock has failed the test by that.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// ---------------------------------------------------------------------------------------------
// What it saw

/// One connection, as the server saw it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Request line and header fields, with the blank line; empty if there was none.
    pub(crate) head: String,
    /// Octets that came after the head, chunks and all.
    pub(crate) body: u64,
    /// The last of them.
    tail: Vec<u8>,
    /// The script's steps, and what stopped it.
    log: Vec<String>,
    /// When the last of the answer had gone out.
    pub(crate) answered: Option<Instant>,
}

impl Seen {
    /// The value of a header field, by its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'));
        let field = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.trim())
    }

    pub(crate) fn is_chunked(&self) -> bool {
        self.header("Transfer-Encoding") == Some("chunked")
    }

    /// The length that the head promises.
    pub(crate) fn promised(&self) -> Option<u64> {
        self.header("Content-Length")?.parse().ok()
    }

    /// Whether the body came to the end that its framing promises.
    pub(crate) fn is_complete(&self) -> bool {
        if self.is_chunked() {
            return self.tail.ends_with(b"\r\n0\r\n\r\n");
        }
        !self.head.is_empty() && self.body == self.promised().unwrap_or(0)
    }

    /// Whether the form came to its close-delimiter.
    pub(crate) fn is_closed(&self) -> bool {
        let content_type = self.header("Content-Type").unwrap_or_default();
        let boundary = content_type.split_once("boundary=").unwrap_or_default().1;
        let close = format!("\r\n--{}--", boundary.trim_matches('"'));
        self.tail
            .windows(close.len())
            .any(|w| w == close.as_bytes())
    }

    fn take(&mut self, octets: &[u8]) {
        self.body += octets.len() as u64;
        self.tail.extend_from_slice(octets);
        let too_much = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..too_much);
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        writeln!(
            f,
            "{} octets of the body, which was {}complete; close-delimiter: {}",
            self.body,
            if self.is_complete() { "" } else { "not " },
            if self.is_closed() { "yes" } else { "no" },
        )?;
        self.log.iter().try_for_each(|line| writeln!(f, "* {line}"))
    }
}

// ---------------------------------------------------------------------------------------------
// The server

/// What a connection is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Security {
    Plain,
    Tls,
}

/// What the listener, the connections and the test have in common.
#[derive(Default)]
struct Shared {
    scripts: Mutex<VecDeque<Script>>,
    /// By the order in which they came.
    seen: Mutex<Vec<Arc<Mutex<Seen>>>>,
    /// Whose connection means that the test is over.
    caller: Mutex<Option<SocketAddr>>,
    over: Gate,
    /// For servers that speak TLS.
    identity: Option<&'static Identity>,
}

/// The server. See the top of this file.
#[must_use]
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
    /// What must be opened at the latest when the test is over.
    gates: Vec<Gate>,
}

impl Server {
    /// A server with these scripts; with TLS its certificate is the one everybody here trusts.
    pub(crate) fn start(security: Security, scripts: impl IntoIterator<Item = Script>) -> Self {
        let identity = (security == Security::Tls).then(Identity::trusted);
        Self::with_identity(identity, scripts)
    }

    /// A server without TLS.
    pub(crate) fn plain(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::with_identity(None, scripts)
    }

    /// A server that shows this certificate.
    pub(crate) fn with_identity(
        identity: Option<&'static Identity>,
        scripts: impl IntoIterator<Item = Script>,
    ) -> Self {
        let listener = listen();
        let address = listener.local_addr().unwrap();
        let scripts: VecDeque<Script> = scripts.into_iter().collect();
        let steps = scripts.iter().flat_map(|script| &script.0);
        let gates = steps.filter_map(Step::gate).cloned().collect();
        let shared = Arc::new(Shared {
            scripts: Mutex::new(scripts),
            identity,
            ..Shared::default()
        });
        let theirs = Arc::clone(&shared);
        Self {
            address,
            shared,
            listening: Some(thread::spawn(move || accept(&listener, &theirs))),
            gates,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        let scheme = self.shared.identity.map_or("http", |_| "https");
        format!("{scheme}://{}/", self.address)
    }

    /// What was seen, connection by connection. Call it when the program has ended.
    pub(crate) fn finish(mut self) -> Vec<Seen> {
        self.stop();
        self.seen()
    }

    fn seen(&self) -> Vec<Seen> {
        let seen = lock(&self.shared.seen);
        seen.iter().map(|seen| lock(seen).clone()).collect()
    }

    /// Stops listening, after whoever came before, and waits until all connections are over.
    fn stop(&mut self) {
        let Some(listening) = self.listening.take() else {
            return;
        };
        self.gates.iter().for_each(Gate::open);
        self.shared.over.open();
        {
            // Under the lock, so that the listener cannot meet this connection without knowing whose it is.
            let mut caller = lock(&self.shared.caller);
            let call = TcpStream::connect(self.address).unwrap();
            *caller = Some(call.local_addr().unwrap());
        }
        let is_sound = listening.join().is_ok();
        assert!(
            is_sound || thread::panicking(),
            "a thread of the server panicked"
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            println!("{}", transcript(&self.seen()));
        }
    }
}

/// All connections, for a test that failed.
pub(crate) fn transcript(seen: &[Seen]) -> String {
    let connections = seen.iter().enumerate();
    let told = connections.map(|(n, seen)| format!("--- connection {} ---\n{seen}", n + 1));
    format!(
        "the server saw {} connections\n{}",
        seen.len(),
        told.collect::<String>()
    )
}

fn listen() -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    // What is accepted inherits it.
    socket.set_recv_buffer_size(RECEIVE_BUFFER).unwrap();
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any_port.into()).unwrap();
    socket.listen(16).unwrap();
    socket.into()
}

/// Takes connections until the test itself calls, then waits for those that are being served.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut serving = Vec::new();
    loop {
        let (stream, peer) = listener.accept().unwrap();
        if *lock(&shared.caller) == Some(peer) {
            break;
        }
        let script = lock(&shared.scripts).pop_front();
        let seen = Arc::new(Mutex::new(Seen::default()));
        lock(&shared.seen).push(Arc::clone(&seen));
        let Some(script) = script else {
            lock(&seen).log.push("not expected, closed".to_owned());
            continue;
        };
        let shared = Arc::clone(shared);
        serving.push(thread::spawn(move || serve(stream, script, &shared, &seen)));
    }
    for one in serving {
        one.join().unwrap();
    }
}

/// One connection: step after step.
fn serve(stream: TcpStream, script: Script, shared: &Shared, seen: &Mutex<Seen>) {
    let mut connection = Connection {
        line: Line::new(stream, shared.identity, PATIENCE).unwrap(),
        seen,
        over: &shared.over,
        block: vec![0; 64 * 1024],
    };
    for step in script.0 {
        let name = step.to_string();
        let is_reset = matches!(step, Step::Reset);
        let taken = connection.take(step);
        let stopped = taken.is_err();
        lock(seen).log.push(match taken {
            Ok(()) => name,
            Err(error) => format!("{name}: {error}"),
        });
        if stopped || is_reset {
            return;
        }
    }
    // With something unread, Linux makes a reset of what follows.
    connection.line.say_goodbye();
}

/// A connection and what it needs to follow its script.
struct Connection<'a> {
    line: Line,
    seen: &'a Mutex<Seen>,
    over: &'a Gate,
    block: Vec<u8>,
}

impl Step {
    fn gate(&self) -> Option<&Gate> {
        if let Self::Wait(gate) = self {
            Some(gate)
        } else {
            None
        }
    }
}

impl Connection<'_> {
    fn take(&mut self, step: Step) -> io::Result<()> {
        match step {
            Step::Head => self.head(),
            Step::Read(octets) => self.read(octets),
            Step::Body => self.body(),
            Step::UntilIdle(pause) => self.until_idle(pause),
            Step::Nothing(moment) => self.nothing(moment),
            Step::Drain => self.drain(),
            Step::Send(octets) => {
                self.send(&octets)?;
                lock(self.seen).answered = Some(Instant::now());
                Ok(())
            }
            Step::SendForever(octets) => loop {
                self.send(&octets)?;
            },
            Step::HalfClose => {
                self.line.say_goodbye();
                self.line.socket().shutdown(Shutdown::Write)
            }
            Step::Reset => SockRef::from(self.line.socket()).set_linger(Some(Duration::ZERO)),
            Step::Pause(pause) => {
                self.over.wait_for(pause);
                Ok(())
            }
            Step::Wait(gate) => {
                gate.wait();
                Ok(())
            }
            Step::Do(hook) => {
                hook();
                Ok(())
            }
            Step::Hold => {
                self.over.wait();
                Ok(())
            }
        }
    }

    fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.line.write_all(octets)?;
        self.line.flush()
    }

    /// Octet by octet, so that what follows stays where it is.
    fn head(&mut self) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            self.line.read_exact(&mut octet)?;
            head.push(octet[0]);
        }
        lock(self.seen).head = String::from_utf8_lossy(&head).into_owned();
        Ok(())
    }

    /// Some of the body, at most `most`; 0 is its end.
    fn some(&mut self, most: u64) -> io::Result<u64> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let most = most.min(self.block.len());
        let count = self.line.read(&mut self.block[..most])?;
        lock(self.seen).take(&self.block[..count]);
        Ok(count as u64)
    }

    fn read(&mut self, octets: u64) -> io::Result<()> {
        let mut left = octets;
        while left > 0 {
            match self.some(left)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => left -= count,
            }
        }
        Ok(())
    }

    fn body(&mut self) -> io::Result<()> {
        let promised = {
            let seen = lock(self.seen);
            (!seen.is_chunked()).then(|| seen.promised().unwrap_or(0) - seen.body)
        };
        if let Some(length) = promised {
            return self.read(length);
        }
        while !lock(self.seen).is_complete() {
            // The last chunk ends where the client stops sending: nothing can be read beyond it.
            if self.some(u64::MAX)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    fn until_idle(&mut self, pause: Duration) -> io::Result<()> {
        self.line.socket().set_read_timeout(Some(pause))?;
        let ended = loop {
            match self.some(u64::MAX) {
                Ok(0) => break Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.line.socket().set_read_timeout(Some(PATIENCE))?;
        ended
    }

    fn nothing(&mut self, moment: Duration) -> io::Result<()> {
        let before = lock(self.seen).body;
        self.until_idle(moment)?;
        match lock(self.seen).body - before {
            0 => Ok(()),
            octets => Err(io::Error::other(format!("{octets} octets came"))),
        }
    }

    fn drain(&mut self) -> io::Result<()> {
        while self.some(u64::MAX)? > 0 {}
        Ok(())
    }
}
