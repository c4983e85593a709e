//! Content-Type: what a request's head, or a user, says a body is.
//!
//! It reads the value of the header and answers the questions that decide how a body is read; it
//! keeps no parameter but the boundary. RFC 9110, section 8.3.1:
//!
//! ```text
//! media-type = type "/" subtype parameters
//! ```

use super::boundary::{Boundary, BoundaryError};
use super::parameters::{ParameterError, Parameters, is_blank, token_length};

/// What the value of a Content-Type says.
///
/// ```
/// use formpost::multipart::ContentType;
///
/// let content_type = ContentType::parse("Multipart/Form-Data; boundary=\"a b\"")?;
/// assert!(content_type.is_form_data());
/// assert_eq!(content_type.boundary().unwrap().unwrap().as_str(), "a b");
/// # Ok::<(), formpost::multipart::ContentTypeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    essence: String,
    boundary: Option<String>,
}

/// Why a text is not the value of a Content-Type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentTypeError {
    /// It does not begin with `type/subtype`.
    #[error("expected a media type such as `image/png`, found {found:?}")]
    MediaType {
        /// The whole text.
        found: String,
    },
    /// It has a control character, which no header may have.
    #[error("a media type cannot contain the control character {found:?}")]
    ControlCharacter {
        /// The first such character.
        found: char,
    },
    /// What follows the media type is not a list of parameters.
    #[error("the parameters of a media type are malformed: {0}")]
    Parameter(#[from] ParameterError),
    /// There are two boundaries, of which some readers take the first and some the last.
    #[error("a media type cannot have two `boundary` parameters")]
    RepeatedBoundary,
}

impl ContentType {
    /// Reads the value of a Content-Type.
    ///
    /// # Errors
    ///
    /// If it is not a media type with well-formed parameters, or names two boundaries. Whether the
    /// boundary is one that RFC 2046 allows is another question: see [`boundary`](Self::boundary).
    pub fn parse(text: &str) -> Result<Self, ContentTypeError> {
        let text = text.trim_matches([' ', '\t']);
        if let Some(found) = text
            .chars()
            .find(|found| found.is_ascii_control() && *found != '\t')
        {
            return Err(ContentTypeError::ControlCharacter { found });
        }
        let length =
            essence_length(text.as_bytes()).ok_or_else(|| ContentTypeError::MediaType {
                found: text.to_owned(),
            })?;
        let mut content_type = Self {
            essence: text[..length].to_ascii_lowercase(),
            boundary: None,
        };
        for parameter in Parameters::new(text.as_bytes(), length) {
            let parameter = parameter?;
            if parameter.name == "boundary" {
                content_type.set_boundary(&parameter.value)?;
            }
        }
        Ok(content_type)
    }

    fn set_boundary(&mut self, value: &[u8]) -> Result<(), ContentTypeError> {
        let value = String::from_utf8_lossy(value).into_owned();
        match self.boundary.replace(value) {
            None => Ok(()),
            Some(_) => Err(ContentTypeError::RepeatedBoundary),
        }
    }

    /// `type/subtype` in lower case, without parameters.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// Whether the body is made of parts, of whatever kind.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.essence.starts_with("multipart/")
    }

    /// Whether the body is a form, `multipart/form-data`.
    #[must_use]
    pub fn is_form_data(&self) -> bool {
        self.essence == "multipart/form-data"
    }

    /// The boundary, if one is named, and whether it can be one.
    #[must_use]
    pub fn boundary(&self) -> Option<Result<Boundary, BoundaryError>> {
        self.boundary.as_deref().map(Boundary::new)
    }
}

