//! The request's head: what was asked for, over what is sent anyway.

use formpost::send::{Head, Header, Login, Url};

use super::cookies::Cookies;
use super::credentials::Credentials;
use super::error::PlanError;
use super::given::{Given, header};
use crate::app::cli::{CredentialArgs, RequestArgs};
use crate::app::placeholder::Placeholder;
use crate::app::random;

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A head that lacks what is to be said of the content still.
#[derive(Debug, Clone)]
pub(super) struct HeadDraft {
    method: String,
    url: Url,
    headers: Vec<Header>,
    /// Where those go among them that are about the content.
    content_fields_at: usize,
    /// What it is authorized with, as the user would say it.
    pub(super) credentials: Option<String>,
    /// Who answers a Digest challenge.
    pub(super) digest: Option<Login>,
    /// What to say of all that when much is said.
    pub(super) notes: Vec<String>,
}

impl HeadDraft {
    /// Whether it has a key by which the server can tell a repeat.
    pub(super) fn is_keyed(&self) -> bool {
        self.headers
            .iter()
            .any(|header| header.is(IDEMPOTENCY_KEY) && !header.value().is_empty())
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn method(&self) -> &str {
        &self.method
    }

    /// Whether a second request of that method does no more than the first.
    ///
    /// # Errors
    /// If no head has that method.
    pub(super) fn is_idempotent(&self) -> Result<bool, PlanError> {
        let head = self.clone().with_content_fields(Vec::new())?;
        Ok(head.is_idempotent())
    }

    /// The fields that go out without being given.
    pub(super) fn own(&self) -> impl Iterator<Item = &Header> {
        let own = self.headers[..self.content_fields_at].iter();
        own.filter(|header| !header.is("Host"))
    }

    /// The same with more in the URL's query.
    pub(super) fn asking_with(self, query: &[u8]) -> Self {
        let url = self.url.with_query(&String::from_utf8_lossy(query));
        Self { url, ..self }
    }

    /// Whether it has a field of that name already.
    pub(super) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header.is(name))
    }

    /// What `-H` gave, but for what takes another's place.
    pub(super) fn given(&self) -> impl Iterator<Item = &Header> {
        self.headers[self.content_fields_at..].iter()
    }

    /// The same for one of many: to that URL, with what `-H` gave filled in.
    pub(super) fn for_one_of_many(
        mut self,
        url: Url,
        fill: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Result<Self, PlanError> {
        self.url = url;
        let given = self.headers[self.content_fields_at..].iter_mut();
        for field in given.filter(|field| Placeholder::any_is_in(field.value())) {
            *field = header("-H", field.name(), fill(field.value()))?;
        }
        Ok(self)
    }

    /// The same with that `Idempotency-Key`.
    pub(super) fn with_key(mut self, key: &str) -> Result<Self, PlanError> {
        let field = header("--idempotency-key", IDEMPOTENCY_KEY, quoted(key))?;
        let own = &mut self.headers[..self.content_fields_at];
        if let Some(known) = own.iter_mut().find(|header| header.is(IDEMPOTENCY_KEY)) {
            *known = field;
        }
        Ok(self)
    }

    /// With what is to be said of the content.
    pub(super) fn with_content_fields(mut self, fields: Vec<Header>) -> Result<Head, PlanError> {
        let at = self.content_fields_at;
        let fields = fields.into_iter().map(Header::for_any_origin);
        self.headers.splice(at..at, fields);
        Head::new(&self.method, self.url, self.headers)
            .map_err(|error| PlanError::usage(format!("-X: {error}")))
    }
}

/// Settles everything but the Content-Type, which has been taken out of what `-H` gave; `method` is the body's own.
pub(super) fn plan(
    request: &RequestArgs,
    mut given: Given,
    url: Url,
    method: &str,
    expects: bool,
) -> Result<HeadDraft, PlanError> {
    let mut headers = Vec::new();
    headers.extend(given.take("Host"));
    let agent = request
        .user_agent
        .as_deref()
        .unwrap_or(concat!("formpost/", env!("CARGO_PKG_VERSION")));
    let credentials = credentials(&request.credentials, &url, &given)?;
    let cookies = Cookies::plan(&request.cookies, &url)?;
    let defaults = [
        Some(header("-A", "User-Agent", agent)?.for_any_origin())
            .filter(|agent| !agent.value().is_empty()),
        Some(header("Accept", "Accept", "*/*")?.for_any_origin()),
        credentials.header,
        referer(request.referer.as_deref())?,
        cookies.header,
        idempotency_key(request.idempotency_key.as_ref(), &given)?,
        expects
            .then(|| header("--expect100-timeout", "Expect", "100-continue"))
            .transpose()?
            .map(Header::for_any_origin),
    ];
    headers.extend(
        defaults
            .into_iter()
            .flatten()
            .filter(|header| !given.replaces(header.name())),
    );
    let content_fields_at = headers.len();
    headers.extend(given.fields);
    Ok(HeadDraft {
        method: request.method.as_deref().unwrap_or(method).to_owned(),
        url,
        headers,
        content_fields_at,
        credentials: credentials.named,
        digest: credentials.digest,
        notes: credentials.note.into_iter().chain(cookies.notes).collect(),
    })
}

