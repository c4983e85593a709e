//! `formpost completions SHELL`: a script for that shell, or a man page, made from the command line's definition.
//!
//! That a URL may stand where a subcommand may is more than the makers of scripts know. Bash is told by others what to do
//! where a script has nothing to say; the scripts of zsh and fish are put right here.

use clap_complete::{Shell as CompleteShell, generate};

use crate::app::cli::outline::{self, UPLOAD};
use crate::app::cli::{Completions, Shell, manual_page};
use crate::app::exit::Exit;
use crate::app::report;

/// Runs it.
pub(crate) fn run(arguments: &Completions) -> anyhow::Result<Exit> {
    let text = match arguments.shell {
        Shell::Bash => script(CompleteShell::Bash),
        Shell::Zsh => zsh(),
        Shell::Fish => fish(),
        Shell::Power => script(CompleteShell::PowerShell),
        Shell::Elvish => script(CompleteShell::Elvish),
        Shell::Man => manual_page(""),
        Shell::ManTry => manual_page("try"),
        Shell::ManReceive => manual_page("receive"),
        Shell::ManInspect => manual_page("inspect"),
        Shell::ManJournal => manual_page("journal"),
        Shell::ManCompletions => manual_page("completions"),
    };
    report::answer(text.as_bytes())?;
    Ok(Exit::Done)
}

fn script(shell: CompleteShell) -> String {
    let mut text = Vec::new();
    generate(shell, &mut outline::whole(), "formpost", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// An upload is a subcommand whose name is anything but that of another: its branch is made the last, for all else, and
/// it is not among the commands that are offered. The value of an option may be the name of a file with something in front
/// of it that ends in `@` or `<`, as in `photo=@a.jpg`.
fn zsh() -> String {
    const ANYTHING: &str = ":_default' \\";
    const BEHIND_SIGN: &str = r#":{compset -P 1 "*[@<]"; _default}' \"#;
    let mut text = Vec::new();
    let mut outline = outline::with_colons_escaped(outline::of_subcommands());
    generate(CompleteShell::Zsh, &mut outline, "formpost", &mut text);
    let text = String::from_utf8_lossy(&text);
    let offered = format!("'{UPLOAD}:");
    let lines = text.lines().filter(|line| !line.starts_with(&offered));
    let branch = format!("({UPLOAD})");
    let lines = lines.map(|line| match line.trim_start() {
        trimmed if trimmed == branch => "(*)".to_owned(),
        option if option.starts_with("'-") || option.starts_with("'*-") => {
            line.replace(ANYTHING, BEHIND_SIGN)
        }
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// The options of an upload are offered until there is a subcommand, not until there is any argument. fish is told to find
/// that out by a list of all options in which it allows no dots; what is not in the list, it then has to pass over.
/// Nor may the last option want for the value that is about to be typed, so an empty word stands for that. Arguments that
/// are one of a few words it is not told of at all.
fn fish() -> String {
    const LIST: &str = "string join \\n ";
    let outline = outline::whole();
    let text = script(CompleteShell::Fish);
    let lines = text.lines().map(|line| match line.split_once(LIST) {
        Some((indent, words)) => {
            let words = words.split(' ').filter(|word| !word.contains('.'));
            let words: Vec<&str> = words.collect();
            format!("{indent}{LIST}{}\n", words.join(" "))
        }
        None => format!("{line}\n"),
    });
    let arguments = outline::words(&outline)
        .into_iter()
        .map(|(command, words)| {
            let is_command = format!("__fish_formpost_using_subcommand {command}");
            let words = words.join(" ");
            format!("complete -c formpost -n \"{is_command}\" -f -a \"{words}\"\n")
        });
    let text: String = lines.chain(arguments).collect();
    let names = outline::subcommands(&outline).join(" ");
    let is_subcommand = format!("if contains -- \"$argv[1]\" {names}");
    text.replacen("argparse -s ", "argparse -s -i ", 1)
        .replacen("-- $cmd 2>", "-- $cmd '' 2>", 1)
        .replacen("if set -q argv[1]", &is_subcommand, 1)
}
