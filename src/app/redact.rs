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
    match line.split_once(':') {
        Some((name, value)) if SECRET_FIELDS.contains(&name.to_ascii_lowercase().as_str()) => {
            let scheme = value
                .trim_start()
                .split_once(' ')
                .map_or("", |(scheme, _)| scheme);
            let is_authorization = name.to_ascii_lowercase().ends_with("authorization");
            if is_authorization && !scheme.is_empty() {
                format!("{name}: {scheme} {REDACTED}")
            } else {
                format!("{name}: {REDACTED}")
            }
        }
        Some((name, value)) if name.eq_ignore_ascii_case("location") => {
            format!("{name}:{}", url(value))
        }
        _ => line.to_owned(),
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
    fn a_url_without_secrets_is_shown_as_it_is() {
        assert_eq!(url("http://h/a?keyboard=1"), "http://h/a?keyboard=1");
        assert_eq!(url("http://h/a?api_key=1"), "http://h/a?api_key=[redacted]");
    }
}
