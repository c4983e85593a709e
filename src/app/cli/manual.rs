//! The man pages, in the order of man-pages(7): made of the definition of the command line and of what its help says, so
//! that they cannot say anything else. Environment and files stand here alone.

use clap::{Arg, ArgAction, Command};
use roff::{Inline, Roff, bold, italic, roman};

/// The day on which what the pages say was last changed.
const DATE: &str = "2026-11-29";

/// A variable or a file, and what it is there for.
type Known = (&'static str, &'static str);

const HELP_WIDTH: Known = (
    "COLUMNS",
    "How wide the help is where there is no terminal to tell.",
);

const COLORS: [Known; 2] = [
    ("NO_COLOR", "If it is not empty, nothing is coloured."),
    (
        "TERM",
        "If it is empty or dumb, nothing is coloured, and no line is drawn over another.",
    ),
];

const TEMPORARY: Known = (
    "TMPDIR",
    "The directory for temporary files, such as those of --spool; otherwise it is /tmp.",
);

const UPLOAD_ENVIRONMENT: &[Known] = &[
    (
        "http_proxy, HTTP_PROXY",
        "The proxy for http:// URLs, as with --proxy. HTTP_PROXY does not count where REQUEST_METHOD is set, that is where \
         a web server runs the program: a client can set it there.",
    ),
    ("https_proxy, HTTPS_PROXY", "The proxy for https:// URLs."),
    (
        "all_proxy, ALL_PROXY",
        "The proxy for both, where there is none of the above.",
    ),
    (
        "no_proxy, NO_PROXY",
        "What is reached without a proxy, as with --noproxy.",
    ),
    (
        "SSL_CERT_FILE",
        "A file of PEM certificates to trust instead of the system's.",
    ),
    (
        "SSL_CERT_DIR",
        "Directories of such certificates, with colons between them.",
    ),
    ("HOME", "Where .netrc is; with Windows it is USERPROFILE."),
    TEMPORARY,
    COLORS[0],
    COLORS[1],
    HELP_WIDTH,
];

const UPLOAD_FILES: &[Known] = &[
    (
        "~/.netrc",
        "Names and passwords of hosts, read with --netrc and --netrc-optional. Nobody else may be able to read it.",
    ),
    (
        ".ignore, .gitignore",
        "What -r leaves out of the directories that they are in; .gitignore only in a Git repository, whose .git/info/exclude \
         and core.excludesFile count, too. --no-ignore reads none of them.",
    ),
];

/// What the pages say beside the definition.
struct Page {
    /// The subcommand; the program itself is none.
    command: &'static str,
    environment: &'static [Known],
    files: &'static [Known],
}

const PAGES: [Page; 6] = [
    Page {
        command: "",
        environment: UPLOAD_ENVIRONMENT,
        files: UPLOAD_FILES,
    },
    Page {
        command: "try",
        environment: &[TEMPORARY, COLORS[0], COLORS[1], HELP_WIDTH],
        files: &[UPLOAD_FILES[1]],
    },
    Page {
        command: "receive",
        environment: &[HELP_WIDTH],
        files: &[(
            ".formpost-*",
            "In --dir: an upload that has not come to its end. It gets its own name when it is whole.",
        )],
    },
    Page {
        command: "inspect",
        environment: &[HELP_WIDTH],
        files: &[],
    },
    Page {
        command: "journal",
        environment: &[HELP_WIDTH],
        files: &[],
    },
    Page {
        command: "completions",
        environment: &[HELP_WIDTH],
        files: &[],
    },
];

/// How many options must be the same for a page to name them only.
const MANY: usize = 5;

/// The page of a subcommand, or of the program itself, in roff.
pub(crate) fn page(subcommand: &str) -> String {
    let mut whole = super::definition();
    whole.build();
    let command = whole.find_subcommand(subcommand).unwrap_or(&whole);
    let shared = match subcommand {
        "" => Vec::new(),
        _ => shared(command, &whole),
    };
    let mut roff = Roff::new();
    let name = dashed(command);
    heading(&mut roff, command, &name);
    commands(&mut roff, command);
    roff.control("SH", ["OPTIONS"]);
    options(&mut roff, command, &shared);
    let help = command.get_after_long_help().map(ToString::to_string);
    let sections = Section::all(help.as_deref().unwrap_or_default());
    let of = |kind| {
        sections
            .iter()
            .filter(move |section| section.kind() == kind)
    };
    of(Kind::Exit).for_each(|section| section.exit(&mut roff));
    let page = PAGES.iter().find(|page| page.command == subcommand);
    known(
        &mut roff,
        "ENVIRONMENT",
        page.map_or(&[], |page| page.environment),
    );
    known(&mut roff, "FILES", page.map_or(&[], |page| page.files));
    if of(Kind::Note).next().is_some() {
        roff.control("SH", ["NOTES"]);
    }
    of(Kind::Note).for_each(|section| section.note(&mut roff));
    of(Kind::Examples).for_each(|section| section.examples(&mut roff));
    see_also(&mut roff, &whole, &name);
    finished(&roff.render())
}

