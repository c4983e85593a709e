//! Where contents come from: looked at first, all of them, then opened.
//!
//! Looking ([`Source::look`]) opens nothing that could block and finds everything that can be wrong with a path.
//! Opening ([`Opening::open`]) makes the [`Content`]. A source of unknown length (a pipe, a FIFO, a file under
//! `/proc`) is then read ahead: if it ends within [`READ_AHEAD`], its length is known, and servers that cannot take a
//! chunked body can take it. As soon as one does not end there, the body is chunked anyway, and the sources after it
//! are opened when their turn comes: somebody may be writing them one after the other. With `--spool` all of them are
//! read to their ends instead, in order.

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use formpost::send::{Content, Identity};
use serde::de::IgnoredAny;

use super::error::PlanError;
use super::spool::spool;
use crate::app::cli::HeaderArg;
use crate::app::part_spec::{ContentSpec, FormItem, SourceSpec};
use crate::app::report::Report;

/// Octets of a source of unknown length that are held in memory: enough for what scripts pipe around, little enough
/// for a router.
pub(super) const READ_AHEAD: u64 = 1024 * 1024;

/// The most octets of JSON that are held until they are known to be JSON. A regular file is read twice instead.
const JSON_IN_MEMORY: u64 = 64 * 1024 * 1024;

/// Where a content comes from, looked at.
#[derive(Debug)]
pub(crate) enum Source {
    /// In memory.
    Bytes(Vec<u8>),
    /// A regular file that says how long it is.
    File { path: PathBuf, identity: Identity },
    /// A FIFO, a device, or a file that has content but no length.
    Special(PathBuf),
    /// Standard input.
    Stdin,
}

impl Source {
    /// Looks at a source.
    ///
    /// # Errors
    /// What is wrong with it, naming it.
    pub(super) fn look(spec: &SourceSpec) -> Result<Self, String> {
        match spec {
            SourceSpec::Stdin => Ok(Self::Stdin),
            SourceSpec::Path(_) if spec.is_standard_input() => Ok(Self::Stdin),
            SourceSpec::Path(path) if path.as_os_str().is_empty() => {
                Err(String::from("-F name=@: expected a path, found nothing"))
            }
            SourceSpec::Path(path) => {
                Self::look_at(path).map_err(|reason| format!("{}: {reason}", path.display()))
            }
        }
    }

    /// The file that it is named by.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } | Self::Special(path) => Some(path),
            Self::Bytes(_) | Self::Stdin => None,
        }
    }

    /// Which regular file it is, if it is one; standard input may be.
    pub(super) fn identity(&self) -> Option<Identity> {
        match self {
            Self::File { identity, .. } => Some(identity.clone()),
            Self::Stdin => {
                let metadata = standard_input().ok()?.metadata().ok()?;
                metadata.is_file().then(|| Identity::of(&metadata))
            }
            Self::Bytes(_) | Self::Special(_) => None,
        }
    }

    fn look_at(path: &Path) -> Result<Self, String> {
        let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
        if metadata.is_dir() {
            return Err(String::from("expected a file, found a directory"));
        }
        if metadata.is_file() {
            return Self::look_at_file(path, &metadata);
        }
        if is_readable_special(&metadata) {
            return Ok(Self::Special(path.to_owned()));
        }
        Err(String::from(
            "expected a file, a FIFO or a character device, found something else",
        ))
    }

    /// A file that is empty by its metadata is read once before that is believed: those under `/proc` say so too.
    fn look_at_file(path: &Path, metadata: &Metadata) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let path = path.to_owned();
        if metadata.len() == 0 {
            let mut first = Vec::new();
            let read = file.take(1).read_to_end(&mut first);
            read.map_err(|error| error.to_string())?;
            if !first.is_empty() {
                return Ok(Self::Special(path));
            }
        }
        let identity = Identity::of(metadata);
        Ok(Self::File { path, identity })
    }
}

#[cfg(unix)]
fn is_readable_special(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_fifo() || metadata.file_type().is_char_device()
}

#[cfg(not(unix))]
fn is_readable_special(_: &Metadata) -> bool {
    false
}

