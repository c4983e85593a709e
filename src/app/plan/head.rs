//! The request's head: what was asked for, over what is sent anyway.

use std::fs;
use std::path::Path;

use formpost::multipart::{Boundary, ContentType};
use formpost::send::{Framing, Head, Header, Login, Url};

use super::cookies::Cookies;
use super::credentials::Credentials;
use super::error::PlanError;
use super::random;
use crate::app::cli::{CredentialArgs, HeaderArg, RequestArgs};
use crate::app::placeholder::Placeholder;

const FORM_DATA: &str = "multipart/form-data";
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The type of the whole body: `multipart/form-data`, or another multipart that `-H` asked for.
#[derive(Debug, Clone)]
pub(super) struct OuterType {
    /// What goes in front of the boundary parameter.
    value: String,
    is_form_data: bool,
    boundary: Option<Boundary>,
    /// The boundary is in `value` already.
    has_parameter: bool,
}

impl OuterType {
    /// From what `-H` says, which is taken out of it, and the boundary that was chosen.
    ///
    /// # Errors
    /// If no multipart body can have that type.
    pub(super) fn settle(given: &mut Given, boundary: Option<Boundary>) -> Result<Self, PlanError> {
        match given.take("Content-Type") {
            Some(header) => Self::given(header.value(), boundary),
            None if given.is_removed("Content-Type") => Err(PlanError::usage(
                "-H Content-Type: a multipart body cannot do without it",
            )),
            None => Ok(Self::form_data(boundary)),
        }
    }

    fn form_data(boundary: Option<Boundary>) -> Self {
        Self {
            value: String::from(FORM_DATA),
            is_form_data: true,
            boundary,
            has_parameter: false,
        }
    }

    /// From a user's own Content-Type: another multipart type stands, and a boundary in it is taken over.
    fn given(value: &[u8], boundary: Option<Boundary>) -> Result<Self, PlanError> {
        let refuse = |reason: &str| PlanError::usage(format!("-H Content-Type: {reason}"));
        let value = std::str::from_utf8(value).map_err(|_| refuse("expected UTF-8"))?;
        let content_type = ContentType::parse(value).map_err(|error| refuse(&error.to_string()))?;
        if !content_type.is_multipart() {
            let reason = format!(
                "expected a multipart type, found {}",
                content_type.essence()
            );
            return Err(
                refuse(&reason).hint("the type of a part is -F 'name=@file;type=…' or --type")
            );
        }
        let theirs = content_type
            .boundary()
            .transpose()
            .map_err(|error| refuse(&error.to_string()))?;
        match (&theirs, &boundary) {
            (Some(one), Some(other)) if one != other => {
                return Err(refuse(&format!(
                    "its boundary is {one}, --boundary is {other}"
                )));
            }
            _ => {}
        }
        Ok(Self {
            value: value.trim_end_matches([' ', ';']).to_owned(),
            is_form_data: content_type.is_form_data(),
            has_parameter: theirs.is_some(),
            boundary: theirs.or(boundary),
        })
    }

    /// Whether its parts are form fields.
    pub(super) fn is_form_data(&self) -> bool {
        self.is_form_data
    }

    /// The boundary that the user chose.
    pub(super) fn boundary(&self) -> Option<Boundary> {
        self.boundary.clone()
    }

    /// The field's value without the boundary, if it is more than that of any form.
    pub(super) fn without_boundary(&self) -> Option<String> {
        let is_boundary = |parameter: &&str| {
            let name = parameter.trim_start().split('=').next();
            name.is_some_and(|name| name.eq_ignore_ascii_case("boundary"))
        };
        let kept = self.value.split(';').filter(|part| !is_boundary(part));
        let value = kept.collect::<Vec<_>>().join(";");
        (value != FORM_DATA).then_some(value)
    }

    /// The field.
    ///
    /// # Errors
    /// If it cannot be sent.
    pub(super) fn header(&self, boundary: &Boundary) -> Result<Header, PlanError> {
        let value = if self.has_parameter {
            self.value.clone()
        } else {
            format!("{}; boundary={}", self.value, boundary.parameter())
        };
        header("-H", "Content-Type", value)
    }
}

/// A head that lacks what is to be said of the content still.
#[derive(Debug, Clone)]
pub(super) struct HeadDraft {
    method: String,
    url: Url,
    headers: Vec<Header>,
    /// Where those go among them that are about the content.
    content_fields_at: usize,
    /// What it is authorized with, as the user would say it.
    pub(super) credentials: Option<String>,
    /// Who answers a Digest challenge.
    pub(super) digest: Option<Login>,
    /// What to say of all that when much is said.
    pub(super) notes: Vec<String>,
}

