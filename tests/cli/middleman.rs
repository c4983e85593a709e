//! A proxy that does as it is told, and keeps what it was asked and what it passed on.
//!
//! ```text
//! let proxy = Middleman::start(Manner::http("HTTP/1.1 200 OK\r\n\r\n"), Some(tap.address()));
//! … run the program with -x proxy.url("socks5h") …
//! let visits = proxy.visits();
//! ```
//!
//! Wherever it is asked to connect to, it connects to the one server it was given: so a name that it was asked for need
//! not exist, and one that did not come to it cannot have been resolved there. It is made of std's sockets and threads.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a silent peer is waited for: longer than the program is given.
const PATIENCE: Duration = Duration::from_secs(240);

/// How much of what it passes on is kept.
const KEPT: usize = 1 << 20;

/// What it speaks, and what it says.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// HTTP: makes requests itself, and answers CONNECT with these octets, in two pieces; if there is a 200 in them,
    /// it connects.
    Http(Vec<u8>),
    /// SOCKS 4 and 4a, with this reply.
    Socks4(u8),
    /// SOCKS 5, with this method, this status of a login, this reply.
    Socks5 { method: u8, login: u8, reply: u8 },
    /// Reads something, says this, and closes.
    Blurts(Vec<u8>),
    /// Reads, and says nothing.
    Silent,
}

impl Manner {
    pub(crate) fn http(answer: &str) -> Self {
        Self::Http(answer.as_bytes().to_vec())
    }

    /// An HTTP proxy that lets everybody through.
    pub(crate) fn connects() -> Self {
        Self::http("HTTP/1.1 200 Connection established\r\nX-Proxy: a\r\n\r\n")
    }

    /// A SOCKS 5 proxy that lets everybody through.
    pub(crate) fn socks5() -> Self {
        Self::Socks5 {
            method: 0,
            login: 0,
            reply: 0,
        }
    }
}

/// One connection to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visit {
    /// What it was told itself: the head of a request or a CONNECT, or the words of SOCKS.
    pub(crate) asked: Vec<u8>,
    /// What it passed on to the server, or the beginning of that.
    pub(crate) passed: Vec<u8>,
}

impl Visit {
    pub(crate) fn asked_text(&self) -> String {
        String::from_utf8_lossy(&self.asked).into_owned()
    }

    pub(crate) fn passed_text(&self) -> String {
        String::from_utf8_lossy(&self.passed).into_owned()
    }
}

#[derive(Default)]
struct State {
    visits: Vec<Visit>,
    /// Whose connection means that the test is over.
    caller: Option<SocketAddr>,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The proxy. See the top of this file.
#[must_use]
pub(crate) struct Middleman {
    address: SocketAddr,
    shared: Shared,
    listening: JoinHandle<()>,
}

impl Middleman {
    /// Connects to `server` (`ADDRESS:PORT`), wherever it is asked to connect to.
    pub(crate) fn start(manner: Manner, server: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared::default();
        let server = server.map(|server| server.parse().unwrap());
        let theirs = shared.clone();
        let listening = thread::spawn(move || accept(&listener, &theirs, &manner, server));
        Self {
            address,
            shared,
            listening,
        }
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    /// The same, with credentials.
    pub(crate) fn url_for(&self, scheme: &str, credentials: &str) -> String {
        format!("{scheme}://{credentials}@{}", self.address)
    }

    /// `127.0.0.1:port`
    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// All connections to it, in their order. Call it when the program has ended.
    pub(crate) fn visits(self) -> Vec<Visit> {
        {
            let mut state = self.shared.state();
            let call = TcpStream::connect(self.address).unwrap();
            state.caller = Some(call.local_addr().unwrap());
        }
        self.listening.join().unwrap();
        std::mem::take(&mut self.shared.state().visits)
    }

    /// The one connection to it.
    #[track_caller]
    pub(crate) fn visit(self) -> Visit {
        let visits = self.visits();
        assert_eq!(visits.len(), 1, "{visits:#?}");
        visits.into_iter().next().unwrap()
    }
}

fn accept(listener: &TcpListener, shared: &Shared, manner: &Manner, server: Option<SocketAddr>) {
    let mut serving = Vec::new();
    loop {
        let (client, peer) = listener.accept().unwrap();
        let place = {
            let mut state = shared.state();
            if state.caller == Some(peer) {
                break;
            }
            state.visits.push(Visit::default());
            state.visits.len() - 1
        };
        let (shared, manner) = (shared.clone(), manner.clone());
        serving.push(thread::spawn(move || {
            client.set_read_timeout(Some(PATIENCE)).unwrap();
            let connection = Connection {
                client,
                shared,
                place,
            };
            // A client that goes away in between is what some tests are about.
            let _ = connection.serve(&manner, server);
        }));
    }
    for one in serving {
        one.join().unwrap();
    }
}

struct Connection {
    client: TcpStream,
    shared: Shared,
    place: usize,
}

impl Connection {
    fn serve(&self, manner: &Manner, server: Option<SocketAddr>) -> io::Result<()> {
        match manner {
            Manner::Http(answer) => self.serve_http(answer, server),
            Manner::Socks4(reply) => self.serve_socks_4(*reply, server),
            Manner::Socks5 {
                method,
                login,
                reply,
            } => self.serve_socks_5([*method, *login, *reply], server),
            Manner::Blurts(words) => {
                let mut some = [0; 4096];
                let count = (&self.client).read(&mut some)?;
                self.asked(&some[..count]);
                self.say(words)
            }
            Manner::Silent => {
                let mut some = [0; 4096];
                loop {
                    match (&self.client).read(&mut some)? {
                        0 => return Ok(()),
                        count => self.asked(&some[..count]),
                    }
                }
            }
        }
    }