/// How far sources of unknown length are read before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    /// Not at all.
    Never,
    /// Up to [`READ_AHEAD`] each, as long as that decides something.
    WhileWorthwhile,
    /// To their ends.
    Spooled,
}

impl Ahead {
    /// What `--spool` and `--chunked` come to: a body that is chunked in any case needs no length.
    pub(super) fn of(spool: bool, chunked: bool) -> Self {
        match (spool, chunked) {
            (true, _) => Self::Spooled,
            (false, true) => Self::Never,
            (false, false) => Self::WhileWorthwhile,
        }
    }
}

/// Opens sources in the order in which they will be sent.
pub(super) struct Opening<'a> {
    ahead: Ahead,
    report: &'a mut Report,
}

impl<'a> Opening<'a> {
    pub(super) fn new(ahead: Ahead, report: &'a mut Report) -> Self {
        Self { ahead, report }
    }

    /// Who is told what comes up.
    pub(super) fn report(&mut self) -> &mut Report {
        self.report
    }

    /// Makes a content of a source.
    ///
    /// # Errors
    /// What is wrong with it, naming it.
    pub(super) fn open(&mut self, source: Source) -> Result<Opened, PlanError> {
        match source {
            Source::Bytes(bytes) => Ok(Opened::InMemory(bytes)),
            Source::File { path, identity } => Ok(Content::file(path, identity).into()),
            Source::Special(path) if self.ahead == Ahead::Never => {
                Ok(Content::special(path).into())
            }
            Source::Special(path) => {
                let name = path.display().to_string();
                let file = File::open(path).map_err(|error| unusable(&name, error))?;
                self.stream(&name, file)
            }
            Source::Stdin => self.open_standard_input(),
        }
    }

    fn open_standard_input(&mut self) -> Result<Opened, PlanError> {
        const NAME: &str = "standard input";
        let failed = |error: io::Error| unusable(NAME, error);
        let file = standard_input().map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            let reason = "expected a file or a pipe, found a directory";
            return Err(unusable(NAME, reason));
        }
        // Under /proc a file of no length may have content, as in `Source::look_at_file`.
        if metadata.is_file() && metadata.len() > 0 {
            return Content::opened(NAME, file)
                .map(Opened::from)
                .map_err(failed);
        }
        if self.report.terminal().is_typed_at {
            self.report
                .notice("reading from the terminal; Ctrl-D on an empty line ends it");
        } else if is_null(&metadata) {
            self.report
                .warning("standard input is closed or /dev/null: an empty part is sent for it");
        }
        if self.ahead == Ahead::Never {
            Ok(Content::pipe(NAME, Vec::new(), file).into())
        } else {
            self.stream(NAME, file)
        }
    }

    fn stream(&mut self, name: &str, mut file: File) -> Result<Opened, PlanError> {
        let is_spooled = self.ahead == Ahead::Spooled;
        let mut beginning = Vec::new();
        file.by_ref()
            .take(READ_AHEAD + 1)
            .read_to_end(&mut beginning)
            .map_err(|error| {
                let moment = if is_spooled { " while spooling" } else { "" };
                unusable(name, format!("cannot be read{moment}: {error}"))
            })?;
        if beginning.len() as u64 <= READ_AHEAD {
            return Ok(Opened::InMemory(beginning));
        }
        if is_spooled {
            self.report
                .notice(&format!("{name}: reading all of it before sending"));
            let whole = io::Cursor::new(beginning).chain(file);
            return spool(name, whole).map(Opened::from);
        }
        self.ahead = Ahead::Never;
        Ok(Content::pipe(name, beginning, file).into())
    }
}

/// That a source cannot be sent, and why.
fn unusable(name: &str, reason: impl Display) -> PlanError {
    PlanError::Sources(vec![format!("{name}: {reason}")])
}

/// A source ready to be sent.
pub(super) enum Opened {
    /// All of it is in memory.
    InMemory(Vec<u8>),
    /// It will be read when its turn comes.
    Content(Content),
}

