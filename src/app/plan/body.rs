//! What the body is: a multipart, a form in another encoding, one content as it is, or nothing.

use std::ffi::OsString;
use std::path::Path;

use formpost::multipart::{Dialect, Escape};
use formpost::send::{Content, Header, Part, Url};

use super::encoded::{self, Encoding};
use super::error::PlanError;
use super::form::{self, Ingredients, Listed};
use super::given::Given;
use super::outer_type::OuterType;
use super::outputs::Outputs;
use super::payload::Payload;
use super::sources::{Ahead, Opened, Opening, Source};
use crate::app::cli::{BodyArgs, Enctype, Upload};
use crate::app::part_spec::SourceSpec;
use crate::app::report::Report;

/// What the body is to be; a `content_type` of `None` says nothing of it.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// A form, as a multipart.
    Multipart(OuterType),
    /// A form in another encoding.
    Encoded {
        encoding: Encoding,
        content_type: Option<Header>,
    },
    /// A form in the URL's query, and no body.
    Query { content_type: Option<Header> },
    /// `-T`.
    Upload {
        source: SourceSpec,
        content_type: Option<Header>,
    },
    /// `--data-binary`.
    Data {
        data: Data,
        content_type: Option<Header>,
    },
}

/// The value of `--data-binary`.
#[derive(Debug, Clone)]
pub(super) enum Data {
    From(SourceSpec),
    Octets(Vec<u8>),
}

/// Which option chooses the body.
#[derive(Debug, Clone, Copy)]
enum Choice<'a> {
    Upload(&'a Path),
    Data(&'a OsString),
    Query,
    Encoded(Encoding),
}

impl Wanted {
    /// What was typed; a Content-Type is taken out of what `-H` gave.
    ///
    /// # Errors
    /// If it is to be two things at once.
    pub(super) fn of(upload: &Upload, given: &mut Given) -> Result<Self, PlanError> {
        let form = &upload.form;
        let Some(choice) = choice(&upload.body)? else {
            let outer = OuterType::settle(given, form.boundary.clone())?;
            return Ok(Self::Multipart(outer));
        };
        choice.check(upload)?;
        let media_type = form.media_type.as_deref();
        Ok(match choice {
            Choice::Upload(path) => Self::Upload {
                source: source_of_upload(path),
                content_type: given.content_type(media_type)?,
            },
            Choice::Data(data) => Self::Data {
                data: Data::parse(data)?,
                content_type: given
                    .content_type(media_type.or(Some(Encoding::Urlencoded.media_type())))?,
            },
            Choice::Query => Self::Query {
                content_type: given.content_type(None)?,
            },
            Choice::Encoded(encoding) => Self::Encoded {
                encoding,
                content_type: given.content_type(Some(encoding.media_type()))?,
            },
        })
    }

    /// Whether it is made of a form's fields.
    pub(super) fn is_form(&self) -> bool {
        match self {
            Self::Multipart(_) | Self::Encoded { .. } | Self::Query { .. } => true,
            Self::Upload { .. } | Self::Data { .. } => false,
        }
    }

    /// What it reads if it is no form.
    pub(super) fn source(&self) -> Option<&SourceSpec> {
        match self {
            Self::Upload { source, .. }
            | Self::Data {
                data: Data::From(source),
                ..
            } => Some(source),
            Self::Multipart(_) | Self::Encoded { .. } | Self::Query { .. } | Self::Data { .. } => {
                None
            }
        }
    }

    /// The method that goes with it.
    pub(super) fn method(&self) -> &'static str {
        match self {
            Self::Multipart(_) | Self::Encoded { .. } | Self::Data { .. } => "POST",
            Self::Upload { .. } => "PUT",
            Self::Query { .. } => "GET",
        }
    }

    /// Where it goes: what is put into a folder by `-T` is called there as it is here.
    pub(super) fn target(&self, url: Url) -> Url {
        let Self::Upload {
            source: SourceSpec::Path(path),
            ..
        } = self
        else {
            return url;
        };
        match path.file_name() {
            Some(name) => url.in_folder(name.as_encoded_bytes()),
            None => url,
        }
    }
}

