//! Connecting: to the first of several addresses that answers.
//!
//! The next address is tried as soon as one fails, and after a moment while it still does not say anything (RFC 8305
//! section 5), so that a network over which nothing comes through costs that moment and not the time for connecting.

use std::io;
use std::net::{SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::line::poll_for;
use crate::send::route::Interface;

/// How long an address is waited for before the next is tried as well.
const HEAD_START: Duration = Duration::from_millis(250);

/// How often a socket of this machine is knocked at that has no room for another connection.
#[cfg(unix)]
const KNOCK: Duration = Duration::from_millis(20);

/// Connects to the first of `addresses` that answers, within `limit` over all of them.
///
/// # Errors
/// The last one's, `TimedOut` that is none of the system's if the time was up.
pub(super) fn dial(
    addresses: &[SocketAddr],
    interface: Option<&Interface>,
    limit: Option<Duration>,
) -> io::Result<TcpStream> {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut waiting = addresses.iter().peekable();
    let mut tried: Vec<Socket> = Vec::new();
    let mut next = Instant::now();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        let now = Instant::now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if tried.is_empty() || next <= now {
            match waiting.next() {
                Some(address) => {
                    match begin(address, interface) {
                        Ok(socket) => {
                            tried.push(socket);
                            next = now + HEAD_START;
                        }
                        Err(error) => last = error,
                    }
                    continue;
                }
                None if tried.is_empty() => return Err(last),
                None => {}
            }
        }
        let next_at = waiting.peek().map(|_| next);
        let until = next_at.into_iter().chain(deadline).min();
        let ready = wait(
            &tried,
            until.map(|until| until.saturating_duration_since(now)),
        )?;
        // From behind, so that those before stay where they are.
        for index in ready.into_iter().rev() {
            let socket = tried.remove(index);
            match outcome(&socket) {
                Ok(()) => return Ok(socket.into()),
                Err(error) => {
                    last = error;
                    next = now;
                }
            }
        }
    }
}

/// Begins to connect, without waiting.
fn begin(address: &SocketAddr, interface: Option<&Interface>) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(*address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    match interface {
        None => {}
        Some(Interface::Address(address)) => {
            socket.bind(&SocketAddr::new(*address, 0).into())?;
        }
        Some(Interface::Name(name)) => bind_to(&socket, name)?,
    }
    connect(&socket, &SockAddr::from(*address))?;
    Ok(socket)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bind_to(socket: &Socket, name: &str) -> io::Result<()> {
    socket.bind_device(Some(name.as_bytes()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bind_to(_: &Socket, _: &str) -> io::Result<()> {
    Err(io::Error::other(
        "expected an address, this system binds to no interface by its name",
    ))
}

fn connect(socket: &Socket, address: &SockAddr) -> io::Result<()> {
    match socket.connect(address) {
        Err(error) if is_begun(&error) => Ok(()),
        outcome => outcome,
    }
}

/// Whether connecting goes on by itself.
fn is_begun(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::INPROGRESS | Errno::INTR)
    ) || (cfg!(windows) && error.kind() == io::ErrorKind::WouldBlock)
}

/// Which of the sockets have come to an end of connecting, good or bad, within `limit`.
fn wait(sockets: &[Socket], limit: Option<Duration>) -> io::Result<Vec<usize>> {
    let mut descriptors: Vec<PollFd<'_>> = sockets
        .iter()
        .map(|socket| PollFd::new(socket, PollFlags::OUT))
        .collect();
    poll_for(&mut descriptors, limit)?;
    let ready = descriptors.iter().enumerate();
    let ready = ready.filter(|(_, descriptor)| !descriptor.revents().is_empty());
    Ok(ready.map(|(index, _)| index).collect())
}

/// What came of connecting.
fn outcome(socket: &Socket) -> io::Result<()> {
    match socket.take_error()? {
        Some(error) => Err(error),
        None => socket.peer_addr().map(drop),
    }
}

/// Connects to a socket of this machine, within `limit`.
///
/// # Errors
/// As for [`dial`].
#[cfg(unix)]
pub(super) fn dial_unix(path: &Path, limit: Option<Duration>) -> io::Result<UnixStream> {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let address = SockAddr::unix(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    loop {
        match connect(&socket, &address) {
            Ok(()) => break,
            // It has no room for another connection now.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(KNOCK);
    }
    Ok(socket.into())
}
