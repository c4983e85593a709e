//! What holds for any config, as `-K` reads it.

#![expect(clippy::unwrap_used, reason = "what cannot go on does not hold")]

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::{Cli, CommandLine, Instead};
use crate::app::part_spec::{ContentSpec, FormItem, PartSpec};

/// The octets of a config: they become a command line, or something is said of a line that there is. The same octets as
/// values, in quotes, come back as they were.
pub(crate) fn config(text: &[u8]) {
    match read(text) {
        Ok(_) => {}
        Err(instead) if instead.is_help => {}
        Err(instead) => names_a_line(&instead.plain, text),
    }
    let values: Vec<Vec<u8>> = text
        .split(|octet| *octet == 0)
        .map(<[u8]>::to_vec)
        .collect();
    let cli = read(&spelt(&values)).unwrap_or_else(|instead| panic!("{}", instead.plain));
    assert_eq!(cli.warnings, [""; 0]);
    let found: Vec<_> = cli.upload.form.items.into_iter().map(value).collect();
    assert_eq!(found, values);
}

/// What comes of a config, and of nothing else. It may name another.
fn read(text: &[u8]) -> Result<Cli, Instead> {
    let read = |path: &Path| match path.to_str() {
        Some("c") => Ok(text.to_vec()),
        Some("other") => Ok(b"# nothing\nsilent".to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let arguments = ["formpost", "-K", "c"].map(OsString::from);
    CommandLine::new(arguments, &read).and_then(Cli::parse)
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
    let mut config = b"url = \"http://h/\"\n".to_vec();
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

fn value(item: FormItem) -> Vec<u8> {
    match item {
        FormItem::Part(PartSpec {
            content: ContentSpec::Text { value, .. },
            ..
        }) => value,
        FormItem::Part(_) | FormItem::Open(_) | FormItem::Close => panic!("{item:?} is no text"),
    }
}
