//! The files that will be written: that they can be, and that none of them is a source, which writing would destroy.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf, absolute};

use formpost::send::Identity;

use super::error::PlanError;
use crate::app::cli::{LookingArgs, OutputArgs, ReportArgs};
use crate::app::config_file;
use crate::app::write_out::Format;

/// The outputs that exist already.
#[derive(Debug)]
pub(super) struct Outputs(Vec<(String, Identity)>);

impl Outputs {
    /// Looks at all of them, and creates none.
    ///
    /// # Errors
    /// If one cannot be written, as far as that can be known.
    pub(super) fn look(
        output: &OutputArgs,
        looking: &LookingArgs,
        told: &ReportArgs,
    ) -> Result<Self, PlanError> {
        let files = [
            ("-o", &output.output),
            ("-D", &output.dump_header),
            ("--dump-body", &looking.dump_body),
            ("--report", &told.report),
        ];
        let mut existing = Vec::new();
        for (option, path) in files {
            let Some(path) = path.as_deref().filter(|path| *path != Path::new("-")) else {
                continue;
            };
            let name = format!("{option} {}", path.display());
            let identity =
                look_at(path).map_err(|reason| PlanError::usage(format!("{name}: {reason}")))?;
            existing.extend(identity.map(|identity| (name, identity)));
        }
        check_report(told.report.as_deref(), &files[..files.len() - 1])?;
        Ok(Self(existing))
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
            let text = config_file::read(path)
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
