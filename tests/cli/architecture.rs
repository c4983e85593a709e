//! Reads `src/` and holds it to the layout that `CONTRIBUTING.md` describes: who may know whom, one door for each
//! dependency, one place that prints, one that asks the environment, and no attics.
//!
//! It knows no more Rust than it needs: comments, strings and test modules are blanked out, and what is left is a list
//! of paths as `use` and expressions name them. A rule is a question to one path.

use std::fs;
use std::path::Path;

use crate::golden;

/// Which files may name a dependency. A row changes in the commit that needs it.
const DOORS: &[(&str, &[&str])] = &[
    ("anyhow", &["main.rs", "app/"]),
    (
        "base64",
        &[
            "app/plan/request.rs",
            "send/head.rs",
            "send/transfer_encoding.rs",
        ],
    ),
    ("clap", &["app/cli/"]),
    ("clap_complete", &["app/commands/completions/mod.rs"]),
    ("flate2", &["send/coding.rs"]),
    ("form_urlencoded", &["app/plan/encoded.rs"]),
    ("http_body_util", &["receive/server/"]),
    ("httpdate", &["send/policy/retry.rs"]),
    ("humantime", &["app/journal/record.rs", "app/record.rs"]),
    ("hyper", &["receive/server/"]),
    ("hyper_util", &["receive/server/"]),
    ("ignore", &["app/files/globs.rs", "app/files/walk.rs"]),
    ("indicatif", &["app/progress/mod.rs"]),
    ("md5", &["send/checksum.rs", "send/policy/auth.rs"]),
    ("memchr", &["multipart/"]),
    ("mime_guess", &["app/plan/media_types.rs"]),
    (
        "percent_encoding",
        &[
            "app/journal/record.rs",
            "receive/server/acceptance.rs",
            "send/url.rs",
        ],
    ),
    ("pkcs8", &["send/certificate.rs"]),
    ("rand", &["app/random.rs", "receive/store/temporary.rs"]),
    ("roff", &["app/cli/manual.rs"]),
    ("rpassword", &["app/terminal.rs"]),
    (
        "rustix",
        &[
            "app/journal/lock.rs",
            "app/terminal.rs",
            "send/source.rs",
            "send/transport/dial.rs",
            "send/transport/line.rs",
        ],
    ),
    (
        "rustls",
        &["send/certificate.rs", "send/transport/", "send/trust.rs"],
    ),
    ("rustls_native_certs", &["send/trust.rs"]),
    (
        "serde",
        &["app/", "receive/intake.rs", "receive/server/answer.rs"],
    ),
    ("serde_json", &["app/", "receive/server/answer.rs"]),
    (
        "sha2",
        &[
            "receive/content_hash.rs",
            "send/checksum.rs",
            "send/policy/auth.rs",
        ],
    ),
    ("signal_hook", &["app/signals.rs"]),
    (
        "socket2",
        &["send/transport/dial.rs", "send/transport/line.rs"],
    ),
    (
        "tempfile",
        &[
            "app/batch/answers.rs",
            "app/journal/file.rs",
            "app/output/dump.rs",
            "app/plan/spool.rs",
            "receive/store/",
            "send/transport/overflow.rs",
        ],
    ),
    ("terminal_size", &["app/terminal.rs"]),
    ("thiserror", &["everywhere"]),
    ("tokio", &["receive/server/"]),
    ("tokio_rustls", &["receive/server/"]),
    ("unicode_width", &["app/columns.rs"]),
    ("ureq", &["send/client.rs", "send/transport/"]),
    ("ureq_proto", &["send/client.rs", "send/transport/"]),
    ("url", &["send/url.rs"]),
    ("webpki", &["send/certificate.rs", "send/transport/tls.rs"]),
    ("webpki_roots", &["send/trust.rs"]),
    ("zstd", &["send/coding.rs"]),
];

