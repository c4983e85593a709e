//! What was typed: every option, its type and its help. Opens nothing, asks nobody.
//!
//! A command line is a [`CommandLine`] first, with the options of its config files put in; [`Cli::parse`] reads that.
//!
//! The doc comment of a field is its help: the first line the short one, all of it the long one. The parts of the form
//! come from several options whose order among each other matters; [`Cli::parse`] puts them back into it.

mod batch;
mod body;
mod config;
mod curl;
mod files;
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) mod invariants;
mod journal;
mod receive;
mod route;
mod tls;
mod try_out;
mod upload;
mod values;

use std::error::Error;
#[cfg(test)]
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ErrorKind};
use clap::{
    Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand,
    ValueEnum, ValueHint,
};

use super::part_spec::FormItem;
#[cfg(feature = "receive")]
pub(crate) use batch::BatchArgs;
pub(crate) use body::{BodyArgs, ChecksumAlgorithm, Compression, DigestAlgorithm, Enctype};
pub(crate) use config::CommandLine;
#[cfg(feature = "receive")]
pub(crate) use curl::CurlArgs;
pub(crate) use files::FilesArgs;
pub(crate) use journal::{Journal, JournalCommand, Merge, Show};
pub(crate) use receive::Receive;
pub(crate) use route::RouteArgs;
pub(crate) use tls::{CertificateArg, TlsArgs};
pub(crate) use try_out::Try;
pub(crate) use upload::{
    ConnectionArgs, CredentialArgs, FormArgs, LookingArgs, OutputArgs, ProgressStyle, ProxyArgs,
    RedirectArgs, RepeatArgs, ReportArgs, RequestArgs, Upload,
};
pub(crate) use values::{CookieArg, FilenameArg, HeaderArg, ProxyArg, Secret, UrlArg};

/// Upload files and form fields as multipart/form-data
///
/// Sends one request: each FILE becomes a part named "file", -F and its plainer siblings add more. The response goes
/// to standard output, everything else to standard error, and the exit code says whether it may be sent again.
#[derive(Debug, Parser)]
#[command(
    name = "formpost",
    version,
    args_conflicts_with_subcommands = true,
    args_override_self = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    styles = STYLES,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{DIFFERENCES}"),
    override_usage = "formpost [OPTIONS] <URL> [FILE]...\n       formpost try [OPTIONS] [FILE]...\n       formpost receive [OPTIONS]\n       formpost inspect [OPTIONS] [FILE]\n       formpost journal <COMMAND>\n       formpost completions <SHELL>"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) upload: Upload,
    /// What was taken otherwise than its writer may think.
    #[arg(skip)]
    pub(crate) warnings: Vec<String>,
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
  * A FIFO whose writer dies ends like one that is finished: nobody can tell the two apart.

What else is different from curl:
  * Expect: 100-continue is sent with --expect100-timeout; curl sends it by itself.
  * -T - sends a pipe that ends within 1 MiB with a length, not chunked, and a redirected file, too.
  * -H 'Content-Type: ...' of another kind than multipart is refused beside a form: curl puts it in
    front of a multipart, which no server reads then.
  * URLs are written as browsers write them: what is not ASCII, a quote in the query and braces in
    the path are percent-encoded, and a path is resolved in which /%2e%2e/ stands for /../.
  * It is HTTP/1.1 that is spoken, also with --http2 and --http3.
  * --compressed asks for an answer that is not compressed: no Accept-Encoding is sent.
  * URLs and file names have no globs, as with --globoff: {a,b} and [1-9] stand for themselves.
  * Header fields about the body's framing are held to what it is: -H 'Transfer-Encoding: chunked'
    is --chunked, and -H 'Content-Length: N' is refused unless it is true.
  * -L does not follow a 301 or 302: curl would turn the upload into a GET.";

/// What to do instead of uploading.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Try(Box<Try>),
    Receive(Box<Receive>),
    Inspect(Inspect),
    Journal(Journal),
    Completions(Completions),
}

/// Take a multipart body apart
///
/// Lists the parts of a body: names, types, sizes, checksums. The boundary is taken from --content-type, or from a
/// request head at the top of the input, or from the body's first line.
///
/// Such a head also says where the body ends: chunks are put together first, and what follows the body is left out.
/// At most 100,000 parts are listed.
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

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// What to say instead of running: why it cannot be read, or the help that was asked for.
    pub(crate) fn parse(mut line: CommandLine) -> Result<Self, Instead> {
        let matches = line.definition.try_get_matches_from_mut(&line.arguments);
        let instead = |error: clap::Error| {
            let origins = line.origins_of(&error);
            Instead::from(error).with(&origins)
        };
        let matches = matches.map_err(instead)?;
        if matches
            .get_many::<UrlArg>("url")
            .is_some_and(|urls| urls.len() > 1)
        {
            return Err(Instead::usage(
                "--url: expected one URL; run formpost again for the next",
            ));
        }
        let mut cli = Self::from_arg_matches(&matches)?;
        cli.upload.form.items = items_in_order(&matches);
        if let (Some(Command::Try(arguments)), Some((_, matches))) =
            (&mut cli.command, matches.subcommand())
        {
            arguments.form.items = items_in_order(matches);
        }
        cli.warnings = line.warnings;
        Ok(cli)
    }

    /// Whether nothing is to be said but the result.
    pub(crate) fn is_silent(&self) -> bool {
        match &self.command {
            None => self.upload.output.silent,
            Some(Command::Try(arguments)) => arguments.output.silent,
            Some(Command::Receive(arguments)) => arguments.silent,
            Some(Command::Inspect(_) | Command::Journal(_) | Command::Completions(_)) => false,
        }
    }
}