fn choice(body: &BodyArgs) -> Result<Option<Choice<'_>>, PlanError> {
    let upload = at_most_one("-T", &body.upload_file)?;
    let data = at_most_one("--data-binary", &body.data_binary)?;
    let choices = [
        upload.map(|path| ("-T", Choice::Upload(path))),
        data.map(|data| ("--data-binary", Choice::Data(data))),
        body.get.then_some(("-G", Choice::Query)),
        match body.enctype {
            Enctype::Multipart => None,
            Enctype::Urlencoded => Some((
                "--enctype urlencoded",
                Choice::Encoded(Encoding::Urlencoded),
            )),
            Enctype::Text => Some(("--enctype text", Choice::Encoded(Encoding::Text))),
        },
    ];
    let mut choices = choices.into_iter().flatten();
    match (choices.next(), choices.next()) {
        (Some((one, _)), Some((other, _))) => Err(PlanError::usage(format!(
            "{one} and {other}: a request has one body, expected one of them"
        ))),
        (first, _) => Ok(first.map(|(_, choice)| choice)),
    }
}

/// The one value of an option that may be given once: to take the last of several would drop the others silently.
fn at_most_one<'a, T>(option: &str, values: &'a [T]) -> Result<Option<&'a T>, PlanError> {
    match values {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        several => Err(PlanError::usage(format!(
            "{option}: expected it once, found it {} times; a request has one body",
            several.len()
        ))),
    }
}

impl Choice<'_> {
    fn option(self) -> &'static str {
        match self {
            Self::Upload(_) => "-T",
            Self::Data(_) => "--data-binary",
            Self::Query => "-G",
            Self::Encoded(_) => "--enctype",
        }
    }

    /// That no option is given that means nothing beside it.
    fn check(self, upload: &Upload) -> Result<(), PlanError> {
        let form = &upload.form;
        let option = self.option();
        if form.boundary.is_some() {
            return Err(PlanError::usage(format!(
                "{option} and --boundary: only a multipart has a boundary"
            )));
        }
        // In a batch the FILEs are what is sent one after the other.
        let has_files = upload.has_files() && !upload.batch.each;
        let has_form = has_files || !form.items.is_empty();
        match self {
            Self::Upload(_) | Self::Data(_) if has_form => {
                let error = PlanError::usage(format!(
                    "{option}: it is the whole body, but there is a form as well"
                ));
                Err(error.hint("FILE arguments, --files-from and -F make a form"))
            }
            Self::Upload(_) | Self::Data(_) | Self::Query | Self::Encoded(_) => Ok(()),
        }
    }
}

/// `-` is standard input, and so is `.`, which with curl is the same without waiting for it.
fn source_of_upload(path: &Path) -> SourceSpec {
    if path == Path::new(".") {
        SourceSpec::Stdin
    } else {
        SourceSpec::of_path(path)
    }
}

impl Data {
    fn parse(text: &OsString) -> Result<Self, PlanError> {
        let [b'@', ..] = text.as_encoded_bytes() else {
            return Ok(Self::Octets(text.as_encoded_bytes().to_vec()));
        };
        let path = text
            .to_str()
            .ok_or_else(|| PlanError::usage("--data-binary @FILE: expected a path in UTF-8"))?;
        Ok(Self::From(SourceSpec::of_path(&path[1..])))
    }
}

/// What a receiver finds in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Parts, a nested multipart counted as one; they may be read so.
    Multipart { dialect: Dialect, parts: usize },
    /// One content, or nothing.
    Whole,
}

impl Shape {
    /// The number of parts.
    pub(crate) fn parts(self) -> usize {
        match self {
            Self::Multipart { parts, .. } => parts,
            Self::Whole => 0,
        }
    }
}

/// A body, settled.
#[derive(Debug)]
pub(super) struct PlannedBody {
    pub(super) payload: Payload,
    pub(super) shape: Shape,
    /// The contents that are no multiparts, in the order in which they are read.
    pub(super) contents: Vec<Listed>,
    /// Whether a content goes out in other octets than it was read in.
    pub(super) encoded: bool,
    /// What is to be sent in the URL's query instead.
    pub(super) query: Option<Vec<u8>>,
}

