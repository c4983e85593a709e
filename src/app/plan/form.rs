//! The form's parts: from what was typed to heads and contents.
//!
//! Two passes. The first ([`Drafting`]) looks at every source and reads every header file, so that all that is wrong
//! is named at once. The second ([`Settling`]) opens what must be opened now, in the order in which it will be sent.

use std::fs;
use std::path::Path;

use formpost::multipart::{Boundary, Dialect, Disposition, PartHead};
use formpost::send::transfer_encoding::TransferEncoding;
use formpost::send::{Content, Form, Part};

use super::boundary::random_boundary;
use super::error::PlanError;
use super::head::OuterType;
use super::media_types;
use super::sources::{Opened, ReadAhead, Source, look_for_json};

use crate::app::part_spec::{
    Attributes, ContentSpec, FileSpec, FormItem, GroupSpec, HeaderSpec, PartSpec, SourceSpec,
    header_lines,
};
use crate::app::report::Report;

/// The parts, ready to be sent.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) parts: Vec<Part>,
    /// What each content is called, in the order in which they are read.
    pub(super) names: Vec<String>,
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
    items: Vec<FormItem>,
    outer: &OuterType,
    chunked: bool,
    report: &mut Report,
) -> Result<Planned, PlanError> {
    let mut drafting = Drafting::new(outer, report);
    for item in items {
        drafting.item(item)?;
    }
    let drafts = drafting.finish()?;
    let mut settling = Settling {
        boundary: outer.boundary(),
        ahead: ReadAhead::new(chunked, report),
        names: Vec::new(),
    };
    let parts = settling.parts(drafts)?;
    Ok(Planned {
        parts,
        names: settling.names,
    })
}

/// A part whose source has been looked at.
struct Draft {
    head: PartHead,
    content: DraftContent,
}

enum DraftContent {
    Source {
        source: Source,
        encoding: TransferEncoding,
        name: String,
    },
    Multipart {
        boundary: Boundary,
        parts: Vec<Draft>,
    },
}

/// The first pass.
struct Drafting<'a> {
    /// Open multiparts, the whole form at the bottom.
    open: Vec<OpenMultipart>,
    problems: Vec<String>,
    report: &'a mut Report,
}

struct OpenMultipart {
    head: PartHead,
    boundary: Option<Boundary>,
    disposition: Disposition,
    parts: Vec<Draft>,
}

impl<'a> Drafting<'a> {
    fn new(outer: &OuterType, report: &'a mut Report) -> Self {
        let disposition = if outer.is_form_data() {
            Disposition::FormData
        } else {
            Disposition::Attachment
        };
        let whole = OpenMultipart {
            head: PartHead::default(),
            boundary: None,
            disposition,
            parts: Vec::new(),
        };
        Self {
            open: vec![whole],
            problems: Vec::new(),
            report,
        }
    }

    fn item(&mut self, item: FormItem) -> Result<(), PlanError> {
        match item {
            FormItem::Part(part) => self.part(part),
            FormItem::Open(group) => self.open(group),
            FormItem::Close => self.close(),
        }
    }

    fn finish(mut self) -> Result<Vec<Draft>, PlanError> {
        while self.open.len() > 1 {
            self.close()?;
        }
        if !self.problems.is_empty() {
            return Err(PlanError::Sources(self.problems));
        }
        Ok(self.open.pop().map(|whole| whole.parts).unwrap_or_default())
    }

    fn push(&mut self, draft: Draft) {
        if let Some(innermost) = self.open.last_mut() {
            innermost.parts.push(draft);
        }
    }

    fn disposition(&self) -> Disposition {
        self.open
            .last()
            .map_or(Disposition::FormData, |innermost| innermost.disposition)
    }

    fn part(&mut self, part: PartSpec) -> Result<(), PlanError> {
        for warning in &part.warnings {
            self.report.warning(&warning.to_string());
        }
        let name = part.name;
        if name.is_none() && self.disposition() == Disposition::FormData {
            self.report
                .warning("a part without a name: most servers refuse the form");
        }
        let draft = match part.content {
            ContentSpec::Text { value, attributes } => {
                Some(self.text(name, Source::Bytes(value), attributes)?)
            }
            ContentSpec::TextFrom { source, attributes } => {
                self.text_from(name, &source, attributes)?
            }
            ContentSpec::JsonFrom { source } => self.json_from(name, &source)?,
            ContentSpec::Files(files) => self.files(name, files)?,
        };
        if let Some(draft) = draft {
            self.push(draft);
        }
        Ok(())
    }

