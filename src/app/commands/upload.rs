//! `formpost URL FILE…`: settle, send, say; or settle and look.

use std::io::{self, Read};
use std::path::Path;
use std::time::Instant;

use formpost::multipart::{Boundary, Dialect, Limits, Parser};
use formpost::receive::Keep;
use formpost::send::{Client, Response, SendError};

use crate::app::cli::Upload;
use crate::app::exit::Exit;
use crate::app::inventory::{self, Inventory};
use crate::app::plan::{Action, Listing, Plan};
use crate::app::progress::Progress;
use crate::app::report::{self, Report, Sent};
use crate::app::{listing, output};

/// Runs it.
pub(crate) fn run(upload: Upload, report: &mut Report) -> anyhow::Result<Exit> {
    report.configure(&upload.output);
    let plan = Plan::new(upload, report)?;
    match plan.action.clone() {
        Action::Send => send(plan, report),
        Action::Look { shown, dumped } => look(plan, shown, dumped.as_deref()),
    }
}

fn send(plan: Plan, report: &Report) -> anyhow::Result<Exit> {
    let outputs = plan.response.clone();
    let (mut response, sent) = exchange(plan, report)?;
    let written = report
        .response(&mut response, &outputs)
        .and_then(|()| Ok(response.check_finished()?));
    let exit = Exit::of_status(response.status());
    if let Err(error) = &written {
        report.error(error);
    }
    if !matches!(&written, Err(error) if error.is::<SendError>()) {
        report.summary(&response, &sent);
    }
    Ok(match written {
        Err(error) if exit == Exit::Done => Exit::of_error(&error),
        _ => exit,
    })
}

/// Sends a plan while its progress is shown, up to the response's head.
pub(super) fn exchange(mut plan: Plan, report: &Report) -> anyhow::Result<(Response, Sent)> {
    report.request_head(&plan.head, plan.framing);
    let meter = plan.body.meter().clone();
    let started = Instant::now();
    let total = plan.body.content_length();
    let progress = Progress::start(plan.progress, &meter, plan.contents, total);
    let outcome = Client::new(plan.connection).send(&plan.head, plan.framing, &mut plan.body);
    progress.finish();
    let response = outcome?;
    report.response_head(&response);
    let sent = Sent {
        parts: plan.parts,
        content: meter.accepted(),
        time: started.elapsed(),
    };
    Ok((response, sent))
}

/// Reads the very body that would be sent: through the very parser that would receive it, or into a file, or both.
fn look(mut plan: Plan, shown: Option<Listing>, dumped: Option<&Path>) -> anyhow::Result<Exit> {
    let inventory = match dumped {
        Some(path) => {
            let mut copy = output::copying(&mut plan.body, path)?;
            let inventory = take(&mut copy, &plan.boundary, plan.dialect, shown)?;
            copy.finish()?;
            inventory
        }
        None => take(&mut plan.body, &plan.boundary, plan.dialect, shown)?,
    };
    let Some((listing, inventory)) = inventory else {
        return Ok(Exit::Done);
    };
    let text = match listing {
        Listing::Table => listing::dry_run(&plan.head, plan.framing, &inventory),
        Listing::Json => listing::dry_run_json(&plan.head, plan.framing, &inventory)?,
    };
    report::answer(text.as_bytes())?;
    Ok(Exit::Done)
}

/// Reads a body to its end, and takes it apart if that is to be shown.
fn take(
    body: &mut dyn Read,
    boundary: &Boundary,
    dialect: Dialect,
    shown: Option<Listing>,
) -> anyhow::Result<Option<(Listing, Inventory)>> {
    let Some(listing) = shown else {
        io::copy(body, &mut io::sink()).map_err(output::unwrapped)?;
        return Ok(None);
    };
    let parser = Parser::with_dialect(boundary, Limits::looking(), dialect);
    let inventory = inventory::take("the body", body, parser, Keep::Nothing)?;
    Ok(Some((listing, inventory)))
}
