//! What there is instead of options that are none here: of curl's, which are all answered for, and of those that people
//! bring along from HTTPie, xh, wget and their own guesses.

use clap::error::{ContextKind, ContextValue};

/// Names, and what there is instead of them.
type Tip = (&'static [&'static str], &'static str);

/// What curl has, the protocols aside that are not spoken.
#[rustfmt::skip]
const CURLS: &[Tip] = &[
    (&["-c", "--cookie-jar"], "no cookie of an answer is kept; -b FILE sends those that there are"),
    (&["--junk-session-cookies"], "-b FILE sends the cookies that FILE has for the URL, and no others"),
    (&["-O", "--remote-name", "-J", "--remote-header-name", "--remote-name-all", "--output-dir", "--create-dirs",
       "--create-file-mode", "--xattr"],
     "-o FILE writes the answer to a file, in a directory that there is"),
    (&["--no-clobber", "--skip-existing"], "-o FILE is written anew each time"),
    (&["--remove-on-error"], "what -o FILE holds is the answer, also to an upload that failed: the exit code says which it is"),
    (&["--out-null"], "-o /dev/null keeps nothing of the answer"),
    (&["-y", "--speed-time", "-Y", "--speed-limit"], "--stall-timeout SECONDS gives up a connection that takes nothing"),
    (&["-C", "--continue-at", "--range"], "an upload begins at its beginning; --retry N sends it again"),
    (&["--trace", "--trace-ascii", "--trace-config", "--trace-ids", "--trace-time"],
     "-v shows both heads, --dump-body FILE writes the body down"),
    (&["--stderr"], "the shell writes messages to a file: 2>FILE"),
    (&["--libcurl"], "--as-curl prints the request as a curl command"),
    (&["-M", "--manual"], "man formpost shows the manual, --help all options"),
    (&["-I", "--head"], "an upload has a body; -i shows the answer's head, -D FILE writes it down"),
    (&["--http0.9", "--http1.0", "--http2-prior-knowledge", "--http3-only", "--alt-svc", "--ech", "--tls-earlydata"],
     "it is HTTP/1.1 that is spoken, and nothing else"),
    (&["--ntlm", "--ntlm-wb", "--negotiate", "--delegation", "--service-name", "--krb"],
     "-u is Basic authentication; --digest and --oauth2-bearer are others"),
    (&["--proxy-anyauth", "--proxy-digest", "--proxy-ntlm", "--proxy-negotiate", "--proxy-service-name",
       "--socks5-gssapi", "--socks5-gssapi-nec", "--socks5-gssapi-service"],
     "a proxy is told the name and the password of -U, as Basic authentication or as SOCKS has it"),
    (&["--aws-sigv4"], "a presigned URL needs no signature: -T FILE URL"),
    (&["--disallow-username-in-url"], "the URL is what you write; -u, -K and --netrc give the name otherwise"),
    (&["--post301", "--post302", "--post303"], "a redirection of this kind is shown and not followed: send it there instead"),
    (&["--follow"], "-L follows redirects"),
    (&["--capath"], "SSL_CERT_DIR in the environment names a directory of certificates, --cacert a file"),
    (&["--proxy-capath"], "--proxy-cacert names a file of certificates to trust"),
    (&["--proxy-cert", "--proxy-cert-type", "--proxy-key", "--proxy-key-type", "--proxy-pass", "--proxy-ssl-auto-client-cert"],
     "an https proxy is shown no certificate; -U gives it a name and a password"),
    (&["--proxy1.0"], "-x http://HOST:PORT goes through a proxy"),
    (&["--preproxy"], "there is one proxy at a time: -x"),
    (&["--haproxy-protocol", "--haproxy-clientip"], "a PROXY line is not sent: it is for proxies to send"),
    (&["--ssl-auto-client-cert", "--tlsauthtype", "--tlsuser", "--tlspassword", "--proxy-tlsauthtype", "--proxy-tlsuser",
       "--proxy-tlspassword"],
     "-E FILE shows the server a certificate; there is no other way to log in with TLS"),
    (&["--cert-status", "--crlfile", "--proxy-crlfile", "--pinnedpubkey", "--proxy-pinnedpubkey"],
     "a certificate is checked against those that are trusted; --cacert FILE trusts just one"),
    (&["--ciphers", "--tls13-ciphers", "--proxy-ciphers", "--proxy-tls13-ciphers", "--curves", "--sigalgs", "--engine",
       "--egd-file", "--random-file", "--ssl-sessions"],
     "TLS is as rustls has it, 1.2 and 1.3 without what is weak; there is nothing to choose"),
    (&["--tls-max", "-2", "--sslv2", "-3", "--sslv3"], "TLS 1.2 and 1.3 are spoken; --tlsv1.3 is 1.3 alone"),
    (&["--ssl", "--ssl-reqd"], "a URL that begins with https:// asks for TLS"),
    (&["--hsts", "--proto-default"], "a URL without a scheme is http://: write https://"),
    (&["--dns-interface", "--dns-ipv4-addr", "--dns-ipv6-addr", "--dns-servers", "--doh-url", "--doh-insecure",
       "--doh-cert-status"],
     "names are the system's to look up; --resolve HOST:PORT:ADDRESS says one"),
    (&["--happy-eyeballs-timeout-ms"], "addresses are tried side by side; -4 and -6 choose"),
    (&["--local-port"], "--interface chooses the address; its port is the system's to choose"),
    (&["--abstract-unix-socket"], "--unix-socket PATH connects to one that has a path"),
    (&["--keepalive-cnt", "--ip-tos", "--vlan-priority"], "connections are as the system makes them"),
    (&["--path-as-is", "--request-target"], "a URL is written as browsers write it; what is in %2F stays as it is"),
    (&["--url-query"], "write it into the URL, or -G sends the form's fields there"),
    (&["-Z", "--parallel", "--parallel-immediate", "--parallel-max", "--parallel-max-host", "--rate"],
     "--each sends each FILE in a request of its own, --jobs N of them at a time"),
    (&["--fail-early"], "--fail-fast, with --each, begins no other file once one has failed"),
    (&["--max-filesize"], "an answer may be long; --max-time SECONDS ends it, -o FILE keeps it"),
    (&["--raw", "--ignore-content-length"], "an answer is read as its head says"),
    (&["-z", "--time-cond", "--etag-compare", "--etag-save"], "-H sends a condition: `-H 'If-Match: \"TAG\"'`"),
    (&["--variable"], "the shell has variables: `--text NAME=\"$VALUE\"`"),
    (&["--crlf", "-B", "--use-ascii"], "what is sent stays as it is, line ends and all"),
    (&["-a", "--append"], "a file is sent whole; and -u USER gives credentials, if that was meant"),
    (&["--metalink", "--ipfs-gateway", "--dump-ca-embed"], "there is nothing of that kind here"),
];

