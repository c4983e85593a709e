//! What a request's head has to be for its body to be read: all that is decided before the first byte of it, and so
//! before `100 Continue`.

use std::hint::black_box;

use hyper::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderMap,
    HeaderName, ORIGIN,
};
use hyper::{Method, Uri};
use percent_encoding::percent_decode_str;

use super::answer::Refusal;
use super::head_watch::Verdict;
use crate::multipart::{Boundary, ContentType, Limits, ParseError, ParseErrorKind};
use crate::receive::IntakeError;

/// What is asked for, if it may be.
#[derive(Debug)]
pub(super) enum Wanted {
    /// The page with the form.
    Page,
    /// To take in a form.
    Upload(Boundary),
}

/// A request's head.
pub(super) struct RequestHead<'a> {
    pub(super) verdict: Verdict,
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
}

impl RequestHead<'_> {
    /// What is asked for, or why it is refused.
    pub(super) fn accept(&self, token: Option<&str>, limits: &Limits) -> Result<Wanted, Refusal> {
        if let Verdict::Ambiguous(found) = self.verdict {
            let message =
                format!("expected a head that can be read in one way only, found {found}");
            return Err(Refusal::new(400, "ambiguous-head", message));
        }
        match token {
            Some(token) if !self.has_token(token) => return Err(Refusal::unauthorized()),
            _ => {}
        }
        match *self.method {
            Method::GET | Method::HEAD if self.uri.path() == "/" => return Ok(Wanted::Page),
            Method::GET | Method::HEAD => {
                return Err(Refusal::new(404, "not-found", "there is a page at / only"));
            }
            Method::POST | Method::PUT => {}
            _ => return Err(Refusal::method(self.method.as_str())),
        }
        if token.is_none() && self.is_from_another_site() {
            let message =
                "expected a page of this server, found another site's; a token lets others in";
            return Err(Refusal::new(403, "cross-site", message));
        }
        self.check_expectation()?;
        let boundary = self.boundary()?;
        self.check_length(limits)?;
        Ok(Wanted::Upload(boundary))
    }

    fn text(&self, name: &HeaderName) -> Option<String> {
        let value = self.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    fn has_token(&self, token: &str) -> bool {
        let bearer = self.text(&AUTHORIZATION).and_then(|value| {
            let (scheme, given) = value.split_once(' ')?;
            let is_bearer = scheme.eq_ignore_ascii_case("Bearer");
            is_bearer.then(|| given.trim().as_bytes().to_vec())
        });
        let queries = self.uri.query().unwrap_or_default().split('&');
        let mut given = queries
            .filter_map(|query| query.strip_prefix("token="))
            .map(|given| percent_decode_str(given).collect())
            .chain(bearer);
        given.any(|given| is_same(&given, token.as_bytes()))
    }

    /// Whether a browser sends this for a page that is not ours. Without a token, any page in the world could
    /// otherwise fill the disk of whoever looks at it.
    fn is_from_another_site(&self) -> bool {
        let site = self.text(&HeaderName::from_static("sec-fetch-site"));
        if let Some(site) = site {
            return site == "cross-site" || site == "same-site";
        }
        let Some(origin) = self.text(&ORIGIN) else {
            return false;
        };
        let host = self.text(&HOST);
        let origin_host = origin.split_once("://").map(|(_, host)| host);
        origin_host.is_none() || origin_host != host.as_deref()
    }

    fn check_expectation(&self) -> Result<(), Refusal> {
        let is_known = |value: &[u8]| value.eq_ignore_ascii_case(b"100-continue");
        match self
            .headers
            .get_all(EXPECT)
            .iter()
            .find(|value| !is_known(value.as_bytes()))
        {
            None => Ok(()),
            Some(value) => {
                let found = String::from_utf8_lossy(value.as_bytes());
                let message = format!("expected the expectation 100-continue, found {found:?}");
                Err(Refusal::new(417, "expectation", message))
            }
        }
    }

    fn boundary(&self) -> Result<Boundary, Refusal> {
        let wrong_type = |found: &str| {
            let message = format!("expected multipart/form-data, found {found}");
            Refusal::new(415, "content-type", message)
        };
        let malformed = |message: String| Refusal::new(400, "content-type", message);
        if self.headers.get_all(CONTENT_TYPE).iter().nth(1).is_some() {
            return Err(malformed(String::from(
                "expected one Content-Type, found a second",
            )));
        }
        let Some(text) = self.text(&CONTENT_TYPE) else {
            return Err(wrong_type("no Content-Type"));
        };
        let content_type =
            ContentType::parse(&text).map_err(|error| malformed(error.to_string()))?;
        if !content_type.is_form_data() {
            return Err(wrong_type(content_type.essence()));
        }
        match self.text(&CONTENT_ENCODING) {
            Some(coding) if !coding.eq_ignore_ascii_case("identity") => {
                let message = format!("expected a body that is not encoded, found {coding:?}");
                return Err(Refusal::new(415, "content-encoding", message));
            }
            _ => {}
        }
        match content_type.boundary() {
            Some(Ok(boundary)) => Ok(boundary),
            Some(Err(error)) => Err(malformed(error.to_string())),
            None => Err(malformed(String::from(
                "expected a boundary in the Content-Type, found none",
            ))),
        }
    }

    /// A body that says itself that it is too long need not come.
    fn check_length(&self, limits: &Limits) -> Result<(), Refusal> {
        let length = self
            .text(&CONTENT_LENGTH)
            .and_then(|text| text.parse().ok());
        match (limits.body, length) {
            (Some(limit), Some(length)) if limit < length => {
                let kind = ParseErrorKind::BodyTooLong { limit };
                let error = ParseError {
                    kind,
                    offset: limit,
                };
                Err(IntakeError::from(error).into())
            }
            _ => Ok(()),
        }
    }
}

/// What a request asks for, without a token in it.
pub(super) fn without_token(uri: &Uri) -> String {
    let queries = uri.query().unwrap_or_default().split('&');
    let queries: Vec<_> = queries
        .filter(|query| !query.is_empty() && !query.starts_with("token="))
        .collect();
    match queries.as_slice() {
        [] => uri.path().to_owned(),
        _ => format!("{}?{}", uri.path(), queries.join("&")),
    }
}

/// Compares in a time that tells nothing about where they differ.
fn is_same(given: &[u8], expected: &[u8]) -> bool {
    let pairs = given.iter().zip(expected);
    let difference = pairs.fold(0, |all, (one, other)| black_box(all | (one ^ other)));
    given.len() == expected.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use hyper::Uri;

    use super::{is_same, without_token};

    #[test]
    fn a_token_is_not_shown() {
        for (target, shown) in [
            ("/", "/"),
            ("/a?b=c", "/a?b=c"),
            ("/?token=s", "/"),
            ("/a?b=c&token=s&d", "/a?b=c&d"),
            ("/?", "/"),
        ] {
            assert_eq!(without_token(&target.parse::<Uri>().unwrap()), shown);
        }
    }

    #[test]
    fn only_the_whole_token_is_the_token() {
        assert!(is_same(b"secret", b"secret"));
        for given in ["", "secre", "secrets", "Secret", "secreT"] {
            assert!(!is_same(given.as_bytes(), b"secret"), "{given}");
        }
    }
}
