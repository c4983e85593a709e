//! All that is said: the response on standard output, everything else on standard error. Nothing else speaks.
//!
//! A standard error that is closed or full changes nothing.

#[cfg(feature = "receive")]
pub(crate) mod received;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use formpost::send::policy::redirect::Refusal;
use formpost::send::{Checksum, Checksums, Connection, Framing, Head, Proxies, Response};

use crate::app::cli::{Instead, OutputArgs};
use crate::app::exit::Exit;
use crate::app::hints;
use crate::app::output::{Output, OutputError};
use crate::app::progress::Stage;
use crate::app::redact;
use crate::app::terminal::{Terminal, escape};
use crate::app::units::{count, duration, rate, size};
use crate::app::write_out::{Facts, Format, Stream};

const NAME: &str = "formpost";
/// An upload shorter than this has no rate worth telling.
const RATE_FROM: Duration = Duration::from_millis(100);

/// Says things, as loudly as was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    terminal: Terminal,
    silent: bool,
    show_errors: bool,
    verbose: bool,
    /// What it is about, if that is one upload of many.
    about: Option<String>,
    /// Lines that must not be drawn over what is said.
    stage: Option<Arc<Stage>>,
}

impl Report {
    /// A report that leaves nothing out but what `-v` adds.
    pub(crate) fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            silent: false,
            show_errors: true,
            verbose: false,
            about: None,
            stage: None,
        }
    }

    /// Speaks above the lines of a stage from now on.
    pub(crate) fn on(&mut self, stage: Arc<Stage>) {
        self.stage = Some(stage);
    }

    /// A report about one of many, by its name.
    pub(crate) fn about(&self, name: &str) -> Self {
        Self {
            about: Some(escape(name.as_bytes())),
            ..self.clone()
        }
    }

    fn say(&self, line: &str) {
        match &self.stage {
            Some(stage) => stage.say(&format!("{line}\n")),
            None => say(line),
        }
    }

    fn say_lines(&self, prefix: &str, lines: &[String]) {
        let lines = lines.iter().map(|line| format!("{prefix}{line}"));
        let block: Vec<String> = lines.chain([prefix.trim_end().to_owned()]).collect();
        self.say(&block.join("\n"));
    }

    /// What a line begins with.
    fn name(&self) -> String {
        match &self.about {
            Some(about) => format!("{NAME}: {about}"),
            None => NAME.to_owned(),
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

    /// The help, or why the command line cannot be read.
    pub(crate) fn instead(&self, instead: &Instead) -> Exit {
        if instead.is_help {
            let is_colored = self.terminal.is_read_at && self.terminal.has_color;
            let text = if is_colored {
                instead.colored()
            } else {
                instead.plain()
            };
            return match answer(text.as_bytes()) {
                Ok(()) => Exit::Done,
                Err(error) => {
                    self.error(&error.into());
                    Exit::Other
                }
            };
        }
        let said = instead.plain().replacen("error: ", &format!("{NAME}: "), 1);
        for line in said.trim_end().lines() {
            self.say(&redact::text(&escape(without_os_error(line).as_bytes())));
        }
        Exit::Usage
    }

    /// Why it failed, a line for each reason, and what to do about it.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        if !self.show_errors {
            return;
        }
        for line in told(error) {
            self.say(&format!("{}: {line}", self.name()));
        }
        if let Some(hint) = hints::of_error(error) {
            self.say(&format!("hint: {}", redact::text(&escape(hint.as_bytes()))));
        }
    }

    /// Something that may not be what the user thinks.
    pub(crate) fn warning(&mut self, warning: &str) {
        self.notice(&format!("warning: {warning}"));
    }

    /// Something to know while waiting.
    pub(crate) fn notice(&mut self, notice: &str) {
        if !self.silent {
            let notice = redact::text(&escape(without_os_error(notice).as_bytes()));
            self.say(&format!("{}: {notice}", self.name()));
        }
    }

    /// Something to know when much is to be known: for `-v`.
    pub(crate) fn detail(&mut self, detail: &str) {
        if self.verbose {
            self.notice(detail);
        }
    }

    /// Who vouches for the server that a head is for, for `-v`.
    pub(crate) fn trust(&self, head: &Head, connection: &Connection) {
        if !self.verbose || !head.url().is_https() {
            return;
        }
        let trusted = if connection.insecure {
            "any certificate (-k)"
        } else {
            // What cannot be found is said by whoever needs it.
            let Ok(trusted) = connection.roots.describe() else {
                return;
            };
            trusted
        };
        let line = format!("{}: TLS: trusting {trusted}", self.name());
        self.say(&escape(line.as_bytes()));
    }

    /// The request's head, and what a proxy is asked first, for `-v`.
    pub(crate) fn request_head(&self, proxies: &Proxies, head: &Head, framing: Framing) {
        if !self.verbose {
            return;
        }
        if let Some(proxy) = proxies.of(head.url()) {
            self.say(&format!("* through the proxy {proxy}"));
        }
        if let Some(head) = proxies.connect_head(head) {
            self.say_lines("> ", &redact::head_lines(&head));
        }
        let head = proxies.outgoing(head).to_bytes(framing);
        self.say_lines("> ", &redact::head_lines(&head));
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
                self.say_lines("< ", &redact::head_lines(&head.concat()));
            }
        }
        self.say_lines("< ", &redact::head_lines(response.head()));
    }

    /// Why an upload is sent again: one line for each attempt that was in vain.
    pub(crate) fn repeat(&mut self, cause: &str, attempt: u32, repeats: u32, wait: Duration) {
        self.notice(&format!(
            "attempt {attempt} of {}: {}; again in {}",
            u64::from(repeats) + 1,
            without_os_error(cause),
            duration(wait)
        ));
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
        let (status, time) = (response.status(), duration(sent.time));
        let mut line = if response.is_premature() {
            let of_all = sent
                .total
                .map_or_else(String::new, |total| format!(" of {}", size(total)));
            let sent = size(sent.content);
            format!("{status}{reason}, answered after {sent}{of_all} in {time}")
        } else {
            let content = size(sent.content);
            match sent.parts {
                0 => format!("{status}{reason}, {content} in {time}"),
                parts => format!(
                    "{status}{reason}, {}, {content} in {time}",
                    count(parts, "part")
                ),
            }
        };
        if let Some(rate) = rate(sent.content, sent.time).filter(|_| sent.time >= RATE_FROM) {
            line = format!("{line}, {}/s", size(rate));
        }
        self.say(&colored(self.terminal.has_color, status, &line));
        if let Some(location) = response.header("Location") {
            self.say(&format!("Location: {}", redact::url(&escape(location))));
        }
    }

    /// That one of many was refused, and what was said to that.
    pub(crate) fn refused(&mut self, response: &Response, excerpt: &str) {
        let status = response.status();
        let reason = String::from_utf8_lossy(response.reason()).into_owned();
        let mut said = format!("answered {status} {reason}").trim_end().to_owned();
        if !excerpt.is_empty() {
            said = format!("{said}: {excerpt}");
        }
        self.notice(&said);
    }

    /// How one of many went, when much is to be known.
    pub(crate) fn detail_summary(&mut self, response: &Response, sent: &Sent) {
        let (status, content) = (response.status(), size(sent.content));
        self.detail(&format!("{status}, {content} in {}", duration(sent.time)));
    }

    /// How many went, in one line.
    pub(crate) fn batch(&self, summary: &str, exit: Exit) {
        if self.silent {
            return;
        }
        let line = escape(summary.as_bytes());
        let status = if exit == Exit::Done { 200 } else { 500 };
        self.say(&colored(self.terminal.has_color, status, &line));
    }

    /// The checksums of what was sent to its end, by the names of the contents.
    pub(crate) fn checksums(&self, checksums: &Checksums, names: &[String]) {
        if self.silent {
            return;
        }
        for (name, checksum) in names.iter().zip(&checksums.contents) {
            if let Some(checksum) = checksum {
                self.say(&checksum_line(checksum, name));
            }
        }
        if let Some(checksum) = &checksums.body {
            self.say(&checksum_line(checksum, "the body"));
        }
    }

    /// After the summary: why a redirection was not followed, and what to do.
    pub(crate) fn afterwards(&mut self, refusal: Option<&Refusal>, hint: Option<&str>) {
        if let Some(refusal) = refusal {
            self.notice(&refusal.to_string());
        }
        if let Some(hint) = hint.filter(|_| !self.silent) {
            self.say(&format!("hint: {}", redact::text(&escape(hint.as_bytes()))));
        }
    }

    /// Writes what `-w` asks for.
    ///
    /// # Errors
    /// If standard output cannot be written, for any reason but that nobody reads it.
    pub(crate) fn write_out(&self, format: &Format, facts: &Facts) -> anyhow::Result<()> {
        let mut stdout = Output::Stdout { mid_line: false };
        for (stream, octets) in format.render(facts, self.terminal.is_read_at)? {
            match stream {
                Stream::Stdout => stdout.write(&octets)?,
                // As with all that is said there.
                Stream::Stderr => drop(io::stderr().write_all(&octets)),
            }
        }
        Ok(())
    }

    /// Writes the response where it was asked for, to its end. A terminal is shown text, and told of what is none; who
    /// names standard output for the body gets it as it is.
    ///
    /// # Errors
    /// If the response was cut, or an output cannot be written.
    pub(crate) fn response(
        &mut self,
        response: &mut Response,
        outputs: &ResponseOutputs,
    ) -> anyhow::Result<()> {
        let is_terminal = self.terminal.is_read_at;
        if let Some(path) = &outputs.head {
            let mut output = if path == Path::new("-") {
                Output::foreign(is_terminal)
            } else {
                Output::open(path)?
            };
            output.write(response.head())?;
            output.end()?;
        }
        let mut output = match &outputs.body {
            Some(path) => Output::open(path)?,
            None => Output::foreign(is_terminal),
        };
        if outputs.include_head {
            output.write(response.head())?;
        }
        if !outputs.take_body_of(response) {
            output = Output::Nowhere;
        }
        let copied = output.copy(response.body());
        if is_terminal && output.is_mid_line() {
            self.say("");
        }
        if let Some(withheld) = output.withheld() {
            self.warning(&format!(
                "the answer is binary, {}: -o FILE keeps it, -o - shows it all the same",
                size(withheld)
            ));
        }
        copied
    }
}

