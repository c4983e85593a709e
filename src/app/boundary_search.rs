//! Where a recorded body's boundary is to be found: in the Content-Type given; or in a request head at the top of the
//! input, as `nc -l` and proxies record it; or in the body's first line.

use formpost::multipart::{Boundary, ContentType, Dialect};
use thiserror::Error;

use super::framing::{Framing, FramingError};

/// Octets of the input that are looked at for a head or a first delimiter: the largest head that servers take.
pub(crate) const LOOKED_AT: u64 = 64 * 1024;

/// What is known of a body before it is read.
pub(crate) struct Found {
    pub(crate) boundary: Boundary,
    pub(crate) dialect: Dialect,
    /// Where the boundary was found.
    pub(crate) place: &'static str,
    /// Where the body begins in the input.
    pub(crate) body_at: usize,
    /// Where it ends.
    pub(crate) framing: Framing,
}

/// Why there is none.
#[derive(Debug, Error)]
pub(crate) enum SearchError {
    /// The Content-Type that was given does not say it.
    #[error("--content-type: {0}")]
    Given(String),
    /// The input does not say it.
    #[error("{name}: {reason}")]
    NoBoundary { name: String, reason: String },
    /// The request head says that its body is not in the octets that follow.
    #[error("{name}: not the body itself")]
    Framing {
        name: String,
        #[source]
        error: FramingError,
    },
}

/// Finds the boundary of the input called `name` in its `beginning`, unless its Content-Type is `given`.
///
/// # Errors
/// If there is none.
pub(crate) fn find(
    name: &str,
    beginning: &[u8],
    given: Option<&str>,
) -> Result<Found, SearchError> {
    let none = |reason: String| SearchError::NoBoundary {
        name: name.to_owned(),
        reason,
    };
    let head = head_length(beginning);
    let framing =
        Framing::of_head(fields(&beginning[..head])).map_err(|error| SearchError::Framing {
            name: name.to_owned(),
            error,
        })?;
    let found = find_boundary(beginning, head, given, none)?;
    Ok(Found { framing, ..found })
}

fn find_boundary(
    beginning: &[u8],
    head: usize,
    given: Option<&str>,
    none: impl Fn(String) -> SearchError,
) -> Result<Found, SearchError> {
    if let Some(content_type) = given {
        return typed(content_type, "--content-type", head).map_err(SearchError::Given);
    }
    if head > 0 {
        let Some(content_type) = content_type_field(&beginning[..head]) else {
            return Err(none(String::from("its request head has no Content-Type")));
        };
        return typed(&content_type, "the request head", head).map_err(none);
    }
    match first_boundary(beginning) {
        Some(boundary) => Ok(Found {
            boundary,
            dialect: Dialect::FormData,
            place: "the first line",
            body_at: 0,
            framing: Framing::Input,
        }),
        None => Err(none(String::from(
            "expected a delimiter (--boundary) or a request head at its beginning, found neither",
        ))),
    }
}

fn typed(content_type: &str, place: &'static str, body_at: usize) -> Result<Found, String> {
    let content_type = ContentType::parse(content_type).map_err(|error| error.to_string())?;
    if !content_type.is_multipart() {
        return Err(format!(
            "expected a multipart type, found {}",
            content_type.essence()
        ));
    }
    let Some(boundary) = content_type.boundary() else {
        return Err(format!("{} has no boundary", content_type.essence()));
    };
    let dialect = if content_type.is_form_data() {
        Dialect::FormData
    } else {
        Dialect::Mixed
    };
    Ok(Found {
        boundary: boundary.map_err(|error| error.to_string())?,
        dialect,
        place,
        body_at,
        framing: Framing::Input,
    })
}

/// Octets of the HTTP head at the top, its empty line included; 0 if there is none.
fn head_length(beginning: &[u8]) -> usize {
    let first_line = beginning
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let is_request = first_line
        .trim_ascii_end()
        .rsplit(|byte| *byte == b' ')
        .next()
        .is_some_and(|version| version.starts_with(b"HTTP/1."));
    let is_field = first_line.len() > 13 && first_line[..13].eq_ignore_ascii_case(b"content-type:");
    if !is_request && !is_field {
        return 0;
    }
    let mut length = 0;
    for line in beginning.split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return length;
        }
    }
    0
}

fn content_type_field(head: &[u8]) -> Option<String> {
    fields(head)
        .find(|(name, _)| name.eq_ignore_ascii_case(b"content-type"))
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

fn fields(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    head.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    })
}

/// The boundary of the first line that can be a delimiter. What stands before it is preamble.
///
/// A line that ends with a bare LF is none, but it is what a body of only such lines means to begin with: taken for one,
/// it lets the parser say what is wrong.
fn first_boundary(beginning: &[u8]) -> Option<Boundary> {
    boundary_of_line_ending(beginning, b"\r\n")
        .or_else(|| boundary_of_line_ending(beginning, b"\n"))
}

fn boundary_of_line_ending(beginning: &[u8], line_end: &[u8]) -> Option<Boundary> {
    let mut begin = 0;
    beginning
        .split_inclusive(|byte| *byte == b'\n')
        .find_map(|line| {
            begin += line.len();
            let line = line
                .strip_suffix(line_end)?
                .strip_prefix(b"--")?
                .trim_ascii_end();
            let boundary = Boundary::new(std::str::from_utf8(line).ok()?).ok()?;
            // An empty form is its close-delimiter alone: `--B--`. Behind the delimiter of a part its headers begin.
            match boundary.as_str().strip_suffix("--") {
                Some(shorter) if !begins_with_header(&beginning[begin..]) => {
                    Boundary::new(shorter).ok()
                }
                _ => Some(boundary),
            }
        })
}

fn begins_with_header(text: &[u8]) -> bool {
    let name = text.split(|byte| *byte == b':').next().unwrap_or_default();
    let is_in_name = |byte: &u8| byte.is_ascii_graphic();
    name.len() < text.len() && !name.is_empty() && name.iter().all(is_in_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_found_where_it_is() {
        for (beginning, given, boundary, place, body_at) in [
            ("--B\r\nx", None, "B", "the first line", 0),
            ("\r\n--B \r\nx", None, "B", "the first line", 0),
            ("--B--\r\n", None, "B", "the first line", 0),
            ("--B--\r\njunk", None, "B", "the first line", 0),
            ("--B--\r\nA-B: c\r\n", None, "B--", "the first line", 0),
            ("--B\nx", None, "B", "the first line", 0),
            ("--A\n--B\r\nx", None, "B", "the first line", 0),
            (
                "--B",
                Some("multipart/form-data; boundary=C"),
                "C",
                "--content-type",
                0,
            ),
            (
                "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=\"B c\"\r\n\r\n--B c",
                None,
                "B c",
                "the request head",
                70,
            ),
            (
                "Content-Type: multipart/mixed;boundary=B\n\n--B",
                None,
                "B",
                "the request head",
                42,
            ),
        ] {
            let found = find("x", beginning.as_bytes(), given).unwrap();
            assert_eq!(
                (found.boundary.as_str(), found.place, found.body_at),
                (boundary, place, body_at),
                "{beginning:?}"
            );
        }
    }

    #[test]
    fn what_is_no_body_has_no_boundary() {
        for beginning in [
            "",
            "hello\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\n\r\n--B\r\n",
            "--B",
        ] {
            assert!(
                find("x", beginning.as_bytes(), None).is_err(),
                "{beginning:?}"
            );
        }
        assert!(find("x", b"--B\r\n", Some("text/plain")).is_err());
        assert!(find("x", b"--B\r\n", Some("multipart/form-data")).is_err());
    }
}
