//! Options out of files: `-K`, and `--url`.
//!
//! What the language of such a file is, is curl's to say, and is asked of it where it is there.

use std::process::{Command, Stdio};

use crate::sandbox::Sandbox;
use crate::tools;
use crate::wire_tap::{Answer, Request, WireTap};

/// A request without what is never the same: the boundary, who sends it, and where to.
fn comparable(request: &Request) -> (String, String) {
    let content_type = request.header("Content-Type").unwrap_or_default();
    let boundary = content_type.split_once("boundary=").map_or("-", |(_, b)| b);
    let head = request.head.replace(boundary, "BOUNDARY");
    // Whether a blank follows the colon means nothing.
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut fields: Vec<(&str, &str)> = fields.map(|(name, value)| (name, value.trim())).collect();
    fields.retain(|(name, value)| {
        let is_own = value.starts_with("curl/") || value.starts_with("formpost/");
        !matches!(
            (*name, is_own),
            ("Host" | "Content-Length", _) | ("User-Agent", true)
        )
    });
    fields.sort_unstable();
    let head = format!("{}\n{fields:?}", request.line());
    (head, request.body_text().replace(boundary, "BOUNDARY"))
}

/// Configs that both read, and send the same for.
const CONFIGS: &[&str] = &[
    "form = \"a=1\"\nform = \"b=2\"",
    "form a=1\n-F b=2\n--form c=3\nform:d=4\nform : = e=5\n-F \"f=6\"\n",
    "form-string = \"a=\\t\\n\\r\\v\\\\\\\"\\q\\0\"",
    "form = \"a=x y\" # a comment\n# another\n\n   # and one more\n\tform = b=2 # that ends the value\n",
    "form = a=x y\nform = \"b=x\" y\nform = \"c=x\"y\nform = 'd=x'",
    "form = \"a=x\\\"y\nform = \"b=x y\nform = \"c=x\\",
    "form = a=\"x;y\"\nform = \"b=\\\"x;y\\\"\"\nform = \"c=\"x;y\"\"",
    "-F =nameless\nform = \"=nameless, too\"\nform = a==:",
    "form = \"a=\u{e4}\u{4e2d}\"\nform = \u{e4}=\u{4e2d}",
    "form = \"a=1\"\r\n-sS\r\nuser-agent = \"me/1 (x)\"\r\nheader = X-A:b\r\nheader = X-B;\r\n",
    "-A me\n-u me:secret\n-H \"X-A: b c\"\nheader = \"X-B;\"\nform-string = \"a=@b;c\"",
    "user = \"me:se cret\\\\\"\nrequest = PUT\nform = \"a=@a.txt;type=text/x\"\n-sS",
    "config = inner\nform = c=3",
    "-K inner\n-Kinner\nform = c=3\n-sK inner",
    "-sF a=1\n-sSFb=2\n-Fc=3",
];

#[test]
fn a_config_means_what_it_means_to_curl() {
    if !tools::is_there("curl") {
        return;
    }
    for config in CONFIGS {
        let sandbox = Sandbox::new()
            .file("a.txt", "hello")
            .file("inner", "form = \"b=2\"\n-A inner")
            .file("config", config);
        let tap = WireTap::answering([Answer::ok("").and_close(), Answer::ok("").and_close()]);
        let url = tap.url("/x?y");
        let args = ["-F", "before=0", "-K", "config", "-F", "after=9", &url];
        let mut curl = Command::new("curl");
        // No settings, and no proxy out of the environment.
        curl.args(["--disable", "--noproxy", "*"]).args(args);
        curl.current_dir(sandbox.path("")).stdin(Stdio::null());
        let output = curl.output().unwrap();
        assert!(output.status.success(), "{config}\n{output:?}");
        let move_url_first = [&args[6..], &args[..6]].concat();
        sandbox.formpost(move_url_first).run().code(0);

        let requests = tap.requests();
        assert_eq!(
            comparable(&requests[1]),
            comparable(&requests[0]),
            "{config}"
        );
    }
}

#[test]
fn a_secret_in_a_config_is_sent_and_not_shown() {
    let tap = WireTap::answering([Answer::ok("thanks")]);
    let url = tap.url("/x?token=hunter2");
    let config = format!(
        "# for the nightly upload\nurl = \"{url}\"\nheader = \"Authorization: Bearer hunter2\"\nform = \"a=1\"\n"
    );
    Sandbox::new()
        .file("config", config)
        .file("a.txt", "hello")
        .formpost(["-v", "-K", "config", "a.txt"])
        .run()
        .code(0)
        .stdout("thanks")
        .stderr_lacks("hunter2");
    let request = tap.request();
    assert_eq!(request.line(), "POST /x?token=hunter2 HTTP/1.1");
    assert_eq!(request.header("Authorization"), Some("Bearer hunter2"));
    let body = request.body_text();
    assert!(body.contains("name=\"a\"") && body.contains("filename=\"a.txt\""));
}

