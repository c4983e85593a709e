//! Settles everything that can fail before the first network byte.
//!
//! A [`Plan`] is what an upload is, with nothing left to decide: every path looked at, every type guessed, the length
//! known or known to be unknown. Requests are made of it as often as they are to be sent. What cannot be settled is a
//! [`PlanError`], and all bad paths are named at once. Relations between options that clap cannot express are checked
//! first.

pub(crate) mod body;
mod cookies;
mod credentials;
mod draft;
mod each;
mod encoded;
pub(crate) mod error;
mod files;
mod filling;
mod form;
mod given;
mod head;
mod media_types;
mod network;
mod outer_type;
pub(crate) mod outline;
mod outputs;
mod payload;
mod proxies;
mod request;
mod route;
mod sources;
mod spool;
mod tls;
mod treatment;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use formpost::multipart::Escape;
use formpost::send::policy::redirect::Rules;
use formpost::send::policy::retry::Repeats;
use formpost::send::{Connection, Head, Login, Url};

use super::cli::{HeaderArg, LookingArgs, OutputArgs, ProgressStyle, Upload, UrlArg};
use super::progress::Shown;
use super::report::{Report, ResponseOutputs};
use super::terminal::{Environment, Terminal};
use super::write_out::Format;
use body::{Making, Shape, Wanted};
pub(crate) use each::Each;
use error::PlanError;
use files::Found;
use form::Ingredients;
pub(crate) use form::Listed;
use given::Given;
use head::HeadDraft;
pub(crate) use outputs::Outputs;
use request::Recipe;
pub(crate) use request::Request;
use sources::Ahead;
use treatment::Treatment;

/// An upload, settled.
#[derive(Debug)]
pub(crate) struct Plan {
    recipe: Recipe,
    /// What a receiver finds in the body.
    pub(crate) shape: Shape,
    /// The contents that are no multiparts, in the order in which they are read.
    pub(crate) contents: Vec<Listed>,
    /// Whether a content goes out in other octets than it was read in: base64, quoted-printable.
    #[cfg_attr(
        not(feature = "receive"),
        expect(dead_code, reason = "only `try` compares")
    )]
    pub(crate) encoded: bool,
    /// What the request is authorized with, as the user would say it.
    pub(crate) credentials: Option<String>,
    /// Who answers when the server asks for Digest authentication.
    pub(crate) digest: Option<Login>,
    pub(crate) connection: Connection,
    pub(crate) redirects: Rules,
    pub(crate) repeats: Repeats,
    pub(crate) progress: Shown,
    pub(crate) response: ResponseOutputs,
    /// What is written when it is over.
    pub(crate) write_out: Format,
    pub(crate) action: Action,
}

/// What is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Send it.
    Send,
    /// Show it, or write the body to a file, or both; send nothing.
    Look {
        shown: Option<Listing>,
        dumped: Option<PathBuf>,
    },
}

/// How an upload is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// For people.
    Table,
    /// For machines.
    Json,
}

/// An upload but for its body: what is the same for each of many.
#[derive(Debug, Clone)]
pub(crate) struct Settled {
    wanted: Wanted,
    head: HeadDraft,
    treatment: Treatment,
    escape: Escape,
    ahead: Ahead,
    outputs: Arc<Outputs>,
    connection: Connection,
    redirects: Rules,
    repeats: Repeats,
    progress: Shown,
    response: ResponseOutputs,
    write_out: Format,
}

impl Settled {
    /// Settles all but the body.
    ///
    /// # Errors
    /// If anything that was asked for cannot be done.
    fn new(
        upload: &Upload,
        outset: Outset,
        environment: &Environment,
        report: &mut Report,
    ) -> Result<Self, PlanError> {
        let (form, output) = (&upload.form, &upload.output);
        let Outset {
            outputs,
            given,
            wanted,
            url,
        } = outset;
        let framing = given.framing.or_chunked(form.chunked);
        let write_out = outputs::write_out(output.write_out.as_deref())?;
        let redirects = network::plan_redirects(&upload.redirects);
        network::check_protocol(&url, &upload.connection, redirects)?;
        let proxies = network::plan_proxies(
            &upload.proxy,
            &upload.connection,
            &url,
            redirects,
            environment,
        )?;
        let expects = upload.connection.expect100_timeout.is_some();
        let head = head::plan(&upload.request, given, url, wanted.method(), expects)?;
        head.notes.iter().for_each(|note| report.detail(note));
        let connection = network::plan_connection(&upload.connection, proxies, report)?;
        let treatment = Treatment::of(&upload.body, form, framing, output.checksum)?;
        let is_chunked = framing.chunked || treatment.coding.is_some();
        Ok(Self {
            wanted,
            repeats: network::plan_repeats(&upload.repeats, head.is_keyed()),
            head,
            treatment,
            escape: plan_escape(form.form_escape),
            ahead: Ahead::of(form.spool, is_chunked),
            outputs: Arc::new(outputs),
            connection,
            redirects,
            progress: shown(output, report.terminal()),
            response: ResponseOutputs::of(output),
            write_out,
        })
    }

    /// Settles the body, too.
    ///
    /// # Errors
    /// Every source that cannot be sent, or the first contradiction.
    fn plan(
        self,
        ingredients: Ingredients,
        action: Action,
        report: &mut Report,
    ) -> Result<Plan, PlanError> {
        let making = Making {
            escape: self.escape,
            outputs: &self.outputs,
            ahead: self.ahead,
            report,
        };
        let body = making.plan(self.wanted, ingredients)?;
        let head = match &body.query {
            Some(query) => self.head.asking_with(query),
            None => self.head,
        };
        Ok(Plan {
            credentials: head.credentials.clone(),
            digest: head.digest.clone(),
            recipe: Recipe::new(head, body.payload, self.treatment)?,
            shape: body.shape,
            contents: body.contents,
            encoded: body.encoded,
            connection: self.connection,
            redirects: self.redirects,
            repeats: self.repeats,
            progress: self.progress,
            response: self.response,
            write_out: self.write_out,
            action,
        })
    }
}

