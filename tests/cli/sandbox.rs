//! A place of its own for each run of the program: a temporary directory to stand in, a cleared environment, and a
//! watchdog. What comes back is compared by its own methods, which say the command line, what was expected and what
//! came.
//!
//! ```text
//! let sandbox = Sandbox::new().file("a.txt", "hello");
//! sandbox.formpost(["-F", "a=@a.txt", &tap.url("/")]).run().code(0).stdout("thanks");
//! ```
//!
//! Signals are sent with `kill` and limits set with `sh`, since unsafe code is not to be had here either; those steps
//! exist on Unix only.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a run may take before it counts as hanging. Nothing here needs a tenth of it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// How often a run's memory is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(5);

/// A directory with files in it, for the program to run in. Gone when dropped.
#[must_use]
pub(crate) struct Sandbox {
    directory: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let directory = TempDir::with_prefix("formpost-test-").unwrap();
        fs::create_dir(directory.path().join("home")).unwrap();
        Self { directory }
    }

    /// Adds a file, and the directories on the way to it.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Adds a file of `length` zeros that takes no room on the disk.
    pub(crate) fn sparse_file(self, name: &str, length: u64) -> Self {
        File::create(self.path(name))
            .unwrap()
            .set_len(length)
            .unwrap();
        self
    }

    /// Adds an empty directory.
    pub(crate) fn directory(self, name: &str) -> Self {
        fs::create_dir_all(self.path(name)).unwrap();
        self
    }

    /// Adds a FIFO. Opening it waits for the other end, so a writer belongs in a thread.
    #[cfg(unix)]
    pub(crate) fn fifo(self, name: &str) -> Self {
        let made = Command::new("mkfifo").arg(self.path(name)).status();
        assert!(made.unwrap().success(), "mkfifo {name}");
        self
    }

    /// Where `name` is, absolutely.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What stands in the file `name` now.
    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        match fs::read(self.path(name)) {
            Ok(content) => content,
            Err(error) => panic!("{name} in the sandbox: {error}"),
        }
    }

    /// The program with these arguments, ready to be given more or to be run, with `/dev/null` as its standard input.
    pub(crate) fn formpost<I, A>(&self, args: I) -> Invocation<'_>
    where
        I: IntoIterator<Item = A>,
        A: AsRef<OsStr>,
    {
        Invocation {
            sandbox: self,
            args: args.into_iter().map(|a| a.as_ref().to_owned()).collect(),
            environment: Vec::new(),
            stdin: Stdin::Null,
            prelude: Vec::new(),
        }
    }

    /// A shell script, in which `$0` is the program.
    #[cfg(unix)]
    pub(crate) fn script(&self, steps: &[&str]) -> Invocation<'_> {
        let mut run = self.formpost([] as [&str; 0]);
        let steps = steps.iter().chain(&["exit"]);
        run.prelude = steps.map(ToString::to_string).collect();
        run
    }
}

enum Stdin {
    Null,
    File(File),
    Pipe(Box<dyn Read + Send>),
}

/// One run of the program, described. Nothing happens before [`run`](Self::run) or [`start`](Self::start).
#[must_use]
pub(crate) struct Invocation<'a> {
    sandbox: &'a Sandbox,
    args: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    stdin: Stdin,
    /// What a shell does before it becomes the program.
    prelude: Vec<String>,
}

