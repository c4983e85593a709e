//! `-K`: options out of files, put into the command line where the file is named, so that secrets stay out of it.
//!
//! The arguments are walked as clap will walk them; [`words`] says what each is, [`lines`] what a file says. A `-K` stays
//! where it stands, and what its file says follows it. The files themselves are read by who calls. Each line is shown to
//! clap alone first: what is wrong with it is said with the file and the line, and never with its value, which may be
//! the secret.

mod lines;
mod words;

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::curl::idle;
use super::tips::instead_of;
use super::{Instead, help, tips};
use lines::Entry;
use words::Word;

/// The options that are more than themselves, by the names that they have in the definition.
pub(super) const CONFIG: &str = "config";
pub(super) const URL: &str = "url_option";

/// How deep configs may name each other. A circle ends there.
const DEPTH: usize = 10;

const ONE_REQUEST: &str = "expected one request; run formpost again for the next";

/// How a file is read.
pub(crate) type Read<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// A command line with the options of its files in it. It may hold secrets, and is not shown.
#[derive(Default)]
pub(crate) struct CommandLine {
    pub(super) arguments: Vec<OsString>,
    /// What they are read by. clap takes longer to put it together than to read them, so that is done once.
    pub(super) definition: Command,
    /// What was taken otherwise than its writer may think.
    pub(super) warnings: Vec<String>,
    /// The first argument, if it is a subcommand.
    subcommand: Option<String>,
    /// Whether it is -h, and not --help, that asks for the help.
    asks_briefly: bool,
    /// What to know of options that were left out of the arguments, since they change nothing.
    pub(super) idle: Vec<String>,
    /// Whether the URL is an option's value.
    gives_url: bool,
    /// The options that came from files, as clap shows them, and where each stands.
    origins: Vec<(String, String)>,
}

impl CommandLine {
    /// Reads the files that the arguments name.
    ///
    /// # Errors
    /// What to say if one cannot be read, or does not say what a file may say.
    pub(crate) fn new(
        arguments: impl IntoIterator<Item = OsString>,
        read: Read<'_>,
    ) -> Result<Self, Instead> {
        let mut command = super::definition();
        command.build();
        let mut expansion = Expansion {
            read,
            command,
            whole: None,
            line: Self::default(),
            has_read_input: false,
        };
        let expanded = expansion.arguments(arguments);
        expanded.map_err(|reason| Instead::usage(&reason))?;
        let mut line = expansion.line;
        line.definition = if line.gives_url {
            super::definition_with_url()
        } else {
            expansion.whole.unwrap_or(expansion.command)
        };
        Ok(line)
    }

    /// What to say for an error of clap's about these arguments.
    pub(super) fn instead(&mut self, mut error: clap::Error) -> Instead {
        let subcommand = self.subcommand.as_deref().unwrap_or_default();
        tips::advise(&mut error, subcommand);
        let brief = (self.asks_briefly && error.kind() == ErrorKind::DisplayHelp)
            .then(|| help::brief(&mut self.definition, subcommand));
        if let Some(brief) = brief.flatten() {
            return Instead::help(brief);
        }
        if self.has_json_for_a_body(&error) {
            return Instead::usage(tips::JSON);
        }
        let origins = self.origins_of(&error);
        let definition = &mut self.definition;
        let said = Instead::of(&error, || {
            help::command(definition, subcommand).render_usage()
        });
        said.with(&origins)
    }

    /// Whether `--json` is curl's, and what was taken for the URL is what it is to send.
    fn has_json_for_a_body(&self, error: &clap::Error) -> bool {
        let has = |option: &str| self.arguments.iter().any(|argument| argument == option);
        let is_of_url = error
            .get(ContextKind::InvalidArg)
            .is_some_and(|argument| texts(argument).contains(&"<URL>"));
        is_of_url && has("--json") && !has("--dry-run")
    }

    /// Where the options stand that this error is about, as far as they came from files.
    fn origins_of(&self, error: &clap::Error) -> Vec<String> {
        let kinds = [ContextKind::InvalidArg, ContextKind::PriorArg];
        let named: Vec<&str> = kinds
            .into_iter()
            .filter_map(|kind| error.get(kind))
            .flat_map(texts)
            .collect();
        let origins = self.origins.iter();
        origins
            .filter(|(option, _)| named.contains(&option.as_str()))
            .map(|(option, place)| format!("{place}: here is {option}"))
            .collect()
    }
}

