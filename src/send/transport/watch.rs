//! The transport that one exchange goes over: passes everything on, notes what passed, and looks for an answer while the
//! body goes out.
//!
//! A server that refuses an upload answers while it is still being sent, and then does as it likes: it reads on, it
//! closes, it does neither. A client that only writes learns of the refusal late, as a reset, or never (RFC 9112 section
//! 9.5 asks it to watch). So before each block the socket is asked whether something has come in, a write that is stuck
//! wakes up for it, and after a write that failed what is there is still read. Reading goes through TLS, so that a session
//! ticket is not taken for an answer; interim responses are skipped. A final answer other than a 2xx ends the sending: the
//! rest of the body is neither read nor sent, and ureq goes on to read the answer in the ordinary way. A 2xx lets the rest
//! go out, since it is worth something only to a server that has all of it; what comes with it meanwhile is set aside.
//!
//! An octet counts as accepted once the socket has taken it; the wait for the answer begins with the first read after
//! the body; the response's head is kept as it was on the wire, because what ureq hands out has lost its case and its
//! reason phrase.
//!
//! When all is over, the connection goes where it is kept for the next exchange, if it is fit for one. That one looks at it
//! before its first octet goes out: after that, an octet that had been under way cannot be told from an answer.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};

use super::exchange::Exchange;
use super::heads::{self, Beginning, Meaning, RESPONSE_HEAD_LIMIT};
use super::overflow::Overflow;
use super::persistence::wait_after;
use super::pool::{Home, Link};
use super::socket::exact;
use crate::send::connection::RESPONSE_PAUSE;
use crate::send::error::plain;
use crate::send::meter::{Milestone, Phase};

/// How long an answer is waited for after a write has failed: it is there already, if there is one.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Wraps a finished connection, TLS included.
#[derive(Debug)]
pub(in crate::send) struct WatchConnector {
    pub(in crate::send) exchange: Exchange,
    /// How long the server's word is waited for between head and body, if at all.
    pub(in crate::send) expect: Option<Duration>,
    /// Where the connection goes afterwards, if it is kept.
    pub(in crate::send) home: Option<Home>,
    /// A connection that has been kept, to be wrapped instead of a new one.
    pub(in crate::send) kept: Mutex<Option<Link>>,
}

impl WatchConnector {
    fn watched(&self, link: Link) -> Watched {
        Watched {
            link,
            exchange: self.exchange.clone(),
            home: self.home.clone(),
            expect: self.expect,
            head_end: [0; 4],
            answer: Answer::None,
            is_early: false,
            is_deaf: false,
            is_unreported: false,
            overflow: None,
        }
    }
}

impl<In: Transport> Connector<In> for WatchConnector {
    type Out = Watched;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let kept = self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(link) = kept {
            return Ok(Some(self.watched(link)));
        }
        let Some((inner, line)) = chained.zip(self.exchange.line()) else {
            return Ok(None);
        };
        let transport = Box::new(inner);
        let mut watched = self.watched(Link { transport, line });
        watched.begin();
        Ok(Some(watched))
    }
}

/// A connection that is watched.
#[derive(Debug)]
pub(in crate::send) struct Watched {
    link: Link,
    exchange: Exchange,
    home: Option<Home>,
    /// The wait that is still to come once the head is out.
    expect: Option<Duration>,
    /// The last octets that went out while the head did.
    head_end: [u8; 4],
    answer: Answer,
    /// Some of an answer came before the body was out.
    is_early: bool,
    /// Nothing more will come in, or can be taken in before the body is out.
    is_deaf: bool,
    /// Input has been read that ureq has not been told of.
    is_unreported: bool,
    /// Input for which there was no room.
    overflow: Option<Overflow>,
}

/// What is known of the answer while the body goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// Nothing yet.
    None,
    /// The server waits for the body (100).
    Continue,
    /// It is a 2xx, and has come before the body was out.
    Accepted,
}

impl Watched {
    /// The connection is there.
    fn begin(&mut self) {
        let meter = self.exchange.meter();
        if self.link.transport.is_tls() {
            meter.reach(Milestone::Secured);
        }
        meter.reach(Milestone::Ready);
        // What a proxy brought along with its word that the way is free.
        let input = self.link.transport.buffers().input();
        self.exchange.keep_received(input);
        self.is_early = !input.is_empty();
        meter.enter(Phase::Sending);
    }

    /// Takes a kept connection up, right before the first octets go out. What has come in over it is no answer, since
    /// nothing was asked; a connection that has said something, or has come to its end, is none.
    fn take_up(&mut self) -> Result<(), Error> {
        if !self.link.is_quiet() {
            return Err(Error::Io(io::ErrorKind::NotConnected.into()));
        }
        self.exchange.connected(&self.link.line, true);
        self.begin();
        Ok(())
    }

