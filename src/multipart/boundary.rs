//! The boundary: the text that keeps a body's parts apart.
//!
//! What it may be made of and how it is written as a parameter; not where to look for it, which is
//! `delimiter.rs`. RFC 2046, section 5.1.1:
//!
//! ```text
//! boundary      := 0*69<bchars> bcharsnospace
//! bchars        := bcharsnospace / " "
//! bcharsnospace := DIGIT / ALPHA / "'" / "(" / ")" / "+" / "_" / ","
//!                  / "-" / "." / "/" / ":" / "=" / "?"
//! ```

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::parameters::is_token;

/// The most characters a boundary may have (RFC 2046, 5.1.1). Parsers elsewhere have looped at 252
/// and refused 300; nobody fails at 70.
const LONGEST: usize = 70;

/// The dashes that a generated boundary begins with. They make it easy to see in a capture, and
/// keep it clear of content that begins with a word.
const DASHES: &str = "------------";

/// Five bits to a character, so that a random byte is used without bias by taking its low five bits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// A boundary that RFC 2046 allows.
///
/// ```
/// use formpost::multipart::Boundary;
///
/// let boundary = Boundary::new("a, b")?;
/// assert_eq!(boundary.as_str(), "a, b");
/// assert_eq!(boundary.parameter(), r#""a, b""#);
/// # Ok::<(), formpost::multipart::BoundaryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary(String);

/// Why a text cannot be a boundary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoundaryError {
    /// It has no characters.
    #[error("a boundary needs at least one character")]
    Empty,
    /// It has more than 70 characters.
    #[error("a boundary has at most {LONGEST} characters, this one has {length}")]
    TooLong {
        /// How many it has.
        length: usize,
    },
    /// It has a character that no boundary may have.
    #[error("a boundary cannot contain {found:?}, which is its character {}; allowed are letters, digits, space and ' ( ) + _ , - . / : = ?", position + 1)]
    Character {
        /// The first such character.
        found: char,
        /// How many characters stand before it.
        position: usize,
    },
    /// Its last character is a space, which a reader would take for transport padding.
    #[error("a boundary cannot end with a space")]
    TrailingSpace,
}

impl Boundary {
    /// Takes a text for a boundary.
    ///
    /// # Errors
    ///
    /// If RFC 2046 does not allow it; the error says which character is to blame.
    pub fn new(text: &str) -> Result<Self, BoundaryError> {
        let not_allowed = |(_, character): &(usize, char)| !is_boundary_character(*character);
        if let Some((position, found)) = text.chars().enumerate().find(not_allowed) {
            return Err(BoundaryError::Character { found, position });
        }
        match text.len() {
            0 => Err(BoundaryError::Empty),
            length if length > LONGEST => Err(BoundaryError::TooLong { length }),
            _ if text.ends_with(' ') => Err(BoundaryError::TrailingSpace),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// Makes a boundary of 140 random bits, the low five of each byte.
    ///
    /// The randomness is an argument, so that the same bytes always give the same body. Take it
    /// from the operating system: content that contains a boundary that could be guessed is read as
    /// further parts. No content is searched for it; one in 2^140 is as good as never.
    #[must_use]
    pub fn from_random(random: [u8; 28]) -> Self {
        let letters = random
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self(DASHES.chars().chain(letters).collect())
    }

    /// The boundary itself, without dashes ahead or quotes around.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The boundary as a parameter's value: in quotes if it is not a token (RFC 9110, 5.6.6).
    ///
    /// Inside the quotes nothing needs a backslash: neither `"` nor `\` can be part of a boundary.
    #[must_use]
    pub fn parameter(&self) -> Cow<'_, str> {
        if is_token(self.0.as_bytes()) {
            Cow::Borrowed(&self.0)
        } else {
            Cow::Owned(format!("\"{}\"", self.0))
        }
    }
}

impl FromStr for Boundary {
    type Err = BoundaryError;

    fn from_str(text: &str) -> Result<Self, BoundaryError> {
        Self::new(text)
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// `bchars`.
fn is_boundary_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "'()+_,-./:=? ".contains(character)
}

#[cfg(test)]
mod tests {
    use super::{Boundary, BoundaryError};

    #[test]
    fn every_allowed_character_is_taken() {
        let all = "'()+_,-./:=? azAZ09";
        assert_eq!(Boundary::new(all).unwrap().as_str(), all);
    }

    #[test]
    fn a_refusal_names_what_was_found_and_where() {
        use BoundaryError::{Character, Empty, TooLong, TrailingSpace};
        for (text, expected) in [
            ("", Empty),
            (" ", TrailingSpace),
            ("a ", TrailingSpace),
            (
                "a\"b",
                Character {
                    found: '"',
                    position: 1,
                },
            ),
            (
                "é",
                Character {
                    found: 'é',
                    position: 0,
                },
            ),
            (
                "ab\r\n",
                Character {
                    found: '\r',
                    position: 2,
                },
            ),
            (
                "a;b",
                Character {
                    found: ';',
                    position: 1,
                },
            ),
            (
                "a\tb",
                Character {
                    found: '\t',
                    position: 1,
                },
            ),
            (&"x".repeat(71), TooLong { length: 71 }),
        ] {
            assert_eq!(Boundary::new(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn a4_every_length_from_0_to_300_is_settled() {
        for length in 0..=300 {
            let taken = Boundary::new(&"b".repeat(length)).is_ok();
            assert_eq!(taken, (1..=70).contains(&length), "{length}");
        }
    }

    #[test]
    fn a_random_boundary_uses_five_bits_of_each_byte() {
        let mut random = [0; 28];
        random[1] = 31;
        random[2] = 32;
        random[27] = 255;
        let boundary = Boundary::from_random(random);
        assert_eq!(
            boundary.as_str(),
            "------------0v0000000000000000000000000v"
        );
        assert_eq!(Boundary::new(boundary.as_str()), Ok(boundary));
    }

    #[test]
    fn a_random_boundary_never_needs_quotes() {
        for byte in 0..=255 {
            let boundary = Boundary::from_random([byte; 28]);
            assert_eq!(boundary.parameter(), boundary.as_str());
        }
    }

    #[test]
    fn quotes_stand_only_where_a_token_will_not_do() {
        for (text, expected) in [
            ("simple", "simple"),
            ("a'b+c_d-e.f", "a'b+c_d-e.f"),
            ("a b", "\"a b\""),
            ("a:b", "\"a:b\""),
            ("a=b", "\"a=b\""),
            ("a/b", "\"a/b\""),
            ("(a)", "\"(a)\""),
            ("a,b", "\"a,b\""),
            ("a?", "\"a?\""),
        ] {
            assert_eq!(Boundary::new(text).unwrap().parameter(), expected);
        }
    }

    #[test]
    fn it_is_read_from_text_and_shown_as_text() {
        assert_eq!("abc".parse::<Boundary>().unwrap().to_string(), "abc");
    }
}
