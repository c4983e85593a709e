//! What stands around the request: who it is from, how it gets there, and what becomes of the answer.

use std::path::Path;
use std::time::Duration;

use formpost::send::{Login, Proxy, percent_encoded};

use super::CommandLine;
use crate::app::cli::{
    CertificateArg, ConnectionArgs, CredentialArgs, OutputArgs, ProgressStyle, ProxyArg, ProxyArgs,
    RedirectArgs, RepeatArgs, Secret, TlsArgs, Upload,
};
use crate::app::plan::outline::Outline;

/// Says who it is from. What is handed back is to stand in the URL: a name whose password is in a netrc file.
pub(super) fn credentials(
    line: &mut CommandLine,
    upload: &Upload,
    outline: &Outline,
) -> Option<String> {
    if outline.is_given("Authorization") {
        return None;
    }
    let typed = &upload.request.credentials;
    if let Some(token) = &typed.oauth2_bearer {
        line.option("--oauth2-bearer", token.expose());
        return None;
    }
    if typed.digest {
        line.flag("--digest");
    }
    let user = typed.user.as_ref().map(Secret::expose);
    let of_url = outline.url().credentials();
    let of_url = of_url.and_then(|pair| pair.split_once(':'));
    let is_whole = match (user, of_url) {
        (Some(user), _) => user.contains(':'),
        (None, Some((_, password))) => !password.is_empty(),
        (None, None) => false,
    };
    if has_netrc(typed) && !is_whole {
        let name = user.or(of_url.map(|(name, _)| name));
        netrc(line, typed, name.is_some());
        return name.map(|name| percent_encoded(name.as_bytes()));
    }
    match (user, of_url) {
        (Some(user), _) => line.option("-u", user),
        (None, Some((name, password))) => line.option("-u", format!("{name}:{password}")),
        (None, None) => {}
    }
    None
}

fn has_netrc(typed: &CredentialArgs) -> bool {
    typed.netrc || typed.netrc_optional || typed.netrc_file.is_some()
}

/// With a file that must be there, curl forgets the name in the URL.
fn netrc(line: &mut CommandLine, typed: &CredentialArgs, is_named: bool) {
    if typed.netrc_optional || is_named {
        line.flag("--netrc-optional");
    } else if typed.netrc_file.is_none() {
        line.flag("-n");
    }
    if let Some(path) = &typed.netrc_file {
        line.option("--netrc-file", octets(path));
    }
}

/// All the others.
pub(super) fn all(line: &mut CommandLine, upload: &Upload) {
    connection(line, &upload.connection);
    tls(line, &upload.connection.tls);
    proxy(line, &upload.proxy);
    redirects(line, &upload.redirects);
    repeats(line, &upload.repeats);
    output(line, &upload.output);
    for (is_typed, option) in [
        (upload.output.checksum.is_some(), "--checksum"),
        (upload.told.report.is_some(), "--report"),
    ] {
        if is_typed {
            line.remark(&format!("curl has no {option}"));
        }
    }
}

fn connection(line: &mut CommandLine, typed: &ConnectionArgs) {
    let defaults = ConnectionArgs::default();
    if typed.connect_timeout != defaults.connect_timeout {
        line.option("--connect-timeout", seconds(typed.connect_timeout));
    }
    if !typed.max_time.is_zero() {
        line.option("-m", seconds(typed.max_time));
    }
    if let Some(time) = typed.expect100_timeout {
        line.option("--expect100-timeout", seconds(time));
    }
    if let Some(rate) = typed.limit_rate.filter(|rate| *rate > 0) {
        line.option("--limit-rate", rate.to_string());
    }
    for (is_typed, option) in [
        (
            typed.stall_timeout != defaults.stall_timeout,
            "--stall-timeout",
        ),
        (
            typed.response_timeout != defaults.response_timeout,
            "--response-timeout",
        ),
    ] {
        if is_typed {
            line.remark(&format!("curl has no {option}"));
        }
    }
    let route = &typed.route;
    for pinned in &route.resolve {
        line.option("--resolve", pinned.to_string());
    }
    for detour in &route.connect_to {
        line.option("--connect-to", detour.to_string());
    }
    flags(line, &[(route.ipv4, "-4"), (route.ipv6, "-6")]);
    if let Some(interface) = &route.interface {
        line.option("--interface", interface.to_string());
    }
    if let Some(path) = &route.unix_socket {
        line.option("--unix-socket", octets(path));
    }
}