    fn asked(&self, octets: &[u8]) {
        let mut state = self.shared.state();
        state.visits[self.place].asked.extend_from_slice(octets);
    }

    fn say(&self, octets: &[u8]) -> io::Result<()> {
        (&self.client).write_all(octets)
    }

    /// Reads so many octets that are for the proxy.
    fn take(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut octets = vec![0; count];
        (&self.client).read_exact(&mut octets)?;
        self.asked(&octets);
        Ok(octets)
    }

    /// Reads octets for the proxy up to this end.
    fn take_until(&self, end: &[u8]) -> io::Result<Vec<u8>> {
        let mut octets = Vec::new();
        while !octets.ends_with(end) {
            octets.extend(self.take(1)?);
        }
        Ok(octets)
    }

    fn serve_http(&self, answer: &[u8], server: Option<SocketAddr>) -> io::Result<()> {
        let head = String::from_utf8(self.take_until(b"\r\n\r\n")?).unwrap();
        if !head.starts_with("CONNECT ") {
            return self.pass_on(server, &as_for_the_server(&head));
        }
        // Whoever reads it must put it together.
        let (first, second) = answer.split_at(answer.len().min(10));
        self.say(first)?;
        thread::sleep(Duration::from_millis(20));
        self.say(second)?;
        let is_free = String::from_utf8_lossy(answer).contains("HTTP/1.1 200");
        if is_free && server.is_some() {
            self.pass_on(server, b"")
        } else {
            // Its body has to be seen to be ignored; what the client sends is not waited for.
            self.client.shutdown(Shutdown::Write)
        }
    }

    fn serve_socks_4(&self, reply: u8, server: Option<SocketAddr>) -> io::Result<()> {
        let head = self.take(8)?;
        self.take_until(b"\0")?;
        if head[4..7] == [0, 0, 0] {
            self.take_until(b"\0")?;
        }
        self.say(&[0, reply, 0, 0, 0, 0, 0, 0])?;
        if reply == 90 {
            self.pass_on(server, b"")?;
        }
        Ok(())
    }

    fn serve_socks_5(
        &self,
        [method, login, reply]: [u8; 3],
        server: Option<SocketAddr>,
    ) -> io::Result<()> {
        let greeting = self.take(2)?;
        self.take(usize::from(greeting[1]))?;
        self.say(&[5, method])?;
        if method == 2 {
            let name = self.take(2)?;
            let password = self.take(usize::from(name[1]) + 1)?;
            self.take(usize::from(*password.last().unwrap()))?;
            self.say(&[1, login])?;
        }
        if method == 0xff || login != 0 {
            return Ok(());
        }
        let length = match self.take(4)?[3] {
            1 => 4,
            3 => usize::from(self.take(1)?[0]),
            _ => 16,
        };
        self.take(length + 2)?;
        // A name for the address that it is bound to, which hardly any proxy sends and every client must read.
        self.say(&[5, reply, 0, 3, 1])?;
        self.say(&[b'h', 0, 80])?;
        if reply == 0 {
            self.pass_on(server, b"")?;
        }
        Ok(())
    }

    /// Goes on as a connection to the server, which is told `first` before all else.
    fn pass_on(&self, server: Option<SocketAddr>, first: &[u8]) -> io::Result<()> {
        let server = TcpStream::connect(server.expect("a server to connect to"))?;
        let (mut client, mut answers) = (self.client.try_clone()?, server.try_clone()?);
        let backwards = thread::spawn(move || {
            // Either may go away at any time.
            let _ = io::copy(&mut answers, &mut client);
            let _ = client.shutdown(Shutdown::Both);
        });
        self.keep(first);
        let passed = (&server).write_all(first).and_then(|()| {
            let mut block = vec![0; 64 * 1024];
            loop {
                let count = (&self.client).read(&mut block)?;
                if count == 0 {
                    return Ok(());
                }
                self.keep(&block[..count]);
                (&server).write_all(&block[..count])?;
            }
        });
        // The server may have closed already.
        let _ = server.shutdown(if passed.is_ok() {
            Shutdown::Write
        } else {
            Shutdown::Both
        });
        if passed.is_ok() {
            backwards.join().unwrap();
        }
        Ok(())
    }

    fn keep(&self, octets: &[u8]) {
        let passed = &mut self.shared.state().visits[self.place].passed;
        let room = KEPT.saturating_sub(passed.len());
        passed.extend_from_slice(&octets[..octets.len().min(room)]);
    }
}

/// The head of a request as a proxy passes it on: for the server's own path, without what was for the proxy.
fn as_for_the_server(head: &str) -> Vec<u8> {
    let (line, fields) = head.split_once("\r\n").unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    let (_, rest) = words[1].split_once("://").expect("the whole URL");
    let path = &rest[rest.find('/').unwrap()..];
    let kept = fields
        .split_inclusive("\r\n")
        .filter(|field| !field.to_ascii_lowercase().starts_with("proxy-"));
    let fields: String = kept.collect();
    format!("{} {path} {}\r\n{fields}", words[0], words[2]).into_bytes()
}
