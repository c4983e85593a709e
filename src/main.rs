//! The `formpost` program: arguments in, exit code out.

mod app;

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(app::run(std::env::args_os()))
}
