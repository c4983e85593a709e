//! What a program takes: time, processor and memory.
//!
//! A process is told how much memory its children took at the most, but not which of them. So each is run by a process of
//! its own, which is this bench again ([`is_measuring`]) and has that one child. Unix only.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde::{Deserialize, Serialize};

/// The first argument of a process that measures another.
const MEASURE: &str = "measure";
/// Where it writes down what it measured.
const REPORT: &str = "report";
/// What the program said on standard error.
const SAID: &str = "stderr";

/// A program to run. It inherits nothing but the `PATH`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Job {
    pub(crate) program: OsString,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// What `cat` writes to its standard input; otherwise it has none.
    pub(crate) piped: Option<PathBuf>,
    /// It runs on a terminal of 80 columns instead of writing to nowhere.
    pub(crate) has_terminal: bool,
    /// It may end with a code other than 0.
    pub(crate) may_fail: bool,
}

/// What one run of it took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// From its start to its end, in seconds.
    pub(crate) wall: f64,
    /// Seconds of processor time, its own and the system's for it, children included.
    pub(crate) cpu: f64,
    /// The most memory it had, in MiB.
    pub(crate) peak: f64,
    /// Its exit code; `None` if a signal ended it.
    code: Option<i32>,
}

/// The median of some measurements, and how far they lie apart.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// None of none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        // Of an even number, what lies between the two in the middle.
        let upper = values.get(values.len() / 2)?;
        let lower = values.get(values.len().checked_sub(1)? / 2)?;
        Some(Self {
            median: f64::midpoint(*lower, *upper),
            least: *values.first()?,
            most: *values.last()?,
        })
    }
}

/// Runs each job once in a round, in turns, so that whatever else the machine does meets all of them alike.
pub(crate) fn in_turns(jobs: &[Job], rounds: usize) -> io::Result<Vec<Vec<Usage>>> {
    let mut all = vec![Vec::new(); jobs.len()];
    for _ in 0..rounds {
        for (job, usages) in jobs.iter().zip(&mut all) {
            usages.push(run(job)?);
        }
    }
    Ok(all)
}

/// Runs it once.
///
/// # Errors
///
/// If it cannot be run, or fails where it may not.
pub(crate) fn run(job: &Job) -> io::Result<Usage> {
    let folder = tempfile::tempdir()?;
    let piped = job.piped.as_deref().unwrap_or(Path::new(""));
    let mut arguments = vec![
        MEASURE.into(),
        folder.path().into(),
        piped.into(),
        job.program.clone(),
    ];
    arguments.extend(job.arguments.iter().cloned());
    let mut environment = vec![("PATH".into(), path())];
    environment.extend(job.environment.iter().cloned());
    if job.has_terminal {
        on_terminal(&arguments, &environment)?;
    } else {
        off_terminal(&arguments, environment)?;
    }
    let said = fs::read_to_string(folder.path().join(SAID)).unwrap_or_default();
    let report = fs::read(folder.path().join(REPORT)).map_err(|error| {
        io::Error::other(format!(
            "{}: not run: {error}",
            Path::new(&job.program).display()
        ))
    })?;
    let usage: Usage = serde_json::from_slice(&report)?;
    if usage.code == Some(0) || job.may_fail && usage.code.is_some() {
        return Ok(usage);
    }
    let line = job.arguments.join(OsStr::new(" "));
    Err(io::Error::other(format!(
        "{} {} ended with {:?}: {said}",
        Path::new(&job.program).display(),
        Path::new(&line).display(),
        usage.code
    )))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program's rule, not a bench's"
)]
fn path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

fn off_terminal(arguments: &[OsString], environment: Vec<(OsString, OsString)>) -> io::Result<()> {
    Command::new(std::env::current_exe()?)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()?;
    Ok(())
}

fn on_terminal(arguments: &[OsString], environment: &[(OsString, OsString)]) -> io::Result<()> {
    let size = PtySize {
        rows: 24,
        cols: 80,
        pixel_width: 0,
        pixel_height: 0,
    };
    let terminal = native_pty_system()
        .openpty(size)
        .map_err(io::Error::other)?;
    let mut command = CommandBuilder::new(std::env::current_exe()?);
    command.args(arguments);
    command.env_clear();
    for (name, value) in environment {
        command.env(name, value);
    }
    command.env("TERM", "xterm-256color");
    let mut child = terminal
        .slave
        .spawn_command(command)
        .map_err(io::Error::other)?;
    // What it shows has to be read, or it would wait; the end shows as an error.
    let mut shown = terminal
        .master
        .try_clone_reader()
        .map_err(io::Error::other)?;
    let reader = thread::spawn(move || io::copy(&mut shown, &mut io::sink()));
    child.wait()?;
    drop(terminal);
    let _ = reader.join();
    Ok(())
}

/// Whether this process was started to measure another, which it has done then.
pub(crate) fn is_measuring() -> io::Result<bool> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [first, folder, piped, program, rest @ ..] = &arguments[..] else {
        return Ok(false);
    };
    if first != MEASURE {
        return Ok(false);
    }
    let folder = Path::new(folder);
    let mut command = Command::new(program);
    command.args(rest);
    let began = Instant::now();
    let feeder = if piped.is_empty() {
        None
    } else {
        let mut feeder = Command::new("cat")
            .arg(piped)
            .stdout(Stdio::piped())
            .spawn()?;
        command.stdin(feeder.stdout.take().map_or_else(Stdio::null, Stdio::from));
        Some(feeder)
    };
    if !io::IsTerminal::is_terminal(&io::stderr()) {
        command.stderr(File::create(folder.join(SAID))?);
    }
    let mut child = command.spawn()?;
    // Its end of the pipe, which would keep `cat` from hearing of an early end.
    drop(command);
    let status = child.wait()?;
    let wall = began.elapsed().as_secs_f64();
    // Before `cat` is waited for, which would count from then on.
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    if let Some(mut feeder) = feeder {
        feeder.wait()?;
    }
    let usage = Usage {
        wall,
        cpu: seconds(usage.user_time()) + seconds(usage.system_time()),
        peak: peak(usage.max_rss()),
        code: status.code(),
    };
    fs::write(folder.join(REPORT), serde_json::to_vec(&usage)?)?;
    Ok(true)
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a bench")]
fn seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}

/// In MiB, from the system's unit, which is an octet on macOS and KiB elsewhere.
#[expect(clippy::cast_precision_loss, reason = "it is shown with one decimal")]
fn peak(most: i64) -> f64 {
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    (most * unit) as f64 / f64::from(1 << 20)
}
