//! Content transfer encodings (RFC 2045 section 6): how the octets of one part are written so that they pass
//! where only some octets may.
//!
//! Which part is encoded is decided elsewhere; this file names the encodings, says how long a content becomes, and
//! reads a content through one of them.

use std::str::FromStr;

/// The longest encoded line, without its CRLF (RFC 2045 sections 6.7 and 6.8).
const LINE: u64 = 76;

/// A value of the Content-Transfer-Encoding header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferEncoding {
    /// Any octets, unchanged.
    Binary,
    /// Any octets, unchanged; says that the lines are short.
    EightBit,
    /// Octets below 0x80, unchanged; others are an error.
    SevenBit,
    /// Four characters for three octets, in lines of 76.
    Base64,
    /// Text that stays readable: `=XX` for what is not printable ASCII, lines of at most 76.
    QuotedPrintable,
}

/// An encoding that is none of the five.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected binary, 8bit, 7bit, base64 or quoted-printable, found {0:?}")]
pub struct UnknownEncoding(String);

impl TransferEncoding {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Binary,
        Self::EightBit,
        Self::SevenBit,
        Self::Base64,
        Self::QuotedPrintable,
    ];

    /// Reads an encoding's name; upper and lower case are one.
    ///
    /// # Errors
    ///
    /// [`UnknownEncoding`] if `name` is none of the five.
    pub fn parse(name: &str) -> Result<Self, UnknownEncoding> {
        Self::ALL
            .into_iter()
            .find(|encoding| encoding.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownEncoding(name.to_owned()))
    }

    /// The header's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::EightBit => "8bit",
            Self::SevenBit => "7bit",
            Self::Base64 => "base64",
            Self::QuotedPrintable => "quoted-printable",
        }
    }

    /// How long a content of `length` octets is once encoded; `None` if only encoding it can tell, or if no `u64` can.
    #[must_use]
    pub fn encoded_length(self, length: u64) -> Option<u64> {
        match self {
            Self::Binary | Self::EightBit | Self::SevenBit => Some(length),
            Self::Base64 => base64_length(length),
            Self::QuotedPrintable => None,
        }
    }
}

impl FromStr for TransferEncoding {
    type Err = UnknownEncoding;

    fn from_str(name: &str) -> Result<Self, UnknownEncoding> {
        Self::parse(name)
    }
}

/// Four characters for each three octets begun, and a CRLF between the lines but not after the last.
fn base64_length(length: u64) -> Option<u64> {
    let characters = length.div_ceil(3).checked_mul(4)?;
    let line_ends = characters.saturating_sub(1) / LINE;
    characters.checked_add(2 * line_ends)
}
