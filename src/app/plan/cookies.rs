//! The cookies of a request: those that were typed, and those that a file has for the URL.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use formpost::send::{Header, Url};

use super::error::PlanError;
use crate::app::cli::{CookieArg, Secret};
use crate::app::cookie_file::CookieFile;
use crate::app::option_file;

/// What `-b` comes to.
#[derive(Default)]
pub(super) struct Cookies {
    /// All of them in one field (RFC 6265 section 5.4), those of files first, as curl has them.
    pub(super) header: Option<Header>,
    /// What to say of it when much is said.
    pub(super) notes: Vec<String>,
}

impl Cookies {
    /// Reads the files that are named.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(super) fn plan(arguments: &[CookieArg], url: &Url) -> Result<Self, PlanError> {
        let mut cookies = Self::default();
        let mut pairs = Vec::new();
        for argument in arguments {
            if let CookieArg::File(path) = argument {
                let found = of_file(path, url)?;
                if found.is_empty() {
                    let host = url.host();
                    let note = format!("{} has no cookie for {host} and this path", path.display());
                    cookies.notes.push(note);
                }
                pairs.extend(found);
            }
        }
        let typed = arguments.iter().filter_map(CookieArg::typed);
        pairs.extend(typed.map(Secret::expose).map(str::to_owned));
        if !pairs.is_empty() {
            let header = Header::new("Cookie", pairs.join("; "));
            let header = header.map_err(|error| PlanError::usage(format!("-b: {error}")))?;
            cookies.header = Some(header);
        }
        Ok(cookies)
    }
}

fn of_file(path: &Path, url: &Url) -> Result<Vec<String>, PlanError> {
    // What is no file may be a secret.
    if !path.exists() {
        return Err(PlanError::usage(
            "-b: expected NAME=VALUE, or a file of cookies that is there",
        ));
    }
    let refuse = |reason: String| PlanError::usage(format!("-b {}: {reason}", path.display()));
    let text = option_file::read(path).map_err(|error| refuse(error.to_string()))?;
    let file = CookieFile::parse(&text).map_err(|error| refuse(error.to_string()))?;
    Ok(file.pairs(url, now()))
}

/// In seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
