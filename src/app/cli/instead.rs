//! Why a command line cannot be read, or the help that was asked for.

use std::error::Error;

use clap::CommandFactory;
use clap::error::{ContextKind, ErrorKind};

use super::{Cli, curl};

/// What is said instead of running.
#[derive(Debug)]
pub(crate) struct Instead {
    /// The text, without colours.
    pub(crate) plain: String,
    /// The text, with colours.
    pub(crate) colored: String,
    /// It is the help or the version, and was asked for.
    pub(crate) is_help: bool,
}

impl Instead {
    /// The command line cannot be read.
    pub(super) fn usage(reason: &str) -> Self {
        let plain = format!("error: {reason}\n");
        Self {
            colored: plain.clone(),
            plain,
            is_help: false,
        }
    }

    /// Says these lines after the reason, and before the usage.
    pub(super) fn with(mut self, lines: &[String]) -> Self {
        let (reason, usage) = self.plain.split_once('\n').unwrap_or((&self.plain, ""));
        let reason = std::iter::once(reason).chain(lines.iter().map(String::as_str));
        let reason: Vec<&str> = reason.collect();
        self.plain = format!("{}\n{usage}", reason.join("\n"));
        self
    }
}

impl From<clap::Error> for Instead {
    /// clap shows a value that is wrong, which may hold a secret, and leaves the usage out; here it is the other way
    /// round.
    fn from(mut error: clap::Error) -> Self {
        curl::advise(&mut error);
        let rendered = error.render();
        let reason = match (error.kind(), error.source()) {
            (ErrorKind::ValueValidation, Some(reason)) => reason.to_string(),
            _ => {
                return Self {
                    plain: rendered.to_string(),
                    colored: rendered.ansi().to_string(),
                    is_help: !error.use_stderr(),
                };
            }
        };
        let argument = match error.get(ContextKind::InvalidArg) {
            Some(argument) => argument.to_string(),
            None => String::from("a value"),
        };
        let usage = Cli::command().render_usage();
        let plain = format!("error: {argument}: {reason}\n\n{usage}\n");
        Self {
            colored: plain.clone(),
            plain,
            is_help: false,
        }
    }
}
