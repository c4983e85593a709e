//! A document as a reader sees it: its blocks of commands, its headings, its links.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of what Markdown can be is of no interest here"
)]

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::ops::Range;
use std::path::Path;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A document of the repository.
pub(crate) struct Page {
    /// Its path in the repository.
    pub(crate) name: String,
    pub(crate) text: String,
    /// What is run, in the order of the document.
    pub(crate) acts: Vec<Act>,
    /// What can be jumped to in it.
    pub(crate) anchors: BTreeSet<String>,
    /// Where its links lead.
    pub(crate) links: Vec<String>,
    /// What stands in it as code, within a sentence or a table.
    pub(crate) spans: Vec<String>,
}

/// Something that is to be run, or has to be known to run the rest.
pub(crate) enum Act {
    /// A heading: what was started under the last one ends.
    Section,
    /// What the reader does not see: it makes the files that the rest needs.
    Setup(String),
    /// Commands whose outputs stand in the document.
    Shown(Vec<Command>),
    /// Commands that only have to be right.
    Checked(String),
}

/// A command, and what stands under it.
pub(crate) struct Command {
    pub(crate) text: String,
    pub(crate) output: String,
    /// Where in the document that output stands.
    pub(crate) range: Range<usize>,
}

impl Page {
    pub(crate) fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        let mut page = Self {
            name: name.to_owned(),
            acts: Vec::new(),
            anchors: BTreeSet::new(),
            links: Vec::new(),
            spans: Vec::new(),
            text: String::new(),
        };
        page.take_in(&text);
        page.text = text;
        page
    }

    fn take_in(&mut self, text: &str) {
        let mut heading: Option<String> = None;
        let mut block: Option<(String, Range<usize>)> = None;
        let mut seen = HashMap::new();
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => {
                    self.acts.push(Act::Section);
                    heading = Some(String::new());
                }
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = anchor(&heading.take().unwrap());
                    let count = seen.entry(anchor.clone()).or_insert(0_u32);
                    self.anchors.insert(match *count {
                        0 => anchor,
                        count => format!("{anchor}-{count}"),
                    });
                    *count += 1;
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    block = Some((language.into_string(), 0..0));
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((language, range)) = block.take() {
                        self.acts.extend(act(&language, text, range));
                    }
                }
                Event::Text(_) if let Some((_, known)) = &mut block => {
                    *known = if known.end == 0 {
                        range
                    } else {
                        known.start..range.end
                    };
                }
                Event::Code(words) if heading.is_none() => {
                    // As tables of what others call it have it.
                    let is_command = words.starts_with("formpost ") && words.contains(" URL");
                    if is_command && !words.contains('…') {
                        self.acts.push(Act::Checked(words.to_string()));
                    }
                    self.spans.push(words.into_string());
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::Start(Tag::HtmlBlock) => self.acts.extend(setup(&text[range])),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    self.links.push(dest_url.into_string());
                }
                _ => {}
            }
        }
    }
}

/// The name that a heading has in links, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    let lower = kept.flat_map(char::to_lowercase);
    lower.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The lines between `<!-- setup` and `-->`.
fn setup(html: &str) -> Option<Act> {
    let lines = html.trim().strip_prefix("<!-- setup\n")?;
    Some(Act::Setup(lines.strip_suffix("-->")?.to_owned()))
}

fn act(language: &str, text: &str, range: Range<usize>) -> Option<Act> {
    match language {
        "console" => Some(Act::Shown(commands(text, range))),
        "sh" | "bash" => Some(Act::Checked(text[range].to_owned())),
        "yaml" => {
            let lines = workflow_commands(&text[range]);
            (!lines.is_empty()).then_some(Act::Checked(lines))
        }
        _ => None,
    }
}

