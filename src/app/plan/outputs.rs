//! The files that will be written: that they can be, and that none of them is a source, which writing would destroy.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf, absolute};

use formpost::send::Identity;

use super::error::PlanError;
use crate::app::cli::Upload;
use crate::app::option_file;
use crate::app::write_out::Format;

/// The outputs that exist already.
#[derive(Debug)]
pub(crate) struct Outputs(Vec<(String, Identity)>);

impl Outputs {
    /// Looks at all of them, and creates none.
    ///
    /// # Errors
    /// If one cannot be written, as far as that can be known.
    pub(crate) fn look(upload: &Upload) -> Result<Self, PlanError> {
        let report = &upload.told.report;
        let others = [
            ("-o", &upload.output.output),
            ("-D", &upload.output.dump_header),
            ("--dump-body", &upload.looking.dump_body),
            ("--failed", &upload.batch.failed),
            ("--journal", &upload.batch.journal),
        ];
        let mut existing = Vec::new();
        for (option, path) in others.into_iter().chain([("--report", report)]) {
            let Some(path) = path.as_deref().filter(|path| *path != Path::new("-")) else {
                continue;
            };
            let name = format!("{option} {}", path.display());
            let identity =
                look_at(path).map_err(|reason| PlanError::usage(format!("{name}: {reason}")))?;
            existing.extend(identity.map(|identity| (name, identity)));
        }
        check_report(report.as_deref(), &others)?;
        Ok(Self(existing))
    }

    /// That none of these paths leads to one of them: they are FILEs, and lists of files.
    ///
    /// # Errors
    /// If one does.
    pub(super) fn check_paths<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a PathBuf>,
    ) -> Result<(), PlanError> {
        let mut existing = paths.into_iter().filter_map(|path| fs::metadata(path).ok());
        existing.try_for_each(|metadata| self.check_source(&Identity::of(&metadata)))
    }

    /// Whether a file is one of them.
    pub(crate) fn have(&self, file: &Identity) -> bool {
        self.0.iter().any(|(_, output)| output.is_same_file(file))
    }

    /// That a source is none of them.
    ///
    /// # Errors
    /// If it is.
    pub(super) fn check_source(&self, source: &Identity) -> Result<(), PlanError> {
        match self
            .0
            .iter()
            .find(|(_, output)| output.is_same_file(source))
        {
            Some((name, _)) => Err(PlanError::usage(format!(
                "{name}: is one of the files to send, and would be overwritten"
            ))),
            None => Ok(()),
        }
    }
}

/// That the report has a file of its own, by whichever name.
fn check_report(
    report: Option<&Path>,
    others: &[(&str, &Option<PathBuf>)],
) -> Result<(), PlanError> {
    let Some(report) = report.filter(|path| *path != Path::new("-")) else {
        return Ok(());
    };
    let absolute = |path: &Path| absolute(path).ok();
    let identity = |path: &Path| Some(Identity::of(&fs::metadata(path).ok()?));
    let is_report = |path: &Path| {
        let files = identity(path).zip(identity(report));
        absolute(path) == absolute(report)
            || files.is_some_and(|(other, report)| other.is_same_file(&report))
    };
    match others
        .iter()
        .find(|(_, path)| path.as_deref().is_some_and(is_report))
    {
        Some((option, _)) => Err(PlanError::usage(format!(
            "--report and {option}: expected two files, found {} for both",
            report.display()
        ))),
        None => Ok(()),
    }
}

/// Takes apart what `-w` gives or names.
///
/// # Errors
/// If it cannot be read, or asks for what does not exist.
pub(super) fn write_out(given: Option<&OsStr>) -> Result<Format, PlanError> {
    let Some(given) = given else {
        return Ok(Format::default());
    };
    let format = match given.as_encoded_bytes() {
        [b'@', ..] => {
            let path = given
                .to_str()
                .map(|text| Path::new(&text[1..]))
                .ok_or_else(|| PlanError::usage("-w: expected a path in UTF-8"))?;
            let text = option_file::read(path)
                .map_err(|error| PlanError::usage(format!("-w @{}: {error}", path.display())))?;
            Format::parse_file(&text)
        }
        text => Format::parse(text),
    };
    format.map_err(|unknown| PlanError::usage(format!("-w: {unknown}")).hint(&unknown.hint()))
}

/// The identity of a regular file that is there.
fn look_at(path: &Path) -> Result<Option<Identity>, String> {
    let Ok(metadata) = fs::metadata(path) else {
        return match path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            Some(parent) if !parent.is_dir() => {
                Err(format!("{} is no directory", parent.display()))
            }
            _ => Ok(None),
        };
    };
    if metadata.is_dir() {
        return Err(String::from("expected a file, found a directory"));
    }
    if !metadata.is_file() {
        return Ok(None);
    }
    match fs::OpenOptions::new().append(true).open(path) {
        Ok(_) => Ok(Some(Identity::of(&metadata))),
        Err(error) => Err(error.to_string()),
    }
}
