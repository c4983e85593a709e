//! The receiving end: what becomes of the parts that somebody sent.
//!
//! [`StoredName`] makes a file's name of one that a stranger chose. Nothing here knows how a body is
//! read; that is [`multipart`](crate::multipart).

mod name;

pub use name::StoredName;
