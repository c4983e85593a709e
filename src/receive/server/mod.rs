//! The receiver's server: uploads in over HTTP/1.1, files and answers out.
//!
//! [`Server::run`] accepts connections and hands out what happens as [`Event`]s; it prints nothing. A byte comes in by
//! `wire`, which watches heads (`head_watch`) and knows how to end; `connection` has hyper make requests of it;
//! `acceptance` decides on the head, `exchange` feeds the body to an [`Intake`](super::Intake) and `answer` writes what
//! came of it.

mod acceptance;
mod answer;
mod connection;
mod exchange;
mod head_watch;
mod reachable;
mod tls;
mod wire;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::{Faults, ReceivedPart, Store};
use crate::multipart::Limits;

use exchange::Context;

pub use tls::{TlsIdentity, TlsIdentityError};

/// How long what is in flight may take once the server is stopped.
const GRACE: Duration = Duration::from_secs(30);

/// How long a write to the disk that is under way may take after that.
const END: Duration = Duration::from_secs(1);

/// How long to wait when a connection cannot be accepted, for want of descriptors mostly.
const PAUSE: Duration = Duration::from_millis(50);

/// Threads that serve. They wait for nothing but the disk, and for that the runtime has others.
const WORKERS: usize = 2;

/// Threads that take the place of one that waits for the disk. Each slice of a body may be such a wait, and without a bound
/// a single upload in very small chunks has hundreds of them.
const STAND_INS: usize = 32;

/// How a server receives. All of it is settled; [`Settings::new`] has what is usual.
#[derive(Debug)]
pub struct Settings {
    /// Where it listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// What becomes of files.
    pub destination: Destination,
    /// How much of a body is taken.
    pub limits: Limits,
    /// What a client has to know, in `Authorization: Bearer …` or as `?token=…`.
    pub token: Option<String>,
    /// The only names that parts may have; empty for any.
    pub allowed_fields: Vec<String>,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Who the server says it is; `None` for plain HTTP.
    pub tls: Option<TlsIdentity>,
    /// Stop once this many uploads were answered, whatever the answer. A request whose head is refused, for a wrong
    /// token or type, is no upload.
    pub count: Option<u64>,
    /// The longest time between two reads, and for a whole head: 30 s.
    pub idle: Duration,
    /// Connections at once; more have to wait: 512.
    pub connections: usize,
}

/// What becomes of files.
#[derive(Debug)]
pub enum Destination {
    /// They are stored.
    Store(Store),
    /// They are counted and hashed.
    Discard,
}

impl Settings {
    /// What is usual: no token, no TLS, no faults, all fields, and limits that are safe.
    #[must_use]
    pub fn new(listen: SocketAddr, destination: Destination) -> Self {
        Self {
            listen,
            destination,
            limits: Limits::default(),
            token: None,
            allowed_fields: Vec::new(),
            faults: Faults::default(),
            tls: None,
            count: None,
            idle: Duration::from_secs(30),
            connections: 512,
        }
    }
}

/// What happens in a server. The `id` is one request's, from 1.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A request's head is there.
    Begun {
        /// The request's number.
        id: u64,
        /// Where it came from.
        peer: SocketAddr,
        /// Its method.
        method: String,
        /// What it asks for, without the token.
        target: String,
        /// How long its body is, if it says so.
        length: Option<u64>,
    },
    /// Some of its body came.
    Received {
        /// The request's number.
        id: u64,
        /// Bytes of the body until now.
        bytes: u64,
    },
    /// It is answered.
    Answered(Exchange),
    /// It ended without an answer: the other side has gone, or a fault was asked for. Nothing is kept of it.
    Lost {
        /// The request's number.
        id: u64,
        /// Where it came from.
        peer: SocketAddr,
        /// Its method.
        method: String,
        /// What it asked for, without the token.
        target: String,
        /// Bytes of the body that came.
        bytes: u64,
        /// How long it took.
        time: Duration,
    },
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The request's number.
    pub id: u64,
    /// Where it came from.
    pub peer: SocketAddr,
    /// Its method.
    pub method: String,
    /// What it asked for, without the token.
    pub target: String,
    /// The answer's status.
    pub status: u16,
    /// What came; empty if it was refused.
    pub parts: Vec<ReceivedPart>,
    /// Bytes of the body that came.
    pub bytes: u64,
    /// From its head to the answer.
    pub time: Duration,
    /// Why it was refused: a kind that does not change, and a message.
    pub error: Option<(&'static str, String)>,
}

