//! `formpost completions SHELL`: a script for that shell, or a man page, made from the command line's definition.

use clap_complete::{Shell as CompleteShell, generate};

use crate::app::cli::{Completions, Shell, definition, manual_page};
use crate::app::exit::Exit;
use crate::app::report;

/// Runs it.
pub(crate) fn run(arguments: &Completions) -> anyhow::Result<Exit> {
    let text = match arguments.shell {
        Shell::Bash => script(CompleteShell::Bash),
        Shell::Zsh => script(CompleteShell::Zsh),
        Shell::Fish => script(CompleteShell::Fish),
        Shell::Power => script(CompleteShell::PowerShell),
        Shell::Elvish => script(CompleteShell::Elvish),
        Shell::Man => manual_page("").into_bytes(),
        Shell::ManTry => manual_page("try").into_bytes(),
        Shell::ManReceive => manual_page("receive").into_bytes(),
        Shell::ManInspect => manual_page("inspect").into_bytes(),
        Shell::ManJournal => manual_page("journal").into_bytes(),
        Shell::ManCompletions => manual_page("completions").into_bytes(),
    };
    report::answer(&text)?;
    Ok(Exit::Done)
}

fn script(shell: CompleteShell) -> Vec<u8> {
    let mut text = Vec::new();
    generate(shell, &mut definition(), "formpost", &mut text);
    text
}
