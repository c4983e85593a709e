//! Readers that run on Python.

use super::manners::{
    BACKSLASHES_KEPT, COMMON, Chunked, LAST_SEGMENT, Manners, Names, Order, PLAIN, QUOTED_STRING,
    TypedTexts,
};
use super::{MadeOf, Reader, check};

/// Where `setup` puts it.
const PYTHON: &str = ".venv/bin/python";

pub(super) const FLASK: Reader = Reader {
    name: "Flask, on Werkzeug",
    made_of: MadeOf::PyPi(&["Flask", "Werkzeug"]),
    command: &[PYTHON, "servers/python/flask_server.py"],
    settings: "",
    manners: Manners {
        files: WERKZEUGS,
        fields: WERKZEUGS,
        order: Order::ByName,
        ..PLAIN
    },
};

pub(super) const FASTAPI: Reader = Reader {
    name: "FastAPI, on Starlette",
    made_of: MadeOf::PyPi(&["fastapi", "starlette", "python-multipart", "uvicorn"]),
    command: &[PYTHON, "servers/python/fastapi_server.py"],
    settings: "",
    manners: PLAIN,
};

pub(super) const DJANGO_WSGI: Reader = Reader {
    name: "Django, on gunicorn (WSGI)",
    made_of: MadeOf::PyPi(&["Django", "gunicorn"]),
    command: &[PYTHON, "servers/python/django_on_gunicorn.py"],
    settings: "",
    manners: Manners {
        chunked: Chunked::Unread,
        ..DJANGOS
    },
};

pub(super) const DJANGO_ASGI: Reader = Reader {
    name: "Django, on uvicorn (ASGI)",
    made_of: MadeOf::PyPi(&["Django", "uvicorn"]),
    command: &[PYTHON, "servers/python/django_on_uvicorn.py"],
    settings: "",
    manners: Manners {
        chunked: Chunked::Emptied,
        ..DJANGOS
    },
};

pub(super) const AIOHTTP: Reader = Reader {
    name: "aiohttp",
    made_of: MadeOf::PyPi(&["aiohttp"]),
    command: &[PYTHON, "servers/python/aiohttp_server.py"],
    settings: "`client_max_size`, 1 MiB otherwise",
    manners: Manners {
        files: QUOTED_STRING,
        fields: QUOTED_STRING,
        ..PLAIN
    },
};

pub(super) const TORNADO: Reader = Reader {
    name: "Tornado",
    made_of: MadeOf::PyPi(&["tornado"]),
    command: &[PYTHON, "servers/python/tornado_server.py"],
    settings: "`ParseMultipartConfig.max_parts`, 100 otherwise",
    manners: Manners {
        order: Order::ByName,
        ..PLAIN
    },
};

pub(super) const BOTTLE: Reader = Reader {
    name: "Bottle",
    made_of: MadeOf::PyPi(&["bottle"]),
    command: &[PYTHON, "servers/python/bottle_server.py"],
    settings: "",
    manners: Manners {
        files: BOTTLES,
        fields: BOTTLES,
        order: Order::ByName,
        ..PLAIN
    },
};

pub(super) const DEFNULL: Reader = Reader {
    name: "multipart, on `http.server`",
    made_of: MadeOf::PyPi(&["multipart"]),
    command: &[PYTHON, "servers/python/stdlib_server.py"],
    settings: "",
    manners: Manners {
        files: DEFNULLS,
        fields: DEFNULLS,
        tells_parameters: false,
        typed_texts: TypedTexts::Told,
        ..PLAIN
    },
};

const DJANGOS: Manners = Manners {
    files: LAST_SEGMENT,
    order: Order::ByName,
    tells_parameters: false,
    ..PLAIN
};

/// One of the browsers' escapes is undone.
const WERKZEUGS: Names = Names {
    quote: "q\"uo",
    ..QUOTED_STRING
};

/// A backslash before a quote counts, and before nothing else.
const BOTTLES: Names = Names {
    escaped_backslash: BACKSLASHES_KEPT.escaped_backslash,
    ..COMMON
};

/// The escapes of browsers are undone, too.
const DEFNULLS: Names = Names {
    quote: "q\"uo",
    carriage_return: "c\rr",
    line_feed: "l\nf",
    ..BOTTLES
};

#[test]
fn flask_reads_what_was_sent() {
    check(&FLASK);
}

#[test]
fn fastapi_reads_what_was_sent() {
    check(&FASTAPI);
}

#[test]
fn django_under_wsgi_reads_what_was_sent_with_a_length() {
    check(&DJANGO_WSGI);
}

#[test]
fn django_under_asgi_reads_what_was_sent_with_a_length() {
    check(&DJANGO_ASGI);
}

#[test]
fn aiohttp_reads_what_was_sent() {
    check(&AIOHTTP);
}

#[test]
fn tornado_reads_what_was_sent() {
    check(&TORNADO);
}

#[test]
fn bottle_reads_what_was_sent() {
    check(&BOTTLE);
}

#[test]
fn defnull_on_pythons_own_server_reads_what_was_sent() {
    check(&DEFNULL);
}