/// How many bytes of `text` are `type "/" subtype`; `None` if it does not begin with one.
fn essence_length(text: &[u8]) -> Option<usize> {
    let kind = token_length(text);
    let subtype = token_length(text[kind..].strip_prefix(b"/")?);
    let length = kind + 1 + subtype;
    let is_whole = text
        .get(length)
        .is_none_or(|next| *next == b';' || is_blank(*next));
    (kind > 0 && subtype > 0 && is_whole).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::super::boundary::BoundaryError;
    use super::super::parameters::{Expected, ParameterError};
    use super::{ContentType, ContentTypeError};

    #[test]
    fn the_essence_is_in_lower_case_and_without_parameters() {
        for (text, expected) in [
            ("text/plain", "text/plain"),
            ("TEXT/Plain;charset=utf-8", "text/plain"),
            (" image/svg+xml ; a=\"b;c\" ", "image/svg+xml"),
        ] {
            assert_eq!(ContentType::parse(text).unwrap().essence(), expected);
        }
    }

    #[test]
    fn form_data_is_one_kind_of_multipart() {
        for (text, is_multipart, is_form_data) in [
            ("multipart/form-data", true, true),
            ("MULTIPART/Form-Data; BOUNDARY=x", true, true),
            ("multipart/mixed; boundary=x", true, false),
            ("text/plain", false, false),
            ("application/multipart", false, false),
        ] {
            let content_type = ContentType::parse(text).unwrap();
            assert_eq!(content_type.is_multipart(), is_multipart, "{text}");
            assert_eq!(content_type.is_form_data(), is_form_data, "{text}");
        }
    }

    #[test]
    fn the_boundary_is_found_whatever_stands_around_it() {
        for (text, expected) in [
            ("multipart/form-data; boundary=abc", "abc"),
            ("multipart/form-data; BOUNDARY=aBc", "aBc"),
            (
                "multipart/form-data; charset=utf-8; boundary=\"a b\";",
                "a b",
            ),
            (
                "multipart/form-data; x=\"; boundary=no\"; boundary=yes",
                "yes",
            ),
            ("multipart/form-data;boundary=\"a,b=c\"", "a,b=c"),
        ] {
            let boundary = ContentType::parse(text).unwrap().boundary().unwrap();
            assert_eq!(boundary.unwrap().as_str(), expected, "{text}");
        }
        assert!(
            ContentType::parse("multipart/form-data")
                .unwrap()
                .boundary()
                .is_none()
        );
    }

    #[test]
    fn a_boundary_that_cannot_be_one_is_an_answer_of_its_own() {
        for (text, expected) in [
            ("multipart/form-data; boundary=\"\"", BoundaryError::Empty),
            (
                "multipart/form-data; boundary=\"a \"",
                BoundaryError::TrailingSpace,
            ),
            (
                "multipart/form-data; boundary=\"a\\\"b\"",
                BoundaryError::Character {
                    found: '"',
                    position: 1,
                },
            ),
        ] {
            let content_type = ContentType::parse(text).unwrap();
            assert_eq!(content_type.boundary(), Some(Err(expected)), "{text}");
        }
    }

    #[test]
    fn a29_two_boundaries_are_refused_even_if_equal() {
        for text in ["m/x;boundary=a;boundary=b", "m/x;boundary=a;Boundary=a"] {
            assert_eq!(
                ContentType::parse(text),
                Err(ContentTypeError::RepeatedBoundary)
            );
        }
    }

    #[test]
    fn what_is_not_a_media_type_is_refused() {
        for text in [
            "",
            "text",
            "/plain",
            "text/",
            "text//plain",
            "a b/c",
            "te,xt/plain",
            "text/plain,x",
        ] {
            let expected = ContentTypeError::MediaType {
                found: text.to_owned(),
            };
            assert_eq!(ContentType::parse(text), Err(expected));
        }
    }

    #[test]
    fn malformed_parameters_and_control_characters_are_refused() {
        let malformed = |expected, at| ContentTypeError::Parameter(ParameterError { expected, at });
        let control = |found| ContentTypeError::ControlCharacter { found };
        for (text, expected) in [
            ("a/b; boundary", malformed(Expected::Equals, 13)),
            ("a/b; boundary=a:b", malformed(Expected::Semicolon, 15)),
            ("a/b; boundary=\"x", malformed(Expected::ClosingQuote, 14)),
            ("a/b\r\nX: y", control('\r')),
            ("a/b; c=\"\0\"", control('\0')),
        ] {
            assert_eq!(ContentType::parse(text), Err(expected), "{text:?}");
        }
    }
}
