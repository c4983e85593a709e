//! What a server answered: a head kept as it was on the wire, and a body to be read.

use std::fmt;
use std::io::Read;

/// A response: its head, and its body to be read.
pub struct Response {
    status: u16,
    interim: Vec<u8>,
    head: Vec<u8>,
    body: Box<dyn Read + Send>,
}

impl Response {
    /// A response of that status, `received` being all that came in until its head was whole.
    pub(super) fn new(status: u16, received: &[u8], body: Box<dyn Read + Send>) -> Self {
        let (interim, head) = split_heads(received);
        Self {
            status,
            interim: interim.to_vec(),
            head: head.to_vec(),
            body,
        }
    }
    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase as it was sent, empty if there is none; nothing may be decided by it (RFC 9112 section 4).
    #[must_use]
    pub fn reason(&self) -> &[u8] {
        let line = self
            .head
            .split(|byte| *byte == b'\r')
            .next()
            .unwrap_or_default();
        line.splitn(3, |byte| *byte == b' ')
            .nth(2)
            .unwrap_or_default()
    }

    /// The first header field of that name, its value as it was sent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.head
            .split(|byte| *byte == b'\n')
            .skip(1)
            .find_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                line[..colon]
                    .eq_ignore_ascii_case(name.as_bytes())
                    .then(|| line[colon + 1..].trim_ascii())
            })
    }

    /// The head, from the status line to the empty line, as it was sent.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The interim responses (1xx) that came before it, as they were sent.
    #[must_use]
    pub fn interim(&self) -> &[u8] {
        &self.interim
    }

    /// The body. It must be read to its end before the exchange can be called complete: a body that was cut shows
    /// only there, as a [`SendError`](super::SendError) inside the `io::Error`.
    pub fn body(&mut self) -> &mut (dyn Read + Send) {
        &mut self.body
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Cuts what was received into interim responses, the final head, and leaves the rest.
fn split_heads(received: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    loop {
        let rest = &received[start..];
        let Some(end) = head_end(rest) else {
            return (&received[..start], rest);
        };
        if !is_interim(rest) {
            return (&received[..start], &rest[..end]);
        }
        start += end;
    }
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

fn is_interim(head: &[u8]) -> bool {
    head.splitn(3, |byte| *byte == b' ')
        .nth(1)
        .is_some_and(|status| status.first() == Some(&b'1') && status.get(..3) != Some(b"101"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_cut_where_they_end() {
        for (received, interim, head) in [
            (
                "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody",
                "",
                "HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
            ),
            (
                "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 201 C\r\n\r\n",
                "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n",
                "HTTP/1.1 201 C\r\n\r\n",
            ),
            ("HTTP/1.1 200\n\nx", "", "HTTP/1.1 200\n\n"),
            ("HTTP/1.1 200 OK\r\nA", "", "HTTP/1.1 200 OK\r\nA"),
            ("", "", ""),
        ] {
            assert_eq!(
                split_heads(received.as_bytes()),
                (interim.as_bytes(), head.as_bytes()),
                "{received:?}"
            );
        }
    }
}
