//! Where the answers of a batch go: each in one piece, whoever else is answered at the same time.
//!
//! An answer is set aside until it has come to its end, in memory if it is short. On a terminal, which many of them would
//! make unreadable, they are shown only if that was asked for.

use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use formpost::send::Response;
use tempfile::SpooledTempFile;

use crate::app::exit::Exit;
use crate::app::output::{self, Output};
use crate::app::progress::Stage;
use crate::app::report::ResponseOutputs;

/// Octets of an answer that wait in memory.
const IN_MEMORY: usize = 64 * 1024;
/// Octets of an answer that are shown beside its status.
const EXCERPT: u64 = 200;

/// The outputs, for all workers.
pub(crate) struct Answers {
    outputs: Mutex<Outputs>,
    include_head: bool,
    leave_out_errors: bool,
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
            include_head: outputs.include_head,
            leave_out_errors: outputs.leave_out_errors,
            stage: stage.clone(),
        })
    }

    /// Reads an answer to its end, and writes it.
    pub(crate) fn take(&self, response: &mut Response) -> Kept {
        let mut aside = SpooledTempFile::new(IN_MEMORY);
        let read = set_aside(response, &mut aside);
        let excerpt = excerpt(&mut aside).unwrap_or_default();
        let written = self.write(response, &mut aside);
        Kept {
            excerpt,
            written: read.and(written),
        }
    }

    fn write(&self, response: &Response, aside: &mut SpooledTempFile) -> anyhow::Result<()> {
        aside.rewind()?;
        let is_error = matches!(
            Exit::of_status(response.status()),
            Exit::Refused | Exit::ServerFailed
        );
        self.meanwhile(|outputs| {
            outputs.head.write(response.head())?;
            if self.include_head {
                outputs.body.write(response.head())?;
            }
            if is_error && self.leave_out_errors {
                return Ok(());
            }
            outputs.body.copy(aside)
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

fn set_aside(response: &mut Response, aside: &mut SpooledTempFile) -> anyhow::Result<()> {
    io::copy(response.body(), aside).map_err(output::unwrapped)?;
    Ok(())
}

/// The first line, or as much of it as is shown.
fn excerpt(aside: &mut SpooledTempFile) -> io::Result<String> {
    aside.flush()?;
    aside.rewind()?;
    let mut octets = Vec::new();
    aside.take(EXCERPT).read_to_end(&mut octets)?;
    let line = octets.split(|octet| matches!(octet, b'\r' | b'\n')).next();
    let line = line.unwrap_or_default().trim_ascii();
    let is_text = !line.iter().any(u8::is_ascii_control);
    Ok(match std::str::from_utf8(line) {
        Ok(line) if is_text => line.to_owned(),
        _ => String::new(),
    })
}
