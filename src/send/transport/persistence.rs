//! Whether a response leaves its connection fit for another request (RFC 9112 section 9.3), and for how long.
//!
//! Only what its head says. That it was read to its end, and that the request came out whole before it began, is for those
//! to know who saw to it.

use std::time::Duration;

use super::heads::Beginning;
use crate::send::response::fields;

/// What is taken off the time that a server says it waits: a request is under way for some of it.
const MARGIN: Duration = Duration::from_secs(1);

/// For how long a connection may idle after a response with this head, as far as the server has a say in it; `None` if it
/// may not be used again. After a refusal it may not: who refuses a request may have left some of it unread, and take that
/// for the next one.
pub(super) fn wait_after(head: &[u8]) -> Option<Duration> {
    let is_kept = matches!(Beginning::of(head), Beginning::Final(200..=299))
        && head.starts_with(b"HTTP/1.1 ")
        && !has(head, "Connection", "close")
        && !has(head, "Proxy-Connection", "close");
    // With both, where the response ends is a matter of opinion (RFC 9112 section 6.3).
    let is_ambiguous = fields(head, "Transfer-Encoding").next().is_some()
        && fields(head, "Content-Length").next().is_some();
    let wait = timeout(head).map_or(Duration::MAX, |timeout| timeout.saturating_sub(MARGIN));
    (is_kept && !is_ambiguous).then_some(wait)
}

/// How long the server says it waits for another request: `Keep-Alive: timeout=5` (RFC 2068 section 19.7.1.1).
fn timeout(head: &[u8]) -> Option<Duration> {
    elements(head, "Keep-Alive").find_map(|element| {
        let (name, seconds) = element.split_once('=')?;
        let is_timeout = name.trim().eq_ignore_ascii_case("timeout");
        let seconds = seconds.trim().trim_matches('"').parse().ok()?;
        is_timeout.then_some(Duration::from_secs(seconds))
    })
}

/// Whether a field of that name lists the word.
fn has(head: &[u8], name: &str, word: &str) -> bool {
    elements(head, name).any(|element| element.eq_ignore_ascii_case(word))
}

/// What fields of that name list (RFC 9110 section 5.6.1), as far as it is text.
fn elements<'a>(head: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a str> {
    fields(head, name)
        .flat_map(|value| value.split(|octet| *octet == b','))
        .filter_map(|element| Some(std::str::from_utf8(element).ok()?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_responses_leave_their_connection() {
        for head in [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nConnection: closed\r\n\r\n",
            "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=soon\r\n\r\n",
            "HTTP/1.1 204\r\nconnection: Keep-Alive\r\n\r\n",
        ] {
            assert_eq!(wait_after(head.as_bytes()), Some(Duration::MAX), "{head:?}");
        }
    }

    #[test]
    fn others_end_with_it() {
        for head in [
            "HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n",
            "HTTP/1.1 200 OK\r\nconnection: te,close\r\n\r\n",
            "HTTP/1.1 200 OK\r\nConnection: te\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\nProxy-Connection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n",
            "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\n",
            "\r\n",
            "",
        ] {
            assert_eq!(wait_after(head.as_bytes()), None, "{head:?}");
        }
    }

    #[test]
    fn a_server_that_says_how_long_it_waits_is_not_waited_for_so_long() {
        for (said, seconds) in [
            ("timeout=5", 4),
            ("max=9, Timeout = \"75\"", 74),
            ("timeout=1", 0),
            ("timeout=0", 0),
        ] {
            let head = format!("HTTP/1.1 200 OK\r\nKeep-Alive: {said}\r\n\r\n");
            let wait = wait_after(head.as_bytes());
            assert_eq!(wait, Some(Duration::from_secs(seconds)), "{said}");
        }
    }
}
