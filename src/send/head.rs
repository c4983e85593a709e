//! Everything ahead of the body: method, URL, header fields.
//!
//! [`Head::to_bytes`] is the head exactly as the client writes it, so that it can be shown without being sent.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use thiserror::Error;

/// A part of a request's head that cannot be sent.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeadError {
    /// Not a URL that can be uploaded to.
    #[error("{url:?}: {reason}")]
    Url {
        /// As it was given, without credentials.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A URL of another scheme.
    #[error("{url:?}: expected http:// or https://, found {scheme}:")]
    Scheme {
        /// As it was given, without credentials.
        url: String,
        /// Its scheme, in lower case.
        scheme: String,
    },
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

/// An `http` or `https` URL. Credentials in it are taken out when it is parsed and are no part of its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    url: url::Url,
    credentials: Option<String>,
}

/// All that is not unreserved (RFC 3986 section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name as it stands in a URL's path or query: all but letters, digits and `-._~` percent-encoded (RFC 3986 section
/// 2.3).
#[must_use]
pub fn percent_encoded(name: &[u8]) -> String {
    percent_encode(name, RESERVED).to_string()
}

/// Host and port of a URL, as the `Host` field and error messages have them; the scheme's own port is left out.
pub type Authority = String;

impl Url {
    /// The URL's text, without credentials and fragment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The host, an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> Authority {
        match self.url.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// The port, the scheme's own if the URL names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Path and query: what stands in the request line.
    #[must_use]
    pub fn target(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// The URL with that query, or with it behind what there is of one and a `&`.
    #[must_use]
    pub fn with_query(&self, more: &str) -> Self {
        let query = match self.url.query() {
            Some(query) if !query.is_empty() => format!("{query}&{more}"),
            _ => more.to_owned(),
        };
        let mut with = self.clone();
        with.url.set_query(Some(&query));
        with
    }

    /// The URL of what is called so in this folder: if its path ends in a slash, that name, percent-encoded but for
    /// letters, digits and `-._~` (RFC 3986 section 2.3), stands behind it.
    #[must_use]
    pub fn in_folder(&self, name: &[u8]) -> Self {
        let mut inside = self.clone();
        if self.url.path().ends_with('/') {
            let path = format!("{}{}", self.url.path(), percent_encoded(name));
            inside.url.set_path(&path);
        }
        inside
    }

    /// Whether the connection is to be TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// `user:password` as they stood in the URL, percent-decoded.
    #[must_use]
    pub fn credentials(&self) -> Option<&str> {
        self.credentials.as_deref()
    }

    /// Whether scheme, host and port are the other's (RFC 9110 section 4.3.1); a port that is left out is the scheme's.
    #[must_use]
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    /// The URL that a reference, relative or not, names from here (RFC 3986 section 5.2), without its fragment.
    ///
    /// # Errors
    /// If the outcome is no URL, or neither `http` nor `https`.
    pub fn join(&self, reference: &str) -> Result<Self, HeadError> {
        let joined = self.url.join(reference);
        let joined = joined.map_err(|error| not_a_url(reference, error))?;
        Self::checked(joined, reference)
    }

    /// That URL if it is one to send to, `text` being what it was read from.
    fn checked(mut url: url::Url, text: &str) -> Result<Self, HeadError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HeadError::Scheme {
                url: without_secrets(text),
                scheme: url.scheme().to_owned(),
            });
        }
        let credentials = take_credentials(&mut url);
        url.set_fragment(None);
        Ok(Self { url, credentials })
    }
}

impl FromStr for Url {
    type Err = HeadError;

    /// As curl reads it: without a scheme it is `http://`.
    fn from_str(text: &str) -> Result<Self, HeadError> {
        let trimmed = text.trim();
        let full = if trimmed.contains("://") {
            trimmed.to_owned()
        } else {
            format!("http://{trimmed}")
        };
        let url = url::Url::parse(&full).map_err(|error| not_a_url(text, error))?;
        Self::checked(url, text)
    }
}

fn not_a_url(text: &str, error: url::ParseError) -> HeadError {
    HeadError::Url {
        url: without_secrets(text),
        reason: format!("not a URL: {error}"),
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({})", self.as_str())
    }
}

fn take_credentials(url: &mut url::Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let user = percent_decoded(url.username());
    let password = percent_decoded(url.password().unwrap_or_default());
    // Both setters only fail for URLs without a host, which http and https always have.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(format!("{user}:{password}"))
}

