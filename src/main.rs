//! The `formpost` program.

mod app;

fn main() {}
