//! All that is said: the response on standard output, everything else on standard error. The only file that prints.
//!
//! A standard error that is closed or full changes nothing; a standard output that is closed ends quietly; one that is
//! full is an error of its own.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use formpost::send::{Framing, Head, Response};
use serde::Serialize;

use super::cli::{Cli, OutputArgs};
use super::exit::{Exit, hint, status_hint};
use super::inventory::{Entry, Inventory};
use super::plan::ResponsePlan;
use super::redact;
use super::terminal::{Terminal, escape};
use super::units::{count, duration, rate, size};

const NAME: &str = "formpost";

/// Says things, as loudly as was asked for.
#[derive(Debug)]
pub(crate) struct Report {
    terminal: Terminal,
    silent: bool,
    show_errors: bool,
    verbose: bool,
}

impl Report {
    /// A report that leaves nothing out but what `-v` adds.
    pub(crate) fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            silent: false,
            show_errors: true,
            verbose: false,
        }
    }

    /// Takes over `-s`, `-S` and `-v`.
    pub(crate) fn configure(&mut self, output: &OutputArgs) {
        self.silent = output.silent;
        self.show_errors = !output.silent || output.show_error;
        self.verbose = output.verbose;
    }

    /// Where it speaks.
    pub(crate) fn terminal(&self) -> Terminal {
        self.terminal
    }

    /// Asks for a user's password.
    pub(crate) fn ask_password(&self, user: &str) -> io::Result<String> {
        self.terminal
            .ask_password(&format!("password for {}: ", escape(user.as_bytes())))
    }

    /// clap's own words: an error with the usage line, or the help that was asked for.
    pub(crate) fn usage(&self, error: &clap::Error) -> Exit {
        // Help into a pipe that was closed is no failure, and there is nobody left to tell.
        let _ = error.print();
        if !error.use_stderr() {
            return Exit::Done;
        }
        if error.kind() == clap::error::ErrorKind::ValueValidation {
            say(&Cli::usage());
        }
        Exit::Usage
    }

    /// Why it failed, a line for each reason, and what to do about it.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        if !self.show_errors {
            return;
        }
        for line in format!("{error:#}").lines() {
            let line = without_os_error(line);
            say(&format!("{NAME}: {}", escape(line.as_bytes())));
        }
        if let Some(hint) = hint(error) {
            say(&format!("hint: {}", escape(hint.as_bytes())));
        }
    }

    /// Something that may not be what the user thinks.
    pub(crate) fn warning(&mut self, warning: &str) {
        self.notice(&format!("warning: {warning}"));
    }

    /// Something to know while waiting.
    pub(crate) fn notice(&mut self, notice: &str) {
        if !self.silent {
            say(&format!("{NAME}: {notice}"));
        }
    }

    /// The request's head, for `-v`.
    pub(crate) fn request_head(&self, head: &Head, framing: Framing) {
        if self.verbose {
            say_lines("> ", &redact::head_lines(&head.to_bytes(framing)));
        }
    }

    /// The response's head and what came before it, for `-v`.
    pub(crate) fn response_head(&self, response: &Response) {
        if !self.verbose {
            return;
        }
        for head in response
            .interim()
            .split_inclusive(|byte| *byte == b'\n')
            .collect::<Vec<_>>()
            .split(|line| matches!(*line, b"\n" | b"\r\n"))
        {
            if !head.is_empty() {
                say_lines("< ", &redact::head_lines(&head.concat()));
            }
        }
        say_lines("< ", &redact::head_lines(response.head()));
    }

    /// One line that says how it went, and where the result is.
    pub(crate) fn summary(&self, response: &Response, sent: &Sent) {
        if self.silent {
            return;
        }
        let reason = match response.reason() {
            b"" => String::new(),
            reason => format!(" {}", escape(reason)),
        };
        let mut line = format!(
            "{}{reason}, {}, {} in {}",
            response.status(),
            count(sent.parts, "part"),
            size(sent.content),
            duration(sent.time)
        );
        if let Some(rate) = rate(sent.content, sent.time) {
            line.push_str(&format!(", {}/s", size(rate)));
        }
        say(&self.colored(response.status(), &line));
        if let Some(location) = response.header("Location") {
            say(&format!("Location: {}", redact::url(&escape(location))));
        }
        if let Some(hint) = status_hint(response.status()) {
            say(&format!("hint: {hint} ({} were sent)", size(sent.content)));
        }
    }

    fn colored(&self, status: u16, line: &str) -> String {
        if !self.terminal.has_color() {
            return line.to_owned();
        }
        let color = match Exit::of_status(status) {
            Exit::Done => 32,
            Exit::Redirected => 33,
            _ => 31,
        };
        format!("\x1b[{color}m{line}\x1b[0m")
    }

    /// Writes the response where it was asked for, to its end.
    ///
    /// # Errors
    /// If the response was cut, or an output cannot be written.
    pub(crate) fn response(
        &self,
        response: &mut Response,
        plan: &ResponsePlan,
    ) -> anyhow::Result<()> {
        if let Some(path) = &plan.head {
            let mut output = Output::open(Some(path))?;
            output.write(response.head())?;
        }
        let mut output = Output::open(plan.body.as_deref())?;
        if plan.include_head {
            output.write(response.head())?;
        }
        let is_error = matches!(
            Exit::of_status(response.status()),
            Exit::Refused | Exit::ServerFailed
        );
        if plan.leave_out_errors && is_error {
            output = Output::Closed;
        }
        output.copy(response.body())
    }

    /// What would be sent, for people.
    pub(crate) fn dry_run(
        &self,
        head: &Head,
        framing: Framing,
        inventory: &Inventory,
    ) -> anyhow::Result<()> {
        let mut text = String::new();
        for line in redact::head_lines(&head.to_bytes(framing)) {
            text.push_str(&line);
            text.push('\n');
        }
        let framing = match framing {
            Framing::Length(_) => "length known",
            Framing::Chunked => "chunked",
        };
        text.push_str(&format!("\n{}\n", table(inventory, framing)));
        standard_output(&text)
    }

    /// What would be sent, for machines.
    pub(crate) fn dry_run_json(
        &self,
        head: &Head,
        framing: Framing,
        inventory: &Inventory,
    ) -> anyhow::Result<()> {
        let lines = redact::head_lines(&head.to_bytes(framing));
        let headers = lines
            .iter()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .collect();
        json(&DryRun {
            request: Request {
                method: head.method(),
                url: redact::url(head.url().as_str()),
                headers,
                framing: match framing {
                    Framing::Length(_) => "length",
                    Framing::Chunked => "chunked",
                },
            },
            inventory,
        })
    }

    /// What was found in a body, for people.
    pub(crate) fn inspection(
        &self,
        inventory: &Inventory,
        boundary: &str,
        found_in: &str,
    ) -> anyhow::Result<()> {
        let boundary = escape(boundary.as_bytes());
        standard_output(&format!(
            "{}\n",
            table(
                inventory,
                &format!("boundary {boundary}, found in {found_in}")
            )
        ))
    }

    /// Likewise, for machines.
    pub(crate) fn inventory_json(&self, inventory: &Inventory) -> anyhow::Result<()> {
        json(inventory)
    }

    /// Why a body is no multipart body, for machines.
    pub(crate) fn parse_error_json(
        &self,
        error: &formpost::multipart::ParseError,
    ) -> anyhow::Result<()> {
        json(&serde_json::json!({"error": {
            "kind": error.kind.as_str(),
            "offset": error.offset,
            "message": error.to_string(),
        }}))
    }

    /// A text that was asked for, such as a completion script.
    pub(crate) fn text(&self, text: &[u8]) -> anyhow::Result<()> {
        Output::Stdout.write(text)
    }

    /// A body, exactly as it is, into a file.
    pub(crate) fn body(&self, body: &mut impl Read, path: &Path) -> anyhow::Result<()> {
        Output::open(Some(path))?.copy(body)
    }
}

