//! A server beside a test: how it is started, what it says, and how it ends.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::folder;
use crate::sandbox::Sandbox;

/// How long a server may take to begin. It takes a few seconds at the most.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a server, says `ended` when it does, and ends it when standard input ends: also when the test was killed.
const KEEPER: &str = r#"
exec 3<&0
"$@" <&3 3<&- &
server=$!
{ cat >/dev/null; kill "$server"; } <&3 >/dev/null 2>&1 &
exec 3<&-
wait "$server"
echo ended
"#;

/// A server while it runs. It ends when this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) said: Receiver<String>,
    /// Where its logs are, and what it needs.
    pub(crate) sandbox: Sandbox,
    pub(crate) port: String,
}

impl Server {
    /// Starts a program of this folder, which says its port first of all. `DIRECTORY` among its arguments stands for one of
    /// its own.
    pub(crate) fn announced(command: &[&str]) -> Self {
        let sandbox = Sandbox::new().directory("own");
        let own = sandbox.path("own");
        let mut shell = Command::new("sh");
        // What it puts aside goes with it.
        shell
            .current_dir(folder())
            .env("TMPDIR", sandbox.path("home"));
        let args = command
            .iter()
            .map(|arg| arg.replace("DIRECTORY", own.to_str().unwrap()));
        let args: Vec<String> = args.collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut server = Self::start(sandbox, shell, &args);
        let said = server.said.recv_timeout(PATIENCE);
        match said.as_deref().map(port_in) {
            Ok(Some(port)) => port.clone_into(&mut server.port),
            _ => panic!("{command:?}: {said:?}\n{}", server.log()),
        }
        server
    }

    /// Starts a program with this shell; what it says is on its own.
    pub(crate) fn start(sandbox: Sandbox, mut shell: Command, command: &[&str]) -> Self {
        let mut process = shell
            .args(["-c", KEEPER, "sh"])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(sandbox.path("stderr")).unwrap())
            .spawn()
            .unwrap();
        let (sender, said) = mpsc::channel();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // Nobody may be listening any more; it is read all the same, so that it never waits for that.
                let _ = sender.send(line);
            }
        });
        Self {
            process,
            said,
            sandbox,
            port: String::new(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it has said on what went wrong: the last of it.
    pub(crate) fn log(&self) -> String {
        let mut text = String::new();
        for name in ["stderr", "error.log"] {
            let log = fs::read(self.sandbox.path(name)).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            let lines: Vec<&str> = log.lines().collect();
            let last = lines[lines.len().saturating_sub(20)..].join("\n");
            writeln!(text, "--- its {name} ---\n{last}").unwrap();
        }
        text
    }
}

/// The port in what a server says first: that alone, or an address with it.
fn port_in(said: &str) -> Option<&str> {
    let from = said
        .rsplit_once("127.0.0.1:")
        .map_or(said, |(_, port)| port);
    let port = from.split(|c: char| !c.is_ascii_digit()).next()?;
    port.parse::<u16>().is_ok().then_some(port)
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
