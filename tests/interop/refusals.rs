//! Servers that refuse an upload before all of it is there. Each has its own way of ending the connection then; whatever
//! it is, the answer has to be seen, every time.

use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::{is_installed, is_there, say};

/// How many uploads each server refuses.
const TIMES: usize = 20;

/// More than all buffers on the way hold.
const LENGTH: u64 = 60 * 1024 * 1024;

impl Server {
    /// Uploads again and again, and expects this answer each time.
    #[track_caller]
    pub(crate) fn refuses(&self, name: &str, path: &str, status: u16) {
        let sandbox = Sandbox::new().sparse_file("large", LENGTH);
        let code = i32::from(status / 100);
        let mut lost = Vec::new();
        for _ in 0..TIMES {
            let outcome = sandbox
                .formpost(["-F", "file=@large", &self.url(path)])
                .run();
            let said = outcome.stderr_text();
            if outcome.exit_code() != Some(code) || !said.contains(&status.to_string()) {
                lost.push(said);
            }
        }
        say(&format!("{name}: {} of {TIMES}", TIMES - lost.len()));
        assert!(
            lost.is_empty(),
            "{name}: {status} was expected; this was said instead:\n{}\n{}",
            lost.concat(),
            self.log()
        );
    }
}

fn check(name: &str, command: &[&str]) {
    if is_there(&format!("refusals by {name}"), is_installed()) {
        Server::announced(command).refuses(name, "/", 413);
    }
}

#[test]
fn a_refusal_by_gunicorn_is_seen() {
    let gunicorn = [".venv/bin/python", "-m", "gunicorn"];
    let settings = [
        "-c",
        "servers/python/refuse_gunicorn.py",
        "--chdir",
        "servers/python",
    ];
    check("gunicorn", &[&gunicorn[..], &settings].concat());
}

#[test]
fn a_refusal_by_node_is_seen() {
    check("Node", &["node", "servers/node/refuse.mjs"]);
}

#[test]
fn a_refusal_by_pythons_own_server_is_seen() {
    check(
        "http.server",
        &[".venv/bin/python", "servers/python/refuse_stdlib.py"],
    );
}
