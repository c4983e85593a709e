//! The commands, each a short paragraph of calls.

pub(super) mod completions;
pub(super) mod inspect;
pub(super) mod upload;
