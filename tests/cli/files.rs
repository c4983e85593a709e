//! Which files are sent: what is in directories, in which order, and what is left out.

use std::fs;

use crate::sandbox::{Outcome, Sandbox};
use crate::wire_tap::{Answer, WireTap};

const NOWHERE: &str = "http://nowhere.invalid/";

/// A directory with something of everything in it, made anew for each test.
fn site() -> Sandbox {
    Sandbox::new()
        .file("site/b.txt", "b")
        .file("site/Z.txt", "Z")
        .file("site/a/two.txt", "two")
        .file("site/a/one.txt", "one")
        .file("site/a.txt", "a")
        .file("site/.hidden/inside", "h")
        .file("site/.hidden.txt", "h")
        .file("site/notes.log", "log")
        .file("site/.ignore", "*.log\n")
}

/// What would be sent.
#[track_caller]
fn filenames(outcome: &Outcome) -> Vec<String> {
    outcome.code(0);
    let listed = outcome.json();
    let parts = listed["parts"].as_array().unwrap().iter();
    parts
        .map(|part| part["filename"].as_str().unwrap().to_owned())
        .collect()
}

fn look(sandbox: &Sandbox, args: &[&str]) -> Outcome {
    let looking = ["--dry-run", "--json", NOWHERE];
    sandbox.formpost(looking).args(args).run()
}

#[track_caller]
fn refused(sandbox: &Sandbox, args: &[&str]) -> Outcome {
    let tap = WireTap::expecting_nobody();
    let outcome = sandbox.formpost([&tap.url("/")]).args(args).run();
    outcome.stdout("");
    outcome
}

#[test]
fn a_directory_is_sent_in_the_order_of_its_names() {
    let tap = WireTap::answering([Answer::ok("")]);
    site()
        .formpost(["--boundary", "X", "--field", "f", "-r", &tap.url("/")])
        .args(["site/b.txt", "site/a"])
        .run()
        .code(0)
        .stderr_has("200 OK, 3 parts");
    let part = |name: &str, content: &str| {
        format!(
            "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n{content}\r\n"
        )
    };
    let parts = [
        part("b.txt", "b"),
        part("one.txt", "one"),
        part("two.txt", "two"),
    ];
    tap.request().body_is(parts.concat() + "--X--\r\n");
}

#[test]
fn hidden_and_ignored_files_are_left_out_unless_they_are_asked_for() {
    let plain = &["Z.txt", "one.txt", "two.txt", "a.txt", "b.txt"][..];
    let hidden = ["inside", ".hidden.txt", ".ignore"];
    let table: &[(&[&str], Vec<&str>)] = &[
        (&[], plain.to_vec()),
        (&["--hidden"], [&hidden, plain].concat()),
        (&["--no-ignore"], [plain, &["notes.log"]].concat()),
        (
            &["--no-ignore", "--hidden"],
            [&hidden, plain, &["notes.log"]].concat(),
        ),
    ];
    let sandbox = site();
    for (options, expected) in table {
        let outcome = look(&sandbox, &[&["-r", "site"], *options].concat());
        assert_eq!(filenames(&outcome), *expected, "{options:?}");
    }
}

#[test]
fn what_is_named_is_sent_whatever_it_is_called() {
    let outcome = look(&site(), &["-r", "site/notes.log", "site/.hidden"]);
    assert_eq!(filenames(&outcome), ["notes.log", "inside"]);
}

#[test]
fn a_gitignore_counts_in_a_repository() {
    let sandbox = Sandbox::new()
        .file("tree/.gitignore", "build/\n")
        .file("tree/build/out", "o")
        .file("tree/src/in", "i");
    let names = |path: &str| filenames(&look(&sandbox, &["-r", path]));
    assert_eq!(names("tree"), ["out", "in"]);
    fs::create_dir(sandbox.path("tree/.git")).unwrap();
    assert_eq!(names("tree"), ["in"]);
    // Named, it is sent: the rule is about what is come across.
    assert_eq!(names("tree/build"), ["out"]);
    fs::write(sandbox.path("tree/.gitignore"), "in\n").unwrap();
    // The rules of the directories around it count, too.
    assert_eq!(names("tree/build"), ["out"]);
    refused(&sandbox, &["-r", "tree/src"])
        .code(6)
        .stderr_has("--no-ignore");
}

