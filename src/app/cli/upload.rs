//! An upload as it is typed: one struct for each group of options.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use formpost::multipart::Boundary;
use formpost::send::Connection;

use super::batch::BatchArgs;
use super::body::{BodyArgs, ChecksumAlgorithm};
use super::curl::CurlArgs;
use super::files::FilesArgs;
use super::route::RouteArgs;
use super::tls::TlsArgs;
use super::values::{
    CookieArg, FilenameArg, HeaderArg, Limit, ProxyArg, Secret, UrlArg, idempotency_key,
    leaves_http, length, limit, number, proxy, seconds, seconds_or_none,
};
use crate::app::part_spec::FormItem;

/// When and how to show how far the upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ProgressStyle {
    /// A bar on a terminal, plain lines elsewhere
    #[default]
    Auto,
    /// A bar, wherever it goes
    Bar,
    /// A whole line every 5 seconds
    Plain,
    /// Nothing
    None,
}

/// An upload.
#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// Where to send it; without a scheme it is http://
    #[arg(value_name = "URL", required = true, value_hint = ValueHint::Url)]
    pub(crate) url: Option<UrlArg>,
    /// Files to send, each a part named "file"; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) form: FormArgs,
    #[command(flatten)]
    pub(crate) selection: FilesArgs,
    #[command(flatten)]
    pub(crate) batch: BatchArgs,
    #[command(flatten)]
    pub(crate) body: BodyArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) proxy: ProxyArgs,
    #[command(flatten)]
    pub(crate) redirects: RedirectArgs,
    #[command(flatten)]
    pub(crate) repeats: RepeatArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) told: ReportArgs,
    #[command(flatten)]
    pub(crate) looking: LookingArgs,
    #[command(flatten)]
    pub(crate) curl: CurlArgs,
}

impl Upload {
    /// Whether there are files to look for.
    pub(crate) fn has_files(&self) -> bool {
        !self.files.is_empty() || !self.selection.files_from.is_empty()
    }
}

/// Options that stand elsewhere.
#[derive(Debug, Default, Args)]
pub(crate) struct ConfigArgs {
    /// Read options from FILE, secrets for example
    ///
    /// Arguments can be seen by every user of the machine, what is in FILE cannot; - is standard input. One option a line,
    /// as in curl's files: header = "Authorization: Bearer …", or url, user, form; with or without the dashes. They count as if they were typed here. A value with blanks in it stands in double quotes, a line
    /// that begins with # is a comment. No file is read without being named.
    #[arg(short = 'K', long, help_heading = None, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Vec<PathBuf>,
    /// curl's name for what is done anyway: reading no file that was not named
    #[arg(short = 'q', long, hide = true)]
    disable: bool,
}

