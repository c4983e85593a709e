//! The files of one request: a form is one piece, so all of them are found before anything is sent, and a single one
//! that cannot be had is an error.

use std::path::{Path, PathBuf};

use super::draft::is_descriptor;
use super::error::PlanError;
use crate::app::cli::{FilenameArg, FilesArgs, FormArgs, Upload};
use crate::app::files::{Files, FoundFile, Kind, Problem};
use crate::app::part_spec::{Attributes, ContentSpec, FileSpec, FormItem, PartSpec, SourceSpec};
use crate::app::report::Report;
use crate::app::units::count;

/// That there is something to send, and that no URL stands where a FILE is expected. It is not shown: it may hold a
/// secret.
///
/// # Errors
/// If not.
pub(super) fn check(upload: &Upload, is_form: bool) -> Result<(), PlanError> {
    let (form, options) = (&upload.form, &upload.selection);
    let is_url = |path: &PathBuf| path.to_string_lossy().contains("://");
    if upload.files.iter().any(is_url) {
        let error = PlanError::usage("expected a FILE, found a URL");
        return Err(error.hint(
            "there is one URL, and it comes first: formpost URL FILE…, or formpost --url URL FILE…",
        ));
    }
    if upload.batch.each && !upload.has_files() {
        let error = PlanError::usage("--each: expected FILEs, found none");
        return Err(error.hint("formpost --each URL *.jpg, or -r and a directory, or --files-from"));
    }
    if is_form && form.items.is_empty() && !upload.has_files() {
        let error = PlanError::usage("nothing to send: expected a FILE, -F or -T");
        return Err(error.hint("formpost URL photo.jpg, or formpost URL -F name=text"));
    }
    check_globs(options)
}

/// That there is something for globs to choose from. curl has an `--include` that takes no value, and a script that says
/// so ends here.
fn check_globs(options: &FilesArgs) -> Result<(), PlanError> {
    if options.recursive || !options.files_from.is_empty() {
        return Ok(());
    }
    let missing = |option: &str| {
        PlanError::usage(format!(
            "{option}: expected -r or --files-from beside it, found neither"
        ))
    };
    if !options.include.is_empty() {
        Err(missing("--include")
            .hint("a FILE is always sent; curl's --include is -i (--show-headers)"))
    } else if !options.exclude.is_empty() {
        Err(missing("--exclude").hint("a FILE is always sent; -r sends what is in directories"))
    } else {
        Ok(())
    }
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// A part for each file. They follow the fields: servers that stream want to know those before the files come.
    pub(super) parts: Vec<FormItem>,
    /// What cannot be had, a line for each.
    pub(super) problems: Vec<String>,
}

/// Finds the files, and makes parts of them.
///
/// # Errors
/// If files were asked for and there are none, or not as many as there are names for.
pub(super) fn find(
    arguments: Vec<PathBuf>,
    options: FilesArgs,
    form: &FormArgs,
    report: &mut Report,
) -> Result<Found, PlanError> {
    let files = Files::new(arguments, options).map_err(PlanError::usage)?;
    let nothing = files.is_asked_for().then(|| nothing_found(files.options()));
    let mut lists = files.options().files_from.iter();
    if report.terminal().is_typed_at && lists.any(|list| list == Path::new("-")) {
        report.notice("reading paths from the terminal; Ctrl-D on an empty line ends them");
    }
    let mut found = Found::default();
    let mut left_out = LeftOut::default();
    for next in files {
        match next {
            Ok(file) => found.parts.push(FormItem::Part(part(file, form))),
            Err(Problem::LeftOut { path, kind }) => left_out.add(kind, path.display().to_string()),
            Err(Problem::OtherShard) => {}
            Err(problem @ Problem::IgnoreFile(_)) => report.warning(&problem.to_string()),
            Err(problem @ (Problem::Failed { .. } | Problem::List { .. })) => {
                found.problems.push(problem.to_string());
            }
        }
    }
    left_out.warn(report);
    let number = found.parts.len() + found.problems.len();
    match nothing {
        Some(nothing) if number == 0 => Err(PlanError::Sources(vec![nothing])),
        _ => check_filename(form, number).map(|()| found),
    }
}

/// That there is one file if a name was given for one.
fn check_filename(form: &FormArgs, files: usize) -> Result<(), PlanError> {
    let is_for_one = matches!(form.filename, Some(FilenameArg::Given(_)));
    if !is_for_one || files == 1 {
        return Ok(());
    }
    let message = format!("--filename: expected one FILE, found {files}");
    Err(PlanError::usage(message).hint("-F 'name=@path;filename=…' names each file by itself"))
}

pub(super) fn part(file: FoundFile, form: &FormArgs) -> PartSpec {
    let attributes = Attributes {
        content_type: form.media_type.clone().map(String::into_bytes),
        filename: filename(&file, form.filename.as_ref()),
        ..Attributes::default()
    };
    PartSpec {
        name: Some(form.field.clone().into_encoded_bytes()),
        content: ContentSpec::Files(vec![FileSpec {
            source: file.source,
            attributes,
        }]),
        is_template: false,
        warnings: Vec::new(),
    }
}

/// The name to send, unless it is the one that the path ends in. A descriptor has no path that says anything.
fn filename(file: &FoundFile, asked_for: Option<&FilenameArg>) -> Option<Vec<u8>> {
    let is_descriptor = match &file.source {
        SourceSpec::Stdin => true,
        SourceSpec::Path(path) => is_descriptor(path),
    };
    match asked_for {
        Some(FilenameArg::Given(name)) => Some(name.as_encoded_bytes().to_vec()),
        Some(FilenameArg::Relative) if !is_descriptor => Some(file.relative.to_octets()),
        Some(FilenameArg::Relative | FilenameArg::Basename) | None => None,
    }
}

pub(super) fn nothing_found(options: &FilesArgs) -> String {
    let mut said = String::from("nothing to send: no file was found");
    if !options.include.is_empty() || !options.exclude.is_empty() {
        said += " that --include and --exclude leave";
    }
    if !options.shard.is_all() {
        said = format!("{said} in shard {}", options.shard);
    }
    if options.recursive && !(options.hidden && options.no_ignore) {
        said += "; --hidden and --no-ignore find what is left out otherwise";
    }
    said
}

/// What was come across and left out: of each kind how many, and the first.
#[derive(Default)]
struct LeftOut(Vec<(Kind, usize, String)>);

impl LeftOut {
    fn add(&mut self, kind: Kind, path: String) {
        match self.0.iter_mut().find(|(known, ..)| *known == kind) {
            Some((_, number, _)) => *number += 1,
            None => self.0.push((kind, 1, path)),
        }
    }

    fn warn(self, report: &mut Report) {
        for (kind, number, first) in self.0 {
            let which = if number == 1 {
                first
            } else {
                format!("{first} is the first")
            };
            let way_out = match kind {
                Kind::SymbolicLink => "; --follow-links sends what links lead to",
                Kind::Fifo | Kind::Socket | Kind::Device => "",
            };
            let number = count(number, &kind.to_string());
            report.warning(&format!("left out: {number} ({which}){way_out}"));
        }
    }
}