/// Why it failed, in lines that can be shown.
fn told(error: &anyhow::Error) -> Vec<String> {
    format!("{error:#}")
        .lines()
        .map(|line| redact::text(&escape(without_os_error(line).as_bytes())))
        .collect()
}

/// The same in one line.
pub(crate) fn in_one_line(error: &anyhow::Error) -> String {
    told(error).join("; ")
}

/// What was asked for, on standard output.
///
/// # Errors
/// If it cannot be written, for any reason but that nobody reads it.
pub(crate) fn answer(text: &[u8]) -> Result<(), OutputError> {
    Output::Stdout { mid_line: false }.write(text)
}

/// Where the response goes.
#[derive(Debug, Clone)]
pub(crate) struct ResponseOutputs {
    /// `None` is standard output.
    pub(crate) body: Option<PathBuf>,
    /// A file of its own for the head.
    pub(crate) head: Option<PathBuf>,
    /// The head in front of the body.
    pub(crate) include_head: bool,
    /// No body for 4xx and 5xx.
    pub(crate) leave_out_errors: bool,
}

impl ResponseOutputs {
    /// As they were typed.
    pub(crate) fn of(output: &OutputArgs) -> Self {
        Self {
            body: output.output.clone(),
            head: output.dump_header.clone(),
            include_head: output.show_headers,
            leave_out_errors: output.fail,
        }
    }

