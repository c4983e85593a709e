//! What was typed: every option, its type and its help. Opens nothing, asks nobody.
//!
//! The doc comment of a field is its help: the first line the short one, all of it the long one. The parts of the form
//! come from several options whose order among each other matters; [`Cli::parse`] puts them back into it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{
    ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint,
};
use formpost::multipart::Boundary;
use formpost::send::{Header, Url};

use super::part_spec::FormItem;

/// Upload files and form fields as multipart/form-data
///
/// Sends one request: each FILE becomes a part named "file", -F and its plainer siblings add more. The response goes
/// to standard output, everything else to standard error, and the exit code says whether it may be sent again.
#[derive(Debug, Parser)]
#[command(
    name = "formpost",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    styles = STYLES,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{DIFFERENCES}"),
    override_usage = "formpost [OPTIONS] <URL> [FILE]...\n       formpost inspect [OPTIONS] [FILE]\n       formpost completions <SHELL>"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) upload: Upload,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  formpost https://example.com/upload photo.jpg
  formpost https://example.com/upload -F title='A tree' -F 'photo=@tree.jpg;type=image/jpeg'
  tar c notes | formpost https://example.com/upload -F 'archive=@-;filename=notes.tar'
  formpost --dry-run https://example.com/upload photo.jpg

Exit codes:
  0  done: the whole body was sent, and a whole 2xx response received
  1  anything else, such as an output that cannot be written
  2  usage
  3  4  5  answered 3xx, 4xx, 5xx
  6  a source could not be read, or changed while it was sent
  7  never sent: no such host, no connection, no TLS
  8  lost or timed out after sending began: it is not known whether the server kept it
  9  the answer was not HTTP, or was cut";

const DIFFERENCES: &str = "\
What -F does differently from curl:
  * name=@- streams a pipe in constant memory: with a length if it ends within 1 MiB, chunked
    otherwise. curl reads all of it first.
  * A file part always has a Content-Type, guessed from the whole list of known extensions.
  * Refused before connecting, each by name: a path that is missing, unreadable or a directory,
    a second -, an unreadable headers=@file, a line break or NUL in a header or a type, an unknown
    encoder=, name=(text. curl sends an empty part for a directory.
  * Warned about: an unknown parameter, a value cut at a semicolon, text after a closing quote,
    a comma list (it goes nested, which hardly any server unpacks).
  * A blank after type=... is trimmed and what follows it is kept; curl loses it.
  * A process substitution is named fifo, not after its descriptor's number.
  * -H 'Content-Type: multipart/...; boundary=X' makes X the boundary; curl sends two.
  * Values are sent byte for byte, as curl does: line ends are not changed as browsers change them.
  * A file name that is not UTF-8 is sent as it is, with a warning; one with a control character
    other than a line break is refused, filename= sends another.
  * A FIFO whose writer dies ends like one that is finished: nobody can tell the two apart.";

/// What to do instead of uploading.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Inspect(Inspect),
    Completions(Completions),
}

/// Take a multipart body apart
///
/// Lists the parts of a body: names, types, sizes, checksums. The boundary is taken from --content-type, or from a
/// request head at the top of the input, or from the body's first line.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The body; - or nothing is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
    /// The Content-Type that the body was sent with
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the content of each part into a file in DIR
    ///
    /// The names are made safe first, and nothing that exists is overwritten.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) extract: Option<PathBuf>,
}

/// Print a completion script, or the man page
///
/// For example: `formpost completions fish >~/.config/fish/completions/formpost.fish`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell to print for
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// What completions can be printed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    Power,
    Elvish,
    /// The man page, in roff
    Man,
}

/// When and how to show how far the upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ProgressStyle {
    /// A bar on a terminal, plain lines elsewhere
    #[default]
    Auto,
    /// A bar, wherever it goes
    Bar,
    /// A whole line every 5 seconds
    Plain,
    /// Nothing
    None,
}

/// An upload.
#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// Where to send it; without a scheme it is http://
    #[arg(value_name = "URL", required = true, value_hint = ValueHint::Url)]
    pub(crate) url: Option<Url>,
    /// Files to send, each a part named "file"; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) form: FormArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) looking: LookingArgs,
}

