//! Secrets taken out of request heads and URLs before they are shown. Pure.

use super::terminal::escape;

const REDACTED: &str = "[redacted]";

/// Fields and query parameters whose values are secrets: those whose names end in one of these, alone or after a `-`
/// or `_`.
const SECRETS: [&str; 18] = [
    "auth",
    "authorization",
    "api",
    "apikey",
    "cookie",
    "credential",
    "credentials",
    "key",
    "pass",
    "passwd",
    "password",
    "pwd",
    "secret",
    "session",
    "sig",
    "signature",
    "token",
    "jwt",
];

/// The lines of a head as they may be shown: escaped for a terminal, secrets left out, without the empty line.
pub(crate) fn head_lines(head: &[u8]) -> Vec<String> {
    head.split(|byte| *byte == b'\n')
        .map(|line| escape(line.strip_suffix(b"\r").unwrap_or(line)))
        .take_while(|line| !line.is_empty())
        .enumerate()
        .map(|(number, line)| {
            if number == 0 {
                text(&line)
            } else {
                field(&line)
            }
        })
        .collect()
}

/// The fields of a head for who reads them with a program: secrets left out, nothing escaped.
pub(crate) fn fields(head: &[u8]) -> Vec<(String, String)> {
    head.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty())
        .skip(1)
        .filter_map(|line| {
            let line = String::from_utf8_lossy(line);
            let (name, value) = line.split_once(':')?;
            let value = value.trim_matches([' ', '\t']);
            Some((name.to_owned(), value_of(name, value)))
        })
        .collect()
}

/// A URL, absolute or not, as it may be shown: without credentials, without secrets in its query or fragment.
pub(crate) fn url(url: &str) -> String {
    let place = url.split(['?', '#']).next().unwrap_or_default();
    let Some(authority_at) = authority(place) else {
        return without_parameters(url);
    };
    let (scheme, rest) = url.split_at(authority_at);
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let host = match authority.rsplit_once('@') {
        Some((_, host)) => host,
        // A password may go on after a slash.
        None if rest.contains('@') && !is_host(authority) => return format!("{scheme}{REDACTED}"),
        None => authority,
    };
    format!("{scheme}{host}{}", without_parameters(rest))
}

/// Whether this is a host, perhaps with a port.
fn is_host(authority: &str) -> bool {
    authority.starts_with('[')
        || authority
            .split_once(':')
            .is_none_or(|(_, port)| port.bytes().all(|octet| octet.is_ascii_digit()))
}

/// What follows the authority, without the values of parameters that are secrets.
fn without_parameters(mut rest: &str) -> String {
    let mut shown = String::with_capacity(rest.len());
    while let Some(at) = rest.find(BEFORE_PARAMETER) {
        let (before, parameter) = rest.split_at(at + 1);
        shown.push_str(before);
        rest = parameter;
        let name = parameter.split(BEFORE_PARAMETER).next().unwrap_or_default();
        if let Some((name, _)) = name.split_once('=').filter(|(name, _)| is_secret(name)) {
            let end = parameter.find(['&', '#']).unwrap_or(parameter.len());
            shown.extend([name, "=", REDACTED]);
            rest = &parameter[end..];
        }
    }
    shown + rest
}

/// Some servers take a semicolon for an ampersand, and a fragment may have a query of its own.
const BEFORE_PARAMETER: [char; 4] = ['?', '#', '&', ';'];

/// Where the authority begins, if there is one: after `//`, or what browsers take for it, with a scheme in front or, in
/// a reference, none.
fn authority(place: &str) -> Option<usize> {
    if let Some((_, rest)) = place.split_once("://") {
        return Some(place.len() - rest.trim_start_matches(['/', '\\']).len());
    }
    let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let after_scheme = place
        .trim_start_matches(is_of_scheme)
        .strip_prefix(':')
        .map_or(0, |rest| place.len() - rest.len());
    let rest = place[after_scheme..].trim_start_matches(['/', '\\']);
    let slashes = place.len() - rest.len() - after_scheme;
    // One slash begins a path, except after a scheme.
    let is_authority = slashes > usize::from(after_scheme == 0);
    is_authority.then_some(place.len() - rest.len())
}

/// A text whose words may be URLs.
pub(crate) fn text(text: &str) -> String {
    text.split(' ').map(url).collect::<Vec<_>>().join(" ")
}

fn field(line: &str) -> String {
    match line.split_once(':') {
        Some((name, value)) => format!("{name}: {}", value_of(name, value.trim_start())),
        None => line.to_owned(),
    }
}

/// The value of a field without its secrets.
fn value_of(name: &str, value: &str) -> String {
    if name.eq_ignore_ascii_case("location") {
        return url(value);
    }
    if !is_secret(name) {
        return text(value);
    }
    match value.split_once(' ') {
        Some((scheme, _)) if is_authorization(name) => format!("{scheme} {REDACTED}"),
        _ => REDACTED.to_owned(),
    }
}

