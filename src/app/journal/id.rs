//! What tells one journal from all others, and what follows from it: the keys by which a server can tell that an upload
//! is one that it had before. Pure.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use formpost::send::{Algorithm, Hasher};

use super::revision::{self, Revision};
use crate::app::uuid;

/// 128 random bits; shown as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct JournalId([u8; 16]);

impl JournalId {
    /// From random octets.
    pub(super) fn new(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// The key of a revision: the same whenever it is asked for, another one for each revision and each journal.
    ///
    /// It is a UUID version 8, of the first 16 octets of the SHA-256 of: these 16 octets, the 16 of the path's
    /// [`Key`](revision::Key), the size in 8, and the time in 16, big-endian. A program that has changed must make the
    /// same keys still.
    pub(super) fn idempotency_key(self, revision: &Revision) -> String {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        hasher.update(&self.0);
        hasher.update(&revision.key.0);
        hasher.update(&revision.size.to_be_bytes());
        hasher.update(&revision.modified.0.to_be_bytes());
        uuid::of(revision::beginning(hasher), 8)
    }
}

impl Display for JournalId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for JournalId {
    type Err = ();

    /// Reads what is shown, and nothing else.
    fn from_str(text: &str) -> Result<Self, ()> {
        let number = u128::from_str_radix(text, 16).map_err(drop)?;
        let id = Self(number.to_be_bytes());
        (id.to_string() == text).then_some(id).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::journal::revision::Modified;

    fn revision(path: &str, size: u64, modified: i128) -> Revision {
        Revision::new(path.as_bytes().to_vec(), size, Modified(modified))
    }

    #[test]
    fn k2_a_key_stays_what_it_was_and_no_two_are_the_same() {
        let id = JournalId::new([7; 16]);
        let key = |path, size, modified| id.idempotency_key(&revision(path, size, modified));
        assert_eq!(key("a/b", 1, 2), "fb72f54a-9f62-8dce-845f-155547441b62");
        assert_eq!(key("a/b", 1, 2), key("./a//b", 1, 2));
        for other in [
            key("a/c", 1, 2),
            key("a/b", 2, 2),
            key("a/b", 1, 3),
            JournalId::new([8; 16]).idempotency_key(&revision("a/b", 1, 2)),
        ] {
            assert_ne!(key("a/b", 1, 2), other);
        }
    }

    #[test]
    fn an_id_is_shown_and_read_back() {
        let id = JournalId::new([0x0f; 16]);
        assert_eq!(id.to_string(), "0f".repeat(16));
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "",
            "0f",
            &"0F".repeat(16),
            &"0g".repeat(16),
            &"+f".repeat(16),
        ] {
            assert_eq!(text.parse::<JournalId>(), Err(()), "{text}");
        }
    }
}
