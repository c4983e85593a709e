//! What is said to a SOCKS proxy, and what it says: octets only, no connection.
//!
//! Version 4 and 4a have no RFC; version 5 is RFC 1928, its user names and passwords RFC 1929.

use std::net::{IpAddr, Ipv4Addr};

use crate::send::login::Login;

/// Where a proxy is to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) host: Host,
    pub(super) port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    /// Resolved by the proxy.
    Name(String),
}

/// The longest text that fits behind an octet of length.
pub(super) const LONGEST: usize = 255;

/// What a proxy's answer means so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer<T> {
    /// There is too little of it.
    Incomplete,
    /// It is whole, and so many octets long.
    Whole(T, usize),
    /// No proxy of that version says so.
    Nonsense(&'static str),
}

/// A reply to the request itself: its code, and what it stands for unless that is *granted*.
pub(super) type Reply = Option<(u8, &'static str)>;

/// How a proxy of version 5 wants to be told who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    NotAtAll,
    Password,
    /// In no way that was offered.
    None,
}

const VERSION_4: u8 = 4;
const VERSION_5: u8 = 5;
const CONNECT: u8 = 1;

/// The first word: which ways of telling who asks there are.
pub(super) fn greeting(has_credentials: bool) -> Vec<u8> {
    if has_credentials {
        vec![VERSION_5, 2, 0, 2]
    } else {
        vec![VERSION_5, 1, 0]
    }
}

/// The answer to [`greeting`].
pub(super) fn method(input: &[u8]) -> Answer<Method> {
    match *input {
        [version, ..] if version != VERSION_5 => Answer::Nonsense("expected version 5"),
        [_, 0, ..] => Answer::Whole(Method::NotAtAll, 2),
        [_, 2, ..] => Answer::Whole(Method::Password, 2),
        [_, 0xff, ..] => Answer::Whole(Method::None, 2),
        [_, _, ..] => Answer::Nonsense("it chose a method that was not offered"),
        _ => Answer::Incomplete,
    }
}

/// User name and password, each of at most [`LONGEST`] octets.
pub(super) fn login(login: &Login) -> Vec<u8> {
    let mut octets = vec![1];
    push_text(&mut octets, &login.user);
    push_text(&mut octets, &login.password);
    octets
}

/// The answer to [`login`]: whether it was good.
pub(super) fn welcome(input: &[u8]) -> Answer<bool> {
    match *input {
        // Some proxies answer with the version of SOCKS instead of that of the login.
        [version, ..] if version != 1 && version != VERSION_5 => {
            Answer::Nonsense("expected a version 1 of the login")
        }
        [_, status, ..] => Answer::Whole(status == 0, 2),
        _ => Answer::Incomplete,
    }
}

/// The request of version 5. A name has at most [`LONGEST`] octets.
pub(super) fn request_5(destination: &Destination) -> Vec<u8> {
    let mut octets = vec![VERSION_5, CONNECT, 0];
    match &destination.host {
        Host::Address(IpAddr::V4(address)) => {
            octets.push(1);
            octets.extend(address.octets());
        }
        Host::Name(name) => {
            octets.push(3);
            push_text(&mut octets, name);
        }
        Host::Address(IpAddr::V6(address)) => {
            octets.push(4);
            octets.extend(address.octets());
        }
    }
    octets.extend(destination.port.to_be_bytes());
    octets
}

/// The answer to [`request_5`].
pub(super) fn reply_5(input: &[u8]) -> Answer<Reply> {
    let (code, address_length) = match *input {
        [version, ..] if version != VERSION_5 => return Answer::Nonsense("expected version 5"),
        [_, code, _, 1, ..] => (code, 4),
        [_, code, _, 3, length, ..] => (code, 1 + usize::from(length)),
        [_, code, _, 4, ..] => (code, 16),
        [_, _, _, 3] | [_] | [_, _] | [_, _, _] | [] => return Answer::Incomplete,
        // What has gone wrong counts more than where.
        [_, code, _, _, ..] if code != 0 => return Answer::Whole(Some(named_5(code)), 4),
        [..] => return Answer::Nonsense("it connected to an address of no known type"),
    };
    let length = 4 + address_length + 2;
    if code != 0 {
        Answer::Whole(Some(named_5(code)), input.len())
    } else if input.len() < length {
        Answer::Incomplete
    } else {
        Answer::Whole(None, length)
    }
}

fn named_5(code: u8) -> (u8, &'static str) {
    let reason = match code {
        1 => "the proxy failed",
        2 => "its rules do not allow it",
        3 => "the network cannot be reached",
        4 => "the host cannot be reached",
        5 => "the connection was refused",
        6 => "it takes too many hops",
        7 => "it does not know the command",
        8 => "it does not know that type of address",
        _ => "for a reason of its own",
    };
    (code, reason)
}

/// The request of version 4, and with a name that of 4a. `user` and a name hold no NUL.
pub(super) fn request_4(port: u16, host: Host4<'_>, user: &str) -> Vec<u8> {
    /// What no host has: the name follows.
    const NONE: Ipv4Addr = Ipv4Addr::new(0, 0, 0, 1);
    let mut octets = vec![VERSION_4, CONNECT];
    octets.extend(port.to_be_bytes());
    let (address, name) = match host {
        Host4::Address(address) => (address, None),
        Host4::Name(name) => (NONE, Some(name)),
    };
    octets.extend(address.octets());
    octets.extend(user.bytes());
    octets.push(0);
    if let Some(name) = name {
        octets.extend(name.bytes());
        octets.push(0);
    }
    octets
}