/// Which files may name something of the standard library, and what that is for. The
/// ends of paths are compared; a macro's has its exclamation mark.
const STD_DOORS: &[(&str, &[&str], &[&str])] = &[
    (
        "printing",
        &["print!", "println!", "eprint!", "eprintln!", "dbg!"],
        &["app/report/mod.rs"],
    ),
    (
        "standard output and error",
        &["io::stdout", "io::stderr"],
        &[
            "app/output/mod.rs",
            "app/progress/",
            "app/report/mod.rs",
            "app/terminal.rs",
        ],
    ),
    (
        "the environment",
        &[
            "env::var",
            "env::vars",
            "env::var_os",
            "env::vars_os",
            "env::args",
            "env::args_os",
        ],
        &["main.rs", "app/terminal.rs"],
    ),
    (
        "whether there is a terminal",
        &["io::IsTerminal", "IsTerminal::is_terminal"],
        &["main.rs", "app/terminal.rs"],
    ),
];

/// What each folder of the library may not name: the ends know the format and not each other, and the format does no IO.
const WALLS: &[(&str, &[&str])] = &[
    ("lib.rs", &["crate::app", "formpost::app"]),
    ("send/", &["crate::receive", "crate::app", "formpost"]),
    ("receive/", &["crate::send", "crate::app", "formpost"]),
    (
        "multipart/",
        &[
            "crate::send",
            "crate::receive",
            "crate::app",
            "formpost",
            "std::io",
            "std::fs",
            "std::net",
            "std::time",
            "std::env",
            "std::process",
            "std::thread",
        ],
    ),
];

/// Modules that everything ends up in.
const ATTICS: &[&str] = &[
    "utils",
    "util",
    "common",
    "types",
    "constants",
    "helpers",
    "prelude",
    "misc",
];

#[test]
fn the_source_keeps_to_the_layout() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    read_sources(&root.join("src"), "", &mut files);
    assert!(files.len() > 2, "the sources were not found");
    let dependencies = dependencies(&fs::read_to_string(root.join("Cargo.toml")).unwrap());
    assert!(dependencies.len() > 2, "the dependencies were not found");

    let mut breaches: Vec<String> = files
        .iter()
        .flat_map(|(name, text)| breaches_in(name, text))
        .collect();
    breaches.extend(breaches_of_the_table(&dependencies));

    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn contributing_shows_the_doors() {
    const BEGIN: &str = "<!-- doors: BLESS=1 cargo test writes this table -->\n";
    const END: &str = "<!-- end of doors -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md");
    let text = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();

    let listed = |files: &[&str]| {
        let listed: Vec<String> = files.iter().map(|f| format!("`{f}`")).collect();
        listed.join(", ").replace("`everywhere`", "everywhere")
    };
    let dependencies = DOORS
        .iter()
        .map(|(dependency, files)| (format!("`{dependency}`"), files));
    let others = STD_DOORS
        .iter()
        .map(|(what, _, files)| ((*what).to_owned(), files));
    let rows = dependencies
        .chain(others)
        .map(|(what, files)| format!("| {what} | {} |\n", listed(files)));
    let rows = rows.collect::<String>();
    let table = format!("\n| what | where in `src/` |\n| --- | --- |\n{rows}\n");

    golden::compare(
        "CONTRIBUTING.md",
        &[before, BEGIN, &table, END, after].concat(),
    );
}

/// File, code, and what of the complaint about it is expected.
const BREACHES: &[(&str, &str, &str)] = &[
    (
        "multipart/parse.rs",
        "use std::{fmt, fs::{self, File}};",
        "std::fs",
    ),
    (
        "multipart/parse.rs",
        "fn f() { let t = std::time::Instant::now(); }",
        "std::time",
    ),
    ("multipart/mod.rs", "use super::send::Form;", "crate::send"),
    (
        "send/body.rs",
        "use crate::{multipart::Encoder, receive::store};",
        "crate::receive",
    ),
    (
        "send/policy/retry.rs",
        "use super::super::super::receive::Server;",
        "crate::receive",
    ),
    (
        "receive/store.rs",
        "fn f(form: &crate::send::Form) {}",
        "crate::send",
    ),
    ("lib.rs", "use crate::app::cli::Cli;", "crate::app"),
    ("app/plan.rs", "use ureq::Agent;", "`ureq`"),
    ("send/client.rs", "use {anyhow as a, std::fmt};", "`anyhow`"),
    (
        "send/head.rs",
        "fn f() -> ::indicatif::ProgressBar { todo!() }",
        "`indicatif`",
    ),
    ("app/plan.rs", "fn f() { println!(\"x\"); }", "printing"),
    (
        "send/body.rs",
        "use std::io; fn f() { io::stderr(); }",
        "standard output",
    ),
    (
        "app/exit.rs",
        "use std::io::{Write, stdout};",
        "standard output",
    ),
    (
        "app/plan.rs",
        "fn f() { std::env::var_os(\"HOME\"); }",
        "the environment",
    ),
    (
        "app/plan.rs",
        "use std::io::{IsTerminal, Stdin}; fn f(i: Stdin) { i.is_terminal(); }",
        "terminal",
    ),
    ("app/utils.rs", "", "attic"),
    ("app/common/mod.rs", "", "attic"),
    ("lib.rs", "pub mod prelude { }", "attic"),
    ("app/plan.rs", "use crate::report::*;", "glob"),
    (
        "app/plan.rs",
        "use crate::{cli, report::{Report, *}};",
        "glob",
    ),
];

