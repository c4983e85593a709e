//! Parts in the language of curl's `-F`, with nothing left to guess: a name, a content, and whatever of `type=`,
//! `filename=`, `headers=` and `encoder=` the part has.
//!
//! Words are quoted as that language quotes them, quotes and backslashes with a backslash. A type is not: one that could
//! be taken for more than a type is a header of the part instead, which curl puts where the type stands.

use std::path::Path;

use formpost::multipart::PartHead;

use super::{CommandLine, check_path};
use crate::app::plan::error::PlanError;
use crate::app::plan::outline::{Draft, DraftContent, Source};

/// Writes the parts of a multipart.
///
/// # Errors
/// If curl has no way to say one of them.
pub(super) fn parts(line: &mut CommandLine, drafts: &[Draft]) -> Result<(), PlanError> {
    for Draft { head, content } in drafts {
        match content {
            DraftContent::Multipart { boundary, parts } => {
                let mut group = Argument::named(head)?;
                group.push(b"(");
                let suffix = format!("; boundary={boundary}");
                let content_type = head.content_type.as_deref().unwrap_or_default();
                group.content_type(
                    content_type
                        .strip_suffix(suffix.as_bytes())
                        .unwrap_or(content_type),
                );
                group.headers(head);
                line.option("-F", group.0);
                self::parts(line, parts)?;
                line.option("-F", "=)");
            }
            DraftContent::Source { source, .. } => part(line, head, source)?,
        }
    }
    Ok(())
}

fn part(line: &mut CommandLine, head: &PartHead, source: &Source) -> Result<(), PlanError> {
    let mut argument = Argument::named(head)?;
    if let (Source::Bytes(value), true) = (source, is_plain(head)) {
        argument.push(value);
        line.option("--form-string", argument.0);
        return Ok(());
    }
    let from_file: &[u8] = if head.filename.is_some() { b"@" } else { b"<" };
    match source {
        Source::Bytes(value) => argument.word(value),
        Source::File { path, .. } | Source::Special(path) => {
            check_path(&shown(head), path)?;
            argument.push(from_file);
            argument.word(path.as_os_str().as_encoded_bytes());
        }
        Source::Stdin => argument.push(&[from_file, b"-"].concat()),
    }
    if let Some(filename) = &head.filename {
        argument.parameter("filename");
        argument.word(filename);
    }
    if let Some(content_type) = &head.content_type {
        argument.content_type(content_type);
    }
    argument.headers(head);
    if let Some(encoding) = &head.transfer_encoding {
        argument.parameter("encoder");
        argument.push(encoding.as_bytes());
    }
    if matches!(source, Source::Special(_)) {
        let source = source.path().unwrap_or(Path::new("-")).display();
        line.remark(&format!("curl sends {source} chunked, however short it is"));
    }
    line.option("-F", argument.0);
    Ok(())
}

/// Whether a part has nothing but a name and a content.
fn is_plain(head: &PartHead) -> bool {
    let plain = PartHead {
        disposition: head.disposition,
        name: head.name.clone(),
        ..PartHead::default()
    };
    *head == plain
}

/// What a message calls a part.
fn shown(head: &PartHead) -> String {
    match &head.name {
        Some(name) => format!("part '{}'", String::from_utf8_lossy(name)),
        None => String::from("part without a name"),
    }
}

/// The value of an `-F` as it grows.
struct Argument(Vec<u8>);

impl Argument {
    /// A name, and its equals sign.
    fn named(head: &PartHead) -> Result<Self, PlanError> {
        let refuse = |reason: &str| {
            let message = format!("--as-curl: {}: {reason}", shown(head));
            Err(PlanError::usage(message))
        };
        let name = match head.name.as_deref() {
            None => b"",
            Some(b"") => return refuse("curl sends no empty name, but none"),
            Some(name) if name.contains(&b'=') => {
                return refuse("to curl a name ends at its first =");
            }
            Some(name) => name,
        };
        Ok(Self([name, b"="].concat()))
    }

    fn push(&mut self, text: &[u8]) {
        self.0.extend_from_slice(text);
    }

    fn parameter(&mut self, keyword: &str) {
        self.push(format!(";{keyword}=").as_bytes());
    }

    /// A word in quotes.
    fn word(&mut self, word: &[u8]) {
        self.0.push(b'"');
        for octet in word {
            if matches!(octet, b'"' | b'\\') {
                self.0.push(b'\\');
            }
            self.0.push(*octet);
        }
        self.0.push(b'"');
    }

    fn content_type(&mut self, content_type: &[u8]) {
        if is_only_a_type(content_type) {
            self.parameter("type");
            self.push(content_type);
        } else {
            self.parameter("headers");
            self.word(&[b"Content-Type: ", content_type].concat());
        }
    }

    /// The further headers; a Content-Type among them counts only where there is no type.
    fn headers(&mut self, head: &PartHead) {
        let is_type = |line: &[u8]| {
            let name = line.split(|octet| *octet == b':').next();
            name.is_some_and(|name| name.eq_ignore_ascii_case(b"Content-Type"))
        };
        let mut has_type = head.content_type.is_some();
        for header in &head.headers {
            if is_type(header) && std::mem::replace(&mut has_type, true) {
                continue;
            }
            self.parameter("headers");
            self.word(header);
        }
    }
}

/// Whether what follows `type=` is taken for a type by every curl, all of it and nothing else.
fn is_only_a_type(text: &[u8]) -> bool {
    let mut segments = text.split(|octet| *octet == b';');
    let essence = segments.next().unwrap_or_default();
    let slash = essence.iter().position(|octet| *octet == b'/');
    let is_type =
        slash.is_some_and(|slash| is_token(&essence[..slash]) && is_token(&essence[slash + 1..]));
    is_type && segments.all(is_parameter)
}

fn is_token(text: &[u8]) -> bool {
    const LONGEST: usize = 127;
    let is_of_token = |octet: &u8| octet.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(octet);
    (1..=LONGEST).contains(&text.len()) && text.iter().all(is_of_token)
}

/// Whether what stands between two semicolons goes with the type before it, as it stands.
fn is_parameter(text: &[u8]) -> bool {
    let begins_with = |keyword: &&[u8]| {
        let beginning = text.trim_ascii_start().get(..keyword.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(keyword))
    };
    let is_plain = |octet: &u8| *octet != b',' && matches!(octet, b' '..=b'~');
    let others = [&b"\""[..], b"type=", b"filename=", b"headers=", b"encoder="];
    text.iter().all(is_plain)
        && text.last().is_some_and(|octet| *octet != b' ')
        && !others.iter().any(begins_with)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_written_as_one_if_it_is_nothing_else() {
        for (text, is_type) in [
            ("text/plain", true),
            ("image/svg+xml", true),
            ("text/x; charset=utf-8", true),
            ("text/x;a=\"b c\";d=e", true),
            ("", false),
            ("text", false),
            ("text/", false),
            ("text/a b", false),
            ("text/a:b", false),
            ("text/a;", false),
            ("text/a;;b", false),
            ("text/a; ", false),
            ("text/a; b=c ;d", false),
            ("text/a;type=b/c", false),
            ("text/a; FileName=b", false),
            ("text/a;b=c,d", false),
            ("text/a;\"b\"", false),
            ("text/\u{e4}", false),
        ] {
            assert_eq!(is_only_a_type(text.as_bytes()), is_type, "{text}");
        }
    }
}
