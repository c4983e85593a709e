//! How what has been received begins: with interim responses (1xx, RFC 9110 section 15.2), which may come at any time
//! and in any number, then with the final one.

/// Octets of a response's head that are read: ureq's own limit, and more than any server sends.
pub(in crate::send) const RESPONSE_HEAD_LIMIT: usize = 64 * 1024;

/// How what has been received begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// There is too little of it to tell.
    Incomplete,
    /// With an interim response, whole, of that many octets.
    Interim { status: u16, length: usize },
    /// With a final response, its head whole.
    Final(u16),
    /// With something that is no HTTP response.
    NotHttp,
}

impl Beginning {
    pub(super) fn of(received: &[u8]) -> Self {
        const VERSION: &[u8] = b"HTTP/1.";
        let empty_lines = received
            .iter()
            .take_while(|octet| matches!(octet, b'\r' | b'\n'))
            .count();
        let line = &received[empty_lines..];
        let common = line.len().min(VERSION.len());
        if line[..common] != VERSION[..common] {
            return Self::NotHttp;
        }
        let Some(status) = line.get(VERSION.len() + 2..VERSION.len() + 5) else {
            return Self::Incomplete;
        };
        let status: Option<u16> = std::str::from_utf8(status)
            .ok()
            .and_then(|digits| digits.parse().ok());
        match (status, head_end(line)) {
            (None | Some(..=99), _) => Self::NotHttp,
            (Some(_), None) => Self::Incomplete,
            (Some(status @ (101 | 200..)), Some(_)) => Self::Final(status),
            (Some(status), Some(end)) => Self::Interim {
                status,
                length: empty_lines + end,
            },
        }
    }
}

/// What the beginning of a response means for a body that is still going out, interim responses apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing yet.
    None,
    /// A 2xx, which is worth something only to a server that has all of the body.
    Accepted,
    /// Any other answer, or none that is HTTP: there is no point in sending the rest.
    Refused,
}

impl Meaning {
    pub(super) fn of(mut received: &[u8]) -> Self {
        loop {
            return match Beginning::of(received) {
                Beginning::Interim { length, .. } => {
                    received = &received[length..];
                    continue;
                }
                Beginning::Incomplete => Self::None,
                Beginning::Final(200..=299) => Self::Accepted,
                Beginning::Final(_) | Beginning::NotHttp => Self::Refused,
            };
        }
    }
}

/// The final head, as much of it as there is.
pub(in crate::send) fn head(received: &[u8]) -> &[u8] {
    &received[..head_end(received).unwrap_or(received.len())]
}

/// Where the empty line that ends a head ends; a bare LF is taken for a line end, as ureq takes it.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut line_start = 0;
    for (position, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' {
            if matches!(&bytes[line_start..position], b"" | b"\r") {
                return Some(position + 1);
            }
            line_start = position + 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_cut_where_it_ends() {
        for (received, expected) in [
            (
                "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody",
                "HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
            ),
            ("HTTP/1.1 200\n\nx", "HTTP/1.1 200\n\n"),
            ("HTTP/1.1 200 OK\r\nA", "HTTP/1.1 200 OK\r\nA"),
            ("", ""),
        ] {
            assert_eq!(
                head(received.as_bytes()),
                expected.as_bytes(),
                "{received:?}"
            );
        }
    }

    #[test]
    fn n6_an_answer_means_something_once_its_head_is_whole() {
        for (received, meaning) in [
            ("", Meaning::None),
            ("HTTP/1.1 103 x\r\nA: b\r\n\r\nHTTP/1.1 4", Meaning::None),
            ("HTTP/1.1 100\r\n\r\nHTTP/1.1 413\r\n\r\n", Meaning::Refused),
            ("HTTP/1.1 100\r\n\r\nwhat", Meaning::Refused),
            ("HTTP/1.1 303 x\r\nLocation: /\r\n\r\n", Meaning::Refused),
            ("HTTP/1.1 201\r\n\r\nSSH-2.0", Meaning::Accepted),
        ] {
            assert_eq!(Meaning::of(received.as_bytes()), meaning, "{received:?}");
        }
    }

    #[test]
    fn n13_n16_a_beginning_is_told_as_soon_as_it_can_be() {
        let interim = |status, length| Beginning::Interim { status, length };
        for (received, beginning) in [
            ("", Beginning::Incomplete),
            ("HT", Beginning::Incomplete),
            ("HTTP/1.1 41", Beginning::Incomplete),
            ("HTTP/1.1 413", Beginning::Incomplete),
            ("HTTP/1.1 413\r\nA: b\r\n", Beginning::Incomplete),
            ("HTTP/1.1 413\r\nA: b\r\n\r\nno", Beginning::Final(413)),
            ("HTTP/1.0 200 OK\n\n", Beginning::Final(200)),
            ("HTTP/1.1 101 S\r\n\r\n", Beginning::Final(101)),
            ("HTTP/1.1 100 Continue\r\nA: b\r\n", Beginning::Incomplete),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP", interim(100, 25)),
            ("HTTP/1.1 103\nA: b\n\n", interim(103, 19)),
            ("\r\nHTTP/1.1 100\r\n\r\n", interim(100, 18)),
            ("HTTP/1.1 099 x\r\n\r\n", Beginning::NotHttp),
            ("HTTP/1.1 abc", Beginning::NotHttp),
            ("HTTP/2 200", Beginning::NotHttp),
            ("SSH-2.0-OpenSSH", Beginning::NotHttp),
            ("\x15\x03\x01", Beginning::NotHttp),
        ] {
            assert_eq!(
                Beginning::of(received.as_bytes()),
                beginning,
                "{received:?}"
            );
        }
    }
}