fn is_authorization(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("authorization")
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let last = name.rsplit(['-', '_']).next().unwrap_or_default();
    // That key opens nothing, and whoever sends the upload again by hand needs it.
    SECRETS.contains(&last) && name != "idempotency-key"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x2_secrets_are_left_out_of_heads() {
        let head = b"POST /u?token=abc&n=1&X-Amz-Signature=f00 HTTP/1.1\r\nHost: h\r\nAuthorization: Basic abc\r\n\
                     Cookie: a=b\r\nX-Esc: \x1b[2J\r\n\r\n";
        assert_eq!(
            head_lines(head),
            [
                "POST /u?token=[redacted]&n=1&X-Amz-Signature=[redacted] HTTP/1.1",
                "Host: h",
                "Authorization: Basic [redacted]",
                "Cookie: [redacted]",
                "X-Esc: \\u{1b}[2J",
            ]
        );
    }

    #[test]
    fn x2_secrets_are_left_out_of_urls_in_fields() {
        let head = b"GET / HTTP/1.1\r\nLink: <http://u:p@h/?token=p>;\r\nReferer:\t/?sig=p\r\nnone\r\n\r\n";
        assert_eq!(
            head_lines(head)[1..],
            [
                "Link: <http://h/?token=[redacted]",
                "Referer: \\t/?sig=[redacted]",
                "none"
            ]
        );
    }

    #[test]
    fn x2_every_name_of_a_secret_is_known() {
        for name in [
            "X-Auth-Token",
            "PRIVATE-TOKEN",
            "X-Amz-Security-Token",
            "X-JFrog-Art-Api",
            "DD-API-KEY",
            "Set-Cookie",
            "Proxy-Authorization",
        ] {
            let head = format!("GET / HTTP/1.1\r\n{name}: hunter2\r\n\r\n");
            assert_eq!(
                head_lines(head.as_bytes())[1],
                format!("{name}: [redacted]")
            );
        }
        let head = b"GET / HTTP/1.1\r\nIdempotency-Key: \"shown\"\r\n\r\n";
        assert_eq!(head_lines(head)[1], "Idempotency-Key: \"shown\"");
        assert_eq!(
            url("http://u:hunter2@h/cb?a=1&sig=hunter2#access_token=hunter2&b=2"),
            "http://h/cb?a=1&sig=[redacted]#access_token=[redacted]&b=2"
        );
    }

    #[test]
    fn x3_credentials_are_left_out_however_the_url_begins() {
        for (given, shown) in [
            ("http://me:hunter2@h/a", "http://h/a"),
            ("//me:hunter2@h/a", "//h/a"),
            ("\\\\me:hunter2@h/a", "\\\\h/a"),
            ("/\\me:hunter2@h/a", "/\\h/a"),
            ("https:\\me:hunter2@h/a", "https:\\h/a"),
            ("https:/me:hunter2@h/a", "https:/h/a"),
            ("http:///me:hunter2@h/a", "http:///h/a"),
            ("(http://me:hunter2@h/a", "(http://h/a"),
            ("http://me:hunter2/@h/a", "http://[redacted]"),
            // Nothing but paths.
            ("/@me:you", "/@me:you"),
            ("@me/a", "@me/a"),
            ("mailto:me@h", "mailto:me@h"),
            ("", ""),
            ("//", "//"),
            (":", ":"),
        ] {
            assert_eq!(url(given), shown, "{given}");
        }
    }

    #[test]
    fn a_url_without_secrets_is_shown_as_it_is() {
        assert_eq!(url("http://h/a?keyboard=1"), "http://h/a?keyboard=1");
        assert_eq!(url("http://h/a?api_key=1"), "http://h/a?api_key=[redacted]");
    }

    #[test]
    fn x2_x3_no_part_of_a_secret_is_left_in_a_url() {
        for (shown, expected) in [
            ("//u:hunter2@h/a", "//h/a"),
            ("http://u:hunt/er2@h/a", "http://[redacted]"),
            ("http://u:hunt?er2@h/a", "http://[redacted]"),
            ("https://h/@me?a@b", "https://h/@me?a@b"),
            ("https://[::1]:80/@me", "https://[::1]:80/@me"),
            ("/cb?pwd=hunter2&n=1", "/cb?pwd=[redacted]&n=1"),
            ("/cb?token=hunt?er2;&n=1", "/cb?token=[redacted]&n=1"),
            (
                "/cb?n=1;token=hunter2#sig=hunter2",
                "/cb?n=1;token=[redacted]#sig=[redacted]",
            ),
            ("#/cb?n=1?key=hunter2", "#/cb?n=1?key=[redacted]"),
            ("/a;session=hunter2/b", "/a;session=[redacted]"),
            ("?token=", "?token=[redacted]"),
        ] {
            assert_eq!(url(shown), expected);
        }
    }

    #[test]
    fn fields_are_pairs_and_not_escaped() {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nX-Name: a: \u{202e}b\\u{1}\r\nX-Empty:\r\n\
                    Authorization: Bearer abc\r\nLocation: /?key=1\r\n\r\n";
        let expected = [
            ("Host", "h"),
            ("X-Name", "a: \u{202e}b\\u{1}"),
            ("X-Empty", ""),
            ("Authorization", "Bearer [redacted]"),
            ("Location", "/?key=[redacted]"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(fields(head.as_bytes()), expected);
    }
}
