//! Which proxy a request goes through, if any, and what that proxy is told. Nothing here connects.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

use super::head::{Head, Header};
use super::login::Login;
use super::trust::Roots;
use super::url::Url;

/// What is meant where a proxy names no port, as with curl.
const PORT: u16 = 1080;

/// What cannot be a proxy. It does not show the text, which may hold a password.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("expected [SCHEME://][USER:PASSWORD@]HOST[:PORT], found {found}")]
pub struct ProxyError {
    found: String,
}

/// What a proxy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyScheme {
    /// HTTP.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS 4: it is given an IPv4 address.
    Socks4,
    /// SOCKS 4a: it is given a name.
    Socks4a,
    /// SOCKS 5, and it is given an address.
    Socks5,
    /// SOCKS 5, and it is given a name.
    Socks5h,
}

impl ProxyScheme {
    /// Whether it speaks a version of SOCKS.
    #[must_use]
    pub fn is_socks(self) -> bool {
        !matches!(self, Self::Http | Self::Https)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    /// As curl reads it.
    fn of(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "http" => Self::Http,
            "https" => Self::Https,
            "socks" | "socks4" => Self::Socks4,
            "socks4a" => Self::Socks4a,
            "socks5" => Self::Socks5,
            "socks5h" => Self::Socks5h,
            _ => return None,
        })
    }
}

/// A proxy. Its credentials are no part of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    scheme: ProxyScheme,
    /// An IPv6 address in brackets.
    host: String,
    port: u16,
    credentials: Option<Login>,
}

impl Proxy {
    /// What it speaks.
    #[must_use]
    pub fn scheme(&self) -> ProxyScheme {
        self.scheme
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Host and port, as messages have it.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// What it is told about who asks.
    #[must_use]
    pub fn credentials(&self) -> Option<&Login> {
        self.credentials.as_ref()
    }

    /// The same proxy with these credentials, if it had none.
    #[must_use]
    pub fn or_credentials(self, credentials: Option<Login>) -> Self {
        Self {
            credentials: self.credentials.or(credentials),
            ..self
        }
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    /// As curl reads it: without a scheme it is `http://`, user and password are percent-decoded, a path is left out.
    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let refuse = |found: &str| ProxyError {
            found: found.to_owned(),
        };
        let (scheme, rest) = match text.trim().split_once("://") {
            Some((scheme, rest)) => (
                ProxyScheme::of(scheme)
                    .ok_or_else(|| refuse("a scheme other than http, https and socks4 to 5h"))?,
                rest,
            ),
            None => (ProxyScheme::Http, text.trim()),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if path.contains('@') {
            return Err(refuse(
                "a password with /, ? or #: they are %2F, %3F and %23",
            ));
        }
        let (credentials, place) = match authority.rsplit_once('@') {
            Some((credentials, place)) => (Some(Login::decoded(credentials)), place),
            None => (None, authority),
        };
        let host_end = place.find(']').map_or(0, |bracket| bracket + 1);
        let host_end = place[host_end..]
            .find(':')
            .map_or(place.len(), |colon| host_end + colon);
        let (host, port) = place.split_at(host_end);
        let port = match port.strip_prefix(':') {
            None | Some("") if scheme == ProxyScheme::Https => 443,
            None | Some("") => PORT,
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .ok_or_else(|| refuse("a port that is none"))?,
        };
        let url: Option<Url> = Some(host)
            .filter(|host| !host.is_empty())
            .and_then(|host| format!("http://{host}/").parse().ok());
        let host = url.ok_or_else(|| refuse("no host"))?.host().to_owned();
        Ok(Self {
            scheme,
            host,
            port,
            credentials,
        })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

/// Hosts that are reached without a proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bypass(Vec<Exempt>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Exempt {
    All,
    /// That name, and all that end in a dot and it.
    Domain(String),
    Addresses(IpAddr, u32),
}

impl Bypass {
    /// The hosts of a list, as curl reads it: names and addresses between commas or blanks, or `*` alone for all. A name
    /// stands for all below it, with a dot in front or not; an address may be a network, as in `192.168.0.0/16`. A name
    /// with a port is no host's.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        if list.trim() == "*" {
            return Self(vec![Exempt::All]);
        }
        let items = list.split([',', ' ', '\t']).filter(|item| !item.is_empty());
        Self(items.filter_map(Exempt::of).collect())
    }

    /// Whether that host, as a URL has it, is reached without a proxy.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        let address = address(host);
        let name = host.strip_suffix('.').unwrap_or(host);
        self.0.iter().any(|exempt| match (exempt, address) {
            (Exempt::All, _) => true,
            (Exempt::Domain(domain), None) => {
                let start = name.len().checked_sub(domain.len());
                start.is_some_and(|start| {
                    let is_whole = start == 0 || name.as_bytes()[start - 1] == b'.';
                    is_whole && name.as_bytes()[start..].eq_ignore_ascii_case(domain.as_bytes())
                })
            }
            (Exempt::Addresses(network, bits), Some(address)) => {
                is_within(address, *network, *bits)
            }
            (Exempt::Domain(_), Some(_)) | (Exempt::Addresses(..), None) => false,
        })
    }
}

