//! The bodies: one file in each, of a content that is hard in its own way, or very many parts.

use std::error::Error;

use formpost::multipart::{Boundary, Encoder, Escape, PartHead};
use rand::TryRng;
use rand::rngs::SysRng;

/// As a client of ours would have it.
pub(crate) const BOUNDARY: &str = "------------bench0bench1bench2bench3benc";

/// How much content is in a whole body.
pub(crate) const LENGTH: usize = 512 << 20;

/// What is in a body.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// One file, of random octets.
    Random,
    /// One file, of these over and over.
    Repeated(&'static [u8]),
    /// Files of one octet: so many where other bodies have `LENGTH` octets of content, with so many more headers in each.
    Parts { parts: usize, headers: usize },
}

/// All bodies, by name. The headers are 128 in each part, as many as are taken of a body of one's own.
pub(crate) const BODIES: [(&str, Kind); 8] = [
    ("random", Kind::Random),
    ("CR", Kind::Repeated(b"\r")),
    ("CRLF", Kind::Repeated(b"\r\n")),
    ("dashes", Kind::Repeated(b"-")),
    // A delimiter but for its last octet, and one that goes on.
    (
        "near-delimiters",
        Kind::Repeated(b"\r\n--------------bench0bench1bench2bench3ben"),
    ),
    (
        "longer-boundaries",
        Kind::Repeated(b"\r\n--------------bench0bench1bench2bench3bencx"),
    ),
    (
        "tiny-parts",
        Kind::Parts {
            parts: 100_000,
            headers: 0,
        },
    ),
    (
        "many-headers",
        Kind::Parts {
            parts: 20_000,
            headers: 126,
        },
    ),
];

/// A body and how much of it is content, for what reads it to be held to.
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) content: usize,
}

impl Body {
    /// A body of that kind, whole when `length` is `LENGTH`, with a share of it when it is less.
    pub(crate) fn new(kind: Kind, length: usize) -> Result<Self, Box<dyn Error>> {
        let (parts, headers) = match kind {
            Kind::Random | Kind::Repeated(_) => (1, 0),
            Kind::Parts { parts, headers } => (parts * (length >> 20) / (LENGTH >> 20), headers),
        };
        let head = PartHead {
            name: Some(b"file".to_vec()),
            filename: Some(b"a.bin".to_vec()),
            content_type: Some(b"application/octet-stream".to_vec()),
            headers: vec![b"x: y".to_vec(); headers],
            ..PartHead::default()
        };
        let content = content(kind, length)?;
        let mut encoder = Encoder::new(&Boundary::new(BOUNDARY)?, Escape::Percent);
        let mut bytes = Vec::new();
        for _ in 0..parts {
            bytes.extend(encoder.part(&head)?);
            bytes.extend(&content);
        }
        bytes.extend(encoder.finish());
        Ok(Self {
            bytes,
            content: parts * content.len(),
        })
    }
}

/// What stands in each file.
fn content(kind: Kind, length: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    match kind {
        Kind::Random => {
            let mut content = vec![0; length];
            SysRng.try_fill_bytes(&mut content)?;
            Ok(content)
        }
        Kind::Repeated(octets) => Ok(octets.repeat(length / octets.len())),
        Kind::Parts { .. } => Ok(b"x".to_vec()),
    }
}
