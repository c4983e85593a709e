//! One row of the tables: what is uploaded to which script, and what must come of it.
//!
//! ```text
//! n13_a_greeting_of_another_protocol:
//!     row(answers("SSH-2.0-OpenSSH_9.2\r\n")).expect(code(9).says("SSH-2.0-OpenSSH_9.2"));
//! ```
//!
//! Beside what a row expects, every run is held to what must always be true: see [`Expect::judge`].

use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::time::{Duration, Instant};

use crate::identity::Identity;
use crate::sandbox::{Invocation, Outcome, Sandbox, visible};
use crate::server::{Script, Security, Seen, Server, transcript};

/// How long a run may take before it counts as hanging.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(20);

/// More than the buffers between two ends on loopback swallow.
pub(crate) const MUCH: u64 = 30_000_000;

/// A body that nobody can have sent.
pub(crate) const TOO_MUCH: u64 = 500 << 30;

/// A race is lost now and then only.
pub(crate) const RACE: usize = 50;

/// Makes a test of each row: its name, a colon, and what has a `run`.
macro_rules! rows {
    ($($(#[$attribute:meta])* $name:ident: $row:expr;)+) => {
        $($(#[$attribute])* #[test] fn $name() { $row.run(); })+
    };
}
pub(crate) use rows;

// ---------------------------------------------------------------------------------------------
// What is run

/// What is uploaded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Upload {
    /// A file of so many zeros.
    File(u64),
    /// A pipe of so many zeros. Of more than 1 MiB nobody knows the length beforehand.
    Pipe(u64),
}

impl Upload {
    pub(crate) const LITTLE: Self = Self::File(5);
    pub(crate) const MUCH: Self = Self::File(MUCH);
    pub(crate) const MUCH_PIPED: Self = Self::Pipe(MUCH);

    /// A place with the file `big.bin`, and the certificate that everybody here trusts.
    pub(crate) fn sandbox(self) -> Sandbox {
        let sandbox = Sandbox::new().file("ca.pem", &Identity::trusted().pem);
        match self {
            Self::File(length) => sandbox.sparse_file("big.bin", length),
            Self::Pipe(_) => sandbox,
        }
    }

    /// The program that uploads it.
    pub(crate) fn of<'a>(self, sandbox: &'a Sandbox, url: &str) -> Invocation<'a> {
        let run = sandbox.formpost([url]);
        let run = if url.starts_with("https:") {
            run.args(["--cacert", "ca.pem"])
        } else {
            run
        };
        match self {
            Self::File(_) => run.arg("big.bin"),
            Self::Pipe(length) => run.arg("-").stdin_from(io::repeat(0).take(length)),
        }
    }
}

/// One row. Without more it uploads [`Upload::MUCH`] once, without TLS.
#[must_use]
#[derive(Clone)]
pub(crate) struct Row {
    scripts: Vec<Script>,
    upload: Upload,
    args: &'static [&'static str],
    securities: &'static [Security],
    times: usize,
    limit: Option<Duration>,
    expect: Expect,
}

/// A row with one connection.
pub(crate) fn row(script: Script) -> Row {
    connections([script])
}

/// A row with so many connections, one after the other.
pub(crate) fn connections(scripts: impl IntoIterator<Item = Script>) -> Row {
    Row {
        scripts: scripts.into_iter().collect(),
        upload: Upload::MUCH,
        args: &[],
        securities: &[Security::Plain],
        times: 1,
        limit: None,
        expect: code(0),
    }
}

impl Row {
    pub(crate) fn upload(mut self, upload: Upload) -> Self {
        self.upload = upload;
        self
    }

