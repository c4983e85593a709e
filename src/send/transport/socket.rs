//! The bottom of the chain: a connection over TCP, or within this machine.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport, time,
};

use super::dial::dial;
#[cfg(unix)]
use super::dial::dial_unix;
use super::exchange::Exchange;
use super::line::Line;
use crate::send::pace::Pace;
use crate::send::route::Route;

/// Opens the connection of one exchange.
#[derive(Debug)]
pub(in crate::send) struct SocketConnector {
    pub(in crate::send) exchange: Exchange,
    pub(in crate::send) route: Route,
    pub(in crate::send) pace: Option<Pace>,
}

impl SocketConnector {
    fn open(&self, addresses: &[SocketAddr], limit: Option<Duration>) -> io::Result<Line> {
        #[cfg(unix)]
        if let Some(path) = &self.route.unix_socket {
            return Line::over_unix(dial_unix(path, limit)?);
        }
        Line::over_tcp(dial(addresses, self.route.interface.as_ref(), limit)?)
    }
}

impl Connector for SocketConnector {
    type Out = Socket;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let addresses: Vec<SocketAddr> = details.addrs.iter().copied().collect();
        let opened = self.open(&addresses, exact(details.timeout));
        let line = opened.map_err(|error| {
            // The system has a time limit, too, which is an address's own.
            if error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none() {
                Error::Timeout(details.timeout.reason)
            } else {
                Error::Io(error)
            }
        })?;
        line.keep_pace(self.pace.clone());
        let line = Arc::new(line);
        self.exchange.connected(&line, false);
        let config = details.config;
        Ok(Some(Socket {
            line,
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
        }))
    }
}

/// Moves octets between ureq's buffers and the socket.
#[derive(Debug)]
pub(in crate::send) struct Socket {
    line: Arc<Line>,
    buffers: LazyBuffers,
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    /// Does not wait: what the socket does not take is flushed by whoever waits for it, and so is a failure told to them.
    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        self.line.send(&self.buffers.output()[..amount]);
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        let deadline = exact(timeout).and_then(|limit| Instant::now().checked_add(limit));
        loop {
            self.line.flush();
            match self.line.receive(self.buffers.input_append_buf()) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    return Ok(count > 0);
                }
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error.into()),
                Err(error) if self.line.is_looking() => return Err(error.into()),
                Err(_) => {}
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if self.line.wait(true, left)?.is_none() {
                return Err(Error::Timeout(timeout.reason));
            }
        }
    }

    fn is_open(&mut self) -> bool {
        // Only the outermost transport is asked.
        false
    }
}

/// How long a timeout is, `None` if it never comes.
pub(super) fn exact(timeout: NextTimeout) -> Option<Duration> {
    (!timeout.after.is_not_happening()).then_some(*timeout.after)
}

/// What is left of the time for connecting.
pub(super) fn left_of(details: &ConnectionDetails) -> NextTimeout {
    let mut timeout = details.timeout;
    if let (time::Duration::Exact(limit), time::Instant::Exact(began)) =
        (timeout.after, details.now)
    {
        timeout.after = limit.saturating_sub(began.elapsed()).into();
    }
    timeout
}
