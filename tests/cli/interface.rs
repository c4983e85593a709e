//! What the documents and the completions promise: that they say what the program says.

use std::fs;
use std::path::Path;

use crate::golden;
use crate::sandbox::Sandbox;

const SHELLS: [(&str, &str); 6] = [
    ("bash", "formpost.bash"),
    ("zsh", "_formpost"),
    ("fish", "formpost.fish"),
    ("powershell", "_formpost.ps1"),
    ("elvish", "formpost.elv"),
    ("man", "formpost.1"),
];

fn printed(args: &[&str]) -> String {
    let sandbox = Sandbox::new();
    let outcome = sandbox.formpost(args).env("COLUMNS", "100").run();
    outcome.code(0).stderr("");
    outcome.stdout_text()
}

#[test]
fn completions_and_manual_are_what_the_program_prints() {
    for (shell, file) in SHELLS {
        golden::compare(
            &format!("completions/{file}"),
            &printed(&["completions", shell]),
        );
    }
}

#[test]
fn the_readme_has_the_help_that_the_program_prints() {
    const BEGIN: &str = "<!-- formpost -h -->\n\n```text\n";
    const END: &str = "```\n\n<!-- end of formpost -h -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let help = printed(&["-h"]);
    golden::compare("README.md", &format!("{before}{BEGIN}{help}{END}{after}"));
}

#[test]
fn the_readme_names_every_exit_code() {
    let help = printed(&["--help"]);
    let codes = help.split_once("Exit codes:\n").unwrap().1;
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for code in codes.lines().map_while(|line| line.strip_prefix("  ")) {
        let number = code.split(' ').next().unwrap();
        assert!(
            readme.contains(&format!("| {number}")),
            "{number} is not in the table"
        );
    }
}

#[test]
fn the_program_says_its_version() {
    assert_eq!(
        printed(&["--version"]),
        concat!("formpost ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn an_option_that_is_nearly_right_is_guessed() {
    Sandbox::new()
        .formpost(["--chunkd", "http://nowhere.invalid/", "a"])
        .run()
        .code(2)
        .stderr_has("--chunked")
        .stderr_has("Usage:");
}
