//! Oddities: what a careful client does not send and a parser takes all the same, and what is said
//! about it.
//!
//! What is refused instead is in `error.rs`.

use std::fmt;

/// Something in a body that is taken, but that other readers may take otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// There is text ahead of the first delimiter. Reported with the first part.
    Preamble,
    /// There are blanks after the delimiter.
    TransportPadding,
    /// A file has no Content-Type.
    MissingContentType,
    /// There is a second Content-Type; the first was taken.
    RepeatedContentType,
    /// There is a Content-Transfer-Encoding; the content was not decoded.
    TransferEncoding(String),
    /// The Content-Disposition has a `name*` or `filename*`; it was ignored.
    ExtendedParameter(String),
    /// The Content-Disposition has a parameter of no known meaning; it was ignored.
    UnknownParameter(String),
    /// The file's name is not UTF-8; what is not was replaced.
    FilenameNotUtf8,
}

impl fmt::Display for Oddity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preamble => formatter.write_str("there is text ahead of the first boundary"),
            Self::TransportPadding => formatter.write_str("there are blanks after the boundary"),
            Self::MissingContentType => {
                formatter.write_str("a file without a Content-Type; some servers take it for text")
            }
            Self::RepeatedContentType => {
                formatter.write_str("a second Content-Type was ignored; some servers take the last")
            }
            Self::TransferEncoding(encoding) => {
                write!(
                    formatter,
                    "Content-Transfer-Encoding {encoding:?} was ignored; the content is as sent"
                )
            }
            Self::ExtendedParameter(name) => {
                write!(
                    formatter,
                    "the parameter `{name}` was ignored; forms must not use it"
                )
            }
            Self::UnknownParameter(name) => {
                write!(
                    formatter,
                    "the parameter `{name}` of Content-Disposition was ignored"
                )
            }
            Self::FilenameNotUtf8 => {
                formatter.write_str("the file's name is not UTF-8; some bytes of it were replaced")
            }
        }
    }
}