    /// How long the server will wait for another exchange over this connection; `None` if there may be none, for one
    /// because some of the answer came before the whole request was out.
    fn wait_afterwards(&self) -> Option<Duration> {
        let line = &self.link.line;
        let is_spoilt = self.is_early
            || self.is_deaf
            || self.exchange.is_abandoned()
            || line.has_failed()
            || !line.is_flushed();
        if is_spoilt {
            return None;
        }
        wait_after(heads::head(&self.exchange.received().rest))
    }

    fn transmit(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if !self.exchange.has_begun() {
            self.take_up()?;
        } else if !self.is_deaf && self.link.line.has_input()? {
            self.look()?;
        }
        if self.exchange.is_abandoned() {
            return Ok(());
        }
        let ends_head = self.expect.is_some() && self.ends_head(amount);
        self.link.transport.transmit_output(amount, timeout)?;
        self.flush(timeout)?;
        if !self.exchange.is_abandoned() {
            self.exchange.meter().reach(Milestone::HeadSent);
        }
        if ends_head {
            self.await_continue(timeout)?;
        }
        Ok(())
    }

    /// Whether the head ends with the next `amount` octets.
    fn ends_head(&mut self, amount: usize) -> bool {
        let octets = &self.link.transport.buffers().output()[..amount];
        for octet in &octets[octets.len().saturating_sub(4)..] {
            self.head_end.rotate_left(1);
            self.head_end[3] = *octet;
        }
        self.head_end == *b"\r\n\r\n"
    }

    /// Waits until the socket has taken everything. The stall clock starts again with each octet it takes.
    fn flush(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        let began = Instant::now();
        let mut moved = began;
        while !self.link.line.is_flushed() {
            let stall = timeout
                .per_write
                .map(|limit| limit.saturating_sub(moved.elapsed()));
            let total = exact(timeout).map(|limit| limit.saturating_sub(began.elapsed()));
            let limit = stall.into_iter().chain(total).min();
            let Some(ready) = self.link.line.wait(!self.is_deaf, limit)? else {
                if self.answer == Answer::Accepted {
                    // It has said all it will say.
                    self.exchange.abandon();
                    return Ok(());
                }
                let is_stalled =
                    stall.is_some_and(|stall| total.is_none_or(|total| stall <= total));
                return Err(Error::Timeout(if is_stalled {
                    Timeout::PerWrite
                } else {
                    timeout.reason
                }));
            };
            if ready.to_read && !self.is_deaf {
                self.look()?;
                if self.exchange.is_abandoned() {
                    return Ok(());
                }
            }
            if ready.to_write && self.link.line.flush() > 0 {
                moved = Instant::now();
            }
        }
        if self.link.line.has_failed() {
            // What the server said before it closed may still be there to be read.
            self.exchange.abandon();
        }
        Ok(())
    }

    /// Between head and body (RFC 9110 section 10.1.1): waits for a 100 or a final answer, but not for long.
    fn await_continue(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        let Some(limit) = self.expect.take() else {
            return Ok(());
        };
        let limit = exact(timeout).map_or(limit, |total| limit.min(total));
        let began = Instant::now();
        while self.answer == Answer::None && !self.is_deaf && !self.exchange.is_abandoned() {
            let left = limit.saturating_sub(began.elapsed());
            if self.link.line.wait(true, Some(left))?.is_none() {
                break;
            }
            self.look()?;
        }
        Ok(())
    }

    /// Reads what has come in, without waiting, and decides what follows from it. All of it: what one read leaves in TLS's
    /// buffers would wake nobody.
    fn look(&mut self) -> Result<(), Error> {
        loop {
            let length = self.link.transport.buffers().input().len();
            if length > RESPONSE_HEAD_LIMIT && self.answer != Answer::Accepted {
                // A head that long is none.
                self.is_deaf = true;
                self.exchange.abandon();
                return Ok(());
            }
            // Once some has been set aside, all that comes after it is: ureq would take what is at hand for the first.
            let is_too_much = length > RESPONSE_HEAD_LIMIT || self.overflow.is_some();
            if is_too_much {
                let Ok(overflow) = self.overflow.take().map_or_else(Overflow::new, Ok) else {
                    // Where there are no temporary files, the server has to wait until the body is out.
                    self.is_deaf = true;
                    return Ok(());
                };
                self.set_aside(overflow)?;
            }
            self.link.line.set_looking(true);
            let read = self.read(NextTimeout::default());
            self.link.line.set_looking(false);
            self.judge();
            let end = match read {
                Ok(true) if self.exchange.is_abandoned() => return Ok(()),
                Ok(true) => continue,
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Ok(false) => io::Error::from(io::ErrorKind::UnexpectedEof),
                Err(error) => error.into_io(),
            };
            return self.end(end);
        }
    }

