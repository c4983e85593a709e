//! The `-F` language: the text of one option → a [`FormItem`].
//!
//! Nothing is opened, looked up or guessed here: whether a file is there, which type it has and what it is called is
//! the plan's to settle. The language is curl's, so that a script's `-F` means the same here:
//!
//! ```text
//! argument  := [name] "=" content
//! content   := "(" { ";" parameter }       open a group; only type= and headers= apply
//!            | ")"                         close it; only if the name is empty and nothing follows
//!            | "@" file { "," file }       upload; several are nested in a multipart/mixed
//!            | "<" word { ";" parameter }  a text field from a file; filename= does not apply
//!            | word { ";" parameter }      a text field
//! file      := word { ";" parameter }
//! word      := '"' characters '"' | raw
//! parameter := "type=" type | "filename=" word | "headers=" headers | "encoder=" word | unknown
//! headers   := ( "@" | "<" ) word | word
//! type      := token { ";" segment }       all segments up to the next filename=, headers= or encoder=
//! ```
//!
//! * The name is all before the first `=`, as it stands.
//! * A word ends at `;`, and in a list of files also at `,`. Blanks (space, tab) around a raw word are trimmed.
//! * A word is quoted if its first character is `"` and a closing one follows. Inside, `\"` and `\\` stand for `"` and
//!   `\`; every other backslash, and all of them outside quotes, are themselves.
//! * Keywords are read in either case, and with their `=`: `; filename = x` is unknown. The last of its kind counts,
//!   except that `headers=` add up.
//! * A type is not quoted and not validated. Its token ends at any of `()<>@,:\"[]?=`, and what is left up to the next
//!   delimiter is dropped, as curl drops it. A blank after the token is trimmed, and what follows it is kept: there
//!   curl loses all the rest, further files included.
//! * `-` is standard input.
//!
//! What would be sent otherwise than its writer may think comes with a [`SpecWarning`]; what could not be sent as
//! written, or would let one header become two, is a [`SpecError`].

mod attributes;
mod characters;
mod complaints;
mod headers;
mod source;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

use formpost::send::transfer_encoding::TransferEncoding;
use serde::de::IgnoredAny;

pub(crate) use attributes::Attributes;
use attributes::Keyword;
use characters::{
    control_in_name, is_blank, line_break, trim_blanks, trim_blanks_end, trim_blanks_start,
};
use complaints::shown;
pub(crate) use complaints::{SpecError, SpecWarning, WarningKind};
use headers::check_header;
pub(crate) use headers::{HeaderSpec, header_lines};
pub(crate) use source::SourceSpec;

/// The type of a `--json-part`.
const JSON: &[u8] = b"application/json";

/// What ends the first token of a type, besides blanks.
const TYPE_STOPS: &[u8] = b"()<>@,;:\\\"[]?=\r\n";

/// What one `-F` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FormItem {
    /// A part.
    Part(PartSpec),
    /// `NAME=(`: the parts that follow are inside this one.
    Open(GroupSpec),
    /// `=)`: the innermost open group ends.
    Close,
}

/// A part as it was typed; nothing is opened, no type is guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartSpec {
    /// `None` when empty: the part then has no `name` parameter.
    pub name: Option<Vec<u8>>,
    pub content: ContentSpec,
    pub warnings: Vec<SpecWarning>,
}

/// A nested multipart as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupSpec {
    pub name: Option<Vec<u8>>,
    pub content_type: Option<Vec<u8>>,
    pub headers: Vec<HeaderSpec>,
    pub warnings: Vec<SpecWarning>,
}

/// Where a part's content comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContentSpec {
    /// `NAME=TEXT`.
    Text {
        value: Vec<u8>,
        attributes: Attributes,
    },
    /// `NAME=<PATH`: a text field whose value is a file's content.
    TextFrom {
        source: SourceSpec,
        attributes: Attributes,
    },
    /// `--json-part NAME=@PATH`: as `TextFrom`, typed `application/json`, and refused if it is not JSON.
    JsonFrom { source: SourceSpec },
    /// `NAME=@PATH`; more than one (`NAME=@A,B`) are nested in a `multipart/mixed`.
    Files(Vec<FileSpec>),
}

/// One file to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileSpec {
    pub source: SourceSpec,
    pub attributes: Attributes,
}

impl FormItem {
    /// Reads the argument of `-F`.
    pub(crate) fn parse(argument: &OsStr) -> Result<Self, SpecError> {
        let (name, content) = split_name(argument)?;
        match content {
            b")" if name.is_none() => Ok(Self::Close),
            [b'(', ..] => open_group(name, Scanner::new(content)).map(Self::Open),
            [b'@', list @ ..] => Self::part(name, Scanner::of_list(list), files),
            [b'<', path @ ..] => Self::part(name, Scanner::new(path), text_from),
            value => Self::part(name, Scanner::new(value), text),
        }
    }

