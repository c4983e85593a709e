//! One request of an upload: made anew each time it is to be sent.

use std::sync::Arc;

use formpost::multipart::{Boundary, Escape};
use formpost::send::{Body, Form, Framing, Head, Meter, Part, Url};

use super::error::PlanError;
use super::head::{HeadDraft, OuterType};
use super::random;

/// What goes out once.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) framing: Framing,
    pub(crate) body: Body,
    pub(crate) boundary: Boundary,
}

/// From what requests are made.
#[derive(Debug)]
pub(super) struct Recipe {
    head: HeadDraft,
    outer: OuterType,
    parts: Vec<Part>,
    escape: Escape,
    /// Chunked, even if the length is known.
    chunked: bool,
}

impl Recipe {
    /// # Errors
    /// If no request can be made of it.
    pub(super) fn new(
        head: HeadDraft,
        outer: OuterType,
        parts: Vec<Part>,
        escape: Escape,
        chunked: bool,
    ) -> Result<Self, PlanError> {
        let recipe = Self {
            head,
            outer,
            parts,
            escape,
            chunked,
        };
        recipe.request()?;
        Ok(recipe)
    }

    pub(super) fn url(&self) -> &Url {
        self.head.url()
    }

    pub(super) fn spent(&self) -> Option<&str> {
        self.parts.iter().find_map(|part| part.content.spent())
    }

    pub(super) fn request(&self) -> Result<Request, PlanError> {
        let boundary = self.outer.boundary().map_or_else(random::boundary, Ok)?;
        let value = self.outer.value(&boundary);
        let head = self.head.clone().with_content_type(&value)?;
        let form = Form {
            boundary: boundary.clone(),
            parts: self.parts.clone(),
        };
        let body = Body::new(form, self.escape, Arc::new(Meter::new()))
            .map_err(|error| PlanError::usage(error.to_string()))?;
        let framing = match body.length() {
            Some(length) if !self.chunked => Framing::Length(length),
            _ => Framing::Chunked,
        };
        Ok(Request {
            head,
            framing,
            body,
            boundary,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use formpost::multipart::PartHead;
    use formpost::send::Content;

    use super::*;
    use crate::app::cli::Cli;
    use crate::app::plan::head;

    fn recipe(arguments: &[&str], content: Content) -> Recipe {
        let arguments = ["formpost", "http://h/"].iter().chain(arguments);
        let upload = Cli::parse_from(arguments.map(Into::into)).unwrap().upload;
        let url = upload.url.unwrap();
        let (head, outer) = head::plan(upload.request, url, upload.form.boundary, false).unwrap();
        let part = Part {
            head: PartHead {
                name: Some(b"a".to_vec()),
                ..PartHead::default()
            },
            content,
        };
        Recipe::new(
            head,
            outer,
            vec![part],
            Escape::Percent,
            upload.form.chunked,
        )
        .unwrap()
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
                assert!(body.contains("\r\n\r\ncontent\r\n"), "{body}");
                assert!(body.starts_with(&format!("--{}\r\n", request.boundary)));
                let head = String::from_utf8(request.head.to_bytes(request.framing)).unwrap();
                assert!(
                    head.contains(&format!("boundary={}\r\n", request.boundary)),
                    "{head}"
                );
                assert_eq!(request.body.meter().body(), body.len() as u64);
            }
        }
    }

    #[test]
    fn a_chosen_boundary_stays() {
        let recipe = recipe(&["--boundary", "X"], Content::bytes("content"));
        for _ in 0..2 {
            assert_eq!(recipe.request().unwrap().boundary.as_str(), "X");
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
