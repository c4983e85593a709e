//! Decisions between requests: whether a response or a failure is the end of it, or another request follows.
//!
//! Nothing here does IO, looks at a clock or rolls dice: what happened and what time it is are arguments, what to do
//! next is the result, and doing it is the caller's.

pub mod auth;
pub mod redirect;
pub mod retry;