#[test]
fn a_config_comes_through_a_pipe_or_from_standard_input() {
    let names = ["-", "/dev/stdin"];
    for config in &names[..if cfg!(unix) { 2 } else { 1 }] {
        let tap = WireTap::answering([Answer::ok("")]);
        let run = Sandbox::new();
        let run = run.formpost(["-qsK", config, &tap.url("/")]);
        run.stdin("user-agent = piped\nform = a=1").run().code(0);
        assert_eq!(tap.request().header("User-Agent"), Some("piped"));
    }
    for args in [
        &["-K", "-", "http://h/", "-"][..],
        &["-K", "-", "http://h/", "-F", "a=@-"],
        &["-K", "-", "http://h/", "-H", "@-", "-F", "a=1"],
        &["-K", "-", "-K", "-", "http://h/"],
        #[cfg(feature = "receive")]
        #[cfg(all(unix, feature = "receive"))]
        &["try", "-K", "/dev/stdin", "-", "-F", "a=b"],
    ] {
        let sandbox = Sandbox::new();
        let run = sandbox.formpost(args).stdin("user-agent = me");
        run.run().code(2).stderr_has("standard input (-)");
    }
}

#[test]
fn what_is_wrong_in_a_config_is_a_usage_error_with_its_place() {
    let sandbox = Sandbox::new()
        .file("bad", "silent\n\nmax-time = hunter2\n")
        .file("outer", "# to\nconfig = bad")
        .file("lost", "config = nowhere")
        .file("auth", "user = \"a:hunter2\"")
        .file("twice", "oauth2-bearer = \"hunter2\"\nconfig = auth")
        .directory("folder");
    for (config, said) in [
        ("nowhere", "formpost: -K: nowhere: "),
        ("lost", "formpost: lost:1: nowhere: "),
        ("folder", "formpost: -K: folder: "),
        (
            "bad",
            "formpost: bad:3: --max-time <SECONDS>: expected seconds, such as 0, 30 or 2.5\n",
        ),
        ("outer", "formpost: bad:3: --max-time"),
        ("twice", "twice:1: here is --oauth2-bearer <TOKEN>\n"),
        ("twice", "auth:1: here is --user <USER[:PASSWORD]>\n"),
    ] {
        sandbox
            .formpost(["-F", "a=1", "http://nowhere.invalid/", "-K", config])
            .run()
            .code(2)
            .stdout("")
            .stderr_has(said)
            .stderr_lacks("hunter2");
    }
}

#[test]
fn a_value_that_is_cut_is_warned_about_unless_silent() {
    let sandbox = Sandbox::new()
        .file("loud", "url = h\nform = a=x y\ndry-run")
        .file("quiet", "url = h\nform = a=x y\ndry-run\nsilent");
    let said = "warning: loud:2: --form <NAME=CONTENT>: the value ends at a blank";
    let run = |config| sandbox.formpost(["-K", config]).run();
    run("loud").code(0).stderr_has(said);
    run("quiet").code(0).stderr("");
}

#[test]
fn no_config_is_read_that_was_not_named() {
    let sandbox = Sandbox::new()
        .file("home/.curlrc", "no-such-option")
        .file("home/.config/curlrc", "no-such-option")
        .file(".curlrc", "no-such-option");
    sandbox
        .formpost(["--dry-run", "h", "-F", "a=1"])
        .env("CURL_HOME", sandbox.path("home"))
        .run()
        .code(0)
        .stderr("");
}

#[test]
fn with_the_url_as_an_option_all_arguments_are_files() {
    let sandbox = Sandbox::new().file("a.txt", "1").file("b c", "2");
    for args in [
        &["a.txt", "b c", "--url", "h"][..],
        &["--url=h", "a.txt", "b c"],
        &["a.txt", "--url", "h", "--", "b c"],
    ] {
        let run = sandbox.formpost(["--dry-run", "--json"]).args(args);
        let parts = run.run().code(0).json();
        assert_eq!(parts["parts"].as_array().unwrap().len(), 2, "{args:?}");
    }
    for (args, said) in [
        (&["--url", "h", "http://h/"][..], "found a URL"),
        (&["--url", "h", "--url", "g", "a.txt"], "expected one URL"),
        (&["--url", "ftp://h", "a.txt"], "ftp"),
        (&["--url"], "--url"),
        (&["try", "--url", "h"], "--url"),
    ] {
        sandbox.formpost(args).run().code(2).stderr_has(said);
    }
}

#[cfg(feature = "receive")]
#[test]
fn a_trial_reads_a_config_too() {
    Sandbox::new()
        .file("config", "form = \"a=1\"\nform = \"b=2\"")
        .formpost(["try", "-K", "config", "--json"])
        .run()
        .code(0)
        .stdout_has("\"name\":\"b\"");
}

#[cfg(all(unix, feature = "receive"))]
#[test]
fn a_receiver_takes_its_token_from_a_config() {
    let sandbox = Sandbox::new().file("config", "token = \"hunter2\"");
    let receiver = sandbox.receiver(["-K", "config"]);
    let refused = sandbox.formpost([receiver.url(), "-F", "a=1"]).run();
    refused.code(4);
    let taken = sandbox.formpost([receiver.url(), "-F", "a=1", "--oauth2-bearer", "hunter2"]);
    taken.run().code(0);
    receiver.stop();
}
