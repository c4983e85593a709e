//! Bodies that are no multipart: one content as it is, forms in other encodings, forms in a URL.

use serde_json::json;

use crate::sandbox::Sandbox;
use crate::wire_tap::{Answer, Request, WireTap};

fn sandbox() -> Sandbox {
    Sandbox::new()
        .file("a.bin", "as it is\r\n")
        .file("odd name+.bin", "odd")
        .file("text", "from\na file")
}

/// What the program sends with these arguments; `URL` stands for the server's, with what follows it.
fn sent(args: &[&str]) -> Request {
    let tap = WireTap::answering([Answer::ok("")]);
    let url = tap.url("");
    let args = args.iter().map(|arg| arg.replace("URL", &url));
    sandbox().formpost(args).stdin("piped").run().code(0);
    tap.request()
}

#[test]
fn a_file_is_the_whole_body() {
    for (args, line, content_type, body) in [
        (
            &["-T", "a.bin", "URL/put"][..],
            "PUT /put",
            None,
            "as it is\r\n",
        ),
        (
            &["-T", "a.bin", "URL/", "-X", "POST"],
            "POST /a.bin",
            None,
            "as it is\r\n",
        ),
        (
            &["-T", "odd name+.bin", "URL/dir/?q=1"],
            "PUT /dir/odd%20name%2B.bin?q=1",
            None,
            "odd",
        ),
        (&["-T", "-", "URL/dir/"], "PUT /dir/", None, "piped"),
        (&["-T", ".", "URL/dir/"], "PUT /dir/", None, "piped"),
        (
            &["-T", "a.bin", "URL/x", "--type", "a/b"],
            "PUT /x",
            Some("a/b"),
            "as it is\r\n",
        ),
        (
            &["--data-binary", "@a.bin", "URL/dir/"],
            "POST /dir/",
            Some("application/x-www-form-urlencoded"),
            "as it is\r\n",
        ),
        (
            &["--data-binary", "@-", "URL/", "-H", "Content-Type: c/d"],
            "POST /",
            Some("c/d"),
            "piped",
        ),
        (
            &["--data-binary", "a=b c", "URL/", "-H", "Content-Type:"],
            "POST /",
            None,
            "a=b c",
        ),
    ] {
        let request = sent(args);
        assert_eq!(request.line(), format!("{line} HTTP/1.1"), "{args:?}");
        assert_eq!(request.header("Content-Type"), content_type, "{args:?}");
        let length = body.len().to_string();
        assert_eq!(request.header("Content-Length"), Some(length.as_str()));
        request.body_is(body);
    }
}

#[test]
fn a_long_pipe_is_the_whole_body_in_chunks_or_spooled() {
    let content = vec![b'x'; 3 * 1024 * 1024];
    for (arguments, is_chunked) in [(&[][..], true), (&["--spool"], false)] {
        let tap = WireTap::answering([Answer::ok("")]);
        let url = tap.url("/");
        sandbox()
            .formpost(["-T", "-", &url])
            .args(arguments)
            .stdin(content.clone())
            .run()
            .code(0);
        let request = tap.request();
        assert_eq!(request.is_chunked(), is_chunked);
        request.body_is(&content);
    }
}

#[test]
fn a_type_that_a_field_gives_is_written_as_it_was_given() {
    let request = sent(&["-T", "a.bin", "URL/x", "-H", "content-type:image/\u{e9}"]);
    let fields = request.head.lines();
    let fields: Vec<&str> = fields.filter(|line| line.contains("image")).collect();
    assert_eq!(fields, ["content-type: image/\u{e9}"]);
}

#[test]
fn a_framing_that_a_field_asks_for_is_the_bodys_own() {
    let request = sent(&["-T", "-", "URL/", "-H", "transfer-encoding:Chunked"]);
    assert_eq!(request.headers("Transfer-Encoding"), ["chunked"]);
    assert_eq!(request.header("Content-Length"), None);
    request.body_is("piped");

    let request = sent(&["-T", "a.bin", "URL/x", "-H", "content-length: 10"]);
    assert_eq!(request.headers("Content-Length"), ["10"]);
    request.body_is("as it is\r\n");

    let tap = WireTap::expecting_nobody();
    let run = sandbox();
    let run = run.formpost(["-T", "-", &tap.url("/"), "-H", "Content-Length: 3145728"]);
    run.stdin(vec![b'x'; 3 * 1024 * 1024])
        .run()
        .code(2)
        .stderr_has("how long the body is cannot be known")
        .stderr_has("hint: --spool");
}

