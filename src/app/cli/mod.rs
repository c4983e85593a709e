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
mod help;
mod instead;
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) mod invariants;
mod journal;
mod manual;
pub(crate) mod outline;
mod receive;
mod route;
mod texts;
mod tips;
mod tls;
mod try_out;
mod upload;
mod values;

#[cfg(test)]
use std::ffi::OsString;
use std::path::PathBuf;

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
use help::STYLES;
pub(crate) use instead::Instead;
pub(crate) use journal::{Journal, JournalCommand, Merge, Show};
pub(crate) use manual::page as manual_page;
pub(crate) use receive::Receive;
pub(crate) use route::RouteArgs;
pub(crate) use tls::{CertificateArg, TlsArgs};
pub(crate) use try_out::Try;
#[cfg(feature = "receive")]
pub(crate) use upload::ReportArgs;
pub(crate) use upload::{
    ConnectionArgs, CredentialArgs, FormArgs, LookingArgs, OutputArgs, ProgressStyle, ProxyArgs,
    RedirectArgs, RepeatArgs, RequestArgs, Upload,
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
    after_long_help = texts::UPLOAD,
    override_usage = "formpost [OPTIONS] <URL> [FILE]...\n       formpost <COMMAND>"
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
#[command(after_long_help = texts::INSPECT)]
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

/// Print a completion script, or a man page
#[derive(Debug, Args)]
#[command(after_long_help = texts::COMPLETIONS)]
pub(crate) struct Completions {
    /// The shell to print for, or the man page to print
    #[arg(value_name = "SHELL|PAGE")]
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
    /// formpost(1), a man page, in roff
    Man,
    /// formpost-try(1)
    ManTry,
    /// formpost-receive(1)
    ManReceive,
    /// formpost-inspect(1)
    ManInspect,
    /// formpost-journal(1)
    ManJournal,
    /// formpost-completions(1)
    ManCompletions,
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// What to say instead of running: why it cannot be read, or the help that was asked for.
    pub(crate) fn parse(mut line: CommandLine) -> Result<Self, Instead> {
        let matches = line.definition.try_get_matches_from_mut(&line.arguments);
        let matches = matches.map_err(|error| line.instead(error))?;
        if matches
            .get_many::<UrlArg>("url")
            .is_some_and(|urls| urls.len() > 1)
        {
            return Err(Instead::usage(
                "--url: expected one URL; run formpost again for the next",
            ));
        }
        let mut cli = Self::from_arg_matches(&matches)?;
        if let Some(instead) = no_url(&cli.upload, &mut line.definition) {
            return Err(instead);
        }
        cli.upload.form.items = items_in_order(&matches);
        if let (Some(Command::Try(arguments)), Some((_, matches))) =
            (&mut cli.command, matches.subcommand())
        {
            arguments.form.items = items_in_order(matches);
        }
        cli.upload.curl.idle = line.idle;
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

/// What to say of a word where the URL should be that is meant for another: help, a command that is none, a method.
fn no_url(upload: &Upload, definition: &mut clap::Command) -> Option<Instead> {
    let word = upload.url.as_ref()?.text();
    if word == "help" {
        let command = upload.files.first().and_then(|name| name.to_str());
        let command = help::command(definition, command.unwrap_or_default());
        return Some(Instead::help(command.render_long_help()));
    }
    let instead = match tips::instead_of_word(word) {
        Some(instead) => format!("{word}: expected a URL, found a word; {instead}"),
        None => format!(
            "{}: expected a URL, found a method; POST is what is done anyway, -X METHOD is another",
            method_for_url(upload, word)?
        ),
    };
    Some(Instead::usage(&instead))
}

/// A method, as HTTPie and others have it there.
fn method_for_url<'a>(upload: &Upload, word: &'a str) -> Option<&'a str> {
    let is_method =
        ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&word.to_ascii_uppercase().as_str());
    let next = upload.files.first()?.to_string_lossy();
    // A host may be called so, if a file follows and not a URL.
    (is_method && (next.contains("://") || word.chars().all(char::is_uppercase))).then_some(word)
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
