//! Limits: how much of a body a parser takes before it says no.
//!
//! Each has its value here and its reason beside it; enforcing them is the parser's job.

/// How much a [`Parser`](super::Parser) takes. One more than a limit allows ends the parsing.
///
/// ```
/// use formpost::multipart::Limits;
///
/// let limits = Limits { body: Some(10 * 1024 * 1024), ..Limits::default() };
/// assert_eq!(limits.parts, 1000);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Parts of one body: 1,000, what PHP, werkzeug and formidable settled on. Ten thousand empty
    /// parts fit into a megabyte, and each costs a receiver far more than its bytes.
    pub parts: usize,
    /// Headers of one part: 16. Clients send three; python-multipart takes 8, multer-rs 32.
    pub headers: usize,
    /// Bytes of one part's headers, each with its line end, without the empty line behind them:
    /// 8 KiB, room for a name and a file name of 4,000 bytes each. A parser keeps them in memory.
    pub header_bytes: usize,
    /// Bytes ahead of the first delimiter: 16 KiB, Rack's figure. No client sends any.
    pub preamble: u64,
    /// Bytes of content of one part without a file name: 1 MiB, as busboy and Starlette have it.
    /// A receiver keeps these in memory.
    pub field_bytes: u64,
    /// Bytes of content of all parts without a file name: 16 MiB, Rack's figure. What
    /// [`field_bytes`](Self::field_bytes) allows once, [`parts`](Self::parts) would allow a
    /// thousand times.
    pub fields_bytes: u64,
    /// Bytes of content of one part with a file name: no limit, since files go to a disk whose size
    /// only the receiver knows.
    pub file_bytes: Option<u64>,
    /// Bytes of the whole body, as fed, whatever length was announced: no limit, for the same reason.
    pub body: Option<u64>,
}

impl Default for Limits {
    /// What is safe for a body from anywhere.
    fn default() -> Self {
        Self {
            parts: 1000,
            headers: 16,
            header_bytes: 8 * 1024,
            preamble: 16 * 1024,
            field_bytes: 1024 * 1024,
            fields_bytes: 16 * 1024 * 1024,
            file_bytes: None,
            body: None,
        }
    }
}

impl Limits {
    /// What is enough to look at a body of one's own: as many bytes of content as there are. The
    /// limits that bound the parser's own memory, and its patience with what is no multipart body at
    /// all, stay.
    ///
    /// Who looks keeps the heads of all parts, so these are bounded too: 100,000 parts, a kilobyte or
    /// so for each that a client sends and a hundred megabytes for all; and 128 headers in each, since
    /// many short ones take many times the bytes that they are sent in. A body made for it, with as
    /// many parts, headers and [`header_bytes`](Self::header_bytes) as that allows, still takes a
    /// gigabyte or two.
    #[must_use]
    pub fn looking() -> Self {
        Self {
            parts: 100_000,
            headers: 128,
            field_bytes: u64::MAX,
            fields_bytes: u64::MAX,
            ..Self::default()
        }
    }
}
