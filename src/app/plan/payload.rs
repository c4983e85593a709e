//! What bodies are made of, and what one is made of it.

use std::sync::Arc;

use formpost::multipart::{Boundary, Escape};
use formpost::send::{Body, Content, Form, Header, Meter, Part};

use super::error::PlanError;
use super::outer_type::OuterType;
use crate::app::random;

/// What bodies are made of.
#[derive(Debug)]
pub(super) enum Payload {
    /// Parts, with a boundary between them that is each request's own unless one was chosen.
    Multipart {
        outer: OuterType,
        parts: Vec<Part>,
        escape: Escape,
    },
    /// One content, as it is.
    Whole {
        content_type: Option<Header>,
        content: Content,
    },
    /// Nothing: there is no body.
    Nothing { content_type: Option<Header> },
}

impl Payload {
    /// Its contents, a nested multipart being one.
    fn contents(&self) -> impl Iterator<Item = &Content> {
        let (parts, whole) = match self {
            Self::Multipart { parts, .. } => (&parts[..], None),
            Self::Whole { content, .. } => (&[][..], Some(content)),
            Self::Nothing { .. } => (&[][..], None),
        };
        parts.iter().map(|part| &part.content).chain(whole)
    }

    /// The name of the first source that cannot be read again.
    pub(super) fn spent(&self) -> Option<&str> {
        self.contents().find_map(Content::spent)
    }

    /// The name of the first source that can be read once only.
    pub(super) fn fleeting(&self) -> Option<&str> {
        self.contents().find_map(Content::fleeting)
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing { .. })
    }

    /// The boundary of the next body, if it has one.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(super) fn boundary(&self) -> Result<Option<Boundary>, PlanError> {
        match self {
            Self::Multipart { outer, .. } => {
                Ok(Some(outer.boundary().map_or_else(random::boundary, Ok)?))
            }
            Self::Whole { .. } | Self::Nothing { .. } => Ok(None),
        }
    }

    /// The Content-Type of a body with that boundary.
    ///
    /// # Errors
    /// If it cannot be sent.
    pub(super) fn content_type(
        &self,
        boundary: Option<&Boundary>,
    ) -> Result<Option<Header>, PlanError> {
        match self {
            Self::Multipart { outer, .. } => {
                boundary.map(|boundary| outer.header(boundary)).transpose()
            }
            Self::Whole { content_type, .. } | Self::Nothing { content_type } => {
                Ok(content_type.clone())
            }
        }
    }

    /// A body with that boundary.
    ///
    /// # Errors
    /// If a part's head cannot be written.
    pub(super) fn body(&self, boundary: Option<&Boundary>) -> Result<Body, PlanError> {
        let meter = Arc::new(Meter::new());
        match (self, boundary) {
            (Self::Multipart { parts, escape, .. }, Some(boundary)) => {
                let form = Form {
                    boundary: boundary.clone(),
                    parts: parts.clone(),
                };
                Body::new(form, *escape, meter).map_err(|error| PlanError::usage(error.to_string()))
            }
            (Self::Whole { content, .. }, _) => Ok(Body::whole(content.clone(), meter)),
            (Self::Multipart { .. } | Self::Nothing { .. }, _) => {
                Ok(Body::whole(Content::bytes(""), meter))
            }
        }
    }
}