/// What went out, for the summary.
pub(crate) struct Sent {
    pub(crate) parts: usize,
    /// Octets of content.
    pub(crate) content: u64,
    pub(crate) time: Duration,
}

#[derive(Serialize)]
struct DryRun<'a> {
    request: Request<'a>,
    #[serde(flatten)]
    inventory: &'a Inventory,
}

#[derive(Serialize)]
struct Request<'a> {
    method: &'a str,
    url: String,
    headers: Vec<(&'a str, &'a str)>,
    framing: &'a str,
}

/// A place for octets that were asked for.
enum Output {
    Stdout,
    File {
        name: String,
        file: File,
    },
    /// Nobody wants any more.
    Closed,
}

impl Output {
    /// Standard output for nothing and `-`, else a file, emptied.
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        match path.filter(|path| *path != Path::new("-")) {
            None => Ok(Self::Stdout),
            Some(path) => {
                let name = path.display().to_string();
                let file =
                    File::create(path).with_context(|| format!("{name}: cannot be written"))?;
                Ok(Self::File { name, file })
            }
        }
    }

    /// All of `source`, flushed. Its own errors come before those of the output.
    fn copy(&mut self, source: &mut impl Read) -> anyhow::Result<()> {
        let mut block = vec![0; 64 * 1024];
        let mut outcome = Ok(());
        loop {
            match source.read(&mut block) {
                Ok(0) => return outcome,
                Ok(count) if outcome.is_ok() => outcome = self.write(&block[..count]),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unwrapped(error)),
            }
        }
    }

    fn write(&mut self, octets: &[u8]) -> anyhow::Result<()> {
        let (written, name) = match self {
            Self::Closed => return Ok(()),
            Self::File { name, file } => (file.write_all(octets), name.as_str()),
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                (
                    stdout.write_all(octets).and_then(|()| stdout.flush()),
                    "standard output",
                )
            }
        };
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                *self = Self::Closed;
                Ok(())
            }
            Err(error) => Err(error).with_context(|| format!("{name}: cannot be written")),
        }
    }
}

