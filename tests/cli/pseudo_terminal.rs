//! A terminal for the program to run in, and somebody in front of it: who waits until the screen shows a thing, types,
//! and pulls the window wider and narrower.
//!
//! ```text
//! let mut terminal = sandbox.formpost(["-F", "a=@big", &tap.url("/")]).in_terminal(80);
//! terminal.until_screen(|screen| screen.contains(" %"));
//! terminal.type_keys("\x03");
//! terminal.wait().code(130).screen("");
//! ```
//!
//! The program is given a pseudo-terminal, and what it writes there is read by a terminal emulator. A screen is looked at
//! whenever a line on it is complete, that is before each carriage return and line feed; so none is missed, however late
//! the test gets to look.

use std::collections::VecDeque;
use std::fs;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use unicode_width::UnicodeWidthStr;

use crate::sandbox::{Invocation, LOOK, PATIENCE, exit_code, kill, starting, visible};

/// Enough that nothing is ever scrolled away, however narrow the window.
const ROWS: u16 = 60;

/// What begins each line that is drawn over the one before.
const ERASE: &[u8] = b"\r\x1b[J";

/// The program while it runs in a terminal. Dropped, it is killed.
#[must_use]
pub(crate) struct Terminal {
    child: Child,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    /// What came and is not on the screen yet.
    incoming: VecDeque<u8>,
    emulator: vt100::Parser,
    columns: u16,
    /// All that came.
    raw: Vec<u8>,
    /// All that was ever on the screen.
    screens: Vec<String>,
    deadline: Instant,
    shown: String,
}

impl Invocation<'_> {
    /// Starts the program in a terminal so many columns wide, all of its standard streams: what else was said about
    /// standard input does not count.
    #[track_caller]
    pub(crate) fn in_terminal(self, columns: u16) -> Terminal {
        let (program, args) = self.argv();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.cwd(self.directory());
        command.env_clear();
        command.env("TERM", "xterm-256color");
        for (name, value) in self.all_environment() {
            command.env(name, value);
        }
        let (master, child) = {
            let _starting = starting();
            let pair = native_pty_system().openpty(size(columns)).unwrap();
            let child: Box<dyn portable_pty::Child> = pair.slave.spawn_command(command).unwrap();
            (pair.master, child.downcast().unwrap())
        };
        Terminal {
            child: *child,
            keyboard: master.take_writer().unwrap(),
            output: collect(master.try_clone_reader().unwrap()),
            master,
            incoming: VecDeque::new(),
            emulator: emulator(columns),
            columns,
            raw: Vec::new(),
            screens: Vec::new(),
            deadline: Instant::now() + PATIENCE,
            shown: self.shown(),
        }
    }
}

impl Terminal {
    /// Waits for a screen of which this is true, and gives it: lines as they were written, wherever the window breaks
    /// them, without blanks at the end. A program that ends before that, or takes too long, fails the test with what it
    /// showed.
    #[track_caller]
    pub(crate) fn until_screen(&mut self, is_so: impl Fn(&str) -> bool) -> String {
        loop {
            while let Some(byte) = self.incoming.pop_front() {
                let is_complete = self.show(byte);
                let last = self.screens.last().filter(|_| is_complete);
                if let Some(screen) = last.filter(|screen| is_so(screen)) {
                    return screen.clone();
                }
            }
            // A question has no line end to wait for.
            if is_so(&self.look()) {
                return self.look();
            }
            if !self.receive() {
                self.fail("it ended, and never showed what was waited for");
            }
        }
    }

    /// Types something: `\r` is the return key, `\x03` is Ctrl-C, `\x04` is Ctrl-D.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits until the program reads what is typed and the terminal does not show it.
    #[track_caller]
    pub(crate) fn until_it_reads_unseen(&mut self) {
        while self.echoes() || self.is_busy() {
            if !self.receive() {
                self.fail("it ended, and typing was shown all the time");
            }
        }
    }

    /// Waits until the program does nothing but wait, and goes on doing so.
    #[track_caller]
    pub(crate) fn until_it_waits(&mut self) {
        let mut looks = 0;
        while looks < 20 {
            looks = if self.is_busy() { 0 } else { looks + 1 };
            if !self.receive() {
                self.fail("it ended, and was busy all the time");
            }
        }
    }