impl HeadDraft {
    /// Whether it has a key by which the server can tell a repeat.
    pub(super) fn is_keyed(&self) -> bool {
        self.headers
            .iter()
            .any(|header| header.is(IDEMPOTENCY_KEY) && !header.value().is_empty())
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn method(&self) -> &str {
        &self.method
    }

    /// Whether a second request of that method does no more than the first.
    ///
    /// # Errors
    /// If no head has that method.
    pub(super) fn is_idempotent(&self) -> Result<bool, PlanError> {
        let head = self.clone().with_content_fields(Vec::new())?;
        Ok(head.is_idempotent())
    }

    /// The fields that go out without being given.
    pub(super) fn own(&self) -> impl Iterator<Item = &Header> {
        let own = self.headers[..self.content_fields_at].iter();
        own.filter(|header| !header.is("Host"))
    }

    /// The same with more in the URL's query.
    pub(super) fn asking_with(self, query: &[u8]) -> Self {
        let url = self.url.with_query(&String::from_utf8_lossy(query));
        Self { url, ..self }
    }

    /// Whether it has a field of that name already.
    pub(super) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header.is(name))
    }

    /// What `-H` gave, but for what takes another's place.
    pub(super) fn given(&self) -> impl Iterator<Item = &Header> {
        self.headers[self.content_fields_at..].iter()
    }

    /// The same for one of many: to that URL, with what `-H` gave filled in.
    pub(super) fn for_one_of_many(
        mut self,
        url: Url,
        fill: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Result<Self, PlanError> {
        self.url = url;
        let given = self.headers[self.content_fields_at..].iter_mut();
        for field in given.filter(|field| Placeholder::any_is_in(field.value())) {
            *field = header("-H", field.name(), fill(field.value()))?;
        }
        Ok(self)
    }

    /// The same with that `Idempotency-Key`.
    pub(super) fn with_key(mut self, key: &str) -> Result<Self, PlanError> {
        let field = header("--idempotency-key", IDEMPOTENCY_KEY, quoted(key))?;
        let own = &mut self.headers[..self.content_fields_at];
        if let Some(known) = own.iter_mut().find(|header| header.is(IDEMPOTENCY_KEY)) {
            *known = field;
        }
        Ok(self)
    }

    /// With what is to be said of the content.
    pub(super) fn with_content_fields(mut self, fields: Vec<Header>) -> Result<Head, PlanError> {
        let at = self.content_fields_at;
        let fields = fields.into_iter().map(Header::for_any_origin);
        self.headers.splice(at..at, fields);
        Head::new(&self.method, self.url, self.headers)
            .map_err(|error| PlanError::usage(format!("-X: {error}")))
    }
}

/// Settles everything but the Content-Type, which has been taken out of what `-H` gave; `method` is the body's own.
pub(super) fn plan(
    request: &RequestArgs,
    mut given: Given,
    url: Url,
    method: &str,
    expects: bool,
) -> Result<HeadDraft, PlanError> {
    let mut headers = Vec::new();
    headers.extend(given.take("Host"));
    let agent = request
        .user_agent
        .as_deref()
        .unwrap_or(concat!("formpost/", env!("CARGO_PKG_VERSION")));
    let credentials = credentials(&request.credentials, &url, &given)?;
    let cookies = Cookies::plan(&request.cookies, &url)?;
    let defaults = [
        Some(header("-A", "User-Agent", agent)?.for_any_origin())
            .filter(|agent| !agent.value().is_empty()),
        Some(header("Accept", "Accept", "*/*")?.for_any_origin()),
        credentials.header,
        referer(request.referer.as_deref())?,
        cookies.header,
        idempotency_key(request.idempotency_key.as_ref(), &given)?,
        expects
            .then(|| header("--expect100-timeout", "Expect", "100-continue"))
            .transpose()?
            .map(Header::for_any_origin),
    ];
    headers.extend(
        defaults
            .into_iter()
            .flatten()
            .filter(|header| !given.replaces(header.name())),
    );
    let content_fields_at = headers.len();
    headers.extend(given.fields);
    Ok(HeadDraft {
        method: request.method.as_deref().unwrap_or(method).to_owned(),
        url,
        headers,
        content_fields_at,
        credentials: credentials.named,
        digest: credentials.digest,
        notes: credentials.note.into_iter().chain(cookies.notes).collect(),
    })
}

/// `-e`. With curl, `;auto` behind it has redirections say where they come from; here they keep what was given.
fn referer(given: Option<&str>) -> Result<Option<Header>, PlanError> {
    given
        .map(|text| text.strip_suffix(";auto").unwrap_or(text))
        .filter(|text| !text.is_empty())
        .map(|text| header("-e", "Referer", text))
        .transpose()
}

