//! An upload in which one system call fails: every one that the program makes, one after the other.
//!
//! strace counts the calls of an upload, and then lets one of them fail in each of many runs of the same upload. Whatever
//! fails, the program must come to an end, with an exit code that is true and, unless that is 0, a message. A call that
//! was merely interrupted must be made again.
//!
//! Calls from before the program's own beginning (the dynamic loader's, the runtime's) are left out. strace counts per
//! thread. A call of the main thread fails alone: strace follows no other thread then. For a call of another thread strace
//! follows all of them; it is told apart from the main thread's by the path that it is about. Where there is no path the
//! main thread's call of the same number fails as well, and where that would be one of the loader's, it is left out.
//!
//! Where there is no strace the test says so and ends; with `CI` set in the environment that is a failure.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in a test's own machinery fails the test"
)]

#[path = "cli/sandbox.rs"]
#[expect(dead_code, reason = "the steps that only the program's own tests take")]
mod sandbox;
#[path = "cli/wire_tap.rs"]
#[expect(dead_code, reason = "the steps that only the program's own tests take")]
mod wire_tap;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::CertifiedKey;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sandbox::{Sandbox, exit_code, visible};
use wire_tap::{Answer, Request, WireTap};

/// How long a run may take. Those that end well take a fiftieth of a second.
const WATCHDOG: Duration = Duration::from_secs(20);

/// After so many runs that had to be killed there are no more: all of them would take an hour.
const HANGING_IS_ENOUGH: usize = 6;

/// Runs at a time.
const WORKERS: usize = 3;

/// A connection that cannot be written to has been lost at its other end, too. That end cannot know of a failure that is
/// made up, and goes when nothing has come for so long.
const SILENCE: Duration = Duration::from_millis(300);

const FILE_LENGTH: u32 = 300_000;
const ANSWER: &str = "thanks";

/// What the name of the host may be looked up with, where the file that has it cannot be read.
const RESOLVER: (&str, &str) = ("RES_OPTIONS", "timeout:1 attempts:1");

/// The calls that fail, and the errors they fail with.
const FAULTS: &[(&str, &[&str])] = &[
    ("access", &["EACCES"]),
    ("accept4", &["EMFILE"]),
    ("bind", &["EADDRINUSE"]),
    ("clone", &["EAGAIN"]),
    ("clone3", &["EAGAIN"]),
    ("close", &["EIO"]),
    ("connect", &["ECONNREFUSED", "EADDRNOTAVAIL"]),
    ("eventfd2", &["EMFILE"]),
    ("fcntl", &["EMFILE"]),
    ("fdatasync", &["EIO"]),
    ("fstat", &["EIO"]),
    ("fstatfs", &["EIO"]),
    ("fsync", &["EIO"]),
    ("ftruncate", &["EIO"]),
    ("getcwd", &["ENOENT"]),
    ("getdents64", &["EIO"]),
    ("getpeername", &["ENOTCONN"]),
    ("getrandom", &["ENOSYS"]),
    ("getsockname", &["ENOBUFS"]),
    ("getsockopt", &["ENOBUFS"]),
    ("ioctl", &["EIO"]),
    ("link", &["EPERM"]),
    ("linkat", &["EPERM"]),
    ("lseek", &["EINVAL"]),
    ("mkdir", &["ENOSPC"]),
    ("mmap", &["ENOMEM"]),
    ("newfstatat", &["EIO"]),
    ("open", &["EACCES", "EMFILE"]),
    ("openat", &["EACCES", "EMFILE"]),
    ("pipe2", &["EMFILE"]),
    ("poll", &["ENOMEM"]),
    ("ppoll", &["ENOMEM"]),
    ("pread64", &["EIO"]),
    ("read", &["EIO"]),
    ("readlink", &["EACCES"]),
    ("readlinkat", &["EACCES"]),
    ("readv", &["EIO"]),
    ("recvfrom", &["ECONNRESET"]),
    ("recvmsg", &["ECONNRESET"]),
    ("rename", &["EACCES"]),
    ("renameat2", &["EACCES"]),
    ("sendmmsg", &["ENOBUFS"]),
    ("sendmsg", &["ECONNRESET", "EPIPE"]),
    ("sendto", &["ECONNRESET", "EPIPE"]),
    ("setsockopt", &["ENOBUFS"]),
    ("shutdown", &["ENOTCONN"]),
    ("socket", &["EMFILE"]),
    ("socketpair", &["EMFILE"]),
    ("statx", &["EIO", "ENOSYS"]),
    ("unlink", &["EACCES"]),
    ("unlinkat", &["EACCES"]),
    ("write", &["EIO", "ENOSPC"]),
    ("writev", &["EIO", "ENOSPC"]),
];

