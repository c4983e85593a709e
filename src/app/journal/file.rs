//! The file that a journal is in: there with its first line, or not there at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Seek, Write};
use std::path::Path;

use tempfile::Builder;

use super::error::JournalError;
use super::header::Header;
use super::lock::{self, Use};

/// Opens the journal at `path`, called `name` in messages, to keep it. If there is none, or an empty file, it begins with
/// what `header` gives.
///
/// # Errors
/// If somebody else has it, it is no file, or cannot be opened or made.
pub(super) fn open(
    name: &str,
    path: &Path,
    header: &dyn Fn() -> Result<Header, JournalError>,
) -> Result<File, JournalError> {
    let write_header = |output: &mut dyn Write| write_line(name, output, header()?.to_line());
    match check_is_file(name, path) {
        Err(JournalError::Open { error, .. }) if error.kind() == ErrorKind::NotFound => {
            match create(name, path, write_header) {
                // Somebody else has made it meanwhile, and may have it.
                Ok(()) | Err(JournalError::Exists { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(JournalError::Open { error, .. }) => return Err(unwritable(name, error)),
        checked => checked?,
    }
    let mut file = lock::open(name, path, Use::Keeping)?;
    let unwritable = |error| unwritable(name, error);
    if file.metadata().map_err(unwritable)?.len() == 0 {
        write_header(&mut file)?;
        file.sync_all().map_err(unwritable)?;
        file.rewind().map_err(unwritable)?;
    }
    Ok(file)
}

/// Opens the journal at `path` to read it to its end, while nobody keeps it.
///
/// # Errors
/// If somebody keeps it, it is no file, or cannot be opened.
pub(super) fn open_to_merge(name: &str, path: &Path) -> Result<File, JournalError> {
    check_is_file(name, path)?;
    lock::open(name, path, Use::Merging)
}

/// Opens the journal at `path` to look into it, whoever has it.
///
/// # Errors
/// If it is no file, or cannot be opened.
pub(super) fn open_to_look(name: &str, path: &Path) -> Result<File, JournalError> {
    check_is_file(name, path)?;
    File::open(path).map_err(|error| not_opened(name, error))
}

/// Makes a file of what `write` writes: it gets its name when all of it is on the disk. What has that name is not touched.
///
/// # Errors
/// `write`'s; if there is something of that name, or the file cannot be written.
pub(super) fn create(
    name: &str,
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let unwritable = |error| unwritable(name, error);
    let directory = path.parent().filter(|path| *path != Path::new(""));
    let directory = directory.unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(".formpost-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temporary = builder.tempfile_in(directory);
    let temporary = temporary.map_err(|error| unwritable(without_path(&error)))?;
    let mut output = BufWriter::new(temporary.as_file());
    write(&mut output)?;
    output.flush().map_err(unwritable)?;
    drop(output);
    temporary.as_file().sync_all().map_err(unwritable)?;
    match temporary.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            let name = name.to_owned();
            return Err(JournalError::Exists { name });
        }
        Err(error) => return Err(unwritable(error.error)),
    }
    sync_directory(directory);
    Ok(())
}

/// Writes a line.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write_line(
    name: &str,
    output: &mut dyn Write,
    line: serde_json::Result<String>,
) -> Result<(), JournalError> {
    let line = line.map_err(io::Error::other);
    let written = line.and_then(|line| output.write_all(line.as_bytes()));
    written.map_err(|error| unwritable(name, error))
}

/// A FIFO would be waited for, and a device may never end.
fn check_is_file(name: &str, path: &Path) -> Result<(), JournalError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(JournalError::NoFile {
            name: name.to_owned(),
        }),
        Err(error) => Err(not_opened(name, error)),
    }
}

/// What is said of a temporary file, without its name, which nobody knows.
fn without_path(error: &io::Error) -> io::Error {
    let said = error.to_string();
    let (said, _) = said.split_once(" at path ").unwrap_or((&said, ""));
    io::Error::new(error.kind(), said)
}

/// Has the disk know the name, too. Not every file system can be asked for that.
#[cfg(unix)]
fn sync_directory(directory: &Path) {
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
}

/// It cannot be asked for.
#[cfg(not(unix))]
fn sync_directory(_: &Path) {}

fn not_opened(name: &str, error: io::Error) -> JournalError {
    let name = name.to_owned();
    JournalError::Open { name, error }
}

pub(super) fn unwritable(name: &str, error: io::Error) -> JournalError {
    let name = name.to_owned();
    JournalError::Write { name, error }
}