impl Invocation<'_> {
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable; all others but `PATH` and `HOME` are unset.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Pipes these bytes in.
    pub(crate) fn stdin(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin_from(io::Cursor::new(bytes.into()))
    }

    /// Pipes in whatever `source` reads as, without holding it.
    pub(crate) fn stdin_from(mut self, source: impl Read + Send + 'static) -> Self {
        self.stdin = Stdin::Pipe(Box::new(source));
        self
    }

    /// Redirects a file of the sandbox in, as `<name` does, with `offset` bytes of it already read.
    pub(crate) fn stdin_file(mut self, name: &str, offset: u64) -> Self {
        let mut file = File::open(self.sandbox.path(name)).unwrap();
        file.seek(SeekFrom::Start(offset)).unwrap();
        self.stdin = Stdin::File(file);
        self
    }

    /// Closes standard input, as `<&-` does.
    #[cfg(unix)]
    pub(crate) fn stdin_closed(mut self) -> Self {
        self.prelude.push("exec <&-".to_owned());
        self
    }

    /// Sends standard output to `path`, `/dev/full` for one.
    #[cfg(unix)]
    pub(crate) fn stdout_to(mut self, path: &str) -> Self {
        self.prelude.push(format!("exec >{path}"));
        self
    }

    /// Sends standard error to `path`.
    #[cfg(unix)]
    pub(crate) fn stderr_to(mut self, path: &str) -> Self {
        self.prelude.push(format!("exec 2>{path}"));
        self
    }

    /// Allows so many open files at a time.
    #[cfg(unix)]
    pub(crate) fn open_files_limit(mut self, limit: u32) -> Self {
        self.prelude.push(format!("ulimit -n {limit}"));
        self
    }

    /// Files that it writes may not grow.
    #[cfg(unix)]
    pub(crate) fn without_growing_files(mut self) -> Self {
        self.prelude.push("ulimit -f 0".to_owned());
        self
    }

    /// Unsets a variable that a terminal sets.
    #[cfg(unix)]
    pub(crate) fn env_unset(mut self, name: &str) -> Self {
        self.prelude.push(format!("unset {name}"));
        self
    }

    /// Runs the program to its end.
    #[track_caller]
    pub(crate) fn run(self) -> Outcome {
        self.start().wait()
    }

    /// Starts the program, for a test that has something to do while it runs.
    #[track_caller]
    pub(crate) fn start(self) -> Running {
        let shown = self.shown();
        let (program, args) = self.argv();
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.directory())
            .env_clear()
            .envs(self.all_environment())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let source = match self.stdin {
            Stdin::Null => {
                command.stdin(Stdio::null());
                None
            }
            Stdin::File(file) => {
                command.stdin(file);
                None
            }
            Stdin::Pipe(source) => {
                command.stdin(Stdio::piped());
                Some(source)
            }
        };
        let spawned = {
            let _starting = starting();
            command.spawn()
        };
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => panic!("{shown}\ncannot be started: {error}"),
        };
        if let (Some(mut source), Some(mut pipe)) = (source, child.stdin.take()) {
            // A program that stops reading is not this thread's business.
            thread::spawn(move || io::copy(&mut source, &mut pipe));
        }
        Running {
            stdout: Pipe::of(child.stdout.take().unwrap()),
            stderr: Pipe::of(child.stderr.take().unwrap()),
            started: Instant::now(),
            patience: PATIENCE,
            peak: Cell::new(None),
            child,
            shown,
        }
    }

    /// Takes the terminal away that the test itself may have been started from.
    #[cfg(target_os = "linux")]
    pub(crate) fn without_terminal(mut self) -> Self {
        self.prelude.push("exec setsid -w \"$0\" \"$@\"".to_owned());
        self
    }

    /// What is started: the program, or a shell that becomes it.
    pub(crate) fn argv(&self) -> (OsString, Vec<OsString>) {
        if self.prelude.is_empty() {
            return (PROGRAM.into(), self.args.clone());
        }
        let script = self.prelude.join("; ") + "; exec \"$0\" \"$@\"";
        let shell = ["-c".into(), script.into(), PROGRAM.into()];
        let args = shell.into_iter().chain(self.args.iter().cloned());
        ("sh".into(), args.collect())
    }

    /// Where it is started.
    pub(crate) fn directory(&self) -> &Path {
        self.sandbox.directory.path()
    }

    /// All variables that are set.
    pub(crate) fn all_environment(&self) -> Vec<(String, OsString)> {
        let inherited = INHERITED.iter().filter_map(|name| inherited(name));
        let inherited = inherited.map(|(name, value)| (name.to_owned(), value));
        let home = ("HOME".to_owned(), self.sandbox.path("home").into());
        let own = self.environment.iter().cloned();
        inherited.chain([home]).chain(own).collect()
    }

    /// The command line, to be pasted into a shell.
    pub(crate) fn shown(&self) -> String {
        let prelude = self.prelude.iter().map(|step| format!("{step};"));
        let args = self.args.iter().map(|arg| quoted(&arg.to_string_lossy()));
        let words = prelude.chain(["formpost".to_owned()]).chain(args);
        words.collect::<Vec<_>>().join(" ")
    }
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=@./:+,%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The program, as Cargo built it for this test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_formpost");

/// What of the test's own environment the program sees: sockets on Windows do not work without `SystemRoot`.
const INHERITED: &[&str] = &["PATH", "SystemRoot"];

#[expect(clippy::disallowed_methods, reason = "this is the tests' own door")]
fn inherited(name: &str) -> Option<(&str, OsString)> {
    std::env::var_os(name).map(|value| (name, value))
}

/// Held while a program is started. A pseudo-terminal is opened first and kept from other programs then; whoever was
/// started in between would hold it open, and its end would not be seen.
pub(crate) fn starting() -> MutexGuard<'static, ()> {
    static STARTING: Mutex<()> = Mutex::new(());
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was said on a pipe so far.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pipe that is read to its end beside everything else, so that it can never fill up.
struct Pipe {
    heard: Heard,
    /// Nothing comes here: the other side goes away when the pipe ends.
    end: Receiver<()>,
}