/// The calls that are made again when they were interrupted, so that nobody notices.
const REPEATED: &[&str] = &[
    "getrandom",
    "openat",
    "poll",
    "ppoll",
    "pread64",
    "read",
    "readv",
    "recvfrom",
    "recvmsg",
    "sendmsg",
    "sendto",
    "write",
    "writev",
];

/// The error that is none, if there is one for this call.
fn interruption(call: &str) -> Option<&'static str> {
    REPEATED.contains(&call).then_some("EINTR")
}

/// The calls that an upload cannot do without, by their names on any machine: if one of them was not counted, neither
/// was anything else.
const INDISPENSABLE: &[&str] = &["connect", "openat", "read", "recvfrom", "sendto", "write"];

/// What memory a thread begins with is between the C library, Rust's runtime and the kernel.
const NOT_IN_THREADS: &[&str] = &["mmap"];

/// An upload, in one of the ways to ask for one.
struct Variant {
    name: &'static str,
    /// Up to the port.
    url: &'static str,
    args: &'static [&'static str],
    /// The files that it writes, and how they begin and end.
    outputs: &'static [(&'static str, &'static str, &'static str)],
    stdout: (&'static str, &'static str),
    is_silent: bool,
}

const HEAD: &str = "HTTP/1.1 200 OK\r\n";

const VARIANTS: &[Variant] = &[
    Variant {
        name: "to standard output",
        url: "http://127.0.0.1",
        args: &[],
        outputs: &[],
        stdout: ("", ANSWER),
        is_silent: false,
    },
    Variant {
        name: "to a file, in silence",
        url: "http://127.0.0.1",
        args: &["-o", "out.txt", "--progress", "none", "-sS"],
        outputs: &[("out.txt", "", ANSWER)],
        stdout: ("", ""),
        is_silent: true,
    },
    Variant {
        name: "by name, chunked, with the heads and the progress",
        url: "http://localhost",
        args: &[
            "--chunked",
            "--progress",
            "plain",
            "--connect-timeout",
            "5",
            "-v",
            "-i",
            "-D",
            "head.txt",
        ],
        outputs: &[("head.txt", HEAD, "\r\n\r\n")],
        stdout: (HEAD, ANSWER),
        is_silent: false,
    },
    Variant {
        name: "by TLS",
        url: "https://127.0.0.1",
        args: &["--cacert", "ca.pem"],
        outputs: &[],
        stdout: ("", ANSWER),
        is_silent: false,
    },
];

/// One call to fail in one run.
#[derive(Clone, Debug)]
struct Fault {
    variant: usize,
    call: String,
    error: &'static str,
    number: usize,
    thread: Thread,
}

/// Whose call it is.
#[derive(Clone, Debug)]
enum Thread {
    Main,
    /// Not the main thread's; the path that it is about, if that is needed to tell it apart.
    Other(Option<String>),
}

impl Fault {
    /// strace's arguments.
    fn options(&self) -> Vec<String> {
        let Self {
            call,
            error,
            number,
            ..
        } = self;
        let mut options = vec![
            "-e".to_owned(),
            format!("trace={call}"),
            "-e".to_owned(),
            format!("inject={call}:error={error}:when={number}"),
        ];
        match &self.thread {
            Thread::Main => {}
            Thread::Other(None) => options.push("-f".to_owned()),
            Thread::Other(Some(path)) => {
                options.extend(["-f", "-P", path].map(str::to_owned));
            }
        }
        options
    }

    fn is_lost_connection(&self) -> bool {
        ["ECONNRESET", "EPIPE"].contains(&self.error)
    }

    fn must_go_unnoticed(&self) -> bool {
        self.error == "EINTR"
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: strace {}",
            VARIANTS[self.variant].name,
            self.options().join(" ")
        )
    }
}

/// A run under strace, when it has ended.
struct Run {
    variant: &'static Variant,
    sandbox: Sandbox,
    requests: Vec<Request>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// Nothing if it had to be killed.
    code: Option<i32>,
    log: String,
}

impl Run {
    /// Uploads under strace while this fails.
    fn with(fault: &Fault) -> Self {
        let silence = fault.is_lost_connection().then_some(SILENCE);
        let variant = &VARIANTS[fault.variant];
        Self::new(variant, &fault.options(), silence)
    }

