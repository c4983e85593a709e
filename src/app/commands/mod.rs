//! The commands, each a short paragraph of calls.

pub(super) mod batch;
pub(super) mod completions;
pub(super) mod inspect;
pub(super) mod journal;
#[cfg(feature = "receive")]
pub(super) mod receive;
#[cfg(feature = "receive")]
pub(super) mod try_out;
pub(super) mod upload;
