//! The sending end.

pub mod transfer_encoding;