/// What bodies are made with.
pub(super) struct Making<'a> {
    pub(super) escape: Escape,
    pub(super) outputs: &'a Outputs,
    pub(super) ahead: Ahead,
    pub(super) report: &'a mut Report,
}

impl Making<'_> {
    /// Settles a body.
    ///
    /// # Errors
    /// Every source that cannot be sent, or the first contradiction.
    pub(super) fn plan(
        mut self,
        wanted: Wanted,
        ingredients: Ingredients,
    ) -> Result<PlannedBody, PlanError> {
        match wanted {
            Wanted::Multipart(outer) => self.multipart(outer, ingredients),
            Wanted::Encoded {
                encoding,
                content_type,
            } => {
                let octets = encoding.encode(&self.fields(ingredients)?);
                Ok(whole("form", content_type, Content::bytes(octets)))
            }
            Wanted::Query { content_type } => Ok(PlannedBody {
                query: Some(Encoding::Urlencoded.encode(&self.fields(ingredients)?)),
                payload: Payload::Nothing { content_type },
                ..whole("form", None, Content::bytes(""))
            }),
            Wanted::Upload {
                source,
                content_type,
            }
            | Wanted::Data {
                data: Data::From(source),
                content_type,
            } => self.source(&source, content_type),
            Wanted::Data {
                data: Data::Octets(octets),
                content_type,
            } => Ok(whole("data", content_type, Content::bytes(octets))),
        }
    }

    fn multipart(
        self,
        outer: OuterType,
        ingredients: Ingredients,
    ) -> Result<PlannedBody, PlanError> {
        let planned = form::plan(ingredients, &outer, self.outputs, self.ahead, self.report)?;
        warn_of_many(&planned.parts, self.report);
        let shape = Shape::Multipart {
            dialect: planned.dialect(&outer),
            parts: planned.parts.len(),
        };
        Ok(PlannedBody {
            shape,
            payload: Payload::Multipart {
                outer,
                parts: planned.parts,
                escape: self.escape,
            },
            contents: planned.contents,
            encoded: planned.encoded,
            query: None,
        })
    }

    fn fields(&mut self, ingredients: Ingredients) -> Result<Vec<encoded::Field>, PlanError> {
        let opening = &mut Opening::new(self.ahead, self.report);
        encoded::fields(ingredients, self.outputs, opening)
    }

    /// A source that is the whole body.
    fn source(
        self,
        spec: &SourceSpec,
        content_type: Option<Header>,
    ) -> Result<PlannedBody, PlanError> {
        let name = match spec {
            SourceSpec::Stdin => String::from("standard input"),
            SourceSpec::Path(path) => path.display().to_string(),
        };
        let looked = look(spec, self.outputs)?;
        let path = looked.path().map(Path::to_owned);
        let content = match Opening::new(self.ahead, self.report).open(looked)? {
            Opened::InMemory(octets) => Content::bytes(octets),
            Opened::Content(content) => content,
        };
        let mut body = whole(&name, content_type, content);
        body.contents[0].path = path;
        Ok(body)
    }
}

/// Looks at a source that is the whole body.
///
/// # Errors
/// What is wrong with it.
pub(super) fn look(spec: &SourceSpec, outputs: &Outputs) -> Result<Source, PlanError> {
    let looked = Source::look(spec).map_err(|problem| PlanError::Sources(vec![problem]))?;
    if let Some(identity) = looked.identity() {
        outputs.check_source(&identity)?;
    }
    Ok(looked)
}

/// Says so when there are more files than every server takes.
fn warn_of_many(parts: &[Part], report: &mut Report) {
    const EVERYWHERE: usize = 20;
    let is_file = |part: &&Part| part.head.filename.is_some();
    let files = parts.iter().filter(is_file).count();
    if files > EVERYWHERE {
        report.warning(&format!(
            "{files} files in one request: many servers take 10, 20, 100 or 128 and some drop the rest silently"
        ));
    }
}

fn whole(name: &str, content_type: Option<Header>, content: Content) -> PlannedBody {
    let listed = Listed {
        name: name.to_owned(),
        path: None,
        size: content.length(),
    };
    PlannedBody {
        payload: Payload::Whole {
            content_type,
            content,
        },
        shape: Shape::Whole,
        contents: vec![listed],
        encoded: false,
        query: None,
    }
}
