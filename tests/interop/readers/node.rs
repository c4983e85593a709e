//! Readers that run on Node.

use super::{Reader, check};

const BUSBOY: Reader = Reader {
    name: "busboy",
    command: &["node", "servers/node/busboy.mjs"],
    percent_quote: "q%22uo",
    backslash_quote: Some("q\"uo"),
    sorts_texts_first: false,
    streams: true,
};

const FORMIDABLE: Reader = Reader {
    name: "formidable",
    command: &["node", "servers/node/formidable.mjs"],
    percent_quote: "q\"uo",
    // Whatever stands before the last quote is lost.
    backslash_quote: Some("\"uo"),
    sorts_texts_first: false,
    streams: true,
};

const UNDICI: Reader = Reader {
    name: "undici",
    command: &["node", "servers/node/undici.mjs"],
    percent_quote: "q\"uo",
    backslash_quote: None,
    sorts_texts_first: false,
    streams: false,
};

#[test]
fn busboy_reads_what_was_sent() {
    check(&BUSBOY);
}

#[test]
fn formidable_reads_what_was_sent() {
    check(&FORMIDABLE);
}

#[test]
fn undici_reads_what_was_sent() {
    check(&UNDICI);
}
