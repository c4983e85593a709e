//! Parse errors: what is wrong with a body, where, and what a receiver should answer.
//!
//! Only for bodies that somebody else wrote. What is wrong with a boundary, a media type or a part
//! that is to be encoded has its error beside the type that refuses it.

use super::parameters::Expected;

/// A body that is not well-formed, or more than the limits allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at byte {offset} of the body)")]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// How many bytes of the body stand before the place that is wrong. For a limit, the first byte
    /// beyond it; for a body that ends too early, its length.
    pub offset: u64,
}

impl ParseError {
    /// The status a server should answer with: 400, or 413 where the body is only too much.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind.status()
    }
}

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseErrorKind {
    /// There is not a single byte. A form without parts is a close-delimiter, not nothing.
    #[error("expected a multipart body, found nothing at all")]
    EmptyBody,
    /// The body ended before its first delimiter.
    #[error("expected the boundary, found the end of the body")]
    MissingDelimiter,
    /// The body ended inside a part's headers.
    #[error("expected the empty line after a part's headers, found the end of the body")]
    IncompleteHeaders,
    /// The body ended inside a part's content.
    #[error(
        "expected the boundary followed by `--` after the last part, found the end of the body"
    )]
    MissingCloseDelimiter,
    /// A delimiter's line ends with a bare CR or LF.
    #[error("expected the boundary's line to end with CR LF, found {}", bare(*found))]
    DelimiterLineEnd {
        /// Which of the two.
        found: u8,
    },
    /// A delimiter follows a header, without the empty line between.
    #[error("expected a header or the empty line after the headers, found the boundary")]
    DelimiterInHeaders,
    /// A header's line ends with a bare CR or LF.
    #[error("expected a header's line to end with CR LF, found {}", bare(*found))]
    HeaderLineEnd {
        /// Which of the two.
        found: u8,
    },
    /// A header has a control character.
    #[error("expected the text of a header, found the control character 0x{found:02x}")]
    ControlCharacter {
        /// The character.
        found: u8,
    },
    /// A header's line begins with a blank: a continuation of the line before, or of nothing.
    #[error(
        "expected a header's name, found a line that begins with a blank; headers cannot be folded"
    )]
    FoldedHeader,
    /// A header has no colon.
    #[error("expected a header, `name: value`, found a line without a colon")]
    HeaderWithoutColon,
    /// A header's name is empty, or has a character that names cannot have, such as a blank.
    #[error(
        "expected a header's name made of letters, digits and !#$%&'*+-.^_`|~, directly followed by a colon"
    )]
    HeaderName,
    /// A part of a form has no Content-Disposition.
    #[error("expected a Content-Disposition among the part's headers, found none")]
    MissingDisposition,
    /// A part has two of them, and readers differ in which they take.
    #[error("expected one Content-Disposition, found a second")]
    RepeatedDisposition,
    /// A part's Content-Disposition is not `form-data`.
    #[error("expected a Content-Disposition of type form-data, found {found:?}")]
    DispositionType {
        /// What stands there.
        found: String,
    },
    /// The parameters of a Content-Disposition are malformed.
    #[error("in a Content-Disposition: {expected}")]
    Parameter {
        /// What should have stood there.
        expected: Expected,
    },
    /// A Content-Disposition has two of a parameter, and readers differ in which they take.
    #[error("expected one parameter `{name}` in a Content-Disposition, found a second")]
    RepeatedParameter {
        /// `name` or `filename`.
        name: &'static str,
    },
    /// A part of a form has no `name`.
    #[error("expected the parameter `name` in a Content-Disposition, found none")]
    MissingName,
    /// A part's `name` is not UTF-8.
    #[error("expected the parameter `name` in UTF-8, found bytes that are not")]
    NameNotUtf8,
    /// Too many bytes ahead of the first delimiter.
    #[error("expected the boundary within the first {limit} bytes, found other text")]
    PreambleTooLong {
        /// [`Limits::preamble`](super::Limits::preamble).
        limit: u64,
    },
    /// Too many blanks after a delimiter.
    #[error("expected at most {limit} blanks after the boundary, found more")]
    PaddingTooLong {
        /// How many are taken.
        limit: usize,
    },
    /// Too many parts.
    #[error("expected at most {limit} parts, found more")]
    TooManyParts {
        /// [`Limits::parts`](super::Limits::parts).
        limit: usize,
    },
    /// Too many headers in one part.
    #[error("expected at most {limit} headers in a part, found more")]
    TooManyHeaders {
        /// [`Limits::headers`](super::Limits::headers).
        limit: usize,
    },
    /// Too many bytes of headers in one part.
    #[error("expected at most {limit} bytes of headers in a part, found more")]
    HeadersTooLong {
        /// [`Limits::header_bytes`](super::Limits::header_bytes).
        limit: usize,
    },
    /// Too much content in a part without a file name.
    #[error("expected at most {limit} bytes in a part that is no file, found more")]
    FieldTooLong {
        /// [`Limits::field_bytes`](super::Limits::field_bytes).
        limit: u64,
    },
    /// Too much content in all parts without a file name.
    #[error("expected at most {limit} bytes in all parts that are no files, found more")]
    FieldsTooLong {
        /// [`Limits::fields_bytes`](super::Limits::fields_bytes).
        limit: u64,
    },
    /// Too much content in a file.
    #[error("expected a file of at most {limit} bytes, found a longer one")]
    FileTooLong {
        /// [`Limits::file_bytes`](super::Limits::file_bytes).
        limit: u64,
    },
    /// Too long a body.
    #[error("expected a body of at most {limit} bytes, found a longer one")]
    BodyTooLong {
        /// [`Limits::body`](super::Limits::body).
        limit: u64,
    },
}

