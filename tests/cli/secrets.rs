//! Secrets: however an upload ends and however much it says, none of them is said.

#[cfg(all(target_os = "linux", feature = "receive"))]
use std::fs;
use std::net::TcpListener;

use crate::sandbox::{Outcome, Sandbox};
use crate::wire_tap::{Answer, WireTap};

/// In every place where a secret can stand. In Base64 with its user it is `bWU6aHVudGVyMg==`.
const SECRET: &str = "hunter2";

/// All that can be given, beside the URL.
const GIVEN: &[&str] = &[
    "-F",
    "a=1",
    "-H",
    "Cookie: a=hunter2",
    "-H",
    "Proxy-Authorization: Basic hunter2",
    "-H",
    "X-Api-Key: hunter2",
    "-H",
    "Referer: http://me:hunter2@h/?key=hunter2",
];

/// A URL with secrets at an address.
fn url(address: &str) -> String {
    format!("http://me:hunter2@{address}/up?n=1&token=hunter2&X-Amz-Signature=hunter2")
}

#[track_caller]
fn says_no_secret(outcome: &Outcome) {
    let stdout = outcome.stdout_text();
    for secret in [SECRET, "bWU6aHVudGVyMg"] {
        outcome.stderr_lacks(secret);
        assert!(!stdout.contains(secret), "{stdout}");
    }
}

/// Uploads with every secret there is to a server that answers so.
#[track_caller]
fn upload(options: &[&str], answers: impl IntoIterator<Item = Answer>) -> Outcome {
    let tap = WireTap::answering(answers);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost([url(&tap.address())]).args(GIVEN);
    let outcome = run.args(options).run();
    says_no_secret(&outcome);
    let request = &tap.requests()[0];
    assert_eq!(
        request.header("Authorization"),
        Some("Basic bWU6aHVudGVyMg==")
    );
    assert!(request.line().contains("token=hunter2"));
    outcome
}

/// Places that a server can name, each with secrets.
const PLACES: &[&str] = &[
    "/there?token=hunter2",
    "//me:hunter2@127.0.0.1:1/?sig=hunter2#access_token=hunter2",
    "http://me:hunter2@127.0.0.1:1/?key=hunter2",
    "http://me:hunt/hunter2@x/",
    "ftp://me:hunter2@h/?key=hunter2",
    "http://127.0.0.1:1/?key=hunt?hunter2;hunter2",
];

#[test]
fn x2_x3_no_answer_makes_it_say_a_secret() {
    for place in PLACES {
        let location = format!("Location: {place}");
        let fields = [
            location.as_str(),
            "Set-Cookie: session=hunter2; Secure",
            "Link: <http://me:hunter2@h/?token=hunter2>; rel=next",
            "X-Auth-Token: hunter2",
        ];
        for status in [
            "201 Created",
            "301 Moved",
            "303 See Other",
            "307 Temporary Redirect",
            "401 Unauthorized",
            "413 Too Large",
        ] {
            println!("{status} {place}");
            let answer = || Answer::with_headers(status, &fields, "");
            let interim = "HTTP/1.1 103 Early Hints\r\nSet-Cookie: hunter2\r\n\r\n";
            let outcome = upload(&["-v"], [answer().interim(interim)]);
            outcome.stderr_has("> Authorization: Basic [redacted]");
            outcome.stderr_has("< Set-Cookie: [redacted]");
        }
    }
}

#[test]
fn x2_x3_no_redirection_makes_it_say_a_secret() {
    for place in &PLACES[1..] {
        for (option, status) in [
            ("-L", "307 Temporary Redirect"),
            ("-L", "303 See Other"),
            ("-L", "302 Found"),
            ("--location-trusted", "308 Permanent Redirect"),
        ] {
            println!("{option} {status} {place}");
            let location = format!("Location: {place}");
            let answer = Answer::with_headers(status, &[location.as_str()], "");
            upload(&[option, "-v"], [answer]);
        }
    }
    let there = Answer::with_headers("307 Temporary Redirect", &["Location: /?token=hunter2"], "");
    let outcome = upload(&["-L", "-v"], [there, Answer::ok("")]);
    outcome
        .code(0)
        .stderr_has("sending it to http://127.0.0.1:");
    let there = Answer::with_headers("303 See Other", &["Location: /?token=hunter2"], "");
    let outcome = upload(&["-L", "-v"], [there, Answer::ok("")]);
    outcome.code(0).stderr_has("?token=[redacted]");
}

#[test]
fn x2_x3_no_failure_makes_it_say_a_secret() {
    let broken = "HTTP/1.1 200 OK\r\nSet-Cookie: hunter2\r\nX: \x1b\r\n\r\n";
    upload(&["-v"], [Answer::raw(broken).and_close()]).code(9);
    let cut = "HTTP/1.1 200 OK\r\nSet-Cookie: hunter2\r\nContent-Length: 9\r\n\r\n";
    upload(&["-v"], [Answer::raw(cut).and_close()]).code(9);
    upload(&["-v"], [Answer::raw(&broken[..30]).and_close()]);
    upload(&["-v"], [Answer::hang_up()]).code(8);
    let repeats = [
        "--retry",
        "1",
        "--retry-delay",
        "0.01",
        "--retry-all-errors",
    ];
    upload(
        &repeats,
        [Answer::hang_up(), Answer::status("503 Busy", "")],
    )
    .code(5);

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let sandbox = Sandbox::new();
    for address in [
        &nobody.unwrap().to_string(),
        "nowhere.invalid",
        "h:99999",
        "[::1",
    ] {
        let run = sandbox.formpost([url(address)]).args(GIVEN).arg("-v");
        says_no_secret(&run.run());
    }
}