/// A command line while it is read.
struct Expansion<'a> {
    read: Read<'a>,
    /// Whose options they are.
    command: Command,
    /// The program's definition, once `command` is a part of it.
    whole: Option<Command>,
    line: CommandLine,
    /// One of the configs was standard input.
    has_read_input: bool,
}

impl Expansion<'_> {
    fn arguments(&mut self, arguments: impl IntoIterator<Item = OsString>) -> Result<(), String> {
        let mut arguments = arguments.into_iter().peekable();
        self.line.arguments.extend(arguments.next());
        let first = arguments.peek();
        let subcommand = first.and_then(|first| self.command.find_subcommand(first).cloned());
        if let Some(command) = subcommand {
            self.line.subcommand = Some(command.get_name().to_owned());
            self.whole = Some(std::mem::replace(&mut self.command, command));
            self.line.arguments.extend(arguments.next());
        }
        while let Some(word) = arguments.next() {
            if is_next(&word) {
                return Err(format!("--next: {ONE_REQUEST}"));
            }
            if self.takes_idly(&word) {
                continue;
            }
            self.line.arguments.push(word.clone());
            let (option, value) = match Word::read(&self.command, &word) {
                Word::Operand => continue,
                Word::End | Word::Unknown => break,
                Word::Help => {
                    self.line.asks_briefly = !word.as_encoded_bytes().starts_with(b"--");
                    break;
                }
                Word::Whole(option, value) => (option, value.map(os_string)),
                Word::Open(option) => {
                    let value = arguments.next();
                    self.line.arguments.extend(value.clone());
                    (option, value.map(Some))
                }
            };
            self.line.gives_url |= option.get_id() == URL;
            if let Some(path) = value.filter(|_| option.get_id() == CONFIG) {
                let path = path.ok_or_else(|| format!("-K: {NOT_UNICODE}"))?;
                self.file(&path, "-K", 1)?;
            }
        }
        self.line.arguments.extend(arguments);
        Ok(())
    }

    /// Puts in what a file says. `place` is where it is named.
    fn file(&mut self, path: &OsStr, place: &str, depth: usize) -> Result<(), String> {
        let is_input = path == "-";
        let name = if is_input {
            String::from("standard input")
        } else {
            path.to_string_lossy().into_owned()
        };
        if depth > DEPTH {
            return Err(format!(
                "{place}: expected at most {DEPTH} configs inside each other"
            ));
        }
        if is_input && std::mem::replace(&mut self.has_read_input, true) {
            return Err(format!(
                "{place}: standard input (-) is asked for twice, it can be read once"
            ));
        }
        let text =
            (self.read)(Path::new(path)).map_err(|error| format!("{place}: {name}: {error}"))?;
        for (number, entry) in lines::entries(&text) {
            let place = format!("{name}:{number}");
            let inner = entry
                .map_err(str::to_owned)
                .and_then(|entry| self.entry(entry, &place))
                .map_err(|reason| format!("{place}: {reason}"))?;
            if let Some(inner) = inner {
                self.file(&inner, &place, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Puts in what a line says, and gives the path if that is another config.
    fn entry(&mut self, entry: Entry, place: &str) -> Result<Option<OsString>, String> {
        let name = String::from_utf8(entry.name).map_err(|_| UNKNOWN)?;
        let word = if name.starts_with('-') {
            OsString::from(name)
        } else {
            OsString::from(format!("--{name}"))
        };
        if is_next(&word) {
            return Err(ONE_REQUEST.to_owned());
        }
        let value = entry
            .value
            .map(|value| os_string(&value).ok_or(NOT_UNICODE));
        let value = value.transpose()?;
        if value.is_none() && self.takes_idly(&word) {
            return Ok(None);
        }
        let (option, words, value) = match (Word::read(&self.command, &word), value) {
            (Word::Help, None) => {
                self.line.arguments.push(word);
                return Ok(None);
            }
            (Word::Operand | Word::End | Word::Help | Word::Unknown, _) => {
                return Err(self.unknown(word));
            }
            (Word::Open(option), None) => return Err(format!("{option}: expected a value")),
            (Word::Open(option), Some(value)) => {
                (option.clone(), joined(&word, &value), Some(value))
            }
            (Word::Whole(option, None), Some(value)) if option.get_action().takes_values() => {
                (option.clone(), joined(&word, &value), Some(value))
            }
            (Word::Whole(option, Some(_)), Some(_)) => {
                return Err(format!("{option}: expected one value"));
            }
            (Word::Whole(option, None), Some(_)) => {
                return Err(format!("{option}: expected no value"));
            }
            (Word::Whole(option, attached), None) => {
                let value = attached.and_then(os_string);
                (option.clone(), vec![word.clone()], value)
            }
        };
        self.check(&words, value.as_deref())?;
        self.keep(&option, words, place, entry.warning);
        Ok(value.filter(|_| option.get_id() == CONFIG))
    }

    /// Whether it is an option that changes nothing. What is to be known of it is kept.
    fn takes_idly(&mut self, word: &OsStr) -> bool {
        let option = word.to_str().filter(|word| word.starts_with('-'));
        let Some((option, note)) = option.and_then(idle) else {
            return false;
        };
        let mut arguments = self.command.get_arguments();
        let has_form = arguments.any(|argument| argument.get_id() == "form");
        let note = note.filter(|_| has_form);
        let note = note.map(|note| format!("{option}: {note}"));
        self.line.idle.extend(note);
        has_form
    }

    fn keep(&mut self, option: &Arg, words: Vec<OsString>, place: &str, warning: Option<&str>) {
        let line = &mut self.line;
        line.arguments.extend(words);
        line.gives_url |= option.get_id() == URL;
        line.origins.push((option.to_string(), place.to_owned()));
        line.warnings
            .extend(warning.map(|warning| format!("{place}: {option}: {warning}")));
    }

    /// Shows an option to clap, all by itself.
    fn check(&mut self, words: &[OsString], value: Option<&OsStr>) -> Result<(), String> {
        match self.alone(words) {
            Ok(()) => Ok(()),
            Err(error) => complaint(&error, value).map_or(Ok(()), Err),
        }
    }

    /// That there is no such option. It is not shown: a secret may stand where an option should.
    fn unknown(&mut self, word: OsString) -> String {
        if let Some((option, instead)) = word.to_str().zip(word.to_str().and_then(instead_of)) {
            return format!("{option}: there is none here; {instead}");
        }
        let error = self.alone(&[word]).err();
        let similar = error.as_ref().and_then(|error| {
            let suggested = error.get(ContextKind::SuggestedArg)?;
            texts(suggested).into_iter().next().map(str::to_owned)
        });
        match similar {
            Some(similar) => format!("{UNKNOWN}; is it {similar}?"),
            None => UNKNOWN.to_owned(),
        }
    }

    fn alone(&mut self, words: &[OsString]) -> Result<(), clap::Error> {
        let program = OsStr::new("formpost");
        let words = words.iter().map(OsString::as_os_str);
        let line = std::iter::once(program).chain(words);
        self.command.try_get_matches_from_mut(line).map(drop)
    }
}

const UNKNOWN: &str = "expected an option, found something else";
const NOT_UNICODE: &str = "expected text in UTF-8";

fn is_next(word: &OsStr) -> bool {
    word == "--next" || word == "-:"
}

/// An option with its value, so that clap cannot take the value for anything else.
fn joined(word: &OsStr, value: &OsStr) -> Vec<OsString> {
    let mut joined = word.to_owned();
    if !word.as_encoded_bytes().starts_with(b"--") {
        return vec![joined, value.to_owned()];
    }
    joined.push("=");
    joined.push(value);
    vec![joined]
}

/// What is wrong with an option by itself, without its value; that others are missing does not count.
fn complaint(error: &clap::Error, value: Option<&OsStr>) -> Option<String> {
    let kind = error.kind();
    if kind == ErrorKind::MissingRequiredArgument || !error.use_stderr() {
        return None;
    }
    let argument = error.get(ContextKind::InvalidArg);
    let argument = argument.map_or_else(|| String::from("an option"), ToString::to_string);
    let expected = error.get(ContextKind::ValidValue).map(texts);
    let reason = if kind == ErrorKind::ValueValidation {
        error
            .source()
            .and_then(|reason| without_value(&reason.to_string(), value?.as_encoded_bytes()))
    } else {
        let expected = expected.filter(|expected| !expected.is_empty());
        expected.map(|expected| format!("expected one of {}", expected.join(", ")))
    };
    let reason = reason.unwrap_or_else(|| String::from("expected another value"));
    Some(format!("{argument}: {reason}"))
}

/// As much of a reason as tells nothing of the value: up to where it says what was found, if need be without what stands
/// in front of it, or nothing.
fn without_value(reason: &str, value: &[u8]) -> Option<String> {
    /// So many octets in a row are no coincidence.
    const TELLING: usize = 4;
    let tells = |text: &str| {
        let mut pieces = value.windows(TELLING);
        pieces.any(|piece| {
            let mut places = text.as_bytes().windows(piece.len());
            places.any(|place| place == piece)
        })
    };
    let (reason, _) = reason.split_once(", found").unwrap_or((reason, ""));
    let behind = reason.rsplit_once("': ").map(|(_, behind)| behind);
    let mut candidates = [Some(reason), behind].into_iter().flatten();
    candidates.find(|text| !tells(text)).map(str::to_owned)
}

fn texts(value: &ContextValue) -> Vec<&str> {
    if let ContextValue::String(text) = value {
        vec![text]
    } else if let ContextValue::Strings(texts) = value {
        texts.iter().map(String::as_str).collect()
    } else {
        Vec::new()
    }
}

/// Octets as an argument, if the system can have them as one.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems cannot")]
fn os_string(octets: &[u8]) -> Option<OsString> {
    let text: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(octets);
    Some(text.to_owned())
}

/// Octets as an argument, if the system can have them as one.
#[cfg(not(unix))]
fn os_string(octets: &[u8]) -> Option<OsString> {
    std::str::from_utf8(octets).ok().map(OsString::from)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::app::cli::Cli;

    /// The command line that comes of these arguments and files, or what is said instead.
    fn expanded(arguments: &[&str], files: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let read = |path: &Path| {
            let found = files.iter().find(|(name, _)| path == Path::new(name));
            let text = found.map(|(_, text)| text.as_bytes().to_vec());
            text.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        let arguments = ["formpost"].iter().chain(arguments).map(OsString::from);
        let line = CommandLine::new(arguments, &read).map_err(|instead| instead.plain())?;
        let words = line.arguments.into_iter().skip(1);
        Ok(words.map(|word| word.into_string().unwrap()).collect())
    }

    #[test]
    fn what_a_file_says_stands_where_the_file_is_named() {
        let files = [("c", "text = \"b=2\"\n-F c=3\n-sS\n-kH x:y\nurl = h")];
        let within = ["--text=b=2", "-F", "c=3", "-sS", "-kH", "x:y", "--url=h"];
        for named in [
            &["-K", "c"][..],
            &["-Kc"],
            &["-K=c"],
            &["--config", "c"],
            &["--config=c"],
            &["-sK", "c"],
            &["-sKc"],
        ] {
            let arguments = [&["-F", "a=1"], named, &["-F", "d=4"]].concat();
            let expected = [&["-F", "a=1"], named, &within, &["-F", "d=4"]].concat();
            assert_eq!(expanded(&arguments, &files).unwrap(), expected);
        }
    }

    #[test]
    fn only_an_option_names_a_file() {
        let files = [("c", "silent")];
        for arguments in [
            &["-o", "-K", "c"][..],
            &["-o-K", "c"],
            &["-so", "-K", "c"],
            &["--output", "--config", "c"],
            &["--output", "--", "c"],
            &["--", "-K", "c"],
            &["--", "--next"],
            &["h", "-", "--config-file", "-K", "c"],
            &["--help", "-K", "c"],
            &["inspect", "-K", "c"],
            &["-K"],
            &["--config"],
        ] {
            assert_eq!(expanded(arguments, &files).unwrap(), arguments);
        }
        for arguments in [
            &["-o", "--", "-K", "c"][..],
            &["--idempotency-key", "-K", "c"],
            &["-", "-K", "c"],
            &["try", "-K", "c"],
            &["receive", "--token", "-K", "-K", "c"],
        ] {
            let expected = [arguments, &["--silent"]].concat();
            assert_eq!(expanded(arguments, &files).unwrap(), expected);
        }
    }

    #[test]
    fn the_files_that_are_read_are_those_that_clap_finds_named() {
        const WORDS: [&str; 24] = [
            "-K",
            "-K",
            "-Kc",
            "-K=c",
            "--config",
            "--config=c",
            "-sK",
            "-skKc",
            "c",
            "h",
            "-",
            "--",
            "-s",
            "-o",
            "-oK",
            "-so",
            "--output",
            "--output=K",
            "-A",
            "-F",
            "a=1",
            "--idempotency-key",
            "--url",
            "try",
        ];
        let mut state = 5_u32;
        let mut number_read = 0;
        for _ in 0..600 {
            let words: Vec<&str> = (0..7)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    WORDS[usize::from(state.to_be_bytes()[0]) % WORDS.len()]
                })
                .collect();
            let paths = RefCell::new(Vec::new());
            let read = |path: &Path| {
                paths.borrow_mut().push(path.to_owned());
                Ok(Vec::new())
            };
            let arguments = ["formpost"].iter().chain(&words).map(OsString::from);
            let Ok(cli) = CommandLine::new(arguments, &read).and_then(Cli::parse) else {
                continue;
            };
            let found = match cli.command {
                Some(crate::app::cli::Command::Try(arguments)) => arguments.config.config,
                _ => cli.upload.config.config,
            };
            number_read += found.len();
            assert_eq!(found, paths.into_inner(), "{words:?}");
        }
        assert!(number_read > 100, "{number_read}");
    }

    #[test]
    fn configs_name_configs_so_deep_and_no_deeper() {
        let files = [
            ("a", "text = \"a=1\"\nconfig = b\ntext = \"c=3\""),
            ("b", "--text \"b=2\""),
            ("1", "-K2"),
            ("2", "-K 3"),
            ("3", "-sK 4"),
            ("4", "config=5"),
            ("5", "config=6"),
            ("6", "--config=7"),
            ("7", "config=8"),
            ("8", "config=9"),
            ("9", "config=10"),
            ("10", "silent"),
            ("0", "config=1"),
            ("circle", "silent\nconfig = circle"),
        ];
        assert_eq!(
            expanded(&["-K", "a"], &files).unwrap(),
            [
                "-K",
                "a",
                "--text=a=1",
                "--config=b",
                "--text=b=2",
                "--text=c=3"
            ]
        );
        assert!(expanded(&["-K", "1"], &files).is_ok());
        for (name, place) in [("0", "9:1: "), ("circle", "circle:2: ")] {
            let said = expanded(&["-K", name], &files).unwrap_err();
            assert!(
                said.contains(place) && said.contains("at most 10"),
                "{said}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said_without_its_value() {
        for (line, said) in [
            ("hunter2", "expected an option"),
            ("hunter2 = x", "expected an option"),
            ("-- hunter2", "expected an option"),
            ("- hunter2", "expected an option"),
            ("H = \"hunter2: x\"", "expected an option"),
            ("haeder = hunter2", "is it --header?"),
            ("header", "--header <NAME: VALUE>: expected a value"),
            ("header =", "expected a value"),
            ("-H", "expected a value"),
            ("silent = hunter2", "--silent: expected no value"),
            ("--header=hunter2 hunter2", "expected one value"),
            ("header = hunter2", "expected \"Name: value\""),
            ("user-agent = \"hunter2\0\"", "NUL"),
            ("form = hunter2", "expected NAME=CONTENT"),
            ("form = \"hunter2=(hunter2\"", "expected '(' alone"),
            ("json-part = \"hunter2={hunter2\"", "expected JSON"),
            (
                "form = \"a=b;encoder=hunter2\"",
                "--form <NAME=CONTENT>: expected",
            ),
            ("retry = hunter2", "--retry <N>: "),
            ("max-time = hunter2", "expected seconds, such as 0, 30"),
            ("stall-timeout = 0", "expected seconds, such as 30"),
            ("progress = hunter2", "expected one of auto, bar"),
            (
                "idempotency-key = \"hunter2\\n\"",
                "expected printable ASCII",
            ),
            ("url = \"http://hunter2@[\"", "--url"),
            ("data = hunter2", "--text NAME=VALUE"),
            ("next", "expected one request"),
            ("--next", "expected one request"),
            ("-:", "expected one request"),
            ("config = missing", "missing: "),
        ] {
            let said_of = expanded(&["-K", "c"], &[("c", &format!("\n# x\n{line}\nsilent"))]);
            let found = said_of.expect_err(line);
            assert!(
                found.contains("c:3: ") && found.contains(said),
                "{line}: {found}"
            );
            assert!(!found.contains("hunter2"), "{found}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let said = expanded(&["h", "-K", "missing"], &[]).unwrap_err();
        assert!(said.starts_with("error: -K: missing: "), "{said}");
        let said = expanded(&["-K", "-", "-K-"], &[("-", "# nothing")]).unwrap_err();
        assert!(said.contains("asked for twice"), "{said}");
        assert!(
            expanded(&["h", "--next"], &[])
                .unwrap_err()
                .contains("--next")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_value_may_be_a_path_that_is_no_text() {
        let read = |path: &Path| {
            assert_eq!(path.as_os_str(), os_string(b"\xff").unwrap().as_os_str());
            Ok(b"file = \"a=\xfe\"".to_vec())
        };
        let arguments = [&b"formpost"[..], b"h", b"-sK\xff"].map(|word| os_string(word).unwrap());
        let line = CommandLine::new(arguments, &read).unwrap();
        let last = line.arguments.last().unwrap();
        assert_eq!(last.as_encoded_bytes(), b"--file=a=\xfe");
    }
}
