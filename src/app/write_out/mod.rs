//! `-w`: what is written once a transfer is over, for whoever reads it with a script.
//!
//! [`format`] is its language; here a [`Format`] and the [`Facts`] of a transfer become octets. Names and meanings are
//! curl's. Times are seconds from the beginning of the last request; the whole attempt, redirections included, is in
//! `time_total`, and what came before its last request in `time_redirect`. No secret is in a URL or a message;
//! `%header{…}` gives what it is asked for.

mod format;

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use formpost::send::Checksums;
use serde_json::{Map, Value as Json, json};

pub(crate) use format::{Format, Stream};
use format::{Piece, VARIABLES, Variable};

use super::exit::Exit;
use super::json::line;
use super::terminal::escape;

/// What is known of a transfer once it is over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// When the first attempt began, or was to begin.
    pub(crate) started: Option<SystemTime>,
    /// From then to the end: attempts, and the waits between them.
    pub(crate) elapsed: Duration,
    pub(crate) exit: Exit,
    /// Why that is not done, in one line.
    pub(crate) error: Option<String>,
    /// Where the body went, if that was a file.
    pub(crate) output: Option<String>,
    /// The last request's.
    pub(crate) method: String,
    pub(crate) url: String,
    /// Where the last request went.
    pub(crate) url_effective: String,
    pub(crate) is_https: bool,
    /// 0 if there was no answer.
    pub(crate) status: u16,
    /// The last answer's.
    pub(crate) head: Vec<u8>,
    /// Where the last answer's `Location` leads.
    pub(crate) location: Option<String>,
    /// The same, if that is a redirection that was not followed.
    pub(crate) redirect_url: Option<String>,
    pub(crate) redirects: u32,
    /// How often the upload was begun.
    pub(crate) attempts: u32,
    pub(crate) local: Option<SocketAddr>,
    pub(crate) remote: Option<SocketAddr>,
    /// The last connection had carried another request before.
    pub(crate) is_reused: bool,
    /// Of what was sent, if they were asked for.
    pub(crate) checksums: Option<Checksums>,
    /// The last request that had the upload in it; a GET may have come after that.
    pub(crate) upload: Option<Uploaded>,
    pub(crate) sizes: Sizes,
    pub(crate) times: Times,
}

/// A request with the upload in it.
#[derive(Debug, Clone)]
pub(crate) struct Uploaded {
    pub(crate) method: String,
    /// Octets of its body, as many as the connection took.
    pub(crate) sent: u64,
}

/// Octets.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sizes {
    /// Of the last request's body.
    pub(crate) upload: u64,
    /// Of the last answer's body.
    pub(crate) download: u64,
    /// Of all heads that came.
    pub(crate) header: u64,
    /// Of all heads that went out.
    pub(crate) request: u64,
}

/// When things happened: from the last request's beginning, or not at all.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    pub(crate) name_lookup: Duration,
    pub(crate) connect: Duration,
    pub(crate) app_connect: Duration,
    pub(crate) pre_transfer: Duration,
    /// All of the request is out.
    pub(crate) sent: Duration,
    pub(crate) start_transfer: Duration,
    /// From the first request's beginning to the last one's.
    pub(crate) redirect: Duration,
    /// From the first request's beginning to the end.
    pub(crate) total: Duration,
}

/// What a variable stands for.
enum Value {
    Text(Option<String>),
    /// What the far side said.
    Foreign(Option<Vec<u8>>),
    Number(u64),
    /// Three digits.
    Status(u16),
    Time(Duration),
}

impl Format {
    /// What to write, and where, in this order. On a terminal, and on standard error, what the far side said is shown
    /// and not obeyed.
    pub(crate) fn render(
        &self,
        facts: &Facts,
        is_terminal: bool,
    ) -> serde_json::Result<Vec<(Stream, Vec<u8>)>> {
        let mut written: Vec<(Stream, Vec<u8>)> = Vec::new();
        let mut stream = Stream::Stdout;
        for piece in &self.0 {
            let is_shown = is_terminal || stream == Stream::Stderr;
            let octets = match piece {
                Piece::Text(text) => text.clone(),
                Piece::Variable(variable) => facts.value(*variable).octets(is_shown),
                Piece::Header(name) => {
                    Value::Foreign(field(&facts.head, name).map(<[u8]>::to_vec)).octets(is_shown)
                }
                Piece::HeaderJson => header_json(&facts.head)?.into_bytes(),
                Piece::Json => facts.json()?.into_bytes(),
                Piece::To(other) => {
                    stream = *other;
                    continue;
                }
                Piece::OnError if facts.exit == Exit::Done => break,
                Piece::OnError => continue,
            };
            match written.last_mut() {
                Some((last, so_far)) if *last == stream => so_far.extend(octets),
                _ => written.push((stream, octets)),
            }
        }
        Ok(written)
    }
}