/// The form.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Form")]
pub(crate) struct FormArgs {
    /// Add a part: name=text, name=@file, name=<file
    ///
    /// As with curl, the content of @file is a file with a name, that of <file a text, and @- and <- are standard input.
    /// Parameters follow after semicolons: `-F 'photo=@a.jpg;type=image/jpeg;filename=b.jpg;headers="X-A: b"'`.
    /// Values from a script's variables are safer in --text and --file, which have no special characters.
    #[arg(short = 'F', long, value_name = "NAME=CONTENT", value_parser = item(FormItem::parse))]
    form: Vec<FormItem>,
    /// Add a text field, its value taken literally (curl's name for --text)
    #[arg(long, value_name = "NAME=TEXT", value_parser = item(FormItem::string))]
    form_string: Vec<FormItem>,
    /// Add a text field, its value taken literally
    #[arg(long, value_name = "NAME=TEXT", value_parser = item(FormItem::string))]
    text: Vec<FormItem>,
    /// Add a file, its path taken literally; - is standard input
    #[arg(long, value_name = "NAME=PATH", value_parser = item(FormItem::file))]
    file: Vec<FormItem>,
    /// Add a part of type application/json, checked to be JSON; @PATH reads it from a file
    ///
    /// @- reads standard input. What is no regular file, a pipe for one, may have 64 MiB, since it is held until it is checked.
    #[arg(long, value_name = "NAME=JSON", value_parser = item(FormItem::json_part))]
    json_part: Vec<FormItem>,
    /// All of the above, in the order in which they were typed.
    #[arg(skip)]
    pub(crate) items: Vec<FormItem>,
    /// The name of the parts that FILE arguments become
    #[arg(long, value_name = "NAME", default_value = "file")]
    pub(crate) field: OsString,
    /// The file name to send: NAME for a single FILE; or relative for the path to each, basename for its end
    ///
    /// A relative path is what browsers send for a directory: names with / between them, from the directory's own on. What
    /// was named itself keeps the path that it was named by, without what leads up or to the root. Otherwise it is the
    /// basename. `-F 'file=@PATH;filename=relative'` sends that word as a name.
    #[arg(long, value_name = "NAME|relative|basename", value_parser = OsStringValueParser::new().map(FilenameArg::from))]
    pub(crate) filename: Option<FilenameArg>,
    /// The media type to send for FILE arguments; otherwise it follows from their names
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) media_type: Option<String>,
    /// Escape quotes and backslashes in names with a backslash, instead of quotes with %22
    #[arg(long)]
    pub(crate) form_escape: bool,
    /// The boundary, 1 to 70 characters; random otherwise
    #[arg(long, value_name = "BOUNDARY")]
    pub(crate) boundary: Option<Boundary>,
    /// Read pipes to their ends before connecting, so that they have a length and can be sent again
    ///
    /// What is longer than 1 MiB waits in a temporary file, in the directory that TMPDIR names. The file has no name
    /// there and is gone however the program ends.
    #[arg(long)]
    pub(crate) spool: bool,
    /// Send the body chunked, even if its length is known
    #[arg(long)]
    pub(crate) chunked: bool,
    /// Not in a form: says what to use instead.
    #[arg(short, long, hide = true, value_name = "DATA", value_parser = raw_body,
        visible_aliases = ["data-raw", "data-ascii", "data-urlencode"])]
    data: Option<OsString>,
}

/// The request around the form.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// The method; otherwise POST, with -T PUT, with -G GET
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// Add a header field; @FILE reads one a line
    ///
    /// "Name:" takes one away that would be sent otherwise, "Name;" sends one that is empty. Arguments can be seen by every user of the machine: a secret is better read from a file.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = OsStringValueParser::new().try_map(HeaderArg::parse))]
    pub(crate) headers: Vec<HeaderArg>,
    /// The User-Agent field; otherwise it is formpost and the version
    #[arg(short = 'A', long, value_name = "NAME")]
    pub(crate) user_agent: Option<String>,
    /// The Referer field: where the upload comes from
    #[arg(short = 'e', long, value_name = "URL")]
    pub(crate) referer: Option<String>,
    /// Send cookies: NAME=VALUE, several with semicolons, or those that FILE has for the URL
    ///
    /// Without an equals sign it is a file in Netscape's format, as curl's --cookie-jar writes it. They go to the host that
    /// the upload was given for, and nowhere else. No cookie of an answer is kept.
    #[arg(short = 'b', long = "cookie", value_name = "NAME=VALUE|FILE", value_hint = ValueHint::FilePath)]
    pub(crate) cookies: Vec<CookieArg>,
    /// Send an Idempotency-Key, random without KEY, by which a server that knows it can tell a repeat
    ///
    /// Sends Idempotency-Key: "KEY", the same each time the upload is sent. For a server that wants it without the
    /// quotes: `-H 'Idempotency-Key: KEY'`.
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, value_parser = idempotency_key)]
    #[expect(
        clippy::option_option,
        reason = "clap's form of: not at all, without a value, with one"
    )]
    pub(crate) idempotency_key: Option<Option<String>>,
    #[command(flatten)]
    pub(crate) credentials: CredentialArgs,
}

