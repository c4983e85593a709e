//! The socket of one connection, in the hands of two: the bottom transport moves octets through it, and the watch above
//! TLS waits on it. Only so can a write that is stuck wake up for an answer that is there to be read.
//!
//! Writing never blocks: what the socket does not take at once is kept, and whoever waits flushes it. What is kept is one
//! block of the body and its TLS records at the most, because the watch lets no block in before the last one is out.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
#[cfg(unix)]
use rustix::net::{RecvFlags, recv};
use socket2::{SockRef, TcpKeepalive};

#[cfg(unix)]
use super::heads::RESPONSE_HEAD_LIMIT;

/// Unsent octets that the system may hold back; with more of them the bar would show what nobody has received.
#[cfg(target_os = "linux")]
const UNSENT_LOW_WATER: u32 = 128 * 1024;

/// A connection that says nothing for so long is asked whether it still is one, as curl does.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// A connected socket that does not block.
#[derive(Debug)]
pub(super) struct Line {
    stream: Stream,
    state: Mutex<State>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Stream {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => (&*stream).read(buffer),
            #[cfg(unix)]
            Self::Unix(stream) => (&*stream).read(buffer),
        }
    }

    fn write(&self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => (&*stream).write(octets),
            #[cfg(unix)]
            Self::Unix(stream) => (&*stream).write(octets),
        }
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    /// What the socket has not taken yet, from `flushed` on.
    unsent: Vec<u8>,
    flushed: usize,
    /// Why the socket takes nothing more.
    failure: Option<io::Error>,
    is_output_dropped: bool,
    is_looking: bool,
}

/// What a socket is ready for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ready {
    pub(super) to_read: bool,
    pub(super) to_write: bool,
}

impl Line {
    /// Takes a connection over.
    ///
    /// # Errors
    /// If it cannot be kept from blocking.
    pub(super) fn over_tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let socket = SockRef::from(&stream);
        // Without them an upload is slower, or its bar less exact, and nothing else.
        let _ = socket.set_tcp_nodelay(true);
        let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
        #[cfg(target_os = "linux")]
        let _ = socket.set_tcp_notsent_lowat(UNSENT_LOW_WATER);
        Ok(Self::over(Stream::Tcp(stream)))
    }

    /// Takes a connection within this machine over.
    ///
    /// # Errors
    /// If it cannot be kept from blocking.
    #[cfg(unix)]
    pub(super) fn over_unix(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self::over(Stream::Unix(stream)))
    }

    fn over(stream: Stream) -> Self {
        Self {
            stream,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives octets to the socket, and keeps what it does not take. After a failure they are dropped.
    pub(super) fn send(&self, octets: &[u8]) {
        let mut state = self.state();
        if state.takes_nothing() {
            return;
        }
        let written = if state.is_flushed() {
            self.write(octets, &mut state)
        } else {
            0
        };
        if !state.takes_nothing() {
            state.unsent.extend_from_slice(&octets[written..]);
        }
    }

    /// Gives the socket what was kept, as much as it takes, and says how much that was.
    pub(super) fn flush(&self) -> usize {
        let mut state = self.state();
        if state.is_flushed() {
            return 0;
        }
        let unsent = std::mem::take(&mut state.unsent);
        let written = self.write(&unsent[state.flushed..], &mut state);
        state.flushed += written;
        state.unsent = unsent;
        if state.is_flushed() || state.takes_nothing() {
            state.clear();
        }
        written
    }

    /// Writes once, or not at all, and notes a failure.
    fn write(&self, octets: &[u8], state: &mut State) -> usize {
        loop {
            match self.stream.write(octets) {
                Ok(count) => return count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return 0,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    state.failure = Some(error);
                    return 0;
                }
            }
        }
    }

    /// Whether the socket has taken all it was given, or takes nothing more.
    pub(super) fn is_flushed(&self) -> bool {
        self.state().is_flushed()
    }

    /// Whether a write has failed: nothing more goes out, but what has come in can still be read.
    pub(super) fn has_failed(&self) -> bool {
        self.state().failure.is_some()
    }

    /// Why a write has failed.
    pub(super) fn take_failure(&self) -> Option<io::Error> {
        self.state().failure.take()
    }

    /// From now on nothing is sent any more, and giving octets to it is no error.
    pub(super) fn drop_output(&self) {
        let mut state = self.state();
        state.is_output_dropped = true;
        state.clear();
    }

    /// While `looking`, reading takes what is there and does not wait for more.
    pub(super) fn set_looking(&self, looking: bool) {
        self.state().is_looking = looking;
    }

    pub(super) fn is_looking(&self) -> bool {
        self.state().is_looking
    }

    /// Takes what has come in; `WouldBlock` if there is nothing, 0 at its end.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }

    /// Whether something has come in, or the end of it has; one system call.
    pub(super) fn has_input(&self) -> io::Result<bool> {
        Ok(self
            .poll(PollFlags::IN, Some(Duration::ZERO))?
            .is_some_and(|ready| ready.to_read))
    }

    /// Waits until there is something to read (if that is of interest) or room to write (if something is unsent), for
    /// `limit` at the most: `None` when the time is up.
    pub(super) fn wait(
        &self,
        for_input: bool,
        limit: Option<Duration>,
    ) -> io::Result<Option<Ready>> {
        let mut interest = PollFlags::empty();
        interest.set(PollFlags::IN, for_input);
        interest.set(PollFlags::OUT, !self.is_flushed());
        self.poll(interest, limit)
    }

    fn poll(&self, interest: PollFlags, limit: Option<Duration>) -> io::Result<Option<Ready>> {
        let mut descriptors = [PollFd::from_borrowed_fd(self.stream.descriptor(), interest)];
        if !poll_for(&mut descriptors, limit)? {
            return Ok(None);
        }
        let found = descriptors[0].revents();
        // An error or a hang-up shows itself to whoever reads or writes next.
        let is_broken = found.intersects(BROKEN);
        Ok(Some(Ready {
            to_read: found.contains(PollFlags::IN) || is_broken,
            to_write: found.contains(PollFlags::OUT) || is_broken,
        }))
    }
}

