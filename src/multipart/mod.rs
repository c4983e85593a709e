//! The format: `multipart/form-data` as bytes (RFC 7578, RFC 2046 section 5.1).
//!
//! Both directions, and no IO in either: [`Encoder`] gives the bytes that stand around each part's
//! content, [`Parser`] takes a body's bytes and gives events. Who opens files, owns sockets or
//! chooses names is elsewhere; so is HTTP, of which only the value of one header,
//! [`ContentType`], is read here. Randomness is an argument ([`Boundary::from_random`]).
//!
//! Out of scope, on purpose: transfer encodings, charsets, multiparts inside of parts, structured
//! names such as `a[b]`. Content is bytes and names are flat.
//!
//! # One body, byte by byte
//!
//! A form of a text and a file. First out:
//!
//! ```
//! use formpost::multipart::{Boundary, Encoder, Escape, PartHead};
//!
//! let boundary = Boundary::new("B")?;
//! let mut encoder = Encoder::new(&boundary, Escape::Percent);
//! let mut body = Vec::new();
//!
//! // The first part begins with the dash-boundary ...
//! body.extend(encoder.part(&PartHead { name: Some(b"to".to_vec()), ..PartHead::default() })?);
//! assert_eq!(body, b"--B\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n");
//! body.extend(b"you");
//!
//! // ... every other one with the line end that belongs to it.
//! let file = encoder.part(&PartHead {
//!     name: Some(b"file".to_vec()),
//!     filename: Some(b"a \"b\".txt".to_vec()),
//!     content_type: Some(b"text/plain".to_vec()),
//!     ..PartHead::default()
//! })?;
//! assert_eq!(
//!     String::from_utf8_lossy(&file),
//!     "\r\n--B\r\n\
//!      Content-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.txt\"\r\n\
//!      Content-Type: text/plain\r\n\r\n",
//! );
//! body.extend(file);
//! body.extend(b"line\r\n");
//! body.extend(encoder.finish());
//! assert!(body.ends_with(b"line\r\n\r\n--B--\r\n"));
//!
//! // Then in, one byte at a time.
//! use formpost::multipart::{Event, Limits, Parser};
//!
//! let mut parser = Parser::new(&boundary, Limits::default());
//! let mut story = String::new();
//! for byte in &body {
//!     parser.feed(&[*byte]);
//!     loop {
//!         match parser.next_event()? {
//!             Event::NeedMore => break,
//!             Event::Part(head) => {
//!                 let kind = if head.is_file() { "file" } else { "text" };
//!                 story += &format!("{kind} at {}: ", head.content_offset);
//!             }
//!             Event::Content(bytes) => story += &String::from_utf8_lossy(bytes),
//!             Event::PartEnd => story += ".\n",
//!             Event::End => break,
//!         }
//!     }
//! }
//!
//! // Without `finish`, a body that was cut would only ever need more.
//! parser.finish();
//! assert_eq!(parser.next_event()?, Event::End);
//! assert_eq!(story, "text at 50: you.\nfile at 159: line\r\n.\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod boundary;
mod buffer;
mod content_type;
mod delimiter;
mod dialect;
mod disposition;
mod encode;
mod error;
mod header;
mod headers;
mod limits;
mod oddity;
mod parameters;
mod parse;
mod search;

pub use boundary::{Boundary, BoundaryError};
pub use content_type::{ContentType, ContentTypeError};
pub use dialect::Dialect;
pub use encode::{Disposition, EncodeError, Encoder, Escape, PartHead};
pub use error::{ParseError, ParseErrorKind};
pub use headers::ReceivedHead;
pub use limits::Limits;
pub use oddity::Oddity;
pub(crate) use parameters::is_token;
pub use parameters::{Expected, ParameterError};
pub use parse::{Event, Parser};
pub use search::BoundarySearch;
