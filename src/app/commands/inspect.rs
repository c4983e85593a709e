//! `formpost inspect`: a multipart body taken apart.
//!
//! The boundary is taken from the Content-Type given; or from a request head at the top of the input, as `nc -l` and
//! proxies record it; or from the body's first line.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, bail};
use formpost::multipart::{Boundary, ContentType, Dialect, Limits, Parser};
use formpost::receive::{OnExist, Store};

use crate::app::cli::Inspect;
use crate::app::exit::Exit;
use crate::app::inventory::{self, InventoryError};
use crate::app::report::Report;

/// Octets of the input that are looked at for a head or a first delimiter: the largest head that servers take.
const LOOKED_AT: u64 = 64 * 1024;

/// Runs it.
pub(crate) fn run(arguments: Inspect, report: &mut Report) -> anyhow::Result<Exit> {
    let (name, mut input) = open(arguments.file.as_deref())?;
    let mut beginning = Vec::new();
    (&mut input)
        .take(LOOKED_AT)
        .read_to_end(&mut beginning)
        .map_err(|error| InventoryError::Input {
            name: name.clone(),
            offset: 0,
            error,
        })?;
    let found = find(&name, &beginning, arguments.content_type.as_deref())?;
    let store = match &arguments.extract {
        Some(folder) => Some(Store::open(folder, OnExist::Rename)?),
        None => None,
    };
    let parser = Parser::with_dialect(&found.boundary, Limits::looking(), found.dialect);
    let mut body = beginning[found.body_at..].chain(input);
    match inventory::take(&name, &mut body, parser, store.as_ref()) {
        Ok(inventory) if arguments.json => report.inventory_json(&inventory)?,
        Ok(inventory) => report.inspection(&inventory, found.boundary.as_str(), found.place)?,
        Err(InventoryError::Malformed { name, error }) => {
            if arguments.json {
                report.parse_error_json(&error)?;
            }
            return Err(InventoryError::Malformed { name, error }.into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Done)
}

fn open(path: Option<&Path>) -> anyhow::Result<(String, Box<dyn Read>)> {
    match path.filter(|path| *path != Path::new("-")) {
        None => Ok((String::from("standard input"), Box::new(io::stdin()))),
        Some(path) => {
            let name = path.display().to_string();
            let file = File::open(path).map_err(|error| InventoryError::Input {
                name: name.clone(),
                offset: 0,
                error,
            })?;
            Ok((name, Box::new(file)))
        }
    }
}

/// What is known of a body before it is read.
struct Found {
    boundary: Boundary,
    dialect: Dialect,
    /// Where the boundary was found.
    place: &'static str,
    /// Where the body begins in the input.
    body_at: usize,
}

fn find(name: &str, beginning: &[u8], given: Option<&str>) -> anyhow::Result<Found> {
    let head = head_length(beginning);
    if let Some(content_type) = given {
        return typed(content_type, "--content-type", head).with_context(|| "--content-type");
    }
    if head > 0 {
        let Some(content_type) = content_type_field(&beginning[..head]) else {
            bail!("{name}: its request head has no Content-Type");
        };
        return typed(&content_type, "the request head", head).with_context(|| name.to_owned());
    }
    match first_boundary(beginning) {
        Some(boundary) => Ok(Found {
            boundary,
            dialect: Dialect::FormData,
            place: "the first line",
            body_at: 0,
        }),
        None => bail!(
            "{name}: expected a delimiter (--boundary) or a request head at its beginning, found neither"
        ),
    }
}

fn typed(content_type: &str, place: &'static str, body_at: usize) -> anyhow::Result<Found> {
    let content_type = ContentType::parse(content_type)?;
    if !content_type.is_multipart() {
        bail!(
            "expected a multipart type, found {}",
            content_type.essence()
        );
    }
    let Some(boundary) = content_type.boundary() else {
        bail!("{} has no boundary", content_type.essence());
    };
    let dialect = if content_type.is_form_data() {
        Dialect::FormData
    } else {
        Dialect::Mixed
    };
    Ok(Found {
        boundary: boundary?,
        dialect,
        place,
        body_at,
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
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        line[..colon]
            .eq_ignore_ascii_case(b"content-type")
            .then(|| String::from_utf8_lossy(line[colon + 1..].trim_ascii()).into_owned())
    })
}

/// The boundary of the first line that can be a delimiter. What stands before it is preamble.
fn first_boundary(beginning: &[u8]) -> Option<Boundary> {
    beginning
        .split_inclusive(|byte| *byte == b'\n')
        .find_map(|line| {
            let line = line
                .strip_suffix(b"\r\n")?
                .strip_prefix(b"--")?
                .trim_ascii_end();
            let boundary = Boundary::new(std::str::from_utf8(line).ok()?).ok()?;
            // An empty form is its close-delimiter alone: `--B--`.
            match boundary.as_str().strip_suffix("--") {
                Some(shorter) if is_only_line(beginning, line) => Boundary::new(shorter).ok(),
                _ => Some(boundary),
            }
        })
}

fn is_only_line(beginning: &[u8], line: &[u8]) -> bool {
    beginning.trim_ascii_end().strip_prefix(b"--") == Some(line)
}
