//! Header fields that an option gives or takes away, `-H` above all: typed, or in the lines of a file.

use std::path::Path;

use formpost::send::{Framing, Header};

use super::error::PlanError;
use crate::app::cli::HeaderArg;
use crate::app::option_file;

/// A field whose value comes from `option`.
pub(super) fn header(
    option: &str,
    name: &str,
    value: impl Into<Vec<u8>>,
) -> Result<Header, PlanError> {
    Header::new(name, value).map_err(|error| PlanError::usage(format!("{option}: {error}")))
}

/// What `-H`, or another option like it, says.
pub(super) struct Given {
    option: &'static str,
    pub(super) fields: Vec<Header>,
    removed: Vec<String>,
    pub(super) framing: GivenFraming,
}

/// What `-H` says of the body's framing. It is the body's to say: a second word about it is how requests are smuggled.
/// So these fields are taken as what they ask for, and held to it, and are not sent beside the body's own.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GivenFraming {
    pub(super) chunked: bool,
    pub(super) length: Option<u64>,
}

impl GivenFraming {
    /// Takes a field that is about the framing; whether it was one.
    fn take(&mut self, option: &str, header: &Header) -> Result<bool, PlanError> {
        let is_coding = header.is("Transfer-Encoding");
        if !is_coding && !header.is("Content-Length") {
            return Ok(false);
        }
        let refuse = |reason: &str| {
            Err(PlanError::usage(format!(
                "{option} {}: {reason}",
                header.name()
            )))
        };
        if option != "-H" {
            return refuse("expected any field but the body's framing");
        }
        if is_coding {
            if !header.value().eq_ignore_ascii_case(b"chunked") {
                return refuse("expected chunked, found something else");
            }
            self.chunked = true;
            return Ok(true);
        }
        let Some(length) = number(header.value()) else {
            return refuse("expected a number, found something else");
        };
        if self.length.is_some_and(|other| other != length) {
            return refuse("expected it once, found two that differ");
        }
        self.length = Some(length);
        Ok(true)
    }

    /// The same with `--chunked`, if that was given, too.
    pub(super) fn or_chunked(self, chunked: bool) -> Self {
        Self {
            chunked: self.chunked || chunked,
            ..self
        }
    }

    /// That a body has the length that was given.
    ///
    /// # Errors
    /// If it has another, or if that is not known.
    pub(super) fn check(self, framing: Framing) -> Result<(), PlanError> {
        let Some(given) = self.length else {
            return Ok(());
        };
        let length = match framing {
            Framing::Length(length) => length,
            Framing::Empty => 0,
            Framing::Chunked if self.chunked => {
                return Err(PlanError::usage(
                    "-H Content-Length: a body that is to be chunked goes without, expected one of them",
                ));
            }
            Framing::Chunked => {
                let error = PlanError::usage(format!(
                    "-H Content-Length: it says {given}, and how long the body is cannot be known"
                ));
                return Err(error.hint("--spool reads a pipe to its end first"));
            }
        };
        if length == given {
            return Ok(());
        }
        let message = format!("-H Content-Length: it says {given}, the body has {length} bytes");
        Err(PlanError::usage(message).hint("the length is sent whenever it is known, without -H"))
    }
}

fn number(octets: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(octets).ok()?;
    let is_number = text.bytes().all(|octet| octet.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

impl Given {
    /// What the values of `option` come to, those in files among them.
    ///
    /// # Errors
    /// If a file cannot be read, or a field cannot be asked for so.
    pub(super) fn read(option: &'static str, arguments: &[HeaderArg]) -> Result<Self, PlanError> {
        let mut given = Self {
            option,
            fields: Vec::new(),
            removed: Vec::new(),
            framing: GivenFraming::default(),
        };
        for argument in arguments {
            match argument {
                HeaderArg::File(path) => {
                    for line in HeaderFile::read(option, path)?.lines {
                        given.add(&line)?;
                    }
                }
                HeaderArg::Field(_) | HeaderArg::Remove(_) => given.add(argument)?,
            }
        }
        Ok(given)
    }

    fn add(&mut self, argument: &HeaderArg) -> Result<(), PlanError> {
        match argument {
            HeaderArg::Field(header) if self.framing.take(self.option, header)? => {}
            HeaderArg::Field(header) => self.fields.push(header.clone()),
            HeaderArg::Remove(name) if name.eq_ignore_ascii_case("Host") => {
                return Err(PlanError::usage(format!(
                    "{} Host: HTTP/1.1 cannot do without it",
                    self.option
                )));
            }
            HeaderArg::Remove(name) => self.removed.push(name.clone()),
            HeaderArg::File(path) => {
                return Err(PlanError::usage(format!(
                    "{} @{}: a header file cannot name another",
                    self.option,
                    path.display()
                )));
            }
        }
        Ok(())
    }

    /// The Content-Type that it has, takes away, or leaves to the body: to `--type`, or what the body is by itself.
    ///
    /// # Errors
    /// If that cannot be sent.
    pub(super) fn content_type(
        &mut self,
        default: Option<&str>,
    ) -> Result<Option<Header>, PlanError> {
        match self.take("Content-Type") {
            Some(given) => Ok(Some(given)),
            None if self.is_removed("Content-Type") => Ok(None),
            None => default
                .map(|value| header("--type", "Content-Type", value))
                .transpose(),
        }
    }

    /// Leaves out what it has of that name.
    pub(super) fn forget(&mut self, name: &str) {
        self.fields.retain(|header| !header.is(name));
    }

    /// Takes out the first field that it has of that name.
    pub(super) fn take(&mut self, name: &str) -> Option<Header> {
        let position = self.fields.iter().position(|header| header.is(name))?;
        Some(self.fields.remove(position))
    }

    /// Whether it takes away the field of that name that would be sent otherwise.
    pub(super) fn is_removed(&self, name: &str) -> bool {
        self.removed
            .iter()
            .any(|removed| removed.eq_ignore_ascii_case(name))
    }

    /// Whether it alone says what is sent of that name, if anything.
    pub(super) fn replaces(&self, name: &str) -> bool {
        self.is_removed(name) || self.fields.iter().any(|header| header.is(name))
    }
}

/// What `@FILE` stands for.
pub(super) struct HeaderFile {
    pub(super) lines: Vec<HeaderArg>,
    /// It is nothing but fields: no comments, no blanks around them.
    pub(super) is_plain: bool,
}

impl HeaderFile {
    /// # Errors
    /// If it cannot be read, is too long, or a line is no field.
    pub(super) fn read(option: &str, path: &Path) -> Result<Self, PlanError> {
        let refuse =
            |reason: String| PlanError::usage(format!("{option} @{}: {reason}", path.display()));
        let text = option_file::read(path).map_err(|error| refuse(error.to_string()))?;
        let whole = text.split(|byte| *byte == b'\n');
        let whole = whole.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let is_plain = |line: &[u8]| line.trim_ascii() == line && !line.starts_with(b"#");
        let lines = (1..)
            .zip(whole.clone().map(<[u8]>::trim_ascii))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#"))
            .map(|(number, line): (usize, _)| {
                HeaderArg::parse_line(line)
                    .map_err(|reason| refuse(format!("line {number}: {reason}")))
            });
        Ok(Self {
            lines: lines.collect::<Result<_, _>>()?,
            is_plain: whole.clone().all(is_plain),
        })
    }
}
