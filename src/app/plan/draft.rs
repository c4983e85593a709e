//! The first pass over the form: each part's head, and its source looked at. Reads header files, opens nothing else.

use std::fs;
use std::path::Path;

use formpost::multipart::{Boundary, Disposition, PartHead};
use formpost::send::transfer_encoding::TransferEncoding;

use super::error::PlanError;
use super::media_types;
use super::outer_type::OuterType;
use super::outputs::Outputs;
use super::sources::{Source, look_for_json};
use crate::app::option_file;
use crate::app::part_spec::{
    Attributes, ContentSpec, FileSpec, FormItem, GroupSpec, HeaderSpec, PartSpec, SourceSpec,
    control_in_name, header_lines,
};
use crate::app::random;
use crate::app::report::Report;

/// Multiparts inside each other: curl's own limit, and far from where recursion would hurt.
const DEEPEST: usize = 40;

/// A part whose source has been looked at.
pub(crate) struct Draft {
    pub(crate) head: PartHead,
    pub(crate) content: DraftContent,
}

/// Where its octets come from.
pub(crate) enum DraftContent {
    Source {
        source: Source,
        encoding: TransferEncoding,
        /// What progress and messages call it.
        called: String,
    },
    Multipart {
        boundary: Boundary,
        parts: Vec<Draft>,
    },
}

/// The first pass, item by item.
pub(super) struct Drafting<'a> {
    /// Open multiparts, the whole form at the bottom.
    open: Vec<OpenMultipart>,
    problems: Vec<String>,
    outputs: &'a Outputs,
    report: &'a mut Report,
}

struct OpenMultipart {
    head: PartHead,
    boundary: Option<Boundary>,
    disposition: Disposition,
    parts: Vec<Draft>,
}

