//! How the program ends: a number for scripts, and a word for other programs. What comes to which is [`verdict`]'s to say.
//!
//! [`verdict`]: super::verdict

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Exit {
    /// The whole body was sent and a whole 2xx response received.
    #[default]
    Done = 0,
    /// Anything else, an output that cannot be written among it.
    Other = 1,
    /// The command line contradicts itself.
    Usage = 2,
    /// Answered 3xx.
    Redirected = 3,
    /// Answered 4xx.
    Refused = 4,
    /// Answered 5xx.
    ServerFailed = 5,
    /// A source could not be read, or changed.
    Source = 6,
    /// Nothing was sent.
    NotSent = 7,
    /// Lost, stalled or timed out after sending began, in this attempt or, if it was never sent, in one before it.
    Unknown = 8,
    /// Not HTTP, or a cut answer; a body that is no multipart.
    Malformed = 9,
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The word for other programs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Other => "other",
            Self::Usage => "usage",
            Self::Redirected => "redirected",
            Self::Refused => "refused",
            Self::ServerFailed => "failed",
            Self::Source => "source",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
            Self::Malformed => "malformed",
        }
    }

    /// What a final status comes to.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Done,
            300..=399 => Self::Redirected,
            400..=499 => Self::Refused,
            500..=599 => Self::ServerFailed,
            _ => Self::Malformed,
        }
    }

    /// What a word stands for that [`as_str`](Self::as_str) gave.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|exit| exit.as_str() == word)
    }

    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 10] = [
        Self::Done,
        Self::Other,
        Self::Usage,
        Self::Redirected,
        Self::Refused,
        Self::ServerFailed,
        Self::Source,
        Self::NotSent,
        Self::Unknown,
        Self::Malformed,
    ];
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn every_outcome_has_a_word_and_every_number_an_outcome() {
        for (number, exit) in Exit::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(exit.code()), number);
            assert_eq!(Exit::of_word(exit.as_str()), Some(exit));
        }
        assert_eq!(Exit::of_word("Done"), None);
    }
}