#[cfg(test)]
impl Cli {
    /// Reads arguments that name no config.
    pub(crate) fn parse_from(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, Instead> {
        let missing = |_: &_| Err(std::io::ErrorKind::NotFound.into());
        Self::parse(CommandLine::new(arguments, &missing)?)
    }
}

/// The command line's definition.
pub(crate) fn definition() -> clap::Command {
    let url = Arg::new(config::URL)
        .long("url")
        .value_name("URL")
        .value_parser(clap::value_parser!(UrlArg))
        .value_hint(ValueHint::Url)
        .help("The URL, for a config; all other arguments are FILEs then")
        .help_heading(None);
    Cli::command()
        .arg(url)
        .mut_args(as_curl_takes_values)
        .mut_subcommands(|command| command.mut_args(as_curl_takes_values))
}

/// The same when the URL is an option's value, and so no argument by itself.
fn definition_with_url() -> clap::Command {
    Cli::command()
        .mut_arg("url", |url| url.long("url").action(ArgAction::Append))
        .mut_args(as_curl_takes_values)
}

/// As with curl, an option takes what follows it for its value, a dash in front or not.
fn as_curl_takes_values(argument: Arg) -> Arg {
    let is_value_of_option = !argument.is_positional() && argument.get_action().takes_values();
    argument.allow_hyphen_values(is_value_of_option)
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

impl Instead {
    /// The command line cannot be read.
    fn usage(reason: &str) -> Self {
        let plain = format!("error: {reason}\n");
        Self {
            colored: plain.clone(),
            plain,
            is_help: false,
        }
    }

    /// Says these lines after the reason, and before the usage.
    fn with(mut self, lines: &[String]) -> Self {
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

/// The parts of the form in the order in which they were typed: clap keeps them apart by option.
fn items_in_order(matches: &ArgMatches) -> Vec<FormItem> {
    let mut items: Vec<(usize, FormItem)> = ["form", "form_string", "text", "file", "json_part"]
        .into_iter()
        .flat_map(|id| {
            let indices = matches.indices_of(id).into_iter().flatten();
            let items = matches.get_many(id).into_iter().flatten().cloned();
            let items = items.map(move |mut item: FormItem| {
                if let FormItem::Part(part) = &mut item {
                    part.is_template = id == "form";
                }
                item
            });
            indices.zip(items)
        })
        .collect();
    items.sort_by_key(|(index, _)| *index);
    items.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::values::Limit;
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
        let mut commands = vec![&command];
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands());
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

        let cli = parse(&["try", "-F", "-n=v", "-A", "-x"]).unwrap();
        assert!(
            matches!(cli.command, Some(Command::Try(arguments)) if arguments.form.items.len() == 1)
        );
    }

    #[test]
    fn the_last_of_several_counts_as_with_curl() {
        let upload = parse(&[
            "h",
            "-A",
            "a",
            "-sA",
            "b",
            "-s",
            "--retry=1",
            "--retry",
            "2",
        ])
        .unwrap()
        .upload;
        assert_eq!(upload.request.user_agent.as_deref(), Some("b"));
        assert_eq!(upload.repeats.retry, 2);
        assert!(upload.output.silent);
        let Some(Command::Try(arguments)) = parse(&["try", "-A", "a", "-A", "b"]).unwrap().command
        else {
            panic!("it is a trial");
        };
        assert_eq!(arguments.request.user_agent.as_deref(), Some("b"));
    }

    #[test]
    fn redirects_and_repeats_have_curls_defaults_but_for_the_number() {
        let upload = parse(&["h"]).unwrap().upload;
        assert!(!upload.redirects.location && !upload.redirects.location_trusted);
        assert_eq!(upload.redirects.max_redirs, Limit(Some(10)));
        assert_eq!(upload.repeats.retry, 0);

        let upload = parse(&["h", "-L", "--max-redirs", "-1", "--retry", "3"])
            .unwrap()
            .upload;
        assert!(upload.redirects.location);
        assert_eq!(upload.redirects.max_redirs, Limit(None));
        assert_eq!(upload.repeats.retry, 3);
    }

    #[test]
    fn without_options_a_connection_is_the_librarys() {
        let typed = parse(&["h"]).unwrap().upload.connection;
        assert_eq!(
            format!("{typed:?}"),
            format!("{:?}", ConnectionArgs::default())
        );
    }

    #[test]
    fn a_file_may_be_called_like_a_command() {
        let cli = parse(&["http://h/", "inspect"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.upload.files, [PathBuf::from("inspect")]);
    }

    #[test]
    fn x2_secrets_are_not_in_debug_output() {
        for arguments in [
            ["h", "-u", "me:hunter2", "-H", "Authorization: hunter2"],
            ["h", "-x", "me:hunter2@h", "-U", "me:hunter2"],
        ] {
            let cli = parse(&arguments).unwrap();
            assert!(!format!("{cli:?}").contains("hunter2"));
        }
    }
}
