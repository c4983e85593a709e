//! Which options the short help shows, and what the help looks like.

use clap::builder::StyledStr;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Arg, Command};

/// The short help of a command that has more options than fit on a screen.
struct Brief {
    /// The subcommand; the program itself is none.
    command: &'static str,
    /// The options that most people need, by their names in the definition, under headings of their own.
    groups: &'static [(&'static str, &'static [&'static str])],
    /// Where the others are.
    all: &'static str,
    /// What follows them.
    after: &'static str,
}

const BRIEFS: [Brief; 3] = [
    Brief {
        command: "",
        groups: &[
            (
                "What is sent",
                &["form", "upload_file", "recursive", "each"],
            ),
            (
                "How it is sent",
                &["headers", "user", "config", "location", "retry"],
            ),
            (
                "What is shown",
                &[
                    "output", "report", "dry_run", "verbose", "silent", "help", "version",
                ],
            ),
        ],
        all: "Print this; --help and man formpost have all of it",
        after: "\
Examples:
  formpost https://example.com/upload photo.jpg
  formpost https://example.com/upload -F title='A tree' -F photo=@tree.jpg",
    },
    Brief {
        command: "try",
        groups: &[
            (
                "What is sent",
                &["form", "text", "recursive", "headers", "user", "config"],
            ),
            (
                "What is shown",
                &["json", "output", "verbose", "silent", "help"],
            ),
        ],
        all: "Print this; --help and man formpost-try have all of it",
        after: "\
Examples:
  formpost try
  formpost try photo.jpg -F title='A tree'",
    },
    Brief {
        command: "receive",
        groups: &[
            (
                "What is taken",
                &[
                    "listen",
                    "dir",
                    "on_exist",
                    "discard",
                    "once",
                    "max_file_size",
                ],
            ),
            ("Who may send", &["token", "cert", "key"]),
            (
                "Faults, to test what sends",
                &["reject", "fail", "reset_after", "delay", "slow"],
            ),
            ("What is shown", &["verbose", "silent", "help"]),
        ],
        all: "Print this; --help and man formpost-receive have all of it",
        after: "\
Examples:
  formpost receive --dir inbox
  formpost receive --listen 0.0.0.0:8080 --token \"$TOKEN\" --max-file-size 10M
  formpost receive --discard --fail 503x2",
    },
];

/// The short help of the command that was asked for, if it is not just the help without its details.
///
/// The definition is as it was built, and not good for anything else afterwards.
pub(super) fn brief(definition: &mut Command, subcommand: &str) -> Option<StyledStr> {
    let brief = BRIEFS.iter().find(|brief| brief.command == subcommand)?;
    let command = std::mem::take(command(definition, subcommand))
        .mut_args(|argument| brief.place(argument))
        .after_help(brief.after)
        .max_term_width(80);
    Some({ command }.render_help())
}

/// The definition of a subcommand, or that of the program if there is no such subcommand.
pub(super) fn command<'a>(definition: &'a mut Command, subcommand: &str) -> &'a mut Command {
    match definition.find_subcommand(subcommand) {
        Some(_) => definition
            .find_subcommand_mut(subcommand)
            .expect("it was found a moment ago"),
        None => definition,
    }
}

impl Brief {
    fn place(&self, argument: Arg) -> Arg {
        let id = argument.get_id().to_string();
        let place = self.groups.iter().find_map(|(heading, ids)| {
            let position = ids.iter().position(|shown| *shown == id)?;
            Some((*heading, position))
        });
        match place {
            Some((heading, position)) => {
                let argument = argument.help_heading(heading).display_order(position);
                if id == "help" {
                    argument.help(self.all)
                } else {
                    argument
                }
            }
            None => argument.hide_short_help(true),
        }
    }
}

