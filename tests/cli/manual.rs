//! The man pages, as those read them that show them.

use std::fs;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use crate::tools;

const PAGES: [&str; 6] = [
    "formpost",
    "formpost-try",
    "formpost-receive",
    "formpost-inspect",
    "formpost-journal",
    "formpost-completions",
];

#[cfg(target_os = "linux")]
/// What a program says of a page on standard error, and what it makes of it.
fn shown(program: &str, args: &[&str], page: &str) -> (String, String) {
    let path = tools::of_repository(&format!("completions/{page}.1"));
    let mut command = Command::new(program);
    command.args(args).arg(path).stdin(Stdio::null());
    command.env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8");
    let output = command.output().unwrap();
    let [shown, said] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (said, shown)
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_complains_of_the_man_pages() {
    for (program, args) in [
        ("man", &["--warnings=w", "--local-file"][..]),
        ("groff", &["-ww", "-man", "-Tutf8"]),
        ("mandoc", &["-Tlint", "-Wstyle"]),
    ] {
        for page in PAGES {
            if !tools::is_there(program) {
                continue;
            }
            let (said, shown) = shown(program, args, page);
            assert_eq!(said, "", "{program}: {page}");
            // What lint says is on standard output.
            assert_eq!(shown.is_empty(), program == "mandoc", "{program}: {shown}");
            let longest = shown.lines().map(|line| line.chars().count()).max();
            assert!(program != "man" || longest <= Some(80), "{page}: {shown}");
        }
    }
}

#[test]
fn the_sections_of_a_man_page_have_the_usual_order() {
    const ORDER: [&str; 10] = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "COMMANDS",
        "OPTIONS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "NOTES",
        "EXAMPLES",
    ];
    for page in PAGES {
        let text = fs::read_to_string(tools::of_repository(&format!("completions/{page}.1")));
        let text = text.unwrap();
        let sections = text.lines().filter_map(|line| line.strip_prefix(".SH "));
        let sections: Vec<&str> = sections.map(|name| name.trim_matches('"')).collect();
        let expected = ORDER.into_iter().filter(|name| sections.contains(name));
        let expected: Vec<&str> = expected.chain(["SEE ALSO"]).collect();
        assert_eq!(sections, expected, "{page}");
        for needed in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES"] {
            assert!(sections.contains(&needed), "{page}: {needed}");
        }
    }
}

#[test]
fn the_man_page_names_each_variable_that_is_read() {
    let source = fs::read_to_string(tools::of_repository("src/app/terminal.rs"));
    let source = source.unwrap().replace("\r\n", "\n");
    let page = fs::read_to_string(tools::of_repository("completions/formpost.1")).unwrap();
    let (source, _) = source.split_once("#[cfg(test)]\nmod tests").unwrap();
    let mut found = 0;
    for name in source.split('"').skip(1).step_by(2) {
        let is_variable = name.len() > 3
            && (name.ends_with("_proxy")
                || name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        if is_variable {
            assert!(page.contains(name), "{name}");
            found += 1;
        }
    }
    assert!(found >= 14, "{found}");
}
