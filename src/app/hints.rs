//! What to do about a failure or a refusal, where there is something to do: one line.

use std::error::Error;

use formpost::send::{Framing, NotSent, ProxyFault, Response, SendError, SourceError};

use super::inventory::InventoryError;
use super::plan::error::PlanError;
use super::units::size;

/// What to do about an error, where there is something to do.
pub(crate) fn of_error(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(hint_of_link)
}

fn hint_of_link(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(PlanError::Usage { hint, .. }) = error.downcast_ref() {
        hint.clone()
    } else if let Some(PlanError::Sources(lines)) = error.downcast_ref() {
        lines.iter().find_map(|line| hint_of_item(line))
    } else if let Some(PlanError::Spool { .. }) = error.downcast_ref() {
        Some(String::from(
            "TMPDIR names the directory for temporary files",
        ))
    } else if let Some(InventoryError::Source(source)) = error.downcast_ref() {
        hint_of_link(source)
    } else if let Some(SourceError::Ended { name, .. }) = error.downcast_ref() {
        Some(format!(
            "if its size is never right, as under /sys, send it through a pipe: cat {name} | formpost … -F name=@-"
        ))
    } else if let Some(SourceError::Boundary { .. }) = error.downcast_ref() {
        Some(String::from("without --boundary a random one is used"))
    } else {
        hint_of_send_error(error.downcast_ref()?)
    }
}

/// A FILE that is none, and looks like a part as HTTPie and xh write it: `photo@a.jpg`, `title=text`.
fn hint_of_item(line: &str) -> Option<String> {
    let (path, _) = line.split_once(": ")?;
    let name = path.split(['@', '=']).next().filter(|name| *name != path)?;
    if let Some(file) = path.strip_prefix('@') {
        return Some(format!("a FILE has no @ in front: {file}"));
    }
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '[' | ']');
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let content = &path[name.len()..];
    let content = content
        .strip_prefix('@')
        .map_or_else(|| content.to_owned(), |file| format!("=@{file}"));
    Some(format!("is it a part of the form? -F '{name}{content}'"))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most errors say all there is to say"
)]
fn hint_of_send_error(error: &SendError) -> Option<String> {
    match error {
        SendError::Source(source) => hint_of_link(source),
        SendError::NotSent(NotSent::Tls { reason, .. })
            if reason.contains("InvalidContentType") =>
        {
            Some(String::from(
                "the server speaks plain HTTP there: is it http://…?",
            ))
        }
        SendError::NotSent(NotSent::Tls { reason, .. })
            if reason.contains("ProtocolVersion") || reason.contains("peer is incompatible") =>
        {
            Some(String::from(
                "the server speaks no version of TLS that is spoken here: 1.2 and 1.3, with --tlsv1.3 only that",
            ))
        }
        SendError::NotSent(NotSent::Proxy {
            fault:
                // tinyproxy says 401 of credentials that are wrong.
                ProxyFault::Refused {
                    status: 401 | 407,
                    authorized,
                    ..
                }
                | ProxyFault::Unauthorized { authorized },
            ..
        }) => Some(proxy_credentials(*authorized)),
        SendError::NotHttp { received, .. } if received.starts_with(b"\x15\x03") => Some(
            String::from("the server speaks TLS there: is it https://…?"),
        ),
        _ => None,
    }
}

/// An answer, and what it was given to.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own"
)]
pub(crate) struct Answered<'a> {
    pub(crate) response: &'a Response,
    /// Octets of content there were, if that is known.
    pub(crate) content: Option<u64>,
    pub(crate) framing: Framing,
    /// What the upload was authorized with.
    pub(crate) credentials: Option<&'a str>,
    /// Whether that was sent to who answered.
    pub(crate) is_authorized: bool,
    /// Whether redirections were to be followed: that is not to be recommended again.
    pub(crate) follows: bool,
    /// Whether it was to be repeated.
    pub(crate) repeats: bool,
    /// Whether a proxy was told who asks.
    pub(crate) is_proxy_authorized: bool,
}

/// What to do about an answer.
pub(crate) fn of_answer(answered: &Answered<'_>) -> Option<String> {
    let response = answered.response;
    let body = answered.content.map_or_else(
        || String::from("what is sent"),
        |content| format!("the upload's {}", size(content)),
    );
    let has = |name: &str| response.header(name).is_some();
    Some(match response.status() {
        // Why it was not followed has been said.
        301..=308 if answered.follows => return None,
        // It has not taken what was not sent.
        303 if response.is_premature() => return None,
        303 if has("Location") => String::from("the upload is done; -L gets what it led to"),
        307 | 308 if has("Location") => String::from("-L sends it there"),
        301 | 302 if has("Location") => {
            String::from("send it there instead; following it as others do would drop the upload")
        }
        401 => match answered.credentials {
            Some(credentials) if answered.is_authorized => {
                format!("the server refused the credentials of {credentials}")
            }
            Some(credentials) => {
                format!("the credentials of {credentials} did not go along to another origin")
            }
            None => String::from(
                "no credentials were sent: -u USER, --netrc, --oauth2-bearer TOKEN or -H @FILE sends them",
            ),
        },
        404 if is_iis(response.header("Server")) => format!(
            "IIS says so, too, when an upload is over its limit, which is 28.6 MiB unless it is set; {body} may be too much"
        ),
        407 => proxy_credentials(answered.is_proxy_authorized),
        408 => String::from(
            "the server waited too long for the body: a slow source can be read first with --spool",
        ),
        411 => String::from(
            "the server wants a length: send a file, or a pipe that ends within 1 MiB or with --spool, and no --chunked",
        ),
        413 => format!("the server takes less at once than {body}"),
        415 => String::from(
            "the server does not take multipart/form-data here, or not this type of file",
        ),
        429 | 503 if has("Retry-After") && !answered.repeats => {
            let seconds = response.header("Retry-After").unwrap_or_default();
            let seconds = String::from_utf8_lossy(seconds);
            format!("Retry-After: {seconds}; --retry N waits for it and sends it again")
        }
        _ if answered.framing == Framing::Chunked && response.head().starts_with(b"HTTP/1.0") => {
            String::from(
                "the server speaks HTTP/1.0, which knows no chunked body, and may not have read it: --spool sends it with a length",
            )
        }
        _ => return None,
    })
}

fn proxy_credentials(were_given: bool) -> String {
    String::from(if were_given {
        "the proxy refused the credentials of -U, of its URL or of --proxy-header; from here it can be given Basic ones"
    } else {
        "the proxy wants credentials: -U USER sends them"
    })
}

fn is_iis(server: Option<&[u8]>) -> bool {
    server.is_some_and(|server| server.starts_with(b"Microsoft-IIS"))
}