/// `-e`. With curl, `;auto` behind it has redirections say where they come from; here they keep what was given.
fn referer(given: Option<&str>) -> Result<Option<Header>, PlanError> {
    given
        .map(|text| text.strip_suffix(";auto").unwrap_or(text))
        .filter(|text| !text.is_empty())
        .map(|text| header("-e", "Referer", text))
        .transpose()
}

/// A field from `-H` stands above all other credentials.
fn credentials(
    arguments: &CredentialArgs,
    url: &Url,
    given: &Given,
) -> Result<Credentials, PlanError> {
    if !given.replaces("Authorization") {
        return Credentials::plan(arguments, url);
    }
    if arguments.digest {
        return Err(PlanError::usage(
            "--digest and -H Authorization: expected one of them",
        ));
    }
    let is_sent = !given.is_removed("Authorization");
    Ok(Credentials {
        named: is_sent.then(|| String::from("-H Authorization")),
        ..Credentials::default()
    })
}

/// `--idempotency-key`, as a structured field's string (RFC 9651 section 3.3.3).
fn idempotency_key(
    asked: Option<&Option<String>>,
    given: &Given,
) -> Result<Option<Header>, PlanError> {
    let Some(key) = asked else {
        return Ok(None);
    };
    if given.replaces(IDEMPOTENCY_KEY) {
        return Err(PlanError::usage(
            "--idempotency-key and -H Idempotency-Key: expected one of them",
        ));
    }
    let key = key.clone().map_or_else(random::uuid, Ok)?;
    header("--idempotency-key", IDEMPOTENCY_KEY, quoted(&key)).map(Some)
}

/// A structured field's string.
fn quoted(key: &str) -> String {
    let escaped = key.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use formpost::multipart::Boundary;
    use formpost::send::Framing;

    use super::*;
    use crate::app::cli::Cli;
    use crate::app::plan::outer_type::OuterType;

    /// The names of the fields that follow a redirection to `target`.
    fn fields_toward(target: &str, arguments: &[&str]) -> Vec<String> {
        let program = ["formpost", "http://me:secret@h/", "file"];
        let arguments = program.iter().chain(arguments);
        let upload = Cli::parse_from(arguments.map(Into::into)).unwrap().upload;
        let mut given = Given::read("-H", &upload.request.headers).unwrap();
        let outer = OuterType::settle(&mut given, None).unwrap();
        let draft = plan(
            &upload.request,
            given,
            upload.url.unwrap().url().clone(),
            "POST",
            false,
        )
        .unwrap();
        let content_type = outer.header(&Boundary::new("b").unwrap()).unwrap();
        let head = draft.with_content_fields(vec![content_type]).unwrap();
        let target = target.parse().unwrap();
        let bytes = head.toward(&target).to_bytes(Framing::Chunked);
        let lines = String::from_utf8(bytes).unwrap();
        let names = lines.lines().filter_map(|line| line.split_once(": "));
        names.map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn r1_only_what_is_sent_anyway_goes_to_another_origin() {
        let own = [
            "Host",
            "User-Agent",
            "Accept",
            "Content-Type",
            "Transfer-Encoding",
        ];
        for (arguments, given) in [
            (&[][..], "Authorization"),
            (&["-u", "me:secret"], "Authorization"),
            (&["--oauth2-bearer", "secret"], "Authorization"),
            (&["-A", "agent", "-H", "X-Api-Key: secret"], "X-Api-Key"),
            (&["-b", "session=secret"], "Cookie"),
            (&["-e", "http://from/"], "Referer"),
            (
                &[
                    "-H",
                    "Content-Type: multipart/mixed",
                    "-H",
                    "Cookie: secret",
                ],
                "Cookie",
            ),
        ] {
            assert_eq!(
                fields_toward("http://other/", arguments),
                own,
                "{arguments:?}"
            );
            let within = fields_toward("http://h/there", arguments);
            assert!(within.iter().any(|name| name == given), "{arguments:?}");
        }
    }

    #[test]
    fn r1_any_field_of_the_header_option_counts_as_given() {
        let arguments = ["-H", "User-Agent: secret", "-H", "Accept: secret"];
        assert_eq!(
            fields_toward("http://other/", &arguments),
            ["Host", "Content-Type", "Transfer-Encoding"]
        );
    }
}