impl Pipe {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let heard = Heard::default();
        let mut into = heard.clone();
        let (sender, end) = mpsc::channel();
        thread::spawn(move || {
            // The test may have given up waiting; that is no reason to fail here.
            let _ = io::copy(&mut pipe, &mut into);
            drop(sender);
        });
        Self { heard, end }
    }
}

/// The program while it runs. Dropped, it is killed.
#[must_use]
pub(crate) struct Running {
    child: Child,
    stdout: Pipe,
    stderr: Pipe,
    started: Instant,
    /// How long it may take.
    pub(crate) patience: Duration,
    /// The most memory it was seen to have.
    peak: Cell<Option<u64>>,
    shown: String,
}

impl Running {
    /// Sends a signal by its name without SIG: `INT`, `TERM`, `STOP`.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        // A program that ends at once can no longer be asked.
        self.look_at_memory();
        kill(self.child.id(), name);
    }

    /// Waits until something has happened elsewhere, a server's hook for one. A program that ends before that, or takes
    /// too long, fails the test with what it said.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn until(mut self, happened: &Receiver<()>) -> Self {
        while happened.recv_timeout(LOOK).is_err() {
            if self.child.try_wait().unwrap().is_some() {
                let outcome = self.wait();
                outcome.fail("the program", "still running", "ended");
            }
            if self.is_late() {
                // The deadline is over, so this says what there is to say.
                self.wait();
                unreachable!("a program is not waited for after its time");
            }
        }
        self
    }

    /// The number of the process.
    #[cfg(unix)]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the first line on standard output, and gives it without its end.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn first_line(&mut self) -> String {
        let heard = self.stdout.heard.clone();
        self.while_running("a line on standard output", || heard.text().contains('\n'));
        heard.text().lines().next().unwrap_or_default().to_owned()
    }

    /// Waits until something holds that can only be asked for again and again: what stands in a directory, for one. A
    /// program that ends before that, or takes too long, fails the test with what it said.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn while_running(&mut self, what: &str, mut holds: impl FnMut() -> bool) {
        while !holds() {
            let has_ended = self.child.try_wait().unwrap().is_some();
            if has_ended || self.is_late() {
                // What was said last may still be on its way.
                let _ = self.stderr.end.recv_timeout(LOOK * 100);
                panic!(
                    "{}\n{} without: {what}\n--- standard output ---\n{}\n--- standard error ---\n{}",
                    self.shown,
                    if has_ended { "ended" } else { "ran on" },
                    self.stdout.heard.text(),
                    self.stderr.heard.text(),
                );
            }
            // Nothing is sent there while the program runs: this lets some time pass.
            let _ = self.stderr.end.recv_timeout(LOOK);
        }
    }

    /// Waits for the end. A program that does not come to one is killed, and the test fails with what it had said.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Outcome {
        let stdout = self.patiently(|running| &running.stdout);
        let stderr = self.patiently(|running| &running.stderr);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break Some(status);
            }
            if self.is_late() {
                break None;
            }
            thread::yield_now();
        };
        let (Some(stdout), Some(stderr), Some(status)) = (stdout, stderr, status) else {
            // Its pipes end with it, and say what there was.
            let _ = self.child.kill();
            let _ = self.stderr.end.recv_timeout(LOOK * 100);
            panic!(
                "{}\nwas still running after {} seconds; on standard error so far:\n{}",
                self.shown,
                self.started.elapsed().as_secs(),
                self.stderr.heard.text(),
            );
        };
        Outcome {
            command: self.shown.clone(),
            status,
            stdout,
            stderr,
            peak: self.peak.get(),
        }
    }

    fn look_at_memory(&self) {
        self.peak
            .set(peak_memory(self.child.id()).or(self.peak.get()));
    }

    fn is_late(&self) -> bool {
        self.started.elapsed() > self.patience
    }

    /// The whole of one pipe, or nothing if the time is over; looks at the memory meanwhile.
    fn patiently(&mut self, pipe: fn(&Self) -> &Pipe) -> Option<Vec<u8>> {
        loop {
            self.look_at_memory();
            match pipe(self).end.recv_timeout(LOOK) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                    return Some(pipe(self).heard.bytes());
                }
                Err(RecvTimeoutError::Timeout) if self.is_late() => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a process a signal by its name without SIG.
#[cfg(unix)]
#[track_caller]
pub(crate) fn kill(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status();
    assert!(sent.unwrap().success(), "kill -s {name} {process}");
}

/// The most memory that a process has had so far, in bytes; nothing where there is no `/proc`, or no process any more.
fn peak_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// How a run ended and what it said. Each comparison hands the outcome back, so that they can be written in a row.
pub(crate) struct Outcome {
    command: String,
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    peak: Option<u64>,
}

impl Outcome {
    /// Expects this exit code, and that nothing panicked. An end by a signal counts as shells count it, 128 and its number.
    #[track_caller]
    pub(crate) fn code(&self, expected: i32) -> &Self {
        if self.exit_code() != Some(expected) {
            self.fail("exit code", &expected.to_string(), &self.status.to_string());
        }
        self.stderr_lacks("panicked")
    }

    /// The exit code as shells count it.
    pub(crate) fn exit_code(&self) -> Option<i32> {
        exit_code(self.status)
    }

    /// Expects this on standard output, and nothing else.
    #[track_caller]
    pub(crate) fn stdout(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        if self.stdout != expected {
            self.fail(
                "standard output",
                &visible(expected),
                &visible(&self.stdout),
            );
        }
        self
    }

    /// Expects this on standard error, and nothing else.
    #[track_caller]
    pub(crate) fn stderr(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        if self.stderr != expected {
            self.fail("standard error", &visible(expected), &visible(&self.stderr));
        }
        self
    }

    /// Expects this somewhere on standard output.
    #[track_caller]
    pub(crate) fn stdout_has(&self, expected: &str) -> &Self {
        let text = self.stdout_text();
        if !text.contains(expected) {
            self.fail("standard output, somewhere", expected, &text);
        }
        self
    }

    /// Expects this somewhere on standard error.
    #[track_caller]
    pub(crate) fn stderr_has(&self, expected: &str) -> &Self {
        let text = self.stderr_text();
        if !text.contains(expected) {
            self.fail("standard error, somewhere", expected, &text);
        }
        self
    }

    /// Expects this nowhere on standard error.
    #[track_caller]
    pub(crate) fn stderr_lacks(&self, unwanted: &str) -> &Self {
        let text = self.stderr_text();
        if text.contains(unwanted) {
            self.fail("standard error, nowhere", unwanted, &text);
        }
        self
    }

    /// Expects less than so many bytes of memory at any time, and tells the test's output how many there were. Only
    /// Linux says; elsewhere this expects nothing.
    #[track_caller]
    pub(crate) fn peak_memory_below(&self, limit: u64) -> &Self {
        match self.peak {
            Some(peak) if peak < limit => self.say(&format!("peak memory {} KiB", peak / 1024)),
            Some(peak) => self.fail("peak memory, below", &limit.to_string(), &peak.to_string()),
            None if cfg!(target_os = "linux") => {
                self.fail("peak memory, below", &limit.to_string(), "never seen")
            }
            None => self.say("skipped: this system does not tell peaks of memory"),
        }
        self
    }

    /// Says something that is to be read also when the test succeeds: past the capture of its output.
    fn say(&self, what: &str) {
        let said = writeln!(io::stderr(), "{}: {what}", self.command.trim());
        said.unwrap();
    }

    /// Standard output as text.
    pub(crate) fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub(crate) fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        match serde_json::from_slice(&self.stdout) {
            Ok(value) => value,
            Err(error) => self.fail(
                "standard output",
                "JSON",
                &format!("{error} in\n{}", self.stdout_text()),
            ),
        }
    }

    #[track_caller]
    fn fail(&self, what: &str, expected: &str, got: &str) -> ! {
        panic!(
            "\n{}\n--- {what}, expected ---\n{expected}\n--- got ---\n{got}\n--- {} ---\n--- standard output ---\n{}\n--- standard error ---\n{}\n",
            self.command,
            self.status,
            visible(&self.stdout),
            self.stderr_text(),
        );
    }
}

