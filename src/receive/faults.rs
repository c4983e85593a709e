//! Faults: what a receiver gets wrong on request, so that other people's scripts can be tried against it.
//!
//! Only what they are and how they are written; the server commits them.

use std::str::FromStr;
use std::time::Duration;

/// What a [`Server`](super::Server) gets wrong. By default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Answer every upload so, and store nothing.
    pub reject: Option<Reject>,
    /// Answer the first ones so.
    pub fail: Option<Fail>,
    /// Reset the connection once this many bytes of a body have come.
    pub reset_after: Option<u64>,
    /// Wait before answering.
    pub delay: Option<Duration>,
    /// Read no more than this many bytes of a body in a second.
    pub slow: Option<u64>,
    /// Send every upload elsewhere.
    pub redirect: Option<Redirect>,
}

/// `413` or `413@1048576`: a status, and how many bytes of the body come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reject {
    /// The status to answer with.
    pub status: u16,
    /// After how many bytes of the body, or at its end if that is sooner.
    pub after: u64,
}

/// `503x2`: a status, and how many requests get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fail {
    /// The status to answer with.
    pub status: u16,
    /// How many requests get it, from the first.
    pub times: u64,
}

/// `307=https://example.com/`: a status, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The status to answer with.
    pub status: u16,
    /// The value of Location.
    pub location: String,
}

/// Why a text describes no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// No final status stands at its beginning.
    #[error("expected a status from 200 to 599, found {found:?}")]
    Status {
        /// What stands there.
        found: String,
    },
    /// The status is no redirection.
    #[error("expected a status from 300 to 399, found {found}")]
    NoRedirection {
        /// The status.
        found: u16,
    },
    /// No number follows.
    #[error("expected a whole number, found {found:?}")]
    Number {
        /// What stands there.
        found: String,
    },
    /// A separator is missing.
    #[error("expected {expected}, as in `{example}`")]
    Form {
        /// What is missing.
        expected: &'static str,
        /// How it is written.
        example: &'static str,
    },
    /// The place to go has a character that no header may have.
    #[error("expected a URL in ASCII without blanks, found {found:?}")]
    Location {
        /// What stands there.
        found: String,
    },
}

impl FromStr for Reject {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (status, after) = match text.split_once('@') {
            Some((status, after)) => (status, number(after)?),
            None => (text, 0),
        };
        let status = parse_status(status)?;
        Ok(Self { status, after })
    }
}

impl FromStr for Fail {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (status, times) = text.split_once('x').ok_or(FaultError::Form {
            expected: "a status, `x` and how often",
            example: "503x2",
        })?;
        Ok(Self {
            status: parse_status(status)?,
            times: number(times)?,
        })
    }
}

impl FromStr for Redirect {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (status, location) = text.split_once('=').ok_or(FaultError::Form {
            expected: "a status, `=` and a URL",
            example: "307=http://localhost:8081/",
        })?;
        let status = parse_status(status)?;
        if !(300..400).contains(&status) {
            return Err(FaultError::NoRedirection { found: status });
        }
        if location.is_empty() || !location.bytes().all(|byte| byte.is_ascii_graphic()) {
            let found = location.to_owned();
            return Err(FaultError::Location { found });
        }
        let location = location.to_owned();
        Ok(Self { status, location })
    }
}

/// A final status. 1xx are none, and 204 and 205 would leave no room for an answer's body, but a client should see
/// those too.
fn parse_status(text: &str) -> Result<u16, FaultError> {
    let is_status = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|status| is_status && (200..600).contains(status))
        .ok_or_else(|| FaultError::Status {
            found: text.to_owned(),
        })
}

fn number(text: &str) -> Result<u64, FaultError> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| is_number)
        .ok_or_else(|| FaultError::Number {
            found: text.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::{Fail, FaultError, Redirect, Reject};

    #[test]
    fn a_rejection_is_a_status_and_bytes() {
        for (text, status, after) in [
            ("413", 413, 0),
            ("413@0", 413, 0),
            ("200@30000000", 200, 30_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Reject { status, after }), "{text}");
        }
        for text in ["", "41", "4130", "100", "600", "+13", "abc", "@5", "413 "] {
            let refused = text.parse::<Reject>();
            assert!(matches!(refused, Err(FaultError::Status { .. })), "{text}");
        }
        for text in [
            "413@",
            "413@+5",
            "413@-1",
            "413@x",
            "413@99999999999999999999",
        ] {
            let refused = text.parse::<Reject>();
            assert!(matches!(refused, Err(FaultError::Number { .. })), "{text}");
        }
    }

    #[test]
    fn a_failure_is_a_status_and_a_count() {
        let (status, times) = (503, 2);
        assert_eq!("503x2".parse(), Ok(Fail { status, times }));
        for text in ["503", "503x", "x2", "503X2", "503x-1", ""] {
            assert!(text.parse::<Fail>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_redirection_is_a_status_and_a_place() {
        let location = String::from("/a?b=c");
        let status = 307;
        assert_eq!("307=/a?b=c".parse(), Ok(Redirect { status, location }));
        for text in [
            "307",
            "307=",
            "200=/",
            "307=/a b",
            "307=/\r\nA:",
            "=/",
            "307=é",
        ] {
            assert!(text.parse::<Redirect>().is_err(), "{text}");
        }
    }
}
