//! A body that is written down while it is read: to a file that is whole or as it was before.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::{Output, OutputError};
use crate::app::signals::{self, BeforeTheEnd};

/// `body`, of which a copy goes into the file at `path`, or onto standard output for `-`, while it is read.
///
/// # Errors
/// If the file cannot be written; later on, such an error comes out of reading.
pub(crate) fn copying<'a>(body: &'a mut dyn Read, path: &Path) -> Result<Copying<'a>, OutputError> {
    let error = |source| OutputError {
        name: path.display().to_string(),
        source,
    };
    let Some(target) = replaceable(path).map_err(error)? else {
        let output = Output::open(path)?;
        return Ok(Copying {
            body,
            output,
            pending: None,
        });
    };
    let pending = Pending::beside(target).map_err(error)?;
    let output = Output::File {
        name: path.display().to_string(),
        file: pending.temporary.as_file().try_clone().map_err(error)?,
    };
    Ok(Copying {
        body,
        output,
        pending: Some(pending),
    })
}

/// See [`copying`]. Dropped before it is finished, it leaves what was there before.
pub(crate) struct Copying<'a> {
    body: &'a mut dyn Read,
    output: Output,
    pending: Option<Pending>,
}

impl Copying<'_> {
    /// Says that all was read: the file gets its name.
    ///
    /// # Errors
    /// If it cannot get it.
    pub(crate) fn finish(self) -> Result<(), OutputError> {
        let (Some(pending), Output::File { name, .. }) = (self.pending, self.output) else {
            return Ok(());
        };
        match pending.temporary.persist(&pending.target) {
            Ok(_) => Ok(()),
            Err(error) => Err(OutputError {
                name,
                source: error.error,
            }),
        }
    }
}

impl Read for Copying<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read(buffer)?;
        self.output
            .write(&buffer[..count])
            .map_err(io::Error::other)?;
        Ok(count)
    }
}

/// A file that is not whole yet.
struct Pending {
    temporary: NamedTempFile,
    target: PathBuf,
    _before_the_end: BeforeTheEnd,
}

impl Pending {
    /// With the permissions of the target, or those of any new file.
    fn beside(target: PathBuf) -> io::Result<Self> {
        let directory = target.parent().filter(|path| *path != Path::new(""));
        let mut builder = Builder::new();
        builder.prefix(".formpost-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder.tempfile_in(directory.unwrap_or(Path::new(".")))?;
        if let Ok(metadata) = fs::metadata(&target) {
            temporary
                .as_file()
                .set_permissions(metadata.permissions())?;
        }
        let path = temporary.path().to_owned();
        let before_the_end = signals::before_the_end(move || {
            // Nobody is left to be told.
            let _ = fs::remove_file(&path);
        });
        Ok(Self {
            temporary,
            target,
            _before_the_end: before_the_end,
        })
    }
}

/// Where a whole file can take the place of what is at `path`, links followed; `None` for what is no file and is
/// written to directly: standard output, a device, a FIFO, somebody's descriptor.
fn replaceable(path: &Path) -> io::Result<Option<PathBuf>> {
    let is_descriptor = ["/dev", "/proc"]
        .iter()
        .any(|system| path.starts_with(system));
    if path == Path::new("-") || is_descriptor {
        return Ok(None);
    }
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            // One that may not be written to may not be replaced either.
            fs::OpenOptions::new().write(true).open(path)?;
            fs::canonicalize(path).map(Some)
        }
        // A link that leads nowhere yet is written through.
        Err(_) if fs::symlink_metadata(path).is_err() => Ok(Some(path.to_owned())),
        Ok(_) | Err(_) => Ok(None),
    }
}