/// The exit code as shells count it: 128 and its number for a signal.
pub(crate) fn exit_code(status: ExitStatus) -> Option<i32> {
    status.code().or_else(|| by_signal(status))
}

#[cfg(unix)]
fn by_signal(status: ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt;
    status.signal().map(|signal| 128 + signal)
}

#[cfg(not(unix))]
fn by_signal(_: ExitStatus) -> Option<i32> {
    None
}

/// Bytes as text to compare by eye: carriage returns and other controls are written out, line feeds also end the line,
/// and of very long ones only the beginning is shown.
pub(crate) fn visible(bytes: &[u8]) -> String {
    const SHOWN: usize = 8 * 1024;
    let mut text = String::new();
    for c in String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]).chars() {
        match c {
            '\n' => text.push_str("\\n\n"),
            c if c.is_control() => text.extend(c.escape_default()),
            c => text.push(c),
        }
    }
    if bytes.len() > SHOWN {
        let more = format!("… and {} bytes more", bytes.len() - SHOWN);
        text.push_str(&more);
    }
    text
}

/// Writes `bytes` into a FIFO from a thread of its own, which waits for the reader.
#[cfg(unix)]
pub(crate) fn feed_fifo(path: PathBuf, bytes: impl Into<Vec<u8>>) {
    let bytes = bytes.into();
    thread::spawn(move || fs::write(path, bytes));
}
