//! What hyper lets pass in a request's head, seen ahead of it.
//!
//! hyper drops a Content-Length that stands beside a Transfer-Encoding, or that is said twice, without a trace, and
//! takes a bare LF for a line's end. A proxy in front may read such a head otherwise, which is how requests are
//! smuggled. So each byte is looked at on its way to hyper: line by line in heads, and by count in bodies, to find the
//! next head. After a head that is refused, or has a chunked body, nothing more is looked at; the connection ends with
//! that request.
//!
//! It knows bytes only; no IO.

use std::collections::VecDeque;

/// The most bytes of a head: the request line, the headers and their line ends.
pub(super) const MAX_HEAD: usize = 64 * 1024;

/// What was seen in a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The body has a length, or there is none; another request may follow.
    Length,
    /// The body is chunked.
    Chunked,
    /// It can be read in two ways.
    Ambiguous(&'static str),
}

/// Looks at what comes in on one connection.
#[derive(Debug, Default)]
pub(super) struct HeadWatch {
    state: State,
    /// Of the heads that are complete and not yet asked for.
    verdicts: VecDeque<Verdict>,
}

#[derive(Debug)]
enum State {
    Head(Head),
    /// A head is longer than [`MAX_HEAD`]. hyper measures its buffer instead, and how much of a head is in there depends
    /// on how it comes.
    TooLong,
    /// This many bytes of a body are to come.
    Body(u64),
    /// Nothing is looked at any more.
    Blind,
}

/// A head as far as it is there.
#[derive(Debug, Default)]
struct Head {
    /// The line that is not complete.
    line: Vec<u8>,
    /// Bytes of all lines.
    bytes: usize,
    /// How many lines were complete and not empty.
    lines: usize,
    length: Option<u64>,
    is_chunked: bool,
    complaint: Option<&'static str>,
}

impl Default for State {
    fn default() -> Self {
        Self::Head(Head::default())
    }
}

impl HeadWatch {
    /// Looks at the next bytes.
    pub(super) fn look(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match &mut self.state {
                State::Blind | State::TooLong => return,
                State::Body(left) => {
                    let taken = usize::try_from(*left)
                        .unwrap_or(usize::MAX)
                        .min(bytes.len());
                    *left -= taken as u64;
                    if *left == 0 {
                        self.state = State::default();
                    }
                    &bytes[taken..]
                }
                State::Head(head) => {
                    let (rest, is_complete) = head.take_line(bytes);
                    if head.bytes > MAX_HEAD {
                        self.state = State::TooLong;
                    } else if is_complete {
                        let (verdict, state) = head.finish();
                        self.verdicts.push_back(verdict);
                        self.state = state;
                    }
                    rest
                }
            };
        }
    }

    /// What was seen in the next head. There is one for each that hyper has.
    pub(super) fn verdict(&mut self) -> Verdict {
        self.verdicts
            .pop_front()
            .unwrap_or(Verdict::Ambiguous("a head that was not expected here"))
    }

    /// Whether a head is longer than it may be.
    pub(super) fn is_too_long(&self) -> bool {
        matches!(self.state, State::TooLong)
    }

    /// Whether nothing is on its way: all that came was whole requests.
    pub(super) fn is_between_requests(&self) -> bool {
        matches!(&self.state, State::Head(head) if head.bytes == 0)
    }
}