/// What stands above the options.
fn heading(roff: &mut Roff, command: &Command, name: &str) {
    let source = concat!("formpost ", env!("CARGO_PKG_VERSION"));
    let title = name.to_uppercase();
    roff.control("TH", [&*title, "1", DATE, source, "User Commands"]);
    // Options are to be copied: no hyphens in them but their own, and no blanks that fill a line.
    roff.control("nh", []).control("ad", ["l"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{name} - {}", about(command)))]);
    roff.control("SH", ["SYNOPSIS"]);
    for (number, line) in synopses(command).into_iter().enumerate() {
        if number > 0 {
            roff.control("br", []);
        }
        roff.text(line);
    }
    roff.control("SH", ["DESCRIPTION"]);
    description(roff, command);
}

/// The name that a command's page has.
fn dashed(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    name.replace(' ', "-")
}

/// What it does, as the half of a sentence.
fn about(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string);
    let about = about.unwrap_or_default();
    let mut letters = about.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// How it is called, a line for each way.
fn synopses(command: &Command) -> Vec<Vec<Inline>> {
    let own = (!command.is_subcommand_required_set()).then(|| synopsis(command));
    let others = command.get_subcommands().flat_map(synopses);
    own.into_iter().chain(others).collect()
}

fn synopsis(command: &Command) -> Vec<Inline> {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let mut line = vec![bold(name)];
    if shown(command).any(|argument| !argument.is_positional() && argument.get_id() != "help") {
        line.extend([roman(" ["), italic("OPTION"), roman("]...")]);
    }
    for argument in command.get_positionals() {
        let value = italic(value_name(argument));
        let is_repeated = matches!(argument.get_action(), ArgAction::Append);
        let more = if is_repeated { "..." } else { "" };
        line.extend(if argument.is_required_set() {
            [roman(" "), value, roman(more)]
        } else {
            [roman(" ["), value, roman(format!("]{more}"))]
        });
    }
    line
}

/// The arguments that the help shows.
fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    let arguments = command.get_arguments();
    arguments.filter(|argument| !argument.is_hide_set())
}

fn value_name(argument: &Arg) -> String {
    let names = argument.get_value_names().and_then(|names| names.first());
    names.map_or_else(|| argument.get_id().to_string(), ToString::to_string)
}

/// What it does, in sentences: its help without the first line, which is under NAME.
fn description(roff: &mut Roff, command: &Command) {
    let long = command.get_long_about().map(ToString::to_string);
    let about = command.get_about().map(|about| format!("{about}."));
    let details = long.as_deref().and_then(|long| long.split_once("\n\n"));
    let text = details.map(|(_, details)| details.to_owned()).or(about);
    paragraphs(roff, &text.unwrap_or_default(), "PP");
}

/// Paragraphs, with this macro between them.
fn paragraphs(roff: &mut Roff, text: &str, between: &str) {
    for (number, paragraph) in text.split("\n\n").enumerate() {
        if number > 0 {
            roff.control(between, []);
        }
        roff.text(prose(paragraph.trim()));
    }
}

/// The subcommands: a line for each that has a page of its own, and all of those that have none.
fn commands(roff: &mut Roff, command: &Command) {
    if command.get_subcommands().next().is_some() {
        roff.control("SH", ["COMMANDS"]);
    }
    for inner in command.get_subcommands() {
        if PAGES.iter().any(|page| page.command == inner.get_name()) {
            roff.control("TP", []);
            roff.text([bold(inner.get_name())]);
            let about = inner.get_about().map(ToString::to_string);
            let page = format!("{}(1)", dashed(inner));
            roff.text(prose(&format!(
                "{}: see {page}.",
                about.unwrap_or_default()
            )));
        } else {
            let name = inner.get_bin_name().unwrap_or(inner.get_name());
            roff.control("SS", [name]);
            let about = inner.get_about().map(ToString::to_string);
            roff.text(prose(&format!("{}.", about.unwrap_or_default())));
            roff.control("PP", []);
            description(roff, inner);
            let without_help = shown(inner).filter(|argument| argument.get_id() != "help");
            without_help.for_each(|argument| option(roff, argument));
        }
    }
}

/// The options that the program itself has, too, by their names in the definition.
fn shared(command: &Command, whole: &Command) -> Vec<String> {
    let said = |argument: &Arg| {
        let help = argument.get_help().map(ToString::to_string);
        let long = argument.get_long_help().map(ToString::to_string);
        (argument.get_id().clone(), help, long)
    };
    let is_same = |argument: &&Arg| {
        let mut others = shown(whole).filter(|_| argument.get_id() != "help");
        others.any(|other| said(other) == said(argument))
    };
    let options = shown(command).filter(|argument| !argument.is_positional());
    let same = options.filter(is_same);
    let same: Vec<String> = same.map(|argument| argument.get_id().to_string()).collect();
    if same.len() > MANY { same } else { Vec::new() }
}

fn options(roff: &mut Roff, command: &Command, shared: &[String]) {
    let is_shared = |argument: &&Arg| shared.iter().any(|id| argument.get_id() == id.as_str());
    let own = shown(command).filter(|argument| !is_shared(argument));
    let (positional, own): (Vec<_>, Vec<_>) = own.partition(|argument| argument.is_positional());
    for argument in positional {
        option(roff, argument);
    }
    // Those without a heading come first.
    let mut headings = vec![None];
    for argument in &own {
        if !headings.contains(&argument.get_help_heading()) {
            headings.push(argument.get_help_heading());
        }
    }
    for heading in headings {
        if let Some(heading) = heading {
            roff.control("SS", [heading]);
        }
        let under = own.iter().filter(|one| one.get_help_heading() == heading);
        under.for_each(|argument| option(roff, argument));
    }
    let mut names: Vec<Inline> = Vec::new();
    for argument in shown(command).filter(is_shared) {
        let before = if names.is_empty() { "" } else { ", " };
        names.push(roman(before));
        names.extend(argument.get_long().map(|long| bold(format!("--{long}"))));
    }
    if !names.is_empty() {
        roff.control("PP", []);
        roff.text([roman("What these do is in formpost(1):")]);
        names.push(roman("."));
        roff.text(names);
    }
}

fn option(roff: &mut Roff, argument: &Arg) {
    roff.control("TP", []);
    roff.text(tag(argument));
    let help = argument.get_long_help().or(argument.get_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let (first, details) = help.split_once("\n\n").unwrap_or((&help, ""));
    roff.text(prose(&format!("{first}.")));
    if !details.is_empty() {
        roff.control("IP", []);
        paragraphs(roff, details, "IP");
    }
    if !argument.get_action().takes_values() {
        return;
    }
    let mut values = Vec::new();
    for value in argument.get_possible_values() {
        let before = if values.is_empty() { "Values: " } else { "; " };
        values.extend([roman(before), bold(value.get_name())]);
        let help = value.get_help();
        values.extend(help.map(|help| roman(format!(" ({help})"))));
    }
    if !values.is_empty() {
        roff.control("IP", []);
        values.push(roman("."));
        roff.text(values);
    }
    let defaults = argument.get_default_values().first();
    if let Some(default) = defaults.filter(|_| !argument.is_hide_default_value_set()) {
        roff.control("IP", []);
        roff.text([roman("Default: "), bold(default.to_string_lossy())]);
    }
}

/// How an option is written.
fn tag(argument: &Arg) -> Vec<Inline> {
    let mut tag = Vec::new();
    let short = argument.get_short().map(|short| bold(format!("-{short}")));
    let long = argument.get_long().map(|long| bold(format!("--{long}")));
    if short.is_some() && long.is_some() {
        tag.extend(short.into_iter().chain([roman(", ")]).chain(long));
    } else {
        tag.extend(short.into_iter().chain(long));
    }
    let value = italic(value_name(argument));
    if argument.is_positional() {
        tag.push(value);
    } else if argument.is_require_equals_set() {
        tag.extend([roman("[="), value, roman("]")]);
    } else if argument.get_action().takes_values() {
        tag.extend([roman(" "), value]);
    }
    tag
}

/// A text with its examples, which stand in backticks, and its options in bold.
fn prose(text: &str) -> Vec<Inline> {
    let mut inlines = Vec::new();
    for (number, piece) in text.split('`').enumerate() {
        if number % 2 == 1 {
            inlines.push(bold(piece));
            continue;
        }
        for word in piece.split_inclusive(' ') {
            let is_of_option = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
            let (before, rest) = word.split_at(word.find(is_of_option).unwrap_or(0));
            let end = rest.find(|c| !is_of_option(c)).unwrap_or(rest.len());
            let (option, after) = rest.split_at(rest[..end].trim_end_matches('.').len());
            let name = option.trim_start_matches('-');
            if option.starts_with('-') && name.starts_with(char::is_alphanumeric) {
                inlines.extend([roman(before), bold(option), roman(after)]);
            } else {
                inlines.push(roman(word));
            }
        }
    }
    inlines
}

/// Variables or files, if there are any.
fn known(roff: &mut Roff, heading: &str, known: &[Known]) {
    if !known.is_empty() {
        roff.control("SH", [heading]);
    }
    for (name, text) in known {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text(prose(text));
    }
}

fn see_also(roff: &mut Roff, whole: &Command, name: &str) {
    roff.control("SH", ["SEE ALSO"]);
    let pages = [whole].into_iter().chain(whole.get_subcommands());
    let pages = pages.map(dashed).filter(|page| page != name);
    let mut line = Vec::new();
    for page in pages {
        line.extend([bold(page), roman("(1), ")]);
    }
    line.extend([bold("curl"), roman("(1)")]);
    roff.text(line);
}

/// A part of what the help says after the options.
struct Section<'t> {
    heading: &'t str,
    lines: Vec<&'t str>,
}

/// Where in a page it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exit,
    Note,
    Examples,
}