    /// Makes room for more input.
    fn set_aside(&mut self, mut overflow: Overflow) -> io::Result<()> {
        let input = self.link.transport.buffers().input();
        let length = input.len();
        overflow.put_in(input)?;
        self.link.transport.buffers().input_consume(length);
        self.is_unreported = false;
        self.overflow = Some(overflow);
        Ok(())
    }

    /// Input that was set aside; whether there was any.
    fn take_back(&mut self) -> io::Result<bool> {
        let Some(overflow) = &mut self.overflow else {
            return Ok(false);
        };
        let count = overflow.take_out(self.link.transport.buffers().input_append_buf())?;
        self.link.transport.buffers().input_appended(count);
        if count == 0 {
            self.overflow = None;
        }
        Ok(count > 0)
    }

    /// Nothing more will come in.
    fn end(&mut self, error: io::Error) -> Result<(), Error> {
        self.is_deaf = true;
        if self.exchange.is_abandoned() || self.answer == Answer::Accepted {
            return Ok(());
        }
        if self.link.transport.buffers().input().is_empty() {
            return Err(error.into());
        }
        // An answer that was cut: what there is of it is shown.
        self.exchange.abandon();
        Ok(())
    }

    /// What the input so far means for the sending.
    fn judge(&mut self) {
        let input = self.link.transport.buffers().input();
        self.is_unreported = !input.is_empty();
        self.is_early |= self.is_unreported;
        if self.answer == Answer::Accepted {
            return;
        }
        match Meaning::of(input) {
            Meaning::None => {}
            Meaning::Accepted => self.answer = Answer::Accepted,
            Meaning::Refused => self.exchange.abandon(),
        }
    }

    /// Reads, and takes interim responses out of what has come in as long as it is the head that is waited for: ureq
    /// takes one with fields for an error, which RFC 9110 section 15.2 allows.
    fn read(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let before = self.link.transport.buffers().input().len();
        let read = self.link.transport.await_input(timeout);
        let input = self.link.transport.buffers().input();
        let new = &input[before.min(input.len())..];
        if !new.is_empty() {
            self.exchange.meter().reach(Milestone::Answered);
        }
        self.exchange.keep_received(new);
        if self.exchange.meter().phase() != Phase::Receiving && self.answer != Answer::Accepted {
            self.skip_interim();
        }
        read
    }

    fn skip_interim(&mut self) {
        while let Beginning::Interim { status, length } =
            Beginning::of(self.link.transport.buffers().input())
        {
            self.link.transport.buffers().input_consume(length);
            self.exchange.skip_interim(length);
            if status == 100 {
                self.answer = Answer::Continue;
            }
        }
    }
}

impl Transport for Watched {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.link.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.exchange.is_abandoned() {
            return Ok(());
        }
        self.transmit(amount, timeout)?;
        if !self.exchange.is_abandoned() {
            self.exchange.meter().accept();
        }
        Ok(())
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        let meter = self.exchange.meter();
        if meter.phase() == Phase::Receiving {
            // ureq's own limit for each read would count for the wait for the head as well.
            timeout.per_read = Some(RESPONSE_PAUSE.into());
        } else if self.link.line.has_failed() {
            timeout.per_read = Some(LAST_WORDS.into());
        } else if !self.exchange.is_abandoned() {
            meter.reach(Milestone::Sent);
            meter.enter(Phase::Waiting);
        }
        if self.take_back()? || std::mem::take(&mut self.is_unreported) {
            return Ok(true);
        }
        match self.read(timeout) {
            Ok(true) => Ok(true),
            // ureq takes a connection that breaks for the end of a body that nothing but its end delimits (RFC 9112
            // section 8).
            Err(Error::Io(error)) if self.exchange.meter().phase() == Phase::Receiving => {
                Err(io::Error::other(plain(error)).into())
            }
            nothing => match self.link.line.take_failure() {
                Some(failure) if self.link.transport.buffers().input().is_empty() => {
                    Err(failure.into())
                }
                _ => nothing,
            },
        }
    }

    /// ureq asks this of a connection whose exchange is over and has left it fit for another (neither side has said that
    /// it closes, the answer was read to its end and nothing stands behind it), before it drops it or puts it into a pool
    /// of its own. This is where it goes into ours.
    fn is_open(&mut self) -> bool {
        if let Some((home, wait)) = self.home.take().zip(self.wait_afterwards()) {
            self.exchange.finish();
            home.take_in(self.link.hand_over(), wait);
        }
        false
    }

    fn is_tls(&self) -> bool {
        self.link.transport.is_tls()
    }
}
