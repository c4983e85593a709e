//! Uploads to form readers in common use: each answers with the parts it found.
//!
//! The servers stand in `servers/`, by language, and are described there; how each is started, and what is known of its
//! manners, stands in the module of what it runs on.

mod node;
mod python;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::sandbox::{Invocation, Outcome, Sandbox, feed_fifo};
use crate::server::Server;
use crate::{is_installed, is_there};

/// A server, and what is known of its reader.
struct Reader {
    name: &'static str,
    /// What runs it, and the file that is run.
    command: &'static [&'static str],
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

/// All cases against one server: starting it is what takes the time.
fn check(reader: &Reader) {
    let Some(server) = Served::start(reader) else {
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

fn texts_and_files(server: &Served) {
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

fn names(server: &Served) {
    let name = "grüße, 中文 🙂; x='1'.txt";
    let sandbox = Sandbox::new().file(name, "named");
    let part = format!("größe=@\"{name}\"");
    server.receives(
        sandbox.formpost(["-F", &part, "--file", &format!("b={name}")]),
        "length",
        &[file("größe", name, "named"), file("b", name, "named")],
    );
}

fn quotes(server: &Served) {
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

fn pipes(server: &Served) {
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

fn a_gibibyte(server: &Served) {
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

/// A reader while it runs.
struct Served<'a> {
    reader: &'a Reader,
    server: Server,
}

impl<'a> Served<'a> {
    /// Nothing if what it needs is not there.
    fn start(reader: &'a Reader) -> Option<Self> {
        let what = format!("uploads to {}", reader.name);
        is_there(&what, is_installed()).then(|| Self {
            reader,
            server: Server::announced(reader.command),
        })
    }

    fn answer(&self, run: Invocation) -> Outcome {
        run.arg(self.server.url("/")).run()
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
            self.reader.name,
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

fn lines(parts: &[Value]) -> String {
    let lines: Vec<String> = parts.iter().map(Value::to_string).collect();
    lines.join("\n")
}