/// The form.
#[derive(Debug, Args)]
#[command(next_help_heading = "Form")]
pub(crate) struct FormArgs {
    /// Add a part, as curl does: name=text, name=@file, name=<file
    ///
    /// Parameters follow after semicolons: -F 'photo=@a.jpg;type=image/jpeg;filename=b.jpg;headers="X-A: b"'.
    /// Values from a script's variables are safer in --text and --file, which have no special characters.
    #[arg(short = 'F', long, value_name = "NAME=CONTENT", value_parser = item(FormItem::parse))]
    form: Vec<FormItem>,
    /// Add a text field, its value taken literally (curl's name for --text)
    #[arg(long, value_name = "NAME=TEXT", value_parser = item(FormItem::string))]
    form_string: Vec<FormItem>,
    /// Add a text field, its value taken literally
    #[arg(long, value_name = "NAME=TEXT", value_parser = item(FormItem::string))]
    text: Vec<FormItem>,
    /// Add a file, its path taken literally; - is standard input
    #[arg(long, value_name = "NAME=PATH", value_parser = item(FormItem::file))]
    file: Vec<FormItem>,
    /// Add a part of type application/json, checked to be JSON; @PATH reads it from a file
    #[arg(long, value_name = "NAME=JSON", value_parser = item(FormItem::json_part))]
    json_part: Vec<FormItem>,
    /// All of the above, in the order in which they were typed.
    #[arg(skip)]
    pub(crate) items: Vec<FormItem>,
    /// The name of the parts that FILE arguments become
    #[arg(long, value_name = "NAME", default_value = "file")]
    pub(crate) field: OsString,
    /// The file name to send for the FILE argument
    #[arg(long, value_name = "NAME")]
    pub(crate) filename: Option<OsString>,
    /// The media type to send for FILE arguments
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) media_type: Option<String>,
    /// Escape quotes and backslashes in names with a backslash, instead of quotes with %22
    #[arg(long)]
    pub(crate) form_escape: bool,
    /// The boundary, 1 to 70 characters; random otherwise
    #[arg(long, value_name = "BOUNDARY")]
    pub(crate) boundary: Option<Boundary>,
    /// Send the body chunked, even if its length is known
    #[arg(long)]
    pub(crate) chunked: bool,
    /// Not in a form: says what to use instead.
    #[arg(short, long, hide = true, value_name = "DATA", value_parser = raw_body,
        visible_aliases = ["data-raw", "data-binary", "data-ascii", "data-urlencode"])]
    data: Option<OsString>,
}

/// The request around the form.
#[derive(Debug, Args)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// The method
    #[arg(
        short = 'X',
        long = "request",
        value_name = "METHOD",
        default_value = "POST"
    )]
    pub(crate) method: String,
    /// Add a header field; "Name:" takes one away, "Name;" sends one empty, @FILE reads one a line
    ///
    /// Arguments can be seen by every user of the machine: a secret is better read from a file.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = OsStringValueParser::new().try_map(HeaderArg::parse))]
    pub(crate) headers: Vec<HeaderArg>,
    /// The User-Agent field
    #[arg(short = 'A', long, value_name = "NAME")]
    pub(crate) user_agent: Option<String>,
    /// Basic authentication; asks for the password if it is missing
    #[arg(
        short,
        long,
        value_name = "USER[:PASSWORD]",
        conflicts_with = "oauth2_bearer"
    )]
    pub(crate) user: Option<Secret>,
    /// Bearer authentication
    #[arg(long, value_name = "TOKEN")]
    pub(crate) oauth2_bearer: Option<Secret>,
}

/// The connection.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Longest time for name, connection and TLS
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) connect_timeout: Duration,
    /// Longest time for all of it; no limit otherwise
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) max_time: Option<Duration>,
    /// Take any certificate: whoever sits between can read and change the upload
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,
    /// Trust the PEM certificates in FILE, instead of the system's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) cacert: Option<PathBuf>,
}

