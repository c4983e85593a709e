//! `kill -9` in the middle, again and again: nothing is lost, nothing is sent twice, and what is unknown is named.
//!
//! The long form: `CRASHES=100 cargo test --release --test batch crashes`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::sandbox::{Invocation, Running, Sandbox};
use crate::server::{Reply, Server};
use crate::{paths_with, records, sandbox};

/// At the least; so many that as many kills as there are do not come to their end.
fn files() -> usize {
    500.max(crashes() * 15)
}

const JOBS: usize = 4;

/// How often a run is killed, unless the environment says otherwise.
const CRASHES: usize = 12;

#[expect(clippy::disallowed_methods, reason = "it is the test's own")]
fn crashes() -> usize {
    let given = std::env::var("CRASHES").ok();
    given.map_or(CRASHES, |given| given.parse().unwrap())
}

fn begin(sandbox: &Sandbox, url: &str, more: &[&str]) -> Running {
    described(sandbox, url).args(more).start()
}

fn described<'a>(sandbox: &'a Sandbox, url: &str) -> Invocation<'a> {
    sandbox
        .formpost(["--each", "-r", "--journal", "journal", "--report", "report"])
        .args(["-j", &JOBS.to_string(), url, "files"])
}

/// Begins, and asks it to end once `JOBS` are under way; it has heard of it then, and another signal is a second one.
fn begin_and_ask(sandbox: &Sandbox, server: &Server) -> Running {
    let described = described(sandbox, &server.url("/"));
    let mut running = described.stderr_to("said").start();
    assert!(server.wait_for(JOBS));
    running.signal("INT");
    running.while_running("word of the end", || {
        said(sandbox).contains("finishing what is under way")
    });
    running
}

fn said(sandbox: &Sandbox) -> String {
    String::from_utf8(sandbox.read("said")).unwrap()
}

/// What the journal says of each path last: what was begun, or its outcome.
fn journalled(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let octets = sandbox.read("journal");
    let text = String::from_utf8(octets).unwrap();
    let mut last = BTreeMap::new();
    for line in text.lines() {
        // The last one may be torn.
        let Ok(record) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let Some(path) = record["path"].as_str() else {
            continue;
        };
        let stands = match record["record"].as_str().unwrap() {
            "end" => record["outcome"].as_str().unwrap(),
            other => other,
        };
        last.insert(path.to_owned(), stands.to_owned());
    }
    last
}

fn with(journalled: &BTreeMap<String, String>, stands: &str) -> BTreeSet<String> {
    let found = journalled.iter().filter(|(_, found)| *found == stands);
    found.map(|(path, _)| path.clone()).collect()
}

#[test]
fn what_is_killed_again_and_again_comes_to_its_end() {
    let files = files();
    let server = Server::new(|_, _| Reply::status("200 OK", "", "kept"));
    let sandbox = sandbox(files);
    let url = server.url("/");
    let mut state = 12_345_u32;
    let mut killed = 0;
    let mut at = 0;
    while killed < crashes() && at < files {
        // At no particular moment: so many files after the last.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let step = files / crashes() + 1;
        at = server.log().received + 1 + (state >> 16) as usize % step;
        if at >= files - JOBS {
            break;
        }
        let running = begin(&sandbox, &url, &[]);
        assert!(server.wait_for(at), "it does not go on");
        running.signal("KILL");
        running.wait();
        killed += 1;
    }
    println!("killed {killed} times");
    assert!(killed > 5 || crashes() < 10);

    // One more run, to the end.
    let before = journalled(&sandbox);
    let (done, begun) = (with(&before, "done"), with(&before, "begin"));
    let received = server.log().files.clone();
    let outcome = begin(&sandbox, &url, &[]).wait();
    let report = records(&sandbox, "report");
    let unknown = paths_with(&report, "unknown");
    assert_eq!(unknown, begun, "those that were under way");
    assert!(unknown.len() <= killed * JOBS, "{unknown:?}");
    outcome.code(if unknown.is_empty() { 0 } else { 8 });
    let sent = |path: &str| {
        let name = path.rsplit('/').next().unwrap();
        server.log().files.get(name).copied().unwrap_or(0)
    };
    for path in &done {
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(received[name], 1, "{path} is done, and came once");
        assert_eq!(sent(path), 1, "{path} was done, and is sent again");
    }
    for path in &unknown {
        assert!(sent(path) <= 1, "{path} is unknown, and was sent again");
    }
    let after = journalled(&sandbox);
    let done = with(&after, "done");
    assert_eq!(done.len() + unknown.len(), files);

    // Whoever wants to may send what is unknown again; then all is there.
    begin(&sandbox, &url, &["--retry-all-errors"])
        .wait()
        .code(0);
    let log = server.log();
    assert_eq!(log.files.len(), files, "every file is there");
    let twice = log.files.values().filter(|count| **count > 1).count();
    assert!(
        twice <= unknown.len(),
        "{twice} came twice, {} may have",
        unknown.len()
    );
    assert_eq!(with(&journalled(&sandbox), "done").len(), files);
}

#[test]
fn o1_asked_once_it_finishes_what_is_under_way() {
    let (server, let_go) = Server::holding();
    let sandbox = sandbox(50);
    let running = begin_and_ask(&sandbox, &server);
    drop(let_go);
    let outcome = running.wait();
    assert_eq!(outcome.exit_code(), Some(130), "{}", said(&sandbox));
    let received = server.log().received;
    assert_eq!(received, JOBS);
    let sum = format!("{received} files: {received} done");
    assert!(said(&sandbox).contains(&sum), "{}", said(&sandbox));
    let journal = journalled(&sandbox);
    assert_eq!(with(&journal, "done").len(), received);
    assert_eq!(with(&journal, "begin").len(), 0);
}

#[test]
fn o1_asked_twice_it_stops() {
    let (server, let_go) = Server::holding();
    let sandbox = sandbox(50);
    let running = begin_and_ask(&sandbox, &server);
    running.signal("INT");
    let outcome = running.wait();
    assert_eq!(outcome.exit_code(), Some(130));
    drop(let_go);
    assert_eq!(with(&journalled(&sandbox), "begin").len(), JOBS);
}
