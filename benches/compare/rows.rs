//! The work that is compared, a row for each kind.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde::{Deserialize, Serialize};

use crate::clients::{Client, Clients, Target};
use crate::measure::{self, Job, Spread, Usage};
use crate::sink::{self, Manner};

const MIB: u64 = 1 << 20;
const FILES: usize = 2000;

/// One kind of work, and what it took each of them.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) key: Key,
    pub(crate) title: String,
    /// What a chart of it shows.
    pub(crate) shows: Measure,
    pub(crate) entries: Vec<Entry>,
}

/// Which kind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Key {
    Plain,
    Bar,
    Pipe,
    Tls,
    Small,
    Many,
    Checksum,
    Refused,
    Expect,
}

impl Key {
    pub(crate) const ALL: [Self; 9] = [
        Self::Plain,
        Self::Bar,
        Self::Pipe,
        Self::Tls,
        Self::Small,
        Self::Many,
        Self::Checksum,
        Self::Refused,
        Self::Expect,
    ];
}

/// What is measured of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measure {
    /// Seconds from the process's start to its end.
    Wall,
    /// Seconds of processor time, children's and the system's for it included.
    Cpu,
    /// The most memory, in MiB.
    Peak,
    /// What the server was handed of the bodies, in MiB.
    Handed,
}

/// What it took one of them.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) who: String,
    pub(crate) runs: usize,
    wall: Spread,
    cpu: Spread,
    peak: Spread,
    /// Where the server counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    handed: Option<Spread>,
}

impl Entry {
    fn new(who: String, usages: &[Usage], handed: Option<Spread>) -> Option<Self> {
        let spread = |of: fn(&Usage) -> f64| Spread::of(usages.iter().map(of));
        Some(Self {
            who,
            runs: usages.len(),
            wall: spread(|usage| usage.wall)?,
            cpu: spread(|usage| usage.cpu)?,
            peak: spread(|usage| usage.peak)?,
            handed,
        })
    }

    pub(crate) fn spread(&self, measure: Measure) -> Option<Spread> {
        match measure {
            Measure::Wall => Some(self.wall),
            Measure::Cpu => Some(self.cpu),
            Measure::Peak => Some(self.peak),
            Measure::Handed => self.handed,
        }
    }
}

/// Where the work is done, and how much of it there is.
pub(crate) struct Bench {
    pub(crate) clients: Clients,
    /// How long the large file is, in MiB.
    pub(crate) mebibytes: u64,
    pub(crate) rounds: usize,
    folder: tempfile::TempDir,
    plain: Target,
}

impl Bench {
    pub(crate) fn new(clients: Clients, mebibytes: u64, rounds: usize) -> io::Result<Self> {
        Ok(Self {
            clients,
            mebibytes,
            rounds,
            folder: tempfile::tempdir()?,
            plain: target(Manner::default())?,
        })
    }

    /// Does one kind of work, in turns.
    pub(crate) fn row(&self, key: Key) -> io::Result<Row> {
        match key {
            Key::Plain => self.plain(),
            Key::Bar => self.bar(),
            Key::Pipe => self.pipe(),
            Key::Tls => self.tls(),
            Key::Small => self.small(),
            Key::Many => self.many(),
            Key::Checksum => self.checksum(),
            Key::Refused => self.refused(),
            Key::Expect => self.expect(),
        }
    }

    fn plain(&self) -> io::Result<Row> {
        let file = self.file(self.mebibytes * MIB)?;
        let work = self
            .clients
            .work(|client| client.sends(&file, &self.plain).map(Some))?;
        let title = format!("{}, plain HTTP", self.large());
        in_turns(Key::Plain, title, Measure::Wall, work, self.rounds)
    }

    fn bar(&self) -> io::Result<Row> {
        let file = self.file(self.mebibytes * MIB)?;
        let (form, url) = (format!("-Ffile=@{}", file.display()), self.plain.url());
        let shown = |client: Client, words: &[&str]| {
            let words = words.iter().copied().chain([&*form, &url]);
            self.clients.at_home(Job {
                has_terminal: true,
                ..client.job(words)
            })
        };
        let mut work = vec![
            (
                "formpost, bar".into(),
                shown(Client::Formpost, &["--progress=bar"]),
            ),
            (
                "formpost, no bar".into(),
                shown(Client::Formpost, &["--progress=none"]),
            ),
        ];
        if self.has(Client::Curl) {
            work.push(("curl, meter".into(), shown(Client::Curl, &["-o/dev/null"])));
            work.push((
                "curl, no meter".into(),
                shown(Client::Curl, &["-s", "-o/dev/null"]),
            ));
        }
        let title = format!("{}, on a terminal", self.large());
        in_turns(Key::Bar, title, Measure::Wall, work, self.rounds)
    }

