//! How a server is reached where its name alone does not say it: curl's `--resolve`, `--connect-to`, `-4`, `-6`,
//! `--interface` and `--unix-socket`.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
#[cfg(unix)]
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// The way to a server. None of it changes what the server is called, in the request or in TLS.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// Where connections go instead: the first that fits counts.
    pub detours: Vec<Detour>,
    /// Addresses that are known already: the last that fits counts, one for a host before one for any.
    pub pinned: Vec<Pinned>,
    /// Which addresses are of use.
    pub family: Family,
    /// Where connections come from.
    pub interface: Option<Interface>,
    /// A socket of this machine that every connection goes to.
    #[cfg(unix)]
    pub unix_socket: Option<PathBuf>,
}

impl Route {
    /// Host and port that are connected to for these; an IPv6 address without brackets.
    pub(super) fn destination(&self, host: &str, port: u16) -> (String, u16) {
        match self.detours.iter().find(|detour| detour.fits(host, port)) {
            Some(Detour { to, .. }) => (
                to.0.clone().unwrap_or_else(|| host.to_owned()),
                to.1.unwrap_or(port),
            ),
            None => (host.to_owned(), port),
        }
    }

    /// The addresses of host and port, if they are known already.
    pub(super) fn known(&self, host: &str, port: u16) -> Option<Vec<SocketAddr>> {
        let of_port = || self.pinned.iter().rev().filter(|pin| pin.port == port);
        let pin = of_port()
            .find(|pin| {
                pin.host
                    .as_ref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(host))
            })
            .or_else(|| of_port().find(|pin| pin.host.is_none()))?;
        let addresses = pin.addresses.iter();
        Some(
            addresses
                .map(|address| SocketAddr::new(*address, port))
                .collect(),
        )
    }

    /// Why an address is of no use.
    pub(super) fn objection(&self, address: &SocketAddr) -> Option<&'static str> {
        let from = match &self.interface {
            Some(Interface::Address(from)) => Some(from.is_ipv4()),
            Some(Interface::Name(_)) | None => None,
        };
        match (self.family, address.is_ipv4()) {
            (Family::V4, false) => Some("no IPv4 address"),
            (Family::V6, true) => Some("no IPv6 address"),
            (_, is_v4) if from == Some(!is_v4) => {
                Some("no address that can be reached from the given one")
            }
            _ => None,
        }
    }
}

/// A text that says nothing of the way to a server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, found {found:?}")]
pub struct RouteError {
    expected: &'static str,
    found: String,
}

impl RouteError {
    fn new(expected: &'static str, found: &str) -> Self {
        let found = found.to_owned();
        Self { expected, found }
    }
}

/// Which addresses are of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// All.
    #[default]
    Any,
    /// Those of IPv4.
    V4,
    /// Those of IPv6.
    V6,
}

/// Where connections come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interface {
    /// An address of this machine.
    Address(IpAddr),
    /// A network interface.
    Name(String),
}

impl FromStr for Interface {
    type Err = RouteError;

