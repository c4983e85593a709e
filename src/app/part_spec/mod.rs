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
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) mod invariants;
mod scanner;
mod source;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

use serde::de::IgnoredAny;

use attributes::Keyword;
use complaints::shown;
use scanner::{Parameters, Scanner};

pub(crate) use attributes::Attributes;
pub(crate) use characters::{control_in_name, line_break};
pub(crate) use complaints::{SpecError, SpecWarning, WarningKind};
pub(crate) use headers::{HeaderSpec, header_lines};
pub(crate) use source::SourceSpec;

/// The type of a `--json-part`.
const JSON: &[u8] = b"application/json";

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
    /// Whether a batch puts what it sends into the words: those of `-F`, and no other option's.
    pub is_template: bool,
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
            is_template: false,
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
            is_template: false,
            warnings: Vec::new(),
        })
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
    let Some(end) = octets.iter().position(|&octet| octet == b'=') else {
        let found = shown(octets);
        return Err(SpecError::NoEquals { found });
    };
    let (name, content) = octets.split_at(end);
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

/// JSON is UTF-8 (RFC 8259 section 8.1); the parser alone would skip over strings that are not.
fn check_json(text: &[u8]) -> Result<(), SpecError> {
    let not_json = |reason: String| SpecError::NotJson { reason };
    let text = std::str::from_utf8(text).map_err(|error| not_json(error.to_string()))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(error.to_string()))?;
    Ok(())
}
