//! `formpost receive` while it runs, on a port from the system, and the directory that it fills.
//!
//! ```text
//! let sandbox = Sandbox::new().file("a.txt", "hello");
//! let receiver = sandbox.receiver(["--once"]);
//! sandbox.formpost([receiver.url(), "a.txt"]).run().code(0);
//! receiver.wait().code(0);
//! sandbox.inbox_is(&[("a.txt", b"hello")]);
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

use crate::sandbox::{Invocation, Outcome, Running, Sandbox};

/// What temporary names begin with.
pub(crate) const TEMPORARY: &str = ".formpost-";

/// Where receivers of this file put what they get, in the sandbox.
const INBOX: &str = "inbox";

impl Sandbox {
    /// Starts a receiver that fills the sandbox's inbox, and waits until it has said where it is.
    #[track_caller]
    pub(crate) fn receiver<'a>(&self, options: impl IntoIterator<Item = &'a str>) -> Receiver {
        self.receiver_on("127.0.0.1:0", options)
    }

    /// The same, listening there.
    #[track_caller]
    pub(crate) fn receiver_on<'a>(
        &self,
        address: &str,
        options: impl IntoIterator<Item = &'a str>,
    ) -> Receiver {
        let run = self.formpost(["receive", "--listen", address, "--dir", INBOX]);
        Receiver::start(run.args(options))
    }

    /// What stands in the inbox: names, temporary ones too, and checksums.
    pub(crate) fn inbox(&self) -> BTreeMap<String, String> {
        let entries = fs::read_dir(self.path(INBOX)).unwrap();
        let entries = entries.map(|entry| entry.unwrap());
        entries
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, sha256(File::open(entry.path()).unwrap()))
            })
            .collect()
    }

    /// Expects these files in the inbox, and nothing else.
    #[track_caller]
    pub(crate) fn inbox_is(&self, expected: &[(&str, &[u8])]) {
        let expected: BTreeMap<_, _> = expected
            .iter()
            .map(|(name, content)| ((*name).to_owned(), sha256(*content)))
            .collect();
        let (got, path) = (self.inbox(), self.path(INBOX));
        assert_eq!(got, expected, "{}", path.display());
    }

    /// Whether something of an unfinished upload has been written into the inbox.
    pub(crate) fn has_begun(&self) -> bool {
        let Ok(mut entries) = fs::read_dir(self.path(INBOX)) else {
            return false;
        };
        // What is renamed or deleted in between is not what is looked for.
        entries.any(|entry| {
            let entry = entry.unwrap();
            let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
            is_temporary && entry.metadata().is_ok_and(|metadata| metadata.len() > 0)
        })
    }
}

/// A receiver that runs. Dropped, it is killed.
#[must_use]
pub(crate) struct Receiver {
    pub(crate) running: Running,
    url: String,
}

impl Receiver {
    /// Starts one that was described, and waits until it has said where it is.
    #[track_caller]
    pub(crate) fn start(run: Invocation) -> Self {
        let mut running = run.start();
        let url = running.first_line();
        assert!(
            url.starts_with("http://") && url.ends_with('/'),
            "the first line is no URL: {url:?}"
        );
        Self { running, url }
    }

    /// Where it is, as it said itself.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:PORT`, wherever it listens.
    pub(crate) fn address(&self) -> String {
        let port = self.url.trim_end_matches('/').rsplit(':').next();
        format!("127.0.0.1:{}", port.unwrap())
    }

    /// Asks it to end, as `kill` does, and waits until it has. A receiver that was asked ends well.
    #[track_caller]
    pub(crate) fn stop(self) -> Outcome {
        self.running.signal("TERM");
        let outcome = self.wait();
        outcome.code(0);
        outcome
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub(crate) fn wait(self) -> Outcome {
        self.running.wait()
    }

    /// How many descriptors it has open; only Linux says.
    #[cfg(target_os = "linux")]
    pub(crate) fn descriptors(&self) -> usize {
        descriptors(self.running.id())
    }
}

/// How many descriptors a process has open.
#[cfg(target_os = "linux")]
pub(crate) fn descriptors(process: u32) -> usize {
    let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    open.count()
}

/// The checksum of whatever is read, in hexadecimal, without holding it.
pub(crate) fn sha256(mut source: impl Read) -> String {
    let mut hashing = Hashing(Sha256::new());
    io::copy(&mut source, &mut hashing).unwrap();
    let octets = hashing.0.finalize();
    let digits: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    digits.concat()
}

struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