    /// Uploads under strace with these options, to a server that hangs up after such a silence.
    fn new(variant: &'static Variant, options: &[String], silence: Option<Duration>) -> Self {
        let sandbox = Sandbox::new()
            .file("data.bin", content())
            .file("ca.pem", certificate());
        let server = Server::start(variant, silence);
        let url = format!("{}:{}/", variant.url, server.port());
        let invocation = sandbox
            .formpost(["-F", "note=hello", "-F", "file=@data.bin", &url])
            .args(variant.args)
            .env(RESOLVER.0, RESOLVER.1);
        let (program, args) = invocation.argv();
        let mut command = Command::new("strace");
        command
            .args(["--quiet=all", "-y", "-o", "log"])
            .args(options)
            .arg("--")
            .arg(program)
            .args(args)
            .current_dir(invocation.directory())
            .env_clear()
            .envs(invocation.all_environment())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = to_its_end(child.stdout.take().unwrap());
        let stderr = to_its_end(child.stderr.take().unwrap());
        let code = watch(&mut child, &[&stdout.1, &stderr.1]);
        let log = fs::read(sandbox.path("log")).unwrap_or_default();
        Self {
            variant,
            requests: server.requests(),
            stdout: stdout.0.join().unwrap(),
            stderr: stderr.0.join().unwrap(),
            code,
            log: String::from_utf8_lossy(&log).into_owned(),
            sandbox,
        }
    }

    /// What is wrong with how it ended, if anything is.
    fn complaint(&self, fault: Option<&Fault>) -> Option<String> {
        let Some(code) = self.code else {
            return Some(format!("still running after {WATCHDOG:?}"));
        };
        let said = String::from_utf8_lossy(&self.stderr);
        let is_complete = self.requests.iter().any(|request| request.is_complete);
        if said.contains("panicked") {
            return Some(format!("panicked, exit code {code}"));
        }
        if fault.is_some_and(Fault::must_go_unnoticed) && code != 0 {
            return Some(format!("exit code {code} of an interrupted call"));
        }
        match code {
            0 => return self.not_done(),
            // The command line has named a file that cannot be read.
            2 if self.injected().any(|line| line.contains("ca.pem")) => {}
            // Nothing else that can fail has to do with the command line, and the server says nothing but 200.
            2..=5 => return Some(format!("exit code {code}, which is not true")),
            6 | 7 if is_complete => {
                return Some(format!("exit code {code}, and all of it was sent"));
            }
            7 if !self.requests.is_empty() => {
                return Some("exit code 7, and something was sent".to_owned());
            }
            1 | 6..=9 => {}
            _ => return Some(format!("exit code {code}, which is none of ours")),
        }
        (said.trim().is_empty() && !self.lost_a_message())
            .then(|| format!("exit code {code} without a word"))
    }

    /// What an exit code 0 has promised and is not so.
    fn not_done(&self) -> Option<String> {
        let [request] = &self.requests[..] else {
            return Some(format!("done, and {} requests came", self.requests.len()));
        };
        if !request.is_complete || request.body != expected_body(request) {
            let length = request.body_length;
            return Some(format!("done, and {length} bytes of the body came"));
        }
        if !is_whole(&self.stdout, self.variant.stdout) {
            return Some("done, and standard output is not whole".to_owned());
        }
        for (name, start, end) in self.variant.outputs {
            let written = fs::read(self.sandbox.path(name)).unwrap_or_default();
            if !is_whole(&written, (start, end)) {
                return Some(format!("done, and {name} is not whole"));
            }
        }
        let is_told = self.variant.is_silent || !self.stderr.is_empty() || self.lost_a_message();
        (!is_told).then(|| "done without a word".to_owned())
    }

    /// The call that failed was to write on standard error.
    fn lost_a_message(&self) -> bool {
        self.injected().any(|line| line.contains("write(2"))
    }

    /// The lines of the log on calls that failed as they were told to.
    fn injected(&self) -> impl Iterator<Item = &str> {
        self.log.lines().filter(|line| line.contains("(INJECTED)"))
    }

