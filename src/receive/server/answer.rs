//! Answers: what was received or why not, as JSON for programs and as a page for browsers.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    HeaderValue, LOCATION, REFERRER_POLICY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};
use serde::Serialize;

use super::super::{IntakeError, ReceivedPart};

/// The form for browsers.
const PAGE: &str = include_str!("../page.html");

/// The page has its style and script in itself, and talks to nobody but this server.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// An answer's page has names in it that strangers chose, and no script.
const ANSWER_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// Why a request is answered with something else than what it sent.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) message: String,
    /// Where in the body.
    pub(super) offset: Option<u64>,
    /// A header that the status asks for.
    pub(super) header: Option<Box<(HeaderName, HeaderValue)>>,
}

impl Refusal {
    pub(super) fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
            offset: None,
            header: None,
        }
    }

    pub(super) fn unauthorized() -> Self {
        let challenge = HeaderValue::from_static("Bearer realm=\"formpost\"");
        Self {
            header: Some(Box::new((WWW_AUTHENTICATE, challenge))),
            ..Self::new(
                401,
                "unauthorized",
                "expected the token, as `Authorization: Bearer …` or `?token=…`",
            )
        }
    }

    pub(super) fn method(found: &str) -> Self {
        let allowed = HeaderValue::from_static("GET, HEAD, POST, PUT");
        Self {
            header: Some(Box::new((ALLOW, allowed))),
            ..Self::new(
                405,
                "method",
                format!("expected POST with a form, found {found}"),
            )
        }
    }

    pub(super) fn redirect(status: u16, location: &str) -> Self {
        Self {
            header: HeaderValue::from_str(location)
                .ok()
                .map(|to| Box::new((LOCATION, to))),
            ..Self::new(status, "redirected", format!("to {location}, as asked for"))
        }
    }

    fn to_json(&self) -> String {
        let Self {
            kind,
            offset,
            message,
            ..
        } = self;
        let error = Reason {
            kind,
            offset: *offset,
            message,
        };
        json(&Refused { error })
    }
}

/// What a receiver answers with.
#[derive(Serialize)]
struct Received<'a> {
    parts: &'a [ReceivedPart],
    bytes: u64,
}

/// The same, where there is nothing.
#[derive(Serialize)]
struct Refused<'a> {
    error: Reason<'a>,
}

#[derive(Serialize)]
struct Reason<'a> {
    kind: &'static str,
    offset: Option<u64>,
    message: &'a str,
}

/// One line. What is written here has no keys but strings and no floats, so nothing can go wrong.
fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    text
}

impl From<IntakeError> for Refusal {
    fn from(error: IntakeError) -> Self {
        Self {
            offset: error.offset(),
            ..Self::new(error.status(), error.kind(), in_full(&error))
        }
    }
}

/// An error with what is behind it.
fn in_full(error: &IntakeError) -> String {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        message.push_str(": ");
        message.push_str(&error.to_string());
        source = error.source();
    }
    message
}

/// A body in one piece.
pub(super) type Answer = Response<Full<Bytes>>;

/// How an answer is written, and whether it is the connection's last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) is_html: bool,
    pub(super) is_last: bool,
}

impl Manner {
    /// The page with the form.
    pub(super) fn page(self) -> Answer {
        self.html(200, PAGE.to_owned(), PAGE_POLICY)
    }

    /// What was received: 201 if anything was saved.
    pub(super) fn received(self, parts: &[ReceivedPart], bytes: u64) -> Answer {
        let is_saved = parts.iter().any(|part| part.saved_as.is_some());
        let status = if is_saved { 201 } else { 200 };
        if self.is_html {
            return self.html(status, received_page(parts), ANSWER_POLICY);
        }
        self.json(status, json(&Received { parts, bytes }))
    }

    /// Why nothing was.
    pub(super) fn refused(self, refusal: &Refusal) -> Answer {
        let mut answer = if self.is_html {
            self.html(refusal.status, refused_page(refusal), ANSWER_POLICY)
        } else {
            self.json(refusal.status, refusal.to_json())
        };
        if let Some(header) = &refusal.header {
            answer.headers_mut().insert(&header.0, header.1.clone());
        }
        answer
    }