impl Exempt {
    fn of(item: &str) -> Option<Self> {
        let (place, bits) = match item.split_once('/') {
            Some((place, bits)) => (place, Some(bits)),
            None => (item, None),
        };
        let Some(network) = address(place) else {
            let name = item.strip_prefix('.').unwrap_or(item);
            let name = name.strip_suffix('.').unwrap_or(name);
            return (!name.is_empty()).then(|| Self::Domain(name.to_owned()));
        };
        let all = if network.is_ipv4() { 32 } else { 128 };
        let bits: u32 = match bits {
            None => all,
            Some(bits) => bits.parse().ok()?,
        };
        // As with curl, a network of no bits is the address alone, and not all addresses.
        let bits = if bits == 0 { all } else { bits };
        (bits <= all).then_some(Self::Addresses(network, bits))
    }
}

/// The address that a host is, in brackets or not.
fn address(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok(),
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// Which proxy each request goes through.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// The one for `http` URLs.
    pub http: Option<Proxy>,
    /// The one for `https` URLs.
    pub https: Option<Proxy>,
    /// Who is reached without.
    pub bypass: Bypass,
    /// An HTTP proxy is asked for a connection (CONNECT) for `http` URLs, too.
    pub tunnels_all: bool,
    /// Fields for HTTP proxies; one named `Host`, `Proxy-Authorization` or `User-Agent` stands instead of ours.
    pub headers: Vec<Header>,
    /// CONNECT is sent without the request's `User-Agent`.
    pub hides_agent: bool,
    /// Which certificates vouch for an `https` proxy.
    pub roots: Roots,
    /// Whether any certificate will do for one.
    pub insecure: bool,
}

/// How a request gets to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage<'a> {
    /// Over a connection of its own.
    Direct,
    /// An HTTP proxy makes it.
    Forward(&'a Proxy),
    /// A proxy makes a connection, over which it goes.
    Tunnel(&'a Proxy),
}

impl Proxies {
    /// The proxy for that URL.
    #[must_use]
    pub fn of(&self, url: &Url) -> Option<&Proxy> {
        let proxy = if url.is_https() {
            &self.https
        } else {
            &self.http
        };
        proxy.as_ref().filter(|_| !self.bypass.covers(url.host()))
    }

    pub(super) fn route(&self, url: &Url) -> Passage<'_> {
        match self.of(url) {
            None => Passage::Direct,
            Some(proxy) if proxy.scheme.is_socks() || url.is_https() || self.tunnels_all => {
                Passage::Tunnel(proxy)
            }
            Some(proxy) => Passage::Forward(proxy),
        }
    }

    /// That head as it goes out: to an HTTP proxy that makes the request, with the whole URL and with what is for the
    /// proxy; otherwise as it is.
    #[must_use]
    pub fn outgoing(&self, head: &Head) -> Head {
        match self.route(head.url()) {
            Passage::Forward(proxy) if self.has("User-Agent") => {
                head.without("User-Agent").for_proxy(&self.fields(proxy))
            }
            Passage::Forward(proxy) => head.for_proxy(&self.fields(proxy)),
            Passage::Direct | Passage::Tunnel(_) => head.clone(),
        }
    }

    /// What asks an HTTP proxy for the connection over which that head is to go (RFC 9110 section 9.3.6), `None` if
    /// nothing does. Of the head's fields it has only the `User-Agent`.
    #[must_use]
    pub fn connect_head(&self, head: &Head) -> Option<Vec<u8>> {
        let proxy = match self.route(head.url()) {
            Passage::Tunnel(proxy) if !proxy.scheme.is_socks() => proxy,
            Passage::Tunnel(_) | Passage::Direct | Passage::Forward(_) => return None,
        };
        let target = target(head.url());
        let mut bytes = format!("CONNECT {target} HTTP/1.1\r\n").into_bytes();
        if !self.has("Host") {
            bytes.extend_from_slice(format!("Host: {target}\r\n").as_bytes());
        }
        let mut fields = self.fields(proxy);
        let is_hidden = self.hides_agent || self.has("User-Agent");
        let agent = head
            .fields()
            .find(|field| field.is("User-Agent") && !is_hidden);
        fields.extend(agent.cloned());
        for field in fields {
            field.write_to(&mut bytes);
        }
        bytes.extend_from_slice(b"\r\n");
        Some(bytes)
    }

    /// The fields that are for the proxy.
    fn fields(&self, proxy: &Proxy) -> Vec<Header> {
        let own = proxy
            .credentials()
            .filter(|_| !self.has("Proxy-Authorization"))
            .map(|Login { user, password }| Header::proxy_basic(&format!("{user}:{password}")));
        own.into_iter()
            .chain(self.headers.iter().cloned())
            .collect()
    }

    /// Whether a field of that name was given for the proxy.
    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header.is(name))
    }

    /// Whether a proxy is told who asks.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        let mut proxies = [&self.http, &self.https].into_iter().flatten();
        proxies.any(|proxy| self.authorizes(proxy))
    }

    /// Whether that proxy is told who asks.
    pub(super) fn authorizes(&self, proxy: &Proxy) -> bool {
        let is_given = !proxy.scheme.is_socks() && self.has("Proxy-Authorization");
        proxy.credentials.is_some() || is_given
    }
}