/// What is said, and where.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Write the response's body to FILE
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Write the response's head to FILE; - is standard output
    #[arg(short = 'D', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) dump_header: Option<PathBuf>,
    /// Write the response's head in front of its body
    #[arg(short, long, visible_alias = "show-headers")]
    pub(crate) include: bool,
    /// Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)
    #[arg(short, long)]
    pub(crate) fail: bool,
    /// curl's name for what is done anyway
    #[arg(long, hide = true)]
    fail_with_body: bool,
    /// No progress, no summary, no messages
    #[arg(short, long)]
    pub(crate) silent: bool,
    /// Error messages even with --silent
    #[arg(short = 'S', long)]
    pub(crate) show_error: bool,
    /// Show both heads, secrets left out
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// How to show how far the upload has come
    #[arg(long, value_name = "STYLE", value_enum, default_value = "auto")]
    pub(crate) progress: ProgressStyle,
    /// curl's name for --progress bar
    #[arg(short = '#', long, hide = true, conflicts_with = "progress")]
    pub(crate) progress_bar: bool,
    /// curl's name for --progress none
    #[arg(long, hide = true, conflicts_with = "progress")]
    pub(crate) no_progress_meter: bool,
}

impl OutputArgs {
    /// The style that the three options for it come to.
    pub(crate) fn progress_style(&self) -> ProgressStyle {
        match (self.silent, self.progress_bar, self.no_progress_meter) {
            (true, _, _) | (_, _, true) => ProgressStyle::None,
            (_, true, _) => ProgressStyle::Bar,
            _ => self.progress,
        }
    }
}

/// Looking before sending.
#[derive(Debug, Args)]
#[command(next_help_heading = "Looking, nothing is sent")]
pub(crate) struct LookingArgs {
    /// Show the request head, and the parts as a receiver finds them
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print --dry-run as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the body to FILE, exactly as it would be sent; - is standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) dump_body: Option<PathBuf>,
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// What to say instead of running: why it cannot be read, or the help that was asked for.
    pub(crate) fn parse_from(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, Instead> {
        let matches = definition().try_get_matches_from(arguments)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        cli.upload.form.items = items_in_order(&matches);
        Ok(cli)
    }
}

/// The command line's definition. As with curl, an option takes what follows it for its value, a dash in front or not.
pub(crate) fn definition() -> clap::Command {
    Cli::command().mut_args(|argument| {
        let is_value_of_option = !argument.is_positional() && argument.get_action().takes_values();
        argument.allow_hyphen_values(is_value_of_option)
    })
}

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

impl From<clap::Error> for Instead {
    /// clap leaves the usage out where a value is wrong; here it always stands.
    fn from(error: clap::Error) -> Self {
        let mut plain = error.render().to_string();
        let mut colored = error.render().ansi().to_string();
        if error.kind() == ErrorKind::ValueValidation {
            let usage = Cli::command().render_usage();
            plain = format!("{plain}\n{usage}\n");
            colored = format!("{colored}\n{}\n", usage.ansi());
        }
        Self {
            plain,
            colored,
            is_help: !error.use_stderr(),
        }
    }
}

/// The parts of the form in the order in which they were typed: clap keeps them apart by option.
fn items_in_order(matches: &ArgMatches) -> Vec<FormItem> {
    let mut items: Vec<(usize, FormItem)> = ["form", "form_string", "text", "file", "json_part"]
        .into_iter()
        .flat_map(|id| {
            let indices = matches.indices_of(id).into_iter().flatten();
            indices.zip(matches.get_many(id).into_iter().flatten().cloned())
        })
        .collect();
    items.sort_by_key(|(index, _)| *index);
    items.into_iter().map(|(_, item)| item).collect()
}

fn item<E: std::error::Error + Send + Sync + 'static>(
    parse: fn(&std::ffi::OsStr) -> Result<FormItem, E>,
) -> impl TypedValueParser<Value = FormItem> {
    OsStringValueParser::new().try_map(move |text| parse(&text))
}

fn raw_body(_: &str) -> Result<OsString, String> {
    Err(String::from(
        "formpost sends forms: use --text NAME=VALUE for a field, --file NAME=PATH for a file",
    ))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected seconds, such as 30 or 2.5, found {text:?}");
    let seconds: f64 = text.parse().map_err(|_| expected())?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| expected())?;
    if duration.is_zero() {
        Err(expected())
    } else {
        Ok(duration)
    }
}

/// Text that must not be shown.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// One `-H`.
#[derive(Debug, Clone)]
pub(crate) enum HeaderArg {
    /// `Name: value`, or `Name;` for an empty value.
    Field(Header),
    /// `Name:`: not to be sent.
    Remove(String),
    /// `@FILE`.
    File(PathBuf),
}

