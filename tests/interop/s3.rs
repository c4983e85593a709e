//! Uploads to S3, as moto imitates it: by a presigned POST, whose fields come before the file, and by a presigned PUT. moto
//! believes every signature, and takes the parts in any order.

use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::{is_installed, is_there};

/// 64 MiB, and the checksum of as many zeros.
const LENGTH: u64 = 64 * 1024 * 1024;
const SHA256: &str = "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351";

/// What the server says on a path that it has for these tests.
fn asked(server: &Server, path: &str) -> Value {
    let sandbox = Sandbox::new();
    let outcome = sandbox
        .formpost(["--text", "nothing=", &server.url(path)])
        .run();
    outcome.code(0).json()
}

/// The fields of a presigned POST that is to be answered with this status.
fn fields(server: &Server, status: &str) -> Vec<String> {
    let fields = asked(server, &format!("/fields/{status}"));
    let text = |field: &Value, n: usize| field[n].as_str().unwrap().to_owned();
    let pairs = fields.as_array().unwrap().iter();
    let args = pairs.map(|field| format!("--text={}={}", text(field, 0), text(field, 1)));
    args.collect()
}

/// Expects this, and nothing of before, to be stored.
#[track_caller]
fn has_stored(server: &Server, length: u64, sha256: &str, media_type: &str) {
    let stored = asked(server, "/stored");
    assert_eq!(stored["size"], length);
    assert_eq!(stored["sha256"], sha256);
    assert_eq!(stored["content_type"], media_type);
}

#[test]
fn s3_stores_what_is_sent_as_it_wants_it() {
    if !is_there("uploads to moto", is_installed()) {
        return;
    }
    let server = Server::announced(&[".venv/bin/python", "servers/python/moto_server.py"]);
    presigned_posts(&server);
    a_pipe_with_and_without_a_length(&server);
    a_presigned_put(&server);
}

fn presigned_posts(server: &Server) {
    let sandbox = Sandbox::new()
        .sparse_file("large", LENGTH)
        .file("small", "hello");
    for (status, file) in [("201", "small"), ("204", "large")] {
        sandbox
            .formpost(fields(server, status))
            .args(["--file", &format!("file={file}"), &server.url("/bucket")])
            .run()
            .code(0)
            .stderr_has(&format!("{status} "));
    }
    has_stored(server, LENGTH, SHA256, "text/plain");
}

fn a_pipe_with_and_without_a_length(server: &Server) {
    const CONTENT: &str = "0123456789abcdef";
    const TIMES: usize = 200_000;
    let sandbox = Sandbox::new();
    let piped = |args: &[&str]| {
        let run = sandbox.formpost(fields(server, "204")).args(args);
        let run = run.args(["-F", "file=@-", &server.url("/bucket")]);
        run.stdin(CONTENT.repeat(TIMES)).run()
    };
    piped(&[]).code(4).stderr_has("411").stderr_has("--spool");
    piped(&["--spool"]).code(0);
    let length = CONTENT.len() * TIMES;
    has_stored(
        server,
        length as u64,
        "69cc92e41a3c392a040d45bd229a7e094995e7626c894611fc5864f2c4817c38",
        "text/plain",
    );
}

/// S3 has a type of its own for what comes without one, as with curl's `-T`.
fn a_presigned_put(server: &Server) {
    let sandbox = Sandbox::new().sparse_file("large", LENGTH);
    let url = asked(server, "/url");
    let run = sandbox.formpost(["-T", "large", url.as_str().unwrap()]);
    run.run().code(0);
    has_stored(server, LENGTH, SHA256, "binary/octet-stream");
}
