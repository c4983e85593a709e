//! Secrets taken out of request heads and URLs before they are shown. Pure.

use super::terminal::escape;

const REDACTED: &str = "[redacted]";

/// Fields whose values are secrets.
const SECRET_FIELDS: [&str; 5] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
];

/// Query parameters whose values are secrets, or whose names end in one of these after a `-` or `_`.
const SECRET_PARAMETERS: [&str; 8] = [
    "token",
    "key",
    "signature",
    "sig",
    "secret",
    "password",
    "credential",
    "auth",
];

/// The lines of a head as they may be shown: escaped for a terminal, secrets left out, without the empty line.
pub(crate) fn head_lines(head: &[u8]) -> Vec<String> {
    head.split(|byte| *byte == b'\n')
        .map(|line| escape(line.strip_suffix(b"\r").unwrap_or(line)))
        .take_while(|line| !line.is_empty())
        .enumerate()
        .map(|(number, line)| {
            if number == 0 {
                first_line(&line)
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

/// A URL as it may be shown.
pub(crate) fn url(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let shown: Vec<String> = query.split('&').map(parameter).collect();
    format!("{path}?{}", shown.join("&"))
}

fn first_line(line: &str) -> String {
    line.split(' ').map(url).collect::<Vec<_>>().join(" ")
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
    let name = name.to_ascii_lowercase();
    if name == "location" {
        return Some(url(value));
    }
    if !SECRET_FIELDS.contains(&name.as_str()) {
        return None;
    }
    match value.split_once(' ') {
        Some((scheme, _)) if name.ends_with("authorization") => {
            Some(format!("{scheme} {REDACTED}"))
        }
        _ => Some(REDACTED.to_owned()),
    }
}

fn parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) if is_secret_parameter(name) => format!("{name}={REDACTED}"),
        _ => parameter.to_owned(),
    }
}

fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let last = name.rsplit(['-', '_']).next().unwrap_or_default();
    SECRET_PARAMETERS.contains(&last)
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

    #[test]
    fn a_url_without_secrets_is_shown_as_it_is() {
        assert_eq!(url("http://h/a?keyboard=1"), "http://h/a?keyboard=1");
        assert_eq!(url("http://h/a?api_key=1"), "http://h/a?api_key=[redacted]");
    }
}