#[test]
fn a_line_of_an_ignore_file_that_cannot_be_read_is_warned_about() {
    let sandbox = site().file("site/a/.ignore", "{one\ntwo.txt\n");
    let outcome = look(&sandbox, &["-r", "site/a"]);
    assert_eq!(filenames(&outcome), ["one.txt"]);
    outcome
        .stderr_has("warning: site/a/.ignore: line 1")
        .stderr_has("{one");
}

#[test]
fn a_directory_without_r_is_named_with_the_way_out() {
    refused(&site(), &["site", "site/a.txt"])
        .code(6)
        .stderr_has("site: expected a file, found a directory; -r sends what is in it");
}

#[test]
fn all_that_cannot_be_sent_is_named_wherever_it_stands() {
    refused(
        &site(),
        &["-r", "missing-1", "site", "missing-2", "-F", "a=@missing-3"],
    )
    .code(6)
    .stderr_has("missing-1: No such file")
    .stderr_has("missing-2: No such file")
    .stderr_has("missing-3: No such file");
}

#[test]
fn a_directory_without_files_is_an_error_fields_or_not() {
    let sandbox = Sandbox::new().directory("empty/inside");
    for fields in [&[][..], &["-F", "a=1"]] {
        refused(&sandbox, &[&["-r", "empty"], fields].concat())
            .code(6)
            .stderr_has("nothing to send: no file was found");
    }
}

#[test]
fn a_name_for_one_file_wants_one_file() {
    let sandbox = site().file("one/a.txt", "a");
    let names = ["--filename", "n.txt", "-r"];
    let outcome = look(&sandbox, &[&names[..], &["one"]].concat());
    assert_eq!(filenames(&outcome), ["n.txt"]);
    refused(&sandbox, &[&names[..], &["site"]].concat())
        .code(2)
        .stderr_has("--filename: expected one FILE, found 5");
    refused(&sandbox, &["--filename", "n.txt", "-F", "a=1"])
        .code(2)
        .stderr_has("--filename: expected one FILE, found 0");
}

#[test]
fn a_filename_is_the_relative_path_on_request() {
    let sandbox = site();
    let absolute = sandbox.path("site/a");
    let absolute = absolute.to_str().unwrap();
    let names = |mode: &str, args: &[&str]| {
        let options = [&["--filename", mode, "-r"], args].concat();
        filenames(&look(&sandbox, &options))
    };
    let table: &[(&[&str], &[&str])] = &[
        (&["site/a"], &["a/one.txt", "a/two.txt"]),
        (&[absolute], &["a/one.txt", "a/two.txt"]),
        (&["./site/../site/a/"], &["a/one.txt", "a/two.txt"]),
        (
            &["site/a/two.txt", "./site/a.txt"],
            &["site/a/two.txt", "site/a.txt"],
        ),
        (
            &["site"],
            &[
                "site/Z.txt",
                "site/a/one.txt",
                "site/a/two.txt",
                "site/a.txt",
                "site/b.txt",
            ],
        ),
    ];
    for (args, expected) in table {
        assert_eq!(names("relative", args), *expected, "{args:?}");
        let ends = expected.iter().map(|path| path.rsplit('/').next().unwrap());
        assert_eq!(
            names("basename", args),
            ends.collect::<Vec<_>>(),
            "{args:?}"
        );
    }
    let outcome = look(&sandbox, &["-F", "f=@site/a.txt;filename=relative"]);
    assert_eq!(filenames(&outcome), ["relative"]);
}