/// Who the upload is from.
#[derive(Debug, Clone, Default, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[command(next_help_heading = "Credentials")]
pub(crate) struct CredentialArgs {
    /// Name and password; asks if there is no password
    ///
    /// For Basic authentication, or with --digest for that.
    #[arg(
        short,
        long,
        value_name = "USER[:PASSWORD]",
        conflicts_with = "oauth2_bearer"
    )]
    pub(crate) user: Option<Secret>,
    /// Send TOKEN as Bearer authentication
    #[arg(long, value_name = "TOKEN")]
    pub(crate) oauth2_bearer: Option<Secret>,
    /// Digest authentication: the password is not sent, and the upload goes out once
    ///
    /// A request with an empty body asks the server what to answer, then the upload goes out with the answer.
    #[arg(long, conflicts_with_all = ["oauth2_bearer", "basic"])]
    pub(crate) digest: bool,
    /// curl's name for what is done anyway
    #[arg(long, hide = true)]
    basic: bool,
    /// Not done: says what to use instead.
    #[arg(long, hide = true)]
    pub(crate) anyauth: bool,
    /// Take the user name and the password from ~/.netrc
    ///
    /// The entry is the first for the URL's host, with the user name of -u or the URL if there is one without a password.
    /// A file that others than its owner may use is refused. Without an entry the upload goes out without.
    #[arg(short, long)]
    pub(crate) netrc: bool,
    /// Take them from FILE instead
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) netrc_file: Option<PathBuf>,
    /// Take them from ~/.netrc, if there is one, or from --netrc-file
    #[arg(long)]
    pub(crate) netrc_optional: bool,
}

/// The connection.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Longest time for name, connection and TLS
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) connect_timeout: Duration,
    /// Longest time from connecting to the end of the answer, redirects included; no limit otherwise
    ///
    /// What is read before connecting takes its own time, and each repeat begins anew.
    #[arg(short, long, value_name = "SECONDS", default_value = "0", hide_default_value = true, value_parser = seconds_or_none)]
    pub(crate) max_time: Duration,
    /// Longest pause while the connection takes nothing
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) stall_timeout: Duration,
    /// Longest time from the last byte to the answer
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub(crate) response_timeout: Duration,
    /// Send no faster than this many bytes a second: 500, 64K, 10M; no limit otherwise
    #[arg(long, value_name = "SPEED", value_parser = length)]
    pub(crate) limit_rate: Option<u64>,
    /// Ask the server first (Expect: 100-continue), and wait this long for its word; off otherwise
    ///
    /// An early refusal ends the upload at once without it, too; with it, not one byte of the body has gone out by then.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) expect100_timeout: Option<Duration>,
    /// The protocols that may be spoken; =https refuses an http:// URL
    #[arg(long, hide = true, value_name = "LIST", value_parser = leaves_http)]
    pub(crate) proto: Option<bool>,
    /// The same, for where -L leads
    #[arg(long, hide = true, value_name = "LIST", value_parser = leaves_http)]
    pub(crate) proto_redir: Option<bool>,
    #[command(flatten)]
    pub(crate) route: RouteArgs,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
}

impl Default for ConnectionArgs {
    fn default() -> Self {
        let connection = Connection::default();
        Self {
            connect_timeout: connection.connect_timeout,
            max_time: Duration::ZERO,
            stall_timeout: connection.stall_timeout,
            response_timeout: connection.response_timeout,
            limit_rate: None,
            expect100_timeout: None,
            proto: None,
            proto_redir: None,
            route: RouteArgs::default(),
            tls: TlsArgs::default(),
        }
    }
}

