//! Why a command line cannot be read, or the help that was asked for.

use std::error::Error;

use clap::CommandFactory;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ErrorKind};

use super::Cli;

/// What is said instead of running.
#[derive(Debug)]
pub(crate) struct Instead {
    text: StyledStr,
    /// It is the help or the version, and was asked for.
    pub(crate) is_help: bool,
}

impl Instead {
    /// The command line cannot be read.
    pub(super) fn usage(reason: &str) -> Self {
        Self {
            text: format!("error: {reason}\n").into(),
            is_help: false,
        }
    }

    /// The help that was asked for.
    pub(super) fn help(text: StyledStr) -> Self {
        Self {
            text,
            is_help: true,
        }
    }

    /// The text, without colours.
    pub(crate) fn plain(&self) -> String {
        self.text.to_string()
    }

    /// The text, with colours.
    pub(crate) fn colored(&self) -> String {
        self.text.ansi().to_string()
    }

    /// Says these lines after the reason, and before the usage.
    pub(super) fn with(mut self, lines: &[String]) -> Self {
        if lines.is_empty() {
            return self;
        }
        let plain = self.plain();
        let (reason, usage) = plain.split_once('\n').unwrap_or((&plain, ""));
        let reason = std::iter::once(reason).chain(lines.iter().map(String::as_str));
        let reason: Vec<&str> = reason.collect();
        self.text = format!("{}\n{usage}", reason.join("\n")).into();
        self
    }

    /// What is said of an error of clap's, with the usage of the command that it is about: clap shows a value that is
    /// wrong, which may hold a secret, and leaves the usage out; here it is the other way round.
    pub(super) fn of(error: &clap::Error, usage: impl FnOnce() -> StyledStr) -> Self {
        let reason = match (error.kind(), error.source()) {
            (ErrorKind::ValueValidation, Some(reason)) => reason.to_string(),
            _ => {
                return Self {
                    text: error.render(),
                    is_help: !error.use_stderr(),
                };
            }
        };
        let argument = match error.get(ContextKind::InvalidArg) {
            Some(argument) => argument.to_string(),
            None => String::from("a value"),
        };
        Self::usage(&format!("{argument}: {reason}\n\n{}", usage()))
    }
}

impl From<clap::Error> for Instead {
    fn from(error: clap::Error) -> Self {
        Self::of(&error, || Cli::command().render_usage())
    }
}
