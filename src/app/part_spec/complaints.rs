//! What there is to say against an argument, and the words for it: [`SpecWarning`] for what is sent all the same,
//! [`SpecError`] for what is not.
//!
//! When to say it is known where the language is read, which quotes what was typed through [`shown`].

use std::fmt::{self, Display, Formatter};

use formpost::send::transfer_encoding::UnknownEncoding;

/// How many characters of a text a message shows: a value may be megabytes long.
const LONGEST_SHOWN: usize = 60;

/// Something that is sent otherwise than its writer may think.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpecWarning {
    /// The name of the part it is about.
    pub name: Option<Vec<u8>>,
    pub kind: WarningKind,
}

/// What a [`SpecWarning`] is about; texts are fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WarningKind {
    /// A parameter that is none of the four was skipped.
    UnknownParameter { text: String },
    /// A parameter that does not apply to what it stands after was skipped.
    IdleParameter {
        keyword: &'static str,
        content: &'static str,
    },
    /// A raw text was sent up to its first `;` only.
    ValueCut { dropped: String },
    /// Text between a closing quote and the next delimiter was dropped.
    TextAfterQuote { dropped: String },
    /// A type was sent up to a character that no type may hold.
    TypeCut { sent: String, dropped: String },
    /// A blank after a type was trimmed; curl would have lost what follows it.
    BlankAfterType { followed_by: String },
    /// Files in one list are nested, not side by side.
    NestedFiles { count: usize },
}

impl Display for SpecWarning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "part '{}': {}", shown(name), self.kind),
            None => write!(f, "part without a name: {}", self.kind),
        }
    }
}

impl Display for WarningKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownParameter { text } => write!(
                f,
                "skipped '{text}', which is none of type=, filename=, headers=, encoder=; \
                 put a text that holds ';' in double quotes"
            ),
            Self::IdleParameter { keyword, content } => {
                write!(
                    f,
                    "skipped {keyword}, which means nothing after {content}; take it out"
                )
            }
            Self::ValueCut { dropped } => write!(
                f,
                "the value was cut at ';': '{dropped}' is not sent; \
                 put the value in double quotes, or use --text, which takes it as it stands"
            ),
            Self::TextAfterQuote { dropped } => write!(
                f,
                "dropped '{dropped}' after a closing quote; write a quote inside quotes as \\\""
            ),
            Self::TypeCut { sent, dropped } => write!(
                f,
                "the type was cut: '{sent}' is sent, '{dropped}' is not; write type= without quotes, as in \
                 type=text/plain;charset=utf-8"
            ),
            Self::BlankAfterType { followed_by } => write!(
                f,
                "kept '{followed_by}', which a blank sets apart from type=; curl loses it, so take the blank out"
            ),
            Self::NestedFiles { count } => write!(
                f,
                "its {count} files go nested in one multipart/mixed part, which hardly any server unpacks; \
                 repeat -F or --file for each"
            ),
        }
    }
}

/// Why an argument cannot be sent as it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SpecError {
    #[error("expected NAME=CONTENT, found no '=' in '{found}'")]
    NoEquals { found: String },
    #[error("expected text in UTF-8")]
    NotUnicode,
    #[error(
        "expected a name without control characters, found {octet:#04x}, which servers read differently; take it out"
    )]
    ControlInName { octet: u8 },
    #[error(
        "expected a filename without control characters, found {octet:#04x}, which servers read differently; \
         give another after filename="
    )]
    ControlInFilename { octet: u8 },
    #[error("expected a path, found 0x00, which no path can hold")]
    NulInPath,
    #[error(
        "expected one header line, found {octet:#04x} in '{line}'; give each header a headers= of its own"
    )]
    BreakInHeader { octet: u8, line: String },
    #[error("after headers=: expected a header line, Name: value, found '{found}'")]
    NotAHeader { found: String },
    #[error("expected one line after type=, found {octet:#04x} in '{found}'; take it out")]
    BreakInType { octet: u8, found: String },
    #[error("after encoder=: {0}")]
    UnknownEncoder(UnknownEncoding),
    #[error(
        "expected '(' alone, which opens a group, found '{found}'; \
         to send that text use --text, which takes a value as it stands"
    )]
    TextInGroup { found: String },
    #[error("expected a file of headers, found '-'; headers are not read from standard input")]
    HeadersFromStdin,
    #[error("expected JSON, or @PATH to read it from a file: {reason}")]
    NotJson { reason: String },
}

/// `octets` as a message can show them: their beginning, with control characters escaped, so that they cannot move the
/// cursor.
pub(super) fn shown(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let mut characters = text.chars();
    let mut shown = String::new();
    for character in characters.by_ref().take(LONGEST_SHOWN) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
