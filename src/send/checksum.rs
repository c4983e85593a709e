//! A checksum: how it is computed, and how it is written. Of what and when is decided elsewhere, for a body in `tally.rs`.

use std::fmt;
use std::io;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

/// How a checksum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// FIPS 180-4, 32 octets.
    Sha256,
    /// FIPS 180-4, 64 octets.
    Sha512,
    /// RFC 1321, 16 octets: finds accidents, and no intentions.
    Md5,
}

impl Algorithm {
    /// Its name as it is registered for digest fields (RFC 9530 section 7.2).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha512 => "sha-512",
            Self::Md5 => "md5",
        }
    }
}

/// A checksum while it is computed.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha256(Sha256),
    Sha512(Sha512),
    Md5(Md5),
}

impl Hasher {
    /// Of nothing yet.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Sha256 => State::Sha256(Sha256::new()),
            Algorithm::Sha512 => State::Sha512(Sha512::new()),
            Algorithm::Md5 => State::Md5(Md5::new()),
        })
    }

    /// These octets come next.
    pub fn update(&mut self, octets: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(octets),
            State::Sha512(state) => state.update(octets),
            State::Md5(state) => state.update(octets),
        }
    }

    /// All octets have come.
    #[must_use]
    pub fn finish(self) -> Checksum {
        match self.0 {
            State::Sha256(state) => Checksum {
                algorithm: Algorithm::Sha256,
                octets: state.finalize().to_vec(),
            },
            State::Sha512(state) => Checksum {
                algorithm: Algorithm::Sha512,
                octets: state.finalize().to_vec(),
            },
            State::Md5(state) => Checksum {
                algorithm: Algorithm::Md5,
                octets: state.finalize().to_vec(),
            },
        }
    }
}

impl io::Write for Hasher {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.update(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

/// A checksum. Shown in lower-case hexadecimal digits, as checksum files have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    octets: Vec<u8>,
}

impl Checksum {
    /// How it was computed.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.octets
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_that_everybody_computes() {
        for (algorithm, expected) in [
            (
                Algorithm::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                Algorithm::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            (Algorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
        ] {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            let checksum = hasher.finish();
            assert_eq!(checksum.to_string(), expected);
            assert_eq!(checksum.octets().len() * 2, expected.len());
            assert_eq!(checksum.algorithm(), algorithm);
        }
    }
}
