//! `formpost completions SHELL`: a script for that shell, or the man page, made from the command line's definition.

use clap_complete::{Shell as CompleteShell, generate};

use crate::app::cli::{Completions, Shell, definition};
use crate::app::exit::Exit;
use crate::app::report;

/// Runs it.
pub(crate) fn run(arguments: &Completions) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    match script(arguments.shell) {
        Some(shell) => generate(shell, &mut definition(), "formpost", &mut text),
        None => clap_mangen::Man::new(definition()).render(&mut text)?,
    }
    report::answer(&text)?;
    Ok(Exit::Done)
}

fn script(shell: Shell) -> Option<CompleteShell> {
    match shell {
        Shell::Bash => Some(CompleteShell::Bash),
        Shell::Zsh => Some(CompleteShell::Zsh),
        Shell::Fish => Some(CompleteShell::Fish),
        Shell::Power => Some(CompleteShell::PowerShell),
        Shell::Elvish => Some(CompleteShell::Elvish),
        Shell::Man => None,
    }
}
