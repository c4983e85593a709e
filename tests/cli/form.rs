//! The form on the wire, to the byte. `--boundary X` takes the one random thing out of it.

use std::io::{self, Read};

use crate::sandbox::Sandbox;
use crate::wire_tap::{Answer, Request, WireTap};

/// Uploads with these arguments and the boundary `X`, and gives what the server got.
#[track_caller]
fn sent(sandbox: &Sandbox, args: &[&str]) -> Request {
    let tap = WireTap::answering([Answer::ok("")]);
    let run = sandbox.formpost(["--boundary", "X"]).args(args);
    run.arg(tap.url("/")).run().code(0);
    tap.request()
}

/// The files that the vectors are about.
fn files() -> Sandbox {
    Sandbox::new()
        .file("a.txt", "hello")
        .file("d.json", "{}")
        .file("p.PNG", "png")
        .file("noext", "plain")
        .file("x.html", "<p>")
        .file("semi;colon,s.txt", "marks")
}

/// A text with the line ends of the wire.
fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// A form of the boundary `X` with one part in it.
fn form_of(disposition: &str, media_type: Option<&str>, content: &str) -> String {
    let media_type = media_type.map_or(String::new(), |t| format!("Content-Type: {t}\r\n"));
    format!(
        "--X\r\nContent-Disposition: form-data{disposition}\r\n{media_type}\r\n{content}\r\n--X--\r\n"
    )
}

#[test]
fn a_file_and_a_text_are_one_request() {
    let tap = WireTap::answering([Answer::ok("")]);
    let sandbox = files();

    sandbox
        .formpost([
            "--boundary",
            "X",
            "-F",
            "f=@a.txt",
            "-F",
            "t=some text",
            &tap.url("/up?x=1"),
        ])
        .run()
        .code(0);

    let address = tap.address();
    let request = tap.request();
    request.body_is(crlf(
        "--X\n\
         Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\n\
         Content-Type: text/plain\n\
         \n\
         hello\n\
         --X\n\
         Content-Disposition: form-data; name=\"t\"\n\
         \n\
         some text\n\
         --X--\n",
    ));
    request.head_is(
        "POST /up?x=1 HTTP/1.1",
        &[
            &format!("Host: {address}"),
            &format!("User-Agent: formpost/{}", env!("CARGO_PKG_VERSION")),
            "Accept: */*",
            "Content-Type: multipart/form-data; boundary=X",
            &format!("Content-Length: {}", request.body.len()),
        ],
    );
}

/// `-F`, the disposition after `form-data`, the type, the content.
const FILES: &[(&str, &str, &str, &str)] = &[
    (
        "a=@a.txt",
        r#"; name="a"; filename="a.txt""#,
        "text/plain",
        "hello",
    ),
    (
        "a=@p.PNG;filename=foo",
        r#"; name="a"; filename="foo""#,
        "image/png",
        "png",
    ),
    (
        "a=@noext;filename=q.JPEG",
        r#"; name="a"; filename="q.JPEG""#,
        "image/jpeg",
        "plain",
    ),
    (
        "a=@noext",
        r#"; name="a"; filename="noext""#,
        "application/octet-stream",
        "plain",
    ),
    (
        "a=@a.txt;TYPE=x/y;FileName=Z",
        r#"; name="a"; filename="Z""#,
        "x/y",
        "hello",
    ),
    (
        "a=@a.txt;type=text/x-foo; charset=utf-8;filename=zz",
        r#"; name="a"; filename="zz""#,
        "text/x-foo; charset=utf-8",
        "hello",
    ),
    (
        "a=@a.txt;type=a/b;filename=n;type=c/d",
        r#"; name="a"; filename="n""#,
        "c/d",
        "hello",
    ),
    (
        "a=@a.txt;filename=",
        r#"; name="a"; filename="""#,
        "text/plain",
        "hello",
    ),
    (
        "a=@a.txt;filename=two words ;type=x/y",
        r#"; name="a"; filename="two words""#,
        "x/y",
        "hello",
    ),
    (
        "a=@ a.txt ",
        r#"; name="a"; filename="a.txt""#,
        "text/plain",
        "hello",
    ),
    (
        "b=text;filename=zz.png",
        r#"; name="b"; filename="zz.png""#,
        "image/png",
        "text",
    ),
    (
        r#"a=@a.txt;headers="Content-Type: text/zz""#,
        r#"; name="a"; filename="a.txt""#,
        "text/zz",
        "hello",
    ),
];

