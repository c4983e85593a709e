//! Values of options that have a form of their own.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use formpost::send::{Header, Proxy, ProxyError, Url, UrlError};

/// A time in seconds, fractions allowed.
///
/// # Errors
/// If it is none, or 0.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected seconds, such as 30 or 2.5, found {text:?}");
    let seconds: f64 = text.parse().map_err(|_| expected())?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| expected())?;
    if duration.is_zero() {
        Err(expected())
    } else {
        Ok(duration.min(LONGEST))
    }
}

/// Longer than anybody waits, and short enough to be added to a point in time.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A time in seconds, fractions allowed, 0 too.
///
/// # Errors
/// If it is none.
pub(super) fn seconds_or_none(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .map(|duration| duration.min(LONGEST))
        .ok_or_else(|| format!("expected seconds, such as 0, 30 or 2.5, found {text:?}"))
}

/// A number, or -1 for no limit.
///
/// # Errors
/// If it is neither.
pub(super) fn limit(text: &str) -> Result<Limit, String> {
    let expected = || format!("expected a number, or -1 for no limit, found {text:?}");
    match text {
        "-1" => Ok(Limit(None)),
        _ => Ok(Limit(Some(text.parse().map_err(|_| expected())?))),
    }
}

/// How often something may happen; `None` is as often as it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) Option<u32>);

/// A key for requests that are the same one.
///
/// # Errors
/// If it is empty, or has a character that no string has (RFC 9651 section 3.3.3).
pub(super) fn idempotency_key(text: &str) -> Result<String, String> {
    if text.is_empty() {
        Err(String::from("expected a key, found nothing"))
    } else if text.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        Ok(text.to_owned())
    } else {
        Err(String::from(
            "expected printable ASCII characters, found others",
        ))
    }
}

/// A secret that a client has to know. An empty one, which an unset variable leaves behind, would let everybody in.
///
/// # Errors
/// If it is empty, or has a character that no Authorization field can carry.
pub(super) fn token(text: &str) -> Result<Secret, String> {
    if text.is_empty() {
        Err(String::from("expected a secret, found nothing"))
    } else if text.bytes().all(|octet| octet.is_ascii_graphic()) {
        Ok(Secret::from(text))
    } else {
        Err(String::from(
            "expected visible ASCII characters without blanks, found others",
        ))
    }
}

/// One `-b`.
#[derive(Debug, Clone)]
pub(crate) enum CookieArg {
    /// `NAME=VALUE`, or several of them.
    Typed(Secret),
    /// A file of cookies.
    File(PathBuf),
}

/// What has an equals sign in it is typed, and a file's name otherwise, as with curl.
impl From<&str> for CookieArg {
    fn from(text: &str) -> Self {
        if text.contains('=') || text.is_empty() {
            Self::Typed(Secret::from(text))
        } else {
            Self::File(PathBuf::from(text))
        }
    }
}

impl CookieArg {
    /// What was typed, if it is something.
    pub(crate) fn typed(&self) -> Option<&Secret> {
        match self {
            Self::Typed(text) => Some(text).filter(|text| !text.expose().is_empty()),
            Self::File(_) => None,
        }
    }
}

/// A URL, as it was typed and as it is read.
#[derive(Debug, Clone)]
pub(crate) struct UrlArg {
    text: Secret,
    url: Url,
}

impl UrlArg {
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// As it was typed, credentials and all.
    pub(crate) fn text(&self) -> &str {
        self.text.expose()
    }
}

impl FromStr for UrlArg {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Ok(Self {
            text: Secret::from(text),
            url: text.parse()?,
        })
    }
}

impl From<Url> for UrlArg {
    fn from(url: Url) -> Self {
        Self {
            text: Secret::from(url.as_str()),
            url,
        }
    }
}

/// An address to listen on.
///
/// # Errors
/// If it is none.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("expected ADDRESS:PORT, such as 127.0.0.1:8080 or [::]:0, found {text:?}")
    })
}

/// A whole number.
///
/// # Errors
/// If it is none.
pub(super) fn number(text: &str) -> Result<u32, String> {
    let number = text.parse();
    number.map_err(|_| format!("expected a whole number, such as 3, found {text:?}"))
}

/// A number of octets: `500`, `64K`, `10M`, `2G`, in powers of 1024 as curl has them.
///
/// # Errors
/// If it is none.
pub(super) fn length(text: &str) -> Result<u64, String> {
    let expected = || format!("expected a size, such as 500, 64K, 10M or 2G, found {text:?}");
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let power = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 1,
        "M" | "MB" | "MIB" => 2,
        "G" | "GB" | "GIB" => 3,
        "T" | "TB" | "TIB" => 4,
        _ => return Err(expected()),
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    number.checked_mul(1024_u64.pow(power)).ok_or_else(expected)
}

/// Whether a list of protocols, as `--proto` has it, leaves http beside https. Each is added to all of them, taken away
/// with a minus, or left alone with an equals sign.
///
/// # Errors
/// If https is not among them: nothing could be uploaded safely.
pub(super) fn leaves_http(text: &str) -> Result<bool, String> {
    let (mut http, mut https) = (true, true);
    for item in text.split(',').map(str::trim) {
        let is_kept = !item.starts_with('-');
        if item.starts_with('=') {
            (http, https) = (false, false);
        }
        let name = item.trim_start_matches(['=', '+', '-']);
        let is = |protocol: &str| {
            name.eq_ignore_ascii_case(protocol) || name.eq_ignore_ascii_case("all")
        };
        http = if is("http") { is_kept } else { http };
        https = if is("https") { is_kept } else { https };
    }
    if https {
        Ok(http)
    } else {
        Err(format!(
            "expected https to be left, such as =https, found {text:?}"
        ))
    }
}

