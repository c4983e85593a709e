//! Readers that run on Python.

use super::{Reader, check};

const WERKZEUG: Reader = Reader {
    name: "Werkzeug",
    command: &[".venv/bin/python", "servers/python/werkzeug_server.py"],
    percent_quote: "q\"uo",
    backslash_quote: Some("q\"uo"),
    sorts_texts_first: true,
    streams: true,
};

const DEFNULL: Reader = Reader {
    name: "defnull's multipart",
    command: &[".venv/bin/python", "servers/python/stdlib_server.py"],
    percent_quote: "q\"uo",
    backslash_quote: Some("q\"uo"),
    sorts_texts_first: false,
    streams: true,
};

#[test]
fn werkzeug_reads_what_was_sent() {
    check(&WERKZEUG);
}

#[test]
fn defnull_on_pythons_own_server_reads_what_was_sent() {
    check(&DEFNULL);
}