#[test]
fn a_pipe_has_no_path_to_be_called_by() {
    let tap = WireTap::answering([Answer::ok("")]);
    let sandbox = site();
    let args = ["--filename", "relative", "-", "site/a.txt"];
    sandbox
        .formpost([&tap.url("/")])
        .args(args)
        .stdin("content")
        .run()
        .code(0);
    let body = tap.request().body_text();
    assert!(body.contains("filename=\"-\""), "{body}");
    assert!(body.contains("filename=\"site/a.txt\""), "{body}");
}

#[test]
fn what_only_a_walk_knows_wants_r() {
    for option in ["--hidden", "--no-ignore", "--follow-links"] {
        refused(&site(), &[option, "site/a.txt"])
            .code(2)
            .stderr_has("--recursive");
    }
}

#[test]
fn lists_name_files_one_a_line() {
    let sandbox = site()
        .file("with blanks  .txt", "x")
        .file("first", "site/notes.log\n\nwith blanks  .txt\n")
        .file("second", "site/.hidden/inside");
    let outcome = look(
        &sandbox,
        &[
            "--files-from",
            "first",
            "--files-from",
            "second",
            "site/a.txt",
        ],
    );
    let expected = ["a.txt", "notes.log", "with blanks  .txt", "inside"];
    assert_eq!(filenames(&outcome), expected);
    let options = ["--filename", "relative", "--files-from", "second"];
    assert_eq!(
        filenames(&look(&sandbox, &options)),
        ["site/.hidden/inside"]
    );
}

#[test]
fn a_list_may_come_through_a_pipe() {
    let sandbox = site();
    let looking = ["--dry-run", "--json", "--files-from", "-", NOWHERE];
    let outcome = sandbox
        .formpost(looking)
        .stdin("site/b.txt\nsite/a.txt")
        .run();
    assert_eq!(filenames(&outcome), ["b.txt", "a.txt"]);
    let outcome = sandbox
        .formpost(looking)
        .arg("-r0")
        .stdin("site/b.txt\0site/a\0")
        .run();
    assert_eq!(filenames(&outcome), ["b.txt", "one.txt", "two.txt"]);
}

#[test]
fn l14_a_list_on_standard_input_has_it_for_itself() {
    for other in [
        &["-"][..],
        &["-F", "a=@-"],
        &["-K", "-"],
        &["--files-from", "/dev/stdin"],
        &["-w", "@-"],
        &["-H", "@-"],
    ] {
        refused(&site(), &[&["--files-from", "-"], other].concat())
            .code(2)
            .stderr_has("standard input (-) is asked for 2 times");
    }
}

#[test]
fn what_a_list_names_in_vain_is_named() {
    let sandbox = site().file("list", "site/a.txt\nmissing\nsite\nlast\r\n");
    refused(&sandbox, &["--files-from", "list"])
        .code(6)
        .stderr_has("formpost: missing: No such file")
        .stderr_has("formpost: site: expected a file, found a directory; -r")
        .stderr_has("formpost: last\\r: No such file");
}

#[test]
fn a_list_that_is_none_is_named() {
    let sandbox = site().file("list", "site/a.txt\0site/b.txt\0");
    refused(
        &sandbox,
        &[
            "--files-from",
            "missing",
            "--files-from",
            "site",
            "--files-from",
            "list",
        ],
    )
    .code(6)
    .stderr_has("formpost: missing: No such file")
    .stderr_has("formpost: site: expected a list, found a directory")
    .stderr_has("formpost: list:1: expected a path, found a NUL; -0");
    refused(&site(), &["-0", "site/a.txt"])
        .code(2)
        .stderr_has("--files-from");
}

#[test]
fn a_list_beside_a_whole_body_is_not_passed_over() {
    let sandbox = site().file("list", "site/a.txt");
    for body in [["-T", "site/b.txt"], ["--data-binary", "@site/b.txt"]] {
        refused(&sandbox, &[&body[..], &["--files-from", "list"]].concat())
            .code(2)
            .stderr_has("it is the whole body, but there is a form as well");
    }
}

