//! The form's parts: from what was typed to heads and contents.
//!
//! Two passes. The first ([`Drafting`]) looks at every source, so that all that is wrong is named at once. The second
//! ([`Settling`]) opens what must be opened now, in the order in which it will be sent.

use std::path::{Path, PathBuf};

use formpost::multipart::{Boundary, BoundarySearch, Dialect};
use formpost::send::transfer_encoding::TransferEncoding;
use formpost::send::{Content, Form, Part};

use super::draft::{Draft, DraftContent, Drafting, has_header};
use super::error::PlanError;
use super::outer_type::OuterType;
use super::outputs::Outputs;
use super::sources::{Ahead, Opened, Opening, Source};
use crate::app::part_spec::FormItem;
use crate::app::report::Report;

/// The parts, ready to be sent.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) parts: Vec<Part>,
    /// The contents that are no multiparts, in the order in which they are read.
    pub(super) contents: Vec<Listed>,
    /// Whether a content goes out in other octets than it was read in.
    pub(super) encoded: bool,
}

/// A content as it is told of.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// What progress and messages call it.
    pub(crate) name: String,
    /// The file that it is read from.
    pub(crate) path: Option<PathBuf>,
    /// Octets, as they are read; `None` if that is known at their end.
    pub(crate) size: Option<u64>,
}

impl Listed {
    /// A file that could not be planned.
    pub(crate) fn of_file(name: &str, path: Option<&Path>, size: Option<u64>) -> Self {
        Self {
            name: name.to_owned(),
            path: path.map(Path::to_owned),
            size,
        }
    }
}

impl Planned {
    /// How a receiver may read them: as a form, if that is what they are.
    pub(super) fn dialect(&self, outer: &OuterType) -> Dialect {
        let is_field = |part: &Part| {
            part.head.name.is_some() && !has_header(&part.head, b"content-disposition")
        };
        if outer.is_form_data() && self.parts.iter().all(is_field) {
            Dialect::FormData
        } else {
            Dialect::Mixed
        }
    }
}

/// What a form is made of.
#[derive(Debug, Clone, Default)]
pub(super) struct Ingredients {
    pub(super) items: Vec<FormItem>,
    /// What is known to be wrong already, a line for each.
    pub(super) problems: Vec<String>,
}

/// Settles the parts.
///
/// # Errors
/// Every source that cannot be sent, or the first contradiction.
pub(super) fn plan(
    ingredients: Ingredients,
    outer: &OuterType,
    outputs: &Outputs,
    ahead: Ahead,
    report: &mut Report,
) -> Result<Planned, PlanError> {
    let drafts = draft(ingredients, outer, outputs, report)?;
    let mut settling = Settling {
        boundary: outer.boundary(),
        opening: Opening::new(ahead, report),
        contents: Vec::new(),
        encoded: false,
    };
    let parts = settling.parts(drafts)?;
    Ok(Planned {
        parts,
        contents: settling.contents,
        encoded: settling.encoded,
    })
}

/// The first pass.
///
/// # Errors
/// Every source that cannot be sent, or the first contradiction.
pub(super) fn draft(
    ingredients: Ingredients,
    outer: &OuterType,
    outputs: &Outputs,
    report: &mut Report,
) -> Result<Vec<Draft>, PlanError> {
    let mut drafting = Drafting::new(outer, outputs, report);
    for item in ingredients.items {
        drafting.item(item)?;
    }
    drafting.finish(ingredients.problems)
}

/// The second pass.
struct Settling<'a> {
    /// The boundary, if the user chose it: a random one need not be looked for.
    boundary: Option<Boundary>,
    opening: Opening<'a>,
    contents: Vec<Listed>,
    encoded: bool,
}

impl Settling<'_> {
    fn parts(&mut self, drafts: Vec<Draft>) -> Result<Vec<Part>, PlanError> {
        drafts.into_iter().map(|draft| self.part(draft)).collect()
    }

    fn part(&mut self, draft: Draft) -> Result<Part, PlanError> {
        for header in &draft.head.headers {
            self.check_boundary(header, "headers=")?;
        }
        let content = match draft.content {
            DraftContent::Multipart { boundary, parts } => Content::form(Form {
                boundary,
                parts: self.parts(parts)?,
            }),
            DraftContent::Source {
                source,
                encoding,
                called,
            } => {
                let path = source.path().map(Path::to_owned);
                let content = self.content(source, &called)?;
                self.contents.push(Listed {
                    name: called,
                    path,
                    size: content.length(),
                });
                self.encoded |= matches!(
                    encoding,
                    TransferEncoding::Base64 | TransferEncoding::QuotedPrintable
                );
                content.encoded(encoding)
            }
        };
        Ok(Part {
            head: draft.head,
            content,
        })
    }

    fn content(&mut self, source: Source, name: &str) -> Result<Content, PlanError> {
        let content = match self.opening.open(source)? {
            Opened::InMemory(bytes) => {
                self.check_boundary(&bytes, name)?;
                return Ok(Content::bytes(bytes));
            }
            Opened::Content(content) => content,
        };
        Ok(match &self.boundary {
            Some(boundary) => content.without(boundary),
            None => content,
        })
    }

    fn check_boundary(&self, bytes: &[u8], name: &str) -> Result<(), PlanError> {
        let Some(boundary) = &self.boundary else {
            return Ok(());
        };
        if BoundarySearch::new(boundary).finds_in(bytes) {
            let message = format!("{name}: contains --{boundary}, which would end the part");
            return Err(PlanError::usage(message).hint("without --boundary a random one is used"));
        }
        Ok(())
    }
}
