//! One body on its way in: parsed, hashed and stored while it streams by.
//!
//! Bytes go in as they come, from a socket or a file; what comes out is the list of parts. Files get their names only
//! in [`Intake::finish`], when all of the body is there. Dropped before that, an intake leaves nothing behind.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::content_hash::ContentHash;
use super::{Pending, Store, StoreError, StoredName, Whole};
use crate::multipart::{Event, Oddity, ParseError, Parser, ReceivedHead};
use serde::{Serialize, Serializer};

/// Which parts become files.
#[derive(Debug, Clone, Copy)]
pub enum Keep<'a> {
    /// None: they are counted and hashed.
    Nothing,
    /// Those that were sent with a file name. An empty one without content is what browsers send where no file was
    /// chosen, and becomes none.
    Files(&'a Store),
    /// All of them.
    Everything(&'a Store),
}

/// A part, as it was received. Its JSON is what `formpost receive` answers with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceivedPart {
    /// The part's name; `None` only where the [`Dialect`](crate::multipart::Dialect) lets it be absent.
    pub name: Option<String>,
    /// The file's name as the sender gave it.
    pub filename: Option<String>,
    /// The value of Content-Type.
    pub content_type: Option<String>,
    /// All headers, in order.
    pub headers: Vec<(String, String)>,
    /// Bytes of its content.
    pub size: u64,
    /// SHA-256 of its content, in lower-case hexadecimal.
    pub sha256: String,
    /// The file that it became.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub saved_as: Option<PathBuf>,
    /// Where its content began, counted from the body's first byte. Not in the JSON.
    #[serde(skip)]
    pub offset: u64,
    /// What no careful client sends. Not in the JSON.
    #[serde(skip)]
    pub oddities: Vec<Oddity>,
}

/// JSON is text, and a path need not be.
#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
fn as_text<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_deref()
        .map(Path::to_string_lossy)
        .serialize(serializer)
}

impl ReceivedPart {
    fn new(head: ReceivedHead) -> Self {
        Self {
            name: head.name,
            filename: head.filename,
            content_type: head.content_type,
            headers: head.headers,
            size: 0,
            sha256: String::new(),
            saved_as: None,
            offset: head.content_offset,
            oddities: head.oddities,
        }
    }
}

/// Why a body was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It is malformed, or more than the limits allow.
    #[error(transparent)]
    Malformed(#[from] ParseError),
    /// A part has a name that is not among the allowed ones.
    #[error(
        "expected only fields that are allowed here, found {name:?} (at byte {offset} of the body)"
    )]
    FieldNotAllowed {
        /// The part's name.
        name: String,
        /// Where its content begins.
        offset: u64,
    },
    /// A file cannot be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntakeError {
    /// The status that a server answers with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(error) => error.status(),
            Self::FieldNotAllowed { .. } => 400,
            Self::Store(StoreError::Exists { .. }) => 409,
            Self::Store(error) if error.is_full() => 507,
            Self::Store(_) => 500,
        }
    }

    /// What is wrong, for other programs; it does not change.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.kind.as_str(),
            Self::FieldNotAllowed { .. } => "field-not-allowed",
            Self::Store(StoreError::Exists { .. }) => "file-exists",
            Self::Store(error) if error.is_full() => "disk-full",
            Self::Store(_) => "not-stored",
        }
    }

    /// Where in the body it is wrong, if it is the body.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::Malformed(error) => Some(error.offset),
            Self::FieldNotAllowed { offset, .. } => Some(*offset),
            Self::Store(_) => None,
        }
    }
}

/// Takes in one body.
///
/// ```
/// use formpost::multipart::{Boundary, Limits, Parser};
/// use formpost::receive::{Intake, Keep};
///
/// let parser = Parser::new(&Boundary::new("X")?, Limits::default());
/// let mut intake = Intake::new(parser, Keep::Nothing);
/// intake.feed(b"--X\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nyo")?;
/// intake.feed(b"u\r\n--X--\r\n")?;
/// let parts = intake.finish()?;
/// assert_eq!(parts[0].name.as_deref(), Some("to"));
/// assert_eq!(parts[0].size, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Intake<'a> {
    parser: Parser,
    keep: Keep<'a>,
    /// The only names that parts may have; empty for any.
    allowed: &'a [String],
    parts: Vec<ReceivedPart>,
    hash: ContentHash,
    destination: PartDestination,
    whole: Vec<(usize, Whole)>,
}

/// Where the content of the part goes that is being received.
#[derive(Debug)]
enum PartDestination {
    Nowhere,
    /// To a file once there is content: without any, nothing was chosen.
    Unchosen,
    File(Pending),
}

impl<'a> Intake<'a> {
    /// An intake of a body that nothing was read of.
    #[must_use]
    pub fn new(parser: Parser, keep: Keep<'a>) -> Self {
        Self {
            parser,
            keep,
            allowed: &[],
            parts: Vec::new(),
            hash: ContentHash::new(),
            destination: PartDestination::Nowhere,
            whole: Vec::new(),
        }
    }

    /// Refuses parts with other names than these, unless there are none.
    #[must_use]
    pub fn allowing(mut self, names: &'a [String]) -> Self {
        self.allowed = names;
        self
    }

