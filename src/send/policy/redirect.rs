//! What to make of a redirection (RFC 9110 section 15.4), for a request that carries an upload.
//!
//! | status | while the upload travels | once only its outcome is fetched |
//! | --- | --- | --- |
//! | 307, 308 | the same request again; to another origin only if it is trusted | GET |
//! | 303 | the upload is done; its outcome is fetched by GET | GET |
//! | 301, 302 | refused: they are commonly followed by GET, which would drop the upload | GET |
//!
//! Never followed, by whatever status: from `https` to `http`, to another scheme, to a URL with credentials in it, in
//! a circle. Which header fields go along is told by [`Head::toward`](crate::send::Head::toward) and
//! [`Head::fetching`](crate::send::Head::fetching).

use std::borrow::Cow;
use std::fmt::Write;

use thiserror::Error;

use crate::send::url::{Url, UrlError};

/// Which redirections are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whether any is.
    pub follow: bool,
    /// Whether the upload may go to another origin, without the header fields that were given for the first.
    pub trusted: bool,
    /// How many are followed one after the other; `None` is without limit.
    pub limit: Option<u32>,
}

impl Default for Rules {
    /// None is followed; ten would be.
    fn default() -> Self {
        Self {
            follow: false,
            trusted: false,
            limit: Some(10),
        }
    }
}

/// What follows from a response.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// It stands: it is no redirection, or none is followed.
    Stand,
    /// The same method and content again, there; the head is [`Head::toward`](crate::send::Head::toward).
    Resend(Url),
    /// GET without content, there; the head is [`Head::fetching`](crate::send::Head::fetching). The upload is done.
    Fetch(Url),
    /// It is a redirection that is not followed.
    Refused(Refusal),
}

/// Why a redirection is not followed.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not say where to.
    #[error("{status} without a Location: it does not say where to go")]
    Nowhere {
        /// The response's status.
        status: u16,
    },
    /// Its Location is no URL, or one that is neither `http` nor `https`.
    #[error("{status} with a Location that cannot be followed: {error}")]
    Location {
        /// The response's status.
        status: u16,
        /// What is wrong with it.
        error: UrlError,
    },
    /// Its Location brings credentials along.
    #[error("{status} to {target} with credentials in the URL: such a redirection is not followed")]
    Credentials {
        /// The response's status.
        status: u16,
        /// Where to.
        target: Url,
    },
    /// It leads out of TLS.
    #[error("{status} from https to {target}: a redirection to plain http is not followed")]
    Downgrade {
        /// The response's status.
        status: u16,
        /// Where to.
        target: Url,
    },
    /// Following it would turn the upload into a GET.
    #[error("{status} to {target}: following it would drop the upload")]
    DropsUpload {
        /// The response's status.
        status: u16,
        /// Where to.
        target: Url,
    },
    /// The upload would go to an origin that is not trusted.
    #[error("{status} to {target}: the upload does not go to another origin by itself")]
    OtherOrigin {
        /// The response's status.
        status: u16,
        /// Where to.
        target: Url,
        /// Whether it is the same host, by `https` instead of `http`.
        is_upgrade: bool,
    },
    /// The same request has been made already.
    #[error("{status} to {target}: it has been there already, and would go in a circle")]
    Loop {
        /// The response's status.
        status: u16,
        /// Where to.
        target: Url,
    },
    /// More are not followed.
    #[error("{status} to {target}: the limit of redirections that are followed is {limit}")]
    TooMany {
        /// The response's status.
        status: u16,
        /// Where to.
        target: Url,
        /// The limit.
        limit: u32,
    },
}

impl Refusal {
    /// Where the redirection leads, if that is a URL to send to.
    #[must_use]
    pub fn target(&self) -> Option<&Url> {
        match self {
            Self::Nowhere { .. } | Self::Location { .. } => None,
            Self::Credentials { target, .. }
            | Self::Downgrade { target, .. }
            | Self::DropsUpload { target, .. }
            | Self::OtherOrigin { target, .. }
            | Self::Loop { target, .. }
            | Self::TooMany { target, .. } => Some(target),
        }
    }

    /// What to do about it, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::DropsUpload { target, .. } => Some(format!("send it to {target} instead")),
            Self::OtherOrigin {
                target,
                is_upgrade: true,
                ..
            } => Some(format!("send it to {target} directly")),
            Self::OtherOrigin { .. } => Some(String::from(
                "--location-trusted sends it there, without credentials and the fields that were given",
            )),
            Self::TooMany { .. } => Some(String::from("--max-redirs allows more")),
            Self::Nowhere { .. }
            | Self::Location { .. }
            | Self::Credentials { .. }
            | Self::Downgrade { .. }
            | Self::Loop { .. } => None,
        }
    }
}