    /// As curl reads it: `if!` in front of a name says that it is an interface's, `host!` that it is an address.
    fn from_str(text: &str) -> Result<Self, RouteError> {
        if let Some(address) = text.strip_prefix("host!") {
            return match bare(address).parse() {
                Ok(address) => Ok(Self::Address(address)),
                Err(_) => Err(RouteError::new("an address", address)),
            };
        }
        let is_named = text.starts_with("if!");
        let name = text.strip_prefix("if!").unwrap_or(text);
        match bare(name).parse() {
            Ok(address) if !is_named => Ok(Self::Address(address)),
            _ if name.is_empty() => Err(RouteError::new("an interface or an address", text)),
            _ => Ok(Self::Name(name.to_owned())),
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// The addresses of a host at a port: `HOST:PORT:ADDRESS[,ADDRESS]…`, `*` being any host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    host: Option<String>,
    port: u16,
    addresses: Vec<IpAddr>,
}

impl FromStr for Pinned {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        const FORM: &str = "HOST:PORT:ADDRESS, such as example.com:443:127.0.0.1";
        let expected = || RouteError::new(FORM, text);
        // curl forgets such an entry after a minute, and an upload that takes so long has connected before.
        let entry = text.strip_prefix('+').unwrap_or(text);
        let (host, rest) = host_and_rest(entry).ok_or_else(expected)?;
        let (port, addresses) = rest.split_once(':').ok_or_else(expected)?;
        let addresses: Result<Vec<IpAddr>, _> = addresses
            .split(',')
            .map(|address| bare(address).parse())
            .collect();
        Ok(Self {
            host: match host {
                "" => return Err(expected()),
                "*" => None,
                host => Some(host.to_owned()),
            },
            port: port.parse().map_err(|_| expected())?,
            addresses: addresses.map_err(|_| expected())?,
        })
    }
}

impl fmt::Display for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_deref().map_or(String::from("*"), bracketed);
        let addresses = self.addresses.iter();
        let addresses: Vec<String> = addresses
            .map(|address| bracketed(&address.to_string()))
            .collect();
        write!(f, "{host}:{}:{}", self.port, addresses.join(","))
    }
}

/// Where to connect to instead: `HOST1:PORT1:HOST2:PORT2`, the first two being any and the others the same if they are
/// empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detour {
    from: (Option<String>, Option<u16>),
    to: (Option<String>, Option<u16>),
}

impl Detour {
    fn fits(&self, host: &str, port: u16) -> bool {
        let (from_host, from_port) = &self.from;
        from_host
            .as_ref()
            .is_none_or(|from| from.eq_ignore_ascii_case(host))
            && from_port.is_none_or(|from| from == port)
    }
}

impl FromStr for Detour {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        const FORM: &str =
            "HOST1:PORT1:HOST2:PORT2, such as example.com:443:localhost:8443 or ::localhost:";
        let expected = || RouteError::new(FORM, text);
        let some = |host: &str| (!host.is_empty()).then(|| host.to_owned());
        let port = |text: &str| match text {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| expected()),
        };
        let (from_host, rest) = host_and_rest(text).ok_or_else(expected)?;
        let (from_port, to) = rest.split_once(':').ok_or_else(expected)?;
        let (to_host, to_port) = host_and_rest(to).ok_or_else(expected)?;
        Ok(Self {
            from: (some(from_host), port(from_port)?),
            to: (some(to_host), port(to_port)?),
        })
    }
}

impl fmt::Display for Detour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |(host, port): &(Option<String>, Option<u16>)| {
            let host = host.as_deref().map(bracketed).unwrap_or_default();
            let port = port.map(|port| port.to_string()).unwrap_or_default();
            format!("{host}:{port}")
        };
        write!(f, "{}:{}", place(&self.from), place(&self.to))
    }
}

/// A host as it stands before a colon.
fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

/// What stands before a colon, and after it; an IPv6 address in brackets is one, and loses them.
fn host_and_rest(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('[') {
        Some(bracketed) => {
            let (address, rest) = bracketed.split_once(']')?;
            let _: Ipv6Addr = address.parse().ok()?;
            Some((address, rest.strip_prefix(':')?))
        }
        None => text.split_once(':'),
    }
}

