//! Bodies that are no multipart form, as they are typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// What the body is, and what is made of it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Body")]
pub(crate) struct BodyArgs {
    /// Send FILE as the whole body, by PUT
    ///
    /// FILE may be - for standard input. A URL whose path ends in a slash gets the file's name behind it, as with curl. For presigned URLs, release assets
    /// and object stores: `formpost -T app.zip https://example.com/files/`
    #[arg(short = 'T', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) upload_file: Vec<PathBuf>,
    /// Send DATA as it is, by POST; @FILE sends a file, @- standard input
    ///
    /// As with curl its type is application/x-www-form-urlencoded unless `-H 'Content-Type: …'` or --type says otherwise.
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
    /// Compress the body while it is sent; few servers take that, and they say so
    ///
    /// Sends Content-Encoding, and the body chunked; with --spool it is compressed into a temporary file first, and has a
    /// length. A form of photographs or archives does not become smaller.
    #[arg(long, value_name = "CODING", value_enum)]
    pub(crate) compress: Option<Compression>,
    /// Send a Content-Digest of the whole body (RFC 9530), by SHA-256 or SHA-512
    ///
    /// SHA-256 without ALGORITHM. It stands ahead of the body, which therefore is read twice; what can be read once needs --spool.
    #[arg(long, value_name = "ALGORITHM", num_args = 0..=1, require_equals = true, value_enum, default_missing_value = "sha256")]
    pub(crate) content_digest: Option<DigestAlgorithm>,
}

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compression {
    /// RFC 1952
    Gzip,
    /// RFC 8878
    Zstd,
}

/// How a checksum is computed that proves something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DigestAlgorithm {
    Sha256,
    Sha512,
}

/// How a checksum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChecksumAlgorithm {
    Sha256,
    Sha512,
    /// Finds accidents; whoever wants to can make two files with the same one
    Md5,
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
