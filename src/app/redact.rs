//! Secrets taken out of request heads and URLs before they are shown. Pure.

use super::terminal::escape;

const REDACTED: &str = "[redacted]";

/// Fields and query parameters whose values are secrets: those whose names end in one of these, alone or after a `-`
/// or `_`.
const SECRETS: [&str; 15] = [
    "auth",
    "authorization",
    "api",
    "apikey",
    "cookie",
    "credential",
    "credentials",
    "key",
    "password",
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
            let shown = redacted(name, value).unwrap_or_else(|| value.to_owned());
            Some((name.to_owned(), shown))
        })
        .collect()
}

/// A URL as it may be shown: without credentials, without secrets in its query or fragment.
pub(crate) fn url(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (place, parameters) = url.split_at(end);
    let place = without_credentials(place);
    let shown: Vec<String> = parameters
        .split_inclusive(['?', '#', '&'])
        .map(parameter)
        .collect();
    format!("{place}{}", shown.concat())
}

/// Without what stands before the last `@` of what may be an authority: after `//`, or
/// what browsers take for it, with a scheme in front or, in a reference, none.
fn without_credentials(place: &str) -> String {
    let Some(authority) = authority(place) else {
        return place.to_owned();
    };
    let (before, rest) = place.split_at(authority);
    let rest = rest.rsplit('@').next().unwrap_or_default();
    format!("{before}{rest}")
}

/// Where the authority begins, if there is one.
fn authority(place: &str) -> Option<usize> {
    if let Some((scheme, _)) = place.split_once("://") {
        return Some(scheme.len() + 3);
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
    let shown = line.split_once(':').and_then(|(name, value)| {
        let shown = redacted(name, value.trim_start())?;
        Some(format!("{name}: {shown}"))
    });
    shown.unwrap_or_else(|| line.to_owned())
}

/// The value of a field without its secrets, if it is one that has some.
fn redacted(name: &str, value: &str) -> Option<String> {
    if name.eq_ignore_ascii_case("location") {
        return Some(url(value));
    }
    if !is_secret(name) {
        return None;
    }
    match value.split_once(' ') {
        Some((scheme, _)) if is_authorization(name) => Some(format!("{scheme} {REDACTED}")),
        _ => Some(REDACTED.to_owned()),
    }
}

/// One parameter, and the `&` or `#` behind it.
fn parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, value)) if is_secret(name) => {
            let end = value.find(['&', '#']).unwrap_or(value.len());
            format!("{name}={REDACTED}{}", &value[end..])
        }
        _ => parameter.to_owned(),
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
            ("http:///me:hunter2@h/a", "http://h/a"),
            ("(http://me:hunter2@h/a", "(http://h/a"),
            ("http://me:hunter2/@h/a", "http://h/a"),
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
