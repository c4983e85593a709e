//! Readers that run on Node.

use super::manners::{
    BACKSLASHES_KEPT, COMMON, LAST_SEGMENT, Manners, Names, Order, PLAIN, TypedTexts,
};
use super::{MadeOf, Reader, check};

pub(super) const BUSBOY: Reader = Reader {
    name: "busboy",
    made_of: MadeOf::Npm(&["busboy"]),
    command: &["node", "servers/node/busboy.mjs"],
    settings: "`defParamCharset: \"utf8\"`; Latin-1 otherwise",
    manners: Manners {
        files: LAST_SEGMENT,
        tells_parameters: false,
        typed_texts: TypedTexts::Told,
        ..PLAIN
    },
};

pub(super) const MULTER: Reader = Reader {
    name: "multer, on Express",
    made_of: MadeOf::Npm(&["multer", "express"]),
    command: &["node", "servers/node/multer.mjs"],
    settings: "`defParamCharset: \"utf8\"`; Latin-1 otherwise",
    manners: Manners {
        files: Names {
            backslash: "slash",
            escaped_backslash: "slash",
            ..BROWSERS
        },
        fields: BROWSERS,
        order: Order::ByName,
        tells_parameters: false,
        ..PLAIN
    },
};

pub(super) const FORMIDABLE: Reader = Reader {
    name: "formidable",
    made_of: MadeOf::Npm(&["formidable"]),
    command: &["node", "servers/node/formidable.mjs"],
    settings: "`allowEmptyFiles: true, minFileSize: 0`; no form with an empty file otherwise",
    manners: Manners {
        files: FORMIDABLES_FILES,
        fields: CUT_AT_QUOTES,
        typed_texts: TypedTexts::Files,
        ..PLAIN
    },
};

pub(super) const KOA_BODY: Reader = Reader {
    name: "koa-body, on Koa",
    made_of: MadeOf::Npm(&["koa-body", "koa"]),
    command: &["node", "servers/node/koa_body.mjs"],
    settings: "the same, as `formidable`",
    manners: Manners {
        files: FORMIDABLES_FILES,
        fields: CUT_AT_QUOTES,
        order: Order::ByName,
        typed_texts: TypedTexts::Files,
        ..PLAIN
    },
};

pub(super) const MULTIPARTY: Reader = Reader {
    name: "multiparty",
    made_of: MadeOf::Npm(&["multiparty"]),
    command: &["node", "servers/node/multiparty.mjs"],
    settings: "",
    manners: Manners {
        files: Names {
            quote: "q\"uo",
            ..LAST_SEGMENT
        },
        fields: CUT_AT_QUOTES,
        typed_texts: TypedTexts::Told,
        ..PLAIN
    },
};

pub(super) const FASTIFY: Reader = Reader {
    name: "@fastify/multipart, on Fastify",
    made_of: MadeOf::Npm(&["@fastify/multipart", "fastify"]),
    command: &["node", "servers/node/fastify.mjs"],
    settings: "`bodyLimit`, 1 MiB otherwise",
    manners: Manners {
        files: LAST_SEGMENT,
        tells_parameters: false,
        typed_texts: TypedTexts::Told,
        ..PLAIN
    },
};

pub(super) const UNDICI: Reader = Reader {
    name: "undici",
    made_of: MadeOf::Npm(&["undici"]),
    command: &["node", "servers/node/undici.mjs"],
    settings: "",
    manners: Manners {
        files: WHATWG,
        fields: WHATWG,
        ..PLAIN
    },
};

pub(super) const FORM_DATA: Reader = Reader {
    name: "Node's own `formData()`",
    made_of: MadeOf::Node,
    command: &["node", "servers/node/form_data.mjs"],
    settings: "",
    manners: Manners {
        files: WHATWG,
        fields: WHATWG,
        ..PLAIN
    },
};

/// The escapes of browsers are undone, and those of quoted strings as well.
const BROWSERS: Names = Names {
    quote: "q\"uo",
    carriage_return: "c\rr",
    line_feed: "l\nf",
    ..COMMON
};

/// As WHATWG's text has it: the escapes of browsers are undone, and there are no others.
const WHATWG: Names = Names {
    escaped_quote: None,
    escaped_backslash: BACKSLASHES_KEPT.escaped_backslash,
    ..BROWSERS
};

/// It knows one escape of a quote in file names, and takes a backslash before another for the end of a path.
const FORMIDABLES_FILES: Names = Names {
    quote: "q\"uo",
    escaped_quote: Some("\"uo"),
    ..LAST_SEGMENT
};

/// The next quote is the end, whatever stands before it.
const CUT_AT_QUOTES: Names = Names {
    escaped_quote: Some("q\\"),
    ..BACKSLASHES_KEPT
};

#[test]
fn busboy_reads_what_was_sent() {
    check(&BUSBOY);
}

#[test]
fn multer_reads_what_was_sent() {
    check(&MULTER);
}

#[test]
fn formidable_reads_what_was_sent() {
    check(&FORMIDABLE);
}

#[test]
fn koa_body_reads_what_was_sent() {
    check(&KOA_BODY);
}

#[test]
fn multiparty_reads_what_was_sent() {
    check(&MULTIPARTY);
}

#[test]
fn fastify_reads_what_was_sent() {
    check(&FASTIFY);
}

#[test]
fn undici_reads_what_was_sent() {
    check(&UNDICI);
}

#[test]
fn nodes_own_reader_reads_what_was_sent() {
    check(&FORM_DATA);
}