/// An address without its brackets.
pub(super) fn bare(address: &str) -> &str {
    let inner = address.strip_prefix('[');
    inner
        .and_then(|inner| inner.strip_suffix(']'))
        .unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(detours: &[&str], pinned: &[&str]) -> Route {
        Route {
            detours: detours.iter().map(|text| text.parse().unwrap()).collect(),
            pinned: pinned.iter().map(|text| text.parse().unwrap()).collect(),
            ..Route::default()
        }
    }

    #[test]
    fn a_detour_is_taken_where_it_fits() {
        for (detours, host, port, destination) in [
            (&["a:1:b:2"][..], "a", 1, ("b", 2)),
            (&["a:1:b:2"], "A", 1, ("b", 2)),
            (&["a:1:b:2"], "a", 2, ("a", 2)),
            (&["a:1:b:2"], "b", 1, ("b", 1)),
            (&["a::b:"], "a", 7, ("b", 7)),
            (&["::b:"], "x", 7, ("b", 7)),
            (&[":7::8"], "x", 7, ("x", 8)),
            (&[":::"], "x", 7, ("x", 7)),
            (&["[::1]:1:[::2]:2"], "::1", 1, ("::2", 2)),
            (&["a:1:b:2", "a:1:c:3"], "a", 1, ("b", 2)),
            (&["x:1:b:2", "a::c:3"], "a", 1, ("c", 3)),
        ] {
            let found = route(detours, &[]).destination(host, port);
            assert_eq!(
                found,
                (destination.0.to_owned(), destination.1),
                "{detours:?}"
            );
        }
    }

    #[test]
    fn the_last_pin_counts_and_a_hosts_own_before_anys() {
        for (pinned, host, port, addresses) in [
            (&["a:1:127.0.0.1"][..], "A", 1, &["127.0.0.1:1"][..]),
            (&["a:1:127.0.0.1"], "a", 2, &[]),
            (
                &["a:1:127.0.0.1,[::1],::2"],
                "a",
                1,
                &["127.0.0.1:1", "[::1]:1", "[::2]:1"],
            ),
            (
                &["a:1:127.0.0.1", "a:1:127.0.0.2"],
                "a",
                1,
                &["127.0.0.2:1"],
            ),
            (
                &["a:1:127.0.0.1", "*:1:127.0.0.2"],
                "a",
                1,
                &["127.0.0.1:1"],
            ),
            (
                &["a:1:127.0.0.1", "*:1:127.0.0.2"],
                "b",
                1,
                &["127.0.0.2:1"],
            ),
            (&["+[::1]:1:127.0.0.1"], "::1", 1, &["127.0.0.1:1"]),
        ] {
            let found = route(&[], pinned).known(host, port).unwrap_or_default();
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, addresses, "{pinned:?}");
        }
    }

    #[test]
    fn pins_and_detours_are_written_as_they_are_read() {
        for text in ["a:1:127.0.0.1,[::1]", "*:1:127.0.0.2", "[::1]:1:127.0.0.1"] {
            assert_eq!(text.parse::<Pinned>().unwrap().to_string(), text);
        }
        for text in ["a:1:b:2", "::b:", ":7::8", ":::", "[::1]:1:[::2]:2"] {
            assert_eq!(text.parse::<Detour>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_pin_and_no_detour_is_refused() {
        for text in [
            "",
            "a",
            "a:1",
            "a:1:",
            "a:x:::1",
            "a:1:b",
            ":1:::1",
            "[a]:1:::1",
            "a:1:::1,",
        ] {
            assert!(text.parse::<Pinned>().is_err(), "{text}");
        }
        for text in [
            "",
            "a",
            "a:1",
            "a:1:b",
            "a:x:b:2",
            "a:1:b:x",
            "[a]:1:b:2",
            "a:99999:b:2",
        ] {
            assert!(text.parse::<Detour>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_interface_is_an_address_if_it_can_be_one() {
        for (text, interface) in [
            ("127.0.0.1", Some(Interface::Address([127, 0, 0, 1].into()))),
            (
                "[::1]",
                Some(Interface::Address(Ipv6Addr::LOCALHOST.into())),
            ),
            (
                "host!::1",
                Some(Interface::Address(Ipv6Addr::LOCALHOST.into())),
            ),
            ("eth0", Some(Interface::Name(String::from("eth0")))),
            ("if!eth0", Some(Interface::Name(String::from("eth0")))),
            ("host!eth0", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), interface, "{text}");
        }
    }
}