impl<'t> Section<'t> {
    fn all(text: &'t str) -> Vec<Self> {
        let mut sections: Vec<Self> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            match (line.strip_suffix(':'), sections.last_mut()) {
                (Some(heading), _) if !line.starts_with(' ') => sections.push(Self {
                    heading,
                    lines: Vec::new(),
                }),
                (_, Some(section)) => section.lines.push(line),
                (_, None) => {}
            }
        }
        sections
    }

    fn kind(&self) -> Kind {
        match self.heading {
            "Exit codes" => Kind::Exit,
            "Examples" => Kind::Examples,
            _ => Kind::Note,
        }
    }

    /// Its entries: each begins two columns in, and goes on further in.
    fn entries(&self) -> Vec<String> {
        let mut entries: Vec<String> = Vec::new();
        for line in &self.lines {
            match (line.strip_prefix("   "), entries.last_mut()) {
                (Some(rest), Some(entry)) => {
                    entry.push(' ');
                    entry.push_str(rest.trim_start());
                }
                _ => entries.push(line.trim_start().to_owned()),
            }
        }
        entries
    }

    fn exit(&self, roff: &mut Roff) {
        roff.control("SH", ["EXIT STATUS"]);
        for entry in self.entries() {
            let (code, text) = entry.split_once("  ").unwrap_or((&entry, ""));
            roff.control("TP", []);
            roff.text([bold(code)]);
            roff.text(prose(&format!("{text}.")));
        }
    }

    fn note(&self, roff: &mut Roff) {
        roff.control("SS", [self.heading]);
        for entry in self.entries() {
            roff.control("IP", ["\\(bu", "2"]);
            roff.text(prose(entry.trim_start_matches("* ")));
        }
    }

    fn examples(&self, roff: &mut Roff) {
        roff.control("SH", ["EXAMPLES"]);
        let mut was_command = false;
        for (number, line) in self.lines.iter().map(|line| line.trim()).enumerate() {
            let is_command = line.starts_with("formpost ") || line.contains("| formpost ");
            match (was_command, is_command) {
                (false, true) => roff.control("RS", ["4"]).control("EX", []),
                (true, false) => example_ends(roff),
                _ => &mut *roff,
            };
            if !is_command && number > 0 {
                roff.control("PP", []);
            }
            roff.text([roman(line)]);
            was_command = is_command;
        }
        if was_command {
            example_ends(roff);
        }
    }
}