#[test]
fn files_of_dash_f_are_labelled_as_curl_labels_them() {
    let sandbox = files();
    for (arg, disposition, media_type, content) in FILES {
        println!("-F {arg}");
        sent(&sandbox, &["-F", arg]).body_is(form_of(disposition, Some(media_type), content));
    }
}

/// `-F`, the disposition after `form-data`, the type, the content.
const TEXTS: &[(&str, &str, Option<&str>, &str)] = &[
    ("b= lead trail  ", r#"; name="b""#, None, "lead trail"),
    (
        r#"b="  quoted; text "; type=text/foo"#,
        r#"; name="b""#,
        Some("text/foo"),
        "  quoted; text ",
    ),
    (r#"b="q"trail"#, r#"; name="b""#, None, "q"),
    (
        r#"b="unterminated"#,
        r#"; name="b""#,
        None,
        r#""unterminated"#,
    ),
    (r#"b=a"quo"te"#, r#"; name="b""#, None, r#"a"quo"te"#),
    (r#"b="a\\b\"c\n""#, r#"; name="b""#, None, r#"a\b"c\n"#),
    (r"b=a\\b", r#"; name="b""#, None, r"a\\b"),
    ("b=val;foo=bar", r#"; name="b""#, None, "val"),
    ("a=b=c,d", r#"; name="a""#, None, "b=c,d"),
    ("a=", r#"; name="a""#, None, ""),
    ("=x", "", None, "x"),
    ("b=<a.txt", r#"; name="b""#, None, "hello"),
    ("b=<x.html", r#"; name="b""#, Some("text/html"), "<p>"),
    ("na\"me=v", r#"; name="na%22me""#, None, "v"),
    ("a\nb=v", r#"; name="a%0Ab""#, None, "v"),
];

#[test]
fn texts_of_dash_f_are_read_as_curl_reads_them() {
    let sandbox = files();
    for (arg, disposition, media_type, content) in TEXTS {
        println!("-F {arg}");
        sent(&sandbox, &["-F", arg]).body_is(form_of(disposition, *media_type, content));
    }
}

/// Such names cannot be had on Windows.
#[cfg(unix)]
#[test]
fn quotes_and_backslashes_in_file_names_are_escaped_as_asked() {
    const QUOTE: &str = r#"a=@"q\"uo;te,n.txt""#;
    const BACKSLASH: &str = r"a=@back\slash.txt";
    let sandbox = Sandbox::new()
        .file("q\"uo;te,n.txt", "content")
        .file("back\\slash.txt", "content");
    let table: [(&[&str], &str); 4] = [
        (&["-F", QUOTE], "q%22uo;te,n.txt"),
        (&["-F", BACKSLASH], r"back\slash.txt"),
        (&["--form-escape", "-F", QUOTE], r#"q\"uo;te,n.txt"#),
        (&["--form-escape", "-F", BACKSLASH], r"back\\slash.txt"),
    ];
    for (args, filename) in table {
        let disposition = format!(r#"; name="a"; filename="{filename}""#);
        sent(&sandbox, args).body_is(form_of(&disposition, Some("text/plain"), "content"));
    }
}

#[test]
fn options_without_a_grammar_take_what_they_are_given() {
    let literal = r#"@a;type=x/y,"<b> "#;
    for option in ["--form-string", "--text"] {
        sent(&files(), &[option, &format!("n={literal}")]).body_is(form_of(
            r#"; name="n""#,
            None,
            literal,
        ));
    }
    sent(&files(), &["--file", "n=semi;colon,s.txt"]).body_is(form_of(
        r#"; name="n"; filename="semi;colon,s.txt""#,
        Some("text/plain"),
        "marks",
    ));
    sent(&files(), &["--json-part", r#"n={"a": [1]}"#]).body_is(form_of(
        r#"; name="n""#,
        Some("application/json"),
        r#"{"a": [1]}"#,
    ));
    sent(&files(), &["--json-part", "n=@d.json"]).body_is(form_of(
        r#"; name="n""#,
        Some("application/json"),
        "{}",
    ));
}

/// It is held until it is known to be JSON; a regular file is read twice.
#[cfg(unix)]
#[test]
fn json_without_an_end_is_refused() {
    const MOST: u64 = 64 << 20;
    let json = |length: u64| b"1".chain(io::repeat(b' ').take(length - 1));
    let sandbox = files().sparse_file("long", MOST + 1);
    let check = |source: &str| {
        let part = format!("n=@{source}");
        sandbox.formpost(["--dry-run", "h", "--json-part", &part])
    };
    for run in [
        check("/dev/zero"),
        check("-").stdin_from(io::repeat(b' ')),
        check("-").stdin_from(json(MOST + 1)),
    ] {
        run.run()
            .code(6)
            .stderr_has("expected at most 64 MiB of JSON from a pipe")
            .peak_memory_below(200 << 20);
    }
    check("-").stdin_from(json(MOST)).run().code(0);
    // It is no JSON, but it is read.
    check("-")
        .stdin_file("long", 1)
        .run()
        .code(6)
        .stderr_has("standard input: expected JSON: ");
}

#[test]
fn json_from_a_redirected_file_is_sent_from_where_it_stands() {
    let sandbox = Sandbox::new().file("d.json", "xx{}");
    let tap = WireTap::answering([Answer::ok("")]);
    let run = sandbox.formpost(["--boundary", "X", "--json-part", "n=@-", &tap.url("/")]);
    run.stdin_file("d.json", 2).run().code(0);
    tap.request()
        .body_is(form_of(r#"; name="n""#, Some("application/json"), "{}"));
}

#[test]
fn values_keep_their_line_ends() {
    sent(&files(), &["--text", "n=a\nb\rc\r\nd"]).body_is(form_of(
        r#"; name="n""#,
        None,
        "a\nb\rc\r\nd",
    ));
}

#[test]
fn files_without_a_name_are_called_file() {
    let expected = |name: &str| {
        crlf(&format!(
            "--X\n\
             Content-Disposition: form-data; name=\"{name}\"; filename=\"a.txt\"\n\
             Content-Type: text/plain\n\
             \n\
             hello\n\
             --X\n\
             Content-Disposition: form-data; name=\"{name}\"; filename=\"d.json\"\n\
             Content-Type: application/json\n\
             \n\
             {{}}\n\
             --X--\n",
        ))
    };
    // The URL stands before its files.
    let sandbox = files();
    for (name, options) in [("file", &[][..]), ("doc", &["--field", "doc"][..])] {
        let tap = WireTap::answering([Answer::ok("")]);
        let run = sandbox.formpost(["--boundary", "X"]).args(options);
        run.arg(tap.url("/"))
            .arg("a.txt")
            .arg("d.json")
            .run()
            .code(0);
        tap.request().body_is(expected(name));
    }
}

#[test]
fn parts_of_one_name_stay_apart_and_in_order() {
    let request = sent(
        &files(),
        &["-F", "n=1", "-F", "m=2", "--text", "n=3", "-F", "n=@a.txt"],
    );
    request.body_is(crlf(
        "--X\n\
         Content-Disposition: form-data; name=\"n\"\n\
         \n\
         1\n\
         --X\n\
         Content-Disposition: form-data; name=\"m\"\n\
         \n\
         2\n\
         --X\n\
         Content-Disposition: form-data; name=\"n\"\n\
         \n\
         3\n\
         --X\n\
         Content-Disposition: form-data; name=\"n\"; filename=\"a.txt\"\n\
         Content-Type: text/plain\n\
         \n\
         hello\n\
         --X--\n",
    ));
}

#[test]
fn headers_of_a_part_follow_its_own() {
    sent(
        &files(),
        &["-F", r#"a=x;headers=X-H: 1;headers="X-G: a;b""#],
    )
    .body_is(crlf(
        "--X\n\
         Content-Disposition: form-data; name=\"a\"\n\
         X-H: 1\n\
         X-G: a;b\n\
         \n\
         x\n\
         --X--\n",
    ));
}

#[test]
fn a_comma_list_is_nested() {
    let tap = WireTap::answering([Answer::ok("")]);
    files()
        .formpost([
            "-F",
            "a=@a.txt,d.json;type=application/x,noext",
            &tap.url("/"),
        ])
        .run()
        .code(0)
        .stderr_has("warning");
    let body = tap.request().body_text();
    for expected in [
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: multipart/mixed; boundary=",
        "Content-Disposition: attachment; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n",
        "Content-Disposition: attachment; filename=\"d.json\"\r\nContent-Type: application/x\r\n\r\n{}\r\n",
        "Content-Disposition: attachment; filename=\"noext\"\r\nContent-Type: application/octet-stream\r\n\r\nplain\r\n",
    ] {
        assert!(body.contains(expected), "{expected}\nis not in\n{body}");
    }
}

#[test]
fn an_empty_file_has_an_empty_part() {
    sent(&Sandbox::new().file("empty", ""), &["-F", "a=@empty"]).body_is(form_of(
        r#"; name="a"; filename="empty""#,
        Some("application/octet-stream"),
        "",
    ));
}

#[test]
fn a_boundary_in_a_header_is_the_boundary() {
    let tap = WireTap::answering([Answer::ok("")]);
    Sandbox::new()
        .formpost([
            "-F",
            "a=1",
            "-H",
            "Content-Type: multipart/form-data; boundary=mine",
            &tap.url("/"),
        ])
        .run()
        .code(0);
    let request = tap.request();
    assert_eq!(
        request.headers("Content-Type"),
        ["multipart/form-data; boundary=mine"]
    );
    request
        .body_is("--mine\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--mine--\r\n");
}

#[test]
fn boundaries_are_new_each_time() {
    let tap = WireTap::answering([Answer::ok(""), Answer::ok("")]);
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        sandbox.formpost(["-F", "a=1", &tap.url("/")]).run().code(0);
    }
    let requests = tap.requests();
    let boundary = |at: usize| {
        let media_type = requests[at].header("Content-Type").unwrap();
        media_type
            .strip_prefix("multipart/form-data; boundary=")
            .unwrap()
            .to_owned()
    };
    assert_ne!(boundary(0), boundary(1));
    assert!(
        boundary(0).len() >= 24 && boundary(0).len() <= 70,
        "{}",
        boundary(0)
    );
}

#[test]
fn request_options_are_curls() {
    let args = [
        "-F",
        "a=1",
        "-X",
        "PATCH",
        "-H",
        "X-One: 1",
        "-A",
        "agent/1",
        "-u",
        "user:pass word",
    ];
    let request = sent(&Sandbox::new(), &args);
    assert!(request.line().starts_with("PATCH / "), "{}", request.line());
    assert_eq!(request.headers("X-One"), ["1"]);
    assert_eq!(request.headers("User-Agent"), ["agent/1"]);
    assert_eq!(
        request.headers("Authorization"),
        ["Basic dXNlcjpwYXNzIHdvcmQ="]
    );
}

#[test]
fn a_key_is_a_string_in_quotes() {
    let key = |args: &[&str]| {
        let request = sent(&Sandbox::new(), &[&["-F", "a=b"], args].concat());
        let keys = request.headers("Idempotency-Key");
        assert_eq!(keys.len(), 1, "{keys:?}");
        keys[0].to_owned()
    };
    assert_eq!(key(&["--idempotency-key=order 7"]), r#""order 7""#);
    assert_eq!(key(&[r#"--idempotency-key=a"b\c"#]), r#""a\"b\\c""#);
    // Some servers want it without the quotes.
    assert_eq!(key(&["-H", "Idempotency-Key: order 7"]), "order 7");

    let (one, other) = (key(&["--idempotency-key"]), key(&["--idempotency-key"]));
    assert_ne!(one, other);
    let groups: Vec<usize> = one.trim_matches('"').split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12], "{one}");
}
