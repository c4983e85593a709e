//! Where user names and passwords come from, and where they go.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::sandbox::{Invocation, Sandbox};
use crate::wire_tap::{Answer, WireTap};

const NETRC: &str = "machine other.example login no password no\n\
                     machine 127.0.0.1 login me password hunter2\n\
                     machine 127.0.0.1 login you password \"hunter 3\"\n";

/// A file that is its owner's alone, at home and elsewhere.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new()
        .file("home/.netrc", NETRC)
        .file("other", "default login them password hunter4\n");
    set_mode(&sandbox, "home/.netrc", 0o600);
    set_mode(&sandbox, "other", 0o400);
    sandbox
}

#[cfg(unix)]
fn set_mode(sandbox: &Sandbox, name: &str, mode: u32) {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Sandbox, _: &str, _: u32) {}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

/// The program that uploads with these arguments, `USER` standing for credentials in the URL.
fn upload<'a>(
    sandbox: &'a Sandbox,
    tap: &WireTap,
    user: &str,
    arguments: &[&str],
) -> Invocation<'a> {
    let url = tap.url("/").replace("http://", &format!("http://{user}"));
    sandbox.formpost(["-F", "a=1", &url]).args(arguments)
}

#[test]
fn the_nearest_credentials_count() {
    for (user, arguments, expected) in [
        ("", &["-n"][..], Some("me:hunter2")),
        ("", &["--netrc"], Some("me:hunter2")),
        ("", &["--netrc-optional"], Some("me:hunter2")),
        ("", &["--netrc-file", "other"], Some("them:hunter4")),
        ("", &["-n", "--netrc-file", "other"], Some("them:hunter4")),
        ("", &["--netrc-optional", "--netrc-file", "missing"], None),
        ("", &["-n", "-u", "me:given"], Some("me:given")),
        ("", &["-n", "-u", "me:"], Some("me:")),
        ("", &["-n", "-u", "you"], Some("you:hunter 3")),
        ("me:of-url@", &["-n"], Some("me:of-url")),
        ("you@", &["-n"], Some("you:hunter 3")),
        ("nobody@", &["-n"], Some("nobody:")),
        ("me:of-url@", &["-n", "-u", "you"], Some("you:hunter 3")),
        ("me:of-url@", &["-u", "a:b"], Some("a:b")),
        ("", &[], None),
    ] {
        let tap = WireTap::answering([Answer::ok("thanks")]);
        let sandbox = sandbox();
        let outcome = upload(&sandbox, &tap, user, arguments).run();
        outcome.code(0).stderr_lacks("hunter");
        let request = tap.request();
        let expected = expected.map(basic);
        let sent = request.header("Authorization");
        assert_eq!(sent, expected.as_deref(), "{user} {arguments:?}");
    }
}

#[test]
fn other_authorization_stands_above_a_file() {
    for (arguments, expected) in [
        (["--oauth2-bearer", "t0k3n"], Some("Bearer t0k3n")),
        (["-H", "Authorization: Own thing"], Some("Own thing")),
        (["-H", "Authorization:"], None),
    ] {
        let tap = WireTap::answering([Answer::ok("thanks")]);
        let sandbox = sandbox();
        // What is not needed is not looked at, either.
        let run = upload(&sandbox, &tap, "", &["--netrc-file", "missing"]);
        run.args(arguments).run().code(0);
        assert_eq!(tap.request().header("Authorization"), expected);
    }
}

#[test]
fn a_host_without_an_entry_gets_nothing() {
    let tap = WireTap::answering([Answer::ok("thanks")]);
    let sandbox = Sandbox::new().file(
        "netrc",
        "machine 127.0.0.1.example login me password hunter2\nmachine 127.0.0 login me password hunter2\n",
    );
    set_mode(&sandbox, "netrc", 0o600);
    let run = upload(&sandbox, &tap, "", &["-v", "--netrc-file", "netrc"]);
    let outcome = run.run();
    outcome
        .code(0)
        .stderr_has("netrc has no password for 127.0.0.1");
    assert_eq!(tap.request().header("Authorization"), None);
}

#[cfg(unix)]
#[test]
fn x4_a_file_that_others_can_read_is_refused() {
    for mode in [0o640, 0o604, 0o644, 0o620, 0o601, 0o666] {
        let tap = WireTap::expecting_nobody();
        let sandbox = sandbox();
        set_mode(&sandbox, "home/.netrc", mode);
        let outcome = upload(&sandbox, &tap, "", &["-n"]).run();
        outcome
            .code(2)
            .stderr_has(&format!(
                "home/.netrc: others than its owner may use it (mode {mode:03o})"
            ))
            .stderr_has("hint: chmod 600 ")
            .stderr_lacks("hunter");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    for (arguments, expected) in [
        (&["--netrc-file", "missing"][..], "netrc missing: "),
        (
            &["--netrc-file", "broken"],
            "netrc broken: line 2: expected a closing quote",
        ),
    ] {
        let tap = WireTap::expecting_nobody();
        let sandbox = Sandbox::new().file("broken", "machine h\nlogin \"hunter2");
        set_mode(&sandbox, "broken", 0o600);
        let outcome = upload(&sandbox, &tap, "", arguments).run();
        outcome.code(2).stderr_has(expected).stderr_lacks("hunter2");
    }
    let tap = WireTap::expecting_nobody();
    let sandbox = Sandbox::new();
    let outcome = upload(&sandbox, &tap, "", &["-n"]).run();
    outcome.code(2).stderr_has(".netrc: ");
}

#[test]
fn a_refusal_names_the_file() {
    let tap = WireTap::answering([Answer::status("401 Unauthorized", "who?")]);
    let sandbox = sandbox();
    let outcome = upload(&sandbox, &tap, "", &["-n"]).run();
    outcome
        .code(4)
        .stderr_has("hint: the server refused the credentials of netrc");
}

#[test]
fn what_cannot_be_done_for_digest_is_refused() {
    for (arguments, expected) in [
        (
            &["--digest"][..],
            "--digest: expected a user name and a password",
        ),
        (
            &["--digest", "--netrc-optional", "--netrc-file", "missing"],
            "--digest: expected a user name and a password",
        ),
        (&["--digest", "--oauth2-bearer", "x"], "cannot be used with"),
        (&["--digest", "--basic", "-u", "a:b"], "cannot be used with"),
        (
            &["--digest", "-u", "a:b", "-H", "Authorization: hunter2"],
            "--digest and -H Authorization: expected one of them",
        ),
        (
            &["--digest", "-u", "a\nb:c"],
            "--digest: a control character",
        ),
        (
            &["--anyauth", "-u", "a:b"],
            "hint: --digest asks the server first",
        ),
    ] {
        let tap = WireTap::expecting_nobody();
        let sandbox = Sandbox::new();
        let outcome = upload(&sandbox, &tap, "", arguments).run();
        outcome.code(2).stderr_has(expected).stderr_lacks("hunter2");
    }
    let tap = WireTap::answering([Answer::ok("thanks")]);
    let sandbox = Sandbox::new();
    upload(&sandbox, &tap, "", &["--basic", "-u", "a:b"])
        .run()
        .code(0);
    assert_eq!(tap.request().header("Authorization"), Some(&*basic("a:b")));
}
