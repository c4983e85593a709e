//! An upload for each of many files, out of words that are given once: [`Placeholder`]s in them stand for the file.
//!
//! What `-F`, `-H`, `-T`, the URL and `--idempotency-key` say is filled in after it has been taken apart, so that no
//! file's name can become anything else than a value: not a parameter, not a second header, not another host.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use formpost::send::{Algorithm, Connection, Hasher, Url};

use super::body::Wanted;
use super::error::PlanError;
use super::files;
use super::filling::{filled_body, filled_item, words_of};
use super::form::Ingredients;
use super::head::HeadDraft;
use super::{Action, Outset, Plan, Settled, plan_action, url_of};
use crate::app::cli::{FormArgs, Upload};
use crate::app::files::Item;
use crate::app::part_spec::{ContentSpec, FormItem, PartSpec, SourceSpec};
use crate::app::placeholder::{Placeholder, Position, Values};
use crate::app::progress::Shown;
use crate::app::random;
use crate::app::redact;
use crate::app::report::{Report, ResponseOutputs};
use crate::app::terminal::Environment;
use crate::app::write_out::Format;

/// How long a connection may idle before the next file: less than any server waits.
const KEPT: Duration = Duration::from_secs(4);

/// From what the uploads of a batch are made.
#[derive(Debug, Clone)]
pub(crate) struct Each {
    settled: Settled,
    /// Where they go, unless a file stands in that.
    url: Url,
    /// That as it was typed, if one does.
    typed: Option<String>,
    items: Vec<FormItem>,
    form: FormArgs,
    /// A file is named somewhere in the words: then it is no part of its own.
    is_named: bool,
    /// Its checksum stands somewhere in the words.
    wants_sha256: bool,
    key: Key,
    /// A second request for a file does no more than the first.
    is_idempotent: bool,
    action: Action,
    nothing_found: String,
}

/// Which `Idempotency-Key` an upload has.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    None,
    /// The journal's, or a random one.
    Own,
    /// This, filled in.
    Filled(String),
}

impl Each {
    /// Settles what is the same for all, in that environment.
    ///
    /// # Errors
    /// If anything that was asked for cannot be done.
    pub(crate) fn new(
        upload: &Upload,
        environment: &Environment,
        report: &mut Report,
    ) -> Result<Self, PlanError> {
        let action = plan_action(&upload.looking)?;
        let key = match &upload.request.idempotency_key {
            None => Key::None,
            Some(None) => Key::Own,
            Some(Some(key)) => Key::Filled(key.clone()),
        };
        check(upload, &key)?;
        let (outset, ingredients) = Outset::new(upload, &upload.request.headers, report)?;
        let lists = &upload.selection.files_from;
        outset
            .outputs
            .check_paths(upload.files.iter().chain(lists))?;
        let items = without_warnings(ingredients.items, report);
        let mut settled = Settled::new(upload, outset, environment, report)?;
        settled.connection.keep_alive = Some(KEPT);
        let given = url_of(upload)?;
        let typed = given.text();
        let is_templated = Placeholder::any_is_in(typed.as_bytes());
        let named = named_in(&items, &settled.wanted);
        if !settled.wanted.is_form() && !named {
            let error = PlanError::usage("--each: expected {path} in -T or --data-binary @");
            return Err(error.hint("formpost --each -T '{path}' URL/ FILE…"));
        }
        let mut words = words_of(&items);
        words.push(typed.as_bytes().to_vec());
        words.extend(settled.head.given().map(|header| header.value().to_vec()));
        if let Key::Filled(key) = &key {
            words.push(key.clone().into_bytes());
        }
        Ok(Self {
            wants_sha256: words.iter().any(|text| Placeholder::Sha256.is_in(text)),
            url: given.url().clone(),
            typed: is_templated.then(|| typed.to_owned()),
            is_named: named,
            items,
            form: upload.form.clone(),
            key,
            is_idempotent: settled.head.is_idempotent()?,
            action,
            nothing_found: files::nothing_found(&upload.selection),
            settled,
        })
    }

    /// The upload of one of them. `key` is what the journal says is its own.
    ///
    /// # Errors
    /// If that file cannot be sent so.
    pub(crate) fn plan(
        &self,
        item: &Item,
        key: Option<String>,
        report: &mut Report,
    ) -> Result<Plan, PlanError> {
        let values = self.values(item)?;
        let mut settled = self.settled.clone();
        settled.wanted = filled_body(settled.wanted, &values);
        let url = match &self.typed {
            Some(typed) => self.filled_url(typed, &values)?,
            None => self.url.clone(),
        };
        settled.head = self.head(settled.head, settled.wanted.target(url), key, &values)?;
        let mut items = self
            .items
            .iter()
            .cloned()
            .map(|item| filled_item(item, &values))
            .collect::<Result<Vec<_>, PlanError>>()?;
        if !self.is_named {
            let part = files::part(item.file.clone(), &self.form);
            items.push(FormItem::Part(part));
        }
        let ingredients = Ingredients {
            items,
            problems: Vec::new(),
        };
        settled.plan(ingredients, self.action.clone(), report)
    }

