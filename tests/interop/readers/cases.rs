//! The forms that every reader gets, and what should arrive of each.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::manners::{Chunked, Lists, Manners, Names, Order, TypedTexts};
use crate::sandbox::{Invocation, Sandbox};

/// What a pipe has in it that is read ahead, and one that is too long for that.
const SHORT: usize = 5;
const LONG: usize = 3_000_000;

/// More than all buffers on the way hold.
const LARGE: usize = 64 * 1024 * 1024;

/// What the parts of most cases have in them.
const CONTENT: &str = "content";

/// A form, in the words of the command line, and its parts, as they should arrive.
pub(super) struct Case {
    pub(super) about: &'static str,
    args: Vec<String>,
    /// Names and contents.
    files: Vec<(String, Vec<u8>)>,
    /// The name and the length of a file of zeros.
    sparse: Option<(&'static str, u64)>,
    stdin: Option<Vec<u8>>,
    pub(super) framing: &'static str,
    /// Whether the types are looked at, too.
    pub(super) has_types: bool,
    parts: Vec<Value>,
    /// The exit code. With another than 0 nothing is expected of what arrived.
    pub(super) code: i32,
}

/// All of them, as somebody of these manners should take them.
pub(super) fn all(manners: &Manners) -> Vec<Case> {
    let mut cases = vec![
        texts_and_files(),
        types(manners),
        a_thousand_fields(),
        files("20 files under one name", 20, manners),
        files("21 files under one name", 21, manners),
        large(),
    ];
    cases.extend(names(manners));
    cases.extend(pipes(manners));
    cases
}

fn texts_and_files() -> Case {
    Case::new("texts and files in turns, names twice, empty ones, and content like a delimiter")
        .text("t", "1")
        .file("f", "a.txt", "hello\r\n")
        .file("f", "tricky.bin", "\r\n--\r\n\r\n----x\r\n\0\r")
        .text("t", "")
        .file("e", "empty.bin", "")
        .text("long", "two\nlines, @a;type=b")
}

fn types(manners: &Manners) -> Case {
    let given = "text/plain; charset=iso-8859-1";
    let told = if manners.tells_parameters {
        given
    } else {
        "text/plain"
    };
    Case::new("types")
        .typed_file("guessed.pdf", None, "application/pdf")
        .typed_file("unknown", None, "application/octet-stream")
        .typed_file("given", Some("image/x-given"), "image/x-given")
        .typed_file("with_parameter", Some(given), told)
        .json("json", r#"{"a":1}"#, manners.typed_texts)
}

fn a_thousand_fields() -> Case {
    let case = Case::new("1,000 fields");
    (0..1000).fold(case, |case, n| {
        case.text(&format!("n{n}"), &format!("v{n}"))
    })
}

fn files(about: &'static str, count: usize, manners: &Manners) -> Case {
    let name = match manners.lists {
        Lists::OfOneName => "files",
        Lists::InBrackets => "files[]",
    };
    let mut case = (0..count).fold(Case::new(about), |case, n| {
        case.file(name, &format!("file {n}"), &format!("content {n}"))
    });
    case.parts.truncate(manners.files_at_most.unwrap_or(count));
    case
}

fn large() -> Case {
    let mut case = Case::new("64 MiB");
    case.args = vec!["--file".into(), "f=large".into()];
    case.sparse = Some(("large", LARGE as u64));
    case.parts = vec![json!({
        "name": "f",
        "filename": "large",
        "size": LARGE,
        "sha256": "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351",
    })];
    case
}

/// A name that has to be escaped, or only looks so.
struct Awkward {
    about: &'static str,
    sent: String,
    /// Nothing if the form is refused.
    arrives: Option<String>,
    /// Whether with `--form-escape`.
    is_escaped: bool,
}

fn names(manners: &Manners) -> Vec<Case> {
    let files = awkward(&manners.files).map(|name| {
        let case = name.case().file("f", &name.sent, CONTENT);
        case.arriving("filename", name.arrives)
    });
    let fields = awkward(&manners.fields).map(|name| {
        let case = name.case().text(&name.sent, CONTENT);
        case.arriving("name", name.arrives)
    });
    files.into_iter().chain(fields).collect()
}

fn awkward(names: &Names) -> [Awkward; 10] {
    let sent = |about, sent, arrives| Awkward::new(about, sent, Some(arrives));
    let as_it_is = |about, name| sent(about, name, name);
    let long = "中".repeat(85);
    [
        sent("L18: a quote", "q\"uo", names.quote),
        sent("L18: a CR", "c\rr", names.carriage_return),
        sent("L18: an LF", "l\nf", names.line_feed),
        sent("L18: a percent sign", "per%41cent", names.percent),
        sent("L18: a backslash", r"back\slash", names.backslash),
        as_it_is("L18: a semicolon", "semi;colon, 'x'"),
        as_it_is("L18: beyond ASCII", "grüße, 中文 🙂"),
        as_it_is("L18: 255 bytes", &long),
        Awkward::new("L18: a quote, --form-escape", "q\"uo", names.escaped_quote).escaped(),
        sent(
            "L18: a backslash, --form-escape",
            r"back\slash",
            names.escaped_backslash,
        )
        .escaped(),
    ]
}

impl Awkward {
    fn new(about: &'static str, sent: &str, arrives: Option<&str>) -> Self {
        Self {
            about,
            sent: sent.to_owned(),
            arrives: arrives.map(str::to_owned),
            is_escaped: false,
        }
    }

    fn escaped(self) -> Self {
        Self {
            is_escaped: true,
            ..self
        }
    }

    fn case(&self) -> Case {
        let case = Case::new(self.about);
        if self.is_escaped {
            return case.arg("--form-escape");
        }
        case
    }
}

fn pipes(manners: &Manners) -> Vec<Case> {
    let chunked = Case::new("a long pipe").framed("chunked");
    let chunked = match manners.chunked {
        Chunked::Taken => chunked.piped(LONG),
        Chunked::Emptied => chunked.piped(LONG).emptied(),
        // A shorter one would be sent in full before anybody can know.
        Chunked::Unread => chunked.piped(LARGE).ending(8),
    };
    vec![
        Case::new("a short pipe").piped(SHORT),
        chunked,
        Case::new("a long pipe with --spool")
            .arg("--spool")
            .piped(LONG),
    ]
}

impl Case {
    fn new(about: &'static str) -> Self {
        Self {
            about,
            args: Vec::new(),
            files: Vec::new(),
            sparse: None,
            stdin: None,
            framing: "length",
            has_types: false,
            parts: Vec::new(),
            code: 0,
        }
    }

    fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    fn text(mut self, name: &str, content: &str) -> Self {
        self.parts.push(part(name, None, content));
        self.arg("--text").arg(&format!("{name}={content}"))
    }

    fn file(mut self, name: &str, filename: &str, content: &str) -> Self {
        self.parts.push(part(name, Some(filename), content));
        self.files.push((filename.to_owned(), content.into()));
        self.arg("--file").arg(&format!("{name}={filename}"))
    }

    /// A file with this type, or with one that is guessed; and which it should be said to have.
    fn typed_file(mut self, name: &str, given: Option<&str>, told: &str) -> Self {
        let mut part = part(name, Some(name), CONTENT);
        part["content_type"] = json!(told);
        self.parts.push(part);
        self.has_types = true;
        self.files.push((name.to_owned(), CONTENT.into()));
        let given = given.map_or_else(String::new, |given| format!(";type={given}"));
        self.arg("-F").arg(&format!("{name}=@{name}{given}"))
    }

    /// A text with a type.
    fn json(mut self, name: &str, content: &str, typed: TypedTexts) -> Self {
        let mut part = part(name, None, content);
        part["content_type"] = json!((typed != TypedTexts::Untold).then_some("application/json"));
        if typed == TypedTexts::Files {
            part["is_file"] = json!(true);
        }
        self.parts.push(part);
        self.arg("--json-part").arg(&format!("{name}={content}"))
    }

    /// A file out of a pipe, and a text after it.
    fn piped(mut self, length: usize) -> Self {
        let content = vec![b'x'; length];
        self.parts.push(part("f", Some("piped"), &content));
        self.stdin = Some(content);
        self.arg("-F").arg("f=@-;filename=piped").text("t", "1")
    }

    fn framed(mut self, framing: &'static str) -> Self {
        self.framing = framing;
        self
    }

    /// Its one part has another name or filename there; nothing if it is refused.
    fn arriving(mut self, key: &str, value: Option<String>) -> Self {
        let Some(value) = value else {
            return self.ending(4);
        };
        self.parts[0][key] = json!(value);
        self
    }

    /// Nothing of it arrives, although nobody says so.
    fn emptied(mut self) -> Self {
        self.parts.clear();
        self
    }

    fn ending(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    /// The program, about to send it.
    pub(super) fn sent<'a>(&self, sandbox: &'a Sandbox) -> Invocation<'a> {
        let run = sandbox.formpost(&self.args);
        match &self.stdin {
            Some(content) => run.stdin(content.clone()),
            None => run,
        }
    }

    /// A directory with its files in it.
    pub(super) fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::new();
        let sandbox = match self.sparse {
            Some((name, length)) => sandbox.sparse_file(name, length),
            None => sandbox,
        };
        let files = self.files.iter();
        files.fold(sandbox, |sandbox, (name, content)| {
            sandbox.file(name, content)
        })
    }