/// What curl has for other protocols.
#[rustfmt::skip]
const PROTOCOLS: &[Tip] = &[
    (&["--disable-eprt", "--disable-epsv", "--ftp-account", "--ftp-alternative-to-user", "--ftp-create-dirs",
       "--ftp-method", "--ftp-pasv", "-P", "--ftp-port", "--ftp-pret", "--ftp-skip-pasv-ip", "--ftp-ssl-ccc",
       "--ftp-ssl-ccc-mode", "--ftp-ssl-control", "-l", "--list-only", "-Q", "--quote"],
     "HTTP is spoken here, FTP is not"),
    (&["--mail-auth", "--mail-from", "--mail-rcpt", "--mail-rcpt-allowfails", "--login-options", "--sasl-authzid",
       "--sasl-ir", "--upload-flags"],
     "HTTP is spoken here, mail is not"),
    (&["--compressed-ssh", "--hostpubmd5", "--hostpubsha256", "--knownhosts", "--pubkey"],
     "HTTP is spoken here, SSH is not"),
    (&["--tftp-blksize", "--tftp-no-options", "-t", "--telnet-option"], "HTTP is spoken here, TFTP and telnet are not"),
];

/// What others have, and what is nearly right.
#[rustfmt::skip]
const OTHERS: &[Tip] = &[
    (&["--retries", "--max-retries", "--retry-count", "--retry-max", "--tries", "--attempts"], "--retry N repeats what failed"),
    (&["--upload", "--put"], "-T FILE sends FILE as the whole body, -F NAME=@FILE as a part of a form"),
    (&["--files", "--attach", "--attachment"], "a FILE needs no option; --file NAME=PATH names its part, --files-from reads a list"),
    (&["--headers"], "-H 'NAME: VALUE' adds a header field, each time it is given"),
    (&["--name", "--field-name"], "--field NAME names the parts that FILE arguments become"),
    (&["--content-type", "--mime-type"], "--type TYPE is that of FILE arguments; in -F it is ;type=TYPE"),
    (&["--fields", "--form-field", "--form-data"], "-F NAME=TEXT adds a field, -F NAME=@FILE a file"),
    (&["--post", "--method"], "POST is what is done anyway; -X METHOD is another method"),
    (&["--post-data", "--body-data", "--raw-body"], "--data-binary DATA is the whole body, --text NAME=TEXT a field"),
    (&["--post-file", "--body-file"], "--data-binary @FILE sends FILE as the whole body, -F NAME=@FILE as a part"),
    (&["--verify", "--no-verify", "--no-check-certificate", "--skip-verify"], "-k takes any certificate, --cacert FILE trusts those in FILE"),
    (&["--ca-certificate", "--ca-bundle", "--ca"], "--cacert FILE trusts the certificates in FILE"),
    (&["--session", "--session-read-only", "--load-cookies", "--cookies"], "-b FILE sends the cookies that FILE has for the URL"),
    (&["--auth", "--username", "--password", "--http-user", "--http-password"], "-u USER[:PASSWORD] gives name and password, -K reads them from a file"),
    (&["--auth-type"], "-u is Basic authentication; --digest and --oauth2-bearer are others"),
    (&["--bearer", "--token", "--auth-token"], "--oauth2-bearer TOKEN sends a token, -K reads it from a file"),
    (&["--timeout"], "--max-time SECONDS bounds all of it, --connect-timeout and --stall-timeout a part"),
    (&["--max-redirects"], "--max-redirs N bounds how often -L follows"),
    (&["--follow-redirects", "--redirect"], "-L follows redirects"),
    (&["--offline", "--dryrun", "--print-request", "--simulate"], "--dry-run shows what would be sent"),
    (&["--print", "--body", "--meta", "--all", "--pretty", "--style", "--stream"], "the answer's body is printed; -i adds its head, -v shows both heads"),
    (&["--download", "--output-document"], "-o FILE writes the answer to a file"),
    (&["--quiet", "--no-progress", "--no-verbose"], "-s says nothing but the answer; --progress none draws no bar"),
    (&["--debug", "--log-level"], "-v shows both heads"),
    (&["--curl", "--to-curl"], "--as-curl prints the request as a curl command"),
    (&["--http-version"], "it is HTTP/1.1 that is spoken"),
    (&["--default-scheme", "--https"], "a URL without a scheme is http://: write https://"),
    (&["--cert-key"], "--key FILE is the key for --cert"),
    (&["--ssl-version"], "--tlsv1.2 and --tlsv1.3 set the least"),
    (&["--threads", "--concurrency", "--workers", "--max-concurrent"], "--each sends each FILE in a request of its own, --jobs N of them at a time"),
    (&["--resume", "--continue"], "--each --journal FILE goes on from what was sent; a single upload begins anew"),
    (&["--throttle", "--bwlimit", "--rate-limit", "--max-rate"], "--limit-rate SPEED bounds the bytes a second"),
    (&["--exclude-from", "--include-from"], "--exclude GLOB leaves out, --files-from FILE lists what is sent"),
    (&["--stop-on-error", "--exit-on-error"], "--fail-fast, with --each, begins no other file once one has failed"),
    (&["--sha256", "--md5", "--hash"], "--checksum ALGORITHM prints checksums of what was sent"),
    (&["--idempotent"], "--idempotency-key sends a key by which a server can tell a repeat"),
    (&["--gzip", "--zstd"], "--compress CODING compresses the body"),
    (&["--port", "--bind", "--host", "--address"], "--listen ADDRESS:PORT, of formpost receive, says where to listen"),
    (&["--listen", "--dir", "--once", "--count", "--on-exist", "--discard", "--max-file-size"],
     "it is an option of formpost receive"),
    (&["--extract"], "it is an option of formpost inspect"),
    (&["--output-directory", "--directory", "--destination"], "--dir DIR, of formpost receive, says where files go"),
];