/// Who stands in between.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Proxy")]
pub(crate) struct ProxyArgs {
    /// Go through a proxy: http (if nothing is said), https, socks4, socks4a, socks5 or socks5h
    ///
    /// Without a PORT it is 1080, for https 443. With socks4 and socks5 names are resolved here, with socks4a and socks5h
    /// there. Without this option the environment is asked: http_proxy or https_proxy, then all_proxy, in small letters
    /// or in capitals. `-x ''` is no proxy whatever they say.
    #[arg(short = 'x', long, value_name = "[SCHEME://]HOST[:PORT]", value_parser = proxy, overrides_with_all = PROXIES)]
    proxy: Option<ProxyArg>,
    /// curl's name for -x socks4://
    #[arg(long, hide = true, value_name = "HOST[:PORT]", value_parser = |text: &str| proxy(&format!("socks4://{text}")), overrides_with_all = PROXIES)]
    socks4: Option<ProxyArg>,
    /// curl's name for -x socks4a://
    #[arg(long, hide = true, value_name = "HOST[:PORT]", value_parser = |text: &str| proxy(&format!("socks4a://{text}")), overrides_with_all = PROXIES)]
    socks4a: Option<ProxyArg>,
    /// curl's name for -x socks5://
    #[arg(long, hide = true, value_name = "HOST[:PORT]", value_parser = |text: &str| proxy(&format!("socks5://{text}")), overrides_with_all = PROXIES)]
    socks5: Option<ProxyArg>,
    /// curl's name for -x socks5h://
    #[arg(long, hide = true, value_name = "HOST[:PORT]", value_parser = |text: &str| proxy(&format!("socks5h://{text}")), overrides_with_all = PROXIES)]
    socks5_hostname: Option<ProxyArg>,
    /// Name and password for the proxy; asks for the password if it is missing
    ///
    /// They are percent-decoded. Those in the proxy's own URL count first.
    #[arg(short = 'U', long, value_name = "USER[:PASSWORD]")]
    pub(crate) proxy_user: Option<Secret>,
    /// Reach these hosts without a proxy: names, those below them, addresses, networks; * is all
    ///
    /// In a list with commas: `--noproxy localhost,.example.com,10.0.0.0/8`. It stands instead of the environment's no_proxy.
    #[arg(long, value_name = "LIST")]
    pub(crate) noproxy: Option<String>,
    /// Add a header field for an HTTP proxy; with a connection through it (CONNECT) the server does not see it
    #[arg(long = "proxy-header", id = "proxy_header", value_name = "NAME: VALUE", value_parser = OsStringValueParser::new().try_map(HeaderArg::parse))]
    pub(crate) headers: Vec<HeaderArg>,
    /// Have an HTTP proxy make a connection (CONNECT) for http:// URLs, too
    #[arg(short = 'p', long)]
    pub(crate) proxytunnel: bool,
    /// Trust the PEM certificates in FILE for an https proxy, instead of the system's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) proxy_cacert: Option<PathBuf>,
    /// Take any certificate of an https proxy
    #[arg(long)]
    pub(crate) proxy_insecure: bool,
}

/// The options that name a proxy: the last of them counts.
const PROXIES: [&str; 5] = ["proxy", "socks4", "socks4a", "socks5", "socks5_hostname"];

impl ProxyArgs {
    /// The proxy that was named, by whichever option.
    pub(crate) fn proxy(&self) -> Option<&ProxyArg> {
        let options = [
            &self.proxy,
            &self.socks4,
            &self.socks4a,
            &self.socks5,
            &self.socks5_hostname,
        ];
        options.into_iter().flatten().next()
    }
}

/// Where an upload may be sent instead.
#[derive(Debug, Args)]
#[command(next_help_heading = "Redirects")]
pub(crate) struct RedirectArgs {
    /// Follow redirects that stay on the same server
    ///
    /// The upload is sent again where a 307 or 308 says, within its scheme, host and port; what a 303 names is got. A 301 or 302 is reported and not followed: curl would turn the upload into a GET.
    #[arg(short = 'L', long)]
    pub(crate) location: bool,
    /// Send the upload to other hosts, too, without credentials and given headers; implies -L
    #[arg(long)]
    pub(crate) location_trusted: bool,
    /// Follow N redirects at the most; -1 is no limit
    #[arg(long, value_name = "N", default_value = "10", value_parser = limit)]
    pub(crate) max_redirs: Limit,
}