    fn part(
        name: Option<Vec<u8>>,
        mut scanner: Scanner<'_>,
        read: fn(&mut Scanner<'_>) -> Result<ContentSpec, SpecError>,
    ) -> Result<Self, SpecError> {
        let content = read(&mut scanner)?;
        let warnings = scanner.warnings_about(name.as_ref());
        Ok(Self::Part(PartSpec {
            name,
            content,
            warnings,
        }))
    }

    /// Reads the argument of `--form-string` and `--text`, NAME=VALUE: the value is sent as it stands.
    pub(crate) fn string(argument: &OsStr) -> Result<Self, SpecError> {
        let (name, value) = split_name(argument)?;
        Ok(Self::plain(name, literal(value, Attributes::default())))
    }

    /// Reads the argument of `--file`, NAME=PATH: the path is taken as it stands, but for `-`.
    pub(crate) fn file(argument: &OsStr) -> Result<Self, SpecError> {
        let (name, path) = split_name(argument)?;
        let source = SourceSpec::new(path.to_vec())?;
        let attributes = Attributes::default();
        Ok(Self::plain(
            name,
            ContentSpec::Files(vec![FileSpec { source, attributes }]),
        ))
    }

    /// Reads the argument of `--json-part`, NAME=JSON or NAME=@PATH.
    pub(crate) fn json_part(argument: &OsStr) -> Result<Self, SpecError> {
        let (name, content) = split_name(argument)?;
        let content = match content {
            [b'@', path @ ..] => ContentSpec::JsonFrom {
                source: SourceSpec::new(path.to_vec())?,
            },
            json => {
                check_json(json)?;
                literal(
                    json,
                    Attributes {
                        content_type: Some(JSON.to_vec()),
                        ..Attributes::default()
                    },
                )
            }
        };
        Ok(Self::plain(name, content))
    }

    fn plain(name: Option<Vec<u8>>, content: ContentSpec) -> Self {
        Self::Part(PartSpec {
            name,
            content,
            warnings: Vec::new(),
        })
    }
}

/// A word, and how it was written.
struct Word<'a> {
    text: Vec<u8>,
    is_quoted: bool,
    /// Between the closing quote and the next delimiter.
    trailing: &'a [u8],
}

/// What the parameters after a word say.
#[derive(Default)]
struct Parameters<'a> {
    attributes: Attributes,
    /// Those that are none of the four, as written; empty ones too.
    unknown: Vec<&'a [u8]>,
}

/// An argument's content, as far as it is not read yet.
struct Scanner<'a> {
    rest: &'a [u8],
    /// In a list of files a `,` is a delimiter.
    in_list: bool,
    warnings: Vec<WarningKind>,
}

