//! `formpost inspect`: a multipart body taken apart.

use std::fs::File;
use std::io::{self, Read};
use std::mem;
use std::path::Path;

use formpost::multipart::{Limits, Parser};
use formpost::receive::{Keep, OnExist, Store};

use crate::app::boundary_search::{self, SearchError};
use crate::app::cli::Inspect;
use crate::app::exit::Exit;
use crate::app::inventory::{self, InventoryError};
use crate::app::{listing, report, signals};

/// Runs it.
pub(crate) fn run(arguments: &Inspect) -> anyhow::Result<Exit> {
    let (name, mut input) = open(arguments.file.as_deref())?;
    let beginning = read_beginning(&name, &mut input)?;
    let content_type = arguments.content_type.as_deref();
    let found = boundary_search::find(&name, &beginning, content_type);
    if let (true, Err(error @ (SearchError::NoBoundary { .. } | SearchError::Framing { .. }))) =
        (arguments.json, &found)
    {
        report::answer(listing::search_error_json(error)?.as_bytes())?;
    }
    let found = found?;
    let store = match &arguments.extract {
        Some(folder) => Some(Store::open(folder, OnExist::Rename)?),
        None => None,
    };
    let _before_the_end = store.as_ref().map(|store| {
        let sweeper = store.sweeper();
        // Never dropped: no other file can be begun between the sweep and the end.
        signals::before_the_end(move || mem::forget(sweeper.sweep()))
    });
    let keep = store.as_ref().map_or(Keep::Nothing, Keep::Everything);
    let parser = Parser::with_dialect(&found.boundary, Limits::looking(), found.dialect);
    let mut body = found.framing.body(beginning[found.body_at..].chain(input));
    let taken = inventory::take(&name, &mut body, parser, keep);
    if let (true, Err(error)) = (arguments.json, &taken) {
        if let InventoryError::Malformed { error, .. } = error {
            report::answer(listing::parse_error_json(error)?.as_bytes())?;
        } else if let InventoryError::Framing { error, .. } = error {
            report::answer(listing::framing_error_json(error)?.as_bytes())?;
        }
    }
    let inventory = taken?;
    let text = if arguments.json {
        listing::inspection_json(&inventory)?
    } else {
        listing::inspection(&inventory, found.boundary.as_str(), found.place)
    };
    report::answer(text.as_bytes())?;
    Ok(Exit::Done)
}

fn open(path: Option<&Path>) -> anyhow::Result<(String, Box<dyn Read>)> {
    let Some(path) = path.filter(|path| *path != Path::new("-")) else {
        return Ok((String::from("standard input"), Box::new(io::stdin())));
    };
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => Ok((name, Box::new(file))),
        Err(error) => Err(InventoryError::Open { name, error }.into()),
    }
}

fn read_beginning(name: &str, input: &mut dyn Read) -> Result<Vec<u8>, InventoryError> {
    let mut beginning = Vec::new();
    match input
        .take(boundary_search::LOOKED_AT)
        .read_to_end(&mut beginning)
    {
        Ok(_) => Ok(beginning),
        Err(error) => Err(InventoryError::Input {
            name: name.to_owned(),
            offset: 0,
            error,
        }),
    }
}
