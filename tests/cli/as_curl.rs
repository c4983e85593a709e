//! `--as-curl`: that curl, run by a shell with what is printed, sends the request that the program sends.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::sandbox::{Sandbox, visible};
use crate::tools;
use crate::wire_tap::{Answer, Request, WireTap};

fn sandbox() -> Sandbox {
    Sandbox::new()
        .file("a.txt", "hello")
        .file("d.json", r#"{"a": "b"}"#)
        .file("p.PNG", "png")
        .file("noext", "\0\x01\u{ff}")
        .file("x.html", "<p>")
        .file("q\"uo;te,n.txt", "quoted")
        .file(r"back\slash.txt", "slashed")
        .file("-dash", "dashed")
        .file("it's $HOME `a`.txt", "shelled")
        .file("line\nend.txt", "ended")
        .file(" b=l a,nk ", "blank")
        .file("g{a,b}[1].txt", "globbed")
        .file("h.txt", "# no header\nX-H: \"1\"; a\n  more\n")
        .file("typed", "Content-Type: text/x\n")
        .file("fields", "X-One: 1\r\nX-Two;\nX-Secret: a'b\n")
        .file("jar", "127.0.0.1\tFALSE\t/\tFALSE\t0\tc\td\n")
        .file("fields-with-more", "# a comment\n X-One: 1\n")
}

/// Runs a command line in a shell, in the sandbox and with nothing from outside but `PATH`.
#[track_caller]
fn shell(sandbox: &Sandbox, shell: &str, line: &str, stdin: &[u8]) -> Output {
    let mut command = Command::new(shell);
    let piped = Stdio::piped;
    command.args(["-c", line]).current_dir(sandbox.path(""));
    for name in [
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ] {
        command.env_remove(name);
    }
    command.env("HOME", sandbox.path("home"));
    let mut child = command
        .stdin(piped())
        .stdout(piped())
        .stderr(piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    // Who reads none of it is not this thread's business.
    thread::spawn(move || pipe.write_all(&stdin));
    child.wait_with_output().unwrap()
}

/// What is printed for these arguments.
#[track_caller]
fn printed(sandbox: &Sandbox, args: &[&OsStr], url: &str) -> String {
    let run = sandbox
        .formpost(["--as-curl", "--url", url])
        .args(args)
        .run();
    run.code(0).stdout_text()
}

/// A request with every boundary in it replaced by a number, and without its length.
struct Comparable {
    head: Vec<String>,
    body: Vec<u8>,
    has_length: bool,
}

impl Comparable {
    fn of(request: &Request) -> Self {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let mut boundaries: Vec<String> = Vec::new();
        for text in [&request.head, &body] {
            for (at, key) in text.match_indices("; boundary=") {
                let rest = &text[at + key.len()..];
                let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
                boundaries.push(rest[..end].to_owned());
            }
        }
        let mut head = request.head.clone();
        let mut body = request.body.clone();
        for (number, boundary) in boundaries.iter().enumerate() {
            let name = format!("BOUNDARY-{number}");
            head = head.replace(boundary, &name);
            body = replace(&body, boundary.as_bytes(), name.as_bytes());
        }
        let has_length = request.header("Content-Length").is_some();
        let framing = ["content-length:", "transfer-encoding:"];
        let is_framing = |line: &&str| {
            let line = line.to_ascii_lowercase();
            framing.iter().any(|name| line.starts_with(name))
        };
        let mut fields: Vec<String> = head
            .trim_end()
            .lines()
            .skip(1)
            .filter(|line| !is_framing(line))
            .map(|line| line.trim_end().to_owned())
            .collect();
        fields.sort();
        fields.insert(0, request.line().to_owned());
        Self {
            head: fields,
            body,
            has_length,
        }
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

/// Runs the program and what it prints for curl, and expects both to send the same.
#[track_caller]
fn curl_sends_the_same(args: &[&OsStr], stdin: &str, requests: usize, answers: Vec<Answer>) {
    let tap = WireTap::answering(answers);
    let sandbox = sandbox().file(
        "home/.netrc",
        "machine 127.0.0.1 login me password secret\n",
    );
    let netrc = sandbox.path("home/.netrc");
    std::fs::set_permissions(netrc, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let url = tap.url("/up");
    let run = sandbox.formpost(["-s", "--url", &url]).args(args);
    run.stdin(stdin).run().code(0);
    let line = printed(&sandbox, args, &url);
    let curl = shell(&sandbox, "sh", &line, stdin.as_bytes());
    let said = String::from_utf8_lossy(&curl.stderr);
    assert!(curl.status.success(), "{line}\n{said}");
    let sent = tap.requests();
    assert_eq!(sent.len(), 2 * requests, "{line}");
    let (ours, curls) = sent.split_at(requests);
    for (ours, curls) in ours.iter().zip(curls) {
        let (ours, curls) = (Comparable::of(ours), Comparable::of(curls));
        assert_eq!(ours.head, curls.head, "{line}");
        assert!(
            ours.body == curls.body,
            "{line}\n--- ours ---\n{}\n--- curl's ---\n{}",
            visible(&ours.body),
            visible(&curls.body)
        );
        assert_eq!(ours.has_length, curls.has_length, "{line}");
    }
}

fn twice(answer: fn() -> Answer) -> Vec<Answer> {
    vec![answer(), answer()]
}

#[track_caller]
fn curl_sends_the_same_for(rows: &[&[&str]], stdin: &str) {
    for args in rows {
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        curl_sends_the_same(&args, stdin, 1, twice(|| Answer::ok("")));
    }
}

/// Every form of `-F` that is a request, as the manual has them.
const VECTORS: &[&str] = &[
    "a=@a.txt",
    "j=@d.json",
    "a=@p.PNG;filename=foo",
    "a=@noext;filename=q.JPEG",
    "a=@a.txt;TYPE=x/y;FileName=Z",
    "a=@a.txt;type=text/x-foo; charset=utf-8;filename=zz",
    "a=@a.txt;type=a/b;type=c/d",
    "a=@a.txt;type=a/b;filename=n;type=c/d",
    "a=@a.txt;type=a/b ;filename=z",
    "a=@a.txt;type=",
    "a=@a.txt;type=foo",
    "a=@a.txt;type=\"text/q\"",
    "a=@a.txt;filename=",
    "a=@a.txt;filename=two words ;type=x/y",
    "a=@a.txt;filename=\"a\\\\b\\\";type=c/d,\"",
    "a=@a.txt;filename=\"a\r\nb\"",
    "a=@a.txt; filename = s",
    "a=@ a.txt ",
    r#"a=@"q\"uo;te,n.txt""#,
    r"a=@back\slash.txt",
    "a=@a.txt,d.json;type=application/x,noext",
    "a=@a.txt,a.txt;type=text/x;a=b;filename=\"c,d\"",
    "a=@-",
    "a=@-;filename=x.png",
    "a=@-;filename=",
    "a=<-",
    "a=<-;type=text/x",
    "b=<x.html",
    "b=<a.txt",
    "b=<d.json",
    "b=<d.json;filename=zz",
    "b=text;filename=zz.png",
    "b=text;filename=zz.unknown",
    "b=text;filename=",
    "b= lead trail  ",
    "b=\"  quoted; text \"; type=text/foo",
    "b=\"@a.txt\";type=text/foo",
    "b=\"<a.txt\";type=text/foo",
    "b=\"(\";type=text/foo",
    "b=\"\\\"\\\\\\n\";type=text/foo",
    "b=two\nlines\r\n;type=text/foo",
    "b=text;type=text/x;a=\"b;c\";d",
    "b=text;type=text/x;filename=a",
    "b=\"q\"trail",
    "b=\"unterminated",
    "b=a\"quo\"te",
    r#"b="a\\b\"c\n""#,
    r"b=a\\b",
    "b=val;foo=bar",
    "a=b=c,d",
    "=x",
    "=x;type=text/y",
    "=@a.txt",
    "a=",
    "na\"me=v",
    "na;me,\\ =v",
    "na;me,\\ =v;type=text/x",
    "a\nb=v",
    "a\r\nb=v;type=text/x",
    "a=x;headers=X-H: 1;headers=\"X-G: a;b\"",
    "a=x;headers=\"X-Q: \\\"a\\\" \\\\ @b\"",
    "a=@a.txt;headers=@h.txt",
    "a=@a.txt;headers=\"Content-Type: text/zz\"",
    "a=@a.txt;headers=\"Content-Disposition: attachment; name=q\"",
    "a=@a.txt;type=x/y;headers=\"Content-Type: text/zz\"",
    "a=@a.txt;headers=\"Content-Transfer-Encoding: x\";encoder=base64",
    "a=@a.txt;encoder=quoted-printable",
    "a=@noext;encoder=base64",
    "a=text;encoder=7bit",
    "a=text;encoder=BINARY;filename=\"\";type=x/y",
];

#[test]
fn curl_sends_every_form_of_a_part_as_it_is_sent() {
    if !tools::is_there("curl") {
        return;
    }
    for vector in VECTORS {
        let escapes = [None, Some("--form-escape")];
        // There is no such form of a name with a line break.
        let has_break = vector.contains(['\r', '\n']) && !vector.contains("lines");
        for escape in escapes.into_iter().take(if has_break { 1 } else { 2 }) {
            let args: Vec<&str> = escape.into_iter().chain(["-F", vector]).collect();
            curl_sends_the_same_for(&[&args], "piped\r\n");
        }
    }
}

/// Forms of other options than `-F`, and those that take several.
const FORMS: &[&[&str]] = &[
    &["a.txt"],
    &[
        "a.txt",
        "--type",
        "x/y",
        "--filename",
        "it's; \"quoted\"",
        "--field",
        "f g",
    ],
    &[
        "--text",
        "a= \"@x\";type=b'c\\ ",
        "--text",
        "b=@x",
        "--text",
        "c=(",
        "--text",
        "=)",
    ],
    &["--form-string", "a=$HOME `ls` $(ls) !! \\n \\\\ % ~"],
    &["--text", "tabs=\ta\t", "--text", "lines=a\nb\r\nc\n\n"],
    &["--text", "\u{e4}\u{202e}=\u{1b}[2J\u{feff}"],
    &["--file", "a=-dash", "--file", "b=it's $HOME `a`.txt"],
    &["--file", "a=line\nend.txt", "--file", "b= b=l a,nk "],
    &["--file", "a=q\"uo;te,n.txt", "--file", "b=-"],
    &["--file", "a=g{a,b}[1].txt"],
    &[
        "--json-part",
        r#"a={"b": "c; \"d\""}"#,
        "--json-part",
        "b=@d.json",
    ],
    &["--json-part", "a=[1,2]", "a.txt", "noext"],
    &[
        "-F",
        "a=(;type=multipart/alternative;headers=\"X-A: b\"",
        "-F",
        "=one",
        "-F",
        "=two;type=text/html",
        "-F",
        "=)",
    ],
    &[
        "-F", "a=(", "-F", "b=(", "-F", "c=@a.txt", "-F", "=)", "-F", "=)", "-F", "d=e",
    ],
    &["-F", "a=(", "-F", "=@p.PNG;headers=X: 1"],
    &["--chunked", "a.txt"],
    &[
        "-H",
        "Content-Type: multipart/related",
        "-F",
        "a=b",
        "a.txt",
    ],
    &[
        "-H",
        "Content-Type: multipart/form-data; charset=utf-8; boundary=X",
        "-F",
        "a=b",
    ],
    &["--boundary", "X", "-F", "a=b"],
];

#[test]
fn curl_sends_other_forms_as_they_are_sent() {
    if !tools::is_there("curl") {
        return;
    }
    curl_sends_the_same_for(FORMS, "{\"piped\": 1}");
}

#[test]
fn curl_sends_other_bodies_as_they_are_sent() {
    if !tools::is_there("curl") {
        return;
    }
    curl_sends_the_same_for(
        &[
            &["-T", "a.txt"],
            &["-T", "g{a,b}[1].txt"],
            &["-T", "it's $HOME `a`.txt", "-X", "POST", "--type", "text/x"],
            &["-T", "a.txt", "--chunked", "-H", "Content-Type: a/b"],
            &["-T", "-", "--chunked"],
            &["-T", "-", "-H", "transfer-encoding: chunked"],
            &["-T", "a.txt", "-H", "Content-Length: 5"],
            &["--data-binary", "a=b&c 'd'\n"],
            &["--data-binary", ""],
            &[
                "--data-binary",
                "@noext",
                "--type",
                "application/octet-stream",
            ],
            &["--data-binary", "@-", "-H", "Content-Type:"],
            &["--data-binary", "@a.txt", "--chunked", "-X", "PATCH"],
            &[
                "--enctype",
                "urlencoded",
                "--text",
                "@a b=c&d~*",
                "-F",
                "e=<a.txt",
            ],
            &["--enctype", "text", "--text", "@a=b", "--text", "c=d e"],
            &["-G", "--text", "a=b c", "--text", "[d]={e}"],
            &[
                "-G",
                "--text",
                "a=b",
                "-X",
                "DELETE",
                "-H",
                "Content-Type: a/b",
            ],
        ],
        "piped\r\n",
    );
}

/// What the head can be asked to be.
const HEADS: &[&[&str]] = &[
    &["-X", "PUT"],
    &["-A", "agent 007"],
    &["-A", ""],
    &["-H", "User-Agent:"],
    &["-H", "User-Agent: x", "-H", "Accept: text/x"],
    &["-H", "Accept:"],
    &[
        "-H",
        "X-A: b  c",
        "-H",
        "X-Empty;",
        "-H",
        "X-Q: \"it's\" \\ $HOME",
    ],
    &["-H", "X-A: 1", "-H", "x-a: 2"],
    &["-H", "Host: other.example"],
    &["-H", "Expect:"],
    &["-H", "Expect: 100-continue", "-H", "X-Non-Text: \u{e4}"],
    &["--expect100-timeout", "0.05"],
    &["-H", "@fields"],
    &["-e", "http://from/?a=b"],
    &["-e", ";auto"],
    &["-b", "a=b; c=d", "-b", "e=f"],
    &["-b", "@a=b"],
    &["-b", "jar", "-b", "a=b"],
    &[
        "--compressed",
        "-H",
        "Accept-Encoding: gzip",
        "-H",
        "X-A: 1",
    ],
    &["-u", "me:pass word'\""],
    &["-u", "me:"],
    &["--oauth2-bearer", "tok-en=="],
    &["-n"],
    &["-n", "-u", "me"],
    &["--netrc-file", "home/.netrc"],
    &["--netrc-optional", "-u", "nobody:x"],
    &["-H", "Authorization: Basic abc", "-u", "me:secret"],
    &["-H", "Authorization:", "-u", "me:secret"],
    &["--idempotency-key=a \"key\""],
    &[
        "-k",
        "-4",
        "-m",
        "30.5",
        "--connect-timeout",
        "2.5",
        "--limit-rate",
        "1M",
    ],
    &[
        "--retry",
        "2",
        "--retry-delay",
        "0.1",
        "-L",
        "--max-redirs=-1",
        "-f",
        "-i",
        "-s",
        "-S",
    ],
    &["-x", "", "--noproxy", "*", "--no-progress-meter"],
    &[
        "--interface",
        "127.0.0.1",
        "--resolve",
        "h:1:127.0.0.1,[::1]",
        "--connect-to",
        "h:1::2",
    ],
    &["-o", "out", "-D", "head", "-w", "%{http_code}\\n"],
];

#[test]
fn curl_sends_the_same_head() {
    if !tools::is_there("curl") {
        return;
    }
    for head in HEADS {
        let multipart: Vec<&str> = head.iter().copied().chain(["-F", "a=b"]).collect();
        let whole: Vec<&str> = head.iter().copied().chain(["-T", "a.txt"]).collect();
        curl_sends_the_same_for(&[&multipart, &whole], "");
    }
    // The fields of these files cannot stay there.
    curl_sends_the_same_for(
        &[
            &["-T", "a.txt", "-H", "@fields-with-more"],
            &["-T", "a.txt", "-H", "@typed"],
            &["-T", "a.txt", "-H", "@-"],
        ],
        "X-Piped: 1\n",
    );
}

#[test]
fn curl_sends_a_large_body_without_asking_first() {
    if !tools::is_there("curl") {
        return;
    }
    let large = "x".repeat(2 << 20);
    curl_sends_the_same_for(&[&["--data-binary", "@-"]], &large[..1 << 20]);
    let tap = WireTap::answering([Answer::ok(""), Answer::ok("")]);
    let sandbox = sandbox().file("large", &large);
    let url = tap.url("/");
    sandbox.formpost(["large", "--url", &url]).run().code(0);
    let line = printed(&sandbox, &[OsStr::new("large")], &url);
    assert!(shell(&sandbox, "sh", &line, b"").status.success(), "{line}");
    let [ours, curls] = &tap.requests()[..] else {
        panic!("two requests were expected");
    };
    assert_eq!(
        ours.header("Content-Length"),
        curls.header("Content-Length")
    );
    assert_eq!(
        (ours.header("Expect"), curls.header("Expect")),
        (None, None)
    );
}

#[test]
fn curl_is_authorized_by_digest_as_well() {
    if !tools::is_there("curl") {
        return;
    }
    let challenge = || {
        let field =
            r#"WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256"#;
        Answer::with_headers("401 x", &[field], "")
    };
    let answers = || [challenge(), Answer::ok("")];
    let tap = WireTap::answering(answers().into_iter().chain(answers()));
    let sandbox = sandbox();
    let args = ["--digest", "-u", "me:secret", "-F", "a=b"].map(OsStr::new);
    let url = tap.url("/");
    sandbox.formpost(args).arg(&url).run().code(0);
    let line = printed(&sandbox, &args, &url);
    assert!(shell(&sandbox, "sh", &line, b"").status.success(), "{line}");
    let requests = tap.requests();
    assert_eq!(requests.len(), 4);
    for request in [&requests[1], &requests[3]] {
        assert!(
            request
                .header("Authorization")
                .unwrap()
                .starts_with("Digest username=\"me\"")
        );
        assert!(request.body_text().contains("\r\n\r\nb\r\n"));
    }
}

#[test]
fn curl_sends_names_that_are_not_utf_8() {
    if !tools::is_there("curl") {
        return;
    }
    let form = OsString::from_vec(b"n\xff=\"\xfe\x9b\";filename=\xfc.txt".to_vec());
    let plain = OsString::from_vec(b"--form-string=n\x80=\xff".to_vec());
    let args = [OsStr::new("-F"), &form, &plain];
    curl_sends_the_same(&args, "", 1, twice(|| Answer::ok("")));
}

/// What a shell makes of a command line: the words that curl would get.
#[track_caller]
fn words(sandbox: &Sandbox, program: &str, line: &str) -> Vec<Vec<u8>> {
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{line}");
    let output = shell(sandbox, program, &script, b"");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut words: Vec<Vec<u8>> = output
        .stdout
        .split(|octet| *octet == 0)
        .map(<[u8]>::to_vec)
        .collect();
    words.pop();
    words
}

#[test]
fn every_shell_reads_the_same_words() {
    let sandbox = sandbox();
    let awkward: &[&[u8]] = &[
        b"a='\"\\$HOME`ls`$(ls)!!*?[a]{b,c}~#&|;<>() ",
        b"a=\n\n\t \r\n",
        b"a=\xff\xfe\x1b[2J\x7f",
        "a=\u{202e}\u{e4}\u{1f333}".as_bytes(),
        b"a=\\n\\033%s%%",
        b"-n=x",
        b"a=",
    ];
    let mut run = sandbox.formpost(["--as-curl", "http://h/"]);
    for value in awkward {
        run = run.arg("--form-string").arg(OsStr::from_bytes(value));
    }
    let line = run.run().code(0).stdout_text();
    for program in ["sh", "bash"] {
        if !tools::is_there(program) {
            continue;
        }
        let words = words(&sandbox, program, &line);
        let values = words
            .iter()
            .filter(|word| awkward.contains(&word.as_slice()))
            .count();
        assert_eq!(values, awkward.len(), "{program}: {line}");
    }
}

#[test]
fn a41_a_command_can_be_shown() {
    let sandbox = sandbox();
    let value = OsString::from_vec(b"a=\x1b[2J\x9b2J\r\x07\xe2\x80\xae".to_vec());
    let args = [OsStr::new("--text"), &value];
    let line = printed(&sandbox, &args, "http://h/");
    let is_harmless =
        |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}' || c == '\u{fffd}');
    assert!(line.chars().all(is_harmless), "{line:?}");
}

#[test]
fn a_command_is_written_for_who_reads_it() {
    let sandbox = sandbox();
    let expected = "curl -A formpost/0.1.0 -H Expect: -F 'file=@\"a.txt\";filename=\"a.txt\";type=text/plain' http://h/\n";
    let line = printed(&sandbox, &[OsStr::new("a.txt")], "h");
    assert_eq!(line, expected.replace("0.1.0", env!("CARGO_PKG_VERSION")));

    let args = [
        "-A", "me", "-X", "PUT", "-k", "--text", "a=b", "--retry", "3", "-o", "out", "-s",
    ];
    let line = printed(&sandbox, &args.map(OsStr::new), "https://h/[1]");
    let expected = [
        "curl",
        "-g",
        "-X PUT",
        "-A me",
        "-H Expect:",
        "--form-string a=b",
        "-k",
        "--retry 3",
        "--retry-connrefused",
        "-o out",
        "-s",
        "--http1.1",
        "'https://h/[1]'\n",
    ];
    assert_eq!(line, expected.join(" \\\n  "));
}

/// Options, and what is said of them.
const OPTIONS: &[(&[&str], &str)] = &[
    (&["-m", "2.50"], "-m 2.5"),
    (&["--connect-timeout", "7"], "--connect-timeout 7"),
    (&["--limit-rate", "64K"], "--limit-rate 65536"),
    (&["--expect100-timeout", "3"], "-H 'Expect: 100-continue'"),
    (
        &["--resolve", "*:443:[::1],127.0.0.1"],
        "--resolve '*:443:[::1],127.0.0.1'",
    ),
    (&["--connect-to", "::h2:8443"], "--connect-to ::h2:8443"),
    (&["-6"], "-6"),
    (&["--interface", "if!eth0"], "--interface eth0"),
    (&["--unix-socket", "a socket"], "--unix-socket 'a socket'"),
    (
        &["--cacert", "ca.pem", "--tlsv1.3"],
        "--tlsv1.3 --cacert ca.pem",
    ),
    (
        &["-E", r"c\:d.pem:pa:ss", "--key", "k.pem"],
        r"-E 'c\:d.pem:pa:ss' --key k.pem",
    ),
    (&["-E", "c.pem", "--pass", "word"], "-E c.pem --pass word"),
    (
        &["-x", "socks5h://u%40x:p%3A@proxy:1"],
        "-x socks5h://u%40x:p%3A@proxy:1",
    ),
    (
        &["-x", "proxy", "-U", "u:p%2F"],
        "-x http://proxy:1080 -U u:p%2F",
    ),
    (&["-x", ""], "-x ''"),
    (&["--noproxy", "a,.b"], "--noproxy a,.b"),
    (
        &["-x", "p", "-p", "--proxy-header", "X-A: b"],
        "--proxy-header 'X-A: b' -p",
    ),
    (
        &["--proxy-insecure", "--proxy-cacert", "c"],
        "--proxy-insecure --proxy-cacert c",
    ),
    (&["-L"], "-L --max-redirs 10"),
    (
        &["--location-trusted", "--max-redirs", "-1"],
        "-L --max-redirs -1",
    ),
    (
        &["--retry", "2", "--retry-delay", "1.2"],
        "--retry 2 --retry-connrefused --retry-delay 2",
    ),
    (
        &[
            "--retry",
            "1",
            "--retry-max-time",
            "9",
            "--retry-all-errors",
        ],
        "--retry 1 --retry-connrefused --retry-max-time 9 --retry-all-errors",
    ),
    (&["-D", "-", "-ifSv"], "-D - -i -f -S -v"),
    (&["-#"], "'-#'"),
    (&["-w", "@format"], "-w @format"),
    (&["--digest", "-u", "me"], "--digest -u me"),
    (&["--idempotency-key=k"], "-H 'Idempotency-Key: \"k\"'"),
];

#[test]
fn every_option_of_the_way_there_is_said() {
    let sandbox = sandbox();
    for (args, said) in OPTIONS {
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        let line = printed(
            &sandbox,
            &[&args[..], &["--text", "a=b"].map(OsStr::new)].concat(),
            "http://h/",
        );
        let line = line.replace(" \\\n  ", " ");
        assert!(line.contains(&format!(" {said} ")), "{said}: {line}");
    }
}

#[test]
fn x1_what_a_file_holds_stays_there_if_it_can() {
    let sandbox = sandbox().file("k", "user = \"me:hunter2\"\n");
    let run = |args: &[&str]| {
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        let outcome = sandbox
            .formpost(["--as-curl", "http://h/", "a.txt"])
            .args(args)
            .run();
        outcome.code(0);
        (outcome.stdout_text(), outcome.stderr_text())
    };
    let (said, _) = run(&["-H", "@fields"]);
    assert!(
        said.contains("-H @fields") && !said.contains("X-Secret"),
        "{said}"
    );
    let (said, _) = run(&["--netrc-file", "none"]);
    assert!(said.contains("--netrc-file none"), "{said}");
    // As with curl, what a config says is an option like any other.
    let (said, _) = run(&["-K", "k"]);
    assert!(said.contains("-u me:hunter2"), "{said}");
    // curl would send the comment.
    let (said, told) = run(&["-H", "@fields-with-more"]);
    assert!(
        said.contains("X-One: 1") && told.contains("-H @fields-with-more: "),
        "{said}{told}"
    );
}

#[test]
fn a_password_in_the_url_is_said_where_curl_takes_it() {
    let sandbox = sandbox();
    for (url, args, said) in [
        ("http://me:p%3Aw@h/", &[][..], "-u me:p:w http://h/\n"),
        ("http://me@h/", &[], "-u me: http://h/\n"),
        ("http://me@h/", &["-n"], "--netrc-optional http://me@h/\n"),
        (
            "http://h/",
            &["-n", "-u", "m e"],
            "--netrc-optional http://m%20e@h/\n",
        ),
        ("http://me:pw@h/", &["-n"], "-u me:pw http://h/\n"),
        ("http://me:pw@h/", &["-u", "you:x"], "-u you:x http://h/\n"),
        (
            "http://me:pw@h/",
            &["-H", "Authorization: x"],
            "--form-string a=b http://h/\n",
        ),
    ] {
        let args: Vec<&OsStr> = args
            .iter()
            .chain(&["--text", "a=b"])
            .map(OsStr::new)
            .collect();
        let line = printed(&sandbox, &args, url);
        assert!(line.ends_with(said), "{line}");
    }
}

#[test]
fn what_curl_does_otherwise_is_said() {
    let sandbox = sandbox().fifo("fifo");
    for (args, told) in [
        (&["-L", "a.txt"][..], "curl -L goes to other hosts, too"),
        (
            &["--stall-timeout", "5", "a.txt"],
            "curl has no --stall-timeout",
        ),
        (
            &["--response-timeout", "5", "a.txt"],
            "curl has no --response-timeout",
        ),
        (&["--report", "r", "a.txt"], "curl has no --report"),
        (&["--checksum=md5", "a.txt"], "curl has no --checksum"),
        (
            &["--boundary", "X", "a.txt"],
            "curl chooses the boundary itself",
        ),
        (&["-T", "-"], "curl sends standard input chunked"),
        (&["fifo"], "curl sends fifo chunked"),
    ] {
        let run = || {
            sandbox
                .formpost(["--as-curl", "--url", "http://h/"])
                .args(args)
        };
        run()
            .run()
            .code(0)
            .stderr_has(&format!("formpost: warning: {told}"));
        run().arg("-s").run().code(0).stderr("");
    }
    assert!(!sandbox.path("r").exists());
}

/// Arguments, the exit code, and what is said.
const REFUSALS: &[(&[&str], i32, &str)] = &[
    (
        &["--field", "a=b", "a.txt"],
        2,
        "--as-curl: part 'a=b': to curl a name ends at its first =",
    ),
    (
        &["--field", "", "a.txt"],
        2,
        "--as-curl: part '': curl sends no empty name",
    ),
    (&["-F", "a=@/dev/fd/63"], 6, "/dev/fd/63: No such file"),
    (
        &["-F", "a=@/proc/self/status"],
        2,
        "part 'a': /proc/self/status is there for this process alone",
    ),
    (
        &["-T", "/proc/self/status"],
        2,
        "-T: /proc/self/status is there for this process alone",
    ),
    (
        &["--enctype=text", "-F", "a=<nul"],
        2,
        "--as-curl: a NUL in what is sent",
    ),
    (&["missing", "-F", "a=@gone"], 6, "missing: No such file"),
    (&["a.txt", "-o", "a.txt"], 2, "is one of the files to send"),
    (&["a.txt", "-4", "-6"], 2, "-4 and -6"),
    (&["a.txt", "--anyauth"], 2, "--anyauth"),
    (
        &["a.txt", "--digest", "-H", "Authorization: x"],
        2,
        "--digest and -H Authorization",
    ),
    (
        &["a.txt", "--unix-socket", "s", "-x", "p"],
        2,
        "--unix-socket and --proxy",
    ),
    (&["a.txt", "--dry-run"], 2, "--dry-run"),
    (&["a.txt", "--compress=gzip"], 2, "--compress"),
    (&["a.txt", "--content-digest"], 2, "--content-digest"),
    (&["a.txt", "--dump-body", "-"], 2, "--dump-body"),
    (&[], 2, "nothing to send"),
];

#[test]
fn what_curl_cannot_say_is_refused_by_name() {
    let sandbox = sandbox().file("nul", "a\0b");
    for (args, code, says) in REFUSALS {
        let run = sandbox
            .formpost(["--as-curl", "--url", "http://h/"])
            .args(*args);
        run.run().code(*code).stdout("").stderr_has(says);
    }
}

#[test]
fn nothing_is_sent_written_or_asked_for() {
    let tap = WireTap::expecting_nobody();
    let sandbox = sandbox().file("out", "kept");
    let args = [
        "--as-curl",
        "-u",
        "me",
        "-U",
        "you",
        "-x",
        "h",
        "-o",
        "out",
        "-D",
        "head",
    ];
    let run = sandbox
        .formpost(args)
        .args(["-F", "a=@-", "-E", "no.pem", &tap.url("/")]);
    run.stdin_from(std::io::repeat(0)).run().code(0);
    assert_eq!(sandbox.read("out"), b"kept");
    assert!(!sandbox.path("head").exists());
}