/// The macro allows hyphens again.
fn example_ends(roff: &mut Roff) -> &mut Roff {
    let roff = roff.control("EE", []);
    roff.control("RE", []).control("nh", [])
}

/// As long as a line of text may be.
const LINE: usize = 78;

/// The page with its characters in ASCII, and its text in lines that are not too long.
fn finished(page: &str) -> String {
    let mut finished = String::new();
    let (mut is_tag, mut is_example) = (false, false);
    for line in page.lines() {
        let mut line: String = line.chars().map(in_ascii).collect();
        is_example = line == ".EX" || (is_example && line != ".EE");
        let is_text = !line.starts_with('.') && !is_tag && !is_example;
        is_tag = line == ".TP";
        while is_text && line.len() > LINE {
            // What begins with a dot would be a request.
            let breaks = line.match_indices(' ').map(|(at, _)| at);
            let breaks = breaks.filter(|at| !line[at + 1..].starts_with(['.', ' ']));
            let (within, beyond): (Vec<usize>, Vec<usize>) = breaks.partition(|at| *at <= LINE);
            let Some(at) = within.last().or(beyond.first()).copied() else {
                break;
            };
            finished += line[..at].trim_end();
            finished.push('\n');
            line.drain(..=at);
        }
        finished += line.trim_end();
        finished.push('\n');
    }
    finished
}

fn in_ascii(character: char) -> String {
    if character.is_ascii() {
        character.to_string()
    } else {
        format!("\\[u{:04X}]", u32::from(character))
    }
}
