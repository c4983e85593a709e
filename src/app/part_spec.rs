//! The `-F` language: the text of one option → a [`FormItem`].

use std::path::PathBuf;

use formpost::send::transfer_encoding::TransferEncoding;

/// What one `-F` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FormItem {
    /// A part.
    Part(PartSpec),
    /// `NAME=(`: the parts that follow are inside this one.
    Open(GroupSpec),
    /// `=)`: the innermost open group ends.
    Close,
}

/// A part as it was typed; nothing is opened, no type is guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartSpec {
    /// `None` when empty: the part then has no `name` parameter.
    pub name: Option<Vec<u8>>,
    pub content: ContentSpec,
    pub warnings: Vec<SpecWarning>,
}

/// A nested multipart as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupSpec {
    pub name: Option<Vec<u8>>,
    pub content_type: Option<Vec<u8>>,
    pub headers: Vec<HeaderSpec>,
    pub warnings: Vec<SpecWarning>,
}

/// Where a part's content comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContentSpec {
    /// `NAME=TEXT`.
    Text {
        value: Vec<u8>,
        attributes: Attributes,
    },
    /// `NAME=<PATH`: a text field whose value is a file's content.
    TextFrom {
        source: SourceSpec,
        attributes: Attributes,
    },
    /// `--json-part NAME=@PATH`: as `TextFrom`, typed `application/json`, and refused if it is not JSON.
    JsonFrom { source: SourceSpec },
    /// `NAME=@PATH`; more than one (`NAME=@A,B`) are nested in a `multipart/mixed`.
    Files(Vec<FileSpec>),
}

/// One file to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileSpec {
    pub source: SourceSpec,
    pub attributes: Attributes,
}

/// Where octets are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceSpec {
    /// `-`.
    Stdin,
    /// Anything else, the empty path included: opening it says what is wrong with it.
    Path(PathBuf),
}

/// What the parameters after a content say about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub content_type: Option<Vec<u8>>,
    /// `Some` and empty for `filename=`, which sends `filename=""`.
    pub filename: Option<Vec<u8>>,
    pub headers: Vec<HeaderSpec>,
    pub encoding: Option<TransferEncoding>,
}

/// One `headers=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeaderSpec {
    /// A header line, without its CRLF.
    Line(Vec<u8>),
    /// A file of them, for [`header_lines`].
    File(PathBuf),
}

/// Something that is sent otherwise than its writer may think.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpecWarning {
    /// The part's name, fit to be shown.
    pub part: String,
    pub kind: WarningKind,
}

/// What a [`SpecWarning`] is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WarningKind {
    /// A parameter that is none of the four was skipped.
    UnknownParameter { text: String },
}
