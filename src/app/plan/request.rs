//! One request of an upload: made anew each time it is to be sent.

use std::sync::Arc;

use formpost::multipart::{Boundary, Escape};
use formpost::send::{Body, Content, Form, Framing, Head, Meter, Part, Url};

use super::error::PlanError;
use super::head::{HeadDraft, OuterType};
use super::random;

/// What goes out once.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) framing: Framing,
    pub(crate) body: Body,
    /// What stands between the parts, if the body has any.
    pub(crate) boundary: Option<Boundary>,
}

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
        content_type: Option<String>,
        content: Content,
    },
    /// Nothing: there is no body.
    Nothing { content_type: Option<String> },
}

impl Payload {
    fn spent(&self) -> Option<&str> {
        match self {
            Self::Multipart { parts, .. } => parts.iter().find_map(|part| part.content.spent()),
            Self::Whole { content, .. } => content.spent(),
            Self::Nothing { .. } => None,
        }
    }
}

/// From what requests are made.
#[derive(Debug)]
pub(super) struct Recipe {
    head: HeadDraft,
    payload: Payload,
    /// Chunked, even if the length is known.
    chunked: bool,
}

impl Recipe {
    /// # Errors
    /// If no request can be made of it.
    pub(super) fn new(head: HeadDraft, payload: Payload, chunked: bool) -> Result<Self, PlanError> {
        let recipe = Self {
            head,
            payload,
            chunked,
        };
        recipe.request()?;
        Ok(recipe)
    }

    pub(super) fn url(&self) -> &Url {
        self.head.url()
    }

    pub(super) fn spent(&self) -> Option<&str> {
        self.payload.spent()
    }

    pub(super) fn request(&self) -> Result<Request, PlanError> {
        let head = self.head.clone();
        match &self.payload {
            Payload::Multipart {
                outer,
                parts,
                escape,
            } => {
                let boundary = outer.boundary().map_or_else(random::boundary, Ok)?;
                let form = Form {
                    boundary: boundary.clone(),
                    parts: parts.clone(),
                };
                let body = Body::new(form, *escape, Arc::new(Meter::new()))
                    .map_err(|error| PlanError::usage(error.to_string()))?;
                Ok(Request {
                    head: head.with_content_type(Some(&outer.value(&boundary)))?,
                    framing: self.framing(&body),
                    body,
                    boundary: Some(boundary),
                })
            }
            Payload::Whole {
                content_type,
                content,
            } => {
                let body = Body::whole(content.clone(), Arc::new(Meter::new()));
                Ok(Request {
                    head: head.with_content_type(content_type.as_deref())?,
                    framing: self.framing(&body),
                    body,
                    boundary: None,
                })
            }
            Payload::Nothing { content_type } => Ok(Request {
                head: head.with_content_type(content_type.as_deref())?,
                framing: Framing::Empty,
                body: Body::whole(Content::bytes(""), Arc::new(Meter::new())),
                boundary: None,
            }),
        }
    }

    fn framing(&self, body: &Body) -> Framing {
        match body.length() {
            Some(length) if !self.chunked => Framing::Length(length),
            _ => Framing::Chunked,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use formpost::multipart::PartHead;
    use formpost::send::Content;

    use super::*;
    use crate::app::cli::Cli;
    use crate::app::plan::head::{self, Given};

    fn recipe(arguments: &[&str], content: Content) -> Recipe {
        let arguments = ["formpost", "http://h/"].iter().chain(arguments);
        let upload = Cli::parse_from(arguments.map(Into::into)).unwrap().upload;
        let url = upload.url.unwrap();
        let mut given = Given::read("-H", &upload.request.headers).unwrap();
        let outer = OuterType::settle(&mut given, upload.form.boundary).unwrap();
        let head = head::plan(upload.request, given, url, "POST", false).unwrap();
        let part = Part {
            head: PartHead {
                name: Some(b"a".to_vec()),
                ..PartHead::default()
            },
            content,
        };
        let payload = Payload::Multipart {
            outer,
            parts: vec![part],
            escape: Escape::Percent,
        };
        Recipe::new(head, payload, upload.form.chunked).unwrap()
    }

    fn octets(request: &mut Request) -> String {
        let mut octets = String::new();
        request.body.read_to_string(&mut octets).unwrap();
        octets
    }

    #[test]
    fn each_request_is_the_same_but_for_its_boundary() {
        for chunked in [&[][..], &["--chunked"]] {
            let recipe = recipe(chunked, Content::bytes("content"));
            let mut requests = [recipe.request().unwrap(), recipe.request().unwrap()];
            let bodies = requests.each_mut().map(octets);
            let [one, other] = &requests;
            assert_ne!(one.boundary, other.boundary);
            assert_eq!(one.framing, other.framing);
            for (request, body) in requests.iter().zip(&bodies) {
                let boundary = request.boundary.as_ref().unwrap();
                assert!(body.contains("\r\n\r\ncontent\r\n"), "{body}");
                assert!(body.starts_with(&format!("--{boundary}\r\n")));
                let head = String::from_utf8(request.head.to_bytes(request.framing)).unwrap();
                assert!(head.contains(&format!("boundary={boundary}\r\n")), "{head}");
                assert_eq!(request.body.meter().body(), body.len() as u64);
            }
        }
    }

    #[test]
    fn a_chosen_boundary_stays() {
        let recipe = recipe(&["--boundary", "X"], Content::bytes("content"));
        for _ in 0..2 {
            assert_eq!(recipe.request().unwrap().boundary.unwrap().as_str(), "X");
        }
    }

    #[test]
    fn a_pipe_is_spent_by_its_first_request() {
        let recipe = recipe(&[], Content::reader("the pipe", &b"content"[..]));
        drop(recipe.request().unwrap());
        assert_eq!(recipe.spent(), None);
        octets(&mut recipe.request().unwrap());
        assert_eq!(recipe.spent(), Some("the pipe"));
        let mut request = recipe.request().unwrap();
        assert!(request.body.read_to_end(&mut Vec::new()).is_err());
    }
}
