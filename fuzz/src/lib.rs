//! What the fuzz targets run, one function for each: it takes anything at all, and panics if what must hold of it does not.
//!
//! What must hold stands with what it is about, in `tests/wire/invariants.rs` for the library's parser and in
//! `src/app/*/invariants.rs` for the program's readers, and is held by `cargo test` as well. The program's sources are
//! compiled into this crate, since nobody outside may know them.

#[path = "../../src/app/mod.rs"]
mod app;
#[path = "../../tests/wire/feeding.rs"]
mod feeding;
#[path = "../../tests/wire/invariants.rs"]
mod invariants;
#[path = "../../tests/wire/limits.rs"]
mod limits;

/// A body, and how it is to be read.
pub fn parse(input: &[u8]) {
    invariants::parse(input);
}

/// The head of a part.
pub fn part_headers(input: &[u8]) {
    invariants::part_headers(input);
}

/// An argument of `-F`.
#[cfg(fuzzing)]
pub fn form_language(input: &[u8]) {
    app::fuzzing::form_language(input);
}

/// A file that `-K` names.
#[cfg(fuzzing)]
pub fn config(input: &[u8]) {
    app::fuzzing::config(input);
}

/// The journal of a batch.
#[cfg(fuzzing)]
pub fn journal(input: &[u8]) {
    app::fuzzing::journal(input);
}