/// What `--json` is not.
pub(super) const JSON: &str = "--json: it prints --dry-run as JSON; a part of type application/json is --json-part \
                               NAME=JSON, and a body as it stands --data-binary DATA";

/// Words that look like commands to who knows other programs, and what there is instead of them.
const WORDS: &[Tip] = &[
    (
        &["serve", "listen", "recieve", "reciever"],
        "formpost receive takes uploads",
    ),
    (
        &["completion", "complete"],
        "formpost completions SHELL prints a completion script",
    ),
    (&["version"], "formpost --version prints the version"),
    (
        &["man", "manual"],
        "man formpost shows the manual, formpost completions man prints it",
    ),
];

/// What there is instead of a word that stands where the URL should, if it is known.
pub(super) fn instead_of_word(word: &str) -> Option<&'static str> {
    let (_, instead) = WORDS.iter().find(|(words, _)| words.contains(&word))?;
    Some(instead)
}

/// What there is instead of an option, if it is known.
pub(super) fn instead_of(option: &str) -> Option<&'static str> {
    let mut known = CURLS.iter().chain(PROTOCOLS).chain(OTHERS);
    let (_, instead) = known.find(|(names, _)| names.contains(&option))?;
    Some(instead)
}

/// Has an error about such an option say what there is instead, and not what is spelt like it.
pub(super) fn advise(error: &mut clap::Error, subcommand: &str) {
    let Some(argument) = error.get(ContextKind::InvalidArg).map(ToString::to_string) else {
        return;
    };
    let instead = if subcommand == "receive" && !argument.starts_with(['-', '<']) {
        Some("--listen ADDRESS:PORT says where to listen, --dir DIR where files go")
    } else {
        instead_of(&argument)
    };
    if let Some(instead) = instead {
        error.remove(ContextKind::SuggestedArg);
        let tip = ContextValue::StyledStrs(vec![instead.into()]);
        error.insert(ContextKind::Suggested, tip);
    }
}

