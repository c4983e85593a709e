//! A boundary looked for in content that is on its way out.
//!
//! Of a random boundary nobody need be afraid; one that a user chose may stand in a file. Wherever `"--" boundary`
//! occurs is taken for an end of the part by some reader, whether a line begins there or not.

use memchr::memmem::Finder;

use super::boundary::Boundary;

/// Looks for `"--" boundary` in content that comes in pieces.
#[derive(Debug, Clone)]
pub struct BoundarySearch {
    finder: Finder<'static>,
    /// The end of what was looked at, too short to be a match: one byte less than what is looked for at the most.
    carry: Vec<u8>,
}

impl BoundarySearch {
    /// A search from the beginning of a content.
    #[must_use]
    pub fn new(boundary: &Boundary) -> Self {
        let dash_boundary = format!("--{boundary}");
        Self {
            finder: Finder::new(dash_boundary.as_bytes()).into_owned(),
            carry: Vec::new(),
        }
    }

    /// Whether it occurs in the content up to the end of this piece. Each byte is looked at twice at the most.
    ///
    /// ```
    /// use formpost::multipart::{Boundary, BoundarySearch};
    ///
    /// let mut search = BoundarySearch::new(&Boundary::new("XX")?);
    /// assert!(!search.finds_in(b"content-"));
    /// assert!(search.finds_in(b"-XX"));
    /// # Ok::<(), formpost::multipart::BoundaryError>(())
    /// ```
    pub fn finds_in(&mut self, piece: &[u8]) -> bool {
        let kept = self.finder.needle().len() - 1;
        self.carry
            .extend_from_slice(&piece[..piece.len().min(kept)]);
        let found = self.finder.find(&self.carry).is_some() || self.finder.find(piece).is_some();
        if piece.len() > kept {
            self.carry.clear();
            self.carry.extend_from_slice(&piece[piece.len() - kept..]);
        }
        let surplus = self.carry.len().saturating_sub(kept);
        self.carry.drain(..surplus);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::BoundarySearch;
    use crate::multipart::Boundary;

    #[test]
    fn s7_a_boundary_is_found_however_the_content_is_cut() {
        let boundary = Boundary::new("a-a").unwrap();
        for (content, is_there) in [
            ("", false),
            ("--a-a", true),
            ("x--a-", false),
            ("----a-a", true),
            ("--a--a-a", true),
            ("-- a-a", false),
            ("plain text that goes on --a-a and on", true),
        ] {
            for size in 1..=content.len().max(1) {
                let mut search = BoundarySearch::new(&boundary);
                let mut pieces = content.as_bytes().chunks(size);
                let found = pieces.any(|piece| search.finds_in(piece));
                assert_eq!(found, is_there, "{content:?} in pieces of {size}");
            }
        }
    }
}
