//! Who is compared: each client that is on this machine, its version, and how it is told the same work.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::floor;
use crate::measure::Job;

/// The program that is measured.
const FORMPOST: &str = env!("CARGO_BIN_EXE_formpost");

/// Somebody who uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Formpost,
    Curl,
    Xh,
    Httpie,
    ReadWrite,
    Sendfile,
}

/// Where to, and by whom the server's certificate has to be signed if there is one.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) trust: Option<PathBuf>,
}

impl Target {
    pub(crate) fn url(&self) -> String {
        let scheme = if self.trust.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}/", self.address)
    }
}

impl Client {
    /// sendfile is a system call of Linux.
    const ALL: &[Self] = &[
        Self::Formpost,
        Self::Curl,
        Self::Xh,
        Self::Httpie,
        Self::ReadWrite,
        #[cfg(target_os = "linux")]
        Self::Sendfile,
    ];

    /// What it is called in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Formpost => "formpost",
            Self::Curl => "curl",
            Self::Xh => "xh",
            Self::Httpie => "HTTPie",
            Self::ReadWrite => "floor: read, write",
            Self::Sendfile => "floor: sendfile",
        }
    }

    /// Whether it is no client that anybody would use.
    pub(crate) fn is_floor(self) -> bool {
        matches!(self, Self::ReadWrite | Self::Sendfile)
    }

    fn program(self) -> &'static str {
        match self {
            Self::Formpost => FORMPOST,
            Self::Curl => "curl",
            Self::Xh => "xh",
            Self::Httpie => "http",
            Self::ReadWrite | Self::Sendfile => "",
        }
    }

    /// The upload of a file as the one part of a form.
    pub(crate) fn sends(self, path: &Path, target: &Target) -> io::Result<Job> {
        let file = format!("file@{}", path.display());
        let form = format!("-Ffile=@{}", path.display());
        let url = target.url();
        let words = match self {
            Self::Formpost => vec!["--progress=none", &form, &url],
            Self::Curl => vec!["-s", &form, &url],
            Self::Xh | Self::Httpie => vec!["-q", "--ignore-stdin", "--multipart", &url, &file],
            Self::ReadWrite => return bare(floor::READ_WRITE, target, Some(path)),
            Self::Sendfile => return bare(floor::SENDFILE, target, Some(path)),
        };
        let mut job = self.job(words);
        if let Some(trust) = &target.trust {
            job.arguments.extend([self.trust().into(), trust.into()]);
        }
        Ok(job)
    }

    /// The option for the authority that has signed a server's certificate.
    fn trust(self) -> &'static str {
        match self {
            Self::Xh | Self::Httpie => "--verify",
            Self::Formpost | Self::Curl | Self::ReadWrite | Self::Sendfile => "--cacert",
        }
    }

    /// The upload of what `cat` reads from a file; `None` from those that refuse to take a pipe.
    pub(crate) fn sends_piped(self, path: &Path, target: &Target) -> io::Result<Option<Job>> {
        let url = target.url();
        let job = match self {
            Self::Formpost => self.job(["--progress=none", "-Ffile=@-", &url]),
            Self::Curl => self.job(["-s", "-Ffile=@-", &url]),
            Self::ReadWrite => bare(floor::PIPE, target, None)?,
            Self::Xh | Self::Httpie | Self::Sendfile => return Ok(None),
        };
        Ok(Some(Job {
            piped: Some(path.to_owned()),
            ..job
        }))
    }

    /// It, told this.
    pub(crate) fn job<'a>(self, words: impl IntoIterator<Item = &'a str>) -> Job {
        Job {
            program: self.program().into(),
            arguments: words.into_iter().map(Into::into).collect(),
            ..Job::default()
        }
    }
}

fn bare(way: &str, target: &Target, path: Option<&Path>) -> io::Result<Job> {
    let words = [
        floor::FLOOR.into(),
        way.into(),
        target.address.to_string().into(),
    ];
    Ok(Job {
        program: std::env::current_exe()?.into(),
        arguments: words.into_iter().chain(path.map(Into::into)).collect(),
        ..Job::default()
    })
}

/// Those that are here, with what they call their version.
pub(crate) struct Clients {
    pub(crate) present: Vec<Client>,
    pub(crate) versions: Vec<String>,
    pub(crate) missing: Vec<&'static str>,
    /// Settings that keep some from doing other things meanwhile.
    home: tempfile::TempDir,
}

impl Clients {
    pub(crate) fn find() -> io::Result<Self> {
        let mut clients = Self {
            present: Vec::new(),
            versions: Vec::new(),
            missing: Vec::new(),
            home: tempfile::tempdir()?,
        };
        // Its look for a newer version is a process in the background.
        let settings = clients.home.path().join(".config/httpie");
        fs::create_dir_all(&settings)?;
        fs::write(
            settings.join("config.json"),
            r#"{"disable_update_warnings": true}"#,
        )?;
        for &client in Client::ALL {
            if client.is_floor() {
                clients.present.push(client);
            } else if let Some(version) = version(client) {
                clients.present.push(client);
                clients
                    .versions
                    .push(format!("{} {version}", client.name()));
            } else {
                clients.missing.push(client.name());
            }
        }
        Ok(clients)
    }

    /// The work of each of them that is here and does such work.
    pub(crate) fn work(
        &self,
        job: impl Fn(Client) -> io::Result<Option<Job>>,
    ) -> io::Result<Vec<(String, Job)>> {
        let mut work = Vec::new();
        for client in &self.present {
            if let Some(job) = job(*client)? {
                work.push((client.name().to_owned(), self.at_home(job)));
            }
        }
        Ok(work)
    }

    pub(crate) fn at_home(&self, mut job: Job) -> Job {
        job.environment
            .push(("HOME".into(), self.home.path().into()));
        job
    }
}

/// The number in what it says of its version; `None` if it is not here.
fn version(client: Client) -> Option<String> {
    let mut command = Command::new(client.program());
    let output = command
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace()
        .find(|word| word.contains('.'))
        .map(str::to_owned)
}