#[test]
fn forms_without_files_are_encoded_as_browsers_encode_them() {
    let form = [
        "-F",
        "a=b c",
        "--text",
        "ä=@x\ny",
        "-F",
        "c=<text",
        "-F",
        "d=@a.bin",
        "--json-part",
        "e={\"f\": 1}",
    ];
    let urlencoded = "a=b+c&%C3%A4=%40x%0D%0Ay&c=from%0D%0Aa+file&d=a.bin&e=%7B%22f%22%3A+1%7D";
    let text = "a=b c\r\nä=@x\r\ny\r\nc=from\r\na file\r\nd=a.bin\r\ne={\"f\": 1}\r\n";
    for (enctype, media_type, body) in [
        (
            "urlencoded",
            "application/x-www-form-urlencoded",
            urlencoded,
        ),
        ("text", "text/plain", text),
    ] {
        let request = sent(&[&form[..], &["--enctype", enctype, "URL/"]].concat());
        assert_eq!(request.line(), "POST / HTTP/1.1");
        assert_eq!(request.header("Content-Type"), Some(media_type));
        request.body_is(body);
    }
    let request = sent(&[&form[..], &["-G", "URL/find?first=1"]].concat());
    assert_eq!(
        request.line(),
        format!("GET /find?first=1&{urlencoded} HTTP/1.1")
    );
    for absent in ["Content-Type", "Content-Length", "Transfer-Encoding"] {
        assert_eq!(request.header(absent), None, "{absent}");
    }
    request.body_is("");
}

#[test]
fn that_only_a_files_name_is_sent_is_said() {
    let tap = WireTap::answering([Answer::ok("")]);
    let args = [
        "--enctype",
        "urlencoded",
        "-F",
        "a=@a.bin;type=x/y",
        "-F",
        "b=1;type=c/d",
    ];
    sandbox()
        .formpost(args)
        .arg(tap.url("/"))
        .run()
        .code(0)
        .stderr_has("warning: a.bin: only its name is sent")
        .stderr_has("warning: b: type=, filename=, headers= and encoder= mean nothing");
    tap.request().body_is("a=a.bin&b=1");
}

#[test]
fn the_summary_of_a_whole_body_counts_no_parts() {
    let tap = WireTap::answering([Answer::ok("")]);
    sandbox()
        .formpost(["-T", "a.bin", &tap.url("/")])
        .run()
        .code(0)
        .stderr_has("200 OK, 10 B in ")
        .stderr_lacks("part");
}

#[test]
fn an_early_refusal_of_a_whole_body_is_seen() {
    let tap =
        WireTap::answering([Answer::status("413 Payload Too Large", "too large").before_body()]);
    let sandbox = Sandbox::new().sparse_file("big", 30 * 1024 * 1024);
    sandbox
        .formpost(["-T", "big", &tap.url("/")])
        .run()
        .code(4)
        .stdout("too large")
        .stderr_has("413 Payload Too Large, answered after ");
}

#[test]
fn l4_a_file_that_shrinks_while_it_is_the_whole_body_is_named() {
    let sandbox = Sandbox::new().sparse_file("big", 30 * 1024 * 1024);
    let path = sandbox.path("big");
    let shrink = move || {
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_len(25 * 1024 * 1024).unwrap();
    };
    let tap = WireTap::answering([Answer::ok("").at(100_000, shrink)]);
    sandbox
        .formpost(["-T", "big", &tap.url("/")])
        .run()
        .code(6)
        .stderr_has("big: ");
}

#[test]
fn n7_a_put_that_was_lost_is_sent_again_without_a_warning() {
    let tap = WireTap::answering([Answer::hang_up(), Answer::ok("")]);
    let args = ["-T", "a.bin", "--retry", "1", "--retry-delay", "0.01"];
    sandbox()
        .formpost(args)
        .arg(tap.url("/"))
        .run()
        .code(0)
        .stderr_lacks("twice");
    for request in tap.requests() {
        request.body_is("as it is\r\n");
    }
}

#[test]
fn a_form_in_a_url_follows_every_redirection() {
    let moved = |status| Answer::with_headers(status, &["Location: /there"], "");
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let tap = WireTap::answering([moved(status), Answer::ok("found")]);
        sandbox()
            .formpost(["-G", "-L", "-F", "a=1", &tap.url("/")])
            .run()
            .code(0)
            .stdout("found")
            .stderr_lacks("upload");
        let lines: Vec<_> = tap.requests().iter().map(|r| r.line().to_owned()).collect();
        assert_eq!(lines, ["GET /?a=1 HTTP/1.1", "GET /there HTTP/1.1"]);
    }
}

