//! What a receiver finds in a multipart body: the parts, measured and hashed while they stream by.
//!
//! The same eyes look at a body before it is sent (`--dry-run`) and at one from anywhere (`inspect`).

use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::PathBuf;

use formpost::multipart::{Event, Oddity, ParseError, Parser, ReceivedHead};
use formpost::receive::{Pending, Store, StoreError, StoredName, Whole};
use serde::Serialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Octets read at once.
const BLOCK: usize = 64 * 1024;

/// The parts of one body.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Inventory {
    pub(crate) parts: Vec<Entry>,
    /// Octets of the body, framing included.
    pub(crate) bytes: u64,
}

/// One part.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) name: Option<String>,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    headers: Vec<(String, String)>,
    /// Octets of its content.
    pub(crate) size: u64,
    /// Of its content, in lower-case hexadecimal.
    pub(crate) sha256: String,
    /// Where its content begins, counted from the body's first octet.
    offset: u64,
    /// Where its content was written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) saved_as: Option<PathBuf>,
    #[serde(skip)]
    pub(crate) oddities: Vec<Oddity>,
}

/// Why a body could not be taken apart.
#[derive(Debug, Error)]
pub(crate) enum InventoryError {
    /// There is no input.
    #[error("{name}: cannot be opened: {error}")]
    Open { name: String, error: io::Error },
    /// The input failed.
    #[error("{name}: cannot be read after {offset} bytes: {error}")]
    Input {
        name: String,
        offset: u64,
        error: io::Error,
    },
    /// The body is no multipart body.
    #[error("{name}: not a multipart body: {error}")]
    Malformed {
        name: String,
        #[source]
        error: ParseError,
    },
    /// A part could not be written to a file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads `body`, called `name` in messages, to its end; each part goes into `store` if there is one.
///
/// # Errors
/// If the input fails, is malformed, or a file cannot be written; then no file is left behind.
pub(crate) fn take(
    name: &str,
    body: &mut dyn Read,
    mut parser: Parser,
    store: Option<&Store>,
) -> Result<Inventory, InventoryError> {
    let mut taking = Taking {
        store,
        ..Taking::default()
    };
    let mut block = vec![0; BLOCK];
    loop {
        let count = read_block(body, &mut block).map_err(|error| InventoryError::Input {
            name: name.to_owned(),
            offset: taking.bytes,
            error,
        })?;
        taking.bytes += count as u64;
        if count == 0 {
            parser.finish();
        } else {
            parser.feed(&block[..count]);
        }
        taking.take_events(name, &mut parser)?;
        if count == 0 {
            return taking.finish();
        }
    }
}

fn read_block(body: &mut dyn Read, block: &mut [u8]) -> io::Result<usize> {
    loop {
        match body.read(block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// A body being taken apart.
#[derive(Default)]
struct Taking<'a> {
    store: Option<&'a Store>,
    entries: Vec<Entry>,
    hash: Sha256,
    pending: Option<Pending>,
    whole: Vec<Whole>,
    bytes: u64,
}

impl Taking<'_> {
    fn take_events(&mut self, name: &str, parser: &mut Parser) -> Result<(), InventoryError> {
        loop {
            match parser.next_event() {
                Ok(Event::NeedMore | Event::End) => return Ok(()),
                Ok(Event::Part(head)) => self.begin(head)?,
                Ok(Event::Content(content)) => self.content(content)?,
                Ok(Event::PartEnd) => self.end()?,
                Err(error) => {
                    let name = name.to_owned();
                    return Err(InventoryError::Malformed { name, error });
                }
            }
        }
    }

    fn begin(&mut self, head: ReceivedHead) -> Result<(), InventoryError> {
        if let Some(store) = self.store {
            let name = [&head.filename, &head.name]
                .into_iter()
                .flatten()
                .find_map(|sent| StoredName::new(sent))
                .unwrap_or_else(|| StoredName::generated(self.entries.len() + 1));
            self.pending = Some(store.begin(name)?);
        }
        self.hash = Sha256::new();
        self.entries.push(Entry {
            name: head.name,
            filename: head.filename,
            content_type: head.content_type,
            headers: head.headers,
            size: 0,
            sha256: String::new(),
            offset: head.content_offset,
            saved_as: None,
            oddities: head.oddities,
        });
        Ok(())
    }

    fn content(&mut self, content: &[u8]) -> Result<(), InventoryError> {
        self.hash.update(content);
        if let Some(entry) = self.entries.last_mut() {
            entry.size += content.len() as u64;
        }
        match &mut self.pending {
            Some(pending) => Ok(pending.append(content)?),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), InventoryError> {
        let hash = std::mem::take(&mut self.hash).finalize();
        if let Some(entry) = self.entries.last_mut() {
            entry.sha256 = hexadecimal(&hash);
        }
        if let Some(pending) = self.pending.take() {
            self.whole.push(pending.finish()?);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Inventory, InventoryError> {
        if let Some(store) = self.store {
            let saved = store.commit(self.whole)?;
            for (entry, path) in self.entries.iter_mut().zip(saved) {
                entry.saved_as = Some(path);
            }
        }
        Ok(Inventory {
            parts: self.entries,
            bytes: self.bytes,
        })
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
