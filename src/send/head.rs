//! Everything ahead of the body: method, URL, header fields.
//!
//! [`Head::to_bytes`] is the head exactly as the client writes it, so that it can be shown without being sent. What a URL
//! is stands in `url.rs`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::url::Url;
use crate::multipart::is_token;

/// A part of a request's head that cannot be sent.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeadError {
    /// Not a header field.
    #[error("{header:?}: {reason}")]
    Header {
        /// Its name, or all of it where there is none.
        header: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Not a method.
    #[error("{0:?}: a method is letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 section 5.6.2)")]
    Method(String),
}

/// One header field of the request, name and value checked (RFC 9110 section 5).
///
/// It belongs to the origin it was given for, and is not sent to another unless it is [`for_any_origin`].
///
/// [`for_any_origin`]: Self::for_any_origin
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: Vec<u8>,
    is_for_any_origin: bool,
}

impl Header {
    /// A field of that name and value.
    ///
    /// # Errors
    /// If the name is not a token, or the value holds CR, LF or NUL.
    pub fn new(name: impl Into<String>, value: impl Into<Vec<u8>>) -> Result<Self, HeadError> {
        let (name, value) = (name.into(), value.into());
        let reason = if !is_token(name.as_bytes()) {
            "a header name is letters, digits and !#$%&'*+-.^_`|~"
        } else if value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            "a header value cannot hold CR, LF or NUL"
        } else {
            return Ok(Self {
                name,
                value,
                is_for_any_origin: false,
            });
        };
        Err(HeadError::Header {
            header: name,
            reason,
        })
    }

    /// `Authorization: Basic`, from `user:password` (RFC 7617).
    #[must_use]
    pub fn basic(credentials: &str) -> Self {
        Self {
            name: String::from("Authorization"),
            value: format!("Basic {}", STANDARD.encode(credentials)).into_bytes(),
            is_for_any_origin: false,
        }
    }

    /// `Proxy-Authorization: Basic`, from `user:password` (RFC 7617).
    #[must_use]
    pub fn proxy_basic(credentials: &str) -> Self {
        Self {
            name: String::from("Proxy-Authorization"),
            ..Self::basic(credentials)
        }
    }

    /// The same field, free to follow a redirection to another origin: it holds nothing that is meant for one alone.
    #[must_use]
    pub fn for_any_origin(self) -> Self {
        Self {
            is_for_any_origin: true,
            ..self
        }
    }

    /// A field that follows from the rest of the request.
    fn derived(name: &str, value: String) -> Self {
        Self {
            name: name.to_owned(),
            value: value.into_bytes(),
            is_for_any_origin: true,
        }
    }

    /// The name, in the case it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value's octets.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// Whether it is the field of that name; case does not count.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Writes its line, line end included.
    pub(super) fn write_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(&self.value);
        bytes.extend_from_slice(b"\r\n");
    }

    /// Whether it describes the content, or what is to be done with it, and has no place in a request without (RFC
    /// 9110 section 15.4).
    fn is_about_content(&self) -> bool {
        const NAMES: [&str; 7] = [
            "Digest",
            "Expect",
            "Idempotency-Key",
            "Last-Modified",
            "Repr-Digest",
            "Trailer",
            "Transfer-Encoding",
        ];
        // `If-` are the conditions under which the content was to be taken (RFC 9110 section 13.1).
        let is_of = |prefix: &str| {
            self.name
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        is_of("Content-") || is_of("If-") || NAMES.iter().any(|name| self.is(name))
    }
}

impl fmt::Debug for Header {
    /// The name alone: values can be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Header({})", self.name)
    }
}

/// How the server knows where the body ends (RFC 9112 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `Content-Length`, in octets.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// There is no body.
    Empty,
}

impl Framing {
    /// Octets of the body, `None` if that is only known at its end.
    #[must_use]
    pub fn length(self) -> Option<u64> {
        match self {
            Self::Length(length) => Some(length),
            Self::Chunked => None,
            Self::Empty => Some(0),
        }
    }

    fn header(self) -> Option<Header> {
        match self {
            Self::Length(length) => Some(Header::derived("Content-Length", length.to_string())),
            Self::Chunked => Some(Header::derived(
                "Transfer-Encoding",
                String::from("chunked"),
            )),
            Self::Empty => None,
        }
    }
}

/// Method, URL and header fields of one request.
#[derive(Debug, Clone)]
pub struct Head {
    /// The method, a token.
    method: String,
    /// Where to.
    url: Url,
    /// Every field but the framing, in the order in which they go out.
    headers: Vec<Header>,
    /// The request line names the whole URL (RFC 9112 section 3.2.2).
    is_absolute: bool,
}