    /// All there is to say of it.
    fn told(&self) -> String {
        let injected: Vec<&str> = self.injected().collect();
        let requests: Vec<String> = self
            .requests
            .iter()
            .map(|r| {
                format!(
                    "{} bytes of a body, complete: {}",
                    r.body_length, r.is_complete
                )
            })
            .collect();
        format!(
            "{}\n    requests: {}\n    standard output: {}\n    standard error: {}",
            injected.join("\n    "),
            requests.join(", "),
            visible(&self.stdout),
            String::from_utf8_lossy(&self.stderr).trim_end(),
        )
    }
}

/// Whom it is sent to.
enum Server {
    Plain(WireTap),
    Tls(u16, thread::JoinHandle<Option<Request>>),
}

impl Server {
    fn start(variant: &Variant, silence: Option<Duration>) -> Self {
        if variant.url.starts_with("http:") {
            let tap = WireTap::answering_if_asked(Answer::ok(ANSWER));
            return Self::Plain(match silence {
                Some(silence) => tap.hanging_up_after(silence),
                None => tap,
            });
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Self::Tls(
            port,
            thread::spawn(move || answer_by_tls(&listener, silence)),
        )
    }

    fn port(&self) -> u16 {
        match self {
            Self::Plain(tap) => tap.address().rsplit(':').next().unwrap().parse().unwrap(),
            Self::Tls(port, _) => *port,
        }
    }

    /// What has come. The program has ended, and so does this.
    fn requests(self) -> Vec<Request> {
        match self {
            Self::Plain(tap) => tap.requests(),
            Self::Tls(port, serving) => {
                // If nobody has come, this is who it waits for.
                drop(TcpStream::connect(("127.0.0.1", port)));
                serving.join().unwrap().into_iter().collect()
            }
        }
    }
}

/// One connection with one request whose length is known.
fn answer_by_tls(listener: &TcpListener, silence: Option<Duration>) -> Option<Request> {
    let (socket, _) = listener.accept().unwrap();
    socket.set_read_timeout(silence).unwrap();
    let connection = ServerConnection::new(Arc::clone(&identity().1)).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let mut wire = Vec::new();
    let mut block = vec![0; 64 * 1024];
    loop {
        // An error is a client that went away.
        let count = stream.read(&mut block).unwrap_or(0);
        wire.extend_from_slice(&block[..count]);
        let request = request_in(&wire);
        match request {
            Some(request) if request.is_complete => {
                let length = ANSWER.len();
                let _ = write!(stream, "{HEAD}Content-Length: {length}\r\n\r\n{ANSWER}");
                stream.conn.send_close_notify();
                let _ = stream.flush();
                return Some(request);
            }
            cut if count == 0 => return cut,
            _ => {}
        }
    }
}

/// What these octets are so far; nothing before the end of the head.
fn request_in(wire: &[u8]) -> Option<Request> {
    let end = wire.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let mut request = Request {
        head: String::from_utf8_lossy(&wire[..end]).into_owned(),
        body: wire[end..].to_vec(),
        body_length: (wire.len() - end) as u64,
        ..Request::default()
    };
    let length = request.header("Content-Length").unwrap().parse();
    request.is_complete = length == Ok(request.body_length);
    Some(request)
}

/// A certificate that nobody but the test vouches for, and what a server needs beside it.
fn identity() -> &'static (String, Arc<ServerConfig>) {
    static IDENTITY: OnceLock<(String, Arc<ServerConfig>)> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let text = STANDARD.encode(cert.der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        (pem, Arc::new(config))
    })
}

fn certificate() -> &'static str {
    &identity().0
}

fn is_whole(written: &[u8], (start, end): (&str, &str)) -> bool {
    let is_nothing = start.is_empty() && end.is_empty();
    let exactly = start.is_empty().then_some(end.len());
    written.starts_with(start.as_bytes())
        && written.ends_with(end.as_bytes())
        && (!is_nothing || written.is_empty())
        && exactly.is_none_or(|length| written.len() == length)
}

/// Octets that look like nothing in particular.
fn content() -> Vec<u8> {
    (0..FILE_LENGTH)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .collect()
}

/// The body with the boundary that this request has.
fn expected_body(request: &Request) -> Vec<u8> {
    let header = request.header("Content-Type").unwrap_or_default();
    let boundary = header.split("boundary=").nth(1).unwrap_or_default();
    [
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n").as_bytes(),
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"data.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n").as_bytes(),
        &content(),
        format!("\r\n--{boundary}--\r\n").as_bytes(),
    ]
    .concat()
}

