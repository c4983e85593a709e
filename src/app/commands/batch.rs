//! `formpost --each URL FILE…`: settle what is the same for all, send each, sum up.

use std::sync::Arc;
use std::time::Instant;

use crate::app::batch::{Batch, Totals};
use crate::app::cli::Upload;
use crate::app::commands::upload;
use crate::app::exit::Exit;
use crate::app::files::{Files, Item, Problem};
use crate::app::journal::{Doubt, Journal};
use crate::app::plan::{Action, Each, Listing};
use crate::app::progress::{BatchProgress, Shown, Stage};
use crate::app::report::Report;
use crate::app::terminal::Environment;
use crate::app::{signals, verdict};

/// Runs it.
pub(crate) fn run(upload: &Upload, report: &mut Report) -> anyhow::Result<Exit> {
    report.configure(&upload.output);
    let each = Arc::new(Each::new(upload, &Environment::read(), report)?);
    let selected = || Files::new(upload.files.clone(), upload.selection.clone());
    let files = selected().map_err(anyhow::Error::msg)?;
    if let Action::Look { shown, .. } = each.action() {
        return look(&each, files, *shown, report);
    }
    let journal = open_journal(upload, report)?;
    let stage = Arc::new(Stage::default());
    let shown = each.progress();
    if shown == Shown::Bar {
        report.on(stage.clone());
    }
    // A list that can be read once is for what is sent.
    let is_counted = shown == Shown::Bar && !upload.selection.reads_standard_input();
    let counted = is_counted.then(|| selected().ok()).flatten();
    let batch = Arc::new(Batch::open(each.clone(), upload, &stage, report)?);
    let (gate, lines, told) = (batch.gate().clone(), stage.clone(), report.clone());
    let finish = move || {
        gate.stop();
        told.clone()
            .notice("finishing what is under way; once more stops it");
    };
    let ending = signals::finish_first(finish, move || lines.close());
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
    report.batch(&totals.summary(began.elapsed()), totals.exit());
    ending.end_if_asked();
    outcome?;
    closed?;
    if totals.is_empty() {
        return Err(each.nothing().into());
    }
    Ok(totals.exit())
}

fn open_journal(upload: &Upload, report: &mut Report) -> anyhow::Result<Option<Journal>> {
    let Some(path) = &upload.batch.journal else {
        return Ok(None);
    };
    let shard = upload.selection.shard;
    let shard = (!shard.is_all()).then(|| shard.to_string());
    let warn = &mut |warning: &str| report.warning(warning);
    Ok(Some(Journal::open(path, shard.as_deref(), warn)?))
}

/// Shows what would be sent for each.
fn look(
    each: &Each,
    files: Files,
    shown: Option<Listing>,
    report: &mut Report,
) -> anyhow::Result<Exit> {
    let mut totals = Totals::default();
    let mut index = 0;
    for next in files {
        let file = match next {
            Ok(file) => file,
            Err(Problem::OtherShard) => {
                totals.leave();
                continue;
            }
            Err(problem @ (Problem::LeftOut { .. } | Problem::IgnoreFile(_))) => {
                report.warning(&problem.to_string());
                continue;
            }
            Err(problem) => {
                report.error(&problem.into());
                totals.fail(Exit::Source);
                continue;
            }
        };
        index += 1;
        let looked = Item::look(file, index)
            .map_err(anyhow::Error::from)
            .and_then(|(item, _)| Ok(each.plan(&item, None, report)?))
            .and_then(|plan| upload::look(&plan, shown, None));
        totals.fail(looked.unwrap_or_else(|error| {
            report.error(&error);
            verdict::of_error(&error)
        }));
    }
    if totals.is_empty() {
        return Err(each.nothing().into());
    }
    Ok(totals.exit())
}
