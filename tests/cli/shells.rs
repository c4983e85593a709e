//! The completions, as the shells take them: each file is sourced by its own shell, somebody types the beginning of a
//! word and the tabulator, and the rest of the word appears.

use std::path::Path;

use crate::pseudo_terminal::Terminal;
use crate::sandbox::Sandbox;
use crate::tools;

/// What is typed, and what stands there after the tabulator. A server is called `h`; there are the files
/// `photo.jpg`, `logo@2x.png` and `two words.txt`, and a directory `prints` with `first.jpg`.
const COMPLETED: [(&str, &str); 11] = [
    ("formpost --recurs", "formpost --recursive"),
    ("formpost rec", "formpost receive"),
    ("formpost receive --on-e", "formpost receive --on-exist"),
    ("formpost h pho", "formpost h photo.jpg"),
    ("formpost h -o pho", "formpost h -o photo.jpg"),
    ("formpost h --report=pho", "formpost h --report=photo.jpg"),
    ("formpost h --progress pla", "formpost h --progress plain"),
    ("formpost --progress pla", "formpost --progress plain"),
    (
        "formpost receive --dir pri",
        "formpost receive --dir prints/",
    ),
    (
        "formpost completions man-r",
        "formpost completions man-receive",
    ),
    (
        "formpost --tlsv1.2 -T x h --dump-h",
        "formpost --tlsv1.2 -T x h --dump-header",
    ),
];

/// A file's name with something in front of it.
const COMPLETED_BEHIND_SIGN: [(&str, &str); 14] = [
    ("formpost -F x=@pho", "formpost -F x=@photo.jpg"),
    ("formpost -Fx=@pho", "formpost -Fx=@photo.jpg"),
    ("formpost -F files[]=@pho", "formpost -F files[]=@photo.jpg"),
    ("formpost -F 50%d=@pho", "formpost -F 50%d=@photo.jpg"),
    (
        "formpost -F x=@prints/fi",
        "formpost -F x=@prints/first.jpg",
    ),
    ("formpost h --file x=pho", "formpost h --file x=photo.jpg"),
    ("formpost h --form=x=@pri", "formpost h --form=x=@prints/"),
    (
        "formpost h -F x=@two\\ w",
        "formpost h -F x=@two\\ words.txt",
    ),
    (
        "formpost h -F \"x=@two w",
        "formpost h -F \"x=@two words.txt\"",
    ),
    ("formpost h -F \"x=<pho", "formpost h -F \"x=<photo.jpg\""),
    ("formpost h -F x=@logo@", "formpost h -F x=@logo@2x.png"),
    (
        "formpost h --data-binary @pho",
        "formpost h --data-binary @photo.jpg",
    ),
    ("formpost try -H @pho", "formpost try -H @photo.jpg"),
    (
        "formpost -F a=@logo@2x.png -F b=@pho",
        "formpost -F a=@logo@2x.png -F b=@photo.jpg",
    ),
];

/// What stays as it is: there `@` means nothing, or formpost would read the name, which is `semi;colon` for one, otherwise.
const LEFT_ALONE: [&str; 5] = [
    "formpost -F x=@sem",
    "formpost -F x=@~/pho",
    "formpost --text x=@pho",
    "formpost -u x=@pho",
    "formpost http://h/x=@pho",
];

/// What bash would make something else of: there is `dollar$x`.
const LEFT_ALONE_BY_BASH: [&str; 2] = ["formpost -F \"x=@dol", "formpost -F x=@$PWD/pho"];

fn files() -> Sandbox {
    Sandbox::new()
        .file("photo.jpg", "a photo")
        .file("logo@2x.png", "a logo")
        .file("two words.txt", "words")
        .file("semi;colon", "marks")
        .file("dollar$x", "a sign")
        .directory("prints")
        .file("prints/first.jpg", "a print")
}