impl Head {
    /// A head. `Host` is put in front unless `headers` bring one.
    ///
    /// # Errors
    /// If the method is not a token.
    pub fn new(method: &str, url: Url, headers: Vec<Header>) -> Result<Self, HeadError> {
        if is_token(method.as_bytes()) {
            Ok(Self::with_host(method, url, headers))
        } else {
            Err(HeadError::Method(method.to_owned()))
        }
    }

    fn with_host(method: &str, url: Url, mut headers: Vec<Header>) -> Self {
        if !headers.iter().any(|header| header.is("Host")) {
            headers.insert(0, Header::derived("Host", url.authority()));
        }
        Self {
            method: method.to_owned(),
            url,
            headers,
            is_absolute: false,
        }
    }

    /// The same head as a proxy takes it that makes the request itself: its request line names the whole URL. The fields
    /// that are for the proxy follow, but for those that the head has already.
    pub(super) fn for_proxy(&self, fields: &[Header]) -> Self {
        let mut head = self.clone();
        head.is_absolute = true;
        let missing = fields.iter().filter(|field| !self.has(field.name()));
        head.headers.extend(missing.cloned());
        head
    }

    /// The head of the same request to where it was redirected. Within the origin it has the same fields; to another
    /// origin go only those that are [for any](Header::for_any_origin), and `Host` is that origin's.
    #[must_use]
    pub fn toward(&self, target: &Url) -> Self {
        self.redirected(&self.method, target, |_| true)
    }

    /// The head of the GET without content that fetches an upload's outcome: fields as for [`toward`](Self::toward),
    /// without those that are about the content.
    #[must_use]
    pub fn fetching(&self, target: &Url) -> Self {
        self.redirected("GET", target, |header| !header.is_about_content())
    }

    /// What is dropped here is not in the new head, and so stays dropped when that is redirected again.
    fn redirected(&self, method: &str, target: &Url, keeps: impl Fn(&Header) -> bool) -> Self {
        let is_same_origin = self.url.is_same_origin(target);
        let goes_along = |header: &&Header| {
            let is_derived_host = header.is("Host") && header.is_for_any_origin;
            (is_same_origin || header.is_for_any_origin) && !is_derived_host && keeps(header)
        };
        let headers = self.headers.iter().filter(goes_along).cloned().collect();
        Self::with_host(method, target.clone(), headers)
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Whether sending it twice is meant to have the effect of sending it once (RFC 9110 section 9.2.2).
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        matches!(
            self.method.as_str(),
            "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE"
        )
    }

    /// Where the request goes.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The head of the same request with an empty body, sent to ask for something: without the fields that are about the
    /// content.
    #[must_use]
    pub fn asking(&self) -> Self {
        let mut head = self.clone();
        head.headers.retain(|header| !header.is_about_content());
        head
    }

    /// The same head with one more field.
    #[must_use]
    pub fn with(&self, header: Header) -> Self {
        let mut head = self.clone();
        head.headers.push(header);
        head
    }