#[test]
fn an_empty_list_is_an_error() {
    refused(&site().file("list", "\n"), &["--files-from", "list"])
        .code(6)
        .stderr("formpost: nothing to send: no file was found\n");
}

#[test]
fn globs_choose_among_what_is_come_across() {
    let sandbox = site().file(
        "list",
        "site/a.txt\nsite/a/one.txt\nsite/notes.log\nsite/gone\n",
    );
    let table: &[(&[&str], &[&str])] = &[
        (
            &["-r", "site", "--include", "*o*.txt"],
            &["one.txt", "two.txt"],
        ),
        (
            &["-r", "site", "--include", "/site/*.txt"],
            &["Z.txt", "a.txt", "b.txt"],
        ),
        (
            &["-r", "site", "--exclude", "a/"],
            &["Z.txt", "a.txt", "b.txt"],
        ),
        (
            &["-r", "site", "--include=a", "--exclude=two*"],
            &["one.txt"],
        ),
        (
            &["-r", "site/a", "--exclude", "site"],
            &["one.txt", "two.txt"],
        ),
        // Hidden and ignored files stay left out.
        (
            &[
                "-r",
                "site",
                "--include=*.log",
                "--include=inside",
                "--include=b.txt",
            ],
            &["b.txt"],
        ),
        // What is a FILE itself is sent.
        (
            &[
                "-r",
                "site/a",
                "site/b.txt",
                "--exclude",
                "b.txt",
                "--include=one*",
            ],
            &["one.txt", "b.txt"],
        ),
        (
            &[
                "--files-from",
                "list",
                "--include",
                "a.txt",
                "--include",
                "*.log",
            ],
            &["a.txt", "notes.log"],
        ),
        (
            &[
                "--files-from",
                "list",
                "--exclude",
                "gone",
                "--exclude=*.log",
            ],
            &["a.txt", "one.txt"],
        ),
        (
            &[
                "--files-from",
                "list",
                "--exclude",
                "site/a",
                "--exclude=gone",
            ],
            &["a.txt", "notes.log"],
        ),
    ];
    for (args, expected) in table {
        assert_eq!(filenames(&look(&sandbox, args)), *expected, "{args:?}");
    }
}

#[test]
fn globs_that_leave_nothing_are_named() {
    refused(&site(), &["-r", "site", "--include", "*.jpg"])
        .code(6)
        .stderr_has("nothing to send: no file was found that --include and --exclude leave");
}

#[test]
fn globs_without_anything_to_choose_from_are_refused() {
    for (option, hint) in [("--include", "curl's --include is -i"), ("--exclude", "-r")] {
        refused(&site(), &[option, "*.jpg", "site/a.txt"])
            .code(2)
            .stderr_has(&format!("{option}: expected -r or --files-from beside it"))
            .stderr_has(hint);
    }
    refused(&site(), &["-r", "site", "--exclude", "[a"])
        .code(2)
        .stderr_has("--exclude <GLOB>: expected a glob, such as *.jpg, found \"[a\"");
}

#[test]
fn a_list_flows_through_in_little_memory() {
    const LIMIT: u64 = 24 << 20;
    let line = format!("{}/passed.over\n", "d".repeat(200));
    let list = line.repeat(200_000);
    assert!(list.len() as u64 > LIMIT);
    let outcome = site()
        .formpost(["--dry-run", "--json", "--files-from", "-", NOWHERE])
        .args(["--exclude", "*.over", "site/b.txt"])
        .stdin(list)
        .run();
    assert_eq!(filenames(&outcome), ["b.txt"]);
    outcome.peak_memory_below(LIMIT);
}

