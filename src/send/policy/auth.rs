//! What to answer a server that asks for Digest authentication (RFC 7616).
//!
//! Of all that it offers the strongest that is known here is taken: SHA-512-256, SHA-256, MD5; each with `-sess` or
//! without, with `qop=auth` or, as in RFC 2069, with none. `auth-int` alone is not taken: it would have the whole upload
//! read before it is sent.

use std::fmt::Write;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};
use thiserror::Error;

use crate::send::login::Login;

/// Nothing of what a server offers is Digest authentication as it is known here.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{}", self.told())]
pub struct Unusable {
    /// The schemes that were offered, and what is not known of them.
    pub offered: Vec<String>,
}

impl Unusable {
    fn told(&self) -> String {
        if self.offered.is_empty() {
            return String::from("the server does not say how to authenticate (WWW-Authenticate)");
        }
        let offered = self.offered.join(", ");
        format!("the server offers no Digest authentication that is known here, but {offered}")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
    Sha512Of256,
}

impl Hash {
    /// In hexadecimal, of all pieces with a colon between them.
    fn of(self, pieces: &[&[u8]]) -> String {
        fn digest<D: Digest>(text: &[u8]) -> String {
            D::digest(text)
                .iter()
                .fold(String::new(), |mut hex, octet| {
                    // Writing to a string cannot fail.
                    let _ = write!(hex, "{octet:02x}");
                    hex
                })
        }
        let text = pieces.join(&b':');
        match self {
            Self::Md5 => digest::<Md5>(&text),
            Self::Sha256 => digest::<Sha256>(&text),
            Self::Sha512Of256 => digest::<Sha512_256>(&text),
        }
    }
}

/// An algorithm: its name as it is sent back, what it hashes with, whether it is one of `-sess`.
type Algorithm = (&'static str, Hash, bool);

const ALGORITHMS: [Algorithm; 6] = [
    ("MD5", Hash::Md5, false),
    ("MD5-sess", Hash::Md5, true),
    ("SHA-256", Hash::Sha256, false),
    ("SHA-256-sess", Hash::Sha256, true),
    ("SHA-512-256", Hash::Sha512Of256, false),
    ("SHA-512-256-sess", Hash::Sha512Of256, true),
];

/// What a server wants to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    realm: Vec<u8>,
    nonce: Vec<u8>,
    opaque: Option<Vec<u8>>,
    /// `None` is MD5 that nobody speaks of.
    algorithm: Option<Algorithm>,
    /// Whether it is `qop=auth`, and not as it was before there was any.
    has_quality: bool,
    hides_user: bool,
    is_stale: bool,
}

impl Challenge {
    /// The strongest Digest challenge of all that stand in these `WWW-Authenticate` fields; among equals the first.
    ///
    /// # Errors
    /// If there is none.
    pub fn choose<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Unusable> {
        let mut best: Option<Self> = None;
        let mut offered = Vec::new();
        for given in fields.into_iter().flat_map(challenges) {
            let challenge = match Self::read(&given) {
                Ok(challenge) => challenge,
                Err(told) => {
                    offered.push(told);
                    continue;
                }
            };
            if best
                .as_ref()
                .is_none_or(|best| best.hash() < challenge.hash())
            {
                best = Some(challenge);
            }
        }
        offered.dedup();
        best.ok_or(Unusable { offered })
    }

    /// Whether it was answered with what was right once: the nonce has aged, the password has not.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// # Errors
    /// What to call it, if it is none that can be answered.
    fn read(given: &Given) -> Result<Self, String> {
        let scheme = String::from_utf8_lossy(&given.scheme).into_owned();
        if !scheme.eq_ignore_ascii_case("Digest") {
            return Err(scheme);
        }
        let without = |what: &str| format!("{scheme} without a {what}");
        let is_true = |name| given.has(name, "true");
        let algorithm = match given.parameter("algorithm") {
            None => None,
            Some(name) => {
                let mut known = ALGORITHMS.into_iter();
                let known = known.find(|(known, _, _)| name.eq_ignore_ascii_case(known.as_bytes()));
                let told = || format!("{scheme} algorithm={}", String::from_utf8_lossy(name));
                Some(known.ok_or_else(told)?)
            }
        };
        let has_quality = match given.parameter("qop") {
            None => false,
            Some(offered) => {
                let mut offers = offered.split(|octet| *octet == b',');
                if !offers.any(|offer| offer.trim_ascii().eq_ignore_ascii_case(b"auth")) {
                    return Err(format!("{scheme} qop={}", String::from_utf8_lossy(offered)));
                }
                true
            }
        };
        let parameter = |name| given.parameter(name).map(<[u8]>::to_vec);
        Ok(Self {
            realm: parameter("realm").ok_or_else(|| without("realm"))?,
            nonce: parameter("nonce").ok_or_else(|| without("nonce"))?,
            opaque: parameter("opaque"),
            algorithm,
            has_quality,
            hides_user: is_true("userhash"),
            is_stale: is_true("stale"),
        })
    }

