//! `formpost --each URL FILE…`: settle what is the same for all, send each, sum up.

use std::sync::Arc;
use std::time::Instant;

use crate::app::batch::{Batch, Item, Totals};
use crate::app::cli::Upload;
use crate::app::commands::upload;
use crate::app::exit::Exit;
use crate::app::files::Files;
use crate::app::journal::{Doubt, Journal};
use crate::app::plan::{Action, Each, Listing};
use crate::app::progress::{BatchProgress, Shown, Stage};
use crate::app::report::Report;
use crate::app::signals;
use crate::app::terminal::Environment;

/// Runs it.
pub(crate) fn run(upload: &Upload, report: &mut Report) -> anyhow::Result<Exit> {
    report.configure(&upload.output);
    let each = Each::new(upload, &Environment::read(), report)?;
    let journal = upload.batch.journal.as_deref();
    let shard = (!upload.selection.shard.is_all()).then(|| upload.selection.shard.to_string());
    let journal = journal
        .map(|path| {
            Journal::open(path, shard.as_deref(), &mut |warning| {
                report.warning(warning);
            })
        })
        .transpose()?;
    let files = Files::new(upload.files.clone(), upload.selection.clone());
    let files = files.map_err(anyhow::Error::msg)?;
    if let Action::Look { shown, .. } = each.action() {
        return look(&each, files, *shown, report);
    }
    let stage = Arc::new(Stage::default());
    let shown = each.progress();
    if shown == Shown::Bar {
        report.on(stage.clone());
    }
    // Reading a list twice is for files alone.
    let counted = (shown == Shown::Bar && !upload.selection.reads_standard_input())
        .then(|| Files::new(upload.files.clone(), upload.selection.clone()).ok())
        .flatten();
    let batch = Batch::open(&each, upload, &stage, report)?;
    let (gate, lines) = (batch.gate().clone(), stage.clone());
    let ending = signals::finish_first(move || gate.stop(), move || lines.close());
    let began = Instant::now();
    let progress = BatchProgress::start(shown, batch.board(), &stage);
    let doubt = if each.may_repeat_unknown() {
        Doubt::Send
    } else {
        Doubt::Leave
    };
    let outcome = batch.run(files, counted, upload.batch.jobs, journal.as_ref(), doubt);
    drop(progress);
    let closed = journal.as_ref().map_or(Ok(()), Journal::close);
    let totals = batch.totals();
    report.batch(&totals, began.elapsed());
    ending.end_if_asked();
    outcome.and(closed)?;
    if totals.is_empty() {
        return Err(each.nothing().into());
    }
    Ok(totals.exit())
}

/// Shows what would be sent for each.
fn look(
    each: &Each,
    files: Files,
    shown: Option<Listing>,
    report: &mut Report,
) -> anyhow::Result<Exit> {
    let mut totals = Totals::default();
    for (index, file) in (1..).zip(files) {
        let looked = file
            .map_err(anyhow::Error::from)
            .and_then(|file| Ok(Item::new(file, index)?))
            .and_then(|item| Ok(each.plan(&item, None, report)?))
            .and_then(|plan| upload::look(&plan, shown, None));
        match looked {
            Ok(exit) => totals.fail(exit),
            Err(error) => {
                report.error(&error);
                totals.fail(Exit::Source);
            }
        }
    }
    if totals.is_empty() {
        return Err(each.nothing().into());
    }
    Ok(totals.exit())
}