/// The text that a percent-encoded one stands for; a `%` without two hexadecimal digits behind it stands for itself.
pub(super) fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A URL's text fit for a message even when it cannot be parsed: without all that stands before an `@`, which may be a
/// password with slashes in it, and without query and fragment.
fn without_secrets(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    let rest = rest.rsplit('@').next().unwrap_or_default();
    let shown = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{shown}")
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

/// RFC 9110 section 5.6.2.
fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
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
            bytes.extend_from_slice(header.name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(&header.value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_as_curl_reads_it() {
        for (text, url, authority, target) in [
            (
                "https://example.com/upload",
                "https://example.com/upload",
                "example.com",
                "/upload",
            ),
            (
                "localhost:8080",
                "http://localhost:8080/",
                "localhost:8080",
                "/",
            ),
            ("http://h:80/a?b#c", "http://h/a?b", "h", "/a?b"),
            ("https://[::1]:9/x", "https://[::1]:9/x", "[::1]:9", "/x"),
            ("http://h/ä b", "http://h/%C3%A4%20b", "h", "/%C3%A4%20b"),
        ] {
            let parsed: Url = text.parse().unwrap();
            assert_eq!(
                (
                    parsed.as_str(),
                    parsed.authority().as_str(),
                    parsed.target().as_str()
                ),
                (url, authority, target),
                "{text}"
            );
        }
    }

    #[test]
    fn r4_a_reference_resolves_against_the_url_and_loses_its_fragment() {
        for (base, reference, joined) in [
            ("http://h/a/b?c", "d", "http://h/a/d"),
            ("http://h/a/b?c", "/d?e#f", "http://h/d?e"),
            ("http://h/a/b?c", "?e", "http://h/a/b?e"),
            ("http://h/a/b?c", "../../../d", "http://h/d"),
            ("http://h/a/b?c", "#f", "http://h/a/b?c"),
            ("https://h/a", "//other:1/d", "https://other:1/d"),
            ("https://h/a", "HTTP://OTHER", "http://other/"),
            ("http://h/a", "/\u{e4} b", "http://h/%C3%A4%20b"),
        ] {
            let base: Url = base.parse().unwrap();
            assert_eq!(
                base.join(reference).unwrap().as_str(),
                joined,
                "{reference}"
            );
        }
    }

    #[test]
    fn a_reference_to_what_is_no_place_to_send_to_is_refused() {
        let base: Url = "http://h/".parse().unwrap();
        for (reference, reason) in [
            ("http://", "not a URL"),
            ("http://[::1/", "not a URL"),
            ("http://h:99999/", "not a URL"),
            ("ftp://h/", "found ftp:"),
            ("FILE:///etc/passwd", "found file:"),
            ("mailto:a@h", "found mailto:"),
        ] {
            let error = base.join(reference).unwrap_err().to_string();
            assert!(error.contains(reason), "{reference}: {error}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (one, other, is_same) in [
            ("http://h/a", "http://h:80/b?c", true),
            ("https://h", "https://H:443", true),
            ("https://me:secret@h", "https://h", true),
            ("http://h", "https://h", false),
            ("http://h:443", "https://h:443", false),
            ("http://h", "http://h:81", false),
            ("http://h", "http://www.h", false),
            ("http://127.0.0.1", "http://localhost", false),
        ] {
            let (one, other): (Url, Url) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(one.is_same_origin(&other), is_same, "{one} {other}");
        }
    }

    #[test]
    fn x3_credentials_leave_the_url_and_every_message() {
        let url: Url = "http://me:s%40cret+1@h/".parse().unwrap();
        assert_eq!(url.credentials(), Some("me:s@cret+1"));
        assert_eq!(format!("{url} {url:?}"), "http://h/ Url(http://h/)");
        for text in [
            "ftp://me:secret@h/",
            "http://me:secret@h:99999/",
            "me:secret@h:x/",
            "http://me:secret@[::1/x?token=secret",
            "http://me:sec/secret@h:x/#secret",
        ] {
            let error = text.parse::<Url>().unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn credentials_are_decoded_octet_by_octet() {
        for (text, decoded) in [
            ("a&b=c+d", "a&b=c+d"),
            ("a%26b%3dc%2B", "a&b=c+"),
            ("%c3%A4", "\u{e4}"),
            ("%", "%"),
            ("%4", "%4"),
            ("%4g%%41", "%4g%A"),
            ("", ""),
        ] {
            assert_eq!(percent_decoded(text), decoded, "{text}");
        }
        let url: Url = "http://m&e:a&b=c@h/".parse().unwrap();
        assert_eq!(url.credentials(), Some("m&e:a&b=c"));
    }

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
