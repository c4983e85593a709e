//! A connection as hyper gets it: watched, with a limit on how long a write may take, and closed so that the other
//! side sees the answer.
//!
//! A server that closes with bytes unread makes the system send a reset, and that destroys what the other side has not
//! read yet (RFC 9112, section 9.6). So [`Wire::poll_shutdown`] says first that nothing more will come, then reads away
//! what the other side still sends, for a while, and only then is done.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;

use super::head_watch::{HeadWatch, Verdict};

/// How long the rest of a refused body is read away, and how much of it: what a client sends in that time on any
/// network, and no more than a few seconds of anybody's time.
const DRAIN_TIME: Duration = Duration::from_secs(5);
const DRAIN_BYTES: u64 = 256 * 1024 * 1024;

/// TCP, with or without TLS.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

/// What a connection's wire and its requests both know.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch(Arc<Mutex<HeadWatch>>);

impl Watch {
    pub(super) fn verdict(&self) -> Verdict {
        self.with(HeadWatch::verdict)
    }

    pub(super) fn is_between_requests(&self) -> bool {
        self.with(|watch| watch.is_between_requests())
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.with(|watch| watch.is_too_long())
    }

    fn with<T>(&self, ask: impl FnOnce(&mut HeadWatch) -> T) -> T {
        ask(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection.
pub(super) struct Wire {
    stream: Stream,
    watch: Watch,
    /// How long the other side may take none of what is written.
    idle: Duration,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Runs while the rest is read away.
    draining: Option<Draining>,
}

struct Draining {
    until: Pin<Box<Sleep>>,
    left: u64,
}

impl Wire {
    pub(super) fn new(stream: Stream, watch: Watch, idle: Duration) -> Self {
        Self {
            stream,
            watch,
            idle,
            stalled: None,
            draining: None,
        }
    }

    /// Ends the connection as a crash would, and destroys what is under way.
    pub(super) fn reset(self) {
        // Where it cannot be reset it is closed.
        let _ = self.stream.socket().set_zero_linger();
    }

    /// Hands a write's outcome on, unless it has been waiting for too long.
    fn limit<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let idle = self.idle;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(idle)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(poll_read(&mut self.stream, context, buffer))?;
        let bytes = &buffer.filled()[before..];
        let is_too_long = self.watch.with(|watch| {
            watch.look(bytes);
            watch.is_too_long()
        });
        if is_too_long {
            // Whoever serves the connection asks for the reason when it ends.
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        };
        self.limit(context, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        };
        self.limit(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.draining.is_none() {
            let outcome = match &mut self.stream {
                Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
                Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            };
            ready!(self.limit(context, outcome))?;
            if self.watch.is_between_requests() {
                return Poll::Ready(Ok(()));
            }
        }
        let Self {
            stream, draining, ..
        } = &mut *self;
        let draining = draining.get_or_insert_with(|| Draining {
            until: Box::pin(sleep(DRAIN_TIME)),
            left: DRAIN_BYTES,
        });
        draining.poll(stream, context).map(Ok)
    }
}

impl Draining {
    /// Reads away until the other side has closed, or it is enough.
    fn poll(&mut self, stream: &mut Stream, context: &mut Context<'_>) -> Poll<()> {
        let mut block = [0; 16 * 1024];
        while self.left > 0 && self.until.as_mut().poll(context).is_pending() {
            let mut buffer = ReadBuf::new(&mut block);
            let outcome = ready!(poll_read(stream, context, &mut buffer));
            let count = buffer.filled().len() as u64;
            if outcome.is_err() || count == 0 {
                break;
            }
            self.left = self.left.saturating_sub(count);
        }
        Poll::Ready(())
    }
}

fn poll_read(
    stream: &mut Stream,
    context: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    match stream {
        Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
        Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
    }
}
