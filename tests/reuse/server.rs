//! A server for several requests over one connection. What it does with each connection is the test's to say.
//!
//! ```text
//! let server = Server::plain(|_, peer| peer.answer_all(OK));
//! … send to server.url("/0"), server.url("/1") …
//! assert_eq!(server.finish(), [["/0", "/1"]]);
//! ```
//!
//! Each connection is served in a thread of its own, and closed when that has come to its end. It writes down which target
//! every request named that it has read the head of, connection by connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use crate::identity::Identity;
use crate::line::Line;

/// How long a silent peer is waited for before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What is done with a connection, the how-manieth it is counted from 0.
type Serve = dyn Fn(usize, &mut Peer<'_>) -> io::Result<()> + Send + Sync;

/// What the listener, the connections and the test have in common.
#[derive(Default)]
struct Shared {
    /// The targets, connection by connection.
    seen: Mutex<Vec<Vec<String>>>,
    /// Whose connection means that the test is over.
    caller: Mutex<Option<SocketAddr>>,
}

/// Something that one thread tells another, which waits until it has been told as often as it has waited.
#[derive(Clone, Default)]
pub(crate) struct Signal(Arc<(Mutex<usize>, Condvar)>);

impl Signal {
    pub(crate) fn give(&self) {
        *lock(&self.0.0) += 1;
        self.0.1.notify_one();
    }

    #[track_caller]
    pub(crate) fn wait(&self) {
        let given = lock(&self.0.0);
        let waited = self
            .0
            .1
            .wait_timeout_while(given, PATIENCE, |given| *given == 0);
        let (mut given, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "waited in vain");
        *given -= 1;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Who panicked under the lock has failed the test by that.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The server. See the top of this file.
#[must_use]
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    /// One without TLS.
    pub(crate) fn plain(
        serve: impl Fn(usize, &mut Peer<'_>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start(None, Arc::new(serve))
    }

    /// One with a certificate that the clients here trust.
    pub(crate) fn tls(
        serve: impl Fn(usize, &mut Peer<'_>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(Identity::trusted()), Arc::new(serve))
    }

    fn start(identity: Option<&'static Identity>, serve: Arc<Serve>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        Self {
            address,
            scheme: identity.map_or("http", |_| "https"),
            shared,
            listening: Some(thread::spawn(move || {
                accept(&listener, &theirs, identity, &serve);
            })),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("{}://{}{target}", self.scheme, self.address)
    }

    /// The targets that were asked for, connection by connection, once all connections are over.
    pub(crate) fn finish(mut self) -> Vec<Vec<String>> {
        self.stop();
        lock(&self.shared.seen).clone()
    }

    /// Stops listening, after whoever came before, and waits until all connections are over.
    fn stop(&mut self) {
        let Some(listening) = self.listening.take() else {
            return;
        };
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
            println!("the server saw {:?}", lock(&self.shared.seen));
        }
    }
}

/// Takes connections until the test itself calls, then waits for those that are being served.
fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    identity: Option<&'static Identity>,
    serve: &Arc<Serve>,
) {
    let mut serving = Vec::new();
    loop {
        let (stream, from) = listener.accept().unwrap();
        if *lock(&shared.caller) == Some(from) {
            break;
        }
        let number = serving.len();
        lock(&shared.seen).push(Vec::new());
        let (shared, serve) = (Arc::clone(shared), Arc::clone(serve));
        serving.push(thread::spawn(move || {
            let line = Line::new(stream, identity, PATIENCE).unwrap();
            let mut peer = Peer {
                line: Some(BufReader::new(line)),
                number,
                shared: &shared,
            };
            // A client that goes away is for the test to judge; one that does neither has been waited for too long.
            if let Err(error) = serve(number, &mut peer) {
                assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "{number}: {error}");
            }
            peer.leave();
        }));
    }
    for one in serving {
        one.join().unwrap();
    }
}

/// The client, as the server has it.
pub(crate) struct Peer<'a> {
    /// None once it is closed.
    line: Option<BufReader<Line>>,
    number: usize,
    shared: &'a Shared,
}

impl Peer<'_> {
    fn line(&mut self) -> io::Result<&mut BufReader<Line>> {
        self.line.as_mut().ok_or(io::ErrorKind::NotConnected.into())
    }

    /// Reads a request's head; `None` if the client has closed instead.
    pub(crate) fn head(&mut self) -> io::Result<Option<String>> {
        let line = self.line()?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if line.read_line(&mut head)? == 0 {
                assert_eq!(head, "", "a head without an end");
                return Ok(None);
            }
        }
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        lock(&self.shared.seen)[self.number].push(target);
        Ok(Some(head))
    }

    /// Reads the body that follows this head, chunks and all.
    pub(crate) fn body(&mut self, head: &str) -> io::Result<Vec<u8>> {
        let line = self.line()?;
        let mut body = Vec::new();
        let lower = head.to_ascii_lowercase();
        if lower.contains("transfer-encoding: chunked") {
            while !body.ends_with(b"\r\n0\r\n\r\n") {
                if line.read_until(b'\n', &mut body)? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        } else if let Some((_, length)) = lower.split_once("content-length: ") {
            let length = length.lines().next().unwrap_or_default().parse().unwrap();
            body.resize(length, 0);
            line.read_exact(&mut body)?;
        }
        Ok(body)
    }

    /// Reads a request; `None` if the client has closed instead.
    pub(crate) fn request(&mut self) -> io::Result<Option<Vec<u8>>> {
        let head = self.head()?;
        head.map(|head| self.body(&head)).transpose()
    }

    /// Sends exactly this.
    pub(crate) fn say(&mut self, octets: &str) -> io::Result<()> {
        let line = self.line()?.get_mut();
        line.write_all(octets.as_bytes())?;
        line.flush()
    }

    /// Reads every request and gives the same answer, until the client has closed.
    pub(crate) fn answer_all(&mut self, answer: &str) -> io::Result<()> {
        while self.request()?.is_some() {
            self.say(answer)?;
        }
        Ok(())
    }

    /// Reads whatever comes until the client has closed, with a reset or without.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        match io::copy(self.line()?, &mut io::sink()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// Has TLS say something that is none of the application's.
    pub(crate) fn refresh_keys(&mut self) -> io::Result<()> {
        if let Line::Tls(stream) = self.line()?.get_mut() {
            let refreshed = stream.conn.refresh_traffic_keys();
            refreshed.map_err(io::Error::other)?;
            // What it has to say about that goes out ahead of the next octets, and be there none of them.
            let _none = stream.conn.writer().write(&[])?;
            assert!(stream.conn.wants_write());
            while stream.conn.wants_write() {
                stream.conn.write_tls(&mut stream.sock)?;
            }
        }
        Ok(())
    }

    /// Closes. If nothing has been left unread, the client's system knows when this comes back.
    pub(crate) fn close(&mut self) {
        if let Some(line) = self.line.take() {
            let mut line = line.into_inner();
            line.say_goodbye();
            // Closing then waits until the end is acknowledged.
            SockRef::from(line.socket())
                .set_linger(Some(PATIENCE))
                .unwrap();
        }
    }

    fn leave(&mut self) {
        if let Some(line) = &mut self.line {
            line.get_mut().say_goodbye();
        }
    }
}
