//! What an argument is, before clap has read it: clap's own definition says which options there are and which of them
//! take what follows for their value.

use std::ffi::OsStr;

use clap::{Arg, ArgAction, Command};

/// What one argument is, where an option may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word<'c, 'w> {
    /// No option.
    Operand,
    /// `--`: no option follows.
    End,
    /// Options, and their values, if they have any, in the same word; the last of them with its value.
    Whole(&'c Arg, Option<&'w [u8]>),
    /// Options, the last of which takes the next argument for its value.
    Open(&'c Arg),
    /// The help or the version is asked for, and nothing else matters.
    Help,
    /// No option that there is.
    Unknown,
}

impl<'c, 'w> Word<'c, 'w> {
    /// Reads an argument of this command.
    pub(super) fn read(command: &'c Command, word: &'w OsStr) -> Self {
        match word.as_encoded_bytes() {
            b"-" => Self::Operand,
            b"--" => Self::End,
            [b'-', b'-', long @ ..] => Self::long(command, long),
            [b'-', short @ ..] => Self::short(command, short),
            _ => Self::Operand,
        }
    }

    fn long(command: &'c Command, word: &'w [u8]) -> Self {
        let end = word.iter().position(|octet| *octet == b'=');
        let (name, value) = word.split_at(end.unwrap_or(word.len()));
        let found = command.get_arguments().find(|argument| {
            let aliases = argument.get_all_aliases().into_iter().flatten();
            let mut names = argument.get_long().into_iter().chain(aliases);
            names.any(|long| long.as_bytes() == name)
        });
        found.map_or(Self::Unknown, |argument| Self::of(argument, value.get(1..)))
    }

    fn short(command: &'c Command, word: &'w [u8]) -> Self {
        let mut last = Self::Unknown;
        for (at, octet) in word.iter().enumerate() {
            let found = command.get_arguments().find(|argument| {
                let aliases = argument.get_all_short_aliases().into_iter().flatten();
                let mut names = argument.get_short().into_iter().chain(aliases);
                names.any(|short| short == char::from(*octet))
            });
            let Some(argument) = found.filter(|_| octet.is_ascii()) else {
                return Self::Unknown;
            };
            let rest = &word[at + 1..];
            if argument.get_action().takes_values() {
                let attached = rest.strip_prefix(b"=").unwrap_or(rest);
                return Self::of(argument, (!rest.is_empty()).then_some(attached));
            }
            last = Self::of(argument, None);
            if last == Self::Help {
                return last;
            }
        }
        last
    }

    fn of(argument: &'c Arg, value: Option<&'w [u8]>) -> Self {
        let action = argument.get_action();
        if matches!(
            action,
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
        ) {
            Self::Help
        } else if value.is_none() && action.takes_values() && !argument.is_require_equals_set() {
            Self::Open(argument)
        } else {
            Self::Whole(argument, value)
        }
    }
}