pub(super) const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::super::tips::instead_of;
    use super::super::{Cli, CommandLine, definition};
    use super::*;

    /// All that the help of a command and of those below it says, each with the arguments that lead to the command.
    fn texts(command: &Command, path: &[&str]) -> Vec<(Vec<String>, String)> {
        let about = [command.get_long_about(), command.get_after_long_help()];
        let arguments = command.get_arguments();
        let arguments = arguments.flat_map(|argument| {
            let values = argument.get_possible_values();
            let values = values
                .into_iter()
                .filter_map(|value| value.get_help().cloned());
            let helps = [argument.get_help(), argument.get_long_help()];
            helps.into_iter().flatten().cloned().chain(values)
        });
        let own = about.into_iter().flatten().cloned().chain(arguments);
        let owner: Vec<String> = path.iter().map(ToString::to_string).collect();
        let mut texts: Vec<_> = own.map(|text| (owner.clone(), text.to_string())).collect();
        let briefs = BRIEFS.iter().filter(|brief| [brief.command] == path);
        texts.extend(briefs.map(|brief| (owner.clone(), brief.after.to_owned())));
        for command in command.get_subcommands() {
            texts.extend(self::texts(
                command,
                &[path, &[command.get_name()]].concat(),
            ));
        }
        texts
    }

    fn all_texts() -> Vec<(Vec<String>, String)> {
        let mut texts = texts(&definition(), &[]);
        texts.push((Vec::new(), BRIEFS[0].after.to_owned()));
        texts
    }

    /// The examples in a text, and what is left of it: an example stands between backticks, or on a line of its own.
    fn examples(text: &str) -> (Vec<String>, String) {
        let (mut examples, mut rest) = (Vec::new(), String::new());
        for (number, piece) in text.split('`').enumerate() {
            if number % 2 == 1 {
                examples.push(piece.to_owned());
                continue;
            }
            for line in piece.lines() {
                if line.trim_start().starts_with("formpost ") || line.contains("| formpost ") {
                    examples.push(line.trim().to_owned());
                } else {
                    rest += line;
                    rest.push('\n');
                }
            }
        }
        (examples, rest)
    }

    /// The words of each command in a line of shell.
    fn commands(line: &str) -> Vec<Vec<String>> {
        let (mut commands, mut word, mut quote) = (vec![Vec::new()], None::<String>, None);
        for character in line.chars().chain([' ']) {
            match (quote, character) {
                (Some(open), close) if open == close => quote = None,
                (None, '\'' | '"') => {
                    word.get_or_insert_default();
                    quote = Some(character);
                }
                (None, '|') => commands.push(Vec::new()),
                (None, blank) if blank.is_whitespace() => {
                    let command = commands.last_mut().unwrap();
                    command.extend(word.take().filter(|word| !word.starts_with('>')));
                }
                (_, other) => word.get_or_insert_default().push(other),
            }
        }
        assert_eq!(quote, None, "a quote is not closed: {line}");
        commands
    }

    #[test]
    fn every_example_in_the_help_can_be_typed() {
        let read = |_: &_| Ok(Vec::new());
        let mut found = 0;
        for (path, text) in all_texts() {
            for example in examples(&text).0 {
                let mut commands = commands(&example);
                if example.starts_with('-') {
                    let url = path.is_empty().then(|| "h".to_owned());
                    let begin = ["formpost".to_owned()].into_iter().chain(path.clone());
                    commands[0].splice(..0, begin.chain(url));
                }
                commands.retain(|command| command.first().is_some_and(|name| name == "formpost"));
                assert!(!commands.is_empty(), "nobody knows what this is: {example}");
                for command in commands {
                    let line = CommandLine::new(command.into_iter().map(OsString::from), &read);
                    let parsed = line.and_then(Cli::parse);
                    assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err().plain());
                    found += 1;
                }
            }
        }
        assert!(found > 40, "{found} examples");
    }

    #[test]
    fn what_the_help_says_of_options_is_about_options_that_there_are() {
        let definition = definition();
        let commands = definition.get_subcommands().chain([&definition]);
        let mut known: Vec<String> = commands
            .flat_map(Command::get_arguments)
            .flat_map(|argument| {
                let long = argument.get_long().map(|long| format!("--{long}"));
                let short = argument.get_short().map(|short| format!("-{short}"));
                long.into_iter().chain(short)
            })
            .collect();
        // clap adds these; and what other programs have.
        known.extend(["--help", "-h", "-print0", "--failed", "--unknown"].map(str::to_owned));
        for (path, text) in all_texts() {
            let rest = examples(&text).1;
            let words: Vec<&str> = rest.split_whitespace().collect();
            for (number, word) in words.iter().enumerate() {
                let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
                let word = word.split('=').next().unwrap_or_default();
                let is_option = word.strip_prefix('-').is_some_and(|name| {
                    name.starts_with(|c: char| c == '-' || c.is_alphanumeric())
                });
                if is_option && word.len() > 1 && word != "--" {
                    let is_known = known.iter().any(|known| known == word);
                    assert!(is_known || instead_of(word).is_some(), "{path:?}: {word}");
                    let next = words.get(number + 1).copied().unwrap_or_default();
                    assert!(
                        !next.starts_with(['\'', '"']),
                        "{path:?}: {word} {next}: an example stands in backticks"
                    );
                }
            }
        }
    }
}
