//! What the parameters after a content can say, and the keywords that say it.

use formpost::send::transfer_encoding::TransferEncoding;

use super::headers::HeaderSpec;

/// What the parameters after a content say about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub content_type: Option<Vec<u8>>,
    /// `Some` and empty for `filename=`, which sends `filename=""`.
    pub filename: Option<Vec<u8>>,
    pub headers: Vec<HeaderSpec>,
    pub encoding: Option<TransferEncoding>,
}

/// The parameters' keywords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    Type,
    Filename,
    Headers,
    Encoder,
}

impl Keyword {
    const ALL: [Self; 4] = [Self::Type, Self::Filename, Self::Headers, Self::Encoder];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type=",
            Self::Filename => "filename=",
            Self::Headers => "headers=",
            Self::Encoder => "encoder=",
        }
    }

    /// The keyword that `text` begins with, and what follows it.
    pub(super) fn split_from(text: &[u8]) -> Option<(Self, &[u8])> {
        Self::ALL.into_iter().find_map(|keyword| {
            let (head, tail) = text.split_at_checked(keyword.as_str().len())?;
            let is_it = head.eq_ignore_ascii_case(keyword.as_str().as_bytes());
            is_it.then_some((keyword, tail))
        })
    }
}
