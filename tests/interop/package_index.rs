//! Uploads to a package index, pypiserver: a wheel, as twine sends it, by somebody with a password.

use std::fs;

use crate::sandbox::{Outcome, Sandbox};
use crate::server::Server;
use crate::{is_installed, is_there};

const WHEEL: &str = "demo-1.0-py3-none-any.whl";

/// The fields beside the file, of which the first says what is wanted.
const FIELDS: [&str; 8] = [
    ":action=file_upload",
    "protocol_version=1",
    "metadata_version=2.1",
    "name=demo",
    "version=1.0",
    "filetype=bdist_wheel",
    "pyversion=py3",
    "summary=grüße; \"quoted\"\n",
];

#[test]
fn a_wheel_is_taken_once_and_from_who_may() {
    if !is_there("uploads to pypiserver", is_installed()) {
        return;
    }
    let program = "servers/python/pypi_server.py";
    let server = Server::announced(&[".venv/bin/python", program, "DIRECTORY"]);
    // It is not taken apart there, and has line ends of all kinds.
    let content = b"PK\x03\x04\r\n--\r\n\n\0\xff".repeat(100_000);
    let sandbox = Sandbox::new().file(WHEEL, &content);
    let upload = |login: &[&str]| -> Outcome {
        let fields = FIELDS.iter().flat_map(|field| ["--text", field]);
        let run = sandbox.formpost(login).args(fields);
        run.args(["-F", &format!("content=@{WHEEL}"), &server.url("/")])
            .run()
    };
    let stored = server.sandbox.path("own").join(WHEEL);

    upload(&[]).code(4).stderr_has("401");
    upload(&["-u", "me:wrong"]).code(4).stderr_has("403");
    assert!(!stored.exists());
    upload(&["-u", "me:hunter2"]).code(0);
    assert!(fs::read(&stored).unwrap() == content);
    upload(&["-u", "me:hunter2"]).code(4).stderr_has("409");
}