impl Facts {
    /// With how it ended: why it is not done is the error, or what was answered.
    pub(crate) fn ended(
        self,
        exit: Exit,
        error: Option<String>,
        checksums: Option<Checksums>,
    ) -> Self {
        let answered = || (exit != Exit::Done).then(|| format!("answered {}", self.status));
        Self {
            exit,
            error: error.or_else(answered),
            checksums,
            ..self
        }
    }

    fn value(&self, variable: Variable) -> Value {
        let (sizes, times) = (&self.sizes, &self.times);
        let ip = |address: Option<SocketAddr>| address.map(|address| address.ip().to_string());
        let port = |address: Option<SocketAddr>| address.map_or(0, |address| address.port());
        match variable {
            Variable::ContentType => {
                Value::Foreign(field(&self.head, b"Content-Type").map(<[u8]>::to_vec))
            }
            Variable::ErrorMessage => Value::Text(self.error.clone()),
            Variable::ExitCode => Value::Number(self.exit.code().into()),
            Variable::FilenameEffective => Value::Text(self.output.clone()),
            Variable::HttpCode => Value::Status(self.status),
            Variable::HttpVersion => Value::Text(Some(version(&self.head))),
            Variable::LocalIp => Value::Text(ip(self.local)),
            Variable::LocalPort => Value::Number(port(self.local).into()),
            Variable::Method => Value::Text(Some(self.method.clone())),
            Variable::NumHeaders => Value::Number(fields(&self.head).count() as u64),
            Variable::NumRedirects => Value::Number(self.redirects.into()),
            Variable::NumRetries => Value::Number(self.attempts.saturating_sub(1).into()),
            Variable::RedirectUrl => {
                Value::Foreign(self.redirect_url.clone().map(String::into_bytes))
            }
            Variable::RemoteIp => Value::Text(ip(self.remote)),
            Variable::RemotePort => Value::Number(port(self.remote).into()),
            Variable::Scheme => {
                let scheme = if self.is_https { "https" } else { "http" };
                Value::Text(Some(scheme.to_owned()))
            }
            Variable::SizeDownload => Value::Number(sizes.download),
            Variable::SizeHeader => Value::Number(sizes.header),
            Variable::SizeRequest => Value::Number(sizes.request),
            Variable::SizeUpload => Value::Number(sizes.upload),
            Variable::SpeedDownload => Value::Number(speed(sizes.download, times.total)),
            Variable::SpeedUpload => Value::Number(speed(sizes.upload, times.total)),
            Variable::TimeAppConnect => Value::Time(times.app_connect),
            Variable::TimeConnect => Value::Time(times.connect),
            Variable::TimeNameLookup => Value::Time(times.name_lookup),
            Variable::TimePreTransfer => Value::Time(times.pre_transfer),
            Variable::TimeRedirect => Value::Time(times.redirect),
            Variable::TimeStartTransfer => Value::Time(times.start_transfer),
            Variable::TimeTotal => Value::Time(times.total),
            Variable::Url => Value::Text(Some(self.url.clone())),
            Variable::UrlEffective => Value::Text(Some(self.url_effective.clone())),
        }
    }

    /// All variables as one object in one line.
    fn json(&self) -> serde_json::Result<String> {
        let values = VARIABLES
            .iter()
            .map(|(name, variable)| ((*name).to_owned(), self.value(*variable).json()));
        one_line(&Json::Object(values.collect::<Map<_, _>>()))
    }
}

impl Value {
    fn octets(self, is_shown: bool) -> Vec<u8> {
        match self {
            Self::Text(text) => text.unwrap_or_default().into_bytes(),
            Self::Foreign(octets) => {
                let octets = octets.unwrap_or_default();
                if is_shown {
                    escape(&octets).into_bytes()
                } else {
                    octets
                }
            }
            Self::Number(number) => number.to_string().into_bytes(),
            Self::Status(status) => format!("{status:03}").into_bytes(),
            Self::Time(time) => {
                format!("{}.{:06}", time.as_secs(), time.subsec_micros()).into_bytes()
            }
        }
    }