/// A field whose value comes from `option`.
pub(super) fn header(
    option: &str,
    name: &str,
    value: impl Into<Vec<u8>>,
) -> Result<Header, PlanError> {
    Header::new(name, value).map_err(|error| PlanError::usage(format!("{option}: {error}")))
}

/// A field from `-H` stands above all other credentials.
fn credentials(
    arguments: &CredentialArgs,
    url: &Url,
    given: &Given,
) -> Result<Credentials, PlanError> {
    if !given.replaces("Authorization") {
        return Credentials::plan(arguments, url);
    }
    if arguments.digest {
        return Err(PlanError::usage(
            "--digest and -H Authorization: expected one of them",
        ));
    }
    let is_sent = !given.is_removed("Authorization");
    Ok(Credentials {
        named: is_sent.then(|| String::from("-H Authorization")),
        ..Credentials::default()
    })
}

/// `--idempotency-key`, as a structured field's string (RFC 9651 section 3.3.3).
fn idempotency_key(
    asked: Option<&Option<String>>,
    given: &Given,
) -> Result<Option<Header>, PlanError> {
    let Some(key) = asked else {
        return Ok(None);
    };
    if given.replaces(IDEMPOTENCY_KEY) {
        return Err(PlanError::usage(
            "--idempotency-key and -H Idempotency-Key: expected one of them",
        ));
    }
    let key = key.clone().map_or_else(random::uuid, Ok)?;
    header("--idempotency-key", IDEMPOTENCY_KEY, quoted(&key)).map(Some)
}

/// A structured field's string.
fn quoted(key: &str) -> String {
    let escaped = key.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
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

    fn take(&mut self, name: &str) -> Option<Header> {
        let position = self.fields.iter().position(|header| header.is(name))?;
        Some(self.fields.remove(position))
    }

    pub(super) fn is_removed(&self, name: &str) -> bool {
        self.removed
            .iter()
            .any(|removed| removed.eq_ignore_ascii_case(name))
    }

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
    /// If it cannot be read, or a line is no field.
    pub(super) fn read(option: &str, path: &Path) -> Result<Self, PlanError> {
        let refuse =
            |reason: String| PlanError::usage(format!("{option} @{}: {reason}", path.display()));
        let text = if path == Path::new("-") {
            super::sources::read_standard_input()
        } else {
            fs::read(path)
        }
        .map_err(|error| refuse(error.to_string()))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::cli::Cli;

    /// The names of the fields that follow a redirection to `target`.
    fn fields_toward(target: &str, arguments: &[&str]) -> Vec<String> {
        let program = ["formpost", "http://me:secret@h/", "file"];
        let arguments = program.iter().chain(arguments);
        let upload = Cli::parse_from(arguments.map(Into::into)).unwrap().upload;
        let mut given = Given::read("-H", &upload.request.headers).unwrap();
        let outer = OuterType::settle(&mut given, None).unwrap();
        let draft = plan(
            &upload.request,
            given,
            upload.url.unwrap().url().clone(),
            "POST",
            false,
        )
        .unwrap();
        let content_type = outer.header(&Boundary::new("b").unwrap()).unwrap();
        let head = draft.with_content_fields(vec![content_type]).unwrap();
        let target = target.parse().unwrap();
        let bytes = head.toward(&target).to_bytes(Framing::Chunked);
        let lines = String::from_utf8(bytes).unwrap();
        let names = lines.lines().filter_map(|line| line.split_once(": "));
        names.map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn r1_only_what_is_sent_anyway_goes_to_another_origin() {
        let own = [
            "Host",
            "User-Agent",
            "Accept",
            "Content-Type",
            "Transfer-Encoding",
        ];
        for (arguments, given) in [
            (&[][..], "Authorization"),
            (&["-u", "me:secret"], "Authorization"),
            (&["--oauth2-bearer", "secret"], "Authorization"),
            (&["-A", "agent", "-H", "X-Api-Key: secret"], "X-Api-Key"),
            (&["-b", "session=secret"], "Cookie"),
            (&["-e", "http://from/"], "Referer"),
            (
                &[
                    "-H",
                    "Content-Type: multipart/mixed",
                    "-H",
                    "Cookie: secret",
                ],
                "Cookie",
            ),
        ] {
            assert_eq!(
                fields_toward("http://other/", arguments),
                own,
                "{arguments:?}"
            );
            let within = fields_toward("http://h/there", arguments);
            assert!(within.iter().any(|name| name == given), "{arguments:?}");
        }
    }

    #[test]
    fn r1_any_field_of_the_header_option_counts_as_given() {
        let arguments = ["-H", "User-Agent: secret", "-H", "Accept: secret"];
        assert_eq!(
            fields_toward("http://other/", &arguments),
            ["Host", "Content-Type", "Transfer-Encoding"]
        );
    }
}
