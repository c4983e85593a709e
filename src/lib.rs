//! Multipart/form-data uploads.
pub mod multipart;
pub mod receive;
pub mod send;
