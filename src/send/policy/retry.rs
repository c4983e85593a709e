//! Whether an upload is repeated, and after how long.
//!
//! | how it ended | repeated |
//! | --- | --- |
//! | never sent: name, connection, connect timeout | yes |
//! | never sent: TLS, a request that cannot be made | no |
//! | never sent: a proxy | if it was out of reach, or what it was to connect to was (502, 503, 504) |
//! | 408, 425, 429, 500, 502, 503, 504, 522, 524 | yes |
//! | 421 | after the first attempt: a new connection may reach the right server (RFC 9110 section 15.5.20) |
//! | 413 | if a `Retry-After` says that it will be taken later |
//! | 409 | if it is a repeat with an `Idempotency-Key`: the attempt before is still in progress |
//! | any other status | no |
//! | lost or timed out after sending began, a 2xx before that or not | with an `Idempotency-Key`, or if unknown outcomes are repeated |
//! | not HTTP | if unknown outcomes are repeated |
//! | an answer that was cut | as its status, its `Retry-After` being lost |
//! | a source that failed | no |
//!
//! Whether the body can be read once more is not asked here.

use std::time::{Duration, SystemTime};

use thiserror::Error;

use crate::send::error::{NotSent, SendError, seconds};

/// What the first wait is drawn from; it doubles with every attempt.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// What it does not grow beyond.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// What a server may ask for where no time is set for all attempts.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);

/// What the user allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repeats {
    /// How often an upload may be repeated after the first attempt.
    pub times: u32,
    /// How long to wait before each repeat; `None` and zero are exponential, with jitter.
    pub delay: Option<Duration>,
    /// How long after the beginning of the first attempt another may begin; `None` and zero are without limit.
    pub max_time: Option<Duration>,
    /// Whether it is repeated when it is not known what the server made of it.
    pub unknown: bool,
    /// Whether an `Idempotency-Key` is sent, by which a server tells a repeat from another upload.
    pub keyed: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    /// With a whole response.
    Answered {
        /// Its status.
        status: u16,
        /// Its `Retry-After`, as it was sent.
        retry_after: Option<&'a [u8]>,
    },
    /// Without one.
    Failed(&'a SendError),
}

/// When an attempt ended.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Attempts so far, this one included.
    pub attempts: u32,
    /// The time since the first began.
    pub elapsed: Duration,
    /// What the clock says, against which a date in a `Retry-After` is read.
    pub now: SystemTime,
    /// A random number from 0 up to 1, the jitter.
    pub fraction: f64,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// The ending stands: repeating would not help, or was not asked for, or has been done often enough.
    Stand,
    /// Another attempt.
    Again {
        /// After that time.
        wait: Duration,
    },
    /// The ending stands, though another attempt might have helped.
    GiveUp(Reason),
}

/// Why there is no other attempt where one might have helped.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The server wants to be left alone for longer than there is time.
    #[error(
        "the server asks for more time than the {} that may be waited (Retry-After: {asked})",
        seconds(*.allowed)
    )]
    RetryAfter {
        /// Its `Retry-After`, as it was sent.
        asked: String,
        /// How long could have been waited.
        allowed: Duration,
    },
    /// The time for all attempts is over, or would be after the wait.
    #[error(
        "--retry-max-time is {}: {} are over, and the next attempt would have to wait for {}",
        seconds(*.max_time), seconds(*.elapsed), seconds(*.wait)
    )]
    MaxTime {
        /// The time for all attempts.
        max_time: Duration,
        /// The time since the first began.
        elapsed: Duration,
        /// The wait that was due.
        wait: Duration,
    },
    /// The server may have kept the upload.
    #[error(
        "it is not known whether the server kept the upload: --idempotency-key lets a server that knows such keys tell \
         a repeat, --retry-all-errors repeats regardless"
    )]
    Unknown,
}