/// One `-x`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProxyArg {
    /// None, whatever the environment says.
    None,
    /// That one, for every URL.
    All(Proxy),
}

/// A proxy, or nothing for none.
///
/// # Errors
/// If it is none; without showing it, since it may hold a password.
pub(super) fn proxy(text: &str) -> Result<ProxyArg, ProxyError> {
    if text.is_empty() {
        return Ok(ProxyArg::None);
    }
    text.parse().map(ProxyArg::All)
}

/// `--filename`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FilenameArg {
    /// The last name of each path.
    Basename,
    /// The whole relative path of each.
    Relative,
    /// That, for the only one.
    Given(OsString),
}

impl From<OsString> for FilenameArg {
    fn from(text: OsString) -> Self {
        match text.as_encoded_bytes() {
            b"basename" => Self::Basename,
            b"relative" => Self::Relative,
            _ => Self::Given(text),
        }
    }
}

/// Text that must not be shown.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// One `-H`.
#[derive(Debug, Clone)]
pub(crate) enum HeaderArg {
    /// `Name: value`, or `Name;` for an empty value.
    Field(Header),
    /// `Name:`: not to be sent.
    Remove(String),
    /// `@FILE`.
    File(PathBuf),
}

impl HeaderArg {
    /// Reads an argument.
    ///
    /// # Errors
    /// What was expected.
    pub(super) fn parse(text: OsString) -> Result<Self, String> {
        match text.as_encoded_bytes() {
            [b'@', ..] => {
                let text = text.into_string().map_err(|text| {
                    format!("expected a path in UTF-8, found {}", text.to_string_lossy())
                })?;
                Ok(Self::File(PathBuf::from(&text[1..])))
            }
            line => Self::parse_line(line),
        }
    }

    /// Reads one header line, as `-H` and the lines of its files have them. What is wrong with it is said without
    /// showing it: it may be a secret.
    pub(crate) fn parse_line(line: &[u8]) -> Result<Self, String> {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return match line.trim_ascii_end() {
                [name @ .., b';'] => Self::field(name, b""),
                _ => Err(String::from("expected \"Name: value\", found no colon")),
            };
        };
        match (&line[..colon], line[colon + 1..].trim_ascii()) {
            (name, b"") => Ok(Self::Remove(String::from_utf8_lossy(name).into_owned())),
            (name, value) => Self::field(name, value),
        }
    }

    fn field(name: &[u8], value: &[u8]) -> Result<Self, String> {
        Header::new(String::from_utf8_lossy(name), value)
            .map(Self::Field)
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_curl_reads_it() {
        for (line, expected) in [
            ("X-A: b c ", "Header(X-A)"),
            ("X-A;", "Header(X-A)"),
            ("X-A:", "\"X-A\""),
        ] {
            let shown = match HeaderArg::parse(line.into()).unwrap() {
                HeaderArg::Field(header) => format!("{header:?}"),
                HeaderArg::Remove(name) => format!("{name:?}"),
                HeaderArg::File(path) => format!("{path:?}"),
            };
            assert_eq!(shown, expected, "{line}");
        }
        assert!(HeaderArg::parse("no colon".into()).is_err());
        assert!(HeaderArg::parse("a b: c".into()).is_err());
    }

    #[test]
    fn a_length_has_a_unit_or_none() {
        for (text, octets) in [
            ("0", 0),
            ("500", 500),
            ("64K", 65_536),
            ("1m", 1 << 20),
            ("2GiB", 2 << 30),
        ] {
            assert_eq!(length(text), Ok(octets), "{text}");
        }
        for text in ["", "K", "1.5M", "-1", "10X", "99999999999T"] {
            assert!(length(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_of_protocols_leaves_http_or_not() {
        for (text, leaves) in [
            ("=https", false),
            ("-http", false),
            ("-all,HTTPS", false),
            ("=https,http", true),
            ("=http,https", true),
            ("-ftp", true),
            ("all,-http", false),
        ] {
            assert_eq!(leaves_http(text), Ok(leaves), "{text}");
        }
        for text in ["=http", "-https", "-all", "=ftp", "="] {
            assert!(leaves_http(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_is_a_number_or_none() {
        assert_eq!(limit("0"), Ok(Limit(Some(0))));
        assert_eq!(limit("10"), Ok(Limit(Some(10))));
        assert_eq!(limit("-1"), Ok(Limit(None)));
        for text in ["", "-2", "1.5", "ten", "99999999999"] {
            assert!(limit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_is_a_secret_that_can_be_sent() {
        assert!(token("s3cret-_~").is_ok());
        for text in ["", " ", "a b", "a\n", "\u{e4}"] {
            assert!(token(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_key_is_printable_ascii() {
        for text in ["k", "a b", "\"quoted\\", "~"] {
            assert_eq!(idempotency_key(text).as_deref(), Ok(text));
        }
        for text in ["", "a\tb", "a\nb", "\u{7f}", "\u{e4}"] {
            assert!(idempotency_key(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_time_is_more_than_nothing() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for text in ["0", "-1", "1m", "", "inf", "nan"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds("1e19"), Ok(LONGEST));
        assert_eq!(seconds_or_none("0"), Ok(Duration::ZERO));
        assert_eq!(seconds_or_none("2.5"), Ok(Duration::from_millis(2500)));
        for text in ["-1", "1m", "", "inf", "nan"] {
            assert!(seconds_or_none(text).is_err(), "{text}");
        }
    }
}
