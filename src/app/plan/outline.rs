//! An upload as far as it can be settled without opening what it sends, and without asking anybody for a password: enough to
//! say the same request in another program's words.

use formpost::multipart::Escape;
use formpost::send::{Header, Url};

use super::body::{self, Data, Wanted};
pub(crate) use super::draft::{Draft, DraftContent};
use super::encoded::{self, Encoding};
use super::error::PlanError;
use super::form::Ingredients;
use super::given::HeaderFile;
use super::head::{self, HeadDraft};
use super::outputs::Outputs;
pub(crate) use super::sources::Source;
use super::sources::{Ahead, Opening};
use super::{Outset, form, plan_escape, proxies, route};
use crate::app::cli::{HeaderArg, Upload};
use crate::app::part_spec::SourceSpec;
use crate::app::report::Report;

/// See the top of this file.
pub(crate) struct Outline {
    head: HeadDraft,
    /// What `-H` says, but for a Content-Type and the framing; a file stands for its fields if they are nothing but that.
    pub(crate) given: Vec<HeaderArg>,
    /// The body is to be chunked, even if its length is known.
    pub(crate) chunked: bool,
    pub(crate) body: OutlinedBody,
}

/// What the body is made of; a `content_type` of `None` says nothing of it.
pub(crate) enum OutlinedBody {
    Multipart {
        /// Without the boundary; `None` is that of any form.
        content_type: Option<String>,
        /// The user chose the boundary.
        has_boundary: bool,
        escape: Escape,
        parts: Vec<Draft>,
    },
    /// `-T`.
    Upload {
        source: SourceSpec,
        content_type: Option<String>,
    },
    /// `--data-binary @FILE`.
    DataFrom {
        source: SourceSpec,
        content_type: Option<String>,
    },
    /// `--data-binary DATA`, or a form that is no multipart.
    Data {
        octets: Vec<u8>,
        content_type: Option<String>,
    },
    /// There is none.
    Nothing { content_type: Option<String> },
}

impl Outline {
    /// # Errors
    /// If something that was asked for cannot be done, as far as that is known by then.
    pub(crate) fn new(upload: &Upload, report: &mut Report) -> Result<Self, PlanError> {
        let (mut given, fields) = read_headers(&upload.request.headers, report)?;
        if upload.curl.compressed {
            given.retain(|argument| !is_field(argument, "Accept-Encoding"));
        }
        // The length of a body with another boundary is another.
        for framing in ["Transfer-Encoding", "Content-Length"] {
            given.retain(|argument| !is_field(argument, framing));
        }
        let (outset, ingredients) = Outset::new(upload, &fields, report)?;
        let framing = outset.given.framing.or_chunked(upload.form.chunked);
        route::settle(&upload.connection.route)?;
        if upload.connection.route.unix_socket.is_some() {
            proxies::none_for_a_socket(&upload.proxy)?;
        }
        let mut request = upload.request.clone();
        let credentials = std::mem::take(&mut request.credentials);
        request.credentials.anyauth = credentials.anyauth;
        request.credentials.digest = credentials.digest && outset.given.replaces("Authorization");
        let (url, method) = (outset.url, outset.wanted.method());
        let expects = upload.connection.expect100_timeout.is_some();
        let mut head = head::plan(&request, outset.given, url, method, expects)?;
        let mut outlining = Outlining {
            upload,
            outputs: &outset.outputs,
            report,
        };
        let (body, query) = outlining.body(outset.wanted, ingredients)?;
        if let Some(query) = query {
            head = head.asking_with(&query);
        }
        Ok(Self {
            head,
            given,
            chunked: framing.chunked,
            body,
        })
    }

    pub(crate) fn has_body(&self) -> bool {
        !matches!(self.body, OutlinedBody::Nothing { .. })
    }

    pub(crate) fn method(&self) -> &str {
        self.head.method()
    }

    /// Where it goes, with the fields of `-G`.
    pub(crate) fn url(&self) -> &Url {
        self.head.url()
    }