impl Repeats {
    /// What follows from that ending at that moment.
    pub fn decide(&self, ending: &Ending<'_>, moment: &Moment) -> Decision {
        let prospect = self.prospect(ending, moment);
        if prospect == Prospect::Useless || moment.attempts > self.times || self.times == 0 {
            return Decision::Stand;
        }
        if prospect == Prospect::Unknown {
            return Decision::GiveUp(Reason::Unknown);
        }
        let asked = match ending {
            Ending::Answered { retry_after, .. } => *retry_after,
            Ending::Failed(_) => None,
        };
        match self.wait(asked, moment) {
            Ok(wait) => Decision::Again { wait },
            Err(reason) => Decision::GiveUp(reason),
        }
    }

    fn prospect(&self, ending: &Ending<'_>, moment: &Moment) -> Prospect {
        let error = match ending {
            Ending::Answered {
                status,
                retry_after,
            } => {
                let is_temporary = retry_after
                    .and_then(|value| parse_retry_after(value, moment.now))
                    .is_some();
                return self.of_status(*status, is_temporary, moment);
            }
            Ending::Failed(error) => *error,
        };
        match error {
            SendError::NotSent(
                NotSent::Resolve { .. } | NotSent::Connect { .. } | NotSent::TimedOut { .. },
            ) => Prospect::Hopeful,
            SendError::NotSent(NotSent::Proxy { fault, .. }) if fault.is_temporary() => {
                Prospect::Hopeful
            }
            SendError::Lost { .. } | SendError::TimedOut { .. } | SendError::Unfinished { .. } => {
                if self.unknown || self.keyed {
                    Prospect::Hopeful
                } else {
                    Prospect::Unknown
                }
            }
            SendError::NotHttp { .. } if self.unknown => Prospect::Hopeful,
            SendError::Cut { status, .. } => self.of_status(*status, false, moment),
            SendError::NotSent(
                NotSent::Tls { .. } | NotSent::Proxy { .. } | NotSent::Request(_),
            )
            | SendError::NotHttp { .. }
            | SendError::Source(_) => Prospect::Useless,
        }
    }

    fn of_status(&self, status: u16, is_temporary: bool, moment: &Moment) -> Prospect {
        let is_hopeful = match status {
            408 | 425 | 429 | 500 | 502 | 503 | 504 | 522 | 524 => true,
            409 => self.keyed && moment.attempts > 1,
            413 => is_temporary,
            421 => moment.attempts <= 1,
            _ => false,
        };
        if is_hopeful {
            Prospect::Hopeful
        } else {
            Prospect::Useless
        }
    }

    /// How long to wait, if there is the time for it.
    fn wait(&self, asked: Option<&[u8]>, moment: &Moment) -> Result<Duration, Reason> {
        let own = self
            .delay
            .filter(|delay| !delay.is_zero())
            .unwrap_or_else(|| jittered(moment));
        let max_time = self.max_time.filter(|time| !time.is_zero());
        let left = max_time.map(|time| time.saturating_sub(moment.elapsed));
        let asked = asked.and_then(|value| Some((value, parse_retry_after(value, moment.now)?)));
        let is_over = left.is_some_and(|left| left.is_zero());
        let allowed = left.unwrap_or(LONGEST_RETRY_AFTER);
        if let Some((value, _)) = asked.filter(|(_, time)| *time > allowed && !is_over) {
            return Err(Reason::RetryAfter {
                asked: String::from_utf8_lossy(value).into_owned(),
                allowed,
            });
        }
        let wait = asked.map_or(own, |(_, time)| own.max(time));
        match (max_time, left) {
            (Some(max_time), Some(left)) if is_over || wait > left => Err(Reason::MaxTime {
                max_time,
                elapsed: moment.elapsed,
                wait,
            }),
            _ => Ok(wait),
        }
    }
}

/// What another attempt promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prospect {
    /// It may end better.
    Hopeful,
    /// It may, and it may be the second upload that the server keeps.
    Unknown,
    /// It would end the same.
    Useless,
}