/// Reads a pipe beside everything else. Nothing comes through the channel: it is closed when the pipe is at its end.
fn to_its_end(mut pipe: impl Read + Send + 'static) -> (thread::JoinHandle<Vec<u8>>, Receiver<()>) {
    let (sender, end) = mpsc::channel();
    let reading = thread::spawn(move || {
        let mut said = Vec::new();
        pipe.read_to_end(&mut said).unwrap();
        drop(sender);
        said
    });
    (reading, end)
}

/// Waits for the end of a program that closes these pipes, and kills it and whatever it started when that takes too long.
fn watch(child: &mut Child, pipes: &[&Receiver<()>]) -> Option<i32> {
    let deadline = Instant::now() + WATCHDOG;
    let is_over = pipes.iter().all(|pipe| {
        let left = deadline.saturating_duration_since(Instant::now());
        pipe.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Disconnected)
    });
    if !is_over {
        let group = format!("-{}", child.id());
        let killed = Command::new("kill")
            .args(["-s", "KILL", "--", &group])
            .status();
        assert!(killed.unwrap().success(), "kill {group}");
    }
    let status = child.wait().unwrap();
    is_over.then(|| exit_code(status)).flatten()
}

/// A call in a log.
struct Call {
    name: String,
    /// The path that it is about, if it is one from the root.
    path: Option<String>,
    /// Of the signals' own stack: Rust's runtime makes that last, before the program begins.
    is_stack: bool,
}

/// The calls in a log of `strace -f -y`, by thread, the main thread first.
fn calls(log: &str) -> Vec<Vec<Call>> {
    let mut threads: Vec<(&str, Vec<Call>)> = Vec::new();
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((name, args)) = rest.trim_start().split_once('(') else {
            continue;
        };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let call = Call {
            name: name.to_owned(),
            path: path_in(args),
            is_stack: name == "sigaltstack" && args.starts_with("{ss_sp=0x"),
        };
        match threads.iter_mut().find(|(id, _)| *id == thread) {
            Some((_, calls)) => calls.push(call),
            None => threads.push((thread, vec![call])),
        }
    }
    threads.into_iter().map(|(_, calls)| calls).collect()
}

/// The path of the descriptor that comes first, `3</etc/hosts>`, or the text that comes first, `AT_FDCWD</>, "/etc/hosts"`.
fn path_in(args: &str) -> Option<String> {
    let path = if args.starts_with(|c: char| c.is_ascii_digit()) {
        args.split_once('<')?.1.split_once('>')?.0
    } else {
        args.split_once('"')?.1.split_once('"')?.0
    };
    path.starts_with('/').then(|| path.to_owned())
}

/// What a run showed that could fail.
#[derive(Default)]
struct Inventory {
    faults: Vec<Fault>,
    before_main: usize,
    in_threads: usize,
}

fn count<'a>(calls: impl IntoIterator<Item = &'a Call>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(&*call.name).or_default() += 1;
    }
    counts
}

/// Runs the upload with everything as it should be, and writes down what could have failed.
fn take_inventory(variant: usize) -> Inventory {
    let run = Run::new(&VARIANTS[variant], &["-f".to_owned()], None);
    let complaint = run.complaint(None);
    assert!(
        run.code == Some(0) && complaint.is_none(),
        "with nothing failing: {:?}, {complaint:?}\n{}",
        run.code,
        run.told()
    );
    let threads = calls(&run.log);
    let (main, others) = threads.split_first().unwrap();
    let beginning = main.iter().position(|call| call.is_stack);
    let beginning = beginning.expect("the runtime's last call before main is in the log");
    let before = count(&main[..beginning]);
    let all = count(main);
    let mut inventory = Inventory::default();
    for (call, errors) in FAULTS {
        let first = before.get(call).copied().unwrap_or(0) + 1;
        let last = all.get(call).copied().unwrap_or(0);
        inventory.before_main += first - 1;
        for number in first..=last {
            for error in errors.iter().copied().chain(interruption(call)) {
                inventory.faults.push(Fault {
                    variant,
                    call: (*call).to_owned(),
                    error,
                    number,
                    thread: Thread::Main,
                });
            }
        }
        if !NOT_IN_THREADS.contains(call) {
            in_threads(&mut inventory, variant, (call, errors), others, first);
        }
    }
    inventory
}