impl Plan {
    /// Settles an upload in that environment. `report` is told the warnings as they come up.
    ///
    /// # Errors
    /// If anything that was asked for cannot be done.
    pub(crate) fn new(
        upload: &Upload,
        environment: &Environment,
        report: &mut Report,
    ) -> Result<Self, PlanError> {
        let action = plan_action(&upload.looking)?;
        let (outset, ingredients) = Outset::new(upload, &upload.request.headers, report)?;
        let settled = Settled::new(upload, outset, environment, report)?;
        settled.plan(ingredients, action, report)
    }

    /// A request, to be sent once: each has a boundary of its own, unless one was chosen, and reads the sources from
    /// their beginning. Framing and length are the same each time.
    ///
    /// # Errors
    /// If the system has no random numbers; where the body is read or spooled before it is sent, if that fails.
    pub(crate) fn request(&self) -> Result<Request, PlanError> {
        self.recipe.request()
    }

    /// A head like that of a request.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn head(&self) -> Result<Head, PlanError> {
        self.recipe.head()
    }

    /// What each content is called, in the order in which they are read.
    pub(crate) fn names(&self) -> Vec<String> {
        self.contents
            .iter()
            .map(|content| content.name.clone())
            .collect()
    }

    /// Where it was to be sent.
    pub(crate) fn url(&self) -> &Url {
        self.recipe.url()
    }

    /// The name of the first source that cannot be read again; `None` when a request can be sent (again).
    pub(crate) fn spent(&self) -> Option<&str> {
        self.recipe.spent()
    }
}

/// What can be settled of an upload before anything is opened, asked for or read.
struct Outset {
    outputs: Outputs,
    given: Given,
    wanted: Wanted,
    url: Url,
}

impl Outset {
    /// Settles it, and finds what a form is made of. `headers` are the values of `-H`.
    ///
    /// # Errors
    /// If what was typed contradicts itself.
    fn new(
        upload: &Upload,
        headers: &[HeaderArg],
        report: &mut Report,
    ) -> Result<(Self, Ingredients), PlanError> {
        let mut given = given_fields(upload, headers, report)?;
        let form = &upload.form;
        let outputs = Outputs::look(upload)?;
        let wanted = Wanted::of(upload, &mut given)?;
        files::check(upload, wanted.is_form())?;
        let url = wanted.target(url_of(upload)?.url().clone());
        let typed = [&upload.request.headers[..], &upload.proxy.headers].concat();
        let lists = &upload.selection.files_from;
        let paths = [&upload.files[..], lists, &upload.config.config].concat();
        let format = upload.output.write_out.as_deref();
        sources::check_standard_input(&form.items, wanted.source(), &typed, &paths, format)?;
        let found = if wanted.is_form() && !upload.batch.each {
            let (files, options) = (upload.files.clone(), upload.selection.clone());
            files::find(files, options, form, report)?
        } else {
            Found::default()
        };
        let outset = Self {
            outputs,
            given,
            wanted,
            url,
        };
        let ingredients = Ingredients {
            items: form.items.iter().cloned().chain(found.parts).collect(),
            problems: found.problems,
        };
        Ok((outset, ingredients))
    }
}

fn url_of(upload: &Upload) -> Result<&UrlArg, PlanError> {
    let url = upload.url.as_ref();
    url.ok_or_else(|| PlanError::usage("expected a URL"))
}

/// What the headers of `-H` say, without what `--compressed` asks for: nothing is there to undo it.
fn given_fields(
    upload: &Upload,
    headers: &[HeaderArg],
    report: &mut Report,
) -> Result<Given, PlanError> {
    upload.curl.notes().for_each(|note| report.detail(note));
    let mut given = Given::read("-H", headers)?;
    if upload.curl.compressed {
        given.forget("Accept-Encoding");
    }
    Ok(given)
}

fn plan_action(looking: &LookingArgs) -> Result<Action, PlanError> {
    if looking.json && !looking.dry_run {
        return Err(PlanError::usage("--json: only --dry-run has JSON output")
            .hint("a part of type application/json is --json-part NAME=JSON"));
    }
    let dumped = looking.dump_body.clone();
    if looking.dry_run && dumped.as_deref() == Some(Path::new("-")) {
        return Err(PlanError::usage(
            "--dry-run and --dump-body -: expected one of them on standard output",
        ));
    }
    let shown = match (looking.dry_run, looking.json) {
        (false, _) => None,
        (true, false) => Some(Listing::Table),
        (true, true) => Some(Listing::Json),
    };
    if shown.is_none() && dumped.is_none() {
        return Ok(Action::Send);
    }
    Ok(Action::Look { shown, dumped })
}

fn plan_escape(with_backslashes: bool) -> Escape {
    if with_backslashes {
        Escape::Backslash
    } else {
        Escape::Percent
    }
}

fn shown(output: &OutputArgs, terminal: Terminal) -> Shown {
    match output.progress_style() {
        ProgressStyle::None => Shown::Not,
        ProgressStyle::Bar => Shown::Bar,
        ProgressStyle::Auto if terminal.can_draw => Shown::Bar,
        ProgressStyle::Plain | ProgressStyle::Auto => Shown::Plain,
    }
}