#[test]
fn each_rule_can_be_broken() {
    for (name, text, expected) in BREACHES {
        let breaches = breaches_in(name, text);
        assert!(
            breaches.iter().any(|breach| breach.contains(expected)),
            "{name}: {text}\nbreaks {expected}, and this was found: {breaches:?}",
        );
    }
    assert_eq!(
        breaches_in("app/plan.rs", "//! x\n\nuse std::fmt;\nuse ureq::Agent;"),
        [
            "src/app/plan.rs:4: names `ureq::Agent`; `ureq` has its door in send/client.rs, send/transport/"
        ],
    );
    assert!(!breaches_of_the_table(&["left-pad".to_owned()]).is_empty());
}

const KEPT: &[(&str, &str)] = &[
    (
        "send/client.rs",
        "use ureq::{Agent, Body};\nuse crate::multipart::{Boundary, encode};",
    ),
    (
        "multipart/mod.rs",
        "//! Fed by [`std::io::Read`].\n/* ureq::Agent /* nested */ stdout() */ use std::fmt;",
    ),
    (
        "multipart/parse.rs",
        "const A: &str = \"std::io\"; const B: &str = r#\"a \" println!(\"#; const C: char = '\"';",
    ),
    (
        "multipart/parse.rs",
        "fn f<'a>(x: &'a [u8]) -> &'a [u8] { x }\n#[cfg(test)]\nmod tests { use super::*; use std::io::Read; fn g() { println!(); } }",
    ),
    (
        "send/head.rs",
        "use self::url::Target;\nuse super::form::Form; fn f() { crate::multipart::boundary::new(); }",
    ),
    (
        "app/report/mod.rs",
        "use std::io::stdout; fn f() { writeln!(stdout(), \"x\"); }",
    ),
    (
        "app/commands/inspect.rs",
        "use formpost::multipart::Parser; use anyhow::Result; use crate::app::plan;",
    ),
    ("receive/error.rs", "#[derive(thiserror::Error)] enum E {}"),
    (
        "app/plan.rs",
        "const F: u32 = 2 * 3; fn f(url: &str, stdout: bool) -> bool { url.is_empty() || print != stdout }",
    ),
];

#[test]
fn what_keeps_the_rules_is_left_alone() {
    for (name, text) in KEPT {
        assert_eq!(
            breaches_in(name, text),
            Vec::<String>::new(),
            "{name}: {text}"
        );
    }
}

/// All Rust files under `directory`, by their names in `src/` with forward slashes.
fn read_sources(directory: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read_sources(&entry.path(), &format!("{name}/"), files);
        } else if Path::new(&name).extension().is_some_and(|e| e == "rs") {
            files.push((name, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

/// The names under `[dependencies]` and `[target.….dependencies]`, as Rust spells them.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut is_within = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_within = line == "[dependencies]" || line.ends_with(".dependencies]");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| is_within) {
            let name = name.split('.').next().unwrap_or(name).trim();
            if !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
            {
                names.push(name.replace('-', "_"));
            }
        }
    }
    names
}

/// A dependency without a row, or a row without a dependency.
fn breaches_of_the_table(dependencies: &[String]) -> Vec<String> {
    let mut breaches = Vec::new();
    for dependency in dependencies {
        if !DOORS.iter().any(|(name, _)| name == dependency) {
            breaches.push(format!(
                "Cargo.toml: `{dependency}` has no door; give it a row in tests/cli/architecture.rs"
            ));
        }
    }
    for (name, _) in DOORS {
        if !dependencies.iter().any(|dependency| dependency == name) {
            breaches.push(format!(
                "tests/cli/architecture.rs: `{name}` has a door and is no dependency"
            ));
        }
    }
    breaches
}