/// Somebody in front of a shell, once these lines have been obeyed.
fn in_shell(sandbox: &Sandbox, shell: &str, setup: &[&str]) -> Terminal {
    let shell = format!("exec {shell}");
    let run = sandbox.script(&["PATH=\"${0%/*}:$PATH\"", &shell]);
    let mut terminal = run.env("PS1", "here> ").in_terminal(150);
    terminal.until_screen(|screen| screen.contains("here>"));
    for line in setup.iter().chain(&["clear; echo is'' ready"]) {
        terminal.type_keys(&format!("{line}\r"));
    }
    // What is typed before there is a prompt is not seen by who completes.
    terminal.until_screen(|screen| screen.contains("is ready") && at_prompt(screen));
    terminal
}

/// In front of bash, which has sourced the completions after these lines.
fn in_bash(sandbox: &Sandbox, before: &[&str]) -> Terminal {
    let script = tools::of_repository("completions/formpost.bash");
    let source = format!("source '{}'", script.display());
    let setup = [before, &[&source]].concat();
    in_shell(sandbox, "bash --norc --noprofile -i", &setup)
}

/// In front of zsh, which finds the completions by itself.
fn in_zsh(sandbox: &Sandbox) -> Terminal {
    let folder = tools::of_repository("completions");
    let path = format!("fpath=('{}' $fpath)", folder.display());
    let setup = [&*path, "autoload -U compinit", "compinit -D -u"];
    in_shell(sandbox, "zsh -f -i", &setup)
}

fn at_prompt(screen: &str) -> bool {
    screen.lines().next_back() == Some("here>")
}