    /// The fields that go out without `-H`, but for the body's own and the credentials.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Header> {
        let own = self.head.own();
        own.filter(|header| !header.is("Authorization"))
    }

    /// Whether a field of that name goes out, by `-H` or without it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.head.has(name)
    }

    /// Whether it is for `-H` alone to say what of that name goes out, if anything.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        let is_own = self.head.own().any(|header| header.is(name));
        let removes = |given: &HeaderArg| match given {
            HeaderArg::Remove(removed) => removed.eq_ignore_ascii_case(name),
            HeaderArg::Field(_) | HeaderArg::File(_) => false,
        };
        (self.has(name) && !is_own) || self.given.iter().any(removes)
    }
}

/// What is said of `-H`, and the fields that this comes to.
fn read_headers(
    typed: &[HeaderArg],
    report: &mut Report,
) -> Result<(Vec<HeaderArg>, Vec<HeaderArg>), PlanError> {
    let is_type = |argument: &HeaderArg| is_field(argument, "Content-Type");
    let (mut given, mut fields) = (Vec::new(), Vec::new());
    for argument in typed {
        match argument {
            HeaderArg::File(path) => {
                let file = HeaderFile::read("-H", path)?;
                if file.is_plain && !file.lines.iter().any(is_type) {
                    given.push(argument.clone());
                } else {
                    report.notice(&format!(
                        "-H @{}: it has comments, blanks or a Content-Type, and its fields stand in the command",
                        path.display()
                    ));
                    given.extend(file.lines.iter().cloned());
                }
                fields.extend(file.lines);
            }
            HeaderArg::Field(_) | HeaderArg::Remove(_) => {
                given.push(argument.clone());
                fields.push(argument.clone());
            }
        }
    }
    given.retain(|argument| !is_type(argument));
    Ok((given, fields))
}

/// Whether it gives a field of that name.
fn is_field(argument: &HeaderArg, name: &str) -> bool {
    match argument {
        HeaderArg::Field(header) => header.is(name),
        HeaderArg::Remove(_) | HeaderArg::File(_) => false,
    }
}

struct Outlining<'a> {
    upload: &'a Upload,
    outputs: &'a Outputs,
    report: &'a mut Report,
}

impl Outlining<'_> {
    /// The body, and what is to be put into the URL's query.
    fn body(
        &mut self,
        wanted: Wanted,
        ingredients: Ingredients,
    ) -> Result<(OutlinedBody, Option<Vec<u8>>), PlanError> {
        let body = match wanted {
            Wanted::Multipart(outer) => OutlinedBody::Multipart {
                content_type: outer.without_boundary(),
                has_boundary: outer.boundary().is_some(),
                escape: plan_escape(self.upload.form.form_escape),
                parts: form::draft(ingredients, &outer, self.outputs, self.report)?,
            },
            Wanted::Encoded {
                encoding,
                content_type,
            } => OutlinedBody::Data {
                octets: self.encoded(encoding, ingredients)?,
                content_type: text_of(content_type),
            },
            Wanted::Query { content_type } => {
                let query = self.encoded(Encoding::Urlencoded, ingredients)?;
                return Ok((
                    OutlinedBody::Nothing {
                        content_type: text_of(content_type),
                    },
                    Some(query),
                ));
            }
            Wanted::Upload {
                source,
                content_type,
            } => {
                body::look(&source, self.outputs)?;
                OutlinedBody::Upload {
                    source,
                    content_type: text_of(content_type),
                }
            }
            Wanted::Data {
                data: Data::From(source),
                content_type,
            } => {
                body::look(&source, self.outputs)?;
                OutlinedBody::DataFrom {
                    source,
                    content_type: text_of(content_type),
                }
            }
            Wanted::Data {
                data: Data::Octets(octets),
                content_type,
            } => OutlinedBody::Data {
                octets,
                content_type: text_of(content_type),
            },
        };
        Ok((body, None))
    }

    fn encoded(
        &mut self,
        encoding: Encoding,
        ingredients: Ingredients,
    ) -> Result<Vec<u8>, PlanError> {
        let ahead = Ahead::of(self.upload.form.spool, false);
        let mut opening = Opening::new(ahead, self.report);
        let fields = encoded::fields(ingredients, self.outputs, &mut opening)?;
        Ok(encoding.encode(&fields))
    }
}

/// What a Content-Type says.
fn text_of(header: Option<Header>) -> Option<String> {
    header.map(|header| String::from_utf8_lossy(header.value()).into_owned())
}
