//! Uploads to servers that were not written here: the built program against form readers in common use. A sender tested
//! against its own parser proves that the two agree, not that they are right. `senders` is the same for the receiver;
//! `refusals` are uploads to servers that want none, `proxies` uploads through somebody in between, `kept` uploads over one
//! connection.
//!
//! The servers stand beside this file and are described there; each answers with the parts it found. What they are made
//! of is installed by `setup`, which the first test calls. Where Node, npm or Python 3 is missing the tests say so and
//! end; with `CI` set in the environment that is a failure.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in a test's own machinery fails the test"
)]
#![expect(
    clippy::print_stderr,
    reason = "what a test prints is shown when it fails, and a skipped one says why"
)]

#[path = "../cli/sandbox.rs"]
#[expect(dead_code, reason = "the steps that only the program's own tests take")]
mod sandbox;

/// Connections that are kept.
#[cfg(target_os = "linux")]
mod kept;
/// Those of them that are programs in packages.
#[cfg(target_os = "linux")]
mod packaged;
/// Proxies out of packages.
#[cfg(target_os = "linux")]
mod proxies;
#[cfg(feature = "receive")]
#[path = "../cli/receiver.rs"]
#[expect(dead_code, reason = "the steps that only the program's own tests take")]
mod receiver;
/// Servers that refuse an upload before all of it is there.
mod refusals;
/// The other way round: clients that were not written here.
#[cfg(feature = "receive")]
mod senders;
/// TLS with servers and keys that were not made here.
#[cfg(target_os = "linux")]
mod tls;
/// A server on a socket of this machine.
#[cfg(target_os = "linux")]
mod unix_socket;
#[cfg(target_os = "linux")]
#[path = "../cli/wire_tap.rs"]
#[expect(dead_code, reason = "the steps that only the program's own tests take")]
mod wire_tap;

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use sandbox::{Invocation, Outcome, Sandbox, feed_fifo};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A server, and what is known of its reader.
struct Reader {
    /// What runs it, and the file in this folder that is run.
    runtime: &'static str,
    file: &'static str,
    /// What it makes of the file name `q"uo`, sent as `q%22uo`, as browsers do. Some undo the escape; for the others a
    /// name with a quote in it cannot arrive as it was.
    percent_quote: &'static str,
    /// What it makes of the same, sent as `q\"uo` (`--form-escape`); nothing if it refuses the form.
    backslash_quote: Option<&'static str>,
    /// It hands over texts and files apart, so that their order among each other is lost.
    sorts_texts_first: bool,
    /// It reads without holding what it reads.
    streams: bool,
}

const BUSBOY: Reader = Reader {
    runtime: "node",
    file: "busboy.mjs",
    percent_quote: "q%22uo",
    backslash_quote: Some("q\"uo"),
    sorts_texts_first: false,
    streams: true,
};

const FORMIDABLE: Reader = Reader {
    runtime: "node",
    file: "formidable.mjs",
    percent_quote: "q\"uo",
    // Whatever stands before the last quote is lost.
    backslash_quote: Some("\"uo"),
    sorts_texts_first: false,
    streams: true,
};

const UNDICI: Reader = Reader {
    runtime: "node",
    file: "undici.mjs",
    percent_quote: "q\"uo",
    backslash_quote: None,
    sorts_texts_first: false,
    streams: false,
};

const WERKZEUG: Reader = Reader {
    runtime: ".venv/bin/python",
    file: "werkzeug_server.py",
    percent_quote: "q\"uo",
    backslash_quote: Some("q\"uo"),
    sorts_texts_first: true,
    streams: true,
};

const DEFNULL: Reader = Reader {
    runtime: ".venv/bin/python",
    file: "stdlib_server.py",
    percent_quote: "q\"uo",
    backslash_quote: Some("q\"uo"),
    sorts_texts_first: false,
    streams: true,
};

#[test]
fn busboy_reads_what_was_sent() {
    check(&BUSBOY);
}