/// Why a server cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address cannot be had.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no threads or no clock.
    #[error("cannot start the server")]
    Start(#[source] io::Error),
}

/// A server that has its address, and serves once it is run.
#[derive(Debug)]
pub struct Server {
    settings: Settings,
    listener: TcpListener,
    address: SocketAddr,
    stopper: Stopper,
}

/// Stops a server, from any thread.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<watch::Sender<Stop>>);

/// How urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stop {
    No,
    Gracefully,
    Now,
}

impl Stopper {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Stop::No)))
    }

    /// Accepts nothing more, and lets what is in flight finish for a bounded time.
    pub fn stop(&self) {
        self.ask(Stop::Gracefully);
    }

    /// Cuts off what is in flight too. Nothing is left of it.
    pub fn abort(&self) {
        self.ask(Stop::Now);
    }

    fn ask(&self, stop: Stop) {
        self.0.send_modify(|asked| *asked = stop.max(*asked));
    }
}

/// What a stopper stops.
#[derive(Debug, Clone)]
struct Stopped(watch::Receiver<Stop>);

impl Stopped {
    /// Waits until it has been stopped at least so.
    async fn wait(&mut self, stop: Stop) {
        // Without a stopper nobody could wait here: the server's context has one.
        let _ = self.0.wait_for(|asked| stop <= *asked).await;
    }
}

impl Server {
    /// Takes the address. From here on clients can connect, and wait.
    ///
    /// # Errors
    /// If the address cannot be had.
    pub fn bind(settings: Settings) -> Result<Self, ServerError> {
        let address = settings.listen;
        let fail = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(fail)?;
        listener.set_nonblocking(true).map_err(fail)?;
        Ok(Self {
            address: listener.local_addr().map_err(fail)?,
            settings,
            listener,
            stopper: Stopper::new(),
        })
    }

    /// Where it listens, with the port that it got.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where others send to. If it listens on all addresses of the machine, that is the one from which the machine itself
    /// sends to other networks, or loopback if it knows of none.
    #[must_use]
    pub fn reachable_address(&self) -> SocketAddr {
        reachable::reachable(self.address)
    }

    /// What stops it.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Serves until it is stopped or has answered [`Settings::count`] uploads, then finishes what is in flight for a
    /// bounded time. What happens is told to `observe`, from several threads.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn run(self, observe: impl Fn(Event) + Send + Sync + 'static) -> Result<(), ServerError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(STAND_INS)
            .enable_all()
            .build()
            .map_err(ServerError::Start)?;
        let outcome = runtime.block_on(self.serve(observe));
        // What is still running ends here, and with it the files that are not whole.
        runtime.shutdown_timeout(END);
        outcome
    }

    async fn serve(
        self,
        observe: impl Fn(Event) + Send + Sync + 'static,
    ) -> Result<(), ServerError> {
        let listener =
            tokio::net::TcpListener::from_std(self.listener).map_err(ServerError::Start)?;
        let connections = u32::try_from(self.settings.connections.max(1)).unwrap_or(u32::MAX);
        let free = Arc::new(Semaphore::new(connections as usize));
        let mut stopped = Stopped(self.stopper.0.subscribe());
        let context = Arc::new(Context::new(self.settings, self.stopper, observe));
        loop {
            // Who has to wait does so in the system's queue.
            let next = async {
                let permit = Arc::clone(&free).acquire_owned().await;
                (permit, listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                next = next => next,
                () = stopped.wait(Stop::Gracefully) => break,
            };
            let Ok((socket, peer)) = accepted else {
                sleep(PAUSE).await;
                continue;
            };
            let (context, stopped) = (Arc::clone(&context), stopped.clone());
            tokio::spawn(async move {
                connection::serve(context, socket, peer, stopped).await;
                drop(permit);
            });
        }
        drop(listener);
        // All are free again when all connections have ended. What has not by then is cut off.
        tokio::select! {
            _ = timeout(GRACE, free.acquire_many(connections)) => {}
            () = stopped.wait(Stop::Now) => {}
        }
        Ok(())
    }
}
