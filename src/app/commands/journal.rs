//! `formpost journal`: what journals say, and several made into one.

use crate::app::cli::{Journal, JournalCommand, Merge, Show};
use crate::app::exit::Exit;
use crate::app::journal::summary::{self, Wanted};
use crate::app::journal::{Ledger, Reader, merging};
use crate::app::output::Output;
use crate::app::report::{self, Report};
use crate::app::units::count;

/// Runs it.
pub(crate) fn run(arguments: &Journal, report: &mut Report) -> anyhow::Result<Exit> {
    match &arguments.command {
        JournalCommand::Show(show) => shown(show, report),
        JournalCommand::Merge(merge) => merged(merge, report),
    }
}

fn shown(arguments: &Show, report: &mut Report) -> anyhow::Result<Exit> {
    let mut ledger = Ledger::new();
    for file in &arguments.files {
        ledger.enter(file, Reader::Looking, &mut |warning| {
            report.warning(warning);
        })?;
    }
    if arguments.json {
        report::answer(summary::json(&ledger)?.as_bytes())?;
    } else if arguments.failed || arguments.unknown {
        paths(arguments, &ledger, report)?;
    } else {
        summary::text(&ledger, &mut |text| Ok(report::answer(text)?))?;
    }
    Ok(Exit::Done)
}

/// The paths as they are, but for a terminal, which shows what is no text and does not obey it.
fn paths(arguments: &Show, ledger: &Ledger, report: &mut Report) -> anyhow::Result<()> {
    let wanted = Wanted {
        failed: arguments.failed,
        unknown: arguments.unknown,
    };
    let end = if arguments.null { b'\0' } else { b'\n' };
    let mut output = Output::foreign(report.terminal().is_read_at);
    let broken = summary::paths(ledger, wanted, end, &mut |paths| Ok(output.write(paths)?))?;
    output.end()?;
    if broken > 0 {
        let paths = count(broken, "path");
        report.warning(&format!(
            "{paths} with a line break in it: -0 keeps paths apart"
        ));
    }
    Ok(())
}

fn merged(arguments: &Merge, report: &mut Report) -> anyhow::Result<Exit> {
    merging::check_is_free(&arguments.out)?;
    let mut ledger = Ledger::new();
    for file in &arguments.files {
        ledger.enter(file, Reader::Merging, &mut |warning| {
            report.warning(warning);
        })?;
    }
    merging::write(&ledger, &arguments.out)?;
    let files = count(ledger.files(), "file");
    let outcomes = ledger.outcomes();
    let outcomes = outcomes
        .iter()
        .map(|(exit, files)| format!("{files} {}", exit.as_str()));
    let outcomes: Vec<String> = outcomes.collect();
    let colon = if outcomes.is_empty() { "" } else { ": " };
    report.notice(&format!(
        "{}: {files}{colon}{}",
        arguments.out.display(),
        outcomes.join(", ")
    ));
    Ok(Exit::Done)
}
