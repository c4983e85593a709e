//! `--shard K/N`: the K-th of N shares of the files.
//!
//! Which share a file is in follows from its relative path alone, so that machines that know nothing of each other send
//! each file once: of the SHA-256 of the path's octets the first four, as a big-endian number, modulo N, plus 1. For
//! whoever wants to know it beforehand, in a shell:
//!
//! ```text
//! echo $((0x$(printf %s site/index.html | sha256sum | head -c 8) % 4 + 1))
//! ```

use std::fmt::{self, Display, Formatter};

use formpost::send::{Algorithm, Hasher};

use super::RelativePath;

/// One of several shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which one: 1 at least, `of` at most.
    share: u32,
    of: u32,
}

impl Shard {
    /// Reads `K/N`.
    ///
    /// # Errors
    /// What was expected.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let expected = || format!("expected K/N, from 1/N to N/N, such as 1/4, found {text:?}");
        let (share, of) = text.split_once('/').ok_or_else(expected)?;
        let number = |digits: &str| digits.parse::<u32>().map_err(|_| expected());
        let (share, of) = (number(share)?, number(of)?);
        if (1..=of).contains(&share) {
            Ok(Self { share, of })
        } else {
            Err(expected())
        }
    }

    /// Whether every file is in it.
    pub(crate) fn is_all(self) -> bool {
        self.of == 1
    }

    /// Whether a file is in it.
    pub(super) fn has(self, path: &RelativePath) -> bool {
        if self.is_all() {
            return true;
        }
        let mut hasher = Hasher::new(Algorithm::Sha256);
        hasher.update(&path.to_octets());
        let checksum = hasher.finish();
        let first = checksum.octets().iter().take(4);
        let number = first.fold(0, |number, octet| number << 8 | u32::from(*octet));
        number % self.of + 1 == self.share
    }
}

/// All of the files.
impl Default for Shard {
    fn default() -> Self {
        Self { share: 1, of: 1 }
    }
}

impl Display for Shard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.share, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelativePath {
        RelativePath::of_file(text.as_ref())
    }

    /// The share of a path, by asking all of them.
    fn share_of(path: &RelativePath, of: u32) -> u32 {
        let shares = (1..=of).filter(|share| Shard { share: *share, of }.has(path));
        let shares: Vec<_> = shares.collect();
        assert_eq!(shares.len(), 1, "{path:?}");
        shares[0]
    }

    #[test]
    fn a_path_is_in_the_same_share_for_ever() {
        for (text, in_2, in_3, in_4, in_10) in [
            ("a.txt", 2, 3, 2, 10),
            ("site/index.html", 1, 1, 3, 1),
            ("site/\u{e4}.txt", 1, 2, 3, 1),
            ("a\nb", 2, 3, 4, 8),
            ("-", 1, 2, 3, 1),
        ] {
            for (of, share) in [(1, 1), (2, in_2), (3, in_3), (4, in_4), (10, in_10)] {
                assert_eq!(share_of(&path(text), of), share, "{text} of {of}");
            }
        }
    }

    #[test]
    fn a_hundred_thousand_paths_are_shared_out_evenly() {
        let mut sizes = [0; 4];
        for number in 0..100_000 {
            let path = path(&format!("photos/{}/{number:06}.jpg", number % 97));
            sizes[share_of(&path, 4) as usize - 1] += 1;
        }
        assert_eq!(sizes.iter().sum::<u32>(), 100_000);
        for size in sizes {
            assert!((23_750..=26_250).contains(&size), "{sizes:?}");
        }
    }

    #[test]
    fn a_share_is_one_of_those_there_are() {
        for text in ["1/1", "1/4", "4/4", "1/4294967295"] {
            assert_eq!(Shard::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "1",
            "/",
            "1/",
            "/4",
            "0/4",
            "5/4",
            "0/0",
            "-1/4",
            "1/-4",
            "1/4/4",
            "a/b",
            "1/ 4",
            "1.0/4",
            "1/4294967296",
        ] {
            let reason = Shard::parse(text).unwrap_err();
            assert!(reason.starts_with("expected K/N"), "{reason}");
        }
    }
}