    fn values(&self, item: &Item) -> Result<Values, PlanError> {
        let path = item.file.source.as_path();
        Ok(Values {
            path: path.as_os_str().as_encoded_bytes().to_vec(),
            relative: item.file.relative.to_octets(),
            size: item.size,
            sha256: if self.wants_sha256 {
                sha256_of(path)?
            } else {
                String::new()
            },
            index: item.index,
        })
    }

    /// No file's name says which host it goes to.
    fn filled_url(&self, typed: &str, values: &Values) -> Result<Url, PlanError> {
        let text = values.fill(typed.as_bytes(), Position::Url);
        let url: Url = String::from_utf8_lossy(&text)
            .parse()
            .map_err(|error| PlanError::usage(format!("{error}")))?;
        if url.is_same_origin(&self.url) {
            Ok(url)
        } else {
            Err(PlanError::usage(
                "a file's name may stand in the URL's path and query, and not in its host",
            ))
        }
    }

    fn head(
        &self,
        head: HeadDraft,
        url: Url,
        key: Option<String>,
        values: &Values,
    ) -> Result<HeadDraft, PlanError> {
        let head = head.for_one_of_many(url, |text| values.fill(text, Position::Text))?;
        match &self.key {
            Key::None => Ok(head),
            Key::Own => head.with_key(&key.map_or_else(random::uuid, Ok)?),
            Key::Filled(key) => {
                let key = values.fill(key.as_bytes(), Position::Text);
                head.with_key(&String::from_utf8_lossy(&key))
            }
        }
    }

    /// Where they go, as far as that is the same for all.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// That, fit to be shown.
    pub(crate) fn shown_url(&self) -> String {
        redact::url(self.url().as_str())
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.settled.connection
    }

    pub(crate) fn progress(&self) -> Shown {
        self.settled.progress
    }

    /// What is written when each is over.
    pub(crate) fn write_out(&self) -> &Format {
        &self.settled.write_out
    }

    pub(crate) fn response(&self) -> &ResponseOutputs {
        &self.settled.response
    }

    /// Whether they are sent or looked at.
    pub(crate) fn action(&self) -> &Action {
        &self.action
    }

    /// Whether a file is sent again of which it is not known whether the server kept it.
    pub(crate) fn may_repeat_unknown(&self) -> bool {
        self.settled.repeats.unknown || self.key != Key::None || self.is_idempotent
    }

    /// That there was no file.
    pub(crate) fn nothing(&self) -> PlanError {
        PlanError::Sources(vec![self.nothing_found.clone()])
    }
}

/// That nothing is asked for that has no meaning for many.
fn check(upload: &Upload, key: &Key) -> Result<(), PlanError> {
    let looking = &upload.looking;
    if looking.as_curl {
        return Err(PlanError::usage(
            "--each and --as-curl: one command is one request",
        ));
    }
    if looking.dump_body.is_some() {
        return Err(PlanError::usage(
            "--each and --dump-body: there are many bodies, expected one of them",
        ));
    }
    if upload.files.iter().any(|file| file == Path::new("-")) {
        return Err(PlanError::usage(
            "--each: expected files, found standard input (-)",
        ));
    }
    match key {
        Key::Filled(key) if !Placeholder::any_is_in(key.as_bytes()) => {
            let error = PlanError::usage("--idempotency-key: the same key for each of many files");
            Err(error.hint("without a value each has its own; or '{sha256}'"))
        }
        Key::Filled(_) | Key::None | Key::Own => Ok(()),
    }
}

/// The items, and what is to be warned of in them said once for all.
fn without_warnings(items: Vec<FormItem>, report: &mut Report) -> Vec<FormItem> {
    let items = items.into_iter();
    items
        .map(|mut item| {
            let warnings = match &mut item {
                FormItem::Part(part) => std::mem::take(&mut part.warnings),
                FormItem::Open(group) => std::mem::take(&mut group.warnings),
                FormItem::Close => Vec::new(),
            };
            for warning in warnings {
                report.warning(&warning.to_string());
            }
            item
        })
        .collect()
}

/// Whether the file is named in what the body is made of.
fn named_in(items: &[FormItem], wanted: &Wanted) -> bool {
    let names = |source: &SourceSpec| match source {
        SourceSpec::Path(path) => Placeholder::Path.is_in(path.as_os_str().as_encoded_bytes()),
        SourceSpec::Stdin => false,
    };
    let in_item = |item: &FormItem| match item {
        FormItem::Part(PartSpec {
            content,
            is_template: true,
            ..
        }) => match content {
            ContentSpec::Files(files) => files.iter().any(|file| names(&file.source)),
            ContentSpec::TextFrom { source, .. } => names(source),
            ContentSpec::Text { .. } | ContentSpec::JsonFrom { .. } => false,
        },
        FormItem::Part(_) | FormItem::Open(_) | FormItem::Close => false,
    };
    wanted.source().is_some_and(names) || items.iter().any(in_item)
}

fn sha256_of(path: &Path) -> Result<String, PlanError> {
    let unreadable =
        |error: io::Error| PlanError::Sources(vec![format!("{}: {error}", path.display())]);
    let mut hasher = Hasher::new(Algorithm::Sha256);
    let mut file = File::open(path).map_err(unreadable)?;
    io::copy(&mut file, &mut hasher).map_err(unreadable)?;
    Ok(hasher.finish().to_string())
}