impl HeaderArg {
    fn parse(text: OsString) -> Result<Self, String> {
        match text.as_encoded_bytes() {
            [b'@', ..] => {
                let text = text.into_string().map_err(|text| {
                    format!("expected a path in UTF-8, found {}", text.to_string_lossy())
                })?;
                Ok(Self::File(PathBuf::from(&text[1..])))
            }
            line => Self::parse_line(line),
        }
    }

    /// Reads one header line, as `-H` and the lines of its files have them.
    pub(crate) fn parse_line(line: &[u8]) -> Result<Self, String> {
        let shown = || String::from_utf8_lossy(line);
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return match line.trim_ascii_end() {
                [name @ .., b';'] => Self::field(name, b""),
                _ => Err(format!("expected \"Name: value\", found {:?}", shown())),
            };
        };
        match (&line[..colon], line[colon + 1..].trim_ascii()) {
            (name, b"") => Ok(Self::Remove(String::from_utf8_lossy(name).into_owned())),
            (name, value) => Self::field(name, value),
        }
    }

    fn field(name: &[u8], value: &[u8]) -> Result<Self, String> {
        Header::new(String::from_utf8_lossy(name), value)
            .map(Self::Field)
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Cli, Instead> {
        Cli::parse_from(["formpost"].iter().chain(arguments).map(OsString::from))
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_argument_says_what_it_is_for_and_every_value_has_a_name() {
        let command = Cli::command();
        for command in std::iter::once(&command).chain(command.get_subcommands()) {
            for argument in command.get_arguments() {
                let id = argument.get_id();
                assert!(argument.get_help().is_some(), "{id} has no help");
                if argument.get_action().takes_values() {
                    assert!(
                        argument.get_value_names().is_some(),
                        "{id} has no value name"
                    );
                }
            }
        }
    }

    #[test]
    fn the_parts_keep_the_order_in_which_they_were_typed() {
        let cli = parse(&[
            "h",
            "--text",
            "a=1",
            "-F",
            "b=2",
            "--form-string",
            "c=3",
            "--text=d=4",
        ])
        .unwrap();
        let names: Vec<_> = cli
            .upload
            .form
            .items
            .iter()
            .map(|item| match item {
                FormItem::Part(part) => part.name.clone().unwrap(),
                FormItem::Open(_) | FormItem::Close => panic!("{item:?}"),
            })
            .collect();
        assert_eq!(names, [b"a", b"b", b"c", b"d"]);
    }

    #[test]
    fn s9_a_value_may_begin_with_a_dash() {
        let arguments = [
            "h",
            "--boundary",
            "--B",
            "-F",
            "-n=v",
            "-A",
            "-x",
            "--",
            "-file",
        ];
        let cli = parse(&arguments).unwrap();
        assert_eq!(cli.upload.form.boundary.unwrap().as_str(), "--B");
        assert_eq!(cli.upload.form.items.len(), 1);
        assert_eq!(cli.upload.files, [PathBuf::from("-file")]);
    }

    #[test]
    fn a_file_may_be_called_like_a_command() {
        let cli = parse(&["http://h/", "inspect"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.upload.files, [PathBuf::from("inspect")]);
    }

    #[test]
    fn a_header_is_read_as_curl_reads_it() {
        for (line, expected) in [
            ("X-A: b c ", "Header(X-A)"),
            ("X-A;", "Header(X-A)"),
            ("X-A:", "\"X-A\""),
        ] {
            let shown = match HeaderArg::parse(line.into()).unwrap() {
                HeaderArg::Field(header) => format!("{header:?}"),
                HeaderArg::Remove(name) => format!("{name:?}"),
                HeaderArg::File(path) => format!("{path:?}"),
            };
            assert_eq!(shown, expected, "{line}");
        }
        assert!(HeaderArg::parse("no colon".into()).is_err());
        assert!(HeaderArg::parse("a b: c".into()).is_err());
    }

    #[test]
    fn x2_secrets_are_not_in_debug_output() {
        let cli = parse(&["h", "-u", "me:hunter2", "-H", "Authorization: hunter2"]).unwrap();
        assert!(!format!("{cli:?}").contains("hunter2"));
    }
}