    /// Whether the body of that answer is wanted at all.
    pub(crate) fn take_body_of(&self, response: &Response) -> bool {
        let exit = Exit::of_status(response.status());
        !self.leave_out_errors || !matches!(exit, Exit::Refused | Exit::ServerFailed)
    }

    /// The file that the body goes to, if it is one.
    pub(crate) fn file_name(&self) -> Option<String> {
        let path = self.body.as_deref()?;
        (path != Path::new("-")).then(|| path.display().to_string())
    }
}

/// What went out, for the summary.
pub(crate) struct Sent {
    /// Parts of a multipart, or 0.
    pub(crate) parts: usize,
    /// Octets of content that the connection took.
    pub(crate) content: u64,
    /// Octets of content there are, if that is known.
    pub(crate) total: Option<u64>,
    pub(crate) framing: Framing,
    pub(crate) time: Duration,
    /// If they were asked for.
    pub(crate) checksums: Option<Checksums>,
}

/// As `sha256sum --tag` writes it.
fn checksum_line(checksum: &Checksum, name: &str) -> String {
    let tag = checksum.algorithm().as_str();
    let tag = tag.to_ascii_uppercase().replace('-', "");
    format!("{tag} ({}) = {checksum}", escape(name.as_bytes()))
}

/// A message without Rust's `(os error 2)`.
pub(crate) fn without_os_error(message: &str) -> String {
    let Some((before, after)) = message.split_once(" (os error ") else {
        return message.to_owned();
    };
    match after.split_once(')') {
        Some((_, after)) => format!("{before}{after}"),
        None => message.to_owned(),
    }
}

/// Writes a line, in one piece: what somebody types or another program says comes before it or after it.
fn say(line: &str) {
    // A standard error that cannot be written is no reason to stop.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

fn colored(has_color: bool, status: u16, line: &str) -> String {
    if !has_color {
        return line.to_owned();
    }
    let color = match status {
        200..=299 => "32",
        300..=399 => "33",
        _ => "31",
    };
    format!("\x1b[{color}m{line}\x1b[0m")
}