    /// Whether the program does anything but wait; not known where there is no `/proc`.
    fn is_busy(&self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        status.is_ok_and(|status| !status.contains("\nState:\tS"))
    }

    fn echoes(&self) -> bool {
        // ECHO is this in every Unix's termios.h; its name is in a crate that is not ours to use.
        let settings = self.master.get_termios().unwrap();
        settings.local_flags.bits() & 0o10 != 0
    }

    /// Pulls the window to another width, waits for the next line that is drawn over another, and gives the screen with
    /// it. Lines are broken anew as terminals do that, and the cursor stays with its character. What was still on its way
    /// had been drawn for the old width, and is shown before that.
    #[track_caller]
    pub(crate) fn resize(&mut self, columns: u16) -> String {
        self.master.resize(size(columns)).unwrap();
        let old = usize::from(self.columns);
        let new = usize::from(columns);
        let is_for_new = |line: &str| {
            if new < old {
                line.width() < new
            } else {
                line.width() >= old
            }
        };
        let length = loop {
            if let Some((length, _)) = self.next_drawn().filter(|(_, line)| is_for_new(line)) {
                break length;
            }
            if let Some(byte) = self.incoming.pop_front() {
                self.show(byte);
            } else if !self.receive() {
                self.fail("it ended, and never drew a line for the new width");
            }
        };
        self.columns = columns;
        self.break_anew();
        for byte in self.incoming.drain(..length).collect::<Vec<_>>() {
            self.show(byte);
        }
        self.look()
    }

    /// The line, if one that is drawn over another comes next, and how many bytes come before its end.
    #[track_caller]
    fn next_drawn(&mut self) -> Option<(usize, String)> {
        loop {
            let next = self.incoming.make_contiguous();
            let mut line = &*next;
            while let Some(erased) = line.strip_prefix(ERASE) {
                line = erased;
            }
            let is_drawn = line.len() < next.len();
            // The beginning of another, or of the first.
            let is_open = ERASE.starts_with(line);
            if !is_drawn && !is_open {
                return None;
            }
            let end = line.iter().position(|byte| *byte == b'\r');
            if let Some(end) = end.filter(|_| !is_open) {
                let length = next.len() - line.len() + end;
                return Some((length, String::from_utf8_lossy(&line[..end]).into_owned()));
            }
            if !self.receive() {
                return None;
            }
        }
    }

    fn break_anew(&mut self) {
        let old = self.emulator.screen();
        let (row, column) = old.cursor_position();
        let (rows, columns) = old.size();
        let before = old.contents_between(0, 0, row, column);
        let after = old.contents_between(row, column, rows.get(), columns.get());
        let mut new = emulator(self.columns);
        new.process(before.replace('\n', "\r\n").as_bytes());
        let (row, column) = new.screen().cursor_position();
        new.process(after.trim_end().replace('\n', "\r\n").as_bytes());
        new.process(format!("\x1b[{};{}H", row + 1, column + 1).as_bytes());
        self.emulator = new;
    }

