//! `--report`: what became of an upload, as one line of JSON for other programs.
//!
//! It is made of the [`Facts`] that `-w` is made of, and of the contents as they were planned; [`record_file`] writes
//! it. No secret is in a URL or a message; what the far side said can only be read.
//!
//! [`record_file`]: super::record_file

use std::time::{Duration, SystemTime};

use formpost::send::Checksum;
use humantime::format_rfc3339_millis;
use serde::Serialize;

use super::json;
use super::plan::Listed;
use super::write_out::{Facts, Times};

/// What is told of an upload. The fields' names and meanings are a promise; new ones may follow.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    /// When it was begun: RFC 3339, UTC.
    started: Option<String>,
    /// The exit code in a word.
    outcome: &'static str,
    exit: u8,
    /// Why it is not done.
    error: Option<String>,
    /// The upload's own, also where a GET for its outcome followed.
    method: Option<String>,
    url: String,
    /// The last answer's.
    status: Option<u16>,
    /// Where the last answer's `Location` leads.
    location: Option<String>,
    sources: Vec<Source>,
    /// Of the body as it was sent, framing and coding included.
    checksum: Option<String>,
    /// Octets of the upload's body, as many as the connection took.
    bytes_sent: u64,
    /// Octets of the last answer's body.
    bytes_received: u64,
    attempts: u32,
    /// Redirections that were followed in the last attempt.
    redirects: u32,
    /// Address and port of the last connection: the server's, or the proxy's.
    remote: Option<String>,
    /// That connection had carried another request before.
    reused: bool,
    timings: Timings,
}

/// What a content was read from.
#[derive(Debug, Serialize)]
struct Source {
    /// The file name that was sent, or the part's name.
    name: String,
    /// `null` if it was no file.
    path: Option<String>,
    /// Octets, before any encoding; `null` if that was unknown when the upload began.
    size: Option<u64>,
    /// As `sha256:` and hexadecimal digits; `null` if none was asked for, or not all of it was sent.
    checksum: Option<String>,
}

/// Seconds that each phase of the last request took; `null` is one that did not come to its end, or that there was not.
#[derive(Debug, Default, Serialize, PartialEq)]
struct Timings {
    name_lookup: Option<f64>,
    connect: Option<f64>,
    /// TLS, and before it a proxy's word that the way is free.
    tls: Option<f64>,
    /// From the request's first octet to its last, or to an answer that came before that.
    send: Option<f64>,
    /// From there to the answer's first octet.
    wait: Option<f64>,
    /// From there to its last.
    receive: Option<f64>,
    /// All of it: every attempt, and the waits between them.
    total: f64,
}

impl Record {
    /// What these facts say of an upload from there.
    pub(crate) fn new(sources: &[Listed], facts: &Facts) -> Self {
        let sums = facts.checksums.as_ref();
        Self {
            started: facts.started.and_then(rfc3339),
            outcome: facts.exit.as_str(),
            exit: facts.exit.code(),
            error: facts.error.clone(),
            method: facts.upload.as_ref().map(|upload| upload.method.clone()),
            url: facts.url.clone(),
            status: (facts.status > 0).then_some(facts.status),
            location: facts.location.clone(),
            sources: each_source(sources, facts),
            checksum: sums.and_then(|sums| sums.body.as_ref()).map(named),
            bytes_sent: facts.upload.as_ref().map_or(0, |upload| upload.sent),
            bytes_received: facts.sizes.download,
            attempts: facts.attempts,
            redirects: facts.redirects,
            remote: facts.remote.map(|remote| remote.to_string()),
            reused: facts.is_reused,
            timings: Timings {
                total: seconds(facts.elapsed),
                ..Timings::of(&facts.times)
            },
        }
    }

    /// One line.
    ///
    /// # Errors
    /// serde's, which for these values do not occur.
    pub(crate) fn to_line(&self) -> serde_json::Result<String> {
        json::line(self)
    }
}

