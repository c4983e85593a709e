//! `formpost completions SHELL`: a script for that shell, or a man page, made from the command line's definition.
//!
//! Two things are more than the makers of scripts know: that a URL may stand where a subcommand may, which is put right for
//! zsh and fish, and that the value of an option may be the name of a file with something in front of it that ends in `@`
//! or `<`, as in `photo=@a.jpg`, which bash is told, too.

use clap_complete::{Shell as CompleteShell, generate};

use crate::app::cli::outline::{self, UPLOAD};
use crate::app::cli::{Completions, Shell, manual_page};
use crate::app::exit::Exit;
use crate::app::report;

/// Runs it.
pub(crate) fn run(arguments: &Completions) -> anyhow::Result<Exit> {
    let text = match arguments.shell {
        Shell::Bash => bash(),
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

/// A value with a sign is looked for as soon as the words are known.
fn bash() -> String {
    const WORDS: &str = "    prev=\"$3\"\n";
    let options = outline::behind_sign(&outline::whole());
    let short: String = options.iter().filter_map(|(short, _)| *short).collect();
    let long: Vec<&str> = options.iter().map(|(_, long)| long.as_str()).collect();
    let behind_sign = include_str!("behind_sign.bash")
        .replace("SHORT", &short)
        .replace("LONG", &long.join("|"));
    let text = script(CompleteShell::Bash);
    text.replacen(WORDS, &format!("{WORDS}\n{behind_sign}"), 1)
}

/// An upload is a subcommand whose name is anything but that of another: its branch is made the last, for all else, and
/// it is not among the commands that are offered.
fn zsh() -> String {
    const ANYTHING: &str = ":_default' \\";
    const BEHIND_SIGN: &str =
        r#":{compset -P 1 "*[@<]" && [[ $PREFIX != "~"* ]] && _files -F "(*[,;\"]*)"}' \"#;
    const NAME_AND_PATH: &str = ":NAME=PATH:_default' \\";
    const BEHIND_NAME: &str =
        r#":NAME=PATH:{compset -P 1 "*=" && [[ $PREFIX != "~"* ]] && _files}' \"#;
    let mut text = Vec::new();
    let mut outline = outline::with_colons_escaped(outline::of_subcommands());
    generate(CompleteShell::Zsh, &mut outline, "formpost", &mut text);
    let text = String::from_utf8_lossy(&text);
    let offered = format!("'{UPLOAD}:");
    let lines = text.lines().filter(|line| !line.starts_with(&offered));
    let branch = format!("({UPLOAD})");
    let options = outline::behind_sign(&outline);
    let takes_sign = |line: &str| {
        let option = line.trim_start_matches(['\'', '*']);
        options.iter().any(|(short, long)| {
            let short = short.is_some_and(|short| option.starts_with(&format!("-{short}+[")));
            short || option.starts_with(&format!("--{long}=["))
        })
    };
    let lines = lines.map(|line| match line.trim_start() {
        trimmed if trimmed == branch => "(*)".to_owned(),
        option if takes_sign(option) => line.replace(ANYTHING, BEHIND_SIGN),
        _ => line.replace(NAME_AND_PATH, BEHIND_NAME),
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
    let options = outline::behind_sign(&outline);
    let takes_sign = |line: &str| {
        let mut names = options.iter().map(|(_, long)| format!(" -l {long} -d "));
        names.any(|name| line.contains(&name))
    };
    let lines = text.lines().map(|line| match line.split_once(LIST) {
        Some((indent, words)) => {
            let words = words.split(' ').filter(|word| !word.contains('.'));
            let words: Vec<&str> = words.collect();
            format!("{indent}{LIST}{}\n", words.join(" "))
        }
        None if takes_sign(line) => format!("{line} -a \"(__fish_formpost_behind_sign)\"\n"),
        None => format!("{line}\n"),
    });
    let arguments = outline::words(&outline)
        .into_iter()
        .map(|(command, words)| {
            let is_command = format!("__fish_formpost_using_subcommand {command}");
            let words = words.join(" ");
            format!("complete -c formpost -n \"{is_command}\" -f -a \"{words}\"\n")
        });
    let functions = std::iter::once(include_str!("behind_sign.fish").to_owned());
    let text: String = functions.chain(lines).chain(arguments).collect();
    let names = outline::subcommands(&outline).join(" ");
    let is_subcommand = format!("if contains -- \"$argv[1]\" {names}");
    text.replacen("argparse -s ", "argparse -s -i ", 1)
        .replacen("-- $cmd 2>", "-- $cmd '' 2>", 1)
        .replacen("if set -q argv[1]", &is_subcommand, 1)
}