fn tls(line: &mut CommandLine, typed: &TlsArgs) {
    flags(
        line,
        &[
            (typed.insecure, "-k"),
            (typed.tlsv1_2, "--tlsv1.2"),
            (typed.tlsv1_3, "--tlsv1.3"),
        ],
    );
    if let Some(path) = &typed.cacert {
        line.option("--cacert", octets(path));
    }
    if let Some(CertificateArg { path, password }) = &typed.cert {
        let mut value = Vec::new();
        for octet in octets(path) {
            if matches!(octet, b'\\' | b':') {
                value.push(b'\\');
            }
            value.push(*octet);
        }
        if let Some(password) = password {
            value.push(b':');
            value.extend(password.expose().as_bytes());
        }
        line.option("-E", value);
    }
    if let Some(path) = &typed.key {
        line.option("--key", octets(path));
    }
    if let Some(password) = &typed.pass {
        line.option("--pass", password.expose());
    }
}

fn proxy(line: &mut CommandLine, typed: &ProxyArgs) {
    match typed.proxy() {
        Some(ProxyArg::None) => line.option("-x", ""),
        Some(ProxyArg::All(proxy)) => line.option("-x", with_credentials(proxy)),
        None => {}
    }
    if let Some(user) = &typed.proxy_user {
        line.option("-U", user.expose());
    }
    if let Some(list) = &typed.noproxy {
        line.option("--noproxy", list);
    }
    line.given("--proxy-header", &typed.headers);
    flags(
        line,
        &[
            (typed.proxytunnel, "-p"),
            (typed.proxy_insecure, "--proxy-insecure"),
        ],
    );
    if let Some(path) = &typed.proxy_cacert {
        line.option("--proxy-cacert", octets(path));
    }
}

fn with_credentials(proxy: &Proxy) -> String {
    let text = proxy.to_string();
    match proxy.credentials() {
        Some(Login { user, password }) => {
            let [user, password] = [user, password].map(|text| percent_encoded(text.as_bytes()));
            text.replacen("://", &format!("://{user}:{password}@"), 1)
        }
        None => text,
    }
}

/// curl has another limit than ours, and never asks whom an upload may be sent to.
fn redirects(line: &mut CommandLine, typed: &RedirectArgs) {
    if !typed.location && !typed.location_trusted {
        return;
    }
    line.flag("-L");
    let limit = typed
        .max_redirs
        .0
        .map_or(String::from("-1"), |limit| limit.to_string());
    line.option("--max-redirs", limit);
    line.remark("curl -L goes to other hosts, too, and makes a GET of the upload at a 301 or 302");
}

/// curl waits for whole seconds.
fn repeats(line: &mut CommandLine, typed: &RepeatArgs) {
    if typed.retry == 0 {
        return;
    }
    line.option("--retry", typed.retry.to_string());
    line.flag("--retry-connrefused");
    for (time, option) in [
        (typed.retry_delay, "--retry-delay"),
        (typed.retry_max_time, "--retry-max-time"),
    ] {
        if !time.is_zero() {
            let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
            line.option(option, whole.to_string());
        }
    }
    if typed.retry_all_errors {
        line.flag("--retry-all-errors");
    }
}

fn output(line: &mut CommandLine, typed: &OutputArgs) {
    if let Some(path) = &typed.output {
        line.option("-o", octets(path));
    }
    if let Some(path) = &typed.dump_header {
        line.option("-D", octets(path));
    }
    let style = typed.progress_style();
    flags(
        line,
        &[
            (typed.show_headers, "-i"),
            (typed.fail, "-f"),
            (typed.silent, "-s"),
            (typed.show_error, "-S"),
            (typed.verbose, "-v"),
            (style == ProgressStyle::Bar, "-#"),
            (
                style == ProgressStyle::None && !typed.silent,
                "--no-progress-meter",
            ),
        ],
    );
    if let Some(format) = &typed.write_out {
        line.option("-w", format.as_encoded_bytes());
    }
}

fn flags(line: &mut CommandLine, flags: &[(bool, &str)]) {
    for (is_typed, option) in flags {
        if *is_typed {
            line.flag(option);
        }
    }
}

fn octets(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

fn seconds(time: Duration) -> String {
    time.as_secs_f64().to_string()
}
