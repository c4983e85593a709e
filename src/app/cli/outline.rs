//! The command line as completions need it: what is shown in the help, and nothing of what excludes what. Options that are
//! there for scripts are not offered to anybody who types.

use std::collections::BTreeSet;

use clap::builder::Resettable;
use clap::{Arg, ArgAction, Command};

/// The name that an upload has in an outline in which it is a subcommand.
pub(crate) const UPLOAD: &str = "url";

/// Options whose value may be the name of a file behind `@` or `<`.
const BEHIND_SIGN: [&str; 6] = [
    "data-binary",
    "form",
    "header",
    "json-part",
    "proxy-header",
    "write-out",
];

/// The outline of the command line as it is.
pub(crate) fn whole() -> Command {
    let mut definition = super::definition();
    definition.build();
    of_command(&definition)
}

/// The outline of a command line in which an upload is one of the subcommands, for what knows no arguments beside them.
pub(crate) fn of_subcommands() -> Command {
    let mut definition = super::definition();
    definition.build();
    let options = shown(&definition);
    let options = options.filter(|argument| !argument.is_positional());
    // The URL is the subcommand itself.
    let of_upload = shown(&definition);
    let of_upload = of_upload.filter(|argument| argument.get_id() != "url");
    bare("formpost")
        .args(options.map(of_argument))
        .subcommands(definition.get_subcommands().map(of_command))
        .subcommand(bare(UPLOAD).args(of_upload.map(of_argument)))
}

/// The same for zsh, which runs what follows a colon in what a value is called.
pub(crate) fn with_colons_escaped(outline: Command) -> Command {
    let outline = outline.mut_args(|argument| {
        let names = argument.get_value_names().unwrap_or_default();
        let names: Vec<&'static str> = names
            .iter()
            // As long as the program, which ends soon.
            .map(|name| &*name.replace(':', "\\:").leak())
            .collect();
        if names.is_empty() {
            argument
        } else {
            argument.value_names(names)
        }
    });
    outline.mut_subcommands(with_colons_escaped)
}

fn of_command(command: &Command) -> Command {
    // A command's name lives as long as the program; there are few of them, and it ends soon.
    let outline = bare(command.get_name().to_owned().leak())
        .args(shown(command).map(of_argument))
        .subcommands(command.get_subcommands().map(of_command));
    match command.get_about() {
        Some(about) => outline.about(about.clone()),
        None => outline,
    }
}

fn bare(name: &'static str) -> Command {
    Command::new(name)
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
}

fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    let arguments = command.get_arguments();
    arguments.filter(|argument| !argument.is_hide_set())
}

/// What the subcommands are called.
pub(crate) fn subcommands(outline: &Command) -> Vec<&str> {
    outline.get_subcommands().map(Command::get_name).collect()
}

/// What those are called, short and long, in all commands that have them.
pub(crate) fn behind_sign(outline: &Command) -> BTreeSet<(Option<char>, String)> {
    let own = outline
        .get_arguments()
        .filter_map(|argument| Some((argument.get_short(), argument.get_long()?.to_owned())))
        .filter(|(_, long)| BEHIND_SIGN.contains(&long.as_str()));
    let subcommands = outline.get_subcommands();
    own.chain(subcommands.flat_map(behind_sign)).collect()
}

/// The subcommands that want one of a few words for an argument, and the words.
pub(crate) fn words(outline: &Command) -> Vec<(&str, Vec<String>)> {
    let commands = outline.get_subcommands();
    let all = commands.flat_map(|command| {
        let arguments = command.get_positionals();
        arguments.map(|argument| {
            let words = argument.get_possible_values();
            let words = words.iter().map(|word| word.get_name().to_owned());
            (command.get_name(), words.collect::<Vec<String>>())
        })
    });
    all.filter(|(_, words)| !words.is_empty()).collect()
}

fn of_argument(argument: &Arg) -> Arg {
    let argument = argument.clone().index(None);
    let argument = argument.conflicts_with(Resettable::Reset);
    let argument = argument.overrides_with(Resettable::Reset);
    let argument = argument.requires(Resettable::Reset);
    // What these do wants a command that has something to say.
    if matches!(argument.get_action(), ArgAction::Help | ArgAction::Version) {
        argument.action(ArgAction::SetTrue)
    } else {
        argument
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_with_a_sign_is_there() {
        for outline in [whole(), of_subcommands()] {
            assert_eq!(behind_sign(&outline).len(), BEHIND_SIGN.len());
        }
    }
}
