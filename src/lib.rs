//! Multipart/form-data uploads over HTTP/1.1: the format, and the two ends that speak it.
//!
//! * [`multipart`] is the format: boundary, part heads, an encoder, a streaming parser. It does no IO.
//! * [`send`] is the sending end: a form of parts becomes one body, goes out in one request, and one response comes
//!   back, or an error that says what the server may have seen.
//! * [`receive`] is the receiving end: parts become files under names that are safe; with the feature `receive`, which
//!   is on by default, behind a server.
//!
//! In scope: `multipart/form-data` (RFC 7578) and what it stands on, streamed in constant memory. Out of scope: HTTP/2,
//! other body formats, and sending again by itself: [`send::policy`] says what to do, the program does it.
//!
//! # Follow one byte
//!
//! **Out.** A byte of a file is delivered by its [`Content`](send::Content), which has promised how many there are and
//! counts them; [`Body`](send::Body) puts it between the delimiters of its part; [`Client`](send::Client) hands it to
//! the connection, and a [`Meter`](send::Meter) says so.
//!
//! **In.** An [`Intake`](receive::Intake) gets it, from a file or from the server. Its
//! [`Parser`](multipart::Parser::feed) takes it in, and gives it back as
//! [`Event::Content`](multipart::Event::Content) once it cannot be part of a delimiter; [`Pending`](receive::Pending)
//! writes it to a file that gets its name when the whole form is there.

pub mod multipart;
pub mod receive;
pub mod send;