    fn hash(&self) -> Hash {
        self.algorithm.map_or(Hash::Md5, |(_, hash, _)| hash)
    }
}

/// Answers to one challenge, for one request after the other.
#[derive(Debug, Clone)]
pub struct Session {
    challenge: Challenge,
    cnonce: String,
    count: u32,
}

impl Session {
    /// Answers with this nonce of our own, which nobody can have known: printable, without quotes and backslashes.
    #[must_use]
    pub fn new(challenge: Challenge, cnonce: String) -> Self {
        Self {
            challenge,
            cnonce,
            count: 0,
        }
    }

    /// The value of the next request's `Authorization` field.
    #[must_use]
    pub fn authorization(&mut self, login: &Login, method: &str, target: &str) -> Vec<u8> {
        self.count += 1;
        let Challenge { realm, nonce, .. } = &self.challenge;
        let hash = self.challenge.hash();
        let count = format!("{:08x}", self.count);
        let response = self.response(login, method, target, &count);
        let user = if self.challenge.hides_user {
            hash.of(&[login.user.as_bytes(), realm])
        } else {
            login.user.clone()
        };
        let mut value = b"Digest ".to_vec();
        push_quoted(&mut value, "username", user.as_bytes());
        push_quoted(&mut value, ", realm", realm);
        push_quoted(&mut value, ", nonce", nonce);
        push_quoted(&mut value, ", uri", target.as_bytes());
        if self.challenge.has_quality || self.is_of_session() {
            push_quoted(&mut value, ", cnonce", self.cnonce.as_bytes());
        }
        if self.challenge.has_quality {
            value.extend_from_slice(format!(", nc={count}, qop=auth").as_bytes());
        }
        push_quoted(&mut value, ", response", response.as_bytes());
        if let Some(opaque) = &self.challenge.opaque {
            push_quoted(&mut value, ", opaque", opaque);
        }
        if let Some((name, _, _)) = self.challenge.algorithm {
            value.extend_from_slice(format!(", algorithm={name}").as_bytes());
        }
        if self.challenge.hides_user {
            value.extend_from_slice(b", userhash=true");
        }
        value
    }

    /// RFC 7616 sections 3.4.1 to 3.4.3.
    fn response(&self, login: &Login, method: &str, target: &str, count: &str) -> String {
        let Challenge { realm, nonce, .. } = &self.challenge;
        let hash = self.challenge.hash();
        let cnonce = self.cnonce.as_bytes();
        let secret = hash.of(&[login.user.as_bytes(), realm, login.password.as_bytes()]);
        let secret = if self.is_of_session() {
            hash.of(&[secret.as_bytes(), nonce, cnonce])
        } else {
            secret
        };
        let request = hash.of(&[method.as_bytes(), target.as_bytes()]);
        let (secret, request) = (secret.as_bytes(), request.as_bytes());
        if self.challenge.has_quality {
            hash.of(&[secret, nonce, count.as_bytes(), cnonce, b"auth", request])
        } else {
            hash.of(&[secret, nonce, request])
        }
    }