#[test]
fn a_dry_run_shows_a_body_without_parts() {
    let url = "http://nowhere.invalid/dir/";
    let sandbox = sandbox();
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    sandbox
        .formpost(["--data-binary", "abc", "--dry-run", url])
        .run()
        .code(0)
        .stdout_has("POST /dir/ HTTP/1.1\nHost: nowhere.invalid\n")
        .stdout_has("\n\n3 bytes, sha256 ba7816bf8f01cfea…, sent with a length\n");
    let outcome = sandbox
        .formpost(["--data-binary", "abc", "--dry-run", "--json", url])
        .run();
    assert_eq!(outcome.code(0).json()["bytes"], 3);
    assert_eq!(outcome.json()["sha256"], json!(sha256));
    sandbox
        .formpost(["-G", "-F", "a=1", "--dry-run", url])
        .run()
        .code(0)
        .stdout_has("GET /dir/?a=1 HTTP/1.1\n")
        .stdout_has("\n\nno body\n");
    sandbox
        .formpost(["-T", "a.bin", "--dump-body", "dumped", url])
        .run()
        .code(0);
    assert_eq!(sandbox.read("dumped"), b"as it is\r\n");
}

#[test]
fn a_request_has_one_body() {
    for (args, expected) in [
        (
            &["-T", "a.bin", "-T", "text"][..],
            "-T: expected it once, found it 2 times",
        ),
        (
            &["-T", "a.bin", "--data-binary", "x"],
            "-T and --data-binary: ",
        ),
        (
            &["-T", "a.bin", "-F", "a=1"],
            "-T: it is the whole body, but there is a form as well",
        ),
        (
            &["--data-binary", "x", "-F", "a=1"],
            "--data-binary: it is the whole body",
        ),
        (&["-T", "a.bin", "-G"], "-T and -G: "),
        (
            &["-G", "--enctype", "text", "-F", "a=1"],
            "-G and --enctype text: ",
        ),
        (
            &["-T", "a.bin", "--boundary", "X"],
            "-T and --boundary: only a multipart",
        ),
        (&["-G"], "nothing to send"),
        (
            &["--enctype", "text", "-F", "a=(", "-F", "b=1"],
            "-F 'name=('",
        ),
        (
            &["-T", "-", "-H", "@-"],
            "standard input (-) is asked for 2 times",
        ),
        (
            &["-b", "hunter2", "-F", "a=1"],
            "-b: expected NAME=VALUE, or a file of cookies that is there\n",
        ),
        (
            &["-b", "text", "-F", "a=1"],
            "-b text: line 1: expected the seven fields of a cookie",
        ),
        (&["-d", "a=1"], "--data-binary"),
    ] {
        let tap = WireTap::expecting_nobody();
        let url = tap.url("/");
        sandbox()
            .formpost(args)
            .arg(&url)
            .run()
            .code(2)
            .stdout("")
            .stderr_has(expected);
    }
    let tap = WireTap::expecting_nobody();
    for args in [["-T", "missing"], ["--data-binary", "@missing"]] {
        let run = sandbox().formpost(args).arg(tap.url("/")).run();
        run.code(6).stderr_has("missing: ");
    }
}

#[test]
fn cookies_and_where_it_comes_from_are_fields() {
    let args = [
        "-b",
        "a=1; b=2",
        "-b",
        "c=3",
        "-e",
        "http://from/",
        "-F",
        "a=1",
        "URL/",
    ];
    let request = sent(&args);
    assert_eq!(request.header("Cookie"), Some("a=1; b=2; c=3"));
    assert_eq!(request.header("Referer"), Some("http://from/"));
    let request = sent(&["-e", "http://from/;auto", "-F", "a=1", "URL/"]);
    assert_eq!(request.header("Referer"), Some("http://from/"));
    let request = sent(&["-e", ";auto", "-F", "a=1", "URL/"]);
    assert_eq!(request.header("Referer"), None);
}

#[test]
fn cookies_come_out_of_files_too() {
    let jar = "# Netscape HTTP Cookie File\n\
               #HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tabc\n\
               127.0.0.1\tFALSE\t/up\tFALSE\t0\tcsrftoken\tdef\n\
               127.0.0.1\tFALSE\t/else\tFALSE\t0\tno\tno\n\
               other.example\tTRUE\t/\tFALSE\t0\tno\tno\n";
    for (args, path, cookies) in [
        (
            &["-b", "jar"][..],
            "/up/load",
            Some("csrftoken=def; session=abc"),
        ),
        (
            &["-b", "x=1", "-b", "jar", "-b", ""],
            "/",
            Some("session=abc; x=1"),
        ),
        (&["-b", "none"], "/", None),
        (&["-b", ""], "/", None),
    ] {
        let tap = WireTap::answering([Answer::ok("")]);
        let sandbox = Sandbox::new().file("jar", jar).file("none", "");
        let run = sandbox.formpost(["-v", "-F", "a=1", &tap.url(path)]);
        let outcome = run.args(args).run();
        outcome.code(0).stderr_lacks("abc");
        let is_noted = outcome.stderr_text().contains("none has no cookie for");
        assert_eq!(is_noted, args.contains(&"none"));
        assert_eq!(tap.request().header("Cookie"), cookies, "{args:?}");
    }
}
