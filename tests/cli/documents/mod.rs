//! The documents as their readers use them: what they say to type is typed, and where they point to is looked.
//!
//! * A `console` block is run: `$ ` begins a command, and what it prints, on either output, is what stands under it, but for
//!   what is another each time: times, rates, boundaries, ports. `BLESS=1 cargo test` writes what was printed.
//! * An `sh`, `bash` or `yaml` block is checked: it is run, too, but no upload is sent (`--dry-run`), programs that are not
//!   what the documents are about do nothing, and what counts is that nothing fails.
//! * `<!-- setup` begins a comment with what is run unseen at that place, to make the files that are named. `answer 503`
//!   there has the server answer the next request so, which otherwise takes everything.
//! * `formpost receive` in a `console` block runs until the next heading; what it says in that time stands under it.

mod host;
mod page;
mod stage;

use std::fs;
use std::path::Path;
use std::thread;

use regex::Regex;
use url::Url;

use crate::golden;
use page::{Act, Command, Page};
use stage::Played;

/// Every document in which somebody is told to type something or to go somewhere.
fn pages() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let docs = docs.map(|path| path.strip_prefix(root).unwrap().to_owned());
    let mut names: Vec<String> = docs
        .map(|path| path.into_os_string().into_string().unwrap())
        .collect();
    names.sort();
    let others = [
        "README.md",
        "CONTRIBUTING.md",
        "fuzz/README.md",
        "tests/corpus/README.md",
    ];
    let names = others.map(String::from).into_iter().chain(names);
    names.map(|name| Page::read(&name)).collect()
}

#[test]
fn what_the_documents_show_is_what_happens() {
    let pages = pages();
    // Most of the time is spent in waiting for what takes its time.
    let played: Vec<Played> = thread::scope(|scope| {
        let plays = pages.iter().map(|page| scope.spawn(|| stage::play(page)));
        let plays: Vec<_> = plays.collect();
        plays.into_iter().map(|play| play.join().unwrap()).collect()
    });
    let mut wrong = Vec::new();
    for (page, played) in pages.iter().zip(&played) {
        let failures = played.failures.iter();
        wrong.extend(failures.map(|failure| format!("{}: {failure}", page.name)));
        if played.failures.is_empty() {
            golden::compare(&page.name, &with_outputs(page, played));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn links_lead_somewhere() {
    let pages = pages();
    let mut wrong = Vec::new();
    for page in &pages {
        for link in &page.links {
            if !leads_somewhere(link, page, &pages) {
                wrong.push(format!("{}: {link}", page.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn benches_and_tests_that_are_named_are_there() {
    let named = Regex::new(r"cargo (bench|test) [^`\n]*--(?:bench|test) ([a-z_]+)").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for page in pages() {
        for found in named.captures_iter(&page.text) {
            let directory = root.join(if &found[1] == "bench" {
                "benches"
            } else {
                "tests"
            });
            let name = &found[2];
            let is_there = directory.join(format!("{name}.rs")).exists()
                || directory.join(name).join("main.rs").exists();
            assert!(is_there, "{}: {}", page.name, &found[0]);
            count += 1;
        }
    }
    assert!(count > 3, "{count} of them were found");
}

#[test]
fn files_that_are_named_are_there() {
    const FOLDERS: &[&str] = &[
        "app",
        "benches",
        "completions",
        "docs",
        "fuzz",
        "multipart",
        "receive",
        "send",
        "src",
        "tests",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for page in pages() {
        for span in &page.spans {
            let (folder, _) = span.split_once('/').unwrap_or_default();
            let is_placeholder = |name: &str| name.chars().all(|c| c.is_ascii_uppercase());
            let is_exact = !span.contains([' ', '…', '*']) && !span.split('/').any(is_placeholder);
            if !FOLDERS.contains(&folder) || !is_exact || span == "multipart/form-data" {
                continue;
            }
            let is_there = root.join(span).exists() || root.join("src").join(span).exists();
            assert!(is_there, "{}: {span}", page.name);
            count += 1;
        }
    }
    assert!(count > 50, "{count} of them were found");
}

/// Whether there is what a link leads to. What is elsewhere is only looked at for being an address.
fn leads_somewhere(link: &str, from: &Page, pages: &[Page]) -> bool {
    if link.contains("://") {
        return Url::parse(link).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let directory = Path::new(&from.name).parent().unwrap();
    let name = match path {
        "" => from.name.clone(),
        path => normal(&directory.join(path)),
    };
    let is_there = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name).exists();
    let page = pages.iter().find(|page| page.name == name);
    is_there && (anchor.is_empty() || page.is_some_and(|page| page.anchors.contains(anchor)))
}

/// Without `..`.
fn normal(path: &Path) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.to_str().unwrap().split('/') {
        match name {
            ".." => {
                names.pop();
            }
            "." => {}
            name => names.push(name),
        }
    }
    names.join("/")
}

/// The document with what was printed; what differs only in what always does is left as it was.
fn with_outputs(page: &Page, played: &Played) -> String {
    let mut text = String::new();
    let mut at = 0;
    for (number, act) in page.acts.iter().enumerate() {
        let Act::Shown(commands) = act else { continue };
        for (index, command) in commands.iter().enumerate() {
            text.push_str(&page.text[at..command.range.start]);
            at = command.range.end;
            let shown = &command.output;
            let printed = played.outputs[&(number, index)].trim_end();
            if same_every_time(command, shown) == same_every_time(command, printed) {
                text.push_str(shown);
            } else {
                let blank = shown.ends_with("\n\n");
                let lines = printed.lines().map(|line| format!("{}\n", line.trim_end()));
                text.extend(lines);
                text.push_str(if blank { "\n" } else { "" });
            }
        }
    }
    text + &page.text[at..]
}

/// Without what is another each time. A receiver that is sent several files at a time tells of them in any order.
fn same_every_time(command: &Command, text: &str) -> String {
    const PATTERNS: &[(&str, &str)] = &[
        ("-{12}[0-9a-z]{28}", "BOUNDARY"),
        ("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "TIME"),
        ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
        (r"[0-9]+([.][0-9]+)? (B|KiB|MiB|GiB)/s", "RATE"),
        (r"[0-9]+([.][0-9]+)? m?s(?-u:\b)", "SECONDS"),
        ("SECONDS, RATE", "SECONDS"),
        ("slowest: [^,\n]+", "slowest: FILE"),
        (
            "(answered|lost) after [^ ]+ [A-Za-z]+ (of|in)",
            "$1 after SIZE $2",
        ),
        (r"(?-u:\b)[0-9]+[.][0-9]{6}(?-u:\b)", "SECONDS"),
        (
            r#""([a-z_]+)":[0-9]+[.][0-9]+(e-[0-9]+)?"#,
            "\"$1\":SECONDS",
        ),
        (r"(127[.]0[.]0[.]1|localhost):[0-9]+", "ADDRESS"),
        (r"(?m)[ \t]+$", ""),
    ];
    let text = text.trim_end().to_owned();
    let text = PATTERNS.iter().fold(text, |text, (pattern, word)| {
        let pattern = Regex::new(pattern).unwrap();
        pattern.replace_all(&text, *word).into_owned()
    });
    let mut lines: Vec<&str> = text.lines().collect();
    if command.text.starts_with("formpost receive") {
        lines.sort_unstable();
    }
    lines.join("\n")
}