/// Full jitter: any time up to one that doubles with every attempt.
fn jittered(moment: &Moment) -> Duration {
    let doublings = moment.attempts.saturating_sub(1);
    let longest = FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST_WAIT);
    // A fraction that is none, below 0 or not a number, has no duration; one above 1 has too long a one.
    Duration::try_from_secs_f64(longest.as_secs_f64() * moment.fraction)
        .unwrap_or(longest)
        .min(longest)
}

/// How long a server asks everybody to wait who sends to it: with a 429 or a 503 (RFC 6585 section 4, RFC 9110 section
/// 15.6.4), and not for longer than is ever waited.
#[must_use]
pub fn pause_for_all(ending: &Ending<'_>, now: SystemTime) -> Option<Duration> {
    match ending {
        Ending::Answered {
            status: 429 | 503,
            retry_after: Some(value),
        } => parse_retry_after(value, now).map(|time| time.min(LONGEST_RETRY_AFTER)),
        Ending::Answered { .. } | Ending::Failed(_) => None,
    }
}

/// The time until then: decimal seconds or a date in any of the three forms (RFC 9110 sections 5.6.7 and 10.2.3).
/// What is past, or negative, is now; a number beyond measure is the longest time there is; anything else is `None`.
fn parse_retry_after(value: &[u8], now: SystemTime) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim_ascii();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(text) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    if text.strip_prefix('-').is_some_and(is_number) {
        return Some(Duration::ZERO);
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::send::error::{Interruption, Limit, ProxyFault, SourceError};

    /// An hour before the date in RFC 9110 section 5.6.7.
    const NOW: Duration = Duration::from_secs(784_111_777 - 3600);

    const PLAIN: Repeats = Repeats {
        times: 3,
        delay: None,
        max_time: None,
        unknown: false,
        keyed: false,
    };
    const KEYED: Repeats = Repeats {
        keyed: true,
        ..PLAIN
    };
    const UNKNOWN: Repeats = Repeats {
        unknown: true,
        ..PLAIN
    };

    fn after(attempts: u32) -> Moment {
        Moment {
            attempts,
            elapsed: Duration::ZERO,
            now: SystemTime::UNIX_EPOCH + NOW,
            fraction: 0.5,
        }
    }

    fn answered(status: u16) -> Ending<'static> {
        Ending::Answered {
            status,
            retry_after: None,
        }
    }

    fn asking(value: &str) -> Ending<'_> {
        Ending::Answered {
            status: 503,
            retry_after: Some(value.as_bytes()),
        }
    }

    /// What a decision comes to, in a word.
    fn told(decision: &Decision) -> &'static str {
        match decision {
            Decision::Stand => "stand",
            Decision::Again { .. } => "again",
            Decision::GiveUp(Reason::RetryAfter { .. }) => "retry-after",
            Decision::GiveUp(Reason::MaxTime { .. }) => "max-time",
            Decision::GiveUp(Reason::Unknown) => "unknown",
        }
    }

    fn io_error() -> io::Error {
        io::Error::from(io::ErrorKind::ConnectionReset)
    }

    #[test]
    fn the_status_decides() {
        let repeated = [408, 425, 429, 500, 502, 503, 504, 522, 524];
        for status in 100..=599 {
            for repeats in [PLAIN, KEYED, UNKNOWN] {
                let decision = repeats.decide(&answered(status), &after(2));
                let is_repeated = repeated.contains(&status) || (status == 409 && repeats == KEYED);
                let expected = if is_repeated { "again" } else { "stand" };
                assert_eq!(told(&decision), expected, "{status} {repeats:?}");
            }
        }
    }

    #[test]
    fn a_misdirected_request_is_repeated_once() {
        for (attempts, expected) in [(1, "again"), (2, "stand"), (3, "stand")] {
            let decision = PLAIN.decide(&answered(421), &after(attempts));
            assert_eq!(told(&decision), expected, "{attempts}");
        }
    }

    #[test]
    fn what_is_too_large_is_repeated_if_it_is_so_for_a_time() {
        for (retry_after, expected) in [
            (None, "stand"),
            (Some(&b"soon"[..]), "stand"),
            (Some(b""), "stand"),
            (Some(b"0"), "again"),
            (Some(b"-1"), "again"),
            (Some(b"7"), "again"),
            (Some(b"601"), "retry-after"),
        ] {
            let ending = Ending::Answered {
                status: 413,
                retry_after,
            };
            let decision = PLAIN.decide(&ending, &after(1));
            assert_eq!(told(&decision), expected, "{retry_after:?}");
        }
    }

    #[test]
    fn k3_a_conflict_is_repeated_if_the_attempt_before_may_be_the_cause() {
        for (repeats, attempts, expected) in [
            (KEYED, 1, "stand"),
            (KEYED, 2, "again"),
            (PLAIN, 2, "stand"),
            (UNKNOWN, 2, "stand"),
        ] {
            let decision = repeats.decide(&answered(409), &after(attempts));
            assert_eq!(told(&decision), expected, "{attempts} {repeats:?}");
        }
    }

    #[test]
    fn i3_what_was_never_sent_is_repeated_unless_it_would_end_the_same() {
        let authority = || String::from("h");
        for (error, expected) in [
            (
                NotSent::Resolve {
                    host: authority(),
                    reason: String::new(),
                },
                "again",
            ),
            (
                NotSent::Connect {
                    authority: authority(),
                    addresses: String::new(),
                    error: io_error(),
                },
                "again",
            ),
            (
                NotSent::TimedOut {
                    authority: authority(),
                    after: Duration::from_secs(1),
                },
                "again",
            ),
            (
                NotSent::Tls {
                    authority: authority(),
                    reason: String::new(),
                },
                "stand",
            ),
            (NotSent::Request(String::new()), "stand"),
        ] {
            let error = SendError::from(error);
            for repeats in [PLAIN, KEYED, UNKNOWN] {
                let decision = repeats.decide(&Ending::Failed(&error), &after(1));
                assert_eq!(told(&decision), expected, "{error:?} {repeats:?}");
            }
        }
    }

    #[test]
    fn n20_a_proxy_is_asked_again_where_it_may_do_better() {
        let target = || String::from("h:443");
        let refused = |status| ProxyFault::Refused {
            target: target(),
            status,
            reason: String::new(),
            authorized: false,
        };
        let denied = |version, code| ProxyFault::Denied {
            target: target(),
            version,
            code,
            reason: "",
        };
        let lost = ProxyFault::Lost {
            target: target(),
            error: io_error(),
        };
        let late = ProxyFault::TimedOut {
            target: target(),
            after: Duration::from_secs(1),
        };
        for (fault, expected) in [
            (lost, "again"),
            (late, "again"),
            (refused(502), "again"),
            (refused(503), "again"),
            (refused(504), "again"),
            (refused(403), "stand"),
            (refused(407), "stand"),
            (denied(5, 1), "again"),
            (denied(5, 2), "stand"),
            (denied(5, 4), "again"),
            (denied(5, 8), "stand"),
            (denied(4, 91), "again"),
            (denied(4, 93), "stand"),
            (ProxyFault::Unauthorized { authorized: true }, "stand"),
        ] {
            let proxy = String::from("p:1");
            let error = SendError::from(NotSent::Proxy { proxy, fault });
            let decision = PLAIN.decide(&Ending::Failed(&error), &after(1));
            assert_eq!(told(&decision), expected, "{error:?}");
        }
    }

    #[test]
    fn i1_what_the_server_may_have_kept_is_repeated_only_where_that_is_allowed() {
        let lost = SendError::Lost {
            during: Interruption::Waiting,
            sent: 1,
            error: io_error(),
        };
        let timed_out = SendError::TimedOut {
            during: Interruption::Sending,
            limit: Limit::Response,
            after: Duration::from_secs(1),
            sent: 1,
        };
        let unfinished = SendError::Unfinished {
            status: 200,
            sent: 1,
        };
        let not_http = SendError::NotHttp {
            reason: String::new(),
            received: vec![],
        };
        let source = SendError::from(SourceError::Boundary {
            name: String::from("a"),
        });
        for (error, plain, keyed, unknown) in [
            (&lost, "unknown", "again", "again"),
            (&timed_out, "unknown", "again", "again"),
            (&unfinished, "unknown", "again", "again"),
            (&not_http, "stand", "stand", "again"),
            (&source, "stand", "stand", "stand"),
        ] {
            for (repeats, expected) in [(PLAIN, plain), (KEYED, keyed), (UNKNOWN, unknown)] {
                let decision = repeats.decide(&Ending::Failed(error), &after(1));
                assert_eq!(told(&decision), expected, "{error:?} {repeats:?}");
            }
        }
    }

    #[test]
    fn a_cut_answer_is_repeated_as_its_status_is() {
        for (status, attempts, expected) in [
            (200, 1, "stand"),
            (201, 1, "stand"),
            (303, 1, "stand"),
            (404, 1, "stand"),
            (413, 1, "stand"),
            (421, 1, "again"),
            (421, 2, "stand"),
            (503, 1, "again"),
        ] {
            let error = SendError::Cut {
                status,
                received: 0,
                error: io_error(),
            };
            let decision = UNKNOWN.decide(&Ending::Failed(&error), &after(attempts));
            assert_eq!(told(&decision), expected, "{status} after {attempts}");
        }
    }

    #[test]
    fn i2_no_upload_is_repeated_more_often_than_was_asked_for() {
        let lost = SendError::Lost {
            during: Interruption::Sending,
            sent: 1,
            error: io_error(),
        };
        for (times, attempts, is_repeated) in [
            (0, 0, false),
            (0, 1, false),
            (1, 1, true),
            (1, 2, false),
            (3, 3, true),
            (3, 4, false),
            (u32::MAX, u32::MAX, true),
        ] {
            let repeats = Repeats { times, ..PLAIN };
            let decision = repeats.decide(&answered(503), &after(attempts));
            let expected = if is_repeated { "again" } else { "stand" };
            assert_eq!(told(&decision), expected, "{attempts} of {times}");
            // Nor is anything said about a repeat that is not due.
            let decision = repeats.decide(&Ending::Failed(&lost), &after(attempts));
            let expected = if is_repeated { "unknown" } else { "stand" };
            assert_eq!(told(&decision), expected, "{attempts} of {times}");
            let decision = repeats.decide(&asking("9999"), &after(attempts));
            let expected = if is_repeated { "retry-after" } else { "stand" };
            assert_eq!(told(&decision), expected, "{attempts} of {times}");
        }
        assert_eq!(
            Repeats::default().decide(&answered(503), &after(1)),
            Decision::Stand
        );
    }

    fn wait(repeats: Repeats, ending: &Ending<'_>, moment: &Moment) -> Duration {
        match repeats.decide(ending, moment) {
            Decision::Again { wait } => wait,
            decision @ (Decision::Stand | Decision::GiveUp(_)) => panic!("{decision:?}"),
        }
    }

    #[test]
    fn the_wait_is_drawn_from_a_time_that_doubles_up_to_a_minute() {
        let repeats = Repeats {
            times: u32::MAX,
            ..PLAIN
        };
        for (attempts, fraction, millis) in [
            (1, 0.0, 0),
            (1, 0.5, 500),
            (2, 0.5, 1000),
            (3, 0.25, 1000),
            (6, 0.5, 16_000),
            (7, 0.5, 30_000),
            (8, 0.5, 30_000),
            (33, 0.5, 30_000),
            (65, 0.5, 30_000),
            (u32::MAX, 0.5, 30_000),
            // What is no fraction waits longest, and not for ever.
            (3, 1.0, 4000),
            (3, 2.0, 4000),
            (3, -1.0, 4000),
            (3, f64::NAN, 4000),
            (3, f64::INFINITY, 4000),
            (u32::MAX, f64::MAX, 60_000),
        ] {
            let moment = Moment {
                fraction,
                ..after(attempts)
            };
            let wait = wait(repeats, &answered(503), &moment);
            assert_eq!(wait, Duration::from_millis(millis), "{attempts} {fraction}");
        }
    }

    #[test]
    fn a_delay_that_was_given_stands_as_it_is() {
        for (delay, expected) in [(0, 500), (1, 1), (7000, 7000), (3_600_000, 3_600_000)] {
            let repeats = Repeats {
                delay: Some(Duration::from_millis(delay)),
                ..PLAIN
            };
            let wait = wait(repeats, &answered(503), &after(1));
            assert_eq!(wait, Duration::from_millis(expected));
        }
    }

    #[test]
    fn the_server_may_ask_for_a_longer_wait() {
        let hour = Repeats {
            max_time: Some(Duration::from_secs(3600)),
            ..PLAIN
        };
        let own = Duration::from_millis(500);
        for (value, expected) in [
            ("7", Duration::from_secs(7)),
            (" 7\t", Duration::from_secs(7)),
            ("007", Duration::from_secs(7)),
            ("0", own),
            ("-7", own),
            ("-99999999999999999999", own),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Duration::from_secs(3600)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Duration::from_secs(3600)),
            ("Sun Nov  6 08:49:37 1994", Duration::from_secs(3600)),
            ("Sun, 06 Nov 1994 07:49:36 GMT", own),
            ("Thu, 01 Jan 1970 00:00:00 GMT", own),
            // None of these says anything.
            ("", own),
            ("-", own),
            ("+7", own),
            ("7.5", own),
            ("7 s", own),
            ("7, 8", own),
            ("0x7", own),
            ("\u{667}", own),
            ("soon", own),
            ("Mon, 06 Nov 1994 08:49:37 GMT", own),
            ("Sun, 06 Nov 1994 08:49:37 CET", own),
            ("Sun, 99 Nov 1994 99:99:99 GMT", own),
            ("Sun, 06 Nov 0000 08:49:37 GMT", own),
        ] {
            assert_eq!(wait(hour, &asking(value), &after(1)), expected, "{value:?}");
        }
        let patient = Repeats {
            delay: Some(Duration::from_secs(10)),
            ..PLAIN
        };
        for (value, seconds) in [("7", 10), ("11", 11)] {
            let wait = wait(patient, &asking(value), &after(1));
            assert_eq!(wait, Duration::from_secs(seconds), "{value}");
        }
        let ending = Ending::Answered {
            status: 503,
            retry_after: Some(b"\xff7"),
        };
        assert_eq!(wait(PLAIN, &ending, &after(1)), own);
    }

    #[test]
    fn what_a_server_asks_of_all_is_bounded() {
        let now = SystemTime::UNIX_EPOCH + NOW;
        let pause = |status, value: Option<&'static str>| {
            let retry_after = value.map(str::as_bytes);
            let ending = Ending::Answered {
                status,
                retry_after,
            };
            pause_for_all(&ending, now)
        };
        assert_eq!(pause(503, Some("7")), Some(Duration::from_secs(7)));
        assert_eq!(pause(429, Some("9999")), Some(LONGEST_RETRY_AFTER));
        assert_eq!(
            pause(503, Some("Sun, 06 Nov 1994 08:49:37 GMT")),
            Some(LONGEST_RETRY_AFTER)
        );
        assert_eq!(pause(429, Some("soon")), None);
        assert_eq!(pause(429, None), None);
        assert_eq!(pause(500, Some("7")), None);
        assert_eq!(pause(413, Some("7")), None);
    }

    #[test]
    fn an_absurd_retry_after_ends_it_with_the_value_shown() {
        for (max_time, elapsed, value, allowed) in [
            (None, 0, "601", "600 s"),
            (None, 9999, "601", "600 s"),
            (None, 0, "99999999999999999999", "600 s"),
            (None, 0, "18446744073709551615", "600 s"),
            (None, 0, "Sun, 06 Nov 1994 08:49:37 GMT", "600 s"),
            (None, 0, "Fri, 31 Dec 9999 23:59:59 GMT", "600 s"),
            (Some(0), 0, "601", "600 s"),
            (Some(30), 10, "21", "20 s"),
            (Some(30), 10, "99999999999999999999", "20 s"),
        ] {
            let repeats = Repeats {
                max_time: max_time.map(Duration::from_secs),
                ..PLAIN
            };
            let moment = Moment {
                elapsed: Duration::from_secs(elapsed),
                ..after(1)
            };
            let Decision::GiveUp(reason) = repeats.decide(&asking(value), &moment) else {
                panic!("{value} is waited for");
            };
            assert_eq!(
                reason.to_string(),
                format!(
                    "the server asks for more time than the {allowed} that may be waited (Retry-After: {value})"
                )
            );
        }
    }

    #[test]
    fn no_attempt_begins_after_the_time_for_all() {
        let repeats = |max_time| Repeats {
            max_time: Some(Duration::from_secs(max_time)),
            delay: Some(Duration::from_secs(5)),
            ..PLAIN
        };
        for (max_time, elapsed, retry_after, expected) in [
            (0, 9999, "", "again"),
            (30, 0, "", "again"),
            (30, 25, "", "again"),
            (30, 26, "", "max-time"),
            (30, 30, "", "max-time"),
            (30, 9999, "", "max-time"),
            (30, 9999, "60", "max-time"),
            (30, 20, "10", "again"),
            (30, 20, "11", "retry-after"),
            (3600, 0, "3600", "again"),
            (u64::MAX, 0, "99999999999999999999", "again"),
            (u64::MAX, u64::MAX, "", "max-time"),
        ] {
            let moment = Moment {
                elapsed: Duration::from_secs(elapsed),
                ..after(1)
            };
            let decision = repeats(max_time).decide(&asking(retry_after), &moment);
            assert_eq!(
                told(&decision),
                expected,
                "{max_time} {elapsed} {retry_after}"
            );
        }
        // Time that is over is over for a wait of nothing, too.
        let moment = Moment {
            elapsed: Duration::from_secs(30),
            fraction: 0.0,
            ..after(1)
        };
        let repeats = Repeats {
            delay: None,
            ..repeats(30)
        };
        assert_eq!(told(&repeats.decide(&answered(503), &moment)), "max-time");
    }

    #[test]
    fn a_reason_says_what_could_be_changed() {
        let error = SendError::TimedOut {
            during: Interruption::Waiting,
            limit: Limit::Response,
            after: Duration::from_secs(1),
            sent: 1,
        };
        let Decision::GiveUp(reason) = PLAIN.decide(&Ending::Failed(&error), &after(1)) else {
            panic!("what may have been kept is repeated");
        };
        let shown = reason.to_string();
        for part in [
            "it is not known whether the server kept the upload",
            "--idempotency-key",
            "--retry-all-errors",
        ] {
            assert!(shown.contains(part), "{shown}");
        }
        let reason = Reason::MaxTime {
            max_time: Duration::from_secs(30),
            elapsed: Duration::from_millis(29_500),
            wait: Duration::from_secs(4),
        };
        assert_eq!(
            reason.to_string(),
            "--retry-max-time is 30 s: 29.5 s are over, and the next attempt would have to wait for 4 s"
        );
    }
}
