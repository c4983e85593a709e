//! What is uploaded, and the program that does it.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crate::identity::Identity;
use crate::recorder::Request;
use crate::sandbox::{Invocation, Outcome, Sandbox};

/// How long a run may take before it counts as hanging.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(45);

/// Where the content comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    File,
    /// Longer than what is read ahead: chunked, and to be read once.
    Pipe,
    /// That, and `--spool`.
    Spooled,
    /// A pipe that ends within what is read ahead.
    ShortPipe,
}

impl Source {
    pub(crate) fn is_repeatable(self) -> bool {
        self != Self::Pipe
    }

    /// Content without a pattern that a shifted or repeated block would hide in.
    pub(crate) fn content(self) -> &'static [u8] {
        static LONG: OnceLock<Vec<u8>> = OnceLock::new();
        let long = LONG.get_or_init(|| {
            let mut state = 1_u32;
            let octets = std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            });
            octets.take(1024 * 1024 + 4096).collect()
        });
        match self {
            Self::File | Self::ShortPipe => &long[..70_000],
            Self::Pipe | Self::Spooled => long,
        }
    }

    /// A place with the file, and the certificate that everybody here trusts.
    pub(crate) fn sandbox(self) -> Sandbox {
        let sandbox = Sandbox::new().file("ca.pem", &Identity::trusted().pem);
        if self == Self::File {
            sandbox.file("big.bin", self.content())
        } else {
            sandbox
        }
    }

    /// The program that uploads a text and it.
    pub(crate) fn of<'a>(self, sandbox: &'a Sandbox, url: &str) -> Invocation<'a> {
        let run = sandbox.formpost([url, "--cacert", "ca.pem", "-F", "note=hello"]);
        if self == Self::File {
            return run.args(["-F", "file=@big.bin"]);
        }
        let run = run.args(["-F", "file=@-;filename=big.bin"]);
        let run = run.stdin_from(Cursor::new(self.content()));
        if self == Self::Spooled {
            run.arg("--spool")
        } else {
            run
        }
    }

    /// What is wrong with a request that should carry all of it, written down here octet by octet.
    pub(crate) fn complaint(self, request: &Request) -> Option<String> {
        let mut body = format!(
            "--{0}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n\
             --{0}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.bin\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            request.boundary()
        )
        .into_bytes();
        body.extend_from_slice(self.content());
        body.extend_from_slice(format!("\r\n--{}--\r\n", request.boundary()).as_bytes());
        if !request.line().starts_with("POST ") {
            return Some(format!("no POST: {}", request.line()));
        }
        if !request.is_complete || request.body != body {
            let (read, whole) = (request.body.len(), body.len());
            return Some(format!("{read} octets of a body of {whole}, or others"));
        }
        if request.is_chunked() != (self == Self::Pipe) {
            return Some(format!("framed otherwise:\n{}", request.head));
        }
        None
    }

    /// That all of it came with that request.
    #[track_caller]
    pub(crate) fn is_whole_in(self, request: &Request) {
        assert_eq!(self.complaint(request), None);
    }
}

/// An address where nobody listens, and nobody else here will: on Linux it is one of its own.
pub(crate) fn nobody() -> SocketAddr {
    let own = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 3), 0));
    let listener = own.or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    listener.unwrap().local_addr().unwrap()
}

/// Runs it under this file's watchdog.
#[track_caller]
pub(crate) fn patient(run: Invocation<'_>) -> Outcome {
    let mut running = run.start();
    running.patience = WATCHDOG;
    running.wait()
}

/// Standard error, line by line while the program runs: it goes through a FIFO that the sandbox must have.
pub(crate) struct Listening {
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Listening {
    pub(crate) const FIFO: &'static str = "stderr";

    /// Hands the run back with its standard error going there. The thread waits for the program to open it.
    pub(crate) fn to<'a>(sandbox: &Sandbox, run: Invocation<'a>) -> (Self, Invocation<'a>) {
        let path = Arc::new(sandbox.path(Self::FIFO));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let fifo = File::open(&*path)?;
            for line in BufReader::new(fifo).lines() {
                // The test may have given up waiting; that is no reason to fail here.
                let _ = sender.send(line?);
            }
            std::io::Result::Ok(())
        });
        let listening = Self {
            lines,
            said: Vec::new(),
        };
        (listening, run.stderr_to(Self::FIFO))
    }

    /// Waits for a line that has this in it.
    #[track_caller]
    pub(crate) fn until(&mut self, part: &str) {
        loop {
            match self.lines.recv_timeout(WATCHDOG) {
                Ok(line) => self.said.push(line),
                Err(error) => panic!("{error} before {part:?}; said: {:#?}", self.said),
            }
            if self.said.last().is_some_and(|line| line.contains(part)) {
                return;
            }
        }
    }

    /// All that was said, once the program has ended.
    #[track_caller]
    pub(crate) fn rest(mut self) -> String {
        while let Ok(line) = self.lines.recv_timeout(WATCHDOG) {
            self.said.push(line);
        }
        self.said.join("\n")
    }
}
