//! `--as-curl`: the same request as a command line of curl's, for sh.
//!
//! It is made of the [`Outline`], which is the first half of every upload's plan, and of the options that say how the
//! request gets there and what becomes of the answer: those have curl's names already. [`form`] writes parts in the
//! language of `-F`, [`options`] the rest, [`shell`] quotes. What would be another request is refused; what curl does
//! otherwise on the way, or does not have, is a remark.
//!
//! Written for curl 7.81 and later, and tried with what the tests find.

mod form;
mod options;
mod shell;

use std::path::Path;

use formpost::multipart::Escape;
use formpost::send::Header;

use super::cli::{HeaderArg, Upload};
use super::part_spec::SourceSpec;
use super::plan::error::PlanError;
use super::plan::outline::{Outline, OutlinedBody};

/// A command line as it grows.
#[derive(Default)]
pub(crate) struct CommandLine {
    /// An option in each, with its value.
    lines: Vec<Vec<Vec<u8>>>,
    /// What its reader should know.
    pub(crate) remarks: Vec<String>,
}

impl CommandLine {
    /// The command for an upload.
    ///
    /// # Errors
    /// If curl cannot say the same.
    pub(crate) fn new(upload: &Upload, outline: &Outline) -> Result<Self, PlanError> {
        let mut line = Self::default();
        if has_globs(outline) {
            line.flag("-g");
        }
        line.method(outline);
        line.fields(outline);
        line.body(outline)?;
        let name = options::credentials(&mut line, upload, outline);
        options::all(&mut line, upload);
        line.url(outline, name.as_deref());
        Ok(line)
    }

    /// As text.
    ///
    /// # Errors
    /// If a word holds what no argument can.
    pub(crate) fn to_text(&self) -> Result<String, PlanError> {
        if self.lines.iter().flatten().any(|word| word.contains(&0)) {
            return Err(PlanError::usage(
                "--as-curl: a NUL in what is sent, which no argument can hold",
            ));
        }
        Ok(shell::command("curl", &self.lines))
    }

    fn flag(&mut self, option: &str) {
        self.lines.push(vec![option.into()]);
    }

    fn option(&mut self, option: &str, value: impl AsRef<[u8]>) {
        self.lines
            .push(vec![option.into(), value.as_ref().to_vec()]);
    }

    fn remark(&mut self, remark: &str) {
        self.remarks.push(remark.to_owned());
    }

    /// The method, if it is not the one that curl takes for such a body.
    fn method(&mut self, outline: &Outline) {
        let curls = match outline.body {
            OutlinedBody::Multipart { .. }
            | OutlinedBody::DataFrom { .. }
            | OutlinedBody::Data { .. } => "POST",
            OutlinedBody::Upload { .. } => "PUT",
            OutlinedBody::Nothing { .. } => "GET",
        };
        if outline.method() != curls {
            self.option("-X", outline.method());
        }
    }

    /// The header fields but for the body's own.
    fn fields(&mut self, outline: &Outline) {
        for field in outline.fields() {
            self.own_field(field);
        }
        self.given("-H", &outline.given);
        // What curl sends unasked.
        let expects = outline.has_body();
        for (name, is_sent) in [("User-Agent", true), ("Accept", true), ("Expect", expects)] {
            if is_sent && !outline.has(name) && !outline.is_given(name) {
                self.option("-H", format!("{name}:"));
            }
        }
    }

    /// A field that goes out without `-H`, by the option that curl has for it.
    fn own_field(&mut self, field: &Header) {
        let value = field.value();
        if field.is("Accept") && value == b"*/*" {
            return;
        }
        if field.is("User-Agent") {
            self.option("-A", value);
        } else if field.is("Referer") && !value.ends_with(b";auto") {
            self.option("-e", value);
        } else if field.is("Cookie") && !value.starts_with(b"@") {
            self.option("-b", value);
        } else {
            self.option("-H", field_line(field));
        }
    }

    /// The values of `-H`, or of an option like it.
    fn given(&mut self, option: &str, given: &[HeaderArg]) {
        for argument in given {
            match argument {
                HeaderArg::Field(field) => self.option(option, field_line(field)),
                HeaderArg::Remove(name) => self.option(option, format!("{name}:")),
                HeaderArg::File(path) => self.option(option, at(path)),
            }
        }
    }

