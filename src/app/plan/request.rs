//! One request of an upload: made anew each time it is to be sent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formpost::multipart::Boundary;
use formpost::send::{Body, Checksum, Coding, Framing, Head, Tally, Url};

use super::error::PlanError;
use super::given::header;
use super::head::HeadDraft;
use super::payload::Payload;
use super::treatment::{Treated, Treatment};

/// What goes out once.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) framing: Framing,
    pub(crate) body: Body,
    /// What stands between the parts, if the body has any.
    pub(crate) boundary: Option<Boundary>,
    /// What the body is coded in.
    pub(crate) coding: Option<Coding>,
    /// The checksums that were asked for.
    pub(crate) tally: Option<Tally>,
}

/// From what requests are made.
#[derive(Debug)]
pub(super) struct Recipe {
    head: HeadDraft,
    payload: Payload,
    treatment: Treatment,
}

impl Recipe {
    /// # Errors
    /// If no request can be made of it.
    pub(super) fn new(
        head: HeadDraft,
        payload: Payload,
        treatment: Treatment,
    ) -> Result<Self, PlanError> {
        treatment.check(&head, &payload)?;
        let recipe = Self {
            head,
            payload,
            treatment,
        };
        recipe.head()?;
        let body = recipe.payload.body(recipe.payload.boundary()?.as_ref())?;
        // How long a coded body is will be known once it is coded.
        if recipe.treatment.coding.is_none() {
            recipe.framing(&body)?;
        }
        Ok(recipe)
    }

    pub(super) fn url(&self) -> &Url {
        self.head.url()
    }

    pub(super) fn spent(&self) -> Option<&str> {
        self.payload.spent()
    }

    pub(super) fn head(&self) -> Result<Head, PlanError> {
        self.head_with(self.payload.boundary()?.as_ref(), None)
    }

    pub(super) fn request(&self) -> Result<Request, PlanError> {
        let boundary = self.payload.boundary()?;
        let Treated {
            body,
            digest,
            tally,
        } = self
            .treatment
            .treat(|| self.payload.body(boundary.as_ref()))?;
        Ok(Request {
            head: self.head_with(boundary.as_ref(), digest.as_ref())?,
            framing: self.framing(&body)?,
            body,
            boundary,
            coding: self.treatment.coding,
            tally,
        })
    }

    fn framing(&self, body: &Body) -> Result<Framing, PlanError> {
        let asked = self.treatment.framing;
        let framing = match body.length() {
            _ if self.payload.is_nothing() => Framing::Empty,
            Some(length) if !asked.chunked => Framing::Length(length),
            _ => Framing::Chunked,
        };
        asked.check(framing)?;
        Ok(framing)
    }

    fn head_with(
        &self,
        boundary: Option<&Boundary>,
        digest: Option<&Checksum>,
    ) -> Result<Head, PlanError> {
        let field = |name, value: &str| header(name, name, value);
        let coding = self.treatment.coding;
        let fields = [
            self.payload.content_type(boundary)?.map(Ok),
            coding.map(|coding| field("Content-Encoding", coding.as_str())),
            digest.map(|digest| field("Content-Digest", &content_digest(digest))),
        ];
        let fields: Result<Vec<_>, _> = fields.into_iter().flatten().collect();
        self.head.clone().with_content_fields(fields?)
    }
}

/// A dictionary with one member, a byte sequence (RFC 9530 section 2, RFC 9651 sections 3.2 and 3.3.5).
fn content_digest(checksum: &Checksum) -> String {
    let name = checksum.algorithm().as_str();
    format!("{name}=:{}:", STANDARD.encode(checksum.octets()))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use formpost::multipart::{Escape, PartHead};
    use formpost::send::{Content, Part};

    use super::*;
    use crate::app::cli::Cli;
    use crate::app::plan::given::Given;
    use crate::app::plan::head;
    use crate::app::plan::outer_type::OuterType;

    fn recipe(arguments: &[&str], content: Content) -> Recipe {
        let arguments = ["formpost", "http://h/"].iter().chain(arguments);
        let upload = Cli::parse_from(arguments.map(Into::into)).unwrap().upload;
        let url = upload.url.unwrap().url().clone();
        let mut given = Given::read("-H", &upload.request.headers).unwrap();
        let outer = OuterType::settle(&mut given, upload.form.boundary.clone()).unwrap();
        let framing = given.framing.or_chunked(upload.form.chunked);
        let head = head::plan(&upload.request, given, url, "POST", false).unwrap();
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
        let treatment = Treatment::of(&upload.body, &upload.form, framing, None).unwrap();
        Recipe::new(head, payload, treatment).unwrap()
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
