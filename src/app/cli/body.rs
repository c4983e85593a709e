//! Bodies that are no multipart form, as they are typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// What the body is instead of a multipart form.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Other bodies")]
pub(crate) struct BodyArgs {
    /// Send FILE as it is, by PUT; - is standard input
    ///
    /// A URL whose path ends in a slash gets the file's name behind it, as with curl. For presigned URLs, release assets
    /// and object stores: `formpost -T app.zip https://example.com/files/`
    #[arg(short = 'T', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) upload_file: Vec<PathBuf>,
    /// Send DATA as it is, by POST; @FILE sends a file, @- standard input
    ///
    /// As with curl its type is application/x-www-form-urlencoded unless -H 'Content-Type: …' or --type says otherwise.
    #[arg(long, value_name = "DATA|@FILE")]
    pub(crate) data_binary: Vec<OsString>,
    /// Encode the form otherwise, as browsers do: for forms without files
    ///
    /// Line ends become CR LF. Of a file only its name is sent, with a warning.
    #[arg(long, value_name = "TYPE", value_enum, default_value = "multipart")]
    pub(crate) enctype: Enctype,
    /// Send the form's fields by GET, in the URL's query, encoded as browsers encode them
    #[arg(short = 'G', long)]
    pub(crate) get: bool,
}

/// What a form becomes (HTML, "form submission algorithm").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Enctype {
    /// multipart/form-data
    #[default]
    Multipart,
    /// application/x-www-form-urlencoded
    Urlencoded,
    /// text/plain, for people to read
    Text,
}
