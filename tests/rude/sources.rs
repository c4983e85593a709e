//! L: files that change while they are sent, as the server sees them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::row::{Expect, MUCH, Upload, code, patient};
use crate::server::{Script, Security, Server};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthanks\n";

type Change = fn(&Path) -> io::Result<()>;

/// Does this to the file when the first megabyte has arrived, and reads on whatever comes.
fn script(path: PathBuf, change: Change) -> Script {
    let reads = Script::new().head().read(1_000_000);
    reads
        .run(move || change(&path).unwrap())
        .body()
        .send(OK)
        .drain()
}

#[track_caller]
fn changed(change: Change, expect: &Expect) {
    for security in [Security::Plain, Security::Tls] {
        let sandbox = Upload::MUCH.sandbox();
        let path = sandbox.path("big.bin");
        let server = Server::start(security, [script(path, change)]);
        let run = Upload::MUCH.of(&sandbox, &server.url());
        let command = run.shown();
        expect.of(&command, &patient(run), server);
    }
}

/// The file is named, and what arrived is not to be taken for a whole form.
fn never_whole() -> Expect {
    code(6).stdout("").says("big.bin").cut()
}

fn writable(path: &Path) -> io::Result<File> {
    File::options().write(true).open(path)
}

#[test]
fn l4_truncated() {
    changed(|path| writable(path)?.set_len(MUCH / 2), &never_whole());
}

#[test]
fn l4_emptied() {
    changed(|path| writable(path)?.set_len(0), &never_whole());
}

#[test]
fn l5_appended_to() {
    let append: Change = |path| {
        let mut file = File::options().append(true).open(path)?;
        file.write_all(&vec![b'x'; 1_000_000])
    };
    changed(append, &never_whole());
}

#[test]
fn l6_rewritten_in_place() {
    changed(
        |path| writable(path)?.write_all_at(b"other", MUCH - 5),
        &never_whole(),
    );
}

#[test]
fn l7_replaced() {
    let replace: Change = |path| {
        let other = path.with_extension("new");
        fs::write(&other, "something else")?;
        fs::rename(other, path)
    };
    changed(replace, &code(0).stdout("thanks\n").whole());
}

#[test]
fn l7_removed() {
    changed(
        |path| fs::remove_file(path),
        &code(0).stdout("thanks\n").whole(),
    );
}

/// An early answer does not count for a body that was not what was promised: the source comes first.
#[test]
fn l4_truncated_after_an_early_success() {
    let sandbox = Upload::MUCH.sandbox();
    let path = sandbox.path("big.bin");
    let reads = Script::new().head().read(1_000_000).send(OK);
    let truncate = move || {
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(0)
            .unwrap();
    };
    let server = Server::plain([reads.run(truncate).body().drain()]);
    let run = Upload::MUCH.of(&sandbox, &server.url());
    let command = run.shown();
    let expect = code(6).says("big.bin").cut();
    expect.of(&command, &patient(run), server);
}