/// From `http` to `https` on the same host.
fn is_upgrade(from: &Url, target: &Url) -> bool {
    !from.is_https() && target.is_https() && from.host() == target.host()
}

/// The way of one upload from redirection to redirection.
#[derive(Debug, Clone)]
pub struct Trail {
    rules: Rules,
    /// The URLs of the requests so far, each with whether it was fetched; the last is the one to be answered. One
    /// longer than the number of redirections followed.
    visited: Vec<(Url, bool)>,
}

impl Trail {
    /// A trail that begins with an upload to that URL.
    #[must_use]
    pub fn new(rules: Rules, url: &Url) -> Self {
        Self {
            rules,
            visited: vec![(url.clone(), false)],
        }
    }

    /// A trail that begins with a GET of that URL: there is no upload that could be lost.
    #[must_use]
    pub fn fetching(rules: Rules, url: &Url) -> Self {
        Self {
            rules,
            visited: vec![(url.clone(), true)],
        }
    }

    /// What follows from the response to the last request: its status, and its `Location` as it was sent. The request
    /// that a step names counts as made.
    pub fn step(&mut self, status: u16, location: Option<&[u8]>) -> Step {
        if !self.rules.follow || !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Step::Stand;
        }
        match self.follow(status, location) {
            Ok(step) => step,
            Err(refusal) => Step::Refused(refusal),
        }
    }

    fn follow(&mut self, status: u16, location: Option<&[u8]>) -> Result<Step, Refusal> {
        let (from, was_fetched) = self.visited[self.visited.len() - 1].clone();
        let target = target_of(status, &from, location)?;
        let same_origin = from.is_same_origin(&target);
        let is_fetched = was_fetched || status == 303;
        if !is_fetched && matches!(status, 301 | 302) {
            return Err(Refusal::DropsUpload { status, target });
        }
        if !is_fetched && !same_origin && !self.rules.trusted {
            return Err(Refusal::OtherOrigin {
                status,
                is_upgrade: is_upgrade(&from, &target),
                target,
            });
        }
        let visit = (target.clone(), is_fetched);
        if self.visited.contains(&visit) {
            return Err(Refusal::Loop { status, target });
        }
        if let Some(limit) = self.rules.limit {
            if u32::try_from(self.visited.len()).map_or(true, |requests| requests > limit) {
                return Err(Refusal::TooMany {
                    status,
                    target,
                    limit,
                });
            }
        }
        self.visited.push(visit);
        Ok(if is_fetched {
            Step::Fetch(target)
        } else {
            Step::Resend(target)
        })
    }
}

/// Where the redirection leads, if no rule forbids it whatever the request.
fn target_of(status: u16, from: &Url, location: Option<&[u8]>) -> Result<Url, Refusal> {
    let location = location.unwrap_or_default().trim_ascii();
    if location.is_empty() {
        return Err(Refusal::Nowhere { status });
    }
    let target = resolved(from, location).map_err(|error| Refusal::Location { status, error })?;
    if target.credentials().is_some() {
        return Err(Refusal::Credentials { status, target });
    }
    if from.is_https() && !target.is_https() {
        return Err(Refusal::Downgrade { status, target });
    }
    Ok(target)
}

/// The URL that a `Location`, as it was sent, names from there.
///
/// # Errors
/// If it is no URL, or neither `http` nor `https`.
pub fn resolved(from: &Url, location: &[u8]) -> Result<Url, UrlError> {
    from.join(&as_reference(location.trim_ascii()))
}

