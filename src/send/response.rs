//! What a server answered: a head kept as it was on the wire, and a body to be read.

use std::fmt;
use std::io::Read;

use super::error::SendError;

/// A response: its head, and its body to be read.
pub struct Response {
    pub(super) status: u16,
    pub(super) interim: Vec<u8>,
    pub(super) head: Vec<u8>,
    /// Octets of the request's body that were sent, if that was not all of it.
    pub(super) sent_of_body: Option<u64>,
    pub(super) body: Box<dyn Read + Send>,
}

impl Response {
    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase as it was sent, empty if there is none; nothing may be decided by it (RFC 9112 section 4).
    #[must_use]
    pub fn reason(&self) -> &[u8] {
        reason(&self.head)
    }

    /// The first header field of that name, its value as it was sent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        Self::field(&self.head, name)
    }

    /// All header fields of that name, their values as they were sent.
    pub fn headers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        fields(&self.head, name)
    }

    /// The first header field of that name in such a head.
    #[must_use]
    pub fn field<'a>(head: &'a [u8], name: &str) -> Option<&'a [u8]> {
        fields(head, name).next()
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

    /// Whether it came before the request's body was out, and the rest of that was not sent: the server has not seen
    /// all of it, whatever the status says.
    #[must_use]
    pub fn is_premature(&self) -> bool {
        self.sent_of_body.is_some()
    }

    /// That a 2xx stands for the whole body.
    ///
    /// # Errors
    /// [`SendError::Unfinished`].
    pub fn check_finished(&self) -> Result<(), SendError> {
        match (self.status, self.sent_of_body) {
            (status @ 200..=299, Some(sent)) => Err(SendError::Unfinished { status, sent }),
            _ => Ok(()),
        }
    }

    /// The body. It must be read to its end before the exchange can be called complete: a body that was cut shows
    /// only there, as a [`SendError`] inside the `io::Error`.
    pub fn body(&mut self) -> &mut (dyn Read + Send) {
        &mut self.body
    }
}

/// The reason phrase of such a head.
pub(super) fn reason(head: &[u8]) -> &[u8] {
    let line = head
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next()
        .unwrap_or_default();
    line.splitn(3, |byte| *byte == b' ')
        .nth(2)
        .unwrap_or_default()
}

/// All header fields of that name in such a head.
pub(super) fn fields<'a>(head: &'a [u8], name: &str) -> impl Iterator<Item = &'a [u8]> {
    head.split(|byte| *byte == b'\n')
        .skip(1)
        .filter_map(move |line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            line[..colon]
                .eq_ignore_ascii_case(name.as_bytes())
                .then(|| line[colon + 1..].trim_ascii())
        })
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn a_reason_is_what_stands_behind_the_status() {
        for (head, expected) in [
            ("HTTP/1.1 403 Not Here\r\nA: b\r\n\r\n", "Not Here"),
            ("HTTP/1.1 403\r\n\r\n", ""),
            ("HTTP/1.0 407 Proxy\n\n", "Proxy"),
        ] {
            assert_eq!(reason(head.as_bytes()), expected.as_bytes());
        }
    }
}
