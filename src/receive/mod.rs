//! The receiving end: what becomes of the parts that somebody sent.
//!
//! [`StoredName`] makes a file's name of one that a stranger chose, and a [`Store`] takes content in
//! under such names: all files of a form appear together and whole, or none does. Nothing here knows
//! how a body is read; that is [`multipart`](crate::multipart).

mod error;
mod name;
mod store;

pub use error::StoreError;
pub use name::StoredName;
pub use store::{OnExist, Pending, Store, Whole};