/// Adds the failures of a call in the threads other than the main one, whose own begin with the number `first`.
fn in_threads(
    inventory: &mut Inventory,
    variant: usize,
    (call, errors): (&str, &[&'static str]),
    others: &[Vec<Call>],
    first: usize,
) {
    // By thread and path: how many there are, and the highest number of each path in any thread.
    let mut numbers: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for calls in others {
        let mut seen: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for (number, one) in calls.iter().filter(|one| one.name == call).enumerate() {
            let path = one.path.as_deref();
            let number = match path {
                Some(_) => seen.get(&path).copied().unwrap_or(0),
                None => number,
            } + 1;
            seen.insert(path, number);
            if path.is_none() && number < first {
                inventory.before_main += 1;
                continue;
            }
            let highest = numbers.entry(path).or_default();
            *highest = number.max(*highest);
        }
    }
    for (path, highest) in numbers {
        let lowest = if path.is_some() { 1 } else { first };
        for number in lowest..=highest {
            // What has a path there is the C library's, which has its own mind about interruptions.
            let interrupted = interruption(call).filter(|_| path.is_none());
            for error in errors.iter().copied().chain(interrupted) {
                inventory.in_threads += 1;
                inventory.faults.push(Fault {
                    variant,
                    call: call.to_owned(),
                    error,
                    number,
                    thread: Thread::Other(path.map(str::to_owned)),
                });
            }
        }
    }
}

/// What came of all the runs.
#[derive(Default)]
struct Findings {
    runs: usize,
    hanging: usize,
    missed: Vec<String>,
    codes: BTreeMap<i32, usize>,
    wrong: Vec<String>,
}

fn inflict(faults: &[Fault]) -> Findings {
    let next = AtomicUsize::new(0);
    let findings = Mutex::new(Findings::default());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let run = Run::with(fault);
                    let mut findings = findings.lock().unwrap_or_else(PoisonError::into_inner);
                    if run.injected().next().is_none() {
                        findings.missed.push(fault.to_string());
                        continue;
                    }
                    findings.runs += 1;
                    findings.hanging += usize::from(run.code.is_none());
                    *findings.codes.entry(run.code.unwrap_or(-1)).or_default() += 1;
                    if let Some(complaint) = run.complaint(Some(fault)) {
                        let told = run.told();
                        findings
                            .wrong
                            .push(format!("{complaint}\n    {fault}\n    {told}"));
                    }
                    if findings.hanging >= HANGING_IS_ENOUGH {
                        break;
                    }
                }
            });
        }
    });
    findings.into_inner().unwrap()
}

#[test]
fn an_upload_survives_each_call_that_fails() {
    if let Err(reason) = strace_works() {
        assert!(!is_ci(), "{reason}");
        say(&format!("SKIPPED: uploads in which a call fails: {reason}"));
        return;
    }
    let mut all = Inventory::default();
    for variant in 0..VARIANTS.len() {
        let one = take_inventory(variant);
        all.faults.extend(one.faults);
        all.before_main += one.before_main;
        all.in_threads += one.in_threads;
    }
    let tried: BTreeSet<&str> = all.faults.iter().map(|fault| &*fault.call).collect();
    for call in INDISPENSABLE {
        assert!(tried.contains(call), "no {call} among {tried:?}");
    }

    let findings = inflict(&all.faults);
    say(&format!(
        "{} runs with a call that failed, {} of them beside the main thread; {} more did not come to it; left out: {} calls before main\ncalls: {}\nexit codes and how often: {:?}",
        findings.runs,
        all.in_threads,
        findings.missed.len(),
        all.before_main,
        tried.iter().copied().collect::<Vec<_>>().join(" "),
        findings.codes,
    ));
    assert!(
        findings.missed.len() * 20 <= all.faults.len(),
        "too many did not come to the call that was to fail:\n{}",
        findings.missed.join("\n")
    );
    assert!(
        findings.wrong.is_empty(),
        "{} of {} runs ended wrongly:\n\n{}",
        findings.wrong.len(),
        findings.runs,
        findings.wrong.join("\n\n")
    );
}

/// Whether there is an strace, and it may trace.
fn strace_works() -> Result<(), String> {
    let traced = Command::new("strace")
        .args([
            "--quiet=all",
            "-o",
            "/dev/null",
            "-e",
            "inject=chdir:error=EIO:when=1",
        ])
        .args(["--", "true"])
        .stdin(Stdio::null())
        .output();
    match traced {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "strace does not work here: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        )),
        Err(_) => Err("there is no strace here".to_owned()),
    }
}

/// Says something that is to be read also when the test succeeds: past the capture of its output.
fn say(what: &str) {
    let said = writeln!(io::stderr(), "{what}");
    said.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "this is for who runs the tests")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}
