//! The program: all that a user sees.
//!
//! [`run`] is its table of contents. A command line takes up the files that it names, through [`option_file`], and becomes
//! a [`cli::Cli`], an upload is settled in [`plan`] before the first octet goes out, a command carries it through,
//! [`report`] says what happened, and [`verdict`] puts it into a number.

// What runs, and what it comes to.
mod commands;
mod exit;
mod signals;
mod verdict;

// What was typed, and what it names.
mod cli;
mod cookie_file;
mod files;
mod netrc;
mod option_file;
mod part_spec;
mod placeholder;

// What is to be sent, and how it gets there.
mod batch;
mod delivery;
mod journal;
mod plan;
mod random;
mod uuid;

// What is found in bodies, and the request in other words.
mod as_curl;
mod boundary_search;
mod framing;
mod inventory;

// What is said, to people and to programs.
mod columns;
mod hints;
mod json;
mod listing;
mod output;
mod progress;
mod record;
mod record_file;
mod redact;
mod report;
mod terminal;
mod units;
mod write_out;

#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) mod fuzzing;

use std::ffi::OsString;

use cli::{Cli, Command, CommandLine};
use report::Report;
use terminal::Terminal;

/// Runs the program on these arguments and gives the exit code.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    signals::survive_large_files();
    let mut report = Report::new(Terminal::detect());
    let line = CommandLine::new(arguments, &option_file::read);
    let cli = match line.and_then(Cli::parse) {
        Ok(cli) => cli,
        Err(instead) => return report.instead(&instead).code(),
    };
    for warning in cli.warnings.iter().filter(|_| !cli.is_silent()) {
        report.warning(warning);
    }
    let outcome = match cli.command {
        #[cfg(feature = "receive")]
        Some(Command::Try(arguments)) => commands::try_out::run(*arguments, &mut report),
        #[cfg(feature = "receive")]
        Some(Command::Receive(arguments)) => commands::receive::run(*arguments, &mut report),
        #[cfg(not(feature = "receive"))]
        Some(Command::Try(_) | Command::Receive(_)) => Err(anyhow::anyhow!(
            "this formpost was built without its receiver (the cargo feature \"receive\")"
        )),
        Some(Command::Inspect(arguments)) => commands::inspect::run(&arguments),
        Some(Command::Journal(arguments)) => commands::journal::run(&arguments, &mut report),
        Some(Command::Completions(arguments)) => commands::completions::run(&arguments),
        None if cli.upload.batch.each => commands::batch::run(&cli.upload, &mut report),
        None => commands::upload::run(&cli.upload, &mut report),
    };
    outcome
        .unwrap_or_else(|error| {
            report.error(&error);
            verdict::of_error(&error)
        })
        .code()
}