/// `None` for a clock that is set before 1970 or behind the year 9999.
fn rfc3339(time: SystemTime) -> Option<String> {
    const BEYOND: Duration = Duration::from_secs(253_402_300_800);
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since < BEYOND).then(|| format_rfc3339_millis(time).to_string())
}

fn each_source(listed: &[Listed], facts: &Facts) -> Vec<Source> {
    let sums = facts.checksums.as_ref();
    let sum = |index: usize| sums?.contents.get(index)?.as_ref().map(named);
    let source = |(index, listed): (usize, &Listed)| Source {
        name: listed.name.clone(),
        path: listed
            .path
            .as_deref()
            .map(|path| path.to_string_lossy().into_owned()),
        size: listed.size,
        checksum: sum(index),
    };
    listed.iter().enumerate().map(source).collect()
}

/// A checksum behind the name that `--checksum` has for it.
fn named(checksum: &Checksum) -> String {
    let name = checksum.algorithm().as_str().replace('-', "");
    format!("{name}:{checksum}")
}

impl Timings {
    /// The phases between the points in time.
    fn of(times: &Times) -> Self {
        let mut begun = Duration::ZERO;
        let mut until = |end: Duration| {
            let lasted = end.saturating_sub(begun);
            begun = begun.max(end);
            (!end.is_zero()).then(|| seconds(lasted))
        };
        let (name_lookup, connect) = (until(times.name_lookup), until(times.connect));
        let tls = until(times.app_connect);
        until(times.pre_transfer);
        let is_answered = !times.start_transfer.is_zero();
        let send = until(if times.sent.is_zero() {
            times.start_transfer
        } else {
            times.sent
        });
        let wait = until(times.start_transfer);
        let ended = times.total.saturating_sub(times.redirect);
        Self {
            name_lookup,
            connect,
            tls,
            send,
            wait,
            receive: until(ended).filter(|_| is_answered),
            total: 0.0,
        }
    }
}

/// To the microsecond.
fn seconds(time: Duration) -> f64 {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(micros).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn phases_follow_each_other() {
        let times = Times {
            name_lookup: millis(10),
            connect: millis(30),
            app_connect: millis(70),
            pre_transfer: millis(75),
            sent: millis(175),
            start_transfer: millis(375),
            redirect: millis(1000),
            total: millis(1400),
        };
        let phases = Timings::of(&times);
        let expected = Timings {
            name_lookup: Some(0.01),
            connect: Some(0.02),
            tls: Some(0.04),
            send: Some(0.1),
            wait: Some(0.2),
            receive: Some(0.025),
            total: 0.0,
        };
        assert_eq!(phases, expected);
    }

    #[test]
    fn what_did_not_come_to_its_end_is_no_phase() {
        let never_connected = Times {
            name_lookup: millis(10),
            total: millis(500),
            ..Times::default()
        };
        let expected = Timings {
            name_lookup: Some(0.01),
            ..Timings::default()
        };
        assert_eq!(Timings::of(&never_connected), expected);

        let lost_while_sending = Times {
            connect: millis(10),
            pre_transfer: millis(10),
            total: millis(500),
            ..Times::default()
        };
        let expected = Timings {
            connect: Some(0.01),
            ..Timings::default()
        };
        assert_eq!(Timings::of(&lost_while_sending), expected);
    }

    #[test]
    fn an_early_answer_ends_the_sending() {
        let times = Times {
            connect: millis(10),
            pre_transfer: millis(10),
            start_transfer: millis(30),
            total: millis(40),
            ..Times::default()
        };
        let expected = Timings {
            connect: Some(0.01),
            send: Some(0.02),
            wait: Some(0.0),
            receive: Some(0.01),
            ..Timings::default()
        };
        assert_eq!(Timings::of(&times), expected);
    }

    #[test]
    fn a_time_is_written_as_rfc_3339_has_it() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_millis(seconds);
        for (millis, written) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(at(millis)).as_deref(), Some(written));
        }
        assert_eq!(rfc3339(at(253_402_300_800_000)), None);
        assert_eq!(
            rfc3339(SystemTime::UNIX_EPOCH - Duration::from_secs(1)),
            None
        );
    }
}