#[test]
fn formidable_reads_what_was_sent() {
    check(&FORMIDABLE);
}

#[test]
fn undici_reads_what_was_sent() {
    check(&UNDICI);
}

#[test]
fn werkzeug_reads_what_was_sent() {
    check(&WERKZEUG);
}

#[test]
fn defnull_on_pythons_own_server_reads_what_was_sent() {
    check(&DEFNULL);
}

/// All cases against one server: starting it is what takes the time.
fn check(reader: &Reader) {
    let Some(server) = Server::start(reader) else {
        return;
    };
    texts_and_files(&server);
    names(&server);
    quotes(&server);
    pipes(&server);
    if reader.streams {
        a_gibibyte(&server);
    }
}

fn texts_and_files(server: &Server) {
    let sandbox = Sandbox::new()
        .file("a.txt", "hello\r\n")
        .file("tricky.bin", "\r\n--\r\n\r\n----x\r\n\0\r")
        .file("empty.bin", "");
    let args = [
        "-F",
        "t=1",
        "-F",
        "f=@a.txt",
        "-F",
        "f=@tricky.bin",
        "--text",
        "t=",
        "-F",
        "e=@empty.bin",
        "--text",
        "long=two\nlines, @a;type=b",
    ];
    server.receives(
        sandbox.formpost(args),
        "length",
        &[
            text("t", "1"),
            file("f", "a.txt", "hello\r\n"),
            file("f", "tricky.bin", "\r\n--\r\n\r\n----x\r\n\0\r"),
            text("t", ""),
            file("e", "empty.bin", ""),
            text("long", "two\nlines, @a;type=b"),
        ],
    );
}

fn names(server: &Server) {
    let name = "grüße, 中文 🙂; x='1'.txt";
    let sandbox = Sandbox::new().file(name, "named");
    let part = format!("größe=@\"{name}\"");
    server.receives(
        sandbox.formpost(["-F", &part, "--file", &format!("b={name}")]),
        "length",
        &[file("größe", name, "named"), file("b", name, "named")],
    );
}

fn quotes(server: &Server) {
    let sandbox = Sandbox::new().file("q\"uo", "quoted");
    let run = sandbox.formpost(["--file", "f=q\"uo"]);
    server.receives(
        run,
        "length",
        &[file("f", server.reader.percent_quote, "quoted")],
    );
    let run = sandbox.formpost(["--form-escape", "--file", "f=q\"uo"]);
    match server.reader.backslash_quote {
        Some(name) => server.receives(run, "length", &[file("f", name, "quoted")]),
        None => server.refuses(run),
    }
}

fn pipes(server: &Server) {
    let sandbox = Sandbox::new();
    let long = "0123456789abcdef".repeat(200_000);
    let sent = || sandbox.formpost(["-F", "f=@-;filename=piped", "--text", "t=1"]);
    server.receives(
        sent().stdin("short"),
        "length",
        &[file("f", "piped", "short"), text("t", "1")],
    );
    server.receives(
        sent().stdin(&*long),
        "chunked",
        &[file("f", "piped", &long), text("t", "1")],
    );

    let sandbox = Sandbox::new().fifo("named");
    feed_fifo(sandbox.path("named"), "through a FIFO");
    let run = sandbox.formpost(["-F", "f=@named;filename=piped"]);
    server.receives(run, "length", &[file("f", "piped", "through a FIFO")]);
}

fn a_gibibyte(server: &Server) {
    const GIBIBYTE: u64 = 1024 * 1024 * 1024;
    let sandbox = Sandbox::new().sparse_file("large", GIBIBYTE);
    let part = json!({
        "name": "f",
        "filename": "large",
        "size": GIBIBYTE,
        "sha256": "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14",
    });
    server.receives(sandbox.formpost(["-F", "f=@large"]), "length", &[part]);
}

/// What a server should say of a text.
fn text(name: &str, content: &str) -> Value {
    part(name, &Value::Null, content)
}

