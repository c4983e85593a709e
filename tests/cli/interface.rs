//! What the documents and the completions promise: that they say what the program says.

use std::fs;
use std::path::Path;

use crate::golden;
use crate::sandbox::Sandbox;
use crate::wire_tap::{Answer, WireTap};

const SHELLS: [(&str, &str); 11] = [
    ("bash", "formpost.bash"),
    ("zsh", "_formpost"),
    ("fish", "formpost.fish"),
    ("powershell", "_formpost.ps1"),
    ("elvish", "formpost.elv"),
    ("man", "formpost.1"),
    ("man-try", "formpost-try.1"),
    ("man-receive", "formpost-receive.1"),
    ("man-inspect", "formpost-inspect.1"),
    ("man-journal", "formpost-journal.1"),
    ("man-completions", "formpost-completions.1"),
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
fn a_short_help_fits_on_a_screen() {
    let sandbox = Sandbox::new();
    for command in [
        "",
        "try",
        "receive",
        "inspect",
        "journal",
        "journal show",
        "journal merge",
        "completions",
    ] {
        let args = command.split_whitespace().chain(["-h"]);
        let run = sandbox.formpost(args).env("COLUMNS", "80").run();
        let help = run.code(0).stderr("").stdout_text();
        assert!(help.lines().count() <= 37, "{help}");
        let mut lines = help.lines();
        assert!(lines.all(|line| line.chars().count() <= 80), "{help}");
    }
    let help = printed(&["-h"]);
    assert!(help.contains("--help and man formpost have all of it"));
    for option in ["--form ", "--each", "--retry ", "--dry-run"] {
        assert!(help.contains(option), "{option}");
    }
    assert!(!help.contains("--proxy"));
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
        let Some(number) = code.split([' ', ',']).next().filter(|n| !n.is_empty()) else {
            continue;
        };
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

#[test]
fn what_others_call_otherwise_is_answered_with_what_it_is_called_here() {
    let sandbox = Sandbox::new();
    for (args, said) in [
        (&["h", "--retries", "3"][..], "--retry N"),
        (&["h", "-d", "a=b"], "--text NAME=VALUE"),
        (&["h", "--data", "a=b"], "--text NAME=VALUE"),
        (&["h", "--json", "{}"], "--json-part NAME=JSON"),
        (&["h", "--upload", "a"], "-T FILE"),
        (&["h", "--headers", "a: b"], "-H 'NAME: VALUE'"),
        (&["h", "--files", "a"], "--file NAME=PATH"),
        (&["h", "-Z", "a"], "--each"),
        (&["h", "--parallel"], "--jobs N"),
        (&["h", "--url-query", "a=b"], "-G"),
        (&["h", "-I"], "-D FILE"),
        (&["h", "--fail-early"], "--fail-fast"),
        (&["h", "--remove-on-error"], "the exit code"),
        (&["h", "--create-dirs"], "-o FILE"),
        (&["h", "-a", "me"], "-u USER"),
        (&["h", "-:", "a"], "run formpost again"),
        (&["h", "--mail-from", "a"], "HTTP is spoken here"),
        (&["h", "--verify=no"], "-k takes any certificate"),
        (&["h", "--session=me"], "-b FILE"),
        (&["try", "--offline"], "--dry-run"),
        (&["receive", "--port", "1"], "--listen ADDRESS:PORT"),
    ] {
        let outcome = sandbox.formpost(args).run();
        outcome.code(2).stderr_has(said).stderr_lacks("hunter2");
    }
}

#[test]
fn a_word_that_is_no_url_and_an_item_that_is_no_file_are_answered() {
    let sandbox = Sandbox::new();
    for (args, said) in [
        (
            &["POST", "http://h/", "a=b"][..],
            "POST: expected a URL, found a method",
        ),
        (&["put", "http://h/", "a=b"], "-X METHOD"),
        (&["GET", "http://h/"], "GET: expected a URL, found a method"),
        (
            &["--json", "{\"a\": \"hunter2\"}", "h"],
            "--json-part NAME=JSON",
        ),
        (
            &["h", "--retry", "three"],
            "expected a whole number, such as 3",
        ),
        (
            &["recieve", "--dir", "a"],
            "it is an option of formpost receive",
        ),
        (&["serve"], "formpost receive takes uploads"),
        (&["completion", "bash"], "formpost completions SHELL"),
        (&["version"], "formpost --version"),
        (&["receive", "8080"], "--listen ADDRESS:PORT"),
        (
            &["receive", "--listen", "8080"],
            "Usage: formpost receive [OPTIONS]",
        ),
        (
            &["journal", "show", "--outcome", "x"],
            "Usage: formpost journal",
        ),
    ] {
        let outcome = sandbox.formpost(args).run();
        outcome.code(2).stderr_has(said).stderr_lacks("hunter2");
    }
    for (item, said) in [
        (
            "photo@a.jpg",
            "hint: is it a part of the form? -F 'photo=@a.jpg'",
        ),
        ("title=A tree", "-F 'title=A tree'"),
        ("@a", "hint: a FILE has no @ in front: a"),
    ] {
        let run = sandbox.formpost(["http://127.0.0.1:1/", item]).run();
        run.code(6).stderr_has(said);
    }
    for file in ["a.jpg", "some/a@b"] {
        let run = sandbox.formpost(["http://127.0.0.1:1/", file]).run();
        run.code(6).stderr_lacks("hint");
    }
}

#[test]
fn help_is_a_word_as_well() {
    assert_eq!(printed(&["help"]), printed(&["--help"]));
    assert_eq!(
        printed(&["help", "receive"]),
        printed(&["receive", "--help"])
    );
}

#[test]
fn an_option_that_only_curl_has_is_answered_with_what_there_is_instead() {
    let sandbox = Sandbox::new().file("config", "url = h\ncookie-jar = hunter2");
    for (args, said) in [
        (
            &["h", "-c", "jar"][..],
            "unexpected argument '-c' found\n\n  tip: no cookie of an answer is kept",
        ),
        (
            &["h", "--cookie-jar=jar"],
            "unexpected argument '--cookie-jar' found\n\n  tip: no cookie of an answer is kept",
        ),
        (&["h", "-sO"], "tip: -o FILE writes the answer"),
        (&["h", "--speed-time", "5"], "tip: --stall-timeout SECONDS"),
        (&["h", "--http1.0"], "tip: it is HTTP/1.1 that is spoken"),
        (&["h", "--cert-type", "P12"], "[possible values: pem]"),
        (
            &["-K", "config"],
            "config:2: --cookie-jar: there is none here; no cookie",
        ),
    ] {
        let outcome = sandbox.formpost(args).run();
        outcome.code(2).stderr_has(said).stderr_lacks("hunter2");
    }
}

#[test]
fn options_of_curls_that_change_nothing_are_taken() {
    let options = "--http1.1 --http2 --http3 --compressed -N --no-buffer --tcp-nodelay -g --globoff \
                   --keepalive-time 2 --ssl-no-revoke --proxy-basic --cert-type PEM --key-type pem \
                   --no-keepalive --tcp-fastopen --false-start --no-alpn --styled-output --suppress-connect-headers -R \
                   --ignore-stdin --check-status --multipart --fail-with-body --basic -q";
    let options: Vec<&str> = options.split_whitespace().collect();
    for (verbose, notes) in [("-i", false), ("-v", true)] {
        let tap = WireTap::answering([Answer::ok("")]);
        let sandbox = Sandbox::new();
        let run = sandbox.formpost([verbose, "-F", "a=1", &tap.url("/")]);
        // Nothing is there to undo what this would ask for.
        let run = run.args(["-H", "accept-encoding: gzip"]);
        let outcome = run.args(&options).run();
        outcome.code(0);
        for note in [
            "--http2",
            "--http3",
            "--compressed",
            "--keepalive-time",
            "--no-keepalive",
            "--tcp-fastopen",
            "-R",
        ] {
            let note = format!("formpost: {note}: ");
            assert_eq!(outcome.stderr_text().contains(&note), notes, "{note}");
        }
        assert_eq!(tap.request().header("Accept-Encoding"), None);
    }
    let sandbox = Sandbox::new().file("config", "tcp-fastopen\n--no-alpn\nurl = h\nform = a=1");
    let run = sandbox.formpost(["--dry-run", "-v", "-K", "config"]).run();
    run.code(0).stderr_has("--tcp-fastopen: a connection");
}

#[cfg(feature = "receive")]
#[test]
fn options_of_curls_that_change_nothing_are_taken_where_an_upload_is_sent() {
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["try", "--no-alpn", "-F", "a=1"]).run();
    run.code(0);
    let run = sandbox.formpost(["receive", "--no-alpn"]).run();
    run.code(2).stderr_has("'--no-alpn'");
}