/// Host and port of a URL, the port always.
pub(super) fn target(url: &Url) -> String {
    format!("{}:{}", url.host(), url.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(text: &str) -> Proxy {
        text.parse().unwrap()
    }

    #[test]
    fn a_proxy_is_read_as_curl_reads_it() {
        for (text, shown, credentials) in [
            ("h", "http://h:1080", None),
            ("h:3128", "http://h:3128", None),
            ("HTTP://H:80/path?query", "http://h:80", None),
            ("https://h", "https://h:443", None),
            ("https://h:8443/", "https://h:8443", None),
            ("socks://h", "socks4://h:1080", None),
            ("socks4a://h:9", "socks4a://h:9", None),
            ("socks5://127.0.0.1", "socks5://127.0.0.1:1080", None),
            ("socks5h://[::1]:9050", "socks5h://[::1]:9050", None),
            ("[::1]", "http://[::1]:1080", None),
            ("me:se%3Acret@h:1", "http://h:1", Some(("me", "se:cret"))),
            ("http://me@h", "http://h:1080", Some(("me", ""))),
            ("http://m%40e:a@b@h", "http://h:1080", Some(("m@e", "a@b"))),
        ] {
            let parsed = proxy(text);
            assert_eq!(parsed.to_string(), shown, "{text}");
            let found = parsed.credentials();
            let found = found.map(|found| (found.user.as_str(), found.password.as_str()));
            assert_eq!(found, credentials, "{text}");
        }
    }

    #[test]
    fn x3_what_is_no_proxy_is_refused_without_being_shown() {
        for text in [
            "",
            "http://",
            "ftp://me:secret@h",
            "me:secret@",
            "me:secret@h:port",
            "me:secret@h:0",
            "me:secret@h:99999",
            "me:sec/secret@h",
            "me:secret@[::1",
            "me:secret@a b",
        ] {
            let error = text.parse::<Proxy>().unwrap_err().to_string();
            assert!(!error.contains("secret"), "{text}: {error}");
        }
        assert!(!format!("{:?}", proxy("me:secret@h")).contains("secret"));
    }

    #[test]
    fn hosts_are_reached_without_a_proxy_as_with_curl() {
        for (list, covered, others) in [
            ("*", &["h", "1.2.3.4", "[::1]"][..], &[][..]),
            ("*,a", &[], &["h"]),
            ("", &[], &["h", ""]),
            (
                "example.com",
                &[
                    "example.com",
                    "www.example.com",
                    "EXAMPLE.com",
                    "example.com.",
                ],
                &["notexample.com", "example.com.org", "com"],
            ),
            (
                ".example.com",
                &["example.com", "www.example.com"],
                &["aexample.com"],
            ),
            ("example.com.", &["example.com"], &[]),
            ("a, b c,,d", &["a", "b", "c", "x.d"], &["ab"]),
            ("localhost:9", &[], &["localhost"]),
            (
                "127.0.0.1",
                &["127.0.0.1"],
                &["127.0.0.2", "x.127.0.0.1.nip.io"],
            ),
            ("10.0.0.0/8", &["10.1.2.3"], &["11.0.0.0", "[::1]", "10.h"]),
            ("192.168.1.0/25", &["192.168.1.127"], &["192.168.1.128"]),
            ("10.0.0.1/33,10.0.0.1/x", &[], &["10.0.0.1"]),
            ("10.0.0.1/0", &["10.0.0.1"], &["10.0.0.2"]),
            ("::1", &["[::1]"], &["[::2]"]),
            ("[::1]", &["[::1]"], &["[::2]"]),
            (
                "2001:db8::/32",
                &["[2001:db8:1::2]"],
                &["[2001:db9::]", "1.2.3.4"],
            ),
        ] {
            let bypass = Bypass::parse(list);
            for host in covered {
                assert!(bypass.covers(host), "{list} covers {host}");
            }
            for host in others {
                assert!(!bypass.covers(host), "{list} does not cover {host}");
            }
        }
    }

    fn head(url: &str) -> Head {
        let fields = vec![
            Header::new("User-Agent", "a").unwrap().for_any_origin(),
            Header::basic("origin:secret"),
        ];
        Head::new("POST", url.parse().unwrap(), fields).unwrap()
    }

    fn through(proxy: &str) -> Proxies {
        Proxies {
            http: Some(proxy.parse().unwrap()),
            https: Some(proxy.parse().unwrap()),
            ..Proxies::default()
        }
    }

    fn written(proxies: &Proxies, url: &str) -> (String, String) {
        use crate::send::head::Framing;
        let head = head(url);
        let connect = proxies.connect_head(&head).unwrap_or_default();
        let bytes = proxies.outgoing(&head).to_bytes(Framing::Empty);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(connect), text(bytes))
    }

    #[test]
    fn a_proxy_that_makes_the_request_is_told_the_whole_url() {
        let (connect, head) = written(&through("p:q@h:1"), "http://o/u?v");
        assert_eq!(connect, "");
        assert_eq!(
            head,
            "POST http://o/u?v HTTP/1.1\r\nHost: o\r\nUser-Agent: a\r\n\
             Authorization: Basic b3JpZ2luOnNlY3JldA==\r\nProxy-Authorization: Basic cDpx\r\n\r\n"
        );
    }

    #[test]
    fn a_proxy_that_connects_is_told_where_to_and_nothing_of_the_request() {
        const ORIGIN: &str = "POST /u HTTP/1.1\r\nHost: o\r\nUser-Agent: a\r\n\
                              Authorization: Basic b3JpZ2luOnNlY3JldA==\r\n\r\n";
        let (connect, head) = written(&through("p:q@h:1"), "https://o/u");
        assert_eq!(
            connect,
            "CONNECT o:443 HTTP/1.1\r\nHost: o:443\r\nProxy-Authorization: Basic cDpx\r\nUser-Agent: a\r\n\r\n"
        );
        assert_eq!(head, ORIGIN);

        let mut proxies = through("h:1");
        proxies.tunnels_all = true;
        proxies.headers = vec![
            Header::new("User-Agent", "b").unwrap(),
            Header::new("Proxy-Authorization", "Bearer x").unwrap(),
        ];
        let (connect, head) = written(&proxies, "http://o/u");
        assert_eq!(
            connect,
            "CONNECT o:80 HTTP/1.1\r\nHost: o:80\r\nUser-Agent: b\r\nProxy-Authorization: Bearer x\r\n\r\n"
        );
        assert_eq!(head, ORIGIN);

        proxies.tunnels_all = false;
        let (_, head) = written(&proxies, "http://o/u");
        assert_eq!(
            head,
            "POST http://o/u HTTP/1.1\r\nHost: o\r\nAuthorization: Basic b3JpZ2luOnNlY3JldA==\r\n\
             User-Agent: b\r\nProxy-Authorization: Bearer x\r\n\r\n"
        );

        let (connect, head) = written(&through("socks5h://p:q@h:1"), "http://o/u");
        assert_eq!((connect.as_str(), head.as_str()), ("", ORIGIN));
    }

    #[test]
    fn each_url_has_its_own_proxy_or_none() {
        let mut proxies = through("a:1");
        proxies.https = Some(proxy("socks5://b:2"));
        proxies.bypass = Bypass::parse("inside");
        for (url, expected) in [
            ("http://h/", Some("http://a:1")),
            ("https://h/", Some("socks5://b:2")),
            ("http://inside/", None),
            ("https://very.inside:8443/", None),
        ] {
            let found = proxies.of(&url.parse().unwrap()).map(ToString::to_string);
            assert_eq!(found.as_deref(), expected, "{url}");
        }
        assert!(
            Proxies::default()
                .of(&"http://h/".parse().unwrap())
                .is_none()
        );
    }
}