/// What a server should say of a file.
fn file(name: &str, filename: &str, content: &str) -> Value {
    part(name, &json!(filename), content)
}

fn part(name: &str, filename: &Value, content: &str) -> Value {
    let sha256: Vec<String> = Sha256::digest(content)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    json!({ "name": name, "filename": filename, "size": content.len(), "sha256": sha256.concat() })
}

/// A server that runs. It ends when its standard input does, and so with this.
struct Server<'a> {
    reader: &'a Reader,
    process: Child,
    port: String,
}

impl<'a> Server<'a> {
    /// Starts it and waits until it has said its port; nothing if what it needs is not there.
    fn start(reader: &'a Reader) -> Option<Self> {
        if !is_there(&format!("uploads to {}", reader.file), is_installed()) {
            return None;
        }
        let mut process = Command::new(reader.runtime)
            .current_dir(folder())
            .arg(reader.file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        said.read_line(&mut port).unwrap();
        assert!(!port.is_empty(), "{} ended before it began", reader.file);
        // Whatever else it says is read, so that it never waits for that.
        std::thread::spawn(move || io::copy(&mut said, &mut io::sink()));
        Some(Self {
            reader,
            process,
            port: port.trim().to_owned(),
        })
    }

    fn answer(&self, run: Invocation) -> Outcome {
        run.arg(format!("http://127.0.0.1:{}/", self.port)).run()
    }

    /// Expects the upload to succeed, and the server to have found these parts.
    #[track_caller]
    fn receives(&self, run: Invocation, framing: &str, parts: &[Value]) {
        let outcome = self.answer(run);
        outcome.code(0);
        let answer = outcome.json();
        let mut got: Vec<Value> = answer["parts"].as_array().unwrap().clone();
        for part in &mut got {
            part.as_object_mut().unwrap().remove("content_type");
        }
        let mut expected = parts.to_vec();
        if self.reader.sorts_texts_first {
            expected.sort_by_key(|part| part["filename"].is_string());
        }
        assert!(
            got == expected && answer["framing"] == framing,
            "{}\n--- expected, with {framing} ---\n{}\n--- got, with {} ---\n{}",
            self.reader.file,
            lines(&expected),
            answer["framing"],
            lines(&got),
        );
    }

    /// Expects the server to call the form malformed.
    #[track_caller]
    fn refuses(&self, run: Invocation) {
        self.answer(run).code(4);
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn lines(parts: &[Value]) -> String {
    let lines: Vec<String> = parts.iter().map(Value::to_string).collect();
    lines.join("\n")
}

/// Whether what a test needs is there; if not, that is said, and a failure with `CI` set.
fn is_there(what: &str, needed: Result<(), String>) -> bool {
    let Err(reason) = needed else {
        return true;
    };
    assert!(!is_ci(), "{what}: {reason}");
    eprintln!("SKIPPED: {what}: {reason}");
    false
}

/// Whether this can be run at all.
fn starts(tool: &str, arg: &str) -> Result<(), String> {
    let run = Command::new(tool)
        .arg(arg)
        .current_dir(folder())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match run {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("there is no {tool} here")),
    }
}

/// Says something that is to be read also when the test succeeds: past the capture of its output.
fn say(what: &str) {
    let said = writeln!(io::stderr(), "{what}");
    said.unwrap();
}

/// Node, Python and what belongs to them.
fn is_installed() -> Result<(), String> {
    static READY: OnceLock<Result<(), String>> = OnceLock::new();
    READY.get_or_init(set_up).clone()
}

/// Installs what the servers are made of, unless that is done. An error says why it cannot be.
fn set_up() -> Result<(), String> {
    for tool in ["bash", "node", "npm", "python3"] {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            return Err(format!("there is no {tool} here"));
        }
    }
    let output = Command::new("bash").arg(folder().join("setup")).output();
    let output = output.map_err(|error| format!("setup does not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("tests/interop/setup failed:\n{said}"))
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop"))
}

#[expect(clippy::disallowed_methods, reason = "this is for who runs the tests")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}
