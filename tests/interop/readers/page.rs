//! `docs/interop.md`, made of what the tests here hold: which servers they are, and their manners.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::manners::{Chunked, Lists, Manners, Names, Order, TypedTexts};
use super::{MadeOf, Reader, go, java, node, perl, php, python, ruby};
use crate::{folder, golden};

/// In the order of the page. A test stands beside each of them.
const READERS: [&Reader; 21] = [
    &node::BUSBOY,
    &node::MULTER,
    &node::FORMIDABLE,
    &node::KOA_BODY,
    &node::MULTIPARTY,
    &node::FASTIFY,
    &node::UNDICI,
    &node::FORM_DATA,
    &python::FLASK,
    &python::FASTAPI,
    &python::DJANGO_WSGI,
    &python::DJANGO_ASGI,
    &python::AIOHTTP,
    &python::TORNADO,
    &python::BOTTLE,
    &python::DEFNULL,
    &php::PHP,
    &go::NET_HTTP,
    &ruby::RACK,
    &perl::PLACK,
    &java::TOMCAT,
];

/// What does not follow from the manners; tables and versions go where it says so.
const TEXT: &str = include_str!("page.md");

#[test]
fn the_page_of_servers_says_what_the_tests_hold() {
    let page = TEXT
        .replace("{servers}", &servers())
        .replace("{forms}", &forms())
        .replace("{files}", &names(|manners| &manners.files))
        .replace("{fields}", &names(|manners| &manners.fields))
        .replace("{moto}", &MadeOf::PyPi(&["moto"]).versions())
        .replace("{pypiserver}", &MadeOf::PyPi(&["pypiserver"]).versions());
    golden::compare("docs/interop.md", &page);
}

fn servers() -> String {
    table(
        &["server", "versions", "what it has to be told"],
        |reader| vec![reader.made_of.versions(), reader.settings.into()],
    )
}

fn forms() -> String {
    let head = [
        "server",
        "order of parts",
        "several under one name",
        "21 files",
        "type of a file",
        "text with a type",
        "a long pipe",
    ];
    table(&head, |reader| {
        let manners = &reader.manners;
        vec![
            order(manners.order),
            lists(manners.lists),
            manners
                .files_at_most
                .map_or("✓".into(), |most| format!("the first {most}")),
            if manners.tells_parameters {
                "✓"
            } else {
                "without parameters"
            }
            .into(),
            typed_text(manners.typed_texts),
            chunked(manners.chunked),
        ]
    })
}

fn lists(lists: Lists) -> String {
    match lists {
        Lists::OfOneName => "✓",
        Lists::InBrackets => "the last; of `name[]`, all",
    }
    .into()
}

fn typed_text(typed: TypedTexts) -> String {
    match typed {
        TypedTexts::Told => "✓",
        TypedTexts::Untold => "without the type",
        TypedTexts::Files => "a file without a name",
    }
    .into()
}

fn order(order: Order) -> String {
    match order {
        Order::AsSent => "✓",
        Order::TextsFirst => "texts and files apart",
        Order::ByName => "texts and files apart, by name",
    }
    .into()
}

fn chunked(chunked: Chunked) -> String {
    match chunked {
        Chunked::Taken => "✓",
        Chunked::Emptied | Chunked::Unread => "an empty form; ✓ with `--spool`",
    }
    .into()
}

fn names(of: fn(&Manners) -> &Names) -> String {
    let head = [
        "server",
        "`\"` as `%22`",
        "CR and LF as `%0D` and `%0A`",
        "`%41`",
        r"`\`",
        r#"`"` as `\"`"#,
        r"`\` as `\\`",
    ];
    table(&head, |reader| {
        let names = of(&reader.manners);
        let breaks = [("c\rr", names.carriage_return), ("l\nf", names.line_feed)];
        let escaped_quote = names.escaped_quote;
        vec![
            arrived("q\"uo", names.quote),
            all_arrived(&breaks),
            arrived("per%41cent", names.percent),
            arrived(r"back\slash", names.backslash),
            escaped_quote.map_or("refused".into(), |name| arrived("q\"uo", name)),
            arrived(r"back\slash", names.escaped_backslash),
        ]
    })
}

fn all_arrived(names: &[(&str, &str)]) -> String {
    let different = names.iter().filter(|(sent, arrives)| sent != arrives);
    let told: Vec<String> = different
        .map(|(sent, arrives)| arrived(sent, arrives))
        .collect();
    if told.is_empty() {
        return "✓".into();
    }
    told.join(", ")
}

fn arrived(sent: &str, arrives: &str) -> String {
    if sent == arrives {
        return "✓".into();
    }
    format!("`{arrives}`")
}

/// A row for each server, with its name in front.
fn table(head: &[&str], row: impl Fn(&Reader) -> Vec<String>) -> String {
    let mut table = line(head);
    table.push_str(&line(&vec!["---"; head.len()]));
    for reader in READERS {
        let cells = row(reader);
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        table.push_str(&line(&[&[reader.name], &cells[..]].concat()));
    }
    table.trim_end().to_owned()
}

fn line(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

impl MadeOf {
    /// The packages, each with the version that is installed for these tests.
    fn versions(&self) -> String {
        match self {
            Self::Npm(packages) => listed(packages, &npm_version),
            Self::PyPi(packages) => listed(packages, &pypi_version),
            Self::Debian { packages, .. } => format!("Debian's {}", packages.join(", ")),
            Self::Node => "of Node itself".into(),
        }
    }
}

fn listed(packages: &[&str], version: &dyn Fn(&str) -> String) -> String {
    let mut list = String::new();
    for package in packages {
        let comma = if list.is_empty() { "" } else { ", " };
        write!(list, "{comma}{package} {}", version(package)).unwrap();
    }
    list
}

fn npm_version(package: &str) -> String {
    let lock = fs::read(folder().join("package-lock.json")).unwrap();
    let lock: Value = serde_json::from_slice(&lock).unwrap();
    let entry = &lock["packages"][format!("node_modules/{package}")]["version"];
    entry.as_str().unwrap().to_owned()
}

fn pypi_version(package: &str) -> String {
    let pinned = fs::read_to_string(folder().join("requirements.txt")).unwrap();
    let mut lines = pinned.lines().filter_map(|line| line.split_once("=="));
    let found = lines.find(|(name, _)| name.eq_ignore_ascii_case(package));
    found.unwrap().1.to_owned()
}
