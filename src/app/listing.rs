//! Requests and bodies as they are shown: in columns for people, as JSON for machines. Makes texts, prints nothing.

use std::iter;

use formpost::multipart::ParseError;
use formpost::receive::ReceivedPart;
use formpost::send::{Framing, Head};
use serde::Serialize;

use super::boundary_search::SearchError;
use super::columns::{columns_of, cut};
use super::framing::FramingError;
use super::inventory::{Found, Inventory};
use super::terminal::escape;
use super::units::count;
use super::{json, redact};

/// What would be sent, for people.
pub(crate) fn dry_run(head: &Head, framing: Framing, found: &Found) -> String {
    let head = redact::head_lines(&head.to_bytes(framing)).join("\n");
    let remark = match framing {
        Framing::Length(_) => "sent with a length",
        Framing::Chunked => "sent chunked",
        Framing::Empty => "nothing is sent",
    };
    let body = match found {
        Found::Parts(inventory) => table(inventory, remark),
        Found::Whole(_) if framing == Framing::Empty => String::from("no body\n"),
        Found::Whole(whole) => {
            let sha256 = whole.sha256.to_string();
            let shown = &sha256[..SHOWN_OF_SHA256];
            format!("{} bytes, sha256 {shown}…, {remark}\n", whole.bytes)
        }
    };
    format!("{head}\n\n{body}")
}

/// What would be sent, for machines.
///
/// # Errors
/// serde's, which for these values do not occur.
pub(crate) fn dry_run_json(
    head: &Head,
    framing: Framing,
    found: &Found,
) -> serde_json::Result<String> {
    json::line(&DryRun {
        request: Request {
            method: head.method(),
            url: redact::url(head.url().as_str()),
            headers: redact::fields(&head.to_bytes(framing)),
            framing: match framing {
                Framing::Length(_) => "length",
                Framing::Chunked => "chunked",
                Framing::Empty => "empty",
            },
        },
        body: match found {
            Found::Parts(inventory) => Body::Parts(inventory),
            Found::Whole(whole) => Body::Whole {
                bytes: whole.bytes,
                sha256: whole.sha256.to_string(),
            },
        },
    })
}

#[derive(Serialize)]
struct DryRun<'a> {
    request: Request<'a>,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Parts(&'a Inventory),
    Whole { bytes: u64, sha256: String },
}

#[derive(Serialize)]
struct Request<'a> {
    method: &'a str,
    url: String,
    headers: Vec<(String, String)>,
    framing: &'a str,
}

/// What was found in a body, for people.
pub(crate) fn inspection(inventory: &Inventory, boundary: &str, place: &str) -> String {
    let boundary = escape(boundary.as_bytes());
    table(inventory, &format!("boundary {boundary}, found in {place}"))
}

/// What was found in a body, for machines.
///
/// # Errors
/// serde's, which for these values do not occur.
pub(crate) fn inspection_json(inventory: &Inventory) -> serde_json::Result<String> {
    json::line(inventory)
}

/// What a server saw of an upload, for people.
#[cfg(feature = "receive")]
pub(crate) fn upload_seen(inventory: &Inventory) -> String {
    table(inventory, "as the server saw them")
}

/// What a server saw of an upload, for machines: the JSON that a receiver answers with.
///
/// # Errors
/// serde's, which for these values do not occur.
#[cfg(feature = "receive")]
pub(crate) fn upload_seen_json(inventory: &Inventory) -> serde_json::Result<String> {
    json::line(&serde_json::json!({"parts": inventory.parts, "bytes": inventory.bytes}))
}

/// Why a body is no multipart body, for machines.
///
/// # Errors
/// serde's, which for these values do not occur.
pub(crate) fn parse_error_json(error: &ParseError) -> serde_json::Result<String> {
    error_json(error.kind.as_str(), error.offset, &error.to_string())
}

/// That a body has no boundary, for machines.
///
/// # Errors
/// serde's, which for these values do not occur.
pub(crate) fn search_error_json(error: &SearchError) -> serde_json::Result<String> {
    if let SearchError::Framing { error, .. } = error {
        return framing_error_json(error);
    }
    error_json("no-boundary", 0, &error.to_string())
}

/// Why a body cannot be had from its request, for machines.
///
/// # Errors
/// serde's, which for these values do not occur.
pub(crate) fn framing_error_json(error: &FramingError) -> serde_json::Result<String> {
    error_json(error.kind.as_str(), error.offset, &error.to_string())
}

fn error_json(kind: &str, offset: u64, message: &str) -> serde_json::Result<String> {
    let error = serde_json::json!({"kind": kind, "offset": offset, "message": message});
    json::line(&serde_json::json!({"error": error}))
}

/// The parts in columns, what is odd about them, and the sum.
fn table(inventory: &Inventory, remark: &str) -> String {
    let rows: Vec<Row> = iter::once(HEADING.map(str::to_owned))
        .chain(inventory.parts.iter().enumerate().map(row))
        .collect();
    let widths = widths(&rows);
    let mut lines = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        lines.push(line(row, &widths));
        let part = number
            .checked_sub(1)
            .and_then(|index| inventory.parts.get(index));
        lines.extend(part.into_iter().flat_map(remarks));
    }
    let parts = count(inventory.parts.len(), "part");
    lines.push(format!("{parts}, {} bytes, {remark}\n", inventory.bytes));
    lines.join("\n")
}

type Row = [String; 6];

const HEADING: [&str; 6] = ["#", "name", "filename", "type", "size", "sha256"];
/// Digits of a checksum that are enough to compare by eye, and leave room; the JSON has all of them.
const SHOWN_OF_SHA256: usize = 16;
/// Columns of a name or a type that are shown. The sender chose how long it is; the JSON has all of it.
const SHOWN_OF_TEXT: usize = 40;
/// The column of numbers, which stand to the right.
const SIZE: usize = 4;

fn row((index, part): (usize, &ReceivedPart)) -> Row {
    let shown = |text: &Option<String>| match text {
        Some(text) => cut(&escape(text.as_bytes()), SHOWN_OF_TEXT),
        None => String::from("-"),
    };
    [
        (index + 1).to_string(),
        shown(&part.name),
        shown(&part.filename),
        shown(&part.content_type),
        part.size.to_string(),
        format!("{}…", &part.sha256[..SHOWN_OF_SHA256]),
    ]
}

fn widths(rows: &[Row]) -> [usize; 6] {
    std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| columns_of(&row[column]));
        cells.max().unwrap_or(0)
    })
}

fn line(row: &Row, widths: &[usize; 6]) -> String {
    let cell = |column: usize| {
        let text = &row[column];
        let padding = " ".repeat(widths[column] - columns_of(text));
        if column == SIZE {
            format!("{padding}{text}")
        } else {
            format!("{text}{padding}")
        }
    };
    let cells: Vec<String> = (0..row.len()).map(cell).collect();
    cells.join("  ").trim_end().to_owned()
}

fn remarks(part: &ReceivedPart) -> Vec<String> {
    let saved = part
        .saved_as
        .as_ref()
        .map(|path| format!("saved as {}", path.display()));
    let oddities = part.oddities.iter().map(ToString::to_string);
    saved
        .into_iter()
        .chain(oddities)
        .map(|remark| format!("   {}", escape(remark.as_bytes())))
        .collect()
}