    /// A quarter of it, and three times as often: of a pipe, curl 7 takes less than 1 GiB.
    fn pipe(&self) -> io::Result<Row> {
        let file = self.file(self.mebibytes * MIB / 4)?;
        let work = self
            .clients
            .work(|client| client.sends_piped(&file, &self.plain))?;
        let title = format!("{} from a pipe", size(self.mebibytes / 4));
        in_turns(Key::Pipe, title, Measure::Wall, work, 3 * self.rounds)
    }

    fn tls(&self) -> io::Result<Row> {
        let file = self.file(self.mebibytes * MIB)?;
        let target = self.tls_target()?;
        let work = self.clients.work(|client| {
            if client.is_floor() {
                return Ok(None);
            }
            client.sends(&file, &target).map(Some)
        })?;
        let title = format!("{} over TLS, client's processor time", self.large());
        in_turns(Key::Tls, title, Measure::Cpu, work, self.rounds)
    }

    fn small(&self) -> io::Result<Row> {
        let file = self.file(1024)?;
        let work = self
            .clients
            .work(|client| client.sends(&file, &self.plain).map(Some))?;
        in_turns(
            Key::Small,
            "1 KiB, process start included".into(),
            Measure::Wall,
            work,
            self.rounds * 10,
        )
    }

    fn many(&self) -> io::Result<Row> {
        let folder = self.folder.path().join("many");
        fs::create_dir_all(&folder)?;
        for number in 0..FILES {
            fs::write(folder.join(format!("{number}.bin")), vec![b'x'; 10 * 1024])?;
        }
        let (url, path) = (self.plain.url(), folder.display().to_string());
        let each = ["--each", "-j4", "-r", "--progress=none", &url, &path];
        let mut work = vec![("formpost --each -j4".into(), Client::Formpost.job(each))];
        if self.has(Client::Curl) {
            let config = self.folder.path().join("config").display().to_string();
            fs::write(&config, curl_config(&path, &url))?;
            let one = Client::Curl.job(["-s", "-K", &config]);
            work.push(("one curl -K".into(), one));
            let line = format!(
                "find {path} -type f -print0 | xargs -0 -P4 -I{{}} curl -s -Ffile=@{{}} {url}"
            );
            let shell = Job {
                program: "sh".into(),
                arguments: vec!["-c".into(), line.into()],
                ..Job::default()
            };
            work.push(("xargs -P4 curl".into(), shell));
        }
        let work = work
            .into_iter()
            .map(|(who, job)| (who, self.clients.at_home(job)))
            .collect();
        in_turns(
            Key::Many,
            format!("{FILES} files of 10 KiB"),
            Measure::Wall,
            work,
            self.rounds.min(3),
        )
    }

    fn checksum(&self) -> io::Result<Row> {
        let file = self.file(self.mebibytes * MIB)?.display().to_string();
        let url = self.plain.url();
        let told = |words: &[&str]| {
            let words = words.iter().copied().chain(["--progress=none", &url]);
            self.clients.at_home(Client::Formpost.job(words))
        };
        let form = format!("-Ffile=@{file}");
        let work = vec![
            ("form".into(), told(&[&form])),
            (
                "form, --checksum".into(),
                told(&[&form, "--checksum=sha256"]),
            ),
            ("-T".into(), told(&["-T", &file])),
            (
                "-T, --checksum".into(),
                told(&["-T", &file, "--checksum=sha256"]),
            ),
        ];
        let title = format!("{} with SHA-256 and without", self.large());
        in_turns(Key::Checksum, title, Measure::Wall, work, self.rounds)
    }

    /// A server that has answered before the body came, and goes on reading.
    fn refused(&self) -> io::Result<Row> {
        let file = self.file(self.mebibytes * MIB / 2)?;
        let mut work = Vec::new();
        for &client in self.clients.present.iter().filter(|who| !who.is_floor()) {
            work.push(Refused::new(client.name(), client, &[], &file)?);
            if client == Client::Curl {
                // By itself it asks first, and waits for an answer.
                let words = ["-H", "Expect:"];
                work.push(Refused::new("curl, not asking", client, &words, &file)?);
            }
        }
        for _ in 0..self.rounds {
            for refused in &mut work {
                refused.run(&self.clients)?;
            }
        }
        let entries = work.into_iter().filter_map(|refused| {
            let handed = Spread::of(refused.handed);
            Entry::new(refused.who.to_owned(), &refused.usages, handed)
        });
        Ok(Row {
            key: Key::Refused,
            title: format!("{}, answered 413 at once", size(self.mebibytes / 2)),
            shows: Measure::Handed,
            entries: entries.collect(),
        })
    }