    /// Its parts as a reader of these manners hands them over.
    pub(super) fn expected(&self, manners: &Manners) -> Vec<Value> {
        let mut parts = self.parts.clone();
        if manners.mangles_field_names {
            for part in &mut parts {
                part["name"] = json!(name_of(part).replace([' ', '.'], "_"));
            }
        }
        if manners.lists == Lists::InBrackets {
            parts = listed(parts);
        }
        ordered(parts, manners.order)
    }
}

/// Of several under one name the last, unless it ends in brackets, which are taken off.
fn listed(parts: Vec<Value>) -> Vec<Value> {
    let mut left: Vec<Value> = Vec::new();
    for mut part in parts {
        let name = name_of(&part);
        match name.strip_suffix("[]") {
            Some(list) => part["name"] = json!(list),
            None => left.retain(|other| name_of(other) != name),
        }
        left.push(part);
    }
    left
}

/// In the order that can be compared: what comes in none is sorted.
pub(super) fn ordered(mut parts: Vec<Value>, order: Order) -> Vec<Value> {
    let is_file = |part: &Value| part["filename"].is_string();
    match order {
        Order::AsSent => {}
        Order::TextsFirst => parts.sort_by_key(is_file),
        Order::ByName => parts.sort_by_key(|part| (is_file(part), name_of(part))),
    }
    parts
}

fn name_of(part: &Value) -> String {
    part["name"].as_str().unwrap_or_default().to_owned()
}

/// What a reader should say of a part.
fn part(name: &str, filename: Option<&str>, content: impl AsRef<[u8]>) -> Value {
    let content = content.as_ref();
    let sha256: Vec<String> = Sha256::digest(content)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    json!({ "name": name, "filename": filename, "size": content.len(), "sha256": sha256.concat() })
}