/// What was found, while a source had nothing to give.
#[cfg(unix)]
pub(super) enum Waited {
    /// The source has something to give, or has ended.
    Source,
    /// Something has come in.
    Input,
    /// The server has closed.
    Closed,
    /// Nothing, in the time there was.
    Nothing,
}

/// What to wait for besides a source.
#[cfg(unix)]
#[derive(Clone, Copy)]
pub(super) struct Interest {
    pub(super) in_input: bool,
    pub(super) in_closing: bool,
}

#[cfg(unix)]
impl Line {
    /// Waits until `source` can be read, what is of interest happens, or the connection breaks, for `limit` at the most.
    pub(super) fn wait_for_source(
        &self,
        source: &File,
        interest: Interest,
        limit: Option<Duration>,
    ) -> io::Result<Waited> {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, interest.in_input);
        flags.set(CLOSING, interest.in_closing);
        let mut descriptors = [
            PollFd::new(source, PollFlags::IN),
            PollFd::from_borrowed_fd(self.stream.descriptor(), flags),
        ];
        if !poll_for(&mut descriptors, limit)? {
            return Ok(Waited::Nothing);
        }
        let found = descriptors[1].revents();
        // Whatever the source has, its end and its errors included, shows when it is read.
        Ok(if !descriptors[0].revents().is_empty() {
            Waited::Source
        } else if found.contains(PollFlags::IN) {
            Waited::Input
        } else {
            Waited::Closed
        })
    }

    /// What has come in, without taking it in; `None` at the end. As much of it as a head may have.
    pub(super) fn peek(&self) -> Option<Vec<u8>> {
        let mut input = vec![0; RESPONSE_HEAD_LIMIT];
        match recv(self.stream.descriptor(), &mut input[..], RecvFlags::PEEK) {
            Ok((0, _)) => None,
            Ok((count, _)) => {
                input.truncate(count);
                Some(input)
            }
            Err(Errno::WOULDBLOCK) => Some(Vec::new()),
            Err(_) => None,
        }
    }
}

/// The other side has closed its half of the connection: only Linux and its kin tell that from something to read.
#[cfg(any(target_os = "linux", target_os = "android"))]
const CLOSING: PollFlags = PollFlags::RDHUP;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const CLOSING: PollFlags = PollFlags::empty();

/// Nothing more goes this way.
const BROKEN: PollFlags = PollFlags::ERR.union(PollFlags::HUP).union(PollFlags::NVAL);

/// Waits until one of the descriptors is ready, for `limit` at the most; whether one is.
pub(super) fn poll_for(
    descriptors: &mut [PollFd<'_>],
    limit: Option<Duration>,
) -> io::Result<bool> {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    loop {
        let left = deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            // A time too long for the system is as good as none.
            Timespec::try_from(left).unwrap_or(Timespec {
                tv_sec: i64::MAX,
                tv_nsec: 0,
            })
        });
        let is_last_look = left.is_some_and(|left| left.tv_sec == 0 && left.tv_nsec == 0);
        match poll(descriptors, left.as_ref()) {
            Ok(0) if is_last_look => return Ok(false),
            // A process that was stopped while the time went by has not seen what happened meanwhile: when the time is up
            // it looks once more.
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}

impl State {
    fn is_flushed(&self) -> bool {
        self.flushed == self.unsent.len()
    }

    fn takes_nothing(&self) -> bool {
        self.failure.is_some() || self.is_output_dropped
    }

    fn clear(&mut self) {
        self.unsent.clear();
        self.flushed = 0;
    }
}
