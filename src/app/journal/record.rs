//! One line of a journal. Pure: a line is octets, and becomes a [`Record`] or the reason why it is none.
//!
//! ```text
//! {"record":"run","boot":"0f6c…","time":"2026-11-29T08:57:14.123Z"}
//! {"record":"claim","path":"a.jpg","size":5,"mtime":"1764406201.000000000"}
//! {"record":"begin","path":"a.jpg","size":5,"mtime":"1764406201.000000000","time":"…"}
//! {"record":"end","path":"a.jpg","size":5,"mtime":"1764406201.000000000","outcome":"done","status":200,"time":"…"}
//! {"record":"close"}
//! ```
//!
//! * `run`: a process has opened the journal. `boot` is the system's name for the time since it was started, if it has one.
//! * `claim`: this process may send the file from here on.
//! * `begin`: a request for it may be under way from here on.
//! * `end`: what became of it. `outcome` is the exit code in a word; `status`, the server's, and `checksum`, such as
//!   `sha-256:ba78…`, are there if there was one.
//! * `close`: what this process has claimed and not begun it will not begin.
//!
//! A path that is no UTF-8 is not `path` but `path_percent`: all octets but letters, digits and `-._~/` as `%FF`. In a
//! journal that others were merged into, `origin` is the place in the header's `origins`, from 1 on, of the one that the
//! record is from. Fields that are not known are passed over, so that there may be more of them some day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use humantime::{format_rfc3339_millis, parse_rfc3339};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use serde::{Deserialize, Serialize};

use super::replay::{Class, Verdict};
use super::revision::Revision;
use crate::app::exit::Exit;
use crate::app::json;

/// What one line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    Run {
        boot: Option<String>,
        time: SystemTime,
    },
    Claim(Upload),
    Begin {
        upload: Upload,
        time: SystemTime,
    },
    End {
        upload: Upload,
        outcome: Outcome,
        time: SystemTime,
    },
    Close,
}

/// What a record is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Upload {
    pub(super) revision: Revision,
    /// The journal that it was first written in: 0 is this one.
    pub(super) origin: u16,
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) exit: Exit,
    /// The last answer's.
    pub(crate) status: Option<u16>,
    /// Algorithm and digits, as in `sha-256:ba78…`, if one was asked for.
    pub(crate) checksum: Option<String>,
}

impl Outcome {
    /// Whether the server does not have it, and may be sent it again.
    pub(crate) fn is_failed(&self) -> bool {
        Verdict::of(self).class == Class::Failed
    }
}

/// Why a line is no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Octets of the line in front of what is wrong.
    pub(super) column: usize,
    pub(super) reason: String,
}

impl Wrong {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            column: 0,
            reason: reason.into(),
        }
    }
}

impl From<serde_json::Error> for Wrong {
    /// serde counts lines, and columns from 1 on; there is one line here.
    fn from(error: serde_json::Error) -> Self {
        let said = error.to_string();
        let (reason, _) = said.rsplit_once(" at line ").unwrap_or((&said, ""));
        Self {
            column: error.column().saturating_sub(1),
            reason: reason.to_owned(),
        }
    }
}

impl Record {
    /// Reads a line, with its end or without.
    ///
    /// # Errors
    /// If it is no record.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Wrong> {
        check_is_object(line)?;
        let line: Line = serde_json::from_slice(line)?;
        Ok(match line.record {
            Kind::Run => Self::Run {
                boot: line.boot.clone(),
                time: line.time()?,
            },
            Kind::Claim => Self::Claim(line.upload()?),
            Kind::Begin => Self::Begin {
                upload: line.upload()?,
                time: line.time()?,
            },
            Kind::End => Self::End {
                upload: line.upload()?,
                outcome: line.outcome()?,
                time: line.time()?,
            },
            Kind::Close => Self::Close,
        })
    }

    /// The line, with its end.
    ///
    /// # Errors
    /// serde's, which for these values do not occur.
    pub(super) fn to_line(&self) -> serde_json::Result<String> {
        json::line(&Line::of(self))
    }
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Run,
    Claim,
    Begin,
    End,
    #[default]
    Close,
}

/// A record as it is spelt.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Line {
    record: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<u16>,
}

impl Line {
    fn of(record: &Record) -> Self {
        match record {
            Record::Run { boot, time } => Self {
                boot: boot.clone(),
                time: Some(rfc3339(*time)),
                ..Self::new(Kind::Run)
            },
            Record::Claim(upload) => Self::about(Kind::Claim, upload),
            Record::Begin { upload, time } => Self {
                time: Some(rfc3339(*time)),
                ..Self::about(Kind::Begin, upload)
            },
            Record::End {
                upload,
                outcome,
                time,
            } => Self {
                outcome: Some(outcome.exit.as_str().to_owned()),
                status: outcome.status,
                checksum: outcome.checksum.clone(),
                time: Some(rfc3339(*time)),
                ..Self::about(Kind::End, upload)
            },
            Record::Close => Self::new(Kind::Close),
        }
    }