    /// The same head without the field of that name.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut head = self.clone();
        head.headers.retain(|header| !header.is(name));
        head
    }

    /// Whether it has the field of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header.is(name))
    }

    /// The header fields but the framing.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Header> {
        self.headers.iter()
    }

    /// All header fields, the framing last.
    pub fn headers(&self, framing: Framing) -> impl Iterator<Item = Header> {
        self.headers.iter().cloned().chain(framing.header())
    }

    /// The head as it goes out.
    #[must_use]
    pub fn to_bytes(&self, framing: Framing) -> Vec<u8> {
        let target = if self.is_absolute {
            self.url.as_str().to_owned()
        } else {
            self.url.target()
        };
        let mut bytes = format!("{} {target} HTTP/1.1\r\n", self.method).into_bytes();
        for header in self.headers(framing) {
            header.write_to(&mut bytes);
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_a_header_cannot_smuggle_another() {
        assert!(Header::new("X", "a\r\nY: b").is_err());
        assert!(Header::new("X Y", "a").is_err());
        assert!(Header::new("", "a").is_err());
        assert!(Header::new("X", "a\0").is_err());
        assert!(Header::new("X", "\u{e4}").is_ok());
        assert!(Head::new("PO ST", "h".parse().unwrap(), vec![]).is_err());
    }

    #[test]
    fn a_head_is_written_whole() {
        let headers = vec![Header::new("X-A", "1").unwrap()];
        let head = Head::new("POST", "http://h:1/u".parse().unwrap(), headers).unwrap();
        assert_eq!(
            String::from_utf8(head.to_bytes(Framing::Length(7))).unwrap(),
            "POST /u HTTP/1.1\r\nHost: h:1\r\nX-A: 1\r\nContent-Length: 7\r\n\r\n"
        );
    }

    fn toward(url: &str) -> Url {
        url.parse().unwrap()
    }

    /// The head of an upload to `http://h/u` with these fields, those that begin with `*` for any origin.
    fn upload(fields: &[&str]) -> Head {
        let headers = fields.iter().map(|field| {
            let (name, value) = field.split_once(": ").unwrap();
            match name.strip_prefix('*') {
                Some(name) => Header::new(name, value).unwrap().for_any_origin(),
                None => Header::new(name, value).unwrap(),
            }
        });
        Head::new("PUT", "http://h/u".parse().unwrap(), headers.collect()).unwrap()
    }

    /// Method, target and field names, without the framing.
    fn shown(head: &Head) -> String {
        let names: Vec<&str> = head.headers.iter().map(Header::name).collect();
        format!("{} {} {}", head.method(), head.url(), names.join(" "))
    }

    fn host(head: &Head) -> &[u8] {
        let host = head.headers.iter().find(|header| header.is("Host"));
        host.unwrap().value()
    }

    const FIELDS: [&str; 7] = [
        "*User-Agent: a",
        "*Accept: */*",
        "Authorization: Bearer secret",
        "*Content-Type: multipart/form-data; boundary=b",
        "Cookie: secret",
        "X-Api-Key: secret",
        "Referer: http://elsewhere/",
    ];

    #[test]
    fn r1_given_fields_stay_within_the_origin() {
        let head = upload(&FIELDS);
        let all = "User-Agent Accept Authorization Content-Type Cookie X-Api-Key Referer";
        let own = "User-Agent Accept Content-Type";
        for (target, names) in [
            ("http://h/v", all),
            ("http://h:80/v", all),
            ("http://h:81/v", own),
            ("http://other/v", own),
            ("https://h/v", own),
        ] {
            let redirected = head.toward(&toward(target));
            let url: Url = target.parse().unwrap();
            assert_eq!(shown(&redirected), format!("PUT {url} Host {names}"));
            assert_eq!(host(&redirected), url.authority().as_bytes(), "{target}");
            assert_eq!(
                redirected
                    .to_bytes(Framing::Chunked)
                    .windows(6)
                    .any(|six| six == b"secret"),
                names == all,
                "{target}"
            );
        }
    }

    #[test]
    fn r1_what_was_dropped_on_the_way_stays_dropped() {
        let there = upload(&FIELDS).toward(&toward("http://other/"));
        let back = there.toward(&toward("http://h/u"));
        assert_eq!(
            shown(&back),
            "PUT http://h/u Host User-Agent Accept Content-Type"
        );
        assert_eq!(host(&back), b"h");
    }

    #[test]
    fn r1_basic_credentials_belong_to_their_origin() {
        let headers = vec![Header::basic("me:secret")];
        let head = Head::new("POST", "http://h/".parse().unwrap(), headers).unwrap();
        let within = head.toward(&toward("http://h/v"));
        assert_eq!(shown(&within), "POST http://h/v Host Authorization");
        let across = head.toward(&toward("http://h:1/v"));
        assert_eq!(shown(&across), "POST http://h:1/v Host");
    }

    #[test]
    fn a_given_host_is_kept_within_the_origin_and_derived_beyond() {
        let head = upload(&["Host: virtual", "*Accept: */*"]);
        let within = head.toward(&toward("http://h/v"));
        assert_eq!(shown(&within), "PUT http://h/v Host Accept");
        assert_eq!(host(&within), b"virtual");
        let across = head.toward(&toward("http://other:1/v"));
        assert_eq!(shown(&across), "PUT http://other:1/v Host Accept");
        assert_eq!(host(&across), b"other:1");
    }

    #[test]
    fn r2_fetching_is_get_without_fields_about_the_content() {
        let about_content = [
            "*Content-Type: a/b",
            "content-length: 1",
            "Content-Encoding: gzip",
            "Content-Language: en",
            "CONTENT-DIGEST: sha-256=:x:",
            "Repr-Digest: sha-256=:x:",
            "Digest: x",
            "Transfer-Encoding: chunked",
            "Trailer: X",
            "Expect: 100-continue",
            "Last-Modified: x",
            "Idempotency-Key: \"k\"",
            "If-None-Match: *",
        ];
        let others = ["Authorization: x", "Contents: x", "*Accept: */*", "Ifx: x"];
        let head = upload(&[&about_content[..], &others[..]].concat());
        assert_eq!(
            shown(&head.fetching(&toward("http://h/done"))),
            "GET http://h/done Host Authorization Contents Accept Ifx"
        );
        assert_eq!(
            shown(&head.fetching(&toward("https://h/done"))),
            "GET https://h/done Host Accept"
        );
    }
}