/// Where a proxy of version 4 can connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host4<'a> {
    Address(Ipv4Addr),
    Name(&'a str),
}

/// The answer to [`request_4`].
pub(super) fn reply_4(input: &[u8]) -> Answer<Reply> {
    const LENGTH: usize = 8;
    let reason = match *input {
        [version, ..] if version != 0 => {
            return Answer::Nonsense("expected a reply of version 0");
        }
        [_, 90, ..] if input.len() >= LENGTH => return Answer::Whole(None, LENGTH),
        [_, 90, ..] | [_] | [] => return Answer::Incomplete,
        [_, 91, ..] => "it rejected it, or failed",
        [_, 92, ..] => "it cannot ask who we are (identd)",
        [_, 93, ..] => "we are somebody else (identd)",
        [..] => return Answer::Nonsense("expected a reply from 90 to 93"),
    };
    Answer::Whole(Some((input[1], reason)), input.len())
}

/// A text behind its length. What is longer has been refused before, and is cut here.
fn push_text(octets: &mut Vec<u8>, text: &str) {
    let text = &text.as_bytes()[..text.len().min(LONGEST)];
    octets.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    octets.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    fn to(host: Host) -> Destination {
        Destination { host, port: 443 }
    }

    #[test]
    fn rfc_1928_the_requests_are_these_octets() {
        assert_eq!(greeting(false), [5, 1, 0]);
        assert_eq!(greeting(true), [5, 2, 0, 2]);
        assert_eq!(login(&Login::new("me", "")), b"\x01\x02me\x00");
        let name = Host::Name(String::from("h.example"));
        assert_eq!(
            request_5(&to(name)),
            b"\x05\x01\x00\x03\x09h.example\x01\xbb"
        );
        let address = Host::Address(IpAddr::V4(Ipv4Addr::new(1, 2, 3, 4)));
        assert_eq!(
            request_5(&to(address)),
            [5, 1, 0, 1, 1, 2, 3, 4, 0x01, 0xbb]
        );
        let address = Host::Address(IpAddr::V6(Ipv6Addr::LOCALHOST));
        let request = request_5(&to(address));
        assert_eq!(request[..4], [5, 1, 0, 4]);
        assert_eq!(request[4..20], Ipv6Addr::LOCALHOST.octets());
        assert_eq!(request.len(), 22);
    }

    #[test]
    fn socks_4_and_4a_requests_are_these_octets() {
        let address = Host4::Address(Ipv4Addr::new(1, 2, 3, 4));
        assert_eq!(
            request_4(80, address, "me"),
            b"\x04\x01\x00\x50\x01\x02\x03\x04me\x00"
        );
        assert_eq!(
            request_4(80, Host4::Name("h"), ""),
            b"\x04\x01\x00\x50\x00\x00\x00\x01\x00h\x00"
        );
    }

    #[test]
    fn an_answer_is_whole_exactly_when_it_is() {
        for (reply, length) in [
            (&b"\x05\x00\x00\x01\x01\x02\x03\x04\x00\x50"[..], 10),
            (b"\x05\x00\x00\x03\x01h\x00\x50", 8),
            (b"\x05\x00\x00\x03\x00\x00\x50", 7),
            (b"\x05\x00\x00\x04aaaaaaaaaaaaaaaa\x00\x50", 22),
        ] {
            for end in 0..length {
                assert_eq!(
                    reply_5(&reply[..end]),
                    Answer::Incomplete,
                    "{reply:?} {end}"
                );
            }
            assert_eq!(reply_5(reply), Answer::Whole(None, length));
            let more = [reply, b"more"].concat();
            assert_eq!(reply_5(&more), Answer::Whole(None, length));
        }
        let granted = b"\x00\x5a\x00\x00\x00\x00\x00\x00";
        for end in 0..8 {
            assert_eq!(reply_4(&granted[..end]), Answer::Incomplete);
        }
        assert_eq!(reply_4(granted), Answer::Whole(None, 8));
    }

    #[test]
    fn a_refusal_is_told_by_its_code() {
        for (code, word) in [
            (1, "failed"),
            (2, "rules"),
            (3, "network"),
            (4, "host"),
            (5, "refused"),
            (6, "hops"),
            (7, "command"),
            (8, "type of address"),
            (77, "of its own"),
        ] {
            let Answer::Whole(Some((found, reason)), _) = reply_5(&[5, code, 0, 1]) else {
                panic!("{code}");
            };
            assert_eq!(found, code);
            assert!(reason.contains(word), "{code}: {reason}");
        }
        for code in [91, 92, 93] {
            let answer = reply_4(&[0, code]);
            assert!(matches!(answer, Answer::Whole(Some((found, _)), _) if found == code));
        }
    }

    #[test]
    fn what_no_proxy_says_is_nonsense() {
        let http = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        assert!(matches!(method(http), Answer::Nonsense(_)));
        assert!(matches!(welcome(http), Answer::Nonsense(_)));
        assert!(matches!(reply_5(http), Answer::Nonsense(_)));
        assert!(matches!(reply_4(http), Answer::Nonsense(_)));
        assert!(matches!(method(&[5, 1]), Answer::Nonsense(_)));
        assert!(matches!(reply_5(&[5, 0, 0, 9]), Answer::Nonsense(_)));
        assert!(matches!(reply_4(&[0, 89]), Answer::Nonsense(_)));
        assert_eq!(method(&[5, 0xff]), Answer::Whole(Method::None, 2));
        assert_eq!(welcome(&[1, 0]), Answer::Whole(true, 2));
        assert_eq!(welcome(&[1, 1]), Answer::Whole(false, 2));
    }
}