#[test]
fn shards_are_all_files_and_no_file_twice() {
    let sandbox = Sandbox::new();
    let names: Vec<String> = (0..20).map(|number| format!("d/{number:02}")).collect();
    let sandbox = names
        .iter()
        .fold(sandbox, |sandbox, name| sandbox.file(name, name));
    let sandbox = sandbox.file("list", names.join("\n"));
    let relative = ["--filename", "relative"];
    let mut all = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let share = |files: &[&str]| {
            let options = [&relative[..], &["--shard", shard], files].concat();
            filenames(&look(&sandbox, &options))
        };
        let found = share(&["-r", "d"]);
        let absolute = sandbox.path("d");
        // Where they lie and how they are named makes no difference.
        assert_eq!(share(&["-r", absolute.to_str().unwrap()]), found);
        assert_eq!(share(&["--files-from", "list"]), found);
        let arguments: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(share(&arguments), found);
        all.extend(found);
    }
    all.sort();
    assert_eq!(all, names);
}

#[test]
fn a_shard_without_files_is_an_error() {
    refused(&site(), &["--shard", "2/2", "site/a.txt"])
        .code(6)
        .stderr("formpost: nothing to send: no file was found in shard 2/2\n");
    refused(&site(), &["--shard", "0/2", "site/a.txt"])
        .code(2)
        .stderr_has("--shard <K/N>: expected K/N");
}

#[test]
fn a_config_may_say_r() {
    let sandbox = site().file("config", "recursive\nno-ignore\n");
    let outcome = look(&sandbox, &["-K", "config", "site/a"]);
    assert_eq!(filenames(&outcome), ["one.txt", "two.txt"]);
}