    fn new(record: Kind) -> Self {
        Self {
            record,
            ..Self::default()
        }
    }

    fn about(record: Kind, upload: &Upload) -> Self {
        let revision = &upload.revision;
        let (path, path_percent) = spelt(&revision.path);
        Self {
            path,
            path_percent,
            size: Some(revision.size),
            mtime: Some(revision.modified.to_string()),
            origin: (upload.origin > 0).then_some(upload.origin),
            ..Self::new(record)
        }
    }

    fn upload(&self) -> Result<Upload, Wrong> {
        let path = match (&self.path, &self.path_percent) {
            (Some(path), None) => path.as_bytes().to_vec(),
            (None, Some(percent)) => percent_decode_str(percent).collect(),
            (None, None) | (Some(_), Some(_)) => {
                return Err(Wrong::new("expected either path or path_percent"));
            }
        };
        let size = self.size.ok_or_else(|| Wrong::new("expected a size"))?;
        let modified = self.mtime.as_deref().unwrap_or_default();
        let modified = modified.parse().map_err(|()| {
            Wrong::new("expected an mtime in seconds with nine decimals, such as 0.500000000")
        })?;
        Ok(Upload {
            revision: Revision::new(path, size, modified),
            origin: self.origin.unwrap_or(0),
        })
    }

    fn outcome(&self) -> Result<Outcome, Wrong> {
        let word = self.outcome.as_deref().unwrap_or_default();
        let exit = Exit::of_word(word);
        Ok(Outcome {
            exit: exit.ok_or_else(|| Wrong::new(format!("expected an outcome, found {word:?}")))?,
            status: self.status,
            checksum: self.checksum.clone(),
        })
    }

    fn time(&self) -> Result<SystemTime, Wrong> {
        parse_time(self.time.as_deref().unwrap_or_default())
    }
}

/// serde takes an array, too, for what has fields.
///
/// # Errors
/// If the line is no object.
pub(super) fn check_is_object(line: &[u8]) -> Result<(), Wrong> {
    if line.starts_with(b"{") {
        Ok(())
    } else {
        Err(Wrong::new("expected an object in braces"))
    }
}

/// A path as it is spelt: as `path`, or as `path_percent` if it is no UTF-8.
pub(super) fn spelt(path: &[u8]) -> (Option<String>, Option<String>) {
    match std::str::from_utf8(path) {
        Ok(path) => (Some(path.to_owned()), None),
        Err(_) => (None, Some(percent_encode(path, SPELT_OUT).to_string())),
    }
}

/// What stands for itself in `path_percent`.
const SPELT_OUT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A point in time to the millisecond. A clock that is set before 1970 or behind the year 9999 shows the one or the other.
pub(super) fn rfc3339(time: SystemTime) -> String {
    const LAST: Duration = Duration::from_millis(253_402_300_799_999);
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    format_rfc3339_millis(UNIX_EPOCH + since.min(LAST)).to_string()
}

