//! The first line of a journal: that it is one, and which.
//!
//! ```text
//! {"formpost_journal":1,"id":"9f86…","shard":"1/4","created":"2026-11-29T08:57:14.123Z"}
//! ```
//!
//! The number is the format's version. `shard` is there if the batch was one of several parts of a whole; `origins`, the
//! ids of other journals, if they were merged into this one.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::error::JournalError;
use super::id::JournalId;
use super::record::{Wrong, check_is_object, parse_time, rfc3339};
use crate::app::json;
use crate::app::random;

/// The version of the format that is written and read here.
pub(super) const VERSION: u64 = 1;

/// What a journal says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: JournalId,
    /// `K/N`.
    pub(super) shard: Option<String>,
    /// The journals that were merged into this one, in the order in which records refer to them.
    pub(super) origins: Vec<JournalId>,
    pub(super) created: SystemTime,
}

/// Why the first line is no header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is no journal.
    Foreign,
    /// It is one of another version.
    Version(u64),
    /// It is one of this version, but for this.
    Wrong(Wrong),
}

impl Header {
    /// A new journal, for the whole or for a shard of it.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(super) fn new(shard: Option<&str>) -> Result<Self, JournalError> {
        Ok(Self {
            id: JournalId::new(random::journal_id().map_err(JournalError::Id)?),
            shard: shard.map(str::to_owned),
            origins: Vec::new(),
            created: SystemTime::now(),
        })
    }

    /// The journal that a record refers to by this number.
    pub(super) fn origin(&self, number: u16) -> JournalId {
        let merged = usize::from(number).checked_sub(1);
        let merged = merged.and_then(|place| self.origins.get(place));
        *merged.unwrap_or(&self.id)
    }

    /// Reads the line, with its end or without.
    ///
    /// # Errors
    /// If it is no header of this version.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Versioned {
            formpost_journal: u64,
        }
        check_is_object(line).map_err(|_| Unreadable::Foreign)?;
        match serde_json::from_slice(line) {
            Ok(Versioned {
                formpost_journal: VERSION,
            }) => Self::of(line).map_err(Unreadable::Wrong),
            Ok(other) => Err(Unreadable::Version(other.formpost_journal)),
            Err(_) => Err(Unreadable::Foreign),
        }
    }

    fn of(line: &[u8]) -> Result<Self, Wrong> {
        let line: Line = serde_json::from_slice(line)?;
        let origins = line.origins.iter().flatten();
        Ok(Self {
            id: id(&line.id)?,
            shard: line.shard,
            origins: origins.map(|origin| id(origin)).collect::<Result<_, _>>()?,
            created: parse_time(&line.created)?,
        })
    }

    /// The line, with its end.
    ///
    /// # Errors
    /// serde's, which for these values do not occur.
    pub(super) fn to_line(&self) -> serde_json::Result<String> {
        let origins = self.origins.iter().map(ToString::to_string);
        json::line(&Line {
            formpost_journal: VERSION,
            id: self.id.to_string(),
            shard: self.shard.clone(),
            origins: (!self.origins.is_empty()).then(|| origins.collect()),
            created: rfc3339(self.created),
        })
    }
}

fn id(text: &str) -> Result<JournalId, Wrong> {
    let expected = || Wrong::new(format!("expected an id of 32 digits, found {text:?}"));
    text.parse().map_err(|()| expected())
}

/// A header as it is spelt.
#[derive(Serialize, Deserialize)]
struct Line {
    formpost_journal: u64,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origins: Option<Vec<String>>,
    created: String,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_header_is_a_line_and_the_line_the_header() {
        let (id, other) = (JournalId::new([1; 16]), JournalId::new([2; 16]));
        let plain = Header {
            id,
            shard: None,
            origins: Vec::new(),
            created: UNIX_EPOCH + Duration::from_secs(1),
        };
        let full = Header {
            shard: Some(String::from("1/4")),
            origins: vec![other],
            ..plain.clone()
        };
        for (header, line) in [
            (
                plain,
                r#"{"formpost_journal":1,"id":"01010101010101010101010101010101","created":"1970-01-01T00:00:01.000Z"}"#,
            ),
            (
                full,
                r#"{"formpost_journal":1,"id":"01010101010101010101010101010101","shard":"1/4","origins":["02020202020202020202020202020202"],"created":"1970-01-01T00:00:01.000Z"}"#,
            ),
        ] {
            assert_eq!(header.to_line().unwrap(), format!("{line}\n"));
            assert_eq!(Header::parse(line.as_bytes()), Ok(header));
        }
    }

    #[test]
    fn what_is_no_header_is_told_from_another_version() {
        for line in [
            "",
            "\n",
            "[1]",
            "{}",
            "hello",
            "{\"formpost_journal\":\"1\"}",
        ] {
            assert_eq!(
                Header::parse(line.as_bytes()),
                Err(Unreadable::Foreign),
                "{line}"
            );
        }
        for line in [
            "{\"formpost_journal\":2}",
            "{\"id\":7,\"formpost_journal\":2}",
        ] {
            assert_eq!(
                Header::parse(line.as_bytes()),
                Err(Unreadable::Version(2)),
                "{line}"
            );
        }
        for line in [
            r#"{"formpost_journal":1,"id":"1","created":"1970-01-01T00:00:01Z"}"#,
            r#"{"formpost_journal":1,"id":"01010101010101010101010101010101"}"#,
            r#"{"formpost_journal":1,"id":"01010101010101010101010101010101","created":"now"}"#,
        ] {
            let parsed = Header::parse(line.as_bytes());
            assert!(
                matches!(parsed, Err(Unreadable::Wrong(_))),
                "{line}: {parsed:?}"
            );
        }
    }
}
