//! The form's parts: from what was typed to heads and contents.
//!
//! Two passes. The first ([`Drafting`]) looks at every source, so that all that is wrong is named at once. The second
//! ([`Settling`]) opens what must be opened now, in the order in which it will be sent.

use formpost::multipart::{Boundary, BoundarySearch, Dialect};
use formpost::send::transfer_encoding::TransferEncoding;
use formpost::send::{Content, Form, Part};

use super::draft::{Draft, DraftContent, Drafting, has_header};
use super::error::PlanError;
use super::files::Found;
use super::head::OuterType;
use super::outputs::Outputs;
use super::sources::{Ahead, Opened, Opening, Source};
use crate::app::report::Report;

/// The parts, ready to be sent.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) parts: Vec<Part>,
    /// What each content is called, in the order in which they are read.
    pub(super) names: Vec<String>,
    /// Whether a content goes out in other octets than it was read in.
    pub(super) encoded: bool,
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

/// Settles the parts.
///
/// # Errors
/// Every source that cannot be sent, or the first contradiction.
pub(super) fn plan(
    found: Found,
    outer: &OuterType,
    outputs: &Outputs,
    ahead: Ahead,
    report: &mut Report,
) -> Result<Planned, PlanError> {
    let mut drafting = Drafting::new(outer, report);
    for item in found.items {
        drafting.item(item)?;
    }
    let drafts = drafting.finish(found.problems)?;
    let mut settling = Settling {
        boundary: outer.boundary(),
        opening: Opening::new(ahead, report),
        names: Vec::new(),
        encoded: false,
        outputs,
    };
    let parts = settling.parts(drafts)?;
    Ok(Planned {
        parts,
        names: settling.names,
        encoded: settling.encoded,
    })
}

/// The second pass.
struct Settling<'a> {
    /// The boundary, if the user chose it: a random one need not be looked for.
    boundary: Option<Boundary>,
    opening: Opening<'a>,
    names: Vec<String>,
    encoded: bool,
    outputs: &'a Outputs,
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
                let content = self.content(source, &called)?.encoded(encoding);
                self.encoded |= matches!(
                    encoding,
                    TransferEncoding::Base64 | TransferEncoding::QuotedPrintable
                );
                self.names.push(called);
                content
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
        if let Some(identity) = content.identity() {
            self.outputs.check_source(identity)?;
        }
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