#[cfg(test)]
mod tests {
    use super::super::curl::idle;
    use super::super::definition;
    use super::*;

    /// All options of curl's, the long one last, of the versions 7.88 to 8.16.
    const ALL_OF_CURL: &str = include_str!("curl_options.txt");

    /// Names that are another option's here, as the help says.
    const OTHERWISE: [&str; 5] = ["-0", "-j", "-r", "--include", "--json"];

    /// All names that the program's own options have.
    fn here() -> Vec<String> {
        let definition = definition();
        let names = definition.get_arguments().flat_map(|argument| {
            let aliases = argument.get_all_aliases().unwrap_or_default();
            let longs = argument.get_long().into_iter().chain(aliases);
            let longs: Vec<String> = longs.map(|long| format!("--{long}")).collect();
            let short = argument.get_short().map(|short| format!("-{short}"));
            longs.into_iter().chain(short)
        });
        // clap adds the first four, and the others are seen before clap sees them.
        let others = ["--help", "-h", "--version", "-V", "--next", "-:"];
        names.chain(others.map(str::to_owned)).collect()
    }

    #[test]
    fn each_option_of_curls_is_here_or_idle_or_answered() {
        let here = here();
        let is_here = |name: &str| here.iter().any(|own| own == name);
        for name in ALL_OF_CURL.split_whitespace() {
            let ways = [
                is_here(name),
                idle(name).is_some(),
                instead_of(name).is_some(),
            ];
            assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{name}");
        }
        let said = super::super::texts::UPLOAD.lines().rev().take(2);
        let said: Vec<&str> = said.flat_map(str::split_whitespace).collect();
        for name in OTHERWISE {
            let is_said = said.iter().any(|word| word.trim_matches(',') == name);
            assert!(is_here(name) && is_said, "{name}");
        }
    }

    #[test]
    fn an_option_has_one_answer() {
        let tips = CURLS.iter().chain(PROTOCOLS).chain(OTHERS);
        let mut names: Vec<&str> = tips.flat_map(|(names, _)| *names).copied().collect();
        let here = here();
        for name in &names {
            assert!(!here.iter().any(|own| own == name), "{name}");
        }
        names.sort_unstable();
        let number = names.len();
        names.dedup();
        assert_eq!(names.len(), number);
    }
}