    fn json(self) -> Json {
        match self {
            Self::Text(text) => json!(text),
            Self::Foreign(octets) => {
                json!(octets.map(|octets| String::from_utf8_lossy(&octets).into_owned()))
            }
            Self::Number(number) => json!(number),
            Self::Status(status) => json!(status),
            Self::Time(time) => json!(Duration::from_micros(micros(time)).as_secs_f64()),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Octets a second.
fn speed(octets: u64, time: Duration) -> u64 {
    let speed = u128::from(octets) * 1_000_000 / u128::from(micros(time).max(1));
    u64::try_from(speed).unwrap_or(u64::MAX)
}

/// The fields of a head.
fn fields(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = head.split(|octet| *octet == b'\n').skip(1);
    lines
        .map(<[u8]>::trim_ascii_end)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let colon = line.iter().position(|octet| *octet == b':')?;
            Some((&line[..colon], line[colon + 1..].trim_ascii()))
        })
}

fn field<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    fields(head)
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The version in a status line, in curl's words: 1.0 is 1, and none is 0.
fn version(head: &[u8]) -> String {
    let version = head
        .strip_prefix(b"HTTP/")
        .and_then(|rest| rest.split(|octet| *octet == b' ').next());
    match version {
        None => String::from("0"),
        Some(b"1.0") => String::from("1"),
        Some(version) => escape(version),
    }
}

/// All fields of a head, by their names in small letters in the order in which they came first: curl's layout.
fn header_json(head: &[u8]) -> serde_json::Result<String> {
    let mut named: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in fields(head) {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let value = String::from_utf8_lossy(value).into_owned();
        match named.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => named.push((name, vec![value])),
        }
    }
    let lines = named
        .into_iter()
        .map(|(name, values)| {
            Ok(format!(
                "{}:{}",
                one_line(&json!(name))?,
                one_line(&json!(values))?
            ))
        })
        .collect::<serde_json::Result<Vec<String>>>()?;
    Ok(format!("{{{}\n}}", lines.join(",\n")))
}

fn one_line(value: &Json) -> serde_json::Result<String> {
    Ok(line(value)?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            status: 201,
            head: b"HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Type: a/b\x1b[2J\r\nx-a:2\r\n\r\n"
                .to_vec(),
            sizes: Sizes {
                upload: 1000,
                ..Sizes::default()
            },
            times: Times {
                connect: Duration::from_nanos(1_000_042_999),
                total: Duration::from_millis(2500),
                ..Times::default()
            },
            ..Facts::default()
        }
    }

    fn rendered(format: &str, facts: &Facts, is_terminal: bool) -> Vec<(Stream, String)> {
        let format = Format::parse(format.as_bytes()).unwrap();
        let written = format.render(facts, is_terminal).unwrap();
        let text = |octets| String::from_utf8(octets).unwrap();
        written
            .into_iter()
            .map(|(stream, octets)| (stream, text(octets)))
            .collect()
    }

    #[test]
    fn values_look_as_curls_do() {
        for (format, expected) in [
            ("%{http_code} %{response_code}", "201 201"),
            ("%{time_connect} %{time_total}", "1.000042 2.500000"),
            ("%{speed_upload} %{speed_download}", "400 0"),
            ("%{http_version} %{num_headers}", "1.1 3"),
            ("%header{X-a}|%header{none}", "1|"),
            ("%{redirect_url}%{errormsg}%{remote_ip}", ""),
            ("%{scheme} %{remote_port}", "http 0"),
            ("a%{onerror}b", "a"),
            (
                "%{header_json}",
                "{\"x-a\":[\"1\",\"2\"],\n\"content-type\":[\"a/b\\u001b[2J\"]\n}",
            ),
        ] {
            let expected = vec![(Stream::Stdout, expected.to_owned())];
            assert_eq!(rendered(format, &facts(), false), expected, "{format}");
        }
        let nothing = Facts::default();
        let expected = vec![(Stream::Stdout, String::from("000 0"))];
        assert_eq!(
            rendered("%{http_code} %{http_version}", &nothing, false),
            expected
        );
    }

    #[test]
    fn what_the_far_side_said_is_shown_and_not_obeyed() {
        let format = "\x1b%{content_type}%{stderr}%{content_type}%{stdout}!";
        for (is_terminal, shown) in [(false, "\x1b[2J"), (true, "\\u{1b}[2J")] {
            let expected = vec![
                (Stream::Stdout, format!("\x1ba/b{shown}")),
                (Stream::Stderr, String::from("a/b\\u{1b}[2J")),
                (Stream::Stdout, String::from("!")),
            ];
            assert_eq!(rendered(format, &facts(), is_terminal), expected);
        }
    }

    #[test]
    fn an_object_has_all_of_them() {
        let (_, text) = rendered("%{json}", &facts(), false).remove(0);
        let object: Map<String, Json> = serde_json::from_str(&text).unwrap();
        assert!(!text.contains(['\n', '\x1b']), "{text}");
        assert_eq!(object.len(), VARIABLES.len());
        assert_eq!(object["http_code"], 201);
        assert_eq!(object["time_connect"], 1.000_042);
        assert_eq!(object["content_type"], "a/b\x1b[2J");
        assert_eq!(object["redirect_url"], Json::Null);
    }
}