impl<'a> Drafting<'a> {
    pub(super) fn new(outer: &OuterType, outputs: &'a Outputs, report: &'a mut Report) -> Self {
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
            outputs,
            report,
        }
    }

    /// Takes in one item.
    pub(super) fn item(&mut self, item: FormItem) -> Result<(), PlanError> {
        match item {
            FormItem::Part(part) => self.part(part),
            FormItem::Open(group) => self.open(group),
            FormItem::Close => self.close(),
        }
    }

    /// All parts.
    ///
    /// # Errors
    /// Every source that cannot be sent, by name, and these `problems`.
    pub(super) fn finish(mut self, problems: Vec<String>) -> Result<Vec<Draft>, PlanError> {
        while self.open.len() > 1 {
            self.close()?;
        }
        self.problems.extend(problems);
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
        match part.content {
            ContentSpec::Text { value, attributes } => {
                let media_type = by_given_filename(&attributes);
                self.leaf(name, Ok(Source::Bytes(value)), attributes, media_type)
            }
            ContentSpec::TextFrom { source, attributes } => {
                let media_type = by_path_of_field(&source);
                self.leaf(name, Source::look(&source), attributes, media_type)
            }
            ContentSpec::JsonFrom { source } => {
                let media_type = Some("application/json");
                self.leaf(
                    name,
                    look_for_json(&source),
                    Attributes::default(),
                    media_type,
                )
            }
            ContentSpec::Files(files) => self.files(name, files),
        }
    }

    /// One file is a part; several under one `-F` are, as curl has it, a multipart of attachments.
    fn files(&mut self, name: Option<Vec<u8>>, mut files: Vec<FileSpec>) -> Result<(), PlanError> {
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
            self.file(None, file)?;
        }
        self.close()
    }

    fn file(&mut self, name: Option<Vec<u8>>, file: FileSpec) -> Result<(), PlanError> {
        let mut attributes = file.attributes;
        let path = file.source.as_path();
        let filename = attributes.filename.take().unwrap_or_else(|| filename(path));
        let media_type = media_types::by_name(&filename)
            .or_else(|| media_types::by_name(path.as_os_str().as_encoded_bytes()))
            .unwrap_or("application/octet-stream");
        self.check_filename(&filename);
        attributes.filename = Some(filename);
        let looked = Source::look(&file.source);
        self.leaf(name, looked, attributes, Some(media_type))
    }

    fn check_filename(&mut self, filename: &[u8]) {
        let shown = lossy(filename);
        if let Some(control) = control_in_name(filename) {
            self.problems.push(format!(
                "{shown}: its name has the control character 0x{control:02x}, which servers refuse; filename=… sends another"
            ));
        } else if std::str::from_utf8(filename).is_err() {
            self.report.warning(&format!(
                "{shown}: its name is not UTF-8 and is sent as it is; filename=… sends another"
            ));
        }
    }

    /// A part with a content of its own, of the `guessed` type unless another is given.
    fn leaf(
        &mut self,
        name: Option<Vec<u8>>,
        looked: Result<Source, String>,
        attributes: Attributes,
        guessed: Option<&str>,
    ) -> Result<(), PlanError> {
        let headers = self.headers(attributes.headers)?;
        let source = match looked {
            Ok(source) => source,
            Err(problem) => {
                self.problems.push(problem);
                return Ok(());
            }
        };
        if let Some(identity) = source.identity() {
            self.outputs.check_source(&identity)?;
        }
        let called = match (&attributes.filename, &name) {
            (Some(filename), _) if !filename.is_empty() => lossy(filename),
            (_, Some(name)) => lossy(name),
            (_, None) => String::from("text"),
        };
        let encoding = attributes.encoding;
        let mut head = PartHead {
            disposition: self.disposition(),
            name,
            filename: attributes.filename,
            content_type: attributes.content_type,
            transfer_encoding: encoding.map(|encoding| encoding.as_str().to_owned()),
            headers,
        };
        if head.content_type.is_none() && !has_header(&head, b"content-type") {
            head.content_type = guessed.map(|media_type| media_type.as_bytes().to_vec());
        }
        let content = DraftContent::Source {
            source,
            encoding: encoding.unwrap_or(TransferEncoding::Binary),
            called,
        };
        self.push(Draft { head, content });
        Ok(())
    }

    fn open(&mut self, group: GroupSpec) -> Result<(), PlanError> {
        for warning in &group.warnings {
            self.report.warning(&warning.to_string());
        }
        if self.open.len() > DEEPEST {
            let message = format!("-F 'name=(': nested more than {DEEPEST} deep");
            return Err(PlanError::usage(message));
        }
        let boundary = random::boundary()?;
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
                HeaderSpec::File(path) => match option_file::read(&path) {
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
}

/// A text with a file name looks like a file, and is typed by that name.
fn by_given_filename(attributes: &Attributes) -> Option<&'static str> {
    media_types::by_name(attributes.filename.as_deref()?)
}

/// A field from a file is typed as curl types it: by the ten extensions that curl knows, and not as plain text.
fn by_path_of_field(source: &SourceSpec) -> Option<&'static str> {
    match source {
        SourceSpec::Path(path) => media_types::by_curl(path.as_os_str().as_encoded_bytes())
            .filter(|media_type| *media_type != "text/plain"),
        SourceSpec::Stdin => None,
    }
}

/// A name as text, for messages; whoever shows them escapes it.
fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// The name a path is sent under. A descriptor's number would say nothing: one that is a file has that file's name, any
/// other is called after what it is.
pub(super) fn filename(path: &Path) -> Vec<u8> {
    if is_descriptor(path) {
        let file = fs::canonicalize(path).ok().filter(|file| file.is_file());
        return match file.as_deref().and_then(Path::file_name) {
            Some(name) => name.as_encoded_bytes().to_vec(),
            None if path.ends_with("0") => b"stdin".to_vec(),
            None => b"fifo".to_vec(),
        };
    }
    path.file_name()
        .unwrap_or(path.as_os_str())
        .as_encoded_bytes()
        .to_vec()
}

/// Whether a path is the name of a descriptor.
pub(super) fn is_descriptor(path: &Path) -> bool {
    let octets = path.as_os_str().as_encoded_bytes();
    let mut folders = ["/dev/fd/", "/proc/self/fd/"].iter();
    folders.any(|folder| octets.starts_with(folder.as_bytes()))
}

/// Whether the user's own headers have one of that name.
pub(super) fn has_header(head: &PartHead, name: &[u8]) -> bool {
    head.headers.iter().any(|line| {
        line.split(|byte| *byte == b':')
            .next()
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
    })
}
