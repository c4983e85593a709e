//! What `journal show` and `journal merge` make of journals. Those here are written by hand: what stands on a disk
//! somewhere is to be read by every version to come.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::sandbox::{Outcome, Sandbox};

const TIME: &str = "2026-11-29T08:57:14.123Z";
const LATER: &str = "2026-11-29T08:57:15.000Z";

/// The beginning of a journal: its header, and that it was opened on a machine that was started since.
fn begun(id: u8, shard: &str) -> String {
    format!(
        "{{\"formpost_journal\":1,\"id\":\"{id:032x}\",\"shard\":\"{shard}\",\"created\":\"{TIME}\"}}\n\
         {{\"record\":\"run\",\"boot\":\"another\",\"time\":\"{TIME}\"}}\n"
    )
}

/// A record of a file, with `more` in it.
fn record(kind: &str, path: &str, more: &str) -> String {
    let path = json!(path);
    format!(
        "{{\"record\":\"{kind}\",\"path\":{path},\"size\":5,\"mtime\":\"1764406201.000000000\"{more}}}\n"
    )
}

fn ended(path: &str, outcome: &str) -> String {
    ended_at(TIME, path, outcome)
}

/// What became of a file: the outcome's word, and a status behind a blank if there was one.
fn ended_at(time: &str, path: &str, outcome: &str) -> String {
    let (outcome, status) = match outcome.split_once(' ') {
        Some((outcome, status)) => (outcome, format!(",\"status\":{status}")),
        None => (outcome, String::new()),
    };
    record(
        "end",
        path,
        &format!(",\"outcome\":\"{outcome}\"{status},\"time\":\"{time}\""),
    )
}

fn under_way(path: &str) -> String {
    record("claim", path, "") + &record("begin", path, &format!(",\"time\":\"{TIME}\""))
}

/// The journals of two shards that know a file between them that is in neither of the shards.
fn two_shards() -> Sandbox {
    let one = [
        begun(1, "1/2"),
        ended("photos/a.jpg", "done 200"),
        ended("photos/b.jpg", "refused 413"),
        ended("photos/c.jpg", "not_sent"),
        under_way("photos/d.jpg"),
        ended("between", "refused 401"),
    ];
    let two = [
        begun(2, "2/2"),
        ended("photos/e.jpg", "failed 503"),
        ended("photos/e.jpg", "done 201"),
        ended("photos/f.jpg", "malformed 200"),
        ended("between", "done 200"),
    ];
    Sandbox::new()
        .file("one", one.concat())
        .file("two", two.concat())
}

/// What `show --json` says, with the lists in an order of their own and without what each journal is called.
fn known(sandbox: &Sandbox, files: &[&str]) -> Value {
    let outcome = sandbox
        .formpost(["journal", "show", "--json"])
        .args(files)
        .run();
    let mut json = outcome.code(0).json();
    json.as_object_mut().unwrap().remove("journals");
    for list in ["unknown", "failed"] {
        let list = json[list].as_array_mut().unwrap();
        list.sort_by_key(|file| file["path"].to_string());
    }
    json
}

#[test]
fn a_journal_is_shown_with_its_outcomes_and_what_is_not_done() {
    let sandbox = two_shards();
    let shown = "one: shard 1/2, 1 run since 2026-11-29T08:57:14.123Z\n\
                 1 done: the server has it\n\
                 2 refused: answered 4xx\n\
                 1 not_sent: nothing of it went out\n\
                 1 unknown: the server may have it\n\
                 \n\
                 refused    413 photos/b.jpg\n\
                 not_sent   -   photos/c.jpg\n\
                 unknown    -   photos/d.jpg\n\
                 refused    401 between\n";
    let outcome = sandbox.formpost(["journal", "show", "one"]).run();
    outcome.code(0).stdout(shown).stderr("");

    let empty = Sandbox::new().file("empty", begun(1, "1/2"));
    let outcome = empty.formpost(["journal", "show", "empty"]).run();
    outcome.code(0).stdout_has("\nno files\n");
}

