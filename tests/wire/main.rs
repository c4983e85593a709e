//! The format from outside: whole bodies in, events out, however they are cut.
//!
//! Every body goes through [`parse`](feeding::parse), which feeds it in many ways and demands one outcome. What a
//! body should give is written by hand from the rules: in `corpus/` as files, here where bodies are
//! big or made by a rule. Single functions are tested beside their code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod feeding;
mod invariants;
mod limits;
mod round_trip;
#[cfg(test)]
mod seeds;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use formpost::multipart::{
    Boundary, ContentType, Dialect, Disposition, Encoder, Escape, Event, Limits, Parser, PartHead,
};

use feeding::{Outcome, Received, Setting, parse, run, run_late};

// ---------------------------------------------------------------------------------------------
// The corpus

/// What a `.expect` file says: `boundary`, `dialect` and `limit` lines, then the outcome as
/// [`describe`] writes it. Lines that begin with `#` are for readers.
struct Expectation {
    setting: Setting,
    outcome: String,
}

fn read_expectation(path: &Path) -> Expectation {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut expectation = Expectation {
        setting: Setting::new("B"),
        outcome: String::new(),
    };
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if !expectation.setting.take(line) {
            writeln!(expectation.outcome, "{line}").unwrap();
        }
    }
    expectation
}

/// An outcome in the words of a `.expect` file.
fn describe(outcome: &Outcome) -> String {
    let mut text = String::new();
    for Received { head, content } in &outcome.parts {
        text.push_str("part");
        for (name, value) in [
            ("name", &head.name),
            ("filename", &head.filename),
            ("type", &head.content_type),
        ] {
            if let Some(value) = value {
                write!(text, " {name}={value:?}").unwrap();
            }
        }
        writeln!(text, " at {}", head.content_offset).unwrap();
        for oddity in &head.oddities {
            writeln!(text, "odd {oddity}").unwrap();
        }
        writeln!(text, "content \"{}\"", content.escape_ascii()).unwrap();
    }
    match &outcome.end {
        Ok(()) => text.push_str("end\n"),
        Err(error) => writeln!(text, "error {} at {}", error.kind.as_str(), error.offset).unwrap(),
    }
    text
}

