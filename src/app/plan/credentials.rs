//! Who the upload is from: the option, the URL or the file that says so.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use formpost::send::{Header, Login, Url};

use super::error::PlanError;
use crate::app::cli::{CredentialArgs, Secret};
use crate::app::netrc::Netrc;
use crate::app::option_file;
use crate::app::terminal::{ask_password, escape, home};

/// What the request is authorized with.
#[derive(Default)]
pub(super) struct Credentials {
    pub(super) header: Option<Header>,
    /// For `--digest`: there is no field before the server has asked for it.
    pub(super) digest: Option<Login>,
    /// As the user would say it.
    pub(super) named: Option<String>,
    /// What to say of it when much is said.
    pub(super) note: Option<String>,
}

impl Credentials {
    /// `--oauth2-bearer`, then `-u`, then the URL's own, then those of a netrc file, which also has the password of a user
    /// name without one.
    pub(super) fn plan(arguments: &CredentialArgs, url: &Url) -> Result<Self, PlanError> {
        if arguments.anyauth {
            let error =
                PlanError::usage("--anyauth: the upload would have to be sent to be refused");
            return Err(
                error.hint("--digest asks the server first; --basic is what is done anyway")
            );
        }
        if let Some(token) = &arguments.oauth2_bearer {
            let value = format!("Bearer {}", token.expose());
            let header = Header::new("Authorization", value)
                .map_err(|error| PlanError::usage(format!("--oauth2-bearer: {error}")))?;
            return Ok(Self {
                header: Some(header),
                named: Some(String::from("--oauth2-bearer")),
                ..Self::default()
            });
        }
        let (found, note) = find(arguments, url)?;
        let Some((login, named)) = found else {
            if arguments.digest {
                let error = PlanError::usage("--digest: expected a user name and a password");
                return Err(error.hint("-u USER, --netrc or the URL gives them"));
            }
            return Ok(Self {
                note,
                ..Self::default()
            });
        };
        let credentials = Self {
            named: Some(named),
            ..Self::default()
        };
        if !arguments.digest {
            let pair = format!("{}:{}", login.user, login.password);
            return Ok(Self {
                header: Some(Header::basic(&pair)),
                ..credentials
            });
        }
        if login.user.contains(char::is_control) {
            return Err(PlanError::usage(
                "--digest: a control character in the user name",
            ));
        }
        Ok(Self {
            digest: Some(login),
            ..credentials
        })
    }
}

/// The login and what it is called; and what is to be said of the search.
type Found = (Option<(Login, String)>, Option<String>);

fn find(arguments: &CredentialArgs, url: &Url) -> Result<Found, PlanError> {
    let user = arguments.user.as_ref().map(Secret::expose);
    if let Some((user, password)) = user.and_then(|user| user.split_once(':')) {
        let login = Login::new(user, password);
        return Ok((Some((login, format!("-u {user}"))), None));
    }
    // A password that is empty and one that is missing are the same in a URL.
    let of_url = url.credentials().and_then(|pair| pair.split_once(':'));
    match (user, of_url) {
        (None, Some((name, password))) if !password.is_empty() => {
            let login = Login::new(name, password);
            return Ok((Some((login, String::from("the URL"))), None));
        }
        _ => {}
    }
    let of_url_name = of_url.map(|(name, _)| name);
    let name = user.or(of_url_name);
    let netrc = NetrcFile::of(arguments)?;
    let mut note = None;
    if let Some(netrc) = &netrc {
        if let Some((login, password)) = netrc.find(url.host(), name)? {
            let login = Login::new(name.unwrap_or(&login), password);
            return Ok((Some((login, String::from("netrc"))), None));
        }
        note = Some(netrc.nothing(url.host(), name));
    }
    let found = match (user, of_url_name) {
        (Some(user), _) => Some((
            Login::new(user, password("-u", "password", user)?),
            format!("-u {user}"),
        )),
        (None, Some(name)) => Some((Login::new(name, ""), String::from("the URL"))),
        (None, None) => None,
    };
    Ok((found, note))
}

/// The password for the name that an option has without one; `what` it is for who types it.
pub(super) fn password(option: &str, what: &str, user: &str) -> Result<String, PlanError> {
    let prompt = format!("{what} for {}: ", escape(user.as_bytes()));
    ask_password(&prompt).map_err(|error| {
        PlanError::usage(format!(
            "{option} {user}: no password, and no terminal to ask for it on: {error}"
        ))
        .hint(&format!(
            "{option} NAME: with the colon is an empty password"
        ))
    })
}

/// The file that was asked for. It is opened when it is needed.
struct NetrcFile {
    path: PathBuf,
    /// It may be missing.
    is_optional: bool,
}

impl NetrcFile {
    fn of(arguments: &CredentialArgs) -> Result<Option<Self>, PlanError> {
        let is_optional = arguments.netrc_optional;
        let path = match &arguments.netrc_file {
            Some(path) => path.clone(),
            None if arguments.netrc || is_optional => match home() {
                Some(home) => home.join(".netrc"),
                None if is_optional => return Ok(None),
                None => {
                    let error = PlanError::usage("--netrc: HOME does not say where .netrc is");
                    return Err(error.hint("--netrc-file FILE names it"));
                }
            },
            None => return Ok(None),
        };
        Ok(Some(Self { path, is_optional }))
    }

    fn find(&self, host: &str, name: Option<&str>) -> Result<Option<(String, String)>, PlanError> {
        let refuse =
            |reason: String| PlanError::usage(format!("netrc {}: {reason}", self.path.display()));
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_optional => {
                return Ok(None);
            }
            opened => opened.map_err(|error| refuse(error.to_string()))?,
        };
        check_mode(&file, &self.path)?;
        let text = option_file::to_end(file).map_err(|error| refuse(error.to_string()))?;
        let netrc = Netrc::parse(&text).map_err(|error| refuse(error.to_string()))?;
        let found = netrc.find(host, name);
        Ok(found.map(|(login, password)| (login.to_owned(), password.to_owned())))
    }

    fn nothing(&self, host: &str, name: Option<&str>) -> String {
        let of = name.map_or_else(String::new, |name| format!(" of {name}"));
        format!("{} has no password{of} for {host}", self.path.display())
    }
}

/// That the file is its owner's alone: whoever else can read it has the passwords already, and should not go unnoticed.
#[cfg(unix)]
fn check_mode(file: &File, path: &Path) -> Result<(), PlanError> {
    use std::os::unix::fs::PermissionsExt;

    const OTHERS: u32 = 0o077;
    let path = path.display();
    let metadata = file
        .metadata()
        .map_err(|error| PlanError::usage(format!("netrc {path}: {error}")))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let message = format!("netrc {path}: others than its owner may use it (mode {mode:03o})");
    Err(PlanError::usage(message).hint(&format!("chmod 600 {path}")))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn check_mode(_: &File, _: &Path) -> Result<(), PlanError> {
    Ok(())
}
