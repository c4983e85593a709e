//! Multipart/form-data uploads.
pub mod multipart;
