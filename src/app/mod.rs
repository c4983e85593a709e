//! The program: all that a user sees.

pub(crate) mod part_spec;
