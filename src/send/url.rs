//! Where a request goes: an `http` or `https` URL, read as curl reads it, without the credentials in it.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use thiserror::Error;

/// Why a text is no URL to send to.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// Not a URL.
    #[error("{url:?}: not a URL: {reason}")]
    Malformed {
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
}

/// An `http` or `https` URL. Credentials in it are taken out when it is parsed and are no part of its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    url: url::Url,
    credentials: Option<String>,
}

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

    /// Host and port, as the `Host` field and error messages have them; the scheme's own port is left out.
    #[must_use]
    pub fn authority(&self) -> String {
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
    pub fn join(&self, reference: &str) -> Result<Self, UrlError> {
        let joined = self.url.join(reference);
        let joined = joined.map_err(|error| not_a_url(reference, error))?;
        Self::checked(joined, reference)
    }

    /// That URL if it is one to send to, `text` being what it was read from.
    fn checked(mut url: url::Url, text: &str) -> Result<Self, UrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme {
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
    type Err = UrlError;

    /// As curl reads it: without a scheme it is `http://`.
    fn from_str(text: &str) -> Result<Self, UrlError> {
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

fn not_a_url(text: &str, error: url::ParseError) -> UrlError {
    UrlError::Malformed {
        url: without_secrets(text),
        reason: error.to_string(),
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
}
