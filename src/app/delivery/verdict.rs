//! What an upload comes to once its answer has been read, or could not be.

use super::Delivered;
use super::error::Fetching;
use crate::app::exit::Exit;

/// The exit code, and what went wrong besides it. `read` is what came of reading the answer, and of writing it.
pub(crate) fn verdict(
    delivered: &Delivered,
    read: anyhow::Result<()>,
) -> (Exit, Option<anyhow::Error>) {
    let response = &delivered.response;
    let read = read.and_then(|()| Ok(response.check_finished()?));
    let status = response.status();
    let (read, exit) = if delivered.is_fetched {
        // The upload is done: no status of what it led to may say that it can be sent again.
        let fetched = match status {
            200..=299 => Ok(()),
            _ => Err(Fetching::Answered(status).into()),
        };
        (read.and(fetched), Exit::Done)
    } else {
        (read, Exit::of_status(status))
    };
    match read {
        Err(error) if exit == Exit::Done => (Exit::of_error(&error), Some(error)),
        read => (exit, read.err()),
    }
}
