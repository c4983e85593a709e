//! Dialects: which kind of `multipart/…` a body is, and so how much each part has to say.

/// What every part must say about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// `multipart/form-data`: a Content-Disposition of type form-data, with a name.
    #[default]
    FormData,
    /// Any other `multipart/…`: nothing, but what it says must be well-formed.
    Mixed,
}