impl ParseErrorKind {
    /// The kind's name for other programs; it does not change.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::EmptyBody => "empty-body",
            Self::MissingDelimiter => "missing-delimiter",
            Self::IncompleteHeaders => "incomplete-headers",
            Self::MissingCloseDelimiter => "missing-close-delimiter",
            Self::DelimiterLineEnd { .. } => "delimiter-line-end",
            Self::DelimiterInHeaders => "delimiter-in-headers",
            Self::HeaderLineEnd { .. } => "header-line-end",
            Self::ControlCharacter { .. } => "control-character",
            Self::FoldedHeader => "folded-header",
            Self::HeaderWithoutColon => "header-without-colon",
            Self::HeaderName => "header-name",
            Self::MissingDisposition => "missing-disposition",
            Self::RepeatedDisposition => "repeated-disposition",
            Self::DispositionType { .. } => "disposition-type",
            Self::Parameter { .. } => "malformed-parameter",
            Self::RepeatedParameter { .. } => "repeated-parameter",
            Self::MissingName => "missing-name",
            Self::NameNotUtf8 => "name-not-utf8",
            Self::PreambleTooLong { .. } => "preamble-too-long",
            Self::PaddingTooLong { .. } => "padding-too-long",
            Self::TooManyParts { .. } => "too-many-parts",
            Self::TooManyHeaders { .. } => "too-many-headers",
            Self::HeadersTooLong { .. } => "headers-too-long",
            Self::FieldTooLong { .. } => "field-too-long",
            Self::FieldsTooLong { .. } => "fields-too-long",
            Self::FileTooLong { .. } => "file-too-long",
            Self::BodyTooLong { .. } => "body-too-long",
        }
    }

    /// 413 where a shorter body of the same kind would do; 400 for everything else, also for a
    /// preamble or padding without end, which no client sends.
    fn status(&self) -> u16 {
        match self {
            Self::TooManyParts { .. }
            | Self::TooManyHeaders { .. }
            | Self::HeadersTooLong { .. }
            | Self::FieldTooLong { .. }
            | Self::FieldsTooLong { .. }
            | Self::FileTooLong { .. }
            | Self::BodyTooLong { .. } => 413,
            Self::EmptyBody
            | Self::MissingDelimiter
            | Self::IncompleteHeaders
            | Self::MissingCloseDelimiter
            | Self::DelimiterLineEnd { .. }
            | Self::DelimiterInHeaders
            | Self::HeaderLineEnd { .. }
            | Self::ControlCharacter { .. }
            | Self::FoldedHeader
            | Self::HeaderWithoutColon
            | Self::HeaderName
            | Self::MissingDisposition
            | Self::RepeatedDisposition
            | Self::DispositionType { .. }
            | Self::Parameter { .. }
            | Self::RepeatedParameter { .. }
            | Self::MissingName
            | Self::NameNotUtf8
            | Self::PreambleTooLong { .. }
            | Self::PaddingTooLong { .. } => 400,
        }
    }

    /// The error that this is at a place.
    pub(super) fn at(self, offset: u64) -> ParseError {
        ParseError { kind: self, offset }
    }
}

/// What a line ended with instead of CR LF.
fn bare(found: u8) -> &'static str {
    match found {
        b'\n' => "an LF without CR ahead of it",
        _ => "a CR without LF after it",
    }
}

#[cfg(test)]
mod tests {
    use super::ParseErrorKind;

    #[test]
    fn a_message_says_what_was_expected_what_was_found_and_where() {
        let error = ParseErrorKind::DelimiterLineEnd { found: b'\n' }.at(3);
        assert_eq!(
            error.to_string(),
            "expected the boundary's line to end with CR LF, found an LF without CR ahead of it \
             (at byte 3 of the body)",
        );
    }

    #[test]
    fn limits_are_413_and_syntax_is_400() {
        for (kind, status) in [
            (ParseErrorKind::EmptyBody, 400),
            (ParseErrorKind::PreambleTooLong { limit: 1 }, 400),
            (ParseErrorKind::PaddingTooLong { limit: 1 }, 400),
            (ParseErrorKind::TooManyParts { limit: 1 }, 413),
            (ParseErrorKind::HeadersTooLong { limit: 1 }, 413),
            (ParseErrorKind::FileTooLong { limit: 1 }, 413),
            (ParseErrorKind::BodyTooLong { limit: 1 }, 413),
        ] {
            assert_eq!(kind.at(0).status(), status);
        }
    }
}