    /// A server that waits for the body when it is asked whether it wants one.
    fn expect(&self) -> io::Result<Row> {
        let file = self.file(2 * MIB)?;
        let target = target(Manner {
            ignores_expect: true,
            ..Manner::default()
        })?;
        let work = self
            .clients
            .work(|client| client.sends(&file, &target).map(Some))?;
        let title = "2 MiB, to a server that ignores Expect".into();
        in_turns(Key::Expect, title, Measure::Wall, work, self.rounds)
    }

    fn has(&self, client: Client) -> bool {
        self.clients.present.contains(&client)
    }

    fn large(&self) -> String {
        size(self.mebibytes)
    }

    /// A file so long, in the page cache, without a disk behind it.
    fn file(&self, length: u64) -> io::Result<PathBuf> {
        let path = self.folder.path().join(format!("{length}.bin"));
        if !path.exists() {
            File::create(&path)?.set_len(length)?;
            io::copy(&mut File::open(&path)?, &mut io::sink())?;
        }
        Ok(path)
    }

    fn tls_target(&self) -> io::Result<Target> {
        let own =
            rcgen::generate_simple_self_signed(["127.0.0.1".into()]).map_err(io::Error::other)?;
        let trust = self.folder.path().join("trust.pem");
        fs::write(&trust, pem(own.cert.der()))?;
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .map_err(io::Error::other)?;
        Ok(Target {
            trust: Some(trust),
            ..target(Manner {
                tls: Some(Arc::new(config)),
                ..Manner::default()
            })?
        })
    }
}

/// A certificate as files have it, RFC 7468.
fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: Vec<_> = lines.collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// A client, and a server for it alone that refuses and counts.
struct Refused {
    who: &'static str,
    job: Job,
    counts: mpsc::Receiver<u64>,
    usages: Vec<Usage>,
    handed: Vec<f64>,
}

impl Refused {
    fn new(who: &'static str, client: Client, words: &[&str], file: &Path) -> io::Result<Self> {
        let (ends, counts) = mpsc::channel();
        let target = target(Manner {
            refuses: true,
            ends: Some(ends),
            ..Manner::default()
        })?;
        let mut job = client.sends(file, &target)?;
        job.arguments.extend(words.iter().map(Into::into));
        job.may_fail = true;
        Ok(Self {
            who,
            job,
            counts,
            usages: Vec::new(),
            handed: Vec::new(),
        })
    }

    fn run(&mut self, clients: &Clients) -> io::Result<()> {
        self.usages
            .push(measure::run(&clients.at_home(self.job.clone()))?);
        // All connections that it made, of which there is one at the least.
        let first = self.counts.recv_timeout(Duration::from_secs(10));
        let first = first.map_err(io::Error::other)?;
        self.handed
            .push(mebibytes(first + self.counts.try_iter().sum::<u64>()));
        Ok(())
    }
}

fn target(manner: Manner) -> io::Result<Target> {
    Ok(Target {
        address: sink::start(manner)?,
        trust: None,
    })
}

fn in_turns(
    key: Key,
    title: String,
    shows: Measure,
    work: Vec<(String, Job)>,
    rounds: usize,
) -> io::Result<Row> {
    let (names, jobs): (Vec<_>, Vec<_>) = work.into_iter().unzip();
    // The first round warms up.
    measure::in_turns(&jobs, 1)?;
    let all = measure::in_turns(&jobs, rounds)?;
    let entries = names
        .into_iter()
        .zip(&all)
        .filter_map(|(who, usages)| Entry::new(who, usages, None));
    Ok(Row {
        key,
        title,
        shows,
        entries: entries.collect(),
    })
}

fn curl_config(folder: &str, url: &str) -> String {
    (0..FILES).fold(String::new(), |mut config, number| {
        let next = if number > 0 { "next\n" } else { "" };
        let _ = write!(
            config,
            "{next}url = \"{url}\"\nform = \"file=@{folder}/{number}.bin\"\nsilent\n"
        );
        config
    })
}

fn size(mebibytes: u64) -> String {
    if mebibytes >= 1024 && mebibytes % 1024 == 0 {
        format!("{} GiB", mebibytes / 1024)
    } else {
        format!("{mebibytes} MiB")
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with one decimal")]
fn mebibytes(octets: u64) -> f64 {
    octets as f64 / MIB as f64
}