    pub(crate) fn args(mut self, args: &'static [&'static str]) -> Self {
        self.args = args;
        self
    }

    /// Without TLS, and then with it.
    pub(crate) fn both(mut self) -> Self {
        self.securities = &[Security::Plain, Security::Tls];
        self
    }

    /// Runs it so often, for the sake of a race.
    pub(crate) fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Says how long it was from the server's last word to the program's end. It may not be long; how short it is, is no
    /// test's business.
    pub(crate) fn timed(self) -> Self {
        self.timed_within(SEEN_WITHIN)
    }

    /// The same, with another idea of what is long.
    pub(crate) fn timed_within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// Runs it all, and fails with how often it failed and how it did first.
    #[track_caller]
    pub(crate) fn run(self) {
        match self.result() {
            Err(complaints) => panic!("\n{complaints}"),
            Ok(longest) if self.limit.is_some() => say(&format!(
                "{:?}, {} runs, at most {longest:.1?} from the answer to the end",
                self.upload,
                self.times * self.securities.len()
            )),
            Ok(_) => {}
        }
    }

    /// The longest time from an answer to the end, or what is wrong.
    pub(crate) fn result(&self) -> Result<Duration, String> {
        let sandbox = self.upload.sandbox();
        let mut longest = Duration::ZERO;
        let mut complaints = String::new();
        for security in self.securities {
            let runs = (0..self.times).map(|_| self.once(&sandbox, *security));
            let (ends, failures): (Vec<_>, Vec<_>) = runs.partition(Result::is_ok);
            longest = ends.into_iter().flatten().fold(longest, Duration::max);
            if let Some(Err(first)) = failures.first() {
                let (failed, times) = (failures.len(), self.times);
                writeln!(
                    complaints,
                    "{failed} of {times} runs, {security:?}, first:\n{first}"
                )
                .unwrap();
            }
        }
        if complaints.is_empty() {
            Ok(longest)
        } else {
            Err(complaints)
        }
    }

    fn once(&self, sandbox: &Sandbox, security: Security) -> Result<Duration, String> {
        let server = Server::start(security, self.scripts.clone());
        let run = self.upload.of(sandbox, &server.url()).args(self.args);
        let command = run.shown();
        let outcome = patient(run);
        let ended = Instant::now();
        let seen = server.finish();
        let answered = seen.last().and_then(|seen| seen.answered);
        let time = answered.map(|answered| ended.saturating_duration_since(answered));
        let mut expect = self.expect.clone();
        let is_late = |limit| time.is_none_or(|time| time > limit);
        if let Some(limit) = self.limit.filter(|limit| is_late(*limit)) {
            let complaint = format!("an end within {limit:?} of the answer, not {time:?}");
            expect.complaints.push(complaint);
        }
        expect.judge(&command, &outcome, &seen)?;
        Ok(time.unwrap_or_default())
    }
}

/// Far above what an answer that is seen at once takes, and below what any time limit would end.
const SEEN_WITHIN: Duration = Duration::from_secs(5);

/// Runs it to its end, with the watchdog of these tests.
#[track_caller]
pub(crate) fn patient(run: Invocation<'_>) -> Outcome {
    let mut running = run.start();
    running.patience = WATCHDOG;
    running.wait()
}

/// Says something that is to be read also when the test succeeds: past the capture of its output.
pub(crate) fn say(what: &str) {
    let test = std::thread::current();
    let said = writeln!(io::stderr(), "{}: {what}", test.name().unwrap_or_default());
    said.unwrap();
}

// ---------------------------------------------------------------------------------------------
// What is expected