    fn json(self, status: u16, text: String) -> Answer {
        self.text(status, text, "application/json")
    }

    fn html(self, status: u16, text: String, policy: &'static str) -> Answer {
        let mut answer = self.text(status, text, "text/html; charset=utf-8");
        let policy = HeaderValue::from_static(policy);
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        answer
    }

    fn text(self, status: u16, text: String, content_type: &'static str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // These have no content.
        let text = match status.as_u16() {
            204 | 205 | 304 => String::new(),
            _ => text,
        };
        let mut answer = Response::new(Full::new(Bytes::from(text)));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
        set(CONTENT_TYPE, content_type);
        set(CACHE_CONTROL, "no-store");
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        // The address may have the token in it.
        set(REFERRER_POLICY, "no-referrer");
        if self.is_last {
            set(CONNECTION, "close");
        }
        answer
    }
}

fn received_page(parts: &[ReceivedPart]) -> String {
    let rows: String = parts.iter().map(row).collect();
    page(
        "Received",
        &format!("<table><tr><th>Field<th>File<th>Saved as<th>Bytes<th>SHA-256\n{rows}</table>"),
    )
}

fn row(part: &ReceivedPart) -> String {
    let shown = |text: Option<&str>| escape(text.unwrap_or("–"));
    let saved = part.saved_as.as_ref().and_then(|path| path.file_name());
    format!(
        "<tr><td>{}<td>{}<td>{}<td>{}<td><code>{}</code>\n",
        shown(part.name.as_deref()),
        shown(part.filename.as_deref()),
        shown(saved.map(|name| name.to_string_lossy()).as_deref()),
        part.size,
        part.sha256,
    )
}

fn refused_page(refusal: &Refusal) -> String {
    let status = refusal.status;
    page(
        "Not received",
        &format!("<p>{status}: {}</p>", escape(&refusal.message)),
    )
}

fn page(title: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>body{{font-family:sans-serif;overflow-wrap:anywhere}}td,th{{text-align:left;padding:.2em .5em}}</style>\n\
         <h1>{title}</h1>\n{content}\n</html>\n"
    )
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
        escaped
    })
}

/// An answer to what hyper does not take for a request and does not answer itself.
pub(super) fn without_a_request(status: u16, kind: &'static str, message: &str) -> Vec<u8> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let text = Refusal::new(status.as_u16(), kind, message).to_json();
    let length = text.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{text}"
    )
    .into_bytes()
}

/// Whether somebody who accepts this would rather have a page than JSON.
pub(super) fn prefers_html(accept: &str) -> bool {
    let quality = |wanted: &[&str]| {
        wanted.iter().find_map(|wanted| {
            accept.split(',').find_map(|range| {
                let mut parameters = range.split(';').map(str::trim);
                parameters
                    .next()
                    .filter(|media| media.eq_ignore_ascii_case(wanted))?;
                let quality = parameters.find_map(|text| text.strip_prefix("q="));
                Some(quality.map_or(1.0, |text| text.parse().unwrap_or(0.0)))
            })
        })
    };
    let html: f32 = quality(&["text/html"]).unwrap_or(0.0);
    let json = quality(&["application/json", "application/*", "*/*"]).unwrap_or(0.0);
    html > json
}

#[cfg(test)]
mod tests {
    use super::{escape, prefers_html};

    #[test]
    fn browsers_prefer_html_and_programs_take_anything() {
        for (accept, is_html) in [
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                true,
            ),
            ("Text/HTML", true),
            ("text/html;level=1;q=0.5, application/*;q=0.4", true),
            ("*/*", false),
            ("", false),
            ("text/html, */*", false),
            ("application/json, text/html;q=0.9", false),
            ("text/html;q=0", false),
            ("text/html;q=x", false),
        ] {
            assert_eq!(prefers_html(accept), is_html, "{accept}");
        }
    }

    #[test]
    fn names_are_text_in_a_page() {
        assert_eq!(
            escape("<a href='\"'>&é"),
            "&lt;a href=&#39;&quot;&#39;&gt;&amp;é"
        );
    }
}