    fn content_type(&mut self, content_type: Option<&String>) {
        if let Some(content_type) = content_type {
            self.option("-H", format!("Content-Type: {content_type}"));
        }
    }

    fn body(&mut self, outline: &Outline) -> Result<(), PlanError> {
        if outline.chunked && outline.has_body() {
            self.option("-H", "Transfer-Encoding: chunked");
        }
        match &outline.body {
            OutlinedBody::Multipart {
                content_type,
                has_boundary,
                escape,
                parts,
            } => {
                if *has_boundary {
                    self.remark("curl chooses the boundary itself");
                }
                if *escape == Escape::Backslash {
                    self.flag("--form-escape");
                }
                self.content_type(content_type.as_ref());
                form::parts(self, parts)
            }
            OutlinedBody::Upload {
                source,
                content_type,
            } => {
                self.content_type(content_type.as_ref());
                let path = source.as_path();
                check_path("-T", path)?;
                if *source == SourceSpec::Stdin && !outline.chunked {
                    self.remark("curl sends standard input chunked, however short it is");
                }
                self.option("-T", path.as_os_str().as_encoded_bytes());
                Ok(())
            }
            OutlinedBody::DataFrom {
                source,
                content_type,
            } => {
                self.type_of_data(content_type.as_ref());
                let path = source.as_path();
                check_path("--data-binary", path)?;
                self.option("--data-binary", at(path));
                Ok(())
            }
            OutlinedBody::Data {
                octets,
                content_type,
            } => {
                self.type_of_data(content_type.as_ref());
                self.option("--data-raw", octets);
                Ok(())
            }
            OutlinedBody::Nothing { content_type } => {
                self.content_type(content_type.as_ref());
                Ok(())
            }
        }
    }

    /// The type of what `--data-binary` sends: it has one, if none is said.
    fn type_of_data(&mut self, content_type: Option<&String>) {
        const CURLS: &str = "application/x-www-form-urlencoded";
        self.content_type(content_type.filter(|content_type| *content_type != CURLS));
    }

    /// The URL, last; `name` is a user's in it.
    fn url(&mut self, outline: &Outline, name: Option<&str>) {
        let url = outline.url();
        if url.is_https() {
            self.flag("--http1.1");
        }
        let text = match name {
            Some(name) => url.as_str().replacen("://", &format!("://{name}@"), 1),
            None => url.as_str().to_owned(),
        };
        self.lines.push(vec![text.into_bytes()]);
    }
}

/// A field as `-H` takes it.
fn field_line(field: &Header) -> Vec<u8> {
    if field.value().is_empty() {
        return format!("{};", field.name()).into_bytes();
    }
    [field.name().as_bytes(), b": ", field.value()].concat()
}

/// `@PATH`.
fn at(path: &Path) -> Vec<u8> {
    [b"@", path.as_os_str().as_encoded_bytes()].concat()
}

/// That a path means the same to another process.
fn check_path(what: &str, path: &Path) -> Result<(), PlanError> {
    let is_own = ["/dev/fd", "/proc/self"]
        .iter()
        .any(|own| path.starts_with(own));
    if !is_own {
        return Ok(());
    }
    let message = format!("{what}: {} is there for this process alone", path.display());
    Err(PlanError::usage(message)
        .hint("--as-curl: a file, or - and a pipe, is there for curl, too"))
}

/// Whether curl would take a URL, or the path of `-T`, for several.
fn has_globs(outline: &Outline) -> bool {
    let has_globs = |text: &[u8]| text.iter().any(|octet| b"[]{}".contains(octet));
    let path = match &outline.body {
        OutlinedBody::Upload { source, .. } => source.as_path(),
        OutlinedBody::Multipart { .. }
        | OutlinedBody::DataFrom { .. }
        | OutlinedBody::Data { .. }
        | OutlinedBody::Nothing { .. } => Path::new(""),
    };
    has_globs(outline.url().as_str().as_bytes()) || has_globs(path.as_os_str().as_encoded_bytes())
}