impl From<Content> for Opened {
    fn from(content: Content) -> Self {
        Self::Content(content)
    }
}

/// Descriptor 0 itself: opened by its path it would start from the beginning again.
fn standard_input() -> io::Result<File> {
    #[cfg(unix)]
    use std::os::fd::AsFd as As;
    #[cfg(windows)]
    use std::os::windows::io::AsHandle as As;
    #[cfg(unix)]
    let owned = As::as_fd(&io::stdin()).try_clone_to_owned()?;
    #[cfg(windows)]
    let owned = As::as_handle(&io::stdin()).try_clone_to_owned()?;
    Ok(File::from(owned))
}

/// All of a source that has to be JSON and cannot be read again.
fn read_json(source: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(JSON_IN_MEMORY + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > JSON_IN_MEMORY {
        return Err(io::Error::other(
            "expected at most 64 MiB of JSON from a pipe, found more; a file may be longer",
        ));
    }
    Ok(bytes)
}

/// A closed standard input is `/dev/null` by the time we see it: Rust's runtime opens that in its place.
#[cfg(unix)]
fn is_null(metadata: &Metadata) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let is_device = metadata.file_type().is_char_device();
    is_device && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev())
}

#[cfg(not(unix))]
fn is_null(_: &Metadata) -> bool {
    false
}

/// A source that must be JSON: read through now.
///
/// # Errors
/// What is wrong with it, naming it.
pub(super) fn look_for_json(spec: &SourceSpec) -> Result<Source, String> {
    let source = Source::look(spec)?;
    let (name, opened) = match &source {
        Source::File { path, .. } | Source::Special(path) => {
            (path.display().to_string(), File::open(path))
        }
        Source::Stdin | Source::Bytes(_) => (String::from("standard input"), standard_input()),
    };
    let unreadable = |error: io::Error| format!("{name}: {error}");
    let no_json = |error: serde_json::Error| format!("{name}: expected JSON: {error}");
    let mut file = opened.map_err(unreadable)?;
    if source.identity().is_none() {
        let bytes = read_json(file).map_err(unreadable)?;
        let _: IgnoredAny = serde_json::from_slice(&bytes).map_err(no_json)?;
        return Ok(Source::Bytes(bytes));
    }
    // What is redirected need not begin at its beginning.
    let began = file.stream_position().map_err(unreadable)?;
    let _: IgnoredAny = serde_json::from_reader(BufReader::new(&file)).map_err(no_json)?;
    file.seek(SeekFrom::Start(began)).map_err(unreadable)?;
    Ok(source)
}

/// That standard input is asked for once at the most: whoever reads it second would find nothing.
pub(super) fn check_standard_input(
    items: &[FormItem],
    body: Option<&SourceSpec>,
    headers: &[HeaderArg],
    paths: &[PathBuf],
    write_out: Option<&OsStr>,
) -> Result<(), PlanError> {
    let in_items: usize = items.iter().map(standard_inputs).sum();
    let in_headers = headers
        .iter()
        .filter(|header| matches!(header, HeaderArg::File(path) if path == Path::new("-")))
        .count();
    let is_input = |path: &&PathBuf| SourceSpec::of_path(path).is_standard_input();
    let in_paths = paths.iter().filter(is_input).count();
    let in_write_out = usize::from(write_out.is_some_and(|format| format == "@-"));
    let in_body = usize::from(body.is_some_and(SourceSpec::is_standard_input));
    match in_items + in_body + in_headers + in_paths + in_write_out {
        0 | 1 => Ok(()),
        several => Err(PlanError::usage(format!(
            "standard input (-) is asked for {several} times, it can be read once"
        ))),
    }
}

fn standard_inputs(item: &FormItem) -> usize {
    let FormItem::Part(part) = item else {
        return 0;
    };
    match &part.content {
        ContentSpec::Text { .. } => 0,
        ContentSpec::TextFrom { source, .. } | ContentSpec::JsonFrom { source } => {
            usize::from(source.is_standard_input())
        }
        ContentSpec::Files(files) => files
            .iter()
            .filter(|file| file.source.is_standard_input())
            .count(),
    }
}
