//! The `formpost` program.
fn main() {}
