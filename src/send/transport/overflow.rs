//! A response that comes in while the request's body is still going out, kept until somebody reads it: in a temporary file
//! without a name, because there may be as much of it as the server likes. If it were left where it is, a server that
//! answers as it reads would stop reading.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

/// Octets in the order in which they came in, put in first and then taken out.
#[derive(Debug)]
pub(super) struct Overflow {
    file: File,
    is_taken_out: bool,
}

impl Overflow {
    /// # Errors
    /// If there is no room for temporary files.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile()?,
            is_taken_out: false,
        })
    }

    /// # Errors
    /// If there is no room for them.
    pub(super) fn put_in(&mut self, octets: &[u8]) -> io::Result<()> {
        self.file.write_all(octets)
    }

    /// How many octets of it fit into `room`; 0 when all of them have been taken out.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(super) fn take_out(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if !self.is_taken_out {
            self.is_taken_out = true;
            self.file.rewind()?;
        }
        self.file.read(room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_taken_out_in_order() {
        let mut overflow = Overflow::new().unwrap();
        overflow.put_in(b"one ").unwrap();
        overflow.put_in(b"two").unwrap();
        let mut taken = Vec::new();
        let mut room = [0; 3];
        loop {
            match overflow.take_out(&mut room).unwrap() {
                0 => break,
                count => taken.extend_from_slice(&room[..count]),
            }
        }
        assert_eq!(taken, b"one two");
    }
}
