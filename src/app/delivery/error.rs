//! What can be wrong with an upload besides its last request.

use formpost::send::SendError;
use thiserror::Error;

/// The last attempt was never sent, but that does not make it safe to send it again.
#[derive(Debug, Error)]
#[error("{0}; it is not known whether the server kept an earlier attempt")]
pub(crate) struct Doubtful(pub(super) String);

/// The server could not be asked what credentials it wants; the upload was not sent.
#[derive(Debug, Error)]
#[error("the upload was not sent: asking for a Digest challenge failed: {}", .0.without_consequence())]
pub(crate) struct Asking(pub(super) SendError);

/// What the upload led to cannot be got; the upload itself is done.
#[derive(Debug, Error)]
pub(crate) enum Fetching {
    /// There was no whole answer.
    #[error("{DONE} failed: {}", .0.without_consequence())]
    Failed(SendError),
    /// There was one, and it was no 2xx.
    #[error("{DONE} was answered {0}")]
    Answered(u16),
}

const DONE: &str = "the upload is done (303), but the GET for what it led to";