    fn is_of_session(&self) -> bool {
        matches!(self.challenge.algorithm, Some((_, _, true)))
    }
}

fn push_quoted(value: &mut Vec<u8>, name: &str, text: &[u8]) {
    value.extend_from_slice(name.as_bytes());
    value.extend_from_slice(b"=\"");
    for octet in text {
        if matches!(octet, b'"' | b'\\') {
            value.push(b'\\');
        }
        value.push(*octet);
    }
    value.push(b'"');
}

/// A challenge of whatever scheme, as it stands in the field.
#[derive(Debug, PartialEq, Eq)]
struct Given {
    scheme: Vec<u8>,
    /// Their values without quotes and what those need.
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Given {
    fn parameter(&self, name: &str) -> Option<&[u8]> {
        let is_it = |(theirs, _): &&(Vec<u8>, _)| theirs.eq_ignore_ascii_case(name.as_bytes());
        let found = self.parameters.iter().find(is_it);
        found.map(|(_, value)| value.as_slice())
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.parameter(name)
            .is_some_and(|theirs| theirs.eq_ignore_ascii_case(value.as_bytes()))
    }
}

/// The challenges of one field (RFC 9110 section 11.6.1). A comma may stand between two challenges, between two parameters
/// of one, and in quotes: what comes after it begins a challenge if it is a word alone or a word and a blank.
fn challenges(field: &[u8]) -> Vec<Given> {
    let mut found: Vec<Given> = Vec::new();
    for element in elements(field) {
        let word = element
            .iter()
            .position(|octet| matches!(octet, b' ' | b'\t' | b'='))
            .unwrap_or(element.len());
        let (word, rest) = element.split_at(word);
        let after = rest.trim_ascii_start();
        let parameter = if after.starts_with(b"=") {
            Some(element)
        } else {
            found.push(Given {
                scheme: word.to_vec(),
                parameters: Vec::new(),
            });
            (!after.is_empty()).then_some(after)
        };
        if let (Some(parameter), Some(last)) = (parameter, found.last_mut()) {
            let equals = parameter.iter().position(|octet| *octet == b'=');
            let (name, value) = parameter.split_at(equals.unwrap_or(parameter.len()));
            let value = value.get(1..).unwrap_or_default();
            let pair = (name.trim_ascii().to_vec(), unquoted(value.trim_ascii()));
            last.parameters.push(pair);
        }
    }
    found
}

/// What stands between commas that are not in quotes, where there is something.
fn elements(field: &[u8]) -> Vec<&[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    field
        .split(|octet| {
            match octet {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_quoted => is_escaped = true,
                b'"' => is_quoted = !is_quoted,
                _ => {}
            }
            *octet == b',' && !is_quoted
        })
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
        .collect()
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    let Some(quoted) = value.strip_prefix(b"\"") else {
        return value.to_vec();
    };
    let mut text = Vec::with_capacity(quoted.len());
    let mut octets = quoted.iter();
    while let Some(octet) = octets.next() {
        match octet {
            b'"' => break,
            b'\\' => text.extend(octets.next()),
            _ => text.push(*octet),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MUFASA: &str = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
        nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
        opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    fn session(field: &str, cnonce: &str) -> Session {
        let challenge = Challenge::choose([field.as_bytes()]).unwrap();
        Session::new(challenge, cnonce.to_owned())
    }

    fn answer(session: &mut Session, login: &Login, method: &str, target: &str) -> String {
        String::from_utf8(session.authorization(login, method, target)).unwrap()
    }

    /// RFC 7616 section 3.9.1.
    #[test]
    fn the_examples_of_the_standard_come_out() {
        let login = Login::new("Mufasa", "Circle of Life");
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let mut session = session(
                &format!("{MUFASA}, algorithm={algorithm}"),
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            );
            assert_eq!(
                answer(&mut session, &login, "GET", "/dir/index.html"),
                format!(
                    "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
                     nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", uri=\"/dir/index.html\", \
                     cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", nc=00000001, qop=auth, \
                     response=\"{response}\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", \
                     algorithm={algorithm}"
                )
            );
        }
    }

    /// RFC 7616 section 3.9.2, with the numbers of erratum 4897: those in the text are of another hash.
    #[test]
    fn the_example_with_a_hidden_user_comes_out() {
        let mut session = session(
            "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
             nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", \
             opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8, userhash=true",
            "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
        );
        let login = Login::new("J\u{e4}s\u{f8}n Doe", "Secret, or not?");
        let value = answer(&mut session, &login, "GET", "/doe.json");
        for part in [
            "username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\"",
            "response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\"",
            "userhash=true",
        ] {
            assert!(value.contains(part), "{value}");
        }
    }

    /// RFC 2617 section 3.5, and what RFC 2069 makes of the same.
    #[test]
    fn what_is_older_comes_out() {
        let login = Login::new("Mufasa", "Circle Of Life");
        let challenge = "Digest realm=\"testrealm@host.com\", \
                         nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        let value = answer(
            &mut session(&format!("{challenge}, qop=auth"), "0a4f113b"),
            &login,
            "GET",
            "/dir/index.html",
        );
        assert!(
            value.contains("response=\"6629fae49393a05397450978507c4ef1\""),
            "{value}"
        );
        let value = answer(
            &mut session(challenge, "0a4f113b"),
            &login,
            "GET",
            "/dir/index.html",
        );
        assert!(
            value.contains("response=\"670fd8c2df070c60b045671b8b24ff02\""),
            "{value}"
        );
        for part in ["cnonce", "nc=", "qop", "algorithm", "opaque"] {
            assert!(!value.contains(part), "{value}");
        }
    }

    #[test]
    fn each_request_is_counted() {
        let mut session = session(MUFASA, "c");
        let login = Login::new("a\"\\b", "p");
        for (target, count) in [("/a?b=c", "nc=00000001"), ("/d", "nc=00000002")] {
            let value = answer(&mut session, &login, "POST", target);
            assert!(value.contains(count), "{value}");
            assert!(value.contains(&format!("uri=\"{target}\"")), "{value}");
            assert!(value.contains("username=\"a\\\"\\\\b\""), "{value}");
        }
    }

    /// What is chosen of the fields: its nonce.
    fn chosen(fields: &[&str]) -> Result<String, String> {
        let fields = fields.iter().map(|field| field.as_bytes());
        Challenge::choose(fields)
            .map(|challenge| String::from_utf8(challenge.nonce).unwrap())
            .map_err(|unusable| unusable.offered.join(", "))
    }

    #[test]
    fn the_strongest_that_is_known_is_chosen() {
        for (fields, nonce) in [
            (&["Digest realm=r, nonce=a"][..], "a"),
            (&["digest REALM=\"r\",NONCE=\"a\",,"], "a"),
            (&["Digest realm = \"r\" , nonce\t=\t\"a\""], "a"),
            (
                &["Basic realm=\"x, nonce=y\", Digest realm=\"r, Digest s=\\\"\", nonce=\"a,b\""],
                "a,b",
            ),
            (&["Negotiate", "NTLM", "Digest realm=r, nonce=a"], "a"),
            (
                &["Negotiate abc==, Digest realm=r, nonce=a, Basic realm=q"],
                "a",
            ),
            (
                &["Digest realm=r, nonce=a, Digest realm=r, nonce=b, algorithm=SHA-256"],
                "b",
            ),
            (
                &[
                    "Digest realm=r, nonce=a, algorithm=SHA-512-256-sess",
                    "Digest realm=r, nonce=b, algorithm=SHA-256",
                ],
                "a",
            ),
            (
                &[
                    "Digest realm=r, nonce=a, algorithm=\"md5\"",
                    "Digest realm=r, nonce=b, algorithm=MD5-sess",
                ],
                "a",
            ),
            (
                &[
                    "Digest realm=r, nonce=a, algorithm=SHA-999",
                    "Digest realm=r, nonce=b",
                    "Digest realm=r, nonce=c, algorithm=SHA-256, qop=auth-int",
                ],
                "b",
            ),
            (&["Digest realm=r, nonce=a, qop=\"auth-int , AUTH\""], "a"),
        ] {
            assert_eq!(chosen(fields).as_deref(), Ok(nonce), "{fields:?}");
        }
    }

    #[test]
    fn what_cannot_be_answered_is_told() {
        for (fields, told) in [
            (&[][..], ""),
            (&[""], ""),
            (&["Basic realm=\"Digest realm=r, nonce=a\""], "Basic"),
            (
                &["Basic realm=a, Negotiate", "Bearer"],
                "Basic, Negotiate, Bearer",
            ),
            (
                &["Digest realm=r, nonce=a, qop=auth-int"],
                "Digest qop=auth-int",
            ),
            (
                &["Digest realm=r, nonce=a, algorithm=SHA-1"],
                "Digest algorithm=SHA-1",
            ),
            (&["Digest realm=r"], "Digest without a nonce"),
            (&["Digest nonce=r"], "Digest without a realm"),
            (&["Digest"], "Digest without a realm"),
            (&["realm=r, nonce=a"], ""),
            (&["Digest realm=\"r, nonce=a"], "Digest without a nonce"),
        ] {
            assert_eq!(chosen(fields), Err(told.to_owned()), "{fields:?}");
        }
    }

    #[test]
    fn staleness_is_seen() {
        for (stale, expected) in [
            ("", false),
            (", stale=true", true),
            (", stale=\"TRUE\"", true),
            (", stale=false", false),
        ] {
            let field = format!("{MUFASA}{stale}");
            let challenge = Challenge::choose([field.as_bytes()]).unwrap();
            assert_eq!(challenge.is_stale(), expected, "{stale}");
        }
    }
}
