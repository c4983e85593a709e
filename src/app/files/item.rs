//! A file as one of many that are sent each by itself.

use std::fs::{self, Metadata};
use std::path::Path;

use super::{FoundFile, Problem};
use crate::app::part_spec::SourceSpec;

/// A file, and where it stands among the others.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) file: FoundFile,
    /// Octets, as it was found.
    pub(crate) size: u64,
    /// From 1 on.
    pub(crate) index: u64,
}

impl Item {
    /// The file, and what it is now.
    ///
    /// # Errors
    /// If it is not there any more, or is no regular file.
    pub(crate) fn look(file: FoundFile, index: u64) -> Result<(Self, Metadata), Problem> {
        let metadata = metadata(&file)?;
        let item = Self {
            size: metadata.len(),
            file,
            index,
        };
        Ok((item, metadata))
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.file.source {
            SourceSpec::Path(path) => Some(path),
            SourceSpec::Stdin => None,
        }
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        self.file.source.as_path().display().to_string()
    }
}

fn metadata(file: &FoundFile) -> Result<Metadata, Problem> {
    match &file.source {
        SourceSpec::Path(path) => match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(metadata),
            Ok(_) => {
                let reason = "expected a regular file: with --each it is looked at, and sent";
                Err(Problem::failed(path, reason))
            }
            Err(error) => Err(Problem::failed(path, error)),
        },
        SourceSpec::Stdin => {
            let reason = "expected a file, found standard input: --each wants files";
            Err(Problem::failed("-", reason))
        }
    }
}
