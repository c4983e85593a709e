//! Content codings (RFC 9110 section 8.4.1): a body that goes out smaller than it is, in constant memory.

use std::io::{self, BufReader, Read};

use flate2::Compression;
use flate2::bufread::GzEncoder;

/// Octets that are taken in at once.
const BLOCK: usize = 128 * 1024;

/// How a body is compressed. Most servers take neither: it is for those that say that they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Coding {
    /// What a `Content-Encoding` calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }

    /// The one of that name, unless this was built without it: Zstandard is a feature.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "gzip" => Some(Self::Gzip),
            #[cfg(feature = "zstd")]
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// What a coded body was before, for whoever looks at it.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn decoded<'a>(self, coded: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Gzip => Box::new(flate2::read::GzDecoder::new(coded)),
            #[cfg(feature = "zstd")]
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(coded)?),
        })
    }
}

/// A reader's octets, coded. The same octets are coded into the same ones.
pub(super) enum Coded<R> {
    Gzip(GzEncoder<BufReader<R>>),
    #[cfg(feature = "zstd")]
    Zstd(Box<zstd::stream::read::Encoder<'static, BufReader<R>>>),
}

impl<R: Read> Coded<R> {
    /// # Errors
    /// If there is no memory for it.
    #[cfg_attr(
        not(feature = "zstd"),
        expect(clippy::unnecessary_wraps, reason = "gzip alone cannot fail")
    )]
    pub(super) fn new(reader: R, coding: Coding) -> io::Result<Self> {
        let reader = BufReader::with_capacity(BLOCK, reader);
        Ok(match coding {
            Coding::Gzip => Self::Gzip(GzEncoder::new(reader, Compression::default())),
            #[cfg(feature = "zstd")]
            Coding::Zstd => {
                let level = zstd::DEFAULT_COMPRESSION_LEVEL;
                Self::Zstd(Box::new(zstd::stream::read::Encoder::with_buffer(
                    reader, level,
                )?))
            }
        })
    }

    /// What is coded.
    pub(super) fn inner(&self) -> &R {
        match self {
            Self::Gzip(encoder) => encoder.get_ref().get_ref(),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.get_ref().get_ref(),
        }
    }

    /// What is coded.
    pub(super) fn inner_mut(&mut self) -> &mut R {
        match self {
            Self::Gzip(encoder) => encoder.get_mut().get_mut(),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.get_mut().get_mut(),
        }
    }
}

impl<R: Read> Read for Coded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(encoder) => encoder.read(buffer),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODINGS: &[Coding] = &[
        Coding::Gzip,
        #[cfg(feature = "zstd")]
        Coding::Zstd,
    ];

    /// Gives one block, then fails.
    struct Failing(bool);

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(io::Error::other("worn out"));
            }
            buffer.fill(b'x');
            Ok(buffer.len())
        }
    }

    #[test]
    fn what_is_coded_is_decoded_and_always_coded_the_same() {
        let long: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        for content in [&b""[..], b"a", &long] {
            for &coding in CODINGS {
                let coded = || {
                    let mut octets = Vec::new();
                    let mut coded = Coded::new(content, coding).unwrap();
                    coded.read_to_end(&mut octets).unwrap();
                    octets
                };
                let octets = coded();
                let mut found = Vec::new();
                let mut decoder = coding.decoded(&octets[..]).unwrap();
                decoder.read_to_end(&mut found).unwrap();
                assert!(found == content, "{coding:?}");
                assert!(coded() == octets, "{coding:?}");
            }
        }
    }

    #[test]
    fn what_the_source_fails_with_comes_through() {
        for &coding in CODINGS {
            let mut coded = Coded::new(Failing(false), coding).unwrap();
            let error = coded.read_to_end(&mut Vec::new()).unwrap_err();
            assert_eq!(error.to_string(), "worn out", "{coding:?}");
        }
    }
}