    fn text(
        &mut self,
        name: Option<Vec<u8>>,
        source: Source,
        attributes: Attributes,
    ) -> Result<Draft, PlanError> {
        let by_filename = attributes
            .filename
            .as_deref()
            .and_then(media_types::by_name);
        self.leaf(name, source, attributes, by_filename, "text")
    }

    /// A field from a file is typed as curl types it: by the ten extensions that curl knows, and not as plain text.
    fn text_from(
        &mut self,
        name: Option<Vec<u8>>,
        spec: &SourceSpec,
        attributes: Attributes,
    ) -> Result<Option<Draft>, PlanError> {
        let by_path = match spec {
            SourceSpec::Path(path) => media_types::by_curl(path.as_os_str().as_encoded_bytes()),
            SourceSpec::Stdin => None,
        };
        let by_path = by_path.filter(|media_type| *media_type != "text/plain");
        match self.look(Source::look(spec)) {
            Some(source) => self
                .leaf(name, source, attributes, by_path, "text")
                .map(Some),
            None => Ok(None),
        }
    }

    fn json_from(
        &mut self,
        name: Option<Vec<u8>>,
        spec: &SourceSpec,
    ) -> Result<Option<Draft>, PlanError> {
        match self.look(look_for_json(spec)) {
            Some(source) => self
                .leaf(
                    name,
                    source,
                    Attributes::default(),
                    Some("application/json"),
                    "JSON",
                )
                .map(Some),
            None => Ok(None),
        }
    }

    /// One file is a part; several under one `-F` are, as curl has it, a multipart of attachments.
    fn files(
        &mut self,
        name: Option<Vec<u8>>,
        mut files: Vec<FileSpec>,
    ) -> Result<Option<Draft>, PlanError> {
        if files.len() == 1 {
            return self.file(name, files.remove(0));
        }
        self.open(GroupSpec {
            name,
            content_type: None,
            headers: Vec::new(),
            warnings: Vec::new(),
        })?;
        for file in files {
            if let Some(draft) = self.file(None, file)? {
                self.push(draft);
            }
        }
        self.close()?;
        Ok(None)
    }

    fn file(&mut self, name: Option<Vec<u8>>, file: FileSpec) -> Result<Option<Draft>, PlanError> {
        let Some(source) = self.look(Source::look(&file.source)) else {
            return Ok(None);
        };
        let mut attributes = file.attributes;
        let path = match &file.source {
            SourceSpec::Path(path) => path.as_path(),
            SourceSpec::Stdin => Path::new("-"),
        };
        let filename = attributes.filename.take().unwrap_or_else(|| filename(path));
        let label = lossy(&filename);
        let media_type = media_types::by_name(&filename)
            .or_else(|| media_types::by_name(path.as_os_str().as_encoded_bytes()))
            .unwrap_or("application/octet-stream");
        self.check_filename(&filename);
        attributes.filename = Some(filename);
        self.leaf(name, source, attributes, Some(media_type), &label)
            .map(Some)
    }

    fn check_filename(&mut self, filename: &[u8]) {
        let shown = lossy(filename);
        if let Some(control) = filename
            .iter()
            .find(|byte| byte.is_ascii_control() && !matches!(byte, b'\r' | b'\n'))
        {
            self.problems.push(format!(
                "{shown}: its name has the control character 0x{control:02x}, which servers refuse; filename=… sends another"
            ));
        } else if std::str::from_utf8(filename).is_err() {
            self.report.warning(&format!(
                "{shown}: its name is not UTF-8 and is sent as it is; filename=… sends another"
            ));
        }
    }

    fn leaf(
        &mut self,
        name: Option<Vec<u8>>,
        source: Source,
        attributes: Attributes,
        guessed: Option<&str>,
        label: &str,
    ) -> Result<Draft, PlanError> {
        let headers = self.headers(attributes.headers)?;
        let label = match (&attributes.filename, &name) {
            (Some(filename), _) if !filename.is_empty() => lossy(filename),
            (_, Some(name)) => lossy(name),
            _ => label.to_owned(),
        };
        let mut head = PartHead {
            disposition: self.disposition(),
            name,
            filename: attributes.filename,
            content_type: attributes.content_type,
            transfer_encoding: attributes
                .encoding
                .map(|encoding| encoding.as_str().to_owned()),
            headers,
        };
        if head.content_type.is_none() && !has_header(&head, b"content-type") {
            head.content_type = guessed.map(|media_type| media_type.as_bytes().to_vec());
        }
        Ok(Draft {
            head,
            content: DraftContent::Source {
                source,
                encoding: attributes.encoding.unwrap_or(TransferEncoding::Binary),
                name: label,
            },
        })
    }

