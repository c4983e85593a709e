//! `formpost URL FILE…`: settle, send, say; or settle and look.

use std::io::Read;
use std::path::Path;

use formpost::multipart::{Boundary, Limits, Parser};
use formpost::receive::Keep;
use formpost::send::{Client, Coding, SendError};

use crate::app::as_curl::CommandLine;
use crate::app::cli::Upload;
use crate::app::delivery::account::Account;
use crate::app::delivery::means::Means;
use crate::app::delivery::{self, Delivered};
use crate::app::exit::Exit;
use crate::app::hints::{self, Answered};
use crate::app::inventory::{self, Found};
use crate::app::plan::body::Shape;
use crate::app::plan::outline::Outline;
use crate::app::plan::{Action, Listing, Plan, Request};
use crate::app::record::Record;
use crate::app::record_file::RecordFile;
use crate::app::report::{self, Report};
use crate::app::terminal::Environment;
use crate::app::write_out::Facts;
use crate::app::{listing, output, verdict};

/// Runs it.
pub(crate) fn run(upload: &Upload, report: &mut Report) -> anyhow::Result<Exit> {
    report.configure(&upload.output);
    if upload.looking.as_curl {
        return say_as_curl(upload, report);
    }
    let account = Account::new();
    let plan = match Plan::new(upload, &Environment::read(), report) {
        Ok(plan) => plan,
        Err(error) => {
            let error = error.into();
            let recorded = record_unplanned(upload, &error, &account);
            recorded.unwrap_or_else(|unwritable| report.error(&unwritable));
            return Err(error);
        }
    };
    match &plan.action {
        Action::Send => send(&plan, upload.told.report.as_deref(), account, report),
        Action::Look { shown, dumped } => look(&plan, *shown, dumped.as_deref()),
    }
}

/// Prints the same request as a curl command.
fn say_as_curl(upload: &Upload, report: &mut Report) -> anyhow::Result<Exit> {
    let outline = Outline::new(upload, report)?;
    let line = CommandLine::new(upload, &outline)?;
    let text = line.to_text()?;
    for remark in &line.remarks {
        report.warning(remark);
    }
    report::answer(text.as_bytes())?;
    Ok(Exit::Done)
}

/// Sends it, and says how it went: all of that comes before what `-w` and `--report` ask for.
fn send(
    plan: &Plan,
    records: Option<&Path>,
    mut account: Account,
    report: &mut Report,
) -> anyhow::Result<Exit> {
    let records = records.map(RecordFile::create).transpose()?;
    let mut checksums = None;
    let means = Means::alone(Client::new(plan.connection.clone()));
    let (exit, error) = match delivery::deliver(plan, &means, &mut account, report) {
        Ok(delivered) => {
            checksums.clone_from(&delivered.sent.checksums);
            show(plan, delivered, report)
        }
        Err(error) => {
            report.error(&error);
            (verdict::of_error(&error), Some(error))
        }
    };
    let error = error.as_ref().map(report::in_one_line);
    let facts = Facts {
        output: plan.response.file_name(),
        ..account.facts(plan.url()).ended(exit, error, checksums)
    };
    let written = report.write_out(&plan.write_out, &facts);
    let recorded = records.map_or(Ok(()), |records| {
        records.write(&Record::new(&plan.contents, &facts))
    });
    let failures = [written, recorded].into_iter().filter_map(Result::err);
    Ok(failures.fold(exit, |exit, error| {
        report.error(&error);
        if exit == Exit::Done {
            verdict::of_error(&error)
        } else {
            exit
        }
    }))
}

/// Records why an upload that was to be sent cannot be. A command line that makes no sense is no upload, and its files are
/// left alone.
///
/// # Errors
/// If the file cannot be written.
fn record_unplanned(
    upload: &Upload,
    error: &anyhow::Error,
    account: &Account,
) -> anyhow::Result<()> {
    let exit = verdict::of_error(error);
    let is_looked_at = upload.looking.dry_run || upload.looking.dump_body.is_some();
    let (Some(path), Some(url), false) = (
        &upload.told.report,
        &upload.url,
        is_looked_at || exit == Exit::Usage,
    ) else {
        return Ok(());
    };
    let facts = Facts {
        exit,
        error: Some(report::in_one_line(error)),
        ..account.facts(url.url())
    };
    RecordFile::create(path)?.write(&Record::new(&[], &facts))
}