#[test]
fn of_several_journals_the_best_counts_in_whatever_order() {
    let sandbox = two_shards();
    let both = known(&sandbox, &["one", "two"]);
    assert_eq!(both, known(&sandbox, &["two", "one"]));
    assert_eq!(both, known(&sandbox, &["one", "two", "one"]));
    assert_eq!(both["files"], 7);
    let outcomes = json!({"done": 3, "refused": 1, "not_sent": 1, "unknown": 1, "malformed": 1});
    assert_eq!(both["outcomes"], outcomes);
    let paths = |list: &str| -> Vec<String> {
        let files = both[list].as_array().unwrap().iter();
        files
            .map(|file| file["path"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(paths("unknown"), ["photos/d.jpg", "photos/f.jpg"]);
    assert_eq!(paths("failed"), ["photos/b.jpg", "photos/c.jpg"]);
}

#[test]
fn between_journals_done_outranks_unknown_and_that_failed_and_then_the_later_counts() {
    for (one, two, best) in [
        (
            ended_at(LATER, "a", "refused 400"),
            under_way("a"),
            "unknown",
        ),
        (under_way("a"), ended("a", "done 200"), "done"),
        (
            ended_at(LATER, "a", "failed 500"),
            ended("a", "done 200"),
            "done",
        ),
        (
            ended_at(LATER, "a", "refused 400"),
            ended("a", "failed 500"),
            "refused",
        ),
        (
            ended("a", "refused 400"),
            ended_at(LATER, "a", "failed 500"),
            "failed",
        ),
        (
            ended("a", "refused 400"),
            ended_at(LATER, "./a", "failed 500"),
            "failed",
        ),
    ] {
        let sandbox = Sandbox::new()
            .file("one", begun(1, "1/1") + &one)
            .file("two", begun(2, "1/1") + &two);
        for files in [["one", "two"], ["two", "one"]] {
            let outcomes = &known(&sandbox, &files)["outcomes"];
            assert_eq!(*outcomes, json!({ best: 1 }), "{one}{two}");
        }
    }
}

#[test]
fn json_has_all_that_is_known() {
    let file = |path: &str, outcome: &str, status: Value| {
        json!({
            "path": path, "size": 5, "mtime": "1764406201.000000000",
            "outcome": outcome, "status": status, "time": TIME,
        })
    };
    let expected = json!({
        "journals": [{
            "file": "one", "id": format!("{:032x}", 1), "shard": "1/2", "created": TIME,
            "runs": 1, "merged": 0,
        }],
        "files": 5,
        "outcomes": {"done": 1, "refused": 2, "not_sent": 1, "unknown": 1},
        "unknown": [file("photos/d.jpg", "unknown", Value::Null)],
        "failed": [
            file("photos/b.jpg", "refused", json!(413)),
            file("photos/c.jpg", "not_sent", Value::Null),
            file("between", "refused", json!(401)),
        ],
    });
    let sandbox = two_shards();
    let outcome = sandbox.formpost(["journal", "show", "--json", "one"]).run();
    assert_eq!(outcome.code(0).json(), expected);
}

/// A journal with awkward names, one of them no UTF-8.
fn awkward() -> Sandbox {
    let odd =
        ended("@", "refused 400").replace("\"path\":\"@\"", "\"path_percent\":\"%FF/%41%25\"");
    let names = ["a\nb", " c ", "-d", "e\u{1b}[2J"].map(|name| ended(name, "refused 400"));
    Sandbox::new().file(
        "odd",
        [begun(1, "1/1"), odd, names.concat(), under_way("f")].concat(),
    )
}

#[test]
fn l17_paths_come_out_as_they_are() {
    let sandbox = awkward();
    let show = |args: &[&str]| {
        sandbox
            .formpost(["journal", "show"])
            .args(args)
            .arg("odd")
            .run()
    };
    let failed = b"\xff/A%\0a\nb\0 c \0-d\0e\x1b[2J\0";
    show(&["--failed", "-0"]).code(0).stdout(failed).stderr("");
    show(&["--unknown", "--null"]).code(0).stdout("f\0");
    show(&["--failed", "--unknown", "-0"])
        .code(0)
        .stdout([&failed[..], b"f\0"].concat());
    show(&["--failed"])
        .code(0)
        .stdout(b"\xff/A%\na\nb\n c \n-d\ne\x1b[2J\n")
        .stderr_has("warning: 1 path with a line break in it: -0");
    show(&["--unknown"]).code(0).stdout("f\n").stderr("");
    show(&[])
        .code(0)
        .stdout_has("400 e\\u{1b}[2J\n")
        .stdout_has("400 \\xff/A%\n")
        .stdout_has("400 a\\nb\n");
    let json = show(&["--json"]).code(0).json();
    assert_eq!(json["failed"][0]["path_percent"], "%FF/A%25");
    assert_eq!(json["failed"][1]["path"], "a\nb");
}

#[cfg(unix)]
#[test]
fn a_terminal_does_not_obey_a_path() {
    let sandbox = awkward();
    let show = sandbox.formpost(["journal", "show", "--failed", "odd"]);
    let screen = [
        "\\xff/A%",
        "a",
        "b",
        " c",
        "-d",
        "e\\u{1b}[2J",
        "formpost: warning: 1 path with a line break in it: -0 keeps paths apart",
    ];
    show.in_terminal(80)
        .wait()
        .code(0)
        .screen(&screen)
        .raw_lacks("\u{1b}[2J");
}

/// Shows the journal that begins so and ends with this.
#[track_caller]
fn show(journal: impl AsRef<[u8]>) -> Outcome {
    let sandbox = Sandbox::new().file("j", journal);
    sandbox.formpost(["journal", "show", "j"]).run()
}

#[test]
fn a_last_record_that_was_not_finished_is_left_out_at_every_octet() {
    let begun = begun(1, "1/1") + &under_way("a");
    let end = ended("a", "done 200");
    for cut in 1..end.len() {
        show(begun.clone() + &end[..cut])
            .code(0)
            .stdout_has("1 unknown: ")
            .stderr(format!(
                "formpost: warning: j: the last record was not finished, its {cut} bytes are left out\n"
            ));
    }
    show(begun + &end).code(0).stdout_has("1 done: ").stderr("");
}

#[test]
fn what_is_no_record_is_named_by_line_and_octet() {
    let begun = begun(1, "1/1");
    let offset = begun.len();
    for (garbage, place, reason) in [
        ("garbage", 0, "expected an object in braces"),
        ("", 0, "expected an object in braces"),
        ("{\"record\":\"close\"} {}", 19, "trailing characters"),
        ("{\"record\":\"finish\"}", 17, "unknown variant `finish`"),
        (
            "{\"record\":\"claim\"}",
            0,
            "expected either path or path_percent",
        ),
    ] {
        let said = format!(
            "formpost: j: line 3, byte {}: not a record: {reason}",
            offset + place
        );
        let journal = format!("{begun}{garbage}\n{}", ended("a", "done 200"));
        show(&journal).code(1).stdout("").stderr_has(&said);
    }
}

#[test]
fn what_is_no_journal_is_refused_by_name() {
    show("")
        .code(1)
        .stderr("formpost: j: not a journal of formpost: its first line does not say so\n");
    show("a,b\n1,2\n").code(1).stderr_has("j: not a journal");
    show(begun(1, "1/1").trim_end())
        .code(0)
        .stderr_has("left out");
    show("{\"formpost_journal\":1}\n")
        .code(1)
        .stderr_has("j: line 1, byte ");
    let later = begun(1, "1/1").replacen(":1,", ":2,", 1);
    show(&later)
        .code(1)
        .stderr("formpost: j: a journal of version 2; this formpost knows version 1\n");
    let sandbox = Sandbox::new();
    let show = |file: &str| sandbox.formpost(["journal", "show", file]).run();
    show("nothing")
        .code(6)
        .stderr_has("nothing: cannot be opened: ");
    show(".")
        .code(6)
        .stderr("formpost: .: expected a file, found something else\n");
}

#[cfg(unix)]
#[test]
fn a_fifo_is_not_waited_for() {
    let sandbox = Sandbox::new().fifo("fifo").file("j", begun(1, "1/1"));
    sandbox.formpost(["journal", "show", "fifo"]).run().code(6);
    sandbox
        .formpost(["journal", "merge", "out", "fifo"])
        .run()
        .code(6);
    sandbox
        .formpost(["journal", "merge", "fifo", "j"])
        .run()
        .code(1)
        .stderr_has("fifo: is there already");
}

#[test]
fn shards_are_merged_into_one_record_for_each_file() {
    let sandbox = two_shards();
    let before = known(&sandbox, &["one", "two"]);
    let merge = sandbox
        .formpost(["journal", "merge", "out", "one", "two"])
        .run();
    merge
        .code(0)
        .stdout("")
        .stderr("formpost: out: 7 files: 3 done, 1 refused, 1 not_sent, 1 unknown, 1 malformed\n");
    assert_eq!(known(&sandbox, &["out"]), before);

    let out = String::from_utf8(sandbox.read("out")).unwrap();
    let (header, records) = out.split_once('\n').unwrap();
    let header: Value = serde_json::from_str(header).unwrap();
    assert_eq!(header["formpost_journal"], 1);
    assert_eq!(
        header["origins"],
        json!([format!("{:032x}", 1), format!("{:032x}", 2)])
    );
    let from =
        |origin: u8, record: String| record.replace("}\n", &format!(",\"origin\":{origin}}}\n"));
    let expected = [
        from(1, ended("photos/a.jpg", "done 200")),
        from(1, ended("photos/b.jpg", "refused 413")),
        from(1, ended("photos/c.jpg", "not_sent")),
        from(
            1,
            record("begin", "photos/d.jpg", &format!(",\"time\":\"{TIME}\"")),
        ),
        from(2, ended("photos/e.jpg", "done 201")),
        from(2, ended("photos/f.jpg", "malformed 200")),
        from(2, ended("between", "done 200")),
    ];
    assert_eq!(records, expected.concat());
}

#[test]
fn what_was_merged_can_be_merged_again() {
    let sandbox = two_shards().file(
        "three",
        begun(3, "1/1") + &ended("photos/d.jpg", "done 200"),
    );
    let merge = |args: &[&str]| sandbox.formpost(["journal", "merge"]).args(args).run();
    merge(&["both", "one", "two"]).code(0);
    merge(&["all", "three", "both"]).code(0);
    assert_eq!(
        known(&sandbox, &["all"]),
        known(&sandbox, &["one", "two", "three"])
    );
    let all = String::from_utf8(sandbox.read("all")).unwrap();
    let header: Value = serde_json::from_str(all.lines().next().unwrap()).unwrap();
    let origins = header["origins"].as_array().unwrap();
    assert_eq!(origins.len(), 4);
    // Whatever way it came, a record refers to the journal that it was written in.
    let place = origins
        .iter()
        .position(|id| *id == format!("{:032x}", 2))
        .unwrap()
        + 1;
    let line = all
        .lines()
        .find(|line| line.contains("photos/f.jpg"))
        .unwrap();
    assert!(line.ends_with(&format!(",\"origin\":{place}}}")), "{all}");
}

/// What stands in the sandbox's directory.
fn names(sandbox: &Sandbox) -> Vec<String> {
    let entries = fs::read_dir(sandbox.path("")).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn nothing_is_overwritten_and_nothing_half_written_is_left() {
    let later = begun(3, "1/1").replacen(":1,", ":2,", 1);
    let sandbox = two_shards()
        .file("out", "mine")
        .file("later", later)
        .file("garbage", "no\n");
    let before = names(&sandbox);
    let merge = |args: &[&str]| sandbox.formpost(["journal", "merge"]).args(args).run();
    merge(&["out", "one"])
        .code(1)
        .stderr("formpost: out: is there already, and is not overwritten\n");
    merge(&["one", "one"])
        .code(1)
        .stderr_has("one: is there already");
    merge(&["new", "one", "later"])
        .code(1)
        .stderr_has("later: a journal of version 2");
    merge(&["new", "garbage", "one"])
        .code(1)
        .stderr_has("garbage: not a journal");
    merge(&["new", "one", "nothing"])
        .code(6)
        .stderr_has("nothing: cannot be opened");
    merge(&["no/where", "one"])
        .code(1)
        .stderr_has("no/where: cannot be written: ")
        .stderr_lacks(".formpost");
    assert_eq!(names(&sandbox), before);
    assert_eq!(sandbox.read("out"), b"mine");
}

#[cfg(unix)]
#[test]
fn a_merge_that_runs_out_of_room_leaves_nothing_behind() {
    let sandbox = two_shards();
    let before = names(&sandbox);
    let merge = sandbox.formpost(["journal", "merge", "out", "one", "two"]);
    merge
        .without_growing_files()
        .run()
        .code(1)
        .stderr_has("out: cannot be written: ");
    assert_eq!(names(&sandbox), before);
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_output_that_is_full_is_said() {
    let sandbox = two_shards();
    for args in [&["one"][..], &["--json", "one"], &["--failed", "one"]] {
        let show = sandbox.formpost(["journal", "show"]).args(args);
        show.stdout_to("/dev/full")
            .run()
            .code(1)
            .stderr_has("standard output: cannot be written");
    }
}

#[cfg(unix)]
#[test]
fn a_journal_that_is_kept_can_be_looked_at_and_not_merged() {
    use rustix::fs::{FlockOperation, flock};

    let sandbox = two_shards();
    let kept = fs::File::open(sandbox.path("two")).unwrap();
    flock(&kept, FlockOperation::NonBlockingLockExclusive).unwrap();
    let merge = || {
        sandbox
            .formpost(["journal", "merge", "out", "one", "two"])
            .run()
    };
    merge()
        .code(1)
        .stderr("formpost: two: in use by another formpost, which is to end first\n");
    sandbox
        .formpost(["journal", "show", "two"])
        .run()
        .code(0)
        .stdout_has("2 done");
    drop(kept);
    merge().code(0);
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let sandbox = two_shards();
    for (args, said) in [
        (&[][..], "Usage: formpost journal <COMMAND>"),
        (&["list"], "unrecognized subcommand 'list'"),
        (&["show"], "<FILE>..."),
        (&["merge"], "<OUT>"),
        (&["merge", "out"], "<FILE>..."),
        (&["show", "-0", "one"], "<--failed|--unknown>"),
        (
            &["show", "--json", "--failed", "one"],
            "'--json' cannot be used with",
        ),
        (&["show", "--faild", "one"], "'--failed'"),
    ] {
        let outcome = sandbox.formpost(["journal"]).args(args).run();
        outcome.code(2).stdout("").stderr_has(said);
    }
    for args in [
        &["journal", "--help"][..],
        &["journal", "show", "-h"],
        &["journal", "merge", "--help"],
    ] {
        sandbox
            .formpost(args)
            .run()
            .code(0)
            .stdout_has("Usage: formpost journal")
            .stderr("");
    }
}

/// Writes a journal of so many files that are done.
fn write_large(path: &Path, files: usize) {
    let mut journal = std::io::BufWriter::new(fs::File::create(path).unwrap());
    journal.write_all(begun(1, "1/1").as_bytes()).unwrap();
    let end = ended("@", "done 200");
    let (before, after) = end.split_once('@').unwrap();
    for number in 0..files {
        write!(journal, "{before}photos/{number:08}.jpg{after}").unwrap();
    }
    journal.flush().unwrap();
}

#[test]
fn a_large_journal_is_shown_in_little_memory() {
    let sandbox = Sandbox::new();
    write_large(&sandbox.path("large"), 100_000);
    let outcome = sandbox.formpost(["journal", "show", "large"]).run();
    outcome
        .code(0)
        .stdout_has("\n100000 done: ")
        .peak_memory_below(32 * 1024 * 1024);
}