impl Head {
    /// Takes what belongs to the current line. Gives the rest, and whether that line was the empty one at the end.
    fn take_line<'a>(&mut self, bytes: &'a [u8]) -> (&'a [u8], bool) {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.bytes += bytes.len();
            // Beyond the limit the line is of no interest any more.
            self.line.extend(bytes.iter().take(MAX_HEAD));
            return (&[], false);
        };
        self.bytes += end + 1;
        self.line.extend_from_slice(&bytes[..end]);
        let mut line = std::mem::take(&mut self.line);
        if line.last() == Some(&b'\r') {
            line.pop();
        } else {
            self.complain("a line that ends with LF alone");
        }
        if line.is_empty() {
            // hyper steps over empty lines ahead of a request.
            return (&bytes[end + 1..], self.lines > 0);
        }
        self.take_header(&line);
        self.lines += 1;
        (&bytes[end + 1..], false)
    }

    fn take_header(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return;
        };
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if self.lines == 0 {
            // The request line.
        } else if name.eq_ignore_ascii_case(b"Content-Length") {
            if self.length.is_some() {
                self.complain("a second Content-Length");
            }
            self.length = length(value);
            if self.length.is_none() {
                self.complain("a Content-Length that is no number");
            }
        } else if name.eq_ignore_ascii_case(b"Transfer-Encoding") {
            if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                self.complain("a Transfer-Encoding other than chunked");
            }
            self.is_chunked = true;
        }
        if self.is_chunked && self.length.is_some() {
            self.complain("a Content-Length beside a Transfer-Encoding");
        }
    }

    fn complain(&mut self, complaint: &'static str) {
        self.complaint.get_or_insert(complaint);
    }

    fn finish(&self) -> (Verdict, State) {
        match (self.complaint, self.is_chunked, self.length) {
            (Some(complaint), ..) => (Verdict::Ambiguous(complaint), State::Blind),
            (None, true, _) => (Verdict::Chunked, State::Blind),
            (None, false, None | Some(0)) => (Verdict::Length, State::default()),
            (None, false, Some(length)) => (Verdict::Length, State::Body(length)),
        }
    }
}

/// Digits and nothing else.
fn length(value: &[u8]) -> Option<u64> {
    if !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{HeadWatch, MAX_HEAD, Verdict};

    /// The verdicts on all of this, which are the same however it is cut; and whether all of it was whole requests.
    #[track_caller]
    fn verdicts(text: &str) -> (Vec<Verdict>, bool) {
        let watched = [1, 2, 7, 1000].map(|step| {
            let mut watch = HeadWatch::default();
            text.as_bytes()
                .chunks(step)
                .for_each(|bytes| watch.look(bytes));
            let is_between = watch.is_between_requests();
            (Vec::from(watch.verdicts), is_between)
        });
        assert!(watched.iter().all(|found| *found == watched[0]), "{text:?}");
        watched[0].clone()
    }

    #[test]
    fn requests_follow_one_another() {
        let text = "\r\nPOST / HTTP/1.1\r\nContent-LENGTH: 5\r\n\r\n\r\n\r\nxGET /a:b HTTP/1.1\r\nA: b\r\n\r\n";
        assert_eq!(verdicts(text), (vec![Verdict::Length; 2], true));
        assert_eq!(verdicts(""), (vec![], true));
        let cut = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n1234";
        assert_eq!(verdicts(cut), (vec![Verdict::Length], false));
    }

    #[test]
    fn after_a_chunked_body_nothing_is_looked_at() {
        let text =
            "POST / HTTP/1.1\r\ntransfer-encoding:  Chunked \r\n\r\n0\r\n\r\nGET / HTTP/1.1\n\n";
        assert_eq!(verdicts(text), (vec![Verdict::Chunked], false));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_ambiguous() {
        for headers in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: +5\r\n",
            "Content-Length:\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "A: b\n",
        ] {
            let (verdicts, _) = verdicts(&format!("POST / HTTP/1.1\r\n{headers}\r\n12345"));
            assert!(
                matches!(verdicts[..], [Verdict::Ambiguous(_)]),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn a_head_is_too_long_however_it_is_cut() {
        for (length, expected) in [
            (MAX_HEAD, false),
            (MAX_HEAD + 1, true),
            (MAX_HEAD * 2, true),
        ] {
            let before = "POST / HTTP/1.1\r\nA: ";
            let value = "a".repeat(length - before.len() - "\r\n\r\n".len());
            let head = format!("{before}{value}\r\n\r\n").into_bytes();
            assert_eq!(head.len(), length);
            for step in [1, 4096, length - 1, length] {
                let mut watch = HeadWatch::default();
                head.chunks(step).for_each(|bytes| watch.look(bytes));
                assert_eq!(watch.is_too_long(), expected, "{length} by {step}");
            }
        }
    }
}