/// # Errors
/// If the text is no such time.
pub(super) fn parse_time(text: &str) -> Result<SystemTime, Wrong> {
    parse_rfc3339(text).map_err(|_| {
        Wrong::new(format!(
            "expected a time, such as 2026-11-29T08:57:14.123Z, found {text:?}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::journal::revision::Modified;

    fn upload(path: &[u8], origin: u16) -> Upload {
        Upload {
            revision: Revision::new(path.to_vec(), 5, Modified(1_764_406_201_000_000_000)),
            origin,
        }
    }

    fn outcome(exit: Exit, status: Option<u16>, checksum: Option<&str>) -> Outcome {
        Outcome {
            exit,
            status,
            checksum: checksum.map(str::to_owned),
        }
    }

    /// Every kind of record, and its line.
    fn table() -> Vec<(Record, &'static str)> {
        let time = UNIX_EPOCH + Duration::from_millis(1_764_406_634_123);
        let end = |path: &[u8], origin, outcome| Record::End {
            upload: upload(path, origin),
            outcome,
            time,
        };
        vec![
            (
                Record::Run {
                    boot: Some(String::from("b")),
                    time,
                },
                r#"{"record":"run","boot":"b","time":"2025-11-29T08:57:14.123Z"}"#,
            ),
            (
                Record::Run { boot: None, time },
                r#"{"record":"run","time":"2025-11-29T08:57:14.123Z"}"#,
            ),
            (
                Record::Claim(upload(b"a.jpg", 0)),
                r#"{"record":"claim","path":"a.jpg","size":5,"mtime":"1764406201.000000000"}"#,
            ),
            (
                Record::Begin {
                    upload: upload(b"\xff %/\n", 2),
                    time,
                },
                r#"{"record":"begin","path_percent":"%FF%20%25/%0A","size":5,"mtime":"1764406201.000000000","time":"2025-11-29T08:57:14.123Z","origin":2}"#,
            ),
            (
                end(b"a", 0, outcome(Exit::Done, Some(200), Some("sha-256:00"))),
                r#"{"record":"end","path":"a","size":5,"mtime":"1764406201.000000000","outcome":"done","status":200,"checksum":"sha-256:00","time":"2025-11-29T08:57:14.123Z"}"#,
            ),
            (
                end(
                    "%\n\u{202e}".as_bytes(),
                    0,
                    outcome(Exit::NotSent, None, None),
                ),
                r#"{"record":"end","path":"%\n\u202e","size":5,"mtime":"1764406201.000000000","outcome":"not_sent","time":"2025-11-29T08:57:14.123Z"}"#,
            ),
            (Record::Close, r#"{"record":"close"}"#),
        ]
    }

    #[test]
    fn a_record_is_a_line_and_the_line_the_record() {
        for (record, line) in table() {
            assert_eq!(record.to_line().unwrap(), format!("{line}\n"));
            assert_eq!(
                Record::parse(line.as_bytes()).as_ref(),
                Ok(&record),
                "{line}"
            );
            let with_more = line.replacen('{', r#"{"some":{"day":[1]},"#, 1);
            assert_eq!(Record::parse(with_more.as_bytes()), Ok(record), "{line}");
        }
    }

    #[test]
    fn a_line_that_was_cut_is_no_record() {
        for (_, line) in table() {
            for end in 0..line.len() {
                assert!(
                    Record::parse(&line.as_bytes()[..end]).is_err(),
                    "{line} up to {end}"
                );
            }
        }
    }

    /// Lines that are no records, how far they are right, and what is said of them. `FILE` is a size and a time.
    const WRONG: &[(&str, usize, &str)] = &[
        ("", 0, "braces"),
        ("[]", 0, "braces"),
        (r#"{"record":"close"} x"#, 19, "trailing"),
        (r#"{"record":"ends"}"#, 15, "unknown variant `ends`"),
        (r#"{"record":"close","record":"close"}"#, 25, "duplicate"),
        ("{\"record\":\"\0\"}", 11, "control character"),
        (r#"{"record":"claim",FILE}"#, 0, "path"),
        (
            r#"{"record":"claim","path":"a","path_percent":"a",FILE}"#,
            0,
            "path",
        ),
        (
            r#"{"record":"claim","path":"a","mtime":"1.000000000"}"#,
            0,
            "size",
        ),
        (r#"{"record":"claim","path":"a","size":-5}"#, 37, "-5"),
        (
            r#"{"record":"claim","path":"a","size":5,"mtime":"1.5"}"#,
            0,
            "nine decimals",
        ),
        (r#"{"record":"begin","path":"a",FILE}"#, 0, "a time"),
        (
            r#"{"record":"begin","path":"a",FILE,"time":"noon"}"#,
            0,
            "noon",
        ),
        (r#"{"record":"end","path":"a",FILE}"#, 0, "an outcome"),
        (
            r#"{"record":"end","path":"a",FILE,"outcome":"fine"}"#,
            0,
            "fine",
        ),
    ];

    #[test]
    fn what_is_wrong_with_a_line_is_said_with_its_place() {
        for (line, column, reason) in WRONG {
            let line = line.replace("FILE", r#""size":5,"mtime":"1.000000000""#);
            let wrong = Record::parse(line.as_bytes()).unwrap_err();
            assert!(wrong.reason.contains(reason), "{line}: {wrong:?}");
            assert!(!wrong.reason.contains("line 1"), "{line}: {wrong:?}");
            assert_eq!(wrong.column, *column, "{line}: {wrong:?}");
        }
        assert!(Record::parse(b"{\"record\":\"\xff\"}").is_err());
    }

    #[test]
    fn a_clock_that_is_wrong_shows_a_time_all_the_same() {
        let day = Duration::from_secs(86_400);
        for (time, shown) in [
            (UNIX_EPOCH - day, "1970-01-01T00:00:00.000Z"),
            (UNIX_EPOCH + day * 10_000_000, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(time), shown);
            assert!(parse_time(shown).is_ok());
        }
    }
}