fn breaches_in(name: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let is_attic = |module: &str| ATTICS.contains(&module);
    if name.trim_end_matches(".rs").split('/').any(is_attic) {
        breaches.push(format!(
            "src/{name}:1: an attic; name the module after the one thing that it is"
        ));
    }
    let code = without_tests(&without_text(text));
    for found in paths(&code, &module_of(name)) {
        let line = code[..found.at].matches('\n').count() + 1;
        for rule in rules_broken_by(name, &found.path) {
            breaches.push(format!("src/{name}:{line}: {rule}"));
        }
        if found.follows_mod && is_attic(&found.path) {
            breaches.push(format!(
                "src/{name}:{line}: an attic; name the module after the one thing that it is"
            ));
        }
    }
    breaches
}

fn rules_broken_by(name: &str, path: &str) -> Vec<String> {
    let mut rules = Vec::new();
    let is_in = |places: &[&str]| {
        places.iter().any(|place| {
            *place == "everywhere"
                || *place == name
                || (place.ends_with('/') && name.starts_with(place))
        })
    };
    let first = path.split("::").next().unwrap_or(path);
    for (dependency, files) in DOORS {
        // A single name is a variable or a module as often as it is a crate.
        if first == *dependency && path.len() > first.len() && !is_in(files) {
            rules.push(format!(
                "names `{path}`; `{dependency}` has its door in {}",
                files.join(", ")
            ));
        }
    }
    for (what, ends, files) in STD_DOORS {
        if ends
            .iter()
            .any(|end| path == *end || path.ends_with(&format!("::{end}")))
            && !is_in(files)
        {
            rules.push(format!(
                "names `{path}`; {what}: only in {}",
                files.join(", ")
            ));
        }
    }
    for (folder, walls) in WALLS {
        for wall in *walls {
            if is_in(&[*folder])
                && (path == *wall || path.starts_with(&format!("{wall}::")))
                && path.contains("::")
            {
                rules.push(format!("names `{path}`; {folder} may not know {wall}"));
            }
        }
    }
    if path.ends_with("::*") {
        rules.push(format!("`use {path}` is a glob; name what is used"));
    }
    rules
}

/// The module that a file is, from `crate` on.
fn module_of(name: &str) -> Vec<String> {
    let mut module = vec!["crate".to_owned()];
    for step in name.trim_end_matches(".rs").split('/') {
        if !matches!(step, "mod" | "lib" | "main") {
            module.push(step.to_owned());
        }
    }
    module
}

/// The text with comments and what stands in quotes made blank, and every line where it was.
fn without_text(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = skipped(
            rest,
            code.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        );
        if length == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            let (skipped, after) = rest.split_at(length);
            code.extend(skipped.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = after;
        }
    }
    code
}

/// How long the comment or literal is that `rest` begins with; 0 if it begins with neither.
fn skipped(rest: &str, is_within_word: bool) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if let Some(raw) = rest.strip_prefix('r').filter(|_| !is_within_word) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if let Some(content) = raw[hashes..].strip_prefix('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            return 2
                + hashes
                + content
                    .find(&end)
                    .map_or(content.len(), |at| at + end.len());
        }
    }
    if let Some(content) = rest.strip_prefix('"') {
        return 1 + quoted(content, '"').unwrap_or(content.len());
    }
    // A lifetime has no quote at its end: a character is one character long, or begins with a backslash.
    if let Some(content) = rest.strip_prefix('\'') {
        let is_character = content.starts_with('\\') || content.chars().nth(1) == Some('\'');
        return if is_character {
            1 + quoted(content, '\'').unwrap_or(0)
        } else {
            0
        };
    }
    0
}

