//! The receiving end: what becomes of the parts that somebody sent.
//!
//! [`StoredName`] makes a file's name of one that a stranger chose, and a [`Store`] takes content in
//! under such names: all files of a form appear together and whole, or none does. An [`Intake`] takes
//! one body apart, with [`multipart`](crate::multipart), hashes its parts and stores them. With the
//! feature `receive` there is a [`Server`] in front of it.

mod content_hash;
mod error;
mod faults;
mod intake;
mod name;
#[cfg(feature = "receive")]
mod server;
mod store;

pub use error::StoreError;
pub use faults::{Fail, FaultError, Faults, Redirect, Reject};
pub use intake::{Intake, IntakeError, Keep, ReceivedPart, hexadecimal};
pub use name::StoredName;
#[cfg(feature = "receive")]
pub use server::{
    Destination, Event, Exchange, Server, ServerError, Settings, Stopper, TlsIdentity,
    TlsIdentityError,
};
pub use store::{OnExist, Pending, Store, Sweeper, Swept, Whole};