    /// Sends a signal by its name without SIG.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        kill(self.child.id(), name);
    }

    /// Waits for the end. A program that does not come to one is killed, and the test fails with what it had shown.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Seen {
        while self.receive() {}
        while let Some(byte) = self.incoming.pop_front() {
            self.show(byte);
        }
        self.remember();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > self.deadline {
                self.fail("it let go of the terminal, but did not end");
            }
            thread::yield_now();
        };
        Seen {
            command: self.shown.clone(),
            status,
            echoes: self.echoes(),
            screens: std::mem::take(&mut self.screens),
            raw: std::mem::take(&mut self.raw),
        }
    }

    /// Takes in what has come, waiting for it a little; false at the end.
    #[track_caller]
    fn receive(&mut self) -> bool {
        match self.output.recv_timeout(LOOK) {
            Ok(bytes) => {
                self.raw.extend(&bytes);
                self.incoming.extend(bytes);
            }
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                if Instant::now() > self.deadline {
                    self.fail(&format!("waited for {} seconds", PATIENCE.as_secs()));
                }
            }
        }
        true
    }

    /// Puts one byte on the screen. True if a line had been complete before it; then the screen is the last of `screens`.
    fn show(&mut self, byte: u8) -> bool {
        let is_complete = matches!(byte, b'\r' | b'\n');
        if is_complete {
            self.remember();
        }
        self.emulator.process(&[byte]);
        is_complete
    }

    fn remember(&mut self) {
        let screen = self.look();
        if self.screens.last() != Some(&screen) {
            self.screens.push(screen);
        }
    }

    fn look(&self) -> String {
        let screen = self.emulator.screen().contents();
        let lines: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
        lines.join("\n")
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!(
            "\n{}\nin {} columns: {what}\n--- the screen ---\n{}\n--- all that was written ---\n{}\n",
            self.shown,
            self.columns,
            self.look(),
            visible(&self.raw),
        );
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(columns: u16) -> PtySize {
    PtySize {
        rows: ROWS,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// A window of no width, as a terminal without one is said to be, is shown in one of 80.
fn emulator(columns: u16) -> vt100::Parser {
    let columns = NonZeroU16::new(columns).unwrap_or(vt100::Parser::DEFAULT_COLS);
    vt100::Parser::new(NonZeroU16::new(ROWS).unwrap(), columns, 0)
}

/// Hands on what the terminal is sent, until nobody has it open any more.
fn collect(mut output: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut block = [0; 4096];
        while let Ok(count @ 1..) = output.read(&mut block) {
            if sender.send(block[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// How a run in a terminal ended, and what was to be seen. Each comparison hands it back, so that they can be written in
/// a row.
pub(crate) struct Seen {
    command: String,
    status: ExitStatus,
    echoes: bool,
    screens: Vec<String>,
    raw: Vec<u8>,
}

impl Seen {
    /// Expects this exit code, and that nothing panicked. An end by a signal counts as shells count it, 128 and its number.
    #[track_caller]
    pub(crate) fn code(&self, expected: i32) -> &Self {
        if exit_code(self.status) != Some(expected) {
            self.fail("exit code", &expected.to_string(), &self.status.to_string());
        }
        self.raw_lacks("panicked")
    }

    /// Expects these lines on the screen at the end, and nothing else. A line that ends in `…` goes on with anything.
    #[track_caller]
    pub(crate) fn screen(&self, expected: &[&str]) -> &Self {
        let got: Vec<&str> = self.last_screen().lines().collect();
        let is_as = |(got, expected): (&&str, &&str)| match expected.strip_suffix('…') {
            Some(beginning) => got.starts_with(beginning),
            None => got == expected,
        };
        if got.len() != expected.len() || !got.iter().zip(expected).all(is_as) {
            self.fail("the screen", &expected.join("\n"), self.last_screen());
        }
        self
    }

    /// Expects this nowhere in what was written to the terminal, as text or as part of a sequence that it obeys.
    #[track_caller]
    pub(crate) fn raw_lacks(&self, unwanted: &str) -> &Self {
        if self.raw_text().contains(unwanted) {
            self.fail("written, nowhere", &visible(unwanted.as_bytes()), "it");
        }
        self
    }

    /// Expects these bytes written to the terminal, and no others. Line feeds have become CRLF on their way.
    #[track_caller]
    pub(crate) fn raw(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        if self.raw != expected {
            self.fail("written", &visible(expected), "something else");
        }
        self
    }

    /// All bytes that were written to the terminal, as text.
    pub(crate) fn raw_text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    /// Whether the terminal was left showing what is typed.
    pub(crate) fn echoes(&self) -> bool {
        self.echoes
    }

    /// All that was ever on the screen, in order.
    pub(crate) fn screens(&self) -> &[String] {
        &self.screens
    }

    fn last_screen(&self) -> &str {
        self.screens.last().map_or("", String::as_str)
    }

    #[track_caller]
    fn fail(&self, what: &str, expected: &str, got: &str) -> ! {
        panic!(
            "\n{}\n--- {what}, expected ---\n{expected}\n--- got ---\n{got}\n--- {} ---\n--- the screen ---\n{}\n--- all that was written ---\n{}\n",
            self.command,
            self.status,
            self.last_screen(),
            visible(&self.raw),
        );
    }
}
