//! What a file of cookies says: which of them go to a URL. Pure.
//!
//! The format is Netscape's, which curl and wget write and browsers' extensions export. A line is a cookie, in seven
//! fields with tabs between them: its host, whether hosts below that get it, the path, whether it is for https alone, when
//! it ends (in seconds since 1970; 0 is with the session), name, value. `#` begins a comment, but for `#HttpOnly_`, which
//! only browsers care about.

use formpost::send::Url;
use thiserror::Error;

/// A file that cannot be read as one. Nothing of it is shown: it holds secrets.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("line {line}: {reason}")]
pub(crate) struct CookieFileError {
    line: usize,
    reason: &'static str,
}

/// A file of cookies, taken apart.
pub(crate) struct CookieFile(Vec<Cookie>);

#[derive(PartialEq, Eq)]
struct Cookie {
    host: String,
    is_for_hosts_below: bool,
    path: String,
    is_secure: bool,
    /// Seconds since 1970; 0 is not before the session does.
    ends: i64,
    name: String,
    value: String,
}

impl CookieFile {
    /// Takes a file apart.
    ///
    /// # Errors
    /// If it is not UTF-8, or a line is neither a cookie nor a comment.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, CookieFileError> {
        let mut cookies = Vec::new();
        for (line, text) in (1..).zip(text.split(|octet| *octet == b'\n')) {
            let refuse = |reason| CookieFileError { line, reason };
            let text = std::str::from_utf8(text).map_err(|_| refuse("expected UTF-8"))?;
            let text = text.trim_end_matches('\r');
            let text = text.strip_prefix("#HttpOnly_").unwrap_or(text);
            if text.trim().is_empty() || text.starts_with('#') {
                continue;
            }
            let cookie = Cookie::parse(text).ok_or_else(|| {
                refuse("expected the seven fields of a cookie, with tabs between")
            })?;
            // Of two that are the same one the later counts.
            cookies.retain(|other: &Cookie| !other.is_replaced_by(&cookie));
            cookies.push(cookie);
        }
        Ok(Self(cookies))
    }

    /// The cookies for a URL, as `name=value`, those of longer paths first (RFC 6265 section 5.4), and then in curl's order.
    /// `now` is in seconds since 1970.
    pub(crate) fn pairs(&self, url: &Url, now: i64) -> Vec<String> {
        let latest_first = self.0.iter().rev();
        let mut cookies: Vec<&Cookie> = latest_first.filter(|c| c.is_for(url, now)).collect();
        cookies.sort_by_key(|cookie| {
            let lengths = [&cookie.path, &cookie.host, &cookie.name].map(String::len);
            std::cmp::Reverse(lengths)
        });
        let pairs = cookies.into_iter();
        pairs.map(|c| format!("{}={}", c.name, c.value)).collect()
    }
}

