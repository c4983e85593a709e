//! What holds for any config, as `-K` reads it.

#![expect(clippy::unwrap_used, reason = "what cannot go on does not hold")]

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::{Cli, CommandLine, Instead};

/// The octets of a config: they become a command line, or something is said of a line that there is. The same octets as
/// values, in quotes, come back as they were.
pub(crate) fn config(text: &[u8]) {
    match expanded(text).and_then(Cli::parse) {
        Ok(_) => {}
        Err(instead) if instead.is_help => {}
        Err(instead) => names_a_line(&instead.plain(), text),
    }
    let values: Vec<Vec<u8>> = text
        .split(|octet| *octet == 0)
        .map(<[u8]>::to_vec)
        .collect();
    let line = expanded(&spelt(&values)).unwrap_or_else(|instead| panic!("{}", instead.plain()));
    assert_eq!(line.warnings, [""; 0]);
    let found = line.arguments.iter().skip(NAMED.len());
    let found = found.map(|argument| argument.as_encoded_bytes().to_vec());
    let options = values
        .iter()
        .map(|value| [b"--text=a=", value.as_slice()].concat());
    assert!(found.eq(options));
}

/// A command line that says no more than that there is a config.
const NAMED: [&str; 3] = ["formpost", "-K", "c"];

/// The command line that comes of a config. It may name another.
fn expanded(text: &[u8]) -> Result<CommandLine, Instead> {
    let read = |path: &Path| match path.to_str() {
        Some("c") => Ok(text.to_vec()),
        Some("other") => Ok(b"# nothing\nsilent".to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    CommandLine::new(NAMED.map(OsString::from), &read)
}

/// What is said of a config says where in it; what is said of all of it together has clap's usage.
fn names_a_line(said: &str, text: &[u8]) {
    let lines = text.split(|octet| *octet == b'\n').count();
    let place = said
        .strip_prefix("error: c:")
        .and_then(|said| said.split_once(": "));
    match place {
        Some((number, _)) => {
            let number: usize = number.parse().unwrap();
            assert!(
                (1..=lines).contains(&number),
                "there is no such line: {said}"
            );
        }
        None => assert!(
            said.contains("Usage: ") || said.starts_with("error: --url: "),
            "{said}"
        ),
    }
}

/// A config that says these values.
fn spelt(values: &[Vec<u8>]) -> Vec<u8> {
    let mut config = Vec::new();
    for value in values {
        config.extend(b"text = \"a=");
        for octet in value {
            match octet {
                b'\n' => config.extend(b"\\n"),
                b'\r' => config.extend(b"\\r"),
                b'"' | b'\\' => config.extend([b'\\', *octet]),
                other => config.push(*other),
            }
        }
        config.extend(b"\"\n");
    }
    config
}