impl Default for RedirectArgs {
    fn default() -> Self {
        Self {
            location: false,
            location_trusted: false,
            max_redirs: Limit(Some(10)),
        }
    }
}

/// Whether, and how, an upload that failed is sent again.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Repeats")]
pub(crate) struct RepeatArgs {
    /// Repeat up to N times what failed
    ///
    /// That is what never arrived, or was answered 408, 425, 429, 500, 502, 503 or 504, or Cloudflare's 522 or 524. A pipe
    /// can be sent again if it ended within 1 MiB, or with --spool. Where it is not known whether the server kept the
    /// upload, it is repeated if the method is PUT, with --idempotency-key, or with --retry-all-errors.
    #[arg(long, value_name = "N", default_value = "0", value_parser = number)]
    pub(crate) retry: u32,
    /// Wait this long before each repeat; otherwise about 1 second, doubled each time, or what the server asks for
    #[arg(long, value_name = "SECONDS", default_value = "0", hide_default_value = true, value_parser = seconds_or_none)]
    pub(crate) retry_delay: Duration,
    /// Begin no repeat after this long; no limit otherwise
    #[arg(long, value_name = "SECONDS", default_value = "0", hide_default_value = true, value_parser = seconds_or_none)]
    pub(crate) retry_max_time: Duration,
    /// curl's name for what --retry does anyway
    #[arg(long, hide = true)]
    retry_connrefused: bool,
    /// Repeat even when it is not known whether the server kept the upload
    #[arg(long)]
    pub(crate) retry_all_errors: bool,
}

/// What is said, and where.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Write the response's body to FILE
    ///
    /// FILE may be - for standard output. Without it a terminal is shown the text of a response, control characters as escapes, and nothing of what is
    /// binary; -o - writes it there as it is. A pipe or a file always gets it as it is.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Write the response's head to FILE; - is standard output
    #[arg(short = 'D', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) dump_header: Option<PathBuf>,
    /// Write the response's head in front of its body
    #[arg(short = 'i', long)]
    pub(crate) show_headers: bool,
    /// Leave out the body of a 4xx or 5xx response, as curl does (the exit code says it either way)
    #[arg(short, long)]
    pub(crate) fail: bool,
    /// curl's name for what is done anyway
    #[arg(long, hide = true)]
    fail_with_body: bool,
    /// No progress, no summary, no messages
    #[arg(short, long)]
    pub(crate) silent: bool,
    /// Error messages even with --silent
    #[arg(short = 'S', long)]
    pub(crate) show_error: bool,
    /// Show both heads, secrets left out
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Write FORMAT to standard output once it is over, also when it failed; @FILE reads it, @- from standard input
    ///
    /// As with curl, %{NAME} is a variable, %header{NAME} a field of the answer, and \n, \r, \t and %% are escapes:
    /// `-w '%{http_code} %{time_total}\n'`.
    ///
    /// Of the last answer: http_code (or response_code; 000 if there was none), content_type, http_version, num_headers.
    /// Of the last request: method, url_effective, scheme, remote_ip, remote_port, local_ip, local_port, size_upload (of
    /// the body, as much as the connection took), size_download, redirect_url (if that was not followed), and the times
    /// time_namelookup, time_connect, time_appconnect, time_pretransfer and time_starttransfer, in seconds from its
    /// beginning. Of the whole last attempt, redirects included: time_total, time_redirect, speed_upload, speed_download,
    /// num_redirects, size_header, size_request. Of all of it: url, num_retries, filename_effective, errormsg, and
    /// exitcode, which is the one of this program. URLs and messages are without secrets; %header{NAME} is as it came.
    ///
    /// %{json} is all of them, %{header_json} the answer's fields; %{stderr} and %{stdout} say where the rest goes, and
    /// what follows %{onerror} is left out if the exit code is 0. A variable that does not exist is refused.
    #[arg(short, long, value_name = "FORMAT")]
    #[expect(
        clippy::doc_markdown,
        reason = "it is a help text, and the names are curl's"
    )]
    pub(crate) write_out: Option<OsString>,
    /// Print a checksum of each file and of the body, computed while they are sent
    ///
    /// In the lines that sha256sum -c and its siblings take. A file that was not sent to its end has none.
    #[arg(long, value_name = "ALGORITHM", value_enum)]
    pub(crate) checksum: Option<ChecksumAlgorithm>,
    /// How to show how far the upload has come
    #[arg(long, value_name = "STYLE", value_enum, default_value = "auto")]
    pub(crate) progress: ProgressStyle,
    /// curl's name for --progress bar
    #[arg(short = '#', long, hide = true, conflicts_with = "progress")]
    pub(crate) progress_bar: bool,
    /// curl's name for --progress none
    #[arg(long, hide = true, conflicts_with = "progress")]
    pub(crate) no_progress_meter: bool,
}