impl<'a> Scanner<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            in_list: false,
            warnings: Vec::new(),
        }
    }

    fn of_list(rest: &'a [u8]) -> Self {
        Self {
            in_list: true,
            ..Self::new(rest)
        }
    }

    fn warn(&mut self, kind: WarningKind) {
        self.warnings.push(kind);
    }

    fn warnings_about(self, name: Option<&Vec<u8>>) -> Vec<SpecWarning> {
        let about = |kind| SpecWarning {
            name: name.cloned(),
            kind,
        };
        self.warnings.into_iter().map(about).collect()
    }

    fn is_delimiter(&self, octet: u8) -> bool {
        octet == b';' || (octet == b',' && self.in_list)
    }

    /// Skips `octet` if it comes next; says whether it did.
    fn skip(&mut self, octet: u8) -> bool {
        let after = self.rest.strip_prefix(&[octet]);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn skip_blanks(&mut self) {
        self.rest = trim_blanks_start(self.rest);
    }

    /// Takes what comes before the first octet that `ends` it.
    fn take_until(&mut self, ends: impl Fn(&Self, u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|&octet| ends(self, octet));
        let (taken, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Takes what comes before the next delimiter, whatever it is.
    fn segment(&mut self) -> &'a [u8] {
        self.take_until(Self::is_delimiter)
    }

    fn word(&mut self) -> Word<'a> {
        self.skip_blanks();
        if let Some((text, after)) = unquote(self.rest) {
            self.rest = after;
            return Word {
                text,
                is_quoted: true,
                trailing: trim_blanks(self.segment()),
            };
        }
        let text = trim_blanks(self.segment()).to_vec();
        Word {
            text,
            is_quoted: false,
            trailing: b"",
        }
    }

    /// A word whose text counts, so that losing some of it is worth a warning.
    fn value(&mut self) -> Word<'a> {
        let word = self.word();
        if !word.trailing.is_empty() {
            self.warn(WarningKind::TextAfterQuote {
                dropped: shown(word.trailing),
            });
        }
        word
    }

    fn parameters(&mut self) -> Result<Parameters<'a>, SpecError> {
        let mut parameters = Parameters::default();
        while self.skip(b';') {
            self.skip_blanks();
            match Keyword::split_from(self.rest) {
                Some((keyword, after)) => {
                    self.rest = after;
                    self.parameter(keyword, &mut parameters.attributes)?;
                }
                None => parameters.unknown.push(self.unknown()),
            }
        }
        Ok(parameters)
    }

    /// The parameters, where unknown ones are no sign of anything else.
    fn attributes(&mut self) -> Result<Attributes, SpecError> {
        let Parameters {
            attributes,
            unknown,
        } = self.parameters()?;
        for text in unknown.into_iter().filter(|text| !text.is_empty()) {
            self.warn(WarningKind::UnknownParameter { text: shown(text) });
        }
        Ok(attributes)
    }

    fn parameter(&mut self, keyword: Keyword, found: &mut Attributes) -> Result<(), SpecError> {
        match keyword {
            Keyword::Type => found.content_type = Some(self.content_type()?),
            Keyword::Filename => found.filename = Some(self.filename()?),
            Keyword::Headers => found.headers.push(self.header()?),
            Keyword::Encoder => found.encoding = Some(self.encoding()?),
        }
        Ok(())
    }

    /// Passes over a parameter that is none of the four, as over a word.
    fn unknown(&mut self) -> &'a [u8] {
        let before = self.rest;
        self.word();
        trim_blanks(self.taken_since(before))
    }

    /// What was read since `before` was the rest.
    fn taken_since(&self, before: &'a [u8]) -> &'a [u8] {
        &before[..before.len() - self.rest.len()]
    }

    fn encoding(&mut self) -> Result<TransferEncoding, SpecError> {
        let name = self.value().text;
        let name = String::from_utf8_lossy(&name);
        TransferEncoding::parse(&name).map_err(SpecError::UnknownEncoder)
    }

    fn filename(&mut self) -> Result<Vec<u8>, SpecError> {
        let filename = self.value().text;
        match control_in_name(&filename) {
            Some(octet) => Err(SpecError::ControlInFilename { octet }),
            None => Ok(filename),
        }
    }

    fn header(&mut self) -> Result<HeaderSpec, SpecError> {
        if self.skip(b'@') || self.skip(b'<') {
            return match SourceSpec::new(self.value().text)? {
                SourceSpec::Stdin => Err(SpecError::HeadersFromStdin),
                SourceSpec::Path(path) => Ok(HeaderSpec::File(path)),
            };
        }
        let line = self.value().text;
        check_header(&line)?;
        if line.is_empty() {
            self.warn(WarningKind::EmptyHeader);
        }
        Ok(HeaderSpec::Line(line))
    }

    fn content_type(&mut self) -> Result<Vec<u8>, SpecError> {
        self.skip_blanks();
        let before = self.rest;
        let found = self.type_token();
        check_type(self.taken_since(before))?;
        Ok(found)
    }

    /// A type's first token, and then as much as belongs to it.
    fn type_token(&mut self) -> Vec<u8> {
        let is_stop = |octet| is_blank(octet) || TYPE_STOPS.contains(&octet);
        let token = self.take_until(|_, octet| is_stop(octet));
        let stop = self.rest.first().copied();
        if stop.is_some_and(|octet| !is_blank(octet) && !self.is_delimiter(octet)) {
            let dropped = shown(trim_blanks(self.segment()));
            self.warn(WarningKind::TypeCut {
                sent: shown(token),
                dropped,
            });
            return token.to_vec();
        }
        let mut found = token.to_vec();
        found.extend_from_slice(self.after_type_token());
        while self.rest.first() == Some(&b';') && !self.names_a_parameter() {
            self.skip(b';');
            found.push(b';');
            found.extend_from_slice(self.segment());
        }
        trim_blanks(&found).to_vec()
    }

    /// What a blank sets apart from a type's first token; nothing if a delimiter follows the blank.
    fn after_type_token(&mut self) -> &'a [u8] {
        let lost_by_curl = trim_blanks(self.rest);
        if self.rest.first().copied().is_some_and(is_blank) && !lost_by_curl.is_empty() {
            self.warn(WarningKind::BlankAfterType {
                followed_by: shown(lost_by_curl),
            });
        }
        trim_blanks_end(self.segment())
    }

    /// Whether the parameter that begins here, with its `;`, ends a type. Another `type=` does not.
    fn names_a_parameter(&self) -> bool {
        let after = self.rest.strip_prefix(b";").unwrap_or(self.rest);
        let keyword = Keyword::split_from(trim_blanks_start(after));
        keyword.is_some_and(|(keyword, _)| keyword != Keyword::Type)
    }
}