impl Cookie {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(7, '\t');
        let mut next = || fields.next();
        Some(Self {
            host: next()?.trim_start_matches('.').to_ascii_lowercase(),
            is_for_hosts_below: next()?.eq_ignore_ascii_case("TRUE"),
            path: next()?.to_owned(),
            is_secure: next()?.eq_ignore_ascii_case("TRUE"),
            // Some write fractions.
            ends: next()?.split('.').next()?.parse().ok()?,
            name: next().filter(|name| !name.is_empty())?.to_owned(),
            value: next().unwrap_or_default().to_owned(),
        })
    }

    fn is_replaced_by(&self, other: &Self) -> bool {
        (&self.host, &self.path, &self.name) == (&other.host, &other.path, &other.name)
    }

    fn is_for(&self, url: &Url, now: i64) -> bool {
        let host = url.host();
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        self.is_for_host(host)
            && self.is_for_path(url.target().split('?').next().unwrap_or_default())
            && (!self.is_secure || url.is_https() || is_here)
            && (self.ends == 0 || self.ends > now)
    }

    /// RFC 6265 section 5.1.3. There is nothing below an address.
    fn is_for_host(&self, host: &str) -> bool {
        if host.eq_ignore_ascii_case(&self.host) {
            return true;
        }
        let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
        let above = host.strip_suffix(self.host.as_str());
        self.is_for_hosts_below && !is_address && above.is_some_and(|above| above.ends_with('.'))
    }

    /// RFC 6265 section 5.1.4.
    fn is_for_path(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str()).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/')
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    /// The pairs that a URL gets of a file.
    fn pairs(text: &str, url: &str) -> String {
        let Ok(file) = CookieFile::parse(text.as_bytes()) else {
            panic!("{text:?} is not read");
        };
        file.pairs(&url.parse().unwrap(), NOW).join("; ")
    }

    #[test]
    fn a_cookie_goes_to_its_host_and_below_if_it_says_so() {
        for (host, below, url, goes) in [
            ("h.example", "FALSE", "http://h.example/", true),
            ("H.Example", "FALSE", "http://h.EXAMPLE:8080/", true),
            (".h.example", "TRUE", "http://h.example/", true),
            (".h.example", "TRUE", "http://a.h.example/", true),
            ("h.example", "true", "http://a.b.h.example/", true),
            ("h.example", "FALSE", "http://a.h.example/", false),
            ("h.example", "TRUE", "http://oh.example/", false),
            ("a.h.example", "TRUE", "http://h.example/", false),
            ("0.0.1", "TRUE", "http://127.0.0.1/", false),
            ("127.0.0.1", "FALSE", "http://127.0.0.1:1/", true),
            ("[::1]", "FALSE", "http://[::1]/", true),
        ] {
            let text = format!("{host}\t{below}\t/\tFALSE\t0\ta\tb");
            assert_eq!(pairs(&text, url) == "a=b", goes, "{host} {below} {url}");
        }
    }

    #[test]
    fn a_cookie_goes_to_its_path_and_below() {
        for (path, url, goes) in [
            ("/", "http://h", true),
            ("/", "http://h/a/b?c", true),
            ("/a", "http://h/a", true),
            ("/a", "http://h/a?b", true),
            ("/a", "http://h/a/b", true),
            ("/a/", "http://h/a/b", true),
            ("/a/", "http://h/a", false),
            ("/a", "http://h/ab", false),
            ("/a", "http://h/?/a", false),
        ] {
            let text = format!("h\tFALSE\t{path}\tFALSE\t0\ta\tb");
            assert_eq!(pairs(&text, url) == "a=b", goes, "{path} {url}");
        }
    }

    #[test]
    fn a_cookie_goes_while_it_lasts_and_if_need_be_by_https_alone() {
        for (secure, ends, url, goes) in [
            ("TRUE", "0", "https://h/", true),
            ("TRUE", "0", "http://h/", false),
            ("TRUE", "0", "http://localhost/", true),
            ("FALSE", "1700000001", "http://h/", true),
            ("FALSE", "1700000001.5", "http://h/", true),
            ("FALSE", "1700000000", "http://h/", false),
            ("FALSE", "-1", "http://h/", false),
        ] {
            let text = format!(
                "h\tFALSE\t/\t{secure}\t{ends}\ta\tb\nlocalhost\tFALSE\t/\t{secure}\t{ends}\ta\tb"
            );
            assert_eq!(pairs(&text, url) == "a=b", goes, "{secure} {ends} {url}");
        }
    }

    #[test]
    fn a_file_is_read_as_it_is_written() {
        let text = "# Netscape HTTP Cookie File\r\n\r\n#HttpOnly_h\tFALSE\t/\tFALSE\t0\tid\tx y\tz=1\r\n\
                    h\tFALSE\t/u\tFALSE\t0\tlater\t1\n h\tFALSE\n#h\tFALSE\t/\tFALSE\t0\tno\tno";
        assert!(CookieFile::parse(text.as_bytes()).is_err());
        let text = text.replace(" h\tFALSE\n", "\nh\tFALSE\t/\tFALSE\t0\tempty\n");
        assert_eq!(pairs(&text, "http://h/u/v"), "later=1; empty=; id=x y\tz=1");
        let twice = "h\tFALSE\t/\tFALSE\t0\ta\told\nh\tFALSE\t/\tFALSE\t0\ta\tnew";
        assert_eq!(pairs(twice, "http://h/"), "a=new");
        assert_eq!(pairs("", "http://h/"), "");
    }

    #[test]
    fn what_cannot_be_read_is_said_by_its_line() {
        const EXPECTED: &str = "expected the seven fields of a cookie, with tabs between";
        for (text, line, reason) in [
            (&b"hunter2"[..], 1, EXPECTED),
            (b"# a\n\nh\tFALSE\t/\tFALSE\tsoon\ta\tb", 3, EXPECTED),
            (b"h\tFALSE\t/\tFALSE\t0\t\thunter2", 1, EXPECTED),
            (b"Set-Cookie: a=hunter2", 1, EXPECTED),
            (b"# a\nhunter\xff", 2, "expected UTF-8"),
        ] {
            let found = CookieFile::parse(text).err();
            assert_eq!(found, Some(CookieFileError { line, reason }));
        }
    }
}