#[test]
fn x2_x3_looking_shows_no_secret() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    for options in [&["--dry-run"][..], &["--dry-run", "--json"]] {
        for credentials in [&[][..], &["--oauth2-bearer", SECRET], &["-u", "me:hunter2"]] {
            let run = sandbox.formpost([url("h")]).args(GIVEN);
            let outcome = run.args(options).args(credentials).run();
            outcome.code(0).stdout_has("[redacted]");
            says_no_secret(&outcome);
        }
    }
}

#[test]
fn x2_x3_no_usage_error_shows_a_secret() {
    let (tap, sandbox) = (WireTap::expecting_nobody(), Sandbox::new());
    let url = url(&tap.address());
    for args in [
        &["-u", "me:hunter2", "--oauth2-bearer", "hunter2"][..],
        &["--oauth2-bearer", "hunter2\n"],
        &["-u", "me:hunter2\n", "-F", "a=1", "--boundary", ""],
        &["-H", "X-Api-Key hunter2"],
        &["-H", "X-Api-Key: hunter2\u{1}"],
        &["-F", "a=1", "--oauth2-bearr=hunter2"],
        &["-F", "a=1", "--password=hunter2"],
        &["-F", "a=1", "--tokn", "http://me:hunter2@h/?sig=hunter2"],
        &["http://me:hunter2@h/?sig=hunter2"],
    ] {
        println!("{args:?}");
        let outcome = sandbox.formpost([&url]).args(args).run();
        outcome.code(2);
        says_no_secret(&outcome);
    }
    let args = ["completions", "bash", &url];
    says_no_secret(sandbox.formpost(args).run().code(2));
    let args = ["inspect", "a", &url];
    says_no_secret(sandbox.formpost(args).run().code(2));
}

#[test]
fn x1_secrets_need_not_be_arguments() {
    let tap = WireTap::answering([Answer::ok("")]);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["-v", "-F", "a=1", "-H", "@-", &tap.url("/")]);
    let outcome = run
        .stdin("Authorization: Bearer hunter2\nX-Api-Key: hunter2\n")
        .run();
    outcome.code(0);
    says_no_secret(&outcome);
    assert_eq!(
        tap.request().header("Authorization"),
        Some("Bearer hunter2")
    );
}

/// Nothing can be asked where there is no terminal: neither standard input nor any that the session has.
#[cfg(target_os = "linux")]
#[test]
fn x1_a_password_that_cannot_be_asked_for_is_a_usage_error() {
    let (tap, sandbox) = (WireTap::expecting_nobody(), Sandbox::new());
    let run = sandbox.formpost(["-u", "me", "-F", "a=1", &tap.url("/")]);
    let outcome = run.without_terminal().stdin("hunter2\n").run();
    outcome
        .code(2)
        .stdout("")
        .stderr_has("-u me: no password, and no terminal");
}

/// What is in the environment changes neither where an upload goes nor what is said, once it is told of no proxy.
#[test]
fn x6_no_variable_changes_where_it_goes() {
    let (proxy, tap) = (
        WireTap::expecting_nobody(),
        WireTap::answering([Answer::ok("thanks")]),
    );
    let sandbox = Sandbox::new();
    let sandbox = sandbox.file(
        "home/.netrc",
        "machine 127.0.0.1 login me password hunter2\n",
    );
    let sandbox = sandbox.file("home/.curlrc", "header = \"X-Api-Key: hunter2\"\n");
    let mut run = sandbox.formpost(["-v", "-x", "", "-F", "a=1", &tap.url("/")]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        run = run.env(name, proxy.url("/"));
    }
    run.run().code(0).stdout("thanks");
    let head = tap.request().head;
    assert!(
        !head.contains("Authorization") && !head.contains(SECRET),
        "{head}"
    );
}

/// What is spooled may be a secret, too: its file has no name, and nobody else may read it.
#[cfg(all(target_os = "linux", feature = "receive"))]
#[test]
fn x5_a_spool_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt;

    let (reached, reaching) = std::sync::mpsc::channel();
    let answer = Answer::raw("").discarding().at(1_000_000, move || {
        // A test that no longer listens has its own reasons.
        let _ = reached.send(());
    });
    let tap = WireTap::answering([answer.after(1_000_000).and_hold()]);
    let sandbox = Sandbox::new().directory("spool");
    let run = sandbox.formpost(["--spool", "-F", "a=@-", &tap.url("/")]);
    let run = run.env("TMPDIR", sandbox.path("spool"));
    let running = run.stdin(vec![0; 32 << 20]).start().until(&reaching);

    let descriptors = fs::read_dir(format!("/proc/{}/fd", running.id())).unwrap();
    let spools: Vec<_> = descriptors
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            fs::read_link(path)
                .unwrap()
                .starts_with(sandbox.path("spool"))
        })
        .collect();
    assert_eq!(spools.len(), 1);
    let mode = fs::metadata(&spools[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(sandbox.path("spool")).unwrap().count(), 0);
    running.signal("KILL");
    running.wait().code(137);
}