    fn open(&mut self, group: GroupSpec) -> Result<(), PlanError> {
        for warning in &group.warnings {
            self.report.warning(&warning.to_string());
        }
        let boundary = random_boundary()?;
        let mut content_type = group
            .content_type
            .unwrap_or_else(|| b"multipart/mixed".to_vec());
        content_type.extend_from_slice(b"; boundary=");
        content_type.extend_from_slice(boundary.as_str().as_bytes());
        let headers = self.headers(group.headers)?;
        self.open.push(OpenMultipart {
            head: PartHead {
                disposition: self.disposition(),
                name: group.name,
                content_type: Some(content_type),
                headers,
                ..PartHead::default()
            },
            boundary: Some(boundary),
            disposition: Disposition::Attachment,
            parts: Vec::new(),
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), PlanError> {
        match self.open.pop() {
            Some(OpenMultipart {
                head,
                boundary: Some(boundary),
                parts,
                ..
            }) => {
                let content = DraftContent::Multipart { boundary, parts };
                self.push(Draft { head, content });
                Ok(())
            }
            _ => Err(PlanError::usage(
                "-F '=)': no multipart is open, expected -F 'name=(' before it",
            )),
        }
    }

    fn headers(&mut self, specs: Vec<HeaderSpec>) -> Result<Vec<Vec<u8>>, PlanError> {
        let mut lines = Vec::new();
        for spec in specs {
            match spec {
                HeaderSpec::Line(line) => lines.push(line),
                HeaderSpec::File(path) => match fs::read(&path) {
                    Ok(text) => lines.extend(header_lines(&text).map_err(|error| {
                        PlanError::usage(format!("headers=@{}: {error}", path.display()))
                    })?),
                    Err(error) => self
                        .problems
                        .push(format!("headers=@{}: {error}", path.display())),
                },
            }
        }
        Ok(lines)
    }

    fn look(&mut self, looked: Result<Source, String>) -> Option<Source> {
        looked.map_err(|problem| self.problems.push(problem)).ok()
    }
}

/// A name as text, for messages; whoever shows them escapes it.
fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// The name a path is sent under. A descriptor's number would say nothing, so those are called after what they are.
fn filename(path: &Path) -> Vec<u8> {
    let is_descriptor = ["/dev/fd/", "/proc/self/fd/"].iter().any(|folder| {
        path.as_os_str()
            .as_encoded_bytes()
            .starts_with(folder.as_bytes())
    });
    if is_descriptor {
        return b"fifo".to_vec();
    }
    path.file_name()
        .unwrap_or(path.as_os_str())
        .as_encoded_bytes()
        .to_vec()
}

fn has_header(head: &PartHead, name: &[u8]) -> bool {
    head.headers.iter().any(|line| {
        line.split(|byte| *byte == b':')
            .next()
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
    })
}

/// The second pass.
struct Settling<'a> {
    /// The boundary, if the user chose it: a random one need not be looked for.
    boundary: Option<Boundary>,
    ahead: ReadAhead<'a>,
    names: Vec<String>,
}

impl Settling<'_> {
    fn parts(&mut self, drafts: Vec<Draft>) -> Result<Vec<Part>, PlanError> {
        drafts.into_iter().map(|draft| self.part(draft)).collect()
    }

    fn part(&mut self, draft: Draft) -> Result<Part, PlanError> {
        let content = match draft.content {
            DraftContent::Multipart { boundary, parts } => Content::form(Form {
                boundary,
                parts: self.parts(parts)?,
            }),
            DraftContent::Source {
                source,
                encoding,
                name,
            } => {
                let content = self.content(source, &name)?.encoded(encoding);
                self.names.push(name);
                content
            }
        };
        Ok(Part {
            head: draft.head,
            content,
        })
    }

    fn content(&mut self, source: Source, name: &str) -> Result<Content, PlanError> {
        let opened = self
            .ahead
            .open(source)
            .map_err(|problem| PlanError::Sources(vec![problem]))?;
        match opened {
            Opened::InMemory(bytes) => {
                self.check_boundary(&bytes, name)?;
                Ok(Content::bytes(bytes))
            }
            Opened::Content(content) => {
                if self.boundary.is_some() {
                    self.ahead
                        .warn(&format!("{name}: is not searched for the chosen boundary"));
                }
                Ok(content)
            }
        }
    }

    fn check_boundary(&self, bytes: &[u8], name: &str) -> Result<(), PlanError> {
        let Some(boundary) = &self.boundary else {
            return Ok(());
        };
        let dash_boundary = format!("--{boundary}");
        let found = bytes
            .windows(dash_boundary.len())
            .any(|window| window == dash_boundary.as_bytes());
        if found {
            let message = format!("{name}: contains --{boundary}, which would end the part");
            return Err(PlanError::usage(message).hint("without --boundary a random one is used"));
        }
        Ok(())
    }
}