/// The commands of a block, each behind `$ ` and perhaps going on behind `> `, and what stands under them.
fn commands(text: &str, range: Range<usize>) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut at = range.start;
    for line in text[range].split_inclusive('\n') {
        at += line.len();
        let typed = line.trim_end_matches('\n');
        let last = commands.last_mut();
        match (typed.strip_prefix("$ "), last) {
            (_, Some(command)) if command.output.is_empty() && is_open(&command.text) => {
                command.text.push('\n');
                command
                    .text
                    .push_str(typed.strip_prefix("> ").unwrap_or(typed));
                command.range = at..at;
            }
            (Some(typed), _) => commands.push(Command {
                text: typed.to_owned(),
                output: String::new(),
                range: at..at,
            }),
            (None, Some(command)) => {
                command.output.push_str(line);
                command.range.end = at;
            }
            (None, None) => panic!("a block begins with what is no command: {line}"),
        }
    }
    commands
}

/// Whether a shell would wait for more: behind a backslash, a pipe, in quotes, in a here-document.
fn is_open(command: &str) -> bool {
    let is_odd = |quote| command.matches(quote).count() % 2 == 1;
    command.ends_with(['\\', '|'])
        || command.ends_with("&&")
        || is_odd('\'')
        || is_odd('"')
        || here_document(command).is_some_and(|end| command.lines().skip(1).all(|line| line != end))
}

/// What ends the here-document that a command begins.
fn here_document(command: &str) -> Option<&str> {
    let (_, word) = command.split_once("<<")?;
    // <<< is followed by the text itself.
    let word = word.split_whitespace().next()?;
    (!word.starts_with('<')).then(|| word.trim_matches(['\'', '"', '-']))
}

/// The commands in a workflow or a manifest: lines that begin with the program's name, and the options that they go on with.
/// What a workflow puts in is there as a word, and what stands at the root is looked for where the commands run.
fn workflow_commands(text: &str) -> String {
    let mut commands = String::new();
    for line in text.lines() {
        let starts = ["- ", "run: ", "script: ", "exec "];
        let line = starts.iter().fold(line.trim(), |line, start| {
            line.strip_prefix(start).unwrap_or(line)
        });
        let is_option = line.starts_with("--") || line.starts_with("-K ");
        if line.starts_with("formpost ") {
            commands.push('\n');
        } else if !is_option || commands.is_empty() {
            continue;
        }
        // What is done after a failure is not what is checked.
        let line = line.split(" || ").next().unwrap_or_default();
        let line = line.replace(" /", " ./").replace("\"/", "\"./");
        commands.push_str(&without_expressions(line.trim_end_matches('\\')));
        commands.push(' ');
    }
    commands
}

/// With `1` for each `${{ … }}`.
fn without_expressions(line: &str) -> String {
    let mut words = line.split("${{");
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |line, rest| {
        let (_, rest) = rest.split_once("}}").unwrap_or(("", rest));
        line + "1" + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_githubs() {
        for (heading, expected) in [
            ("How fast", "how-fast"),
            ("Coming from curl / HTTPie", "coming-from-curl--httpie"),
            ("\"My file arrived\", they say.", "my-file-arrived-they-say"),
        ] {
            assert_eq!(anchor(heading), expected);
        }
    }

    #[test]
    fn a_block_is_commands_and_their_outputs() {
        let text = "$ a \\\n>   b\nc\n\n$ cat <<'E'\nd\nE\n$ f <<<x\n> g\n";
        let commands = commands(text, 0..text.len());
        let found: Vec<_> = commands
            .iter()
            .map(|c| (&*c.text, &*c.output, &text[c.range.clone()]))
            .collect();
        let expected = [
            ("a \\\n  b", "c\n\n", "c\n\n"),
            ("cat <<'E'\nd\nE", "", ""),
            ("f <<<x", "> g\n", "> g\n"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_workflow_has_commands_in_it() {
        let text = "steps:\n  - run: formpost ${{ a }}/4 \\\n      --b /c\n  - run: other\n";
        assert_eq!(workflow_commands(text), "\nformpost 1/4  --b ./c ");
    }
}
