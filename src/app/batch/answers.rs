//! Where the answers of a batch go: each in one piece, whoever else is answered at the same time.
//!
//! An answer is set aside until it has come to its end, in memory if it is short. On a terminal, which many of them would
//! make unreadable, they are shown only if that was asked for.

use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use formpost::send::Response;
use tempfile::SpooledTempFile;

use crate::app::output::{self, Output};
use crate::app::progress::Stage;
use crate::app::report::ResponseOutputs;

/// Octets of an answer that wait in memory.
const IN_MEMORY: usize = 64 * 1024;
/// Octets of an answer that are shown beside its status.
const EXCERPT: usize = 200;

/// The outputs, for all workers.
pub(crate) struct Answers {
    outputs: Mutex<Outputs>,
    asked: ResponseOutputs,
    stage: Arc<Stage>,
}

struct Outputs {
    body: Output,
    head: Output,
}

/// An answer that was read.
pub(crate) struct Kept {
    /// What its first line says, if it is text.
    pub(crate) excerpt: String,
    /// What came of reading and writing it.
    pub(crate) written: anyhow::Result<()>,
}

impl Answers {
    /// Opens the outputs, emptied: what they get is of one run.
    ///
    /// # Errors
    /// If one cannot be opened.
    pub(crate) fn open(
        outputs: &ResponseOutputs,
        is_terminal: bool,
        stage: &Arc<Stage>,
    ) -> anyhow::Result<Self> {
        let open = |path: &Path| Output::open(path);
        Ok(Self {
            outputs: Mutex::new(Outputs {
                body: match &outputs.body {
                    Some(path) => open(path)?,
                    None if is_terminal && !outputs.include_head => Output::Nowhere,
                    None => Output::foreign(is_terminal),
                },
                head: match &outputs.head {
                    Some(path) => open(path)?,
                    None => Output::Nowhere,
                },
            }),
            asked: outputs.clone(),
            stage: stage.clone(),
        })
    }

    /// Reads an answer to its end, and writes it.
    pub(crate) fn take(&self, response: &mut Response) -> Kept {
        let mut aside = SpooledTempFile::new(IN_MEMORY);
        let mut body = Beginning::of(response);
        let read = if self.wants_body(body.response) {
            set_aside(&mut body, &mut aside)
        } else {
            output::drain(&mut body)
        };
        let excerpt = body.excerpt();
        let written = self.write(response, &mut aside);
        Kept {
            excerpt,
            written: read.and(written),
        }
    }

    /// Whether anybody gets its body.
    fn wants_body(&self, response: &Response) -> bool {
        self.asked.take_body_of(response)
            && !matches!(self.outputs().body, Output::Nowhere | Output::Closed)
    }

    fn write(&self, response: &Response, aside: &mut SpooledTempFile) -> anyhow::Result<()> {
        aside.rewind()?;
        self.meanwhile(|outputs| {
            outputs.head.write(response.head())?;
            if self.asked.include_head {
                outputs.body.write(response.head())?;
            }
            if self.asked.take_body_of(response) {
                outputs.body.copy(aside)?;
            }
            Ok(())
        })
    }

    /// Does something that nothing else is written during.
    pub(crate) fn alone<T>(&self, act: impl FnOnce() -> T) -> T {
        self.meanwhile(|_| act())
    }

    fn meanwhile<T>(&self, act: impl FnOnce(&mut Outputs) -> T) -> T {
        let mut outputs = self.outputs();
        if matches!(outputs.body, Output::Nowhere) && matches!(outputs.head, Output::Nowhere) {
            return act(&mut outputs);
        }
        self.stage.meanwhile(|| act(&mut outputs))
    }

    fn outputs(&self) -> MutexGuard<'_, Outputs> {
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set_aside(body: &mut impl Read, aside: &mut SpooledTempFile) -> anyhow::Result<()> {
    let mut block = vec![0; 16 * 1024];
    loop {
        match body.read(&mut block).map_err(output::unwrapped)? {
            0 => return Ok(()),
            count => aside
                .write_all(&block[..count])
                .context("the answer: cannot be set aside in a temporary file (TMPDIR)")?,
        }
    }
}

/// An answer's body, and the first octets of it that have been read.
struct Beginning<'a> {
    response: &'a mut Response,
    octets: Vec<u8>,
}

impl<'a> Beginning<'a> {
    fn of(response: &'a mut Response) -> Self {
        Self {
            response,
            octets: Vec::new(),
        }
    }

    /// The first line, or as much of it as is shown.
    fn excerpt(&self) -> String {
        let is_end = |octet: &u8| matches!(octet, b'\r' | b'\n');
        let line = self.octets.split(is_end).next().unwrap_or_default();
        let line = line.trim_ascii();
        match std::str::from_utf8(line) {
            Ok(text) if !line.iter().any(u8::is_ascii_control) => text.to_owned(),
            _ => String::new(),
        }
    }
}

impl Read for Beginning<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.response.body().read(buffer)?;
        let room = EXCERPT.saturating_sub(self.octets.len());
        self.octets.extend_from_slice(&buffer[..count.min(room)]);
        Ok(count)
    }
}