/// What must be true of a connection, in words and as a question.
type Demand = (&'static str, fn(&Seen) -> bool);

/// What must come of a run.
#[must_use]
#[derive(Clone)]
pub(crate) struct Expect {
    codes: Vec<i32>,
    stdout: Option<&'static str>,
    says: Vec<String>,
    never_says: Vec<&'static str>,
    connections: usize,
    /// Asked of the last connection.
    server: Vec<Demand>,
    /// What is wrong already.
    complaints: Vec<String>,
}

/// This exit code, and one connection.
pub(crate) fn code(code: i32) -> Expect {
    Expect {
        codes: vec![code],
        stdout: None,
        says: Vec::new(),
        never_says: vec!["panicked"],
        connections: 1,
        server: Vec::new(),
        complaints: Vec::new(),
    }
}

/// That it is not known what became of the upload, and how much of it was handed over.
pub(crate) fn unknown() -> Expect {
    code(8)
        .says("not known whether the server kept the upload")
        .says("handed over")
}

impl Expect {
    /// Or this exit code, where both have their reasons.
    pub(crate) fn or(mut self, code: i32) -> Self {
        self.codes.push(code);
        self
    }

    /// Exactly this on standard output.
    pub(crate) fn stdout(mut self, stdout: &'static str) -> Self {
        self.stdout = Some(stdout);
        self
    }

    /// This somewhere on standard error.
    pub(crate) fn says(mut self, words: impl Into<String>) -> Self {
        self.says.push(words.into());
        self
    }

    /// This nowhere on standard error.
    pub(crate) fn never_says(mut self, words: &'static str) -> Self {
        self.never_says.push(words);
        self
    }

    /// So many connections; without this, one.
    pub(crate) fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Something about what the server saw in its last connection.
    pub(crate) fn server(mut self, what: &'static str, holds: fn(&Seen) -> bool) -> Self {
        self.server.push((what, holds));
        self
    }

    /// The request came to the end that it promised, and was closed.
    pub(crate) fn whole(self) -> Self {
        self.server("a whole request", |seen| {
            seen.is_complete() && seen.is_closed()
        })
    }

    /// No receiver can take what came for a whole request, and none got more than it was promised.
    pub(crate) fn cut(self) -> Self {
        self.server("less than was promised, and no close-delimiter", |seen| {
            let is_less = seen.promised().is_none_or(|promised| seen.body < promised);
            is_less && !seen.is_complete() && !seen.is_closed()
        })
    }

    pub(crate) fn no_body(self) -> Self {
        self.server("a head and no octet of the body", |seen| {
            !seen.head.is_empty() && seen.body == 0
        })
    }

    /// Everything that is not as it should be, with all there is to know. Always expected: an exit code of the table,
    /// nothing that panicked, and success only if the server was sent a whole request.
    pub(crate) fn judge(
        &self,
        command: &str,
        outcome: &Outcome,
        seen: &[Seen],
    ) -> Result<(), String> {
        let mut wrong = self.complaints.clone();
        let mut demand = |holds: bool, what: &dyn Fn() -> String| {
            if !holds {
                wrong.push(what());
            }
        };
        let got = outcome.exit_code();
        let (stdout, stderr) = (outcome.stdout_text(), outcome.stderr_text());
        demand(got.is_some_and(|got| self.codes.contains(&got)), &|| {
            format!("exit code {:?}, and it was {got:?}", self.codes)
        });
        demand(matches!(got, Some(0..=9 | 129 | 130 | 143)), &|| {
            "an exit code that is documented".to_owned()
        });
        demand(
            self.stdout.is_none_or(|expected| expected == stdout),
            &|| format!("on standard output {:?}", self.stdout),
        );
        for words in &self.says {
            demand(stderr.contains(words), &|| {
                format!("on standard error {words:?}")
            });
        }
        for words in &self.never_says {
            demand(!stderr.contains(words), &|| {
                format!("nowhere on standard error {words:?}")
            });
        }
        demand(seen.len() == self.connections, &|| {
            format!("{} connections", self.connections)
        });
        for (what, holds) in &self.server {
            demand(seen.last().is_some_and(holds), &|| {
                format!("at the server {what}")
            });
        }
        demand(
            got != Some(0) || seen.last().is_some_and(Seen::is_complete),
            &|| "no success without a whole request".to_owned(),
        );
        if wrong.is_empty() {
            return Ok(());
        }
        let mut told = format!("{command}\n");
        for what in wrong {
            writeln!(told, "expected: {what}").unwrap();
        }
        let stdout = visible(stdout.as_bytes());
        write!(
            told,
            "--- exit code {got:?}; standard output ---\n{stdout}\n--- standard error ---\n{stderr}\n{}",
            transcript(seen)
        )
        .unwrap();
        Err(told)
    }

    /// Judges, and fails the test by it.
    #[track_caller]
    pub(crate) fn of(&self, command: &str, outcome: &Outcome, server: Server) {
        if let Err(failure) = self.judge(command, outcome, &server.finish()) {
            panic!("\n{failure}");
        }
    }
}