/// Shows the answer, and says what it means. What went wrong meanwhile is said as well, and handed over.
fn show(
    plan: &Plan,
    mut delivered: Delivered,
    report: &mut Report,
) -> (Exit, Option<anyhow::Error>) {
    let read = report.response(&mut delivered.response, &plan.response);
    let (exit, error) = verdict::of_delivery(&delivered, read);
    let status = delivered.response.status();
    if let Some(error) = &error {
        report.error(error);
    }
    if !matches!(&error, Some(error) if error.is::<SendError>()) {
        report.summary(&delivered.response, &delivered.sent);
        if let Some(checksums) = &delivered.sent.checksums {
            report.checksums(checksums, &plan.names());
        }
        let Delivered {
            response,
            sent,
            refusal,
            is_authorized,
            is_fetched,
            unusable,
        } = &delivered;
        let hint = match refusal {
            Some(refusal) => refusal.hint(),
            None if unusable.is_some() => unusable.as_ref().map(ToString::to_string),
            // The others are about the upload.
            None if *is_fetched && status != 401 => None,
            None => hints::of_answer(&Answered {
                response,
                content: sent.total,
                framing: sent.framing,
                credentials: plan.credentials.as_deref(),
                is_authorized: *is_authorized,
                follows: plan.redirects.follow,
                repeats: plan.repeats.times > 0,
                is_proxy_authorized: plan.connection.proxies.has_credentials(),
            }),
        };
        report.afterwards(refusal.as_ref(), hint.as_deref());
    }
    (exit, error)
}

/// Reads the very body that would be sent: through the very parser that would receive it, or into a file, or both.
pub(super) fn look(
    plan: &Plan,
    shown: Option<Listing>,
    dumped: Option<&Path>,
) -> anyhow::Result<Exit> {
    let Request {
        head,
        framing,
        mut body,
        boundary,
        coding,
        ..
    } = plan.request()?;
    let looking = Looking {
        listing: shown,
        boundary,
        coding,
        shape: plan.shape,
    };
    let found = match dumped {
        Some(path) => {
            let mut copy = output::copying(&mut body, path)?;
            let found = looking.at(&mut copy)?;
            copy.finish()?;
            found
        }
        None => looking.at(&mut body)?,
    };
    let Some((listing, found)) = found else {
        return Ok(Exit::Done);
    };
    let head = plan.connection.proxies.outgoing(&head);
    let text = match listing {
        Listing::Table => listing::dry_run(&head, framing, &found),
        Listing::Json => listing::dry_run_json(&head, framing, &found)?,
    };
    report::answer(text.as_bytes())?;
    Ok(Exit::Done)
}

/// What is to be seen in a body.
struct Looking {
    /// How it will be shown, if it will be.
    listing: Option<Listing>,
    boundary: Option<Boundary>,
    coding: Option<Coding>,
    shape: Shape,
}

impl Looking {
    /// Reads a body to its end, and looks into it if that is to be shown.
    fn at(&self, body: &mut dyn Read) -> anyhow::Result<Option<(Listing, Found)>> {
        let Some(listing) = self.listing else {
            output::drain(body)?;
            return Ok(None);
        };
        let found = match self.coding {
            Some(coding) => self.find(&mut coding.decoded(&mut *body)?)?,
            None => self.find(body)?,
        };
        // A decoder reads no further than what it decodes.
        output::drain(body)?;
        Ok(Some((listing, found)))
    }

    fn find(&self, body: &mut dyn Read) -> anyhow::Result<Found> {
        Ok(match (self.shape, &self.boundary) {
            (Shape::Multipart { dialect, .. }, Some(boundary)) => {
                let parser = Parser::with_dialect(boundary, Limits::looking(), dialect);
                Found::Parts(inventory::take("the body", body, parser, Keep::Nothing)?)
            }
            _ => Found::Whole(inventory::weigh("the body", body)?),
        })
    }
}