/// The octets as text. Where they are not UTF-8, those outside ASCII are percent-encoded one by one.
fn as_reference(location: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(location) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(location.len());
    for byte in location {
        if byte.is_ascii() {
            text.push(char::from(*byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLLOW: Rules = Rules {
        follow: true,
        trusted: false,
        limit: Some(10),
    };
    const TRUSTED: Rules = Rules {
        trusted: true,
        ..FOLLOW
    };
    const HOME: &str = "http://h/a/b";

    /// What a step comes to, in a few words.
    fn told(step: Step) -> String {
        match step {
            Step::Stand => String::from("stand"),
            Step::Resend(there) => format!("resend {there}"),
            Step::Fetch(there) => format!("fetch {there}"),
            Step::Refused(refusal) => {
                let kind = format!("{refusal:?}");
                kind.split(' ').next().unwrap_or_default().to_owned()
            }
        }
    }

    fn first_step(rules: Rules, url: &str, status: u16, location: &str) -> String {
        let mut trail = Trail::new(rules, &url.parse().unwrap());
        told(trail.step(status, Some(location.as_bytes())))
    }

    fn refusal(rules: Rules, url: &str, status: u16, location: &str) -> Refusal {
        let mut trail = Trail::new(rules, &url.parse().unwrap());
        match trail.step(status, Some(location.as_bytes())) {
            Step::Refused(refusal) => refusal,
            step @ (Step::Stand | Step::Resend(_) | Step::Fetch(_)) => panic!("{step:?}"),
        }
    }

    #[test]
    fn what_carries_no_upload_is_followed_by_get() {
        for status in [301, 302, 303, 307, 308] {
            let mut trail = Trail::fetching(FOLLOW, &HOME.parse().unwrap());
            let step = told(trail.step(status, Some(b"/c")));
            assert_eq!(step, "fetch http://h/c", "{status}");
            let mut trail = Trail::fetching(FOLLOW, &"https://h/".parse().unwrap());
            let step = told(trail.step(status, Some(b"http://h/")));
            assert_eq!(step, "Downgrade", "{status}");
        }
    }

    #[test]
    fn nothing_is_followed_unasked() {
        for status in [301, 302, 303, 307, 308] {
            let rules = Rules::default();
            assert_eq!(first_step(rules, HOME, status, "/c"), "stand", "{status}");
            let rules = Rules {
                follow: false,
                ..TRUSTED
            };
            assert_eq!(first_step(rules, HOME, status, "/c"), "stand", "{status}");
        }
    }

    #[test]
    fn only_five_statuses_redirect() {
        for status in [0, 200, 201, 300, 304, 305, 306, 309, 399, 400, 503] {
            let step = first_step(TRUSTED, HOME, status, "/c");
            assert_eq!(step, "stand", "{status}");
            let mut trail = Trail::new(TRUSTED, &HOME.parse().unwrap());
            assert_eq!(trail.step(status, None), Step::Stand, "{status}");
        }
    }

    /// Every row of the table above, towards every kind of target, without and with trust in other origins.
    #[test]
    fn r1_the_status_decides_by_where_it_leads() {
        const SAME: &str = "http://h/c";
        const PORT: &str = "http://h:81/c";
        const HOST: &str = "http://other/c";
        const UP: &str = "https://h/c";
        for (status, target, untrusted, trusted) in [
            (301, SAME, "DropsUpload", "DropsUpload"),
            (301, HOST, "DropsUpload", "DropsUpload"),
            (301, UP, "DropsUpload", "DropsUpload"),
            (302, SAME, "DropsUpload", "DropsUpload"),
            (302, PORT, "DropsUpload", "DropsUpload"),
            (303, SAME, "fetch", "fetch"),
            (303, PORT, "fetch", "fetch"),
            (303, HOST, "fetch", "fetch"),
            (303, UP, "fetch", "fetch"),
            (307, SAME, "resend", "resend"),
            (307, PORT, "OtherOrigin", "resend"),
            (307, HOST, "OtherOrigin", "resend"),
            (307, UP, "OtherOrigin", "resend"),
            (308, SAME, "resend", "resend"),
            (308, PORT, "OtherOrigin", "resend"),
            (308, HOST, "OtherOrigin", "resend"),
            (308, UP, "OtherOrigin", "resend"),
        ] {
            for (rules, expected) in [(FOLLOW, untrusted), (TRUSTED, trusted)] {
                let expected = match expected {
                    "fetch" | "resend" => format!("{expected} {target}"),
                    refusal => refusal.to_owned(),
                };
                let step = first_step(rules, HOME, status, target);
                assert_eq!(step, expected, "{status} {target} {rules:?}");
            }
        }
    }

    #[test]
    fn r2_once_the_upload_is_done_everything_is_fetched() {
        for status in [301, 302, 303, 307, 308] {
            let mut trail = Trail::new(FOLLOW, &HOME.parse().unwrap());
            assert_eq!(told(trail.step(303, Some(b"/done"))), "fetch http://h/done");
            assert_eq!(
                told(trail.step(status, Some(b"http://other/done"))),
                "fetch http://other/done",
                "{status}"
            );
            assert_eq!(
                told(trail.step(status, Some(b"more"))),
                "fetch http://other/more",
                "{status}"
            );
            assert_eq!(trail.step(200, Some(b"/")), Step::Stand);
        }
    }

    #[test]
    fn nothing_leads_out_of_https_or_http() {
        for status in [301, 302, 303, 307, 308] {
            for (url, location, expected) in [
                ("https://h/", "http://h/", "Downgrade"),
                ("https://h/", "http://other/", "Downgrade"),
                ("https://h:1/", "http://h:1/", "Downgrade"),
                ("http://h/", "ftp://h/c", "Location"),
                ("http://h/", "file:///etc/passwd", "Location"),
                ("http://h/", "data:,x", "Location"),
                ("http://h/", "javascript:x", "Location"),
                ("http://h/", "http://me@h/c", "Credentials"),
                ("http://h/", "http://:secret@h/c", "Credentials"),
                ("https://h/", "//me:secret@other/c", "Credentials"),
            ] {
                let step = first_step(TRUSTED, url, status, location);
                assert_eq!(step, expected, "{status} {location}");
                // Neither does it once only the outcome is fetched.
                let mut trail = Trail::new(FOLLOW, &url.parse().unwrap());
                let _ = trail.step(303, Some(b"/done"));
                let step = told(trail.step(status, Some(location.as_bytes())));
                assert_eq!(step, expected, "{status} {location}");
            }
        }
    }

    #[test]
    fn r4_a_location_resolves_against_the_request() {
        for (location, expected) in [
            ("c", "resend http://h/a/c"),
            (" c\t", "resend http://h/a/c"),
            ("/c#there", "resend http://h/c"),
            ("?c", "resend http://h/a/b?c"),
            ("../../c", "resend http://h/c"),
            ("//h:80/c", "resend http://h/c"),
            ("HTTP://H/c", "resend http://h/c"),
            ("//other/c", "OtherOrigin"),
            (r"\\other\c", "OtherOrigin"),
            (r"http:\\other\c", "OtherOrigin"),
            ("http:/c", "resend http://h/c"),
            ("http://@h/c", "resend http://h/c"),
            (":::", "resend http://h/a/:::"),
            ("/\u{e4}", "resend http://h/%C3%A4"),
            ("/c d", "resend http://h/c%20d"),
            ("", "Nowhere"),
            (" \t", "Nowhere"),
            ("http://", "Location"),
            ("http://[::1/", "Location"),
            ("http://h:99999/", "Location"),
            ("http://h\u{0}/", "Location"),
            ("http://%e4/", "Location"),
        ] {
            let step = first_step(FOLLOW, HOME, 308, location);
            assert_eq!(step, expected, "{location:?}");
        }
        let mut trail = Trail::new(FOLLOW, &HOME.parse().unwrap());
        assert_eq!(told(trail.step(307, None)), "Nowhere");
        // The refusal was no step: the trail goes on from where it was.
        assert_eq!(told(trail.step(307, Some(b"c"))), "resend http://h/a/c");
        assert_eq!(told(trail.step(307, Some(b"d/"))), "resend http://h/a/d/");
        assert_eq!(told(trail.step(307, Some(b"e"))), "resend http://h/a/d/e");
    }

    #[test]
    fn a_location_may_be_any_octets() {
        for (location, expected) in [
            (&b"/\xe4%20?\xff"[..], "resend http://h/%E4%20?%FF"),
            (b"http://h\xe4/", "Location"),
            (b"\xff\xfe", "resend http://h/a/%FF%FE"),
        ] {
            let mut trail = Trail::new(FOLLOW, &HOME.parse().unwrap());
            assert_eq!(told(trail.step(307, Some(location))), expected);
        }
        for byte in 0..=u8::MAX {
            for location in [[byte, b'/'], [b'/', byte], [byte, byte]] {
                let mut trail = Trail::new(FOLLOW, &HOME.parse().unwrap());
                let step = trail.step(307, Some(&location));
                assert_ne!(step, Step::Stand, "{byte:#x}");
            }
        }
    }

    #[test]
    fn r3_a_circle_is_refused_at_once() {
        let unlimited = Rules {
            limit: None,
            ..FOLLOW
        };
        for itself in ["/a/b", "b", "", "#x", "http://h:80/a/./b"] {
            let step = first_step(unlimited, HOME, 307, itself);
            let expected = if itself.is_empty() { "Nowhere" } else { "Loop" };
            assert_eq!(step, expected, "{itself}");
        }
        let mut trail = Trail::new(unlimited, &HOME.parse().unwrap());
        for location in ["c", "d", "c?"] {
            let step = told(trail.step(308, Some(location.as_bytes())));
            assert!(step.starts_with("resend"), "{location}: {step}");
        }
        assert_eq!(told(trail.step(307, Some(b"c"))), "Loop");
    }

    #[test]
    fn r3_fetching_where_the_upload_went_is_no_circle() {
        let mut trail = Trail::new(FOLLOW, &HOME.parse().unwrap());
        assert_eq!(told(trail.step(303, Some(b"b"))), "fetch http://h/a/b");
        assert_eq!(told(trail.step(303, Some(b"b"))), "Loop");
    }

    #[test]
    fn r3_no_more_are_followed_than_allowed() {
        for (limit, followed) in [(Some(0), 0), (Some(1), 1), (Some(10), 10), (None, 100)] {
            let rules = Rules { limit, ..FOLLOW };
            let mut trail = Trail::new(rules, &HOME.parse().unwrap());
            for number in 0..followed {
                let location = number.to_string();
                // Uploads and fetches count together.
                let status = if number < 3 { 307 } else { 303 };
                let step = told(trail.step(status, Some(location.as_bytes())));
                assert!(step.ends_with(&location), "{limit:?} {number}: {step}");
            }
            let step = told(trail.step(307, Some(b"one-more")));
            assert_eq!(step == "TooMany", limit.is_some(), "{limit:?}: {step}");
        }
    }

    #[test]
    fn a_refusal_names_status_target_and_rule() {
        for (url, status, location, message) in [
            (
                HOME,
                301,
                "/c",
                "301 to http://h/c: following it would drop the upload",
            ),
            (
                HOME,
                307,
                "http://other/",
                "307 to http://other/: the upload does not go to another origin by itself",
            ),
            (
                "https://h/",
                302,
                "http://h/c",
                "302 from https to http://h/c: a redirection to plain http is not followed",
            ),
            (
                HOME,
                303,
                "http://me:secret@h/c",
                "303 to http://h/c with credentials in the URL: such a redirection is not followed",
            ),
            (
                HOME,
                307,
                "ftp://me:secret@h/c",
                "307 with a Location that cannot be followed: \"ftp://h/c\": expected http:// or https://, found ftp:",
            ),
            (
                HOME,
                308,
                "",
                "308 without a Location: it does not say where to go",
            ),
            (
                HOME,
                307,
                "b",
                "307 to http://h/a/b: it has been there already, and would go in a circle",
            ),
        ] {
            let refusal = refusal(FOLLOW, url, status, location);
            assert_eq!(refusal.to_string(), message);
            let target = refusal.target().map(Url::as_str);
            assert_eq!(target.is_some(), message.contains(" to http"), "{message}");
            assert!(message.contains(target.unwrap_or_default()), "{message}");
        }
        let none = Rules {
            limit: Some(0),
            ..FOLLOW
        };
        assert_eq!(
            refusal(none, HOME, 303, "/c").to_string(),
            "303 to http://h/c: the limit of redirections that are followed is 0"
        );
    }

    #[test]
    fn a_hint_says_what_can_be_done() {
        const TRUST: &str =
            "--location-trusted sends it there, without credentials and the fields that were given";
        const NONE: Rules = Rules {
            limit: Some(0),
            ..FOLLOW
        };
        for (rules, url, status, location, hint) in [
            (
                FOLLOW,
                HOME,
                302,
                "/c",
                Some("send it to http://h/c instead"),
            ),
            (
                FOLLOW,
                HOME,
                308,
                "https://h/c",
                Some("send it to https://h/c directly"),
            ),
            (
                FOLLOW,
                "http://h:81/",
                308,
                "https://h:444/c",
                Some("send it to https://h:444/c directly"),
            ),
            (FOLLOW, HOME, 308, "https://other/c", Some(TRUST)),
            (FOLLOW, HOME, 308, "http://h:81/c", Some(TRUST)),
            (FOLLOW, "https://h/", 308, "https://h:1/c", Some(TRUST)),
            (NONE, HOME, 307, "/c", Some("--max-redirs allows more")),
            (FOLLOW, HOME, 307, "b", None),
            (FOLLOW, HOME, 307, "", None),
            (FOLLOW, HOME, 307, "ftp://h/", None),
            (FOLLOW, HOME, 307, "//me@h/", None),
            (FOLLOW, "https://h/", 301, "http://h/", None),
        ] {
            let refusal = refusal(rules, url, status, location);
            assert_eq!(refusal.hint().as_deref(), hint, "{refusal}");
        }
    }

    #[test]
    fn x3_no_refusal_shows_credentials() {
        for location in [
            "http://me:secret@h/",
            "ftp://me:secret@h/",
            "http://me:secret@h:99999/",
        ] {
            let refusal = refusal(TRUSTED, HOME, 307, location);
            let shown = format!("{refusal} {refusal:?} {:?}", refusal.hint());
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
