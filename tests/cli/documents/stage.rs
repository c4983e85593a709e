//! Where the commands of a document are run: a directory of its own, bash, and programs that lead to this test's servers.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use regex::Regex;

use super::host::Host;
use super::page::{Act, Page};
use crate::sandbox::{PROGRAM, Sandbox};

/// What stands before all commands.
const PRELUDE: &str = include_str!("prelude.bash");

/// Programs that documents speak of and that are not what they are about. Where commands are only checked, these do
/// nothing.
const STAND_INS: &[&str] = &[
    "apt",
    "cargo",
    "crontab",
    "curl",
    "docker",
    "dpkg",
    "gh",
    "glab",
    "http",
    "jq",
    "kubectl",
    "lcov",
    "make",
    "mysqldump",
    "npm",
    "op",
    "openssl",
    "parallel",
    "pass",
    "pg_dump",
    "rustup",
    "sbatch",
    "scp",
    "secret-tool",
    "ssh",
    "sudo",
    "systemctl",
    "valgrind",
    "vault",
    "wget",
    "xh",
];

/// What a document's commands printed.
pub(crate) struct Played {
    /// By the number of the act, and that of the command in it.
    pub(crate) outputs: HashMap<(usize, usize), String>,
    /// The checked blocks that failed, with what they said.
    pub(crate) failures: Vec<String>,
}

/// Runs all of a document.
pub(crate) fn play(page: &Page) -> Played {
    let sandbox = Sandbox::new();
    // Beside the directory that the commands run in, which is the document's alone.
    let tools = sandbox.path("home").join("tools");
    let answers = sandbox.path("home").join("answers");
    let host = Host::start(hosts(page), &answers);
    let authority = sandbox.path("home").join("authority.pem");
    fs::write(&authority, &host.certificate).unwrap();
    set_up(&tools, page, &sandbox.path("work"));

    let script = sandbox.path("home").join("script");
    fs::write(&script, script_of(page)).unwrap();
    let run = sandbox.script(&["cd work", "exec bash ../home/script"]);
    let outcome = run
        .env("PROGRAM", PROGRAM)
        .env("ANSWERS", &answers)
        .env("HOST_PORT", host.port.to_string())
        .env("SSL_CERT_FILE", &authority)
        .env("TOOLS", &tools)
        .env("LC_ALL", "C.UTF-8")
        .env("COLUMNS", "100")
        .run();
    gather(page, &outcome.stderr_text())
}

/// The hosts that a document names, for the certificate.
fn hosts(page: &Page) -> Vec<String> {
    let host = Regex::new(r"https://([a-z0-9.-]+[a-z0-9])").unwrap();
    let hosts = host
        .captures_iter(&page.text)
        .map(|found| found[1].to_owned());
    let mut hosts: Vec<String> = hosts.chain([String::from("example.com")]).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// Makes the programs that commands find, and the scripts of the repository that they name by their paths.
fn set_up(tools: &Path, page: &Page, work: &Path) {
    let stand_ins = tools.join("stand-ins");
    fs::create_dir_all(&stand_ins).unwrap();
    fs::create_dir(work).unwrap();
    executable(&tools.join("formpost"), include_str!("formpost.bash"));
    executable(&tools.join("curl"), include_str!("curl.bash"));
    symlink(tools.join("formpost"), stand_ins.join("formpost")).unwrap();
    for name in STAND_INS {
        executable(&stand_ins.join(name), "#!/bin/sh\n");
    }
    for act in &page.acts {
        let Act::Checked(text) = act else { continue };
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        for word in text.split_whitespace().filter(|word| word.contains('/')) {
            let is_script = fs::metadata(repository.join(word))
                .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o100 != 0);
            if is_script && !word.starts_with('/') {
                executable(&work.join(word), "#!/bin/sh\n");
            }
        }
    }
}

fn executable(path: &PathBuf, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// All of it as one script, in which each step says where its output ends.
fn script_of(page: &Page) -> String {
    let mut lines = vec![String::from(PRELUDE), String::from("PATH=$TOOLS:$PATH")];
    for (number, act) in page.acts.iter().enumerate() {
        match act {
            Act::Section => lines.push(String::from("receiver_stop")),
            Act::Setup(text) => {
                lines.push(text.clone());
                lines.push(format!("ended {number}.setup"));
            }
            Act::Shown(commands) => {
                for (at, command) in commands.iter().enumerate() {
                    let step = format!("{number}.{at}");
                    lines.push(command_line(&command.text, &step));
                    lines.push(format!("ended {step}"));
                }
            }
            Act::Checked(text) => {
                let path = "PATH=$TOOLS/stand-ins:$PATH; export CHECKING=1";
                lines.push(format!("({path}; set -e\n{text}\n)\nended {number}.0"));
            }
        }
    }
    lines.push(String::from("receiver_stop\n"));
    lines.join("\n")
}

/// The command as it is typed, or a receiver that goes on behind it.
fn command_line(typed: &str, step: &str) -> String {
    match typed.strip_prefix("formpost receive") {
        Some(rest) if !rest.contains("--help") => {
            let name = listening(rest);
            format!("receiver_stop; receiver {step} {name} receive{rest}")
        }
        _ => typed.to_owned(),
    }
}

/// Where a document has its receiver listen.
fn listening(words: &str) -> &str {
    let mut words = words
        .split_whitespace()
        .skip_while(|word| *word != "--listen");
    words.nth(1).unwrap_or("127.0.0.1:8080")
}

/// Takes what the script printed apart.
fn gather(page: &Page, printed: &str) -> Played {
    let mut outputs: HashMap<(usize, usize), String> = HashMap::new();
    let mut failures = Vec::new();
    let mut over = Vec::new();
    for step in printed.split_terminator('\u{1f}') {
        let (output, end) = step.rsplit_once('\u{1e}').unwrap_or((step, ""));
        let (number, code) = end.split_once(' ').unwrap_or_default();
        let Some((act, at)) = number.split_once('.') else {
            failures.push(format!("the script ended in the middle: {output}"));
            break;
        };
        let act: usize = act.parse().unwrap();
        over.push(act);
        match (&page.acts[act], at.parse()) {
            (Act::Shown(_), Ok(at)) => outputs.entry((act, at)).or_default().push_str(output),
            _ if code == "0" => {}
            (Act::Setup(text) | Act::Checked(text), _) => {
                failures.push(format!("exit code {code} of\n{text}\n{output}"));
            }
            (Act::Section | Act::Shown(_), _) => unreachable!("it has no such step"),
        }
    }
    let wanted = page.acts.iter().enumerate();
    let wanted = wanted.filter(|(_, act)| !matches!(act, Act::Section));
    if let Some((_, act)) = wanted
        .into_iter()
        .find(|(number, _)| !over.contains(number))
    {
        failures.push(format!("was not come to: {}", first_line(act)));
    }
    Played { outputs, failures }
}

fn first_line(act: &Act) -> &str {
    let text = match act {
        Act::Section => "",
        Act::Setup(text) | Act::Checked(text) => text,
        Act::Shown(commands) => commands.first().map_or("", |command| &command.text),
    };
    text.lines().next().unwrap_or_default()
}
