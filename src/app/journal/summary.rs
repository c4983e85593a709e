//! What journals come to, as it is shown: to people, to machines, and to what sends files. Makes texts, prints nothing.

use serde::{Serialize, Serializer};

use super::error::JournalError;
use super::ledger::{Found, Ledger};
use super::record::{rfc3339, spelt};
use super::replay::Class;
use crate::app::exit::Exit;
use crate::app::json;
use crate::app::terminal::escape;
use crate::app::units::count;

/// Octets of a text that are shown at once.
const BLOCK: usize = 64 * 1024;

/// What there is, for people: the journals, how many files met with which outcome, and every file that is not done.
/// `show` gets it block by block.
///
/// # Errors
/// `show`'s; if a journal cannot be read any more.
pub(crate) fn text(
    ledger: &Ledger,
    show: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut text = head(ledger);
    let mut gap = "\n";
    for found in ledger.found(|class| class != Class::Done) {
        text += std::mem::take(&mut gap);
        text += &row(&found?);
        if text.len() > BLOCK {
            show(text.as_bytes())?;
            text.clear();
        }
    }
    show(text.as_bytes())
}

fn head(ledger: &Ledger) -> String {
    let mut lines = Vec::new();
    for journal in &ledger.journals {
        let header = &journal.header;
        let mut facts = Vec::new();
        facts.extend(header.shard.as_ref().map(|shard| format!("shard {shard}")));
        if !header.origins.is_empty() {
            let origins = count(header.origins.len(), "journal");
            facts.push(format!("merged from {origins}"));
        }
        facts.push(count(journal.runs, "run"));
        let (facts, since) = (facts.join(", "), rfc3339(header.created));
        let line = format!("{}: {facts} since {since}", journal.name);
        lines.push(escape(line.as_bytes()));
    }
    let outcomes = ledger.outcomes();
    let width = outcomes
        .iter()
        .map(|(_, files)| files.to_string().len())
        .max();
    let width = width.unwrap_or(1);
    for (exit, files) in outcomes {
        let (word, meaning) = (exit.as_str(), meaning(exit));
        lines.push(format!("{files:>width$} {word}: {meaning}"));
    }
    if ledger.files() == 0 {
        lines.push(String::from("no files"));
    }
    lines.join("\n") + "\n"
}

/// What an outcome's word stands for.
fn meaning(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "the server has it",
        Exit::Other => "something else went wrong",
        Exit::Usage => "it could not be sent as it was asked for",
        Exit::Redirected => "answered 3xx",
        Exit::Refused => "answered 4xx",
        Exit::ServerFailed => "answered 5xx",
        Exit::Source => "the file could not be read, or changed",
        Exit::NotSent => "nothing of it went out",
        Exit::Unknown => "the server may have it",
        Exit::Malformed => "the answer was not HTTP, or was cut; the server may have it",
    }
}

fn row(found: &Found) -> String {
    let word = found.verdict.exit.as_str();
    let status = found.outcome.as_ref().and_then(|outcome| outcome.status);
    let status = status.map_or_else(|| String::from("-"), |status| status.to_string());
    let path = escape(&found.revision.path);
    format!("{word:<10} {status:<3} {path}\n")
}

/// What there is, for machines.
///
/// # Errors
/// If a journal cannot be read any more.
pub(crate) fn json(ledger: &Ledger) -> anyhow::Result<String> {
    let named = |class| {
        let found = ledger.found(move |other| other == class);
        let named = found.map(|found| found.map(|found| Named::of(&found)));
        named.collect::<Result<Vec<_>, JournalError>>()
    };
    let summary = Summary {
        journals: ledger.journals.iter().map(Listed::of).collect(),
        files: ledger.files(),
        outcomes: ledger.outcomes(),
        unknown: named(Class::Unknown)?,
        failed: named(Class::Failed)?,
    };
    Ok(json::line(&summary)?)
}

#[derive(Serialize)]
struct Summary<'a> {
    journals: Vec<Listed<'a>>,
    files: usize,
    #[serde(serialize_with = "by_word")]
    outcomes: Vec<(Exit, usize)>,
    unknown: Vec<Named>,
    failed: Vec<Named>,
}

fn by_word<S: Serializer>(outcomes: &[(Exit, usize)], serializer: S) -> Result<S::Ok, S::Error> {
    let words = outcomes.iter().map(|(exit, files)| (exit.as_str(), files));
    serializer.collect_map(words)
}

/// A journal.
#[derive(Serialize)]
struct Listed<'a> {
    file: &'a str,
    id: String,
    shard: Option<&'a str>,
    created: String,
    runs: usize,
    merged: usize,
}

impl<'a> Listed<'a> {
    fn of(journal: &'a super::ledger::Entered) -> Self {
        let header = &journal.header;
        Self {
            file: &journal.name,
            id: header.id.to_string(),
            shard: header.shard.as_deref(),
            created: rfc3339(header.created),
            runs: journal.runs,
            merged: header.origins.len(),
        }
    }
}

/// A file that is not done, in the words of its record.
#[derive(Serialize)]
struct Named {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent: Option<String>,
    size: u64,
    mtime: String,
    outcome: &'static str,
    status: Option<u16>,
    time: String,
}

impl Named {
    fn of(found: &Found) -> Self {
        let (path, path_percent) = spelt(&found.revision.path);
        Self {
            path,
            path_percent,
            size: found.revision.size,
            mtime: found.revision.modified.to_string(),
            outcome: found.verdict.exit.as_str(),
            status: found.outcome.as_ref().and_then(|outcome| outcome.status),
            time: rfc3339(found.time),
        }
    }
}

/// Which files a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) failed: bool,
    pub(crate) unknown: bool,
}

/// The paths of files as they were given, each with an end, as `--files-from` reads them. `show` gets them block by
/// block. Tells how many have a line break in them, which is no end.
///
/// # Errors
/// `show`'s; if a journal cannot be read any more.
pub(crate) fn paths(
    ledger: &Ledger,
    wanted: Wanted,
    end: u8,
    show: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let mut block = Vec::new();
    let mut broken = 0;
    let is_wanted = move |class| match class {
        Class::Done => false,
        Class::Unknown => wanted.unknown,
        Class::Failed => wanted.failed,
    };
    for found in ledger.found(is_wanted) {
        let path = found?.revision.path;
        broken += usize::from(path.contains(&end));
        block.extend_from_slice(&path);
        block.push(end);
        if block.len() > BLOCK {
            show(&block)?;
            block.clear();
        }
    }
    show(&block)?;
    Ok(broken)
}
