//! What holds for any body and for any head. The fuzz targets `parse` and `part_headers` are these functions, and the tests
//! here run what is in their corpora through them.

use std::iter;

use formpost::multipart::{
    Boundary, Dialect, Encoder, Escape, Limits, Oddity, PartHead, ReceivedHead,
};

use super::feeding::{Outcome, Received, Setting, run, run_late};

/// Octets of which the first lines may set what they are read by, as in a `.expect` file: the body follows an empty line,
/// or is all of it.
///
/// Whole, in single bytes, in slices that the body itself determines and read late, it comes to the same; and what comes of
/// it is what stands there.
pub(crate) fn parse(input: &[u8]) {
    let mut setting = Setting::new("B");
    let end = input.windows(2).position(|pair| pair == b"\n\n");
    let (lines, body) = end.map_or((&b""[..], input), |end| (&input[..end], &input[end + 2..]));
    for line in String::from_utf8_lossy(lines).lines() {
        setting.take(line);
    }
    let whole = run(&setting, iter::once(body));
    assert_eq!(run(&setting, body.chunks(1)), whole, "in single bytes");
    assert_eq!(run(&setting, slices(body)), whole, "in slices");
    assert_eq!(run_late(&setting, body, 7), whole, "read late");
    stands_there(&setting, body, &whole);
}

/// Slices of a body, each as long as its first byte says.
fn slices(mut body: &[u8]) -> impl Iterator<Item = &[u8]> {
    iter::from_fn(move || {
        let length = 1 + usize::from(body.first()? % 32);
        let (slice, rest) = body.split_at(length.min(body.len()));
        body = rest;
        Some(slice)
    })
}

/// Each part's content stands where its head says, between an empty line and the next delimiter, and no two of them share
/// a byte; an error is about a byte of the body or its end.
fn stands_there(setting: &Setting, body: &[u8], outcome: &Outcome) {
    let delimiter = format!("\r\n--{}", setting.boundary).into_bytes();
    let mut rest = body;
    let mut before = 0;
    for Received { head, content } in &outcome.parts {
        let begin = usize::try_from(head.content_offset).unwrap();
        let (ahead, behind) = rest.split_at(begin - before);
        assert!(ahead.ends_with(b"\r\n\r\n"), "an empty line");
        rest = behind
            .strip_prefix(content.as_slice())
            .and_then(|rest| rest.strip_prefix(delimiter.as_slice()))
            .expect("the content and then a delimiter");
        before = body.len() - rest.len();
    }
    match &outcome.end {
        Err(error) => assert!(error.offset <= body.len() as u64, "{error}"),
        Ok(()) if outcome.parts.is_empty() => {}
        Ok(()) => assert!(rest.starts_with(b"--"), "the last delimiter closes"),
    }
}

/// Octets as the lines of a head: one that is taken says what stands there, and comes back as it was when it is written
/// and read again.
pub(crate) fn part_headers(lines: &[u8]) {
    for dialect in [Dialect::FormData, Dialect::Mixed] {
        let head = [b"--B\r\n", lines, b"\r\n\r\n"].concat();
        let body = [&head, &b"\r\n--B--"[..]].concat();
        let setting = Setting {
            dialect,
            ..Setting::new("B")
        };
        let outcome = run(&setting, iter::once(body.as_slice()));
        assert_eq!(run(&setting, body.chunks(1)), outcome, "in single bytes");
        if let Err(error) = &outcome.end {
            assert!(error.offset <= body.len() as u64, "{error}");
        }
        // What the lines themselves make of further parts is the other function's.
        if let Some(Received { head, .. }) = outcome.parts.first() {
            only_escapes_are_decoded(head);
            oddities_are_there(head);
            comes_back(head, dialect);
        }
    }
}

fn values<'a>(head: &'a ReceivedHead, name: &'a str) -> impl Iterator<Item = &'a str> {
    let named = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
    head.headers
        .iter()
        .filter(named)
        .map(|(_, value)| value.as_str())
}

/// What a name is in the header once the three escapes are written alike: were anything else decoded, it would not be there.
fn only_escapes_are_decoded(head: &ReceivedHead) {
    let alike = |text: &str| text.replace("%0d", "%0D").replace("%0a", "%0A");
    let received = alike(&unquoted(
        values(head, "Content-Disposition").next().unwrap_or(""),
    ));
    for name in [&head.name, &head.filename].into_iter().flatten() {
        for escape in ["%22", "%0D", "%0A", "%0d", "%0a"] {
            assert!(!name.contains(escape), "{name:?} is decoded");
        }
        let written = name
            .replace('"', "%22")
            .replace('\r', "%0D")
            .replace('\n', "%0A");
        assert!(received.contains(&written), "{name:?} in {received:?}");
    }
}