/// The typed error inside an I/O error, where there is one.
fn unwrapped(error: io::Error) -> anyhow::Error {
    match error.downcast::<formpost::send::SendError>() {
        Ok(error) => error.into(),
        Err(error) => match error.downcast::<formpost::send::SourceError>() {
            Ok(error) => error.into(),
            Err(error) => error.into(),
        },
    }
}

/// A message without Rust's `(os error 2)`.
fn without_os_error(message: &str) -> String {
    let Some((before, after)) = message.split_once(" (os error ") else {
        return message.to_owned();
    };
    match after.split_once(')') {
        Some((_, after)) => format!("{before}{after}"),
        None => message.to_owned(),
    }
}

fn say(line: &str) {
    // A standard error that cannot be written is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn say_lines(prefix: &str, lines: &[String]) {
    for line in lines {
        say(&format!("{prefix}{line}"));
    }
    say(prefix.trim_end());
}

fn standard_output(text: &str) -> anyhow::Result<()> {
    Output::Stdout.write(text.as_bytes())
}

fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string(value).context("cannot be written as JSON")?;
    text.push('\n');
    standard_output(&text)
}

/// The parts in columns, and the sum of them.
fn table(inventory: &Inventory, remark: &str) -> String {
    let heading = ["#", "name", "filename", "type", "size", "sha256"].map(str::to_owned);
    let rows: Vec<[String; 6]> = inventory.parts.iter().enumerate().map(row).collect();
    let all = || std::iter::once(&heading).chain(&rows);
    let widths: Vec<usize> = (0..heading.len())
        .map(|column| {
            all()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for (number, row) in all().enumerate() {
        text.push_str(&line(row, &widths));
        let part = number
            .checked_sub(1)
            .and_then(|index| inventory.parts.get(index));
        for remark in part.into_iter().flat_map(remarks) {
            text.push_str(&format!("   {remark}\n"));
        }
    }
    text.push_str(&format!(
        "{}, {} bytes, {remark}",
        count(inventory.parts.len(), "part"),
        inventory.bytes
    ));
    text
}

fn row((index, part): (usize, &Entry)) -> [String; 6] {
    let shown = |text: &Option<String>| {
        text.as_ref()
            .map_or_else(|| String::from("-"), |text| escape(text.as_bytes()))
    };
    [
        (index + 1).to_string(),
        shown(&part.name),
        shown(&part.filename),
        shown(&part.content_type),
        part.size.to_string(),
        part.sha256.clone(),
    ]
}

fn line(row: &[String; 6], widths: &[usize]) -> String {
    const SIZE: usize = 4;
    let cells = row
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(column, (cell, width))| {
            let padding = " ".repeat(width - cell.chars().count());
            if column == SIZE {
                format!("{padding}{cell}")
            } else {
                format!("{cell}{padding}")
            }
        });
    format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
}

fn remarks(part: &Entry) -> Vec<String> {
    let saved = part
        .saved_as
        .as_ref()
        .map(|path| format!("saved as {}", path.display()));
    let oddities = part.oddities.iter().map(ToString::to_string);
    saved.into_iter().chain(oddities).collect()
}