fn corpus() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let folders = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let folders = folders.filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn the_corpus_gives_what_is_written_beside_it() {
    let bodies: Vec<_> = corpus()
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "body")
        })
        .collect();
    assert!(
        bodies.len() >= 241,
        "only {} bodies were found",
        bodies.len()
    );
    let mut failures = String::new();
    for path in bodies {
        let Expectation { setting, outcome } = read_expectation(&path.with_extension("expect"));
        let found = describe(&parse(&setting, &fs::read(&path).unwrap()));
        if found != outcome {
            writeln!(
                failures,
                "{}\nexpected\n{outcome}found\n{found}",
                path.display()
            )
            .unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_expectation_has_its_body() {
    for path in corpus() {
        assert!(
            path.with_extension("body").exists(),
            "{} has no body",
            path.display()
        );
    }
}

// ---------------------------------------------------------------------------------------------
// Out and in again

/// Contents that look like what they are not. None holds a whole delimiter of `XBOUNDARY`.
const HOSTILE: &[&[u8]] = &[
    b"",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"-",
    b"--",
    b"\r\n-",
    b"\r\n--",
    b"\r\n--X",
    b"\r\n--XBOUND",
    b"\r\n--XBOUNDAR",
    b"\r\r\n--XBOUNDAR\r\n--XBOUNDAR\r",
    b"\r\n\r\n--XBOUNDAR\r\n",
    b"--XBOUNDARY",
    b"--XBOUNDARY--",
    b"--XBOUNDARY\r\n",
    b"\r--XBOUNDARY\r\n",
    b"\n--XBOUNDARY--\r\n",
    b"XBOUNDARY",
    b"\r\n--XBOUNDARYX\r\n",
    b"\r\n--XBOUNDARY-",
    b"\r\n--XBOUNDARY-\r\n",
    b"\r\n--XBOUNDARY --\r\n",
    b"\0\0\0",
    b"\xff\xfe\r\x80",
    b"Content-Disposition: form-data; name=\"x\"\r\n\r\n",
];

/// Names that try to be more than a name, and come back as they were from either escaping.
const NAMES: &[&str] = &[
    "",
    "a",
    "größe",
    "a\"b",
    "a\"; filename=\"b",
    "\"; name=\"b",
    "a;b=c",
    "a\\b",
    "C:\\dir\\file",
    "../../etc/passwd",
    "%",
    "%2",
    "%41%00",
    "__proto__",
    " a ",
    "'a'",
];

fn encode(escape: Escape, parts: &[(PartHead, &[u8])]) -> Vec<u8> {
    let mut encoder = Encoder::new(&Boundary::new("XBOUNDARY").unwrap(), escape);
    let mut body = Vec::new();
    for (head, content) in parts {
        body.extend(encoder.part(head).unwrap());
        body.extend_from_slice(content);
    }
    body.extend(encoder.finish());
    body
}

fn text(name: &str) -> PartHead {
    PartHead {
        name: Some(name.into()),
        ..PartHead::default()
    }
}

fn file(name: &str, filename: &str) -> PartHead {
    let content_type = Some(b"text/plain".to_vec());
    PartHead {
        filename: Some(filename.into()),
        content_type,
        ..text(name)
    }
}

#[track_caller]
fn comes_back(escape: Escape, parts: &[(PartHead, &[u8])]) {
    let body = encode(escape, parts);
    let outcome = parse(&Setting::new("XBOUNDARY"), &body);
    assert_eq!(outcome.end, Ok(()));
    let bytes = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
    let received = outcome.parts.iter().map(|Received { head, content }| {
        assert_eq!(head.oddities, []);
        let start = usize::try_from(head.content_offset).unwrap();
        assert_eq!(&body[start..start + content.len()], content);
        (
            bytes(&head.name),
            bytes(&head.filename),
            bytes(&head.content_type),
            content.as_slice(),
        )
    });
    let sent = parts.iter().map(|(head, content)| {
        (
            head.name.clone(),
            head.filename.clone(),
            head.content_type.clone(),
            *content,
        )
    });
    assert_eq!(received.collect::<Vec<_>>(), sent.collect::<Vec<_>>());
}

#[test]
fn hostile_content_comes_back_as_it_was() {
    for content in HOSTILE {
        comes_back(
            Escape::Percent,
            &[(text("a"), content), (file("b", "c"), content)],
        );
    }
    let all: Vec<_> = HOSTILE
        .iter()
        .map(|content| (file("a", "b"), *content))
        .collect();
    comes_back(Escape::Percent, &all);
}

#[test]
fn s1_names_come_back_as_they_were_from_either_escaping() {
    for name in NAMES {
        for escape in [Escape::Percent, Escape::Backslash] {
            comes_back(escape, &[(file(name, name), b"x"), (text(name), b"y")]);
        }
    }
}

#[test]
fn each_escaping_keeps_what_the_other_cannot() {
    for name in ["a\r\nb", "\r", "\n\n", "\"\r\nX: y\r\n\r\n"] {
        comes_back(Escape::Percent, &[(file(name, name), b"x")]);
    }
    for name in ["\\", "a\\\\b", "a\\", "\\\"", "\\\\\\"] {
        comes_back(Escape::Backslash, &[(file(name, name), b"x")]);
    }
}

#[test]
fn w9_a_literal_percent_escape_comes_back_decoded() {
    for escape in [Escape::Percent, Escape::Backslash] {
        let body = encode(escape, &[(file("a%22b", "c%0D%0Ad"), b"")]);
        let outcome = parse(&Setting::new("XBOUNDARY"), &body);
        assert_eq!(outcome.parts[0].head.name.as_deref(), Some("a\"b"));
        assert_eq!(outcome.parts[0].head.filename.as_deref(), Some("c\r\nd"));
    }
}

#[test]
fn a_backslash_that_browsers_do_not_escape_is_refused_or_undone_but_never_smuggles() {
    let setting = Setting::new("XBOUNDARY");
    let ends = parse(
        &setting,
        &encode(Escape::Percent, &[(file("a", "b\\"), b"")]),
    );
    assert_eq!(ends.end.unwrap_err().kind.as_str(), "malformed-parameter");
    let doubled = parse(
        &setting,
        &encode(Escape::Percent, &[(file("a", "b\\\\c"), b"")]),
    );
    assert_eq!(doubled.parts[0].head.filename.as_deref(), Some("b\\c"));
}

#[test]
fn w8_an_empty_form_is_the_close_delimiter_alone() {
    assert_eq!(encode(Escape::Percent, &[]), b"--XBOUNDARY--\r\n");
    comes_back(Escape::Percent, &[]);
}

#[test]
fn w3_w5_names_go_out_as_browsers_write_them() {
    // The table of WPT's multipart-formdata.window.js. Line ends in names are made CR LF before.
    for (name, expected) in [
        ("a\r\nb", "a%0D%0Ab"),
        ("a\"b", "a%22b"),
        ("b\nc", "b%0Ac"),
        ("b\rc", "b%0Dc"),
        ("b\"c", "b%22c"),
        ("b\\c", "b\\c"),
        ("b%22c", "b%22c"),
        ("b;c", "b;c"),
        ("b'c", "b'c"),
        ("größe", "größe"),
    ] {
        let body = encode(Escape::Percent, &[(file(name, name), b"x\ny\r\n")]);
        let expected = format!(
            "--XBOUNDARY\r\n\
             Content-Disposition: form-data; name=\"{expected}\"; filename=\"{expected}\"\r\n\
             Content-Type: text/plain\r\n\r\n\
             x\ny\r\n\r\n\
             --XBOUNDARY--\r\n"
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }
}

#[test]
fn a_boundary_survives_the_way_through_a_content_type() {
    for boundary in ["B", "a b", "a,b", "=_:?", "'()+_,-./:=?", &"-".repeat(70)] {
        let boundary = Boundary::new(boundary).unwrap();
        let value = format!("multipart/form-data; boundary={}", boundary.parameter());
        assert_eq!(
            ContentType::parse(&value).unwrap().boundary(),
            Some(Ok(boundary))
        );
    }
}

#[test]
fn attachments_come_back_from_a_mixed_body() {
    let head = PartHead {
        disposition: Disposition::Attachment,
        ..file("a", "b")
    };
    let bare = PartHead {
        disposition: Disposition::Attachment,
        ..PartHead::default()
    };
    let body = encode(Escape::Percent, &[(head, b"x"), (bare, b"y")]);
    let setting = Setting {
        dialect: Dialect::Mixed,
        ..Setting::new("XBOUNDARY")
    };
    let parts = parse(&setting, &body).parts;
    let names: Vec<_> = parts
        .iter()
        .map(|part| part.head.filename.as_deref())
        .collect();
    assert_eq!(names, [Some("b"), None]);
}

// ---------------------------------------------------------------------------------------------
// What a web application firewall looks for

/// Says which of `ModSecurity`'s strict multipart conditions a body meets; none of ours may.
///
/// Written apart from the parser, line by line, for contents without line breaks.
fn suspicions(body: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut suspect = |is_so: bool, what| found.extend(is_so.then_some(what));
    suspect(!body.starts_with("--XBOUNDARY"), "data before");
    suspect(
        !body.ends_with("\r\n--XBOUNDARY--\r\n"),
        "data after, or no end",
    );
    suspect(
        body.replace("\r\n", "").contains(['\r', '\n']),
        "bare CR or LF",
    );
    for part in body.split("--XBOUNDARY").skip(1) {
        let Some((head, _)) = part.split_once("\r\n\r\n") else {
            continue;
        };
        suspect(!head.starts_with("\r\n"), "white space after boundary");
        for line in head.split("\r\n").skip(1) {
            suspect(line.starts_with([' ', '\t']), "header folding");
            suspect(!line.contains(": "), "invalid part header");
        }
        for line in head
            .split("\r\n")
            .filter(|line| line.starts_with("Content-Disposition"))
        {
            suspect(line.contains('\''), "invalid quoting");
            suspect(
                line.matches('"').count() != 2 * line.matches("=\"").count(),
                "invalid quoting",
            );
            suspect(
                line.matches("; ").count() != line.matches("=\"").count(),
                "missing semicolon",
            );
        }
    }
    found
}

#[test]
fn the_encoder_raises_no_suspicion() {
    let headers = vec![b"X-One: 1".to_vec(), b"X-Two: 2".to_vec()];
    let body = encode(
        Escape::Percent,
        &[
            (text("a"), b"x"),
            (file("größe \"b\"\r\n", "c\"\n.txt"), b"y"),
            (
                PartHead {
                    headers,
                    ..text("d")
                },
                b"",
            ),
        ],
    );
    assert_eq!(suspicions(&String::from_utf8(body).unwrap()), [""; 0]);
    assert_eq!(
        suspicions("x--XBOUNDARY \r\n A\r\n\r\n\n"),
        [
            "data before",
            "data after, or no end",
            "bare CR or LF",
            "white space after boundary",
            "header folding",
            "invalid part header",
        ],
        "the checker checks",
    );
}

// ---------------------------------------------------------------------------------------------
// Every length, count and edge

#[test]
fn a12_every_beginning_of_the_delimiter_is_content() {
    let delimiter = b"\r\n--XBOUNDARY";
    for length in 1..delimiter.len() {
        for behind in [&b""[..], b"\r", b"x", b"\r\n"] {
            let content = [&delimiter[..length], behind].concat();
            comes_back(Escape::Percent, &[(text("a"), &content)]);
        }
    }
}

#[test]
fn a4_a19_boundaries_of_every_length_end_a_part() {
    for length in 1..=70 {
        let setting = Setting::new(&"b".repeat(length));
        let mut encoder = Encoder::new(&setting.boundary, Escape::Percent);
        let mut body = encoder.part(&text("a")).unwrap();
        body.extend_from_slice(b"\r\n--");
        body.extend_from_slice("b".repeat(length - 1).as_bytes());
        body.extend(encoder.finish());
        let outcome = run(&setting, body.chunks(1));
        assert_eq!((outcome.end, outcome.parts.len()), (Ok(()), 1), "{length}");
        assert_eq!(
            run(&setting, [body.as_slice()].into_iter()).parts,
            outcome.parts
        );
    }
}

#[test]
fn a20_the_thousandth_part_is_the_last() {
    for (count, is_taken) in [(999, true), (1000, true), (1001, false)] {
        let body = encode(Escape::Percent, &vec![(text("a"), &b"x"[..]); count]);
        for step in [body.len(), 1, 4096] {
            let outcome = run(&Setting::new("XBOUNDARY"), body.chunks(step));
            assert_eq!(outcome.end.is_ok(), is_taken, "{count} parts");
            if let Err(error) = outcome.end {
                // The last of equal parts; the close-delimiter and its line end are 15 bytes more.
                let part = body.len() - b"\r\n--XBOUNDARY--\r\n".len();
                let each = (part + 2) / count;
                assert_eq!(error.kind.as_str(), "too-many-parts");
                assert_eq!(error.offset, (each * 1000) as u64);
                assert_eq!(error.status(), 413);
            }
        }
    }
}

#[test]
fn a3_the_header_limit_holds_at_every_split() {
    let start = "--B\r\n";
    let disposition = "Content-Disposition: form-data; name=\"a\"\r\nX: ";
    for (length, is_taken) in [(8191, true), (8192, true), (8193, false)] {
        let filler = "x".repeat(length - disposition.len() - 2);
        let body = format!("{start}{disposition}{filler}\r\n\r\ny\r\n--B--");
        let setting = Setting::new("B");
        let whole = run(&setting, [body.as_bytes()].into_iter());
        match &whole.end {
            Ok(()) => assert!(is_taken && whole.parts[0].content == b"y"),
            Err(error) => {
                assert!(!is_taken);
                assert_eq!(
                    (error.kind.as_str(), error.offset),
                    ("headers-too-long", 8192 + 5)
                );
            }
        }
        for at in 0..body.len() {
            let (first, second) = body.as_bytes().split_at(at);
            assert_eq!(
                run(&setting, [first, second].into_iter()),
                whole,
                "cut at {at}"
            );
        }
    }
}

#[test]
fn looking_takes_more_of_everything_but_memory() {
    let setting = Setting {
        limits: Limits::looking(),
        ..Setting::new("XBOUNDARY")
    };
    let headers = vec![b"X: y".to_vec(); 100];
    let parts = vec![
        (
            PartHead {
                headers,
                ..text("a")
            },
            &b"x"[..]
        );
        1001
    ];
    let outcome = run(&setting, encode(Escape::Percent, &parts).chunks(1000));
    assert_eq!((outcome.end, outcome.parts.len()), (Ok(()), 1001));
}

// ---------------------------------------------------------------------------------------------
// Time: a slow search would not end within the watch's patience

/// Ends the test run if the work takes absurdly long; nothing is measured.
fn within_a_minute(work: impl FnOnce() + Send + 'static) {
    let (done, wait) = std::sync::mpsc::channel();
    let worker = std::thread::spawn(move || {
        work();
        done.send(()).unwrap();
    });
    let outcome = wait.recv_timeout(std::time::Duration::from_secs(60));
    assert_ne!(
        outcome,
        Err(std::sync::mpsc::RecvTimeoutError::Timeout),
        "still at work"
    );
    worker.join().unwrap();
}

/// Feeds `total` bytes of a file made of `unit`, in slices, and counts what comes out.
fn count_content(unit: &[u8], total: usize, step: usize) {
    let setting = Setting::new("XBOUNDARY");
    let mut parser = setting.parser();
    let slice = unit.repeat(step.div_ceil(unit.len()) + 1);
    let mut encoder = Encoder::new(&setting.boundary, Escape::Percent);
    parser.feed(&encoder.part(&file("a", "b")).unwrap());
    let (mut fed, mut content) = (0, 0);
    while fed < total {
        let start = fed % unit.len();
        parser.feed(&slice[start..start + step]);
        fed += step;
        content += drain_content(&mut parser);
        assert!(parser.buffered() <= 4 + 70 + 128 + 1);
    }
    // One byte more, so that a unit that was cut cannot make a delimiter with what follows.
    parser.feed(b"x");
    parser.feed(&encoder.finish());
    content += drain_content(&mut parser);
    assert_eq!(content, fed + 1);
    assert_eq!(parser.next_event(), Ok(Event::End));
}

fn drain_content(parser: &mut Parser) -> usize {
    let mut length = 0;
    loop {
        match parser.next_event().unwrap() {
            Event::NeedMore | Event::End => return length,
            Event::Content(bytes) => length += bytes.len(),
            Event::Part(_) | Event::PartEnd => {}
        }
    }
}

/// What has slowed parsers down: A13, A18, and the parts of a delimiter.
const SLOW: &[&[u8]] = &[
    b"\r",
    b"\n",
    b"-",
    b"\r\n",
    b"\r\n-",
    b"\r\n--",
    b"\r\n--XBOUNDAR",
    b"\r\n--XBOUNDARYX",
    b"\r\n--XBOUNDARY   x",
];

#[test]
fn a13_a18_64_megabytes_of_near_delimiters_in_large_slices() {
    for unit in SLOW {
        within_a_minute(|| count_content(unit, 64 << 20, 64 << 10));
    }
}

#[test]
fn a13_a18_a_megabyte_of_near_delimiters_in_single_bytes() {
    for unit in SLOW {
        within_a_minute(|| count_content(unit, 1 << 20, 1));
    }
}

#[test]
fn a_body_fed_in_small_slices_and_read_late_is_read_in_linear_time() {
    within_a_minute(|| {
        let setting = Setting {
            limits: Limits::looking(),
            ..Setting::new("XBOUNDARY")
        };
        let body = encode(Escape::Percent, &vec![(text("a"), &b"x"[..]); 50_000]);
        let outcome = run_late(&setting, &body, 64);
        assert_eq!((outcome.end, outcome.parts.len()), (Ok(()), 50_000));
    });
}

// ---------------------------------------------------------------------------------------------
// Any bytes

/// A small generator with a fixed start, so that a failure comes again.
struct Random(u64);

impl Random {
    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// What is put into bodies to spoil them.
const SPOILERS: &[&[u8]] = &[
    b"\r",
    b"\n",
    b"\r\n",
    b"-",
    b"--",
    b"--B",
    b"\r\n--B",
    b"\r\n--B--",
    b" ",
    b"\t",
    b":",
    b";",
    b"=",
    b"\"",
    b"\\",
    b"%22",
    b"\0",
    b"\x7f",
    b"\xff",
    b"\r\n\r\n",
    b"name=",
    b"filename=\"",
    b"Content-Disposition: form-data",
    b"x",
];

fn spoil(body: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(body.len() + 1);
    let end = (at + random.below(4)).min(body.len());
    let spoiler = SPOILERS[random.below(SPOILERS.len())];
    match random.below(3) {
        0 => drop(body.splice(at..end, [])),
        1 => drop(body.splice(at..end, spoiler.iter().copied())),
        _ => drop(body.splice(at..at, spoiler.iter().copied())),
    }
}

#[test]
fn a7_any_bytes_give_one_outcome_however_they_are_cut() {
    let limits = Limits {
        parts: 3,
        headers: 3,
        header_bytes: 150,
        preamble: 20,
        field_bytes: 30,
        fields_bytes: 40,
        file_bytes: Some(50),
        body: Some(400),
    };
    let narrow = Setting {
        limits,
        ..Setting::new("B")
    };
    let mixed = Setting {
        dialect: Dialect::Mixed,
        ..Setting::new("B")
    };
    let settings = [Setting::new("B"), narrow, mixed];
    let seeds = [
        "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B--\r\n",
        "--B \r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\\\"\"\r\n\
         Content-Type: text/plain\r\n\r\nx\r\n--B\r\n\
         content-disposition: form-data; name=c\r\n\r\n\r\n\r\n--B--",
    ];
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..6000 {
        let mut body = seeds[random.below(seeds.len())].as_bytes().to_vec();
        for _ in 0..=random.below(4) {
            spoil(&mut body, &mut random);
        }
        let setting = &settings[random.below(settings.len())];
        let whole = run(setting, [body.as_slice()].into_iter());
        let step = 1 + random.below(40);
        for step in [1, step] {
            let found = run(setting, body.chunks(step));
            assert_eq!(found, whole, "in steps of {step}: {}", body.escape_ascii());
        }
        assert_eq!(
            run_late(setting, &body, step),
            whole,
            "late: {}",
            body.escape_ascii()
        );
    }
}
