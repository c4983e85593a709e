//! What was typed once for many files, filled in for one of them: the items of a form, and what `-T` and `--data-binary`
//! name.

use std::path::PathBuf;

use super::body::{Data, Wanted};
use super::error::PlanError;
use crate::app::part_spec::{
    Attributes, ContentSpec, FileSpec, FormItem, GroupSpec, HeaderSpec, PartSpec, SourceSpec,
    line_break,
};
use crate::app::placeholder::{Position, Values};

/// The texts in which something may stand for a file.
pub(super) fn words_of(items: &[FormItem]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    for item in items {
        // Filling nothing in shows every text that would be filled in.
        let _ = fill_item(item.clone(), &mut |text, _| {
            words.push(text.to_vec());
            text.to_vec()
        });
    }
    words
}

/// An item for that file.
///
/// # Errors
/// If one of its values cannot stand there.
pub(super) fn filled_item(item: FormItem, values: &Values) -> Result<FormItem, PlanError> {
    fill_item(item, &mut |text, position| values.fill(text, position))
}

/// An item with all its texts filled in.
fn fill_item(
    item: FormItem,
    fill: &mut dyn FnMut(&[u8], Position) -> Vec<u8>,
) -> Result<FormItem, PlanError> {
    Ok(match item {
        FormItem::Part(part) if part.is_template => FormItem::Part(fill_part(part, fill)?),
        FormItem::Open(group) => FormItem::Open(GroupSpec {
            name: group.name.map(|name| fill(&name, Position::Text)),
            content_type: group.content_type.map(|text| fill(&text, Position::Text)),
            headers: fill_headers(group.headers, fill)?,
            warnings: group.warnings,
        }),
        other @ (FormItem::Part(_) | FormItem::Close) => other,
    })
}

fn fill_part(
    part: PartSpec,
    fill: &mut dyn FnMut(&[u8], Position) -> Vec<u8>,
) -> Result<PartSpec, PlanError> {
    let content = match part.content {
        ContentSpec::Text { value, attributes } => ContentSpec::Text {
            value: fill(&value, Position::Text),
            attributes: fill_attributes(attributes, fill)?,
        },
        ContentSpec::TextFrom { source, attributes } => ContentSpec::TextFrom {
            source: fill_source(source, fill),
            attributes: fill_attributes(attributes, fill)?,
        },
        ContentSpec::JsonFrom { source } => ContentSpec::JsonFrom {
            source: fill_source(source, fill),
        },
        ContentSpec::Files(files) => ContentSpec::Files(
            files
                .into_iter()
                .map(|file| {
                    Ok(FileSpec {
                        source: fill_source(file.source, fill),
                        attributes: fill_attributes(file.attributes, fill)?,
                    })
                })
                .collect::<Result<_, PlanError>>()?,
        ),
    };
    Ok(PartSpec {
        name: part.name.map(|name| fill(&name, Position::Text)),
        content,
        ..part
    })
}

fn fill_attributes(
    attributes: Attributes,
    fill: &mut dyn FnMut(&[u8], Position) -> Vec<u8>,
) -> Result<Attributes, PlanError> {
    Ok(Attributes {
        content_type: attributes
            .content_type
            .map(|text| fill(&text, Position::Text)),
        filename: attributes.filename.map(|text| fill(&text, Position::Text)),
        headers: fill_headers(attributes.headers, fill)?,
        encoding: attributes.encoding,
    })
}

/// A line that would become two is refused, as it is in `-F` itself.
fn fill_headers(
    headers: Vec<HeaderSpec>,
    fill: &mut dyn FnMut(&[u8], Position) -> Vec<u8>,
) -> Result<Vec<HeaderSpec>, PlanError> {
    headers
        .into_iter()
        .map(|header| match header {
            HeaderSpec::Line(line) => {
                let line = fill(&line, Position::Text);
                match line_break(&line) {
                    None => Ok(HeaderSpec::Line(line)),
                    Some(_) => Err(PlanError::usage(
                        "headers=: a line break or NUL in the file's name",
                    )),
                }
            }
            other @ HeaderSpec::File(_) => Ok(other),
        })
        .collect()
}

fn fill_source(source: SourceSpec, fill: &mut dyn FnMut(&[u8], Position) -> Vec<u8>) -> SourceSpec {
    match source {
        SourceSpec::Path(path) => {
            let octets = fill(path.as_os_str().as_encoded_bytes(), Position::Source);
            SourceSpec::Path(to_path(octets))
        }
        SourceSpec::Stdin => SourceSpec::Stdin,
    }
}

#[cfg(unix)]
fn to_path(octets: Vec<u8>) -> PathBuf {
    <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(octets).into()
}

#[cfg(not(unix))]
fn to_path(octets: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&octets).into_owned().into()
}

/// `-T` and `--data-binary`, filled in.
pub(super) fn filled_body(wanted: Wanted, values: &Values) -> Wanted {
    let mut fill = |text: &[u8], position| values.fill(text, position);
    match wanted {
        Wanted::Upload {
            source,
            content_type,
        } => Wanted::Upload {
            source: fill_source(source, &mut fill),
            content_type,
        },
        Wanted::Data {
            data: Data::From(source),
            content_type,
        } => Wanted::Data {
            data: Data::From(fill_source(source, &mut fill)),
            content_type,
        },
        other @ (Wanted::Multipart(_)
        | Wanted::Encoded { .. }
        | Wanted::Query { .. }
        | Wanted::Data { .. }) => other,
    }
}