/// Types each beginning and the tabulator, and expects what comes of it: what is typed next stands behind it.
fn complete(mut terminal: Terminal, left_alone: &[&'static str]) {
    let completed = COMPLETED.into_iter().chain(COMPLETED_BEHIND_SIGN);
    for (typed, expected) in completed.chain(left_alone.iter().map(|typed| (*typed, *typed))) {
        terminal.type_keys(&format!("{typed}\tZ"));
        let screen = terminal.until_screen(|screen| screen.ends_with('Z'));
        let line = screen.lines().rfind(|line| line.starts_with("here> "));
        // A shell may say that a word, or a value, is to follow.
        let found = line.unwrap()["here> ".len()..]
            .trim_end_matches('Z')
            .trim_end();
        assert_eq!(found.trim_end_matches('='), expected.trim_end_matches('='));
        // Takes the line back.
        terminal.type_keys("\x15");
        terminal.until_screen(at_prompt);
    }
    terminal.type_keys("exit\r");
    terminal.wait().code(0);
}

#[test]
fn bash_completes_options_values_and_files() {
    if tools::is_there("bash") {
        let sandbox = files();
        let terminal = in_bash(&sandbox, &[]);
        complete(terminal, &[&LEFT_ALONE[..], &LEFT_ALONE_BY_BASH].concat());
    }
}

#[test]
fn bash_completes_with_bash_completion_as_well() {
    const COMMON: &str = "/usr/share/bash-completion/bash_completion";
    if tools::is_there("bash") && tools::has(Path::new(COMMON)) {
        let sandbox = files();
        let terminal = in_bash(&sandbox, &[&format!("source {COMMON}")]);
        complete(terminal, &[&LEFT_ALONE[..], &LEFT_ALONE_BY_BASH].concat());
    }
}

#[test]
fn zsh_completes_options_values_and_files() {
    if tools::is_there("zsh") {
        let sandbox = files();
        let terminal = in_zsh(&sandbox);
        complete(terminal, &LEFT_ALONE);
    }
}

/// What is typed in front of a value: each command of the program with each name of each option that takes one, as the
/// help has them.
fn in_front_of_values() -> Vec<String> {
    let mut typed = Vec::new();
    for command in [
        "",
        "try ",
        "receive ",
        "inspect ",
        "journal show ",
        "journal merge ",
        "completions ",
    ] {
        let args = command.split_whitespace().chain(["--help"]);
        let sandbox = Sandbox::new();
        let help = sandbox.formpost(args).run().code(0).stdout_text();
        for line in help.lines().map(str::trim_start) {
            let Some((names, _)) = line
                .split_once(['<', '='])
                .filter(|_| line.starts_with('-'))
            else {
                continue;
            };
            let names = names.trim_end().split(", ");
            let names = names.map(|name| match name.strip_suffix('[') {
                Some(name) => name.to_owned(),
                None => format!("{name} "),
            });
            typed.extend(names.map(|name| format!("formpost {command}{name}")));
        }
    }
    assert!(typed.len() > 120, "{typed:?}");
    typed
}

/// Wants to know, behind each option, what values there are; no shell may complain about its script then.
fn ask_for_values(mut terminal: Terminal) {
    for (number, typed) in in_front_of_values().iter().enumerate() {
        terminal.type_keys(&format!("{typed}\t\t\x15"));
        terminal.type_keys(&format!("clear; echo is'' number {number}\r"));
        let said = format!("is number {number}");
        terminal.until_screen(|screen| {
            for complaint in [
                "_arguments",
                "(eval)",
                "command not found",
                "bad pattern",
                "permission denied",
                "syntax error",
            ] {
                assert!(!screen.contains(complaint), "{typed}: {screen}");
            }
            screen.lines().any(|line| line == said) && at_prompt(screen)
        });
    }
    terminal.type_keys("exit\r");
    terminal.wait().code(0);
}

#[test]
fn bash_has_no_complaint_behind_any_option() {
    if tools::is_there("bash") {
        let sandbox = files();
        let terminal = in_bash(&sandbox, &[]);
        ask_for_values(terminal);
    }
}

#[test]
fn zsh_has_no_complaint_behind_any_option() {
    if tools::is_there("zsh") {
        let sandbox = files();
        let terminal = in_zsh(&sandbox);
        ask_for_values(terminal);
    }
}

#[test]
fn fish_has_no_complaint_behind_any_option() {
    if tools::is_there("fish") {
        let script = tools::of_repository("completions/formpost.fish");
        let sandbox = files();
        let step = format!(
            "exec fish --no-config -c 'source $argv[1]; for typed in $argv[2..]; complete -C $typed; end' '{}' '{}'",
            script.display(),
            in_front_of_values().join("' '")
        );
        sandbox
            .script(&["PATH=\"${0%/*}:$PATH\"", &step])
            .run()
            .code(0)
            .stderr("");
    }
}

/// The last word of a command as a program gets it.
fn last_word(command: &str) -> String {
    let (mut word, mut is_quoted, mut characters) = (String::new(), false, command.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' => word.extend(characters.next()),
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => word.clear(),
            _ => word.push(character),
        }
    }
    word
}

/// fish itself says what it would complete to.
#[test]
fn fish_completes_options_values_and_files() {
    if tools::is_there("fish") {
        let script = tools::of_repository("completions/formpost.fish");
        let offered = |typed: &str| {
            let step = format!(
                "exec fish --no-config -c 'source $argv[1]; complete -C $argv[2]' '{}' '{typed}'",
                script.display()
            );
            let outcome = files().script(&["PATH=\"${0%/*}:$PATH\"", &step]).run();
            let said = outcome.code(0).stderr("").stdout_text();
            let words = said.lines().filter_map(|line| line.split('\t').next());
            words.map(str::to_owned).collect::<Vec<_>>()
        };
        for (typed, expected) in COMPLETED.into_iter().chain(COMPLETED_BEHIND_SIGN) {
            let (found, expected) = (offered(typed), last_word(expected));
            assert!(found.contains(&expected), "{typed}: {found:?}");
        }
        for typed in LEFT_ALONE {
            assert_eq!(offered(typed), [""; 0], "{typed}");
        }
    }
}
