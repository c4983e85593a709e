//! The buffer: bytes that were fed and not yet read, and how far into the body they are.
//!
//! It begins with a CR LF that nobody fed, so that the first delimiter, which may stand at the very
//! start of a body, is a delimiter like the others; offsets are corrected for it. It knows nothing
//! of what it holds.

use std::ops::Range;

/// What stands ahead of every body as the buffer sees it.
const AHEAD: &[u8] = b"\r\n";

#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// How many of `bytes` are read.
    read: usize,
    /// How many bytes were read in all, `AHEAD` among them.
    position: u64,
}

impl Buffer {
    pub(super) fn new() -> Self {
        Self {
            bytes: AHEAD.to_vec(),
            read: 0,
            position: 0,
        }
    }

    /// Takes more bytes.
    ///
    /// Read bytes are dropped once they are as many as the unread ones: moving these costs no more
    /// than reading those did, so that every byte is moved about once, however feeding and reading
    /// alternate, and the buffer is at most twice as long as what it holds unread.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.read == self.bytes.len() {
            self.bytes.clear();
            self.read = 0;
        } else if self.read >= self.bytes.len() - self.read {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.read..]
    }

    /// Marks bytes as read; [`get`](Self::get) gives them until the next `feed`.
    pub(super) fn consume(&mut self, length: usize) -> Range<usize> {
        let range = self.read..self.read + length;
        self.read = range.end;
        self.position += length as u64;
        range
    }

    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    /// How many bytes of the body stand before the first unread one.
    pub(super) fn offset(&self) -> u64 {
        self.offset_after(0)
    }

    /// How many bytes of the body stand before the one that `length` bytes precede here.
    pub(super) fn offset_after(&self, length: usize) -> u64 {
        (self.position + length as u64).saturating_sub(AHEAD.len() as u64)
    }

    /// Forgets everything that is held.
    pub(super) fn clear(&mut self) {
        self.position += self.unread().len() as u64;
        self.bytes = Vec::new();
        self.read = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::Buffer;

    #[test]
    fn a_body_begins_after_the_line_end_that_nobody_fed() {
        let mut buffer = Buffer::new();
        buffer.feed(b"abc");
        assert_eq!(buffer.unread(), b"\r\nabc");
        assert_eq!(buffer.offset(), 0);
        assert_eq!(buffer.offset_after(3), 1);
        let range = buffer.consume(3);
        assert_eq!(buffer.get(range), b"\r\na");
        assert_eq!(buffer.offset(), 1);
    }

    #[test]
    fn it_is_never_longer_than_twice_what_is_unread() {
        let mut buffer = Buffer::new();
        for _ in 0..1000 {
            buffer.feed(b"0123456789");
            buffer.consume(9);
        }
        for _ in 0..500 {
            let unread = buffer.unread().len();
            buffer.feed(b"");
            assert!(buffer.bytes.len() <= 2 * unread);
            buffer.consume(2);
        }
        assert_eq!(buffer.offset(), 10_000 - 2);
    }
}
