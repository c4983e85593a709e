//! Uploads to form readers in common use. Each server gets the forms of `cases` and answers with the parts that its reader
//! found, as JSON; what that should be follows from its `manners`, which `page` tells to everybody.
//!
//! The servers stand in `servers/`, by language, and are described there. How each is started, and what is known of it,
//! stands in the module of what it runs on.

mod cases;
mod go;
mod java;
mod manners;
mod node;
mod page;
mod perl;
mod php;
mod python;
mod ruby;

use cases::{Case, ordered};
use manners::Manners;
use serde_json::Value;

use crate::server::Server;
use crate::{is_installed, is_there, succeeds};

/// A server, and what is known of it.
struct Reader {
    /// What it is called on the page.
    name: &'static str,
    made_of: MadeOf,
    /// What runs it, in the folder of these tests; `DIRECTORY` stands for one of its own.
    command: &'static [&'static str],
    /// What it has to be told so that it takes all of these forms, as the page says it; nothing if it does so by itself.
    settings: &'static str,
    manners: Manners,
}

/// Where a reader comes from, and so which version of it this is.
enum MadeOf {
    /// Packages from npm, of the versions in `package-lock.json`.
    Npm(&'static [&'static str]),
    /// Packages from the Python Package Index, of the versions in `requirements.txt`.
    PyPi(&'static [&'static str]),
    /// Packages of the system's, in Debian's names, of whatever version they are.
    Debian {
        packages: &'static [&'static str],
        /// What succeeds where they are installed.
        probe: &'static [&'static str],
    },
    /// It is part of what runs all of npm's.
    Node,
}

impl MadeOf {
    fn is_there(&self) -> Result<(), String> {
        is_installed()?;
        match self {
            Self::Npm(_) | Self::PyPi(_) | Self::Node => Ok(()),
            Self::Debian { packages, probe } => {
                let from = format!("on Debian: apt-get install {}", packages.join(" "));
                succeeds(probe).map_err(|reason| format!("{reason}; {from}"))
            }
        }
    }
}

/// All cases against one server: starting it is what takes the time.
fn check(reader: &Reader) {
    if !is_there(
        &format!("uploads to {}", reader.name),
        reader.made_of.is_there(),
    ) {
        return;
    }
    let server = Server::announced(reader.command);
    for case in cases::all(&reader.manners) {
        takes(reader, &server, &case);
    }
}

/// Expects the upload to end as it should, and the server to have found these parts.
fn takes(reader: &Reader, server: &Server, case: &Case) {
    let sandbox = case.sandbox();
    let outcome = case.sent(&sandbox).arg(server.url("/")).run();
    outcome.code(case.code);
    if case.code != 0 {
        return;
    }
    let answer = outcome.json();
    let mut got: Vec<Value> = answer["parts"].as_array().unwrap().clone();
    if !case.has_types {
        for part in &mut got {
            part.as_object_mut().unwrap().remove("content_type");
        }
    }
    let got = ordered(got, reader.manners.order);
    let expected = case.expected(&reader.manners);
    // Some servers take chunks apart and leave no trace of them.
    let framing = answer.get("framing");
    assert!(
        got == expected && framing.is_none_or(|framing| framing == case.framing),
        "{}: {}\n--- expected, with {} ---\n{}\n--- got, with {framing:?} ---\n{}\n{}",
        reader.name,
        case.about,
        case.framing,
        lines(&expected),
        lines(&got),
        server.log(),
    );
}

fn lines(parts: &[Value]) -> String {
    let lines: Vec<String> = parts.iter().map(Value::to_string).collect();
    lines.join("\n")
}
