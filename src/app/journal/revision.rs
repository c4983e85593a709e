//! What a journal knows a file by: where it is, how long it is, and when it was last modified. Pure.
//!
//! With another size or time it is another revision, which was not sent yet. The content is not looked at.

use std::fmt::{self, Display, Formatter};
use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::Path;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use formpost::send::{Algorithm, Hasher};

/// A state of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revision {
    /// The octets of its path as it was given, with slashes on every system.
    pub(super) path: Vec<u8>,
    /// Octets.
    pub(super) size: u64,
    pub(super) modified: Modified,
    /// What stands for the path.
    pub(super) key: Key,
}

impl Revision {
    /// The file at `path`, which `metadata` was taken from. Where the system tells no time of modification, the size alone
    /// tells revisions apart.
    pub(crate) fn of(path: &Path, metadata: &Metadata) -> Self {
        let mut octets = path.as_os_str().as_encoded_bytes().to_vec();
        if cfg!(windows) {
            for octet in octets.iter_mut().filter(|octet| **octet == b'\\') {
                *octet = b'/';
            }
        }
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
        Self::new(octets, metadata.len(), Modified::of(modified))
    }

    pub(super) fn new(path: Vec<u8>, size: u64, modified: Modified) -> Self {
        Self {
            key: Key::of(&path),
            path,
            size,
            modified,
        }
    }

    /// What stands for size and time, in this process.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.size, self.modified).hash(&mut hasher);
        hasher.finish()
    }
}

/// A path in 16 octets: the first of the SHA-256 of its names with a slash behind each, and one in front if it is
/// absolute. So `./a//b` is `a/b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(pub(super) [u8; 16]);

impl Key {
    fn of(path: &[u8]) -> Self {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        if path.starts_with(b"/") {
            hasher.update(b"/");
        }
        let names = path.split(|octet| *octet == b'/');
        for name in names.filter(|name| !matches!(*name, b"" | b".")) {
            hasher.update(name);
            hasher.update(b"/");
        }
        Self(beginning(hasher))
    }
}

/// The first octets of a SHA-256.
pub(super) fn beginning(hasher: Hasher) -> [u8; 16] {
    let mut octets = [0; 16];
    octets.copy_from_slice(&hasher.finish().octets()[..16]);
    octets
}

/// A time of modification, in nanoseconds since 1970. Shown in seconds with nine decimals, as `stat -c %.9Y` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Modified(pub(super) i128);

const NANOSECONDS: u128 = 1_000_000_000;

impl Modified {
    fn of(time: SystemTime) -> Self {
        let nanoseconds = |duration: std::time::Duration| {
            i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
        };
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self(nanoseconds(since)),
            Err(before) => Self(-nanoseconds(before.duration())),
        }
    }
}

impl Display for Modified {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let length = self.0.unsigned_abs();
        let (seconds, rest) = (length / NANOSECONDS, length % NANOSECONDS);
        write!(f, "{sign}{seconds}.{rest:09}")
    }
}

impl FromStr for Modified {
    type Err = ();

    /// Reads what is shown, and nothing else.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (seconds, rest) = text.split_once('.').ok_or(())?;
        let seconds: i64 = seconds
            .strip_prefix('-')
            .unwrap_or(seconds)
            .parse()
            .map_err(drop)?;
        let decimals: u32 = rest.parse().map_err(drop)?;
        let length = i128::from(seconds) * 1_000_000_000 + i128::from(decimals);
        let modified = Self(if text.starts_with('-') {
            -length
        } else {
            length
        });
        (modified.to_string() == text).then_some(modified).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_path_is_known_however_it_is_spelt() {
        for (one, other) in [
            ("a", "./a"),
            ("a/b", "a//b/"),
            ("a/b", "././a/./b"),
            ("/a", "//a/."),
            ("../a", "./../a"),
        ] {
            assert_eq!(Key::of(one.as_bytes()), Key::of(other.as_bytes()), "{one}");
        }
        for (one, other) in [("a", "/a"), ("a/b", "ab"), ("a/../b", "b"), ("a", "A")] {
            assert_ne!(Key::of(one.as_bytes()), Key::of(other.as_bytes()), "{one}");
        }
    }

    #[test]
    fn a_time_is_shown_as_stat_shows_it_and_read_back() {
        let second = Duration::from_secs(1);
        for (time, shown) in [
            (UNIX_EPOCH, "0.000000000"),
            (
                UNIX_EPOCH + Duration::new(1_764_406_201, 5),
                "1764406201.000000005",
            ),
            (UNIX_EPOCH - second / 2, "-0.500000000"),
            (UNIX_EPOCH - second * 2, "-2.000000000"),
        ] {
            let modified = Modified::of(time);
            assert_eq!(modified.to_string(), shown);
            assert_eq!(shown.parse(), Ok(modified));
        }
        for text in [
            "",
            "1",
            "1.5",
            "-0.000000000",
            "+1.000000000",
            "01.000000000",
            "1.0000000000",
            "--1.000000000",
            "1.00000000x",
            "99999999999999999999.000000000",
        ] {
            assert_eq!(text.parse::<Modified>(), Err(()), "{text}");
        }
    }
}