fn open_group(name: Option<Vec<u8>>, mut scanner: Scanner<'_>) -> Result<GroupSpec, SpecError> {
    let word = scanner.value();
    if word.text != b"(" {
        return Err(SpecError::TextInGroup {
            found: shown(&word.text),
        });
    }
    let Attributes {
        content_type,
        filename,
        headers,
        encoding,
    } = scanner.attributes()?;
    let idle = [
        filename.map(|_| Keyword::Filename),
        encoding.map(|_| Keyword::Encoder),
    ];
    for keyword in idle.into_iter().flatten().map(Keyword::as_str) {
        scanner.warn(WarningKind::IdleParameter {
            keyword,
            content: "'('",
        });
    }
    let warnings = scanner.warnings_about(name.as_ref());
    Ok(GroupSpec {
        name,
        content_type,
        headers,
        warnings,
    })
}

fn files(scanner: &mut Scanner<'_>) -> Result<ContentSpec, SpecError> {
    let mut files = vec![file(scanner)?];
    while scanner.skip(b',') {
        files.push(file(scanner)?);
    }
    if files.len() > 1 {
        scanner.warn(WarningKind::NestedFiles { count: files.len() });
    }
    Ok(ContentSpec::Files(files))
}

fn file(scanner: &mut Scanner<'_>) -> Result<FileSpec, SpecError> {
    let source = SourceSpec::new(scanner.value().text)?;
    let attributes = scanner.attributes()?;
    Ok(FileSpec { source, attributes })
}

fn text_from(scanner: &mut Scanner<'_>) -> Result<ContentSpec, SpecError> {
    let source = SourceSpec::new(scanner.value().text)?;
    let mut attributes = scanner.attributes()?;
    if attributes.filename.take().is_some() {
        let keyword = Keyword::Filename.as_str();
        scanner.warn(WarningKind::IdleParameter {
            keyword,
            content: "'<'",
        });
    }
    Ok(ContentSpec::TextFrom { source, attributes })
}

fn text(scanner: &mut Scanner<'_>) -> Result<ContentSpec, SpecError> {
    let word = scanner.value();
    let attributes = if word.is_quoted {
        scanner.attributes()?
    } else {
        let Parameters {
            attributes,
            unknown,
        } = scanner.parameters()?;
        if !unknown.is_empty() {
            let dropped = [b";", unknown.join(&b';').as_slice()].concat();
            scanner.warn(WarningKind::ValueCut {
                dropped: shown(&dropped),
            });
        }
        attributes
    };
    Ok(ContentSpec::Text {
        value: word.text,
        attributes,
    })
}

fn literal(value: &[u8], attributes: Attributes) -> ContentSpec {
    ContentSpec::Text {
        value: value.to_vec(),
        attributes,
    }
}

/// Splits an argument at its first `=`.
fn split_name(argument: &OsStr) -> Result<(Option<Vec<u8>>, &[u8]), SpecError> {
    let octets = octets(argument)?;
    let end = octets.iter().position(|&octet| octet == b'=');
    let (name, content) = octets.split_at(end.ok_or(SpecError::NoEquals)?);
    if let Some(octet) = control_in_name(name) {
        return Err(SpecError::ControlInName { octet });
    }
    let name = (!name.is_empty()).then(|| name.to_vec());
    Ok((name, &content[1..]))
}

/// An argument's octets: what was typed on Unix, UTF-8 elsewhere.
fn octets(argument: &OsStr) -> Result<&[u8], SpecError> {
    if cfg!(unix) || argument.to_str().is_some() {
        Ok(argument.as_encoded_bytes())
    } else {
        Err(SpecError::NotUnicode)
    }
}

/// The content between the quotes that `text` begins with, and what follows them; `None` if it is not quoted.
fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut unquoted = Vec::new();
    loop {
        rest = match rest {
            [b'"', after @ ..] => return Some((unquoted, after)),
            [b'\\', octet @ (b'"' | b'\\'), after @ ..] | [octet, after @ ..] => {
                unquoted.push(*octet);
                after
            }
            [] => return None,
        };
    }
}

fn check_type(found: &[u8]) -> Result<(), SpecError> {
    match line_break(found) {
        Some(octet) => Err(SpecError::BreakInType {
            octet,
            found: shown(found),
        }),
        None => Ok(()),
    }
}

/// JSON is UTF-8 (RFC 8259 section 8.1); the parser alone would skip over strings that are not.
fn check_json(text: &[u8]) -> Result<(), SpecError> {
    let not_json = |reason: String| SpecError::NotJson { reason };
    let text = std::str::from_utf8(text).map_err(|error| not_json(error.to_string()))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(error.to_string()))?;
    Ok(())
}