/// A header's value with its quoted-pairs undone, and a quote that was one as `%22`.
fn unquoted(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        let escaped = rest.as_str().chars().next().filter(|_| character == '\\');
        match escaped {
            Some('"') => text.push_str("%22"),
            Some('\\') => text.push('\\'),
            _ => {
                text.push(character);
                continue;
            }
        }
        rest.next();
    }
    text
}

fn oddities_are_there(head: &ReceivedHead) {
    let has = |oddity: &Oddity| head.oddities.contains(oddity);
    let types = values(head, "Content-Type").count();
    assert_eq!(
        has(&Oddity::MissingContentType),
        head.is_file() && types == 0
    );
    assert_eq!(has(&Oddity::RepeatedContentType), types > 1);
    let disposition = values(head, "Content-Disposition").next().unwrap_or("");
    let disposition = disposition.to_ascii_lowercase();
    let mut encodings = values(head, "Content-Transfer-Encoding");
    for oddity in &head.oddities {
        match oddity {
            Oddity::TransferEncoding(found) => {
                assert_eq!(Some(found.as_str()), encodings.next());
            }
            Oddity::ExtendedParameter(name) | Oddity::UnknownParameter(name) => {
                assert!(disposition.contains(name.as_str()), "{name}");
                assert_eq!(
                    matches!(oddity, Oddity::ExtendedParameter(_)),
                    matches!(name.as_str(), "name*" | "filename*")
                );
            }
            Oddity::FilenameNotUtf8 => {
                assert!(head.filename.as_ref().unwrap().contains('\u{fffd}'));
            }
            Oddity::MissingContentType | Oddity::RepeatedContentType => {}
            Oddity::Preamble | Oddity::TransportPadding => {
                panic!("{oddity:?} is none of the head's")
            }
        }
    }
    assert_eq!(encodings.next(), None, "an encoding that was not reported");
}

/// Written with either escaping, as far as that can say it, a head is what it was.
fn comes_back(head: &ReceivedHead, dialect: Dialect) {
    let names = [&head.name, &head.filename];
    let has = |octets: &[char]| {
        names
            .into_iter()
            .flatten()
            .any(|name| name.contains(octets))
    };
    for (escape, is_exact) in [
        (Escape::Backslash, !has(&['\r', '\n'])),
        (Escape::Percent, !has(&['\\'])),
    ] {
        if is_exact {
            comes_back_from(escape, head, dialect);
        }
    }
}

fn comes_back_from(escape: Escape, head: &ReceivedHead, dialect: Dialect) {
    let octets = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
    let is_further = |(name, _): &&(String, String)| {
        !["Content-Disposition", "Content-Type"]
            .iter()
            .any(|written| name.eq_ignore_ascii_case(written))
    };
    let further: Vec<_> = head.headers.iter().filter(is_further).cloned().collect();
    let lines = further
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    let sent = PartHead {
        name: octets(&head.name),
        filename: octets(&head.filename),
        content_type: octets(&head.content_type),
        headers: lines.map(String::into_bytes).collect(),
        ..PartHead::default()
    };
    let mut encoder = Encoder::new(&Boundary::new("B").unwrap(), escape);
    let mut body = encoder.part(&sent).expect("what was received can be sent");
    body.extend(encoder.finish());
    let setting = Setting {
        dialect,
        // Escapes take more room than what they stand for.
        limits: Limits {
            header_bytes: 1 << 20,
            headers: 64,
            ..Limits::default()
        },
        ..Setting::new("B")
    };
    let outcome = run(&setting, iter::once(body.as_slice()));
    assert_eq!(outcome.end, Ok(()), "{}", body.escape_ascii());
    let again = &outcome.parts[0].head;
    assert_eq!(
        (&again.name, &again.filename, &again.content_type),
        (&head.name, &head.filename, &head.content_type)
    );
    assert_eq!(
        again
            .headers
            .iter()
            .filter(is_further)
            .cloned()
            .collect::<Vec<_>>(),
        further
    );
}

#[cfg(test)]
mod tests {
    use super::super::seeds::replay;

    #[test]
    fn what_the_fuzzer_keeps_of_bodies_holds() {
        replay("parse", super::parse);
    }

    #[test]
    fn what_the_fuzzer_keeps_of_heads_holds() {
        replay("part_headers", super::part_headers);
    }
}