    /// How many bytes were fed.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.parser.received()
    }

    /// Takes the next bytes of the body, and writes what they hold of files.
    ///
    /// # Errors
    /// If the body is malformed or a file cannot be written; then nothing is kept of any part.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        self.parser.feed(bytes);
        self.take_events()
    }

    /// Says that this was all, and gives the files their names.
    ///
    /// # Errors
    /// If something is missing, or the files cannot get their names; then nothing is kept of any part.
    pub fn finish(mut self) -> Result<Vec<ReceivedPart>, IntakeError> {
        self.parser.finish();
        self.take_events()?;
        if let Keep::Files(store) | Keep::Everything(store) = self.keep {
            let (indices, whole): (Vec<_>, Vec<_>) = self.whole.into_iter().unzip();
            let paths = store.commit(whole)?;
            for (index, path) in indices.into_iter().zip(paths) {
                self.parts[index].saved_as = Some(path);
            }
        }
        Ok(self.parts)
    }

    fn take_events(&mut self) -> Result<(), IntakeError> {
        loop {
            match self.parser.next_event()? {
                Event::NeedMore | Event::End => return Ok(()),
                Event::Part(head) => self.begin(head)?,
                Event::Content(content) => {
                    self.hash.update(content);
                    if let Some(part) = self.parts.last_mut() {
                        part.size += content.len() as u64;
                    }
                    if let PartDestination::Unchosen = self.destination {
                        self.destination = file(self.keep, &self.parts)?;
                    }
                    if let PartDestination::File(pending) = &mut self.destination {
                        pending.append(content)?;
                    }
                }
                Event::PartEnd => self.end()?,
            }
        }
    }

    fn begin(&mut self, head: ReceivedHead) -> Result<(), IntakeError> {
        let part = ReceivedPart::new(head);
        if let Some(name) = &part.name {
            if !self.allowed.is_empty() && !self.allowed.contains(name) {
                return Err(IntakeError::FieldNotAllowed {
                    name: name.clone(),
                    offset: part.offset,
                });
            }
        }
        let filename = part.filename.clone();
        self.parts.push(part);
        self.destination = match (self.keep, filename.as_deref()) {
            (Keep::Nothing, _) | (Keep::Files(_), None) => PartDestination::Nowhere,
            (Keep::Files(_), Some("")) => PartDestination::Unchosen,
            (Keep::Files(_), Some(_)) | (Keep::Everything(_), _) => file(self.keep, &self.parts)?,
        };
        Ok(())
    }

    fn end(&mut self) -> Result<(), IntakeError> {
        let hash = std::mem::replace(&mut self.hash, ContentHash::new());
        if let Some(part) = self.parts.last_mut() {
            part.sha256 = hash.finish();
        }
        let destination = std::mem::replace(&mut self.destination, PartDestination::Nowhere);
        if let PartDestination::File(pending) = destination {
            self.whole.push((self.parts.len() - 1, pending.finish()?));
        }
        Ok(())
    }
}

/// A file for the last of these parts: named as it was sent, after its field, or by its number.
fn file(keep: Keep<'_>, parts: &[ReceivedPart]) -> Result<PartDestination, StoreError> {
    let (Keep::Files(store) | Keep::Everything(store), Some(part)) = (keep, parts.last()) else {
        return Ok(PartDestination::Nowhere);
    };
    let name = [&part.filename, &part.name]
        .into_iter()
        .flatten()
        .find_map(|sent| StoredName::new(sent))
        .unwrap_or_else(|| StoredName::generated(parts.len()));
    Ok(PartDestination::File(store.begin(name)?))
}

/// A checksum as it is written in a [`ReceivedPart`]: lower-case hexadecimal.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::PathBuf;

    use super::{Intake, IntakeError, Keep, StoreError};
    use crate::multipart::{Boundary, Limits, Parser};
    use crate::receive::{OnExist, Store};

    const FORM: &[u8] = b"--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n\
        --B\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n\
        --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--B--\r\n";

    fn parser() -> Parser {
        Parser::new(&Boundary::new("B").unwrap(), Limits::default())
    }

    #[test]
    fn a_form_becomes_the_files_that_are_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), OnExist::Rename).unwrap();
        for (keep, saved) in [
            (Keep::Nothing, [None, None, None]),
            (Keep::Files(&store), [None, None, Some("a")]),
            (
                Keep::Everything(&store),
                [Some("text"), Some("none"), Some("a (1)")],
            ),
        ] {
            let mut intake = Intake::new(parser(), keep);
            FORM.chunks(3)
                .try_for_each(|bytes| intake.feed(bytes))
                .unwrap();
            let parts = intake.finish().unwrap();
            let names = parts.iter().map(|part| part.saved_as.clone());
            let expected = saved.map(|name| name.map(|name| dir.path().join(name)));
            assert_eq!(names.collect::<Vec<_>>(), expected, "{keep:?}");
            let sizes: Vec<_> = parts.iter().map(|part| part.size).collect();
            assert_eq!(sizes, [5, 0, 1]);
        }
    }

    #[test]
    fn a_form_that_is_not_finished_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), OnExist::Rename).unwrap();
        let mut intake = Intake::new(parser(), Keep::Everything(&store));
        intake.feed(&FORM[..FORM.len() - 1]).unwrap();
        assert!(std::fs::read_dir(dir.path()).unwrap().count() > 0);
        drop(intake);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_status_says_whose_fault_it_is() {
        let path = PathBuf::from("in/a");
        let rename = |kind: io::ErrorKind| StoreError::Rename {
            path: path.clone(),
            source: kind.into(),
        };
        let exists = StoreError::Exists { path: path.clone() };
        for (error, status, kind) in [
            (rename(io::ErrorKind::StorageFull), 507, "disk-full"),
            (rename(io::ErrorKind::PermissionDenied), 500, "not-stored"),
            (exists, 409, "file-exists"),
        ] {
            let error = IntakeError::Store(error);
            assert_eq!(
                (error.status(), error.kind(), error.offset()),
                (status, kind, None)
            );
        }
        let error = Intake::new(parser(), Keep::Nothing).finish().unwrap_err();
        let told = (error.status(), error.kind(), error.offset());
        assert_eq!(told, (400, "empty-body", Some(0)));
    }
}
