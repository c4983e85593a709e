//! The program: all that a user sees.
//!
//! [`run`] is its table of contents. A command line takes up the files that it names, through [`option_file`], and becomes
//! a [`cli::Cli`], an upload is settled in [`plan`] before the first octet goes out, a command carries it through,
//! [`report`] says what happened, and [`verdict`] puts it into a number.

mod as_curl;
mod batch;
mod boundary_search;
mod cli;
mod columns;
mod commands;
mod cookie_file;
mod delivery;
mod exit;
mod files;
mod framing;
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) mod fuzzing;
mod hints;
mod inventory;
mod journal;
mod json;
mod listing;
mod netrc;
mod option_file;
mod output;
mod part_spec;
mod placeholder;
mod plan;
mod progress;
mod random;
mod record;
mod record_file;
mod redact;
mod report;
mod signals;
mod terminal;
mod units;
mod uuid;
mod verdict;
mod write_out;

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