impl OutputArgs {
    /// The style that the three options for it come to.
    pub(crate) fn progress_style(&self) -> ProgressStyle {
        match (self.silent, self.progress_bar, self.no_progress_meter) {
            (true, _, _) | (_, _, true) => ProgressStyle::None,
            (_, true, _) => ProgressStyle::Bar,
            _ => self.progress,
        }
    }
}

/// What is told to other programs.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ReportArgs {
    /// Write a line of JSON about the upload to FILE
    ///
    /// Also when it failed; - is standard output. FILE is emptied before anything is sent, and an empty one afterwards is that of an upload that was interrupted.
    ///
    /// outcome is the exit code in a word: done, redirected (3xx), refused (4xx), failed (5xx), source, not_sent, unknown,
    /// malformed or other; exit is the number and error the reason. started is the time in UTC. Of the upload: method,
    /// url, sources (each content's name, its path if it is a file, its size if that was known, and its checksum with
    /// --checksum), checksum (of the body), bytes_sent, attempts. Of the last answer: status, location, bytes_received. Of
    /// the last attempt: redirects, remote (the server, or a proxy), reused (that connection had been used before), and in
    /// timings the seconds of its last request's phases name_lookup, connect, tls, send, wait and receive; total is all of
    /// it, repeats included. What there was not is null. URLs and messages are without secrets.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[expect(
        clippy::doc_markdown,
        reason = "it is a help text, and the names are those of the record"
    )]
    pub(crate) report: Option<PathBuf>,
}

/// Looking before sending.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Looking, nothing is sent")]
pub(crate) struct LookingArgs {
    /// Show the request and its parts; send nothing
    ///
    /// The parts are shown as a receiver finds them: the very body that would be sent is read by the very parser that
    /// would receive it. For example: `formpost --dry-run https://example.com/upload photo.jpg`
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print --dry-run as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the same request as a curl command for sh
    ///
    /// All that it takes is in it, passwords, tokens and what -K read included; only what -H @FILE and a netrc file hold
    /// stays there. What curl cannot say is refused, and what it does otherwise is said on standard error. For curl 7.81
    /// or later.
    #[arg(long, conflicts_with_all = ["dry_run", "json", "dump_body", "compress", "content_digest"])]
    pub(crate) as_curl: bool,
    /// Write the body to FILE, exactly as it would be sent; - is standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) dump_body: Option<PathBuf>,
}

fn item<E: std::error::Error + Send + Sync + 'static>(
    parse: fn(&std::ffi::OsStr) -> Result<FormItem, E>,
) -> impl TypedValueParser<Value = FormItem> {
    OsStringValueParser::new().try_map(move |text| {
        parse(&text).map_err(|error| match text.to_string_lossy().split_once('=') {
            Some((name, _)) => format!("part '{name}': {error}"),
            None => error.to_string(),
        })
    })
}

fn raw_body(_: &str) -> Result<OsString, String> {
    Err(String::from(
        "use --text NAME=VALUE for a field, --enctype urlencoded for a form of fields, --data-binary for a body as it stands",
    ))
}