#[cfg(unix)]
mod on_unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::{filenames, look, refused, site};
    use crate::sandbox::{Sandbox, feed_fifo};
    use crate::wire_tap::{Answer, WireTap};

    /// Adds a symbolic link.
    fn link(sandbox: Sandbox, target: &str, name: &str) -> Sandbox {
        symlink(target, sandbox.path(name)).unwrap();
        sandbox
    }

    #[test]
    fn symbolic_links_are_left_out_and_it_is_said() {
        let sandbox = link(site(), "../site/a.txt", "site/a/link");
        let sandbox = link(sandbox, "a", "site/linked");
        let outcome = look(&sandbox, &["-r", "site"]);
        assert_eq!(
            filenames(&outcome),
            ["Z.txt", "one.txt", "two.txt", "a.txt", "b.txt"]
        );
        outcome.stderr_has(
            "warning: left out: 2 symbolic links (site/a/link is the first); --follow-links",
        );
    }

    #[test]
    fn symbolic_links_are_followed_on_request() {
        let sandbox = link(site(), "../a.txt", "site/a/link");
        let sandbox = link(sandbox, "site/a", "elsewhere");
        let sandbox = link(sandbox, "../elsewhere", "site/linked");
        let outcome = look(&sandbox, &["-r", "--follow-links", "site"]);
        let in_a = ["link", "one.txt", "two.txt"];
        let expected = [&["Z.txt"], &in_a[..], &["a.txt", "b.txt"], &in_a].concat();
        assert_eq!(filenames(&outcome), expected);
        outcome.stderr_lacks("warning");
    }

    #[test]
    fn a_link_that_is_named_is_followed() {
        let sandbox = link(site(), "site/a", "directory");
        let sandbox = link(sandbox, "site/a.txt", "file");
        let outcome = look(&sandbox, &["-r", "directory", "file"]);
        assert_eq!(filenames(&outcome), ["one.txt", "two.txt", "file"]);
    }

    #[test]
    fn a_circle_of_links_is_an_error_and_has_an_end() {
        let sandbox = link(site(), "..", "site/a/up");
        let sandbox = link(sandbox, "../site", "site/same");
        let sandbox = link(sandbox, "self", "site/self");
        refused(&sandbox, &["-r", "--follow-links", "site"])
            .code(6)
            .stderr_has("site/a/up: leads back to site, which it is in")
            .stderr_has("site/same: leads back to site, which it is in")
            .stderr_has("site/self: ");
    }

    #[test]
    fn a_link_that_leads_nowhere_is_an_error_where_links_are_followed() {
        let sandbox = link(site(), "nowhere", "site/dangling");
        refused(&sandbox, &["-r", "--follow-links", "site"])
            .code(6)
            .stderr_has("site/dangling: No such file");
        let sandbox = link(site(), "nowhere", "site/.#lock");
        let outcome = look(&sandbox, &["-r", "--follow-links", "site"]);
        assert_eq!(filenames(&outcome).len(), 5);
    }

    #[test]
    fn what_is_excluded_is_not_looked_into() {
        let sandbox = link(site(), "nowhere", "site/a/dangling");
        let sandbox = link(sandbox, "nowhere", "site/dangling");
        let options = ["-r", "site", "--follow-links", "--exclude", "a/"];
        let outcome = look(&sandbox, &[&options[..], &["--exclude", "dang*"]].concat());
        assert_eq!(filenames(&outcome), ["Z.txt", "a.txt", "b.txt"]);
        let outcome = look(&sandbox, &["-r", "site", "--include", "*.txt"]);
        assert_eq!(filenames(&outcome).len(), 5);
        outcome.stderr_lacks("left out");
    }

    #[test]
    fn what_is_no_file_is_left_out_and_never_waited_for() {
        let sandbox = site().fifo("site/a/fifo");
        let _socket = UnixListener::bind(sandbox.path("site/socket")).unwrap();
        let outcome = look(&sandbox, &["-r", "site/a", "site/a.txt", "site"]);
        assert_eq!(filenames(&outcome).len(), 8);
        outcome
            .stderr_has("left out: 2 FIFOs (site/a/fifo is the first)\n")
            .stderr_has("left out: 1 socket (site/socket)\n");
    }

    #[test]
    fn l10_a_fifo_that_is_named_is_read() {
        let tap = WireTap::answering([Answer::ok("")]);
        let sandbox = site().fifo("site/a/fifo");
        feed_fifo(sandbox.path("site/a/fifo"), "through the pipe");
        sandbox
            .formpost(["-r", &tap.url("/"), "site/a/fifo"])
            .run()
            .code(0);
        let body = tap.request().body_text();
        assert!(body.contains("\r\n\r\nthrough the pipe\r\n"), "{body}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn l17_l18_names_go_out_as_they_are() {
        let tap = WireTap::answering([Answer::ok("")]);
        let sandbox = Sandbox::new().directory("d");
        for name in [&b"line\nbreak"[..], b"not \xff UTF-8", b"quote\""] {
            std::fs::write(sandbox.path("d").join(OsStr::from_bytes(name)), "x").unwrap();
        }
        sandbox
            .formpost(["-r", &tap.url("/"), "d"])
            .run()
            .code(0)
            .stderr_has("is not UTF-8 and is sent as it is");
        let body = tap.request().body;
        for name in [
            &b"filename=\"line%0Abreak\""[..],
            b"filename=\"not \xff UTF-8\"",
            b"filename=\"quote%22\"",
        ] {
            let is_there = body.windows(name.len()).any(|octets| octets == name);
            assert!(is_there, "{}", String::from_utf8_lossy(&body));
        }
    }

    #[test]
    fn a_missing_name_with_a_line_break_is_one_line() {
        refused(&site(), &["a\nb"])
            .code(6)
            .stderr("formpost: a\\nb: No such file or directory\n");
    }

    /// A directory that its own path is too long for, which stops root, too.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_directory_that_cannot_be_read_is_named_and_the_walk_goes_on() {
        let half = vec!["d".repeat(200); 12].join("/");
        let sandbox = site().directory(&format!("site/{half}"));
        std::fs::create_dir_all(sandbox.path(&half)).unwrap();
        let (top, inside) = (sandbox.path(&"d".repeat(200)), sandbox.path("site"));
        std::fs::rename(top, inside.join(&half).join("more")).unwrap();
        let sandbox = link(sandbox, "nowhere", "site/z");
        refused(&sandbox, &["-r", "--follow-links", "site"])
            .code(6)
            .stderr_has("ddd: File name too long")
            .stderr_has("site/z: No such file");
    }
}