/// How far it is to behind the closing quote.
fn quoted(content: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in content.char_indices() {
        if c == quote && !is_escaped {
            return Some(at + 1);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    None
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    for at in 0..rest.len() {
        if rest.as_bytes()[at..].starts_with(b"/*") {
            depth += 1;
        } else if rest.as_bytes()[at..].starts_with(b"*/") {
            depth -= 1;
            // `/*/` opens and does not close.
            if depth == 0 && at > 1 {
                return at + 2;
            }
        }
    }
    rest.len()
}

/// The code with the modules behind `#[cfg(test)]` made blank.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut left = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        let (before, item) = rest.split_at(at);
        left.push_str(before);
        let end = end_of_item(item);
        left.extend(
            item[..end]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' }),
        );
        rest = &item[end..];
    }
    left + rest
}

/// Where an item ends: behind its braces, or behind its semicolon if that comes first.
fn end_of_item(item: &str) -> usize {
    let mut depth = 0;
    for (at, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

/// A path in the code, from `crate`, a dependency or `std` on where that can be told.
struct Found {
    at: usize,
    path: String,
    follows_mod: bool,
}

/// Every path in the code, those in the braces of a `use` one by one.
fn paths(code: &str, module: &[String]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut last_word = String::new();
    while at < code.len() {
        let rest = &code[at..];
        let c = rest.chars().next().unwrap();
        if c.is_ascii_digit() {
            at += rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        } else if is_word(c) || rest.starts_with("::") {
            let length = path_length(rest);
            let path = &rest[..length];
            if last_word == "use" {
                let end = rest.find(';').unwrap_or(rest.len());
                expand(&code[at..at + end], "", at, &mut found);
                at += end;
            } else {
                let is_macro = rest[length..].starts_with('!') && !rest[length..].starts_with("!=");
                found.push(Found {
                    at,
                    path: squeeze(path) + if is_macro { "!" } else { "" },
                    follows_mod: last_word == "mod",
                });
                at += length;
            }
            path.clone_into(&mut last_word);
        } else if last_word == "use" && c == '{' {
            let end = rest.find(';').unwrap_or(rest.len());
            expand(&rest[..end], "", at, &mut found);
            at += end;
        } else {
            at += c.len_utf8();
            if !c.is_whitespace() {
                last_word.clear();
            }
        }
    }
    for one in &mut found {
        one.path = resolved(&one.path, module);
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How far a path reaches: words with `::` between them.
fn path_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        if rest.starts_with("::") && rest[2..].starts_with(is_word) {
            length += 2;
        } else if rest.starts_with(is_word) {
            length += rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        } else if length == 0 {
            return text.find(|c| c != ':').unwrap_or(text.len());
        } else {
            return length;
        }
    }
}

fn squeeze(path: &str) -> String {
    path.trim_start_matches("::").to_owned()
}

/// `a::{b, c::{d, *}}` one by one.
fn expand(tree: &str, prefix: &str, at: usize, found: &mut Vec<Found>) {
    let indent = tree.len() - tree.trim_start().len();
    let (tree, at) = (tree.trim(), at + indent);
    if let Some((head, braced)) = tree.split_once('{') {
        let prefix = format!("{prefix}{}", head.trim());
        let inner = braced.rsplit_once('}').map_or(braced, |(inner, _)| inner);
        let mut begin = 0;
        let mut depth = 0;
        for (end, c) in inner.char_indices().chain([(inner.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(
                        &inner[begin..end],
                        &prefix,
                        at + head.len() + 1 + begin,
                        found,
                    );
                    begin = end + 1;
                }
                _ => {}
            }
        }
    } else if !tree.is_empty() {
        let name = tree.split_whitespace().next().unwrap_or(tree);
        let path = format!("{prefix}{name}");
        let path = path.strip_suffix("::self").unwrap_or(&path);
        // A crate that is only renamed is named all the same.
        let path = if path.contains("::") {
            squeeze(path)
        } else {
            format!("{path}::self")
        };
        found.push(Found {
            at,
            path,
            follows_mod: false,
        });
    }
}

/// The path with `self` and `super` at its beginning put into words.
fn resolved(path: &str, module: &[String]) -> String {
    let mut module = module.to_vec();
    let mut rest = path;
    let mut is_relative = false;
    while let Some((first, after)) = rest.split_once("::") {
        match first {
            "self" => {}
            "super" => drop(module.pop()),
            _ => break,
        }
        is_relative = true;
        rest = after;
    }
    if is_relative {
        format!("{}::{rest}", module.join("::"))
    } else {
        rest.to_owned()
    }
}
