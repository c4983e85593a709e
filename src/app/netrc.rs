//! What a netrc file says: which user name and password belong to which host. Pure.
//!
//! As curl reads it: `machine`, `default`, `login`, `password`, `account` and `macdef`, in any case; values with
//! blanks in double quotes, with `\"`, `\\`, `\n`, `\r` and `\t` in them; what begins with `#` where one of these words
//! may stand is a comment, up to the end of its line; words that are not known are passed over.

use thiserror::Error;

/// A file that cannot be read as one. Nothing of it is shown: it holds secrets.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("line {line}: {reason}")]
pub(crate) struct NetrcError {
    line: usize,
    reason: &'static str,
}

/// A netrc file, taken apart.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Netrc(Vec<Entry>);

/// What is said of one host, or of all.
#[derive(Clone, Default, PartialEq, Eq)]
struct Entry {
    /// `None` is every host.
    machine: Option<String>,
    login: Option<String>,
    password: Option<String>,
}

impl Netrc {
    /// Takes a file apart.
    ///
    /// # Errors
    /// If it is not UTF-8, a quote is left open, or a word lacks its value.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, NetrcError> {
        let text = std::str::from_utf8(text).map_err(|error| NetrcError {
            line: lines_in(&text[..error.valid_up_to()]) + 1,
            reason: "expected UTF-8",
        })?;
        let mut scanner = Scanner {
            rest: text.trim_start_matches('\u{feff}'),
            line: 1,
        };
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(word) = scanner.keyword()? {
            match word.to_ascii_lowercase().as_str() {
                "machine" => entries.push(Entry {
                    machine: Some(scanner.value()?),
                    ..Entry::default()
                }),
                "default" => entries.push(Entry::default()),
                "login" => {
                    let login = scanner.value()?;
                    if let Some(entry) = entries.last_mut() {
                        entry.login = Some(login);
                    }
                }
                "password" => {
                    let password = scanner.value()?;
                    if let Some(entry) = entries.last_mut() {
                        entry.password = Some(password);
                    }
                }
                "account" => drop(scanner.value()?),
                "macdef" => scanner.skip_macro(),
                _ => {}
            }
        }
        Ok(Self(entries))
    }

    /// User name and password for a host: those of the first entry for it, or for every host; with a user name, of the
    /// first that has it or has none.
    pub(crate) fn find(&self, host: &str, login: Option<&str>) -> Option<(&str, &str)> {
        let host = without_brackets(host);
        let is_of_host = |entry: &&Entry| {
            let machine = entry.machine.as_deref();
            machine.is_none_or(|machine| without_brackets(machine).eq_ignore_ascii_case(host))
        };
        self.0.iter().filter(is_of_host).find_map(|entry| {
            let (theirs, password) = (entry.login.as_deref(), entry.password.as_deref());
            match login {
                None => Some((theirs?, password.unwrap_or_default())),
                Some(login) if theirs.is_none_or(|theirs| theirs == login) => {
                    Some((theirs.unwrap_or_default(), password?))
                }
                Some(_) => None,
            }
        })
    }
}

/// An IPv6 address may stand in brackets, as in a URL.
fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

fn lines_in(text: &[u8]) -> usize {
    text.split(|octet| *octet == b'\n').count() - 1
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
}

impl Scanner<'_> {
    /// The next word that stands for what follows it.
    fn keyword(&mut self) -> Result<Option<String>, NetrcError> {
        loop {
            self.skip_while(char::is_whitespace);
            if !self.rest.starts_with('#') {
                return self.word();
            }
            self.skip_while(|character| character != '\n');
        }
    }

    fn value(&mut self) -> Result<String, NetrcError> {
        self.skip_while(char::is_whitespace);
        let line = self.line;
        self.word()?.ok_or(NetrcError {
            line,
            reason: "expected a value, found the end of the file",
        })
    }

    fn word(&mut self) -> Result<Option<String>, NetrcError> {
        if self.rest.starts_with('"') {
            return self.quoted().map(Some);
        }
        let word = self.skip_while(|character| !character.is_whitespace());
        Ok((!word.is_empty()).then_some(word))
    }

    fn quoted(&mut self) -> Result<String, NetrcError> {
        let mut word = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(word);
                }
                '\n' => break,
                '\\' => match characters.next() {
                    Some((_, 'n')) => word.push('\n'),
                    Some((_, 'r')) => word.push('\r'),
                    Some((_, 't')) => word.push('\t'),
                    Some((_, escaped)) if escaped != '\n' => word.push(escaped),
                    Some(_) | None => break,
                },
                _ => word.push(character),
            }
        }
        Err(NetrcError {
            line: self.line,
            reason: "expected a closing quote",
        })
    }

    /// A macro goes on to the next empty line.
    fn skip_macro(&mut self) {
        loop {
            self.skip_while(|character| character != '\n');
            let Some(rest) = self.rest.strip_prefix('\n') else {
                return;
            };
            (self.rest, self.line) = (rest, self.line + 1);
            let line = rest.split('\n').next().unwrap_or_default();
            if line.trim_end_matches('\r').is_empty() {
                return;
            }
        }
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|character| !is_skipped(character));
        let (skipped, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.line += lines_in(skipped.as_bytes());
        self.rest = rest;
        skipped.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, host: &str, login: Option<&str>) -> Option<(String, String)> {
        let netrc = Netrc::parse(text.as_bytes()).unwrap();
        let found = netrc.find(host, login);
        found.map(|(login, password)| (login.to_owned(), password.to_owned()))
    }

    fn pair(login: &str, password: &str) -> (String, String) {
        (login.to_owned(), password.to_owned())
    }

    #[test]
    fn every_way_to_write_an_entry_is_read() {
        for (text, login, password) in [
            ("machine h login me password pw", "me", "pw"),
            ("machine h\n\tlogin me\n\tpassword pw\n", "me", "pw"),
            ("machine h\r\nlogin me\r\npassword pw\r\n", "me", "pw"),
            ("MACHINE H Login me PASSWORD pw", "me", "pw"),
            ("machine h password pw login me", "me", "pw"),
            ("machine h login me account a password pw", "me", "pw"),
            ("machine h port 443 login me password pw", "me", "pw"),
            ("\u{feff}machine h login me password pw", "me", "pw"),
            ("machine h login me", "me", ""),
            ("machine h login \"\" password pw", "", "pw"),
            (
                "machine h login \"a b\" password \"p \\\" \\\\ \\n\\r\\t\\x\"",
                "a b",
                "p \" \\ \n\r\tx",
            ),
            (
                "machine h login me password \u{e4}\u{20ac}",
                "me",
                "\u{e4}\u{20ac}",
            ),
            (
                "# machine h login no password no\nmachine h # here\nlogin me password pw",
                "me",
                "pw",
            ),
            ("machine h login me password #pw", "me", "#pw"),
            ("machine h login me password p#w", "me", "p#w"),
            ("machine h login me password machine", "me", "machine"),
            (
                "macdef init\nmachine h login no password no\n\nmachine h login me password pw",
                "me",
                "pw",
            ),
            (
                "machine x\r\nmacdef init\r\nmachine h login no\r\n\r\nmachine h login me password pw",
                "me",
                "pw",
            ),
            (
                "login no password no machine h login me password pw",
                "me",
                "pw",
            ),
            ("default login me password pw", "me", "pw"),
        ] {
            assert_eq!(
                found(text, "h", None),
                Some(pair(login, password)),
                "{text:?}"
            );
        }
    }

    const SEVERAL: &str = "machine h.example login a password 1\nmachine h login a password 2\n\
                           machine h login b password 3\nmachine ::1 login c password 4\n\
                           machine nameless password 5\nmachine wordless login d\n\
                           default login z password 9\nmachine late login e password 6\n";

    #[test]
    fn the_first_entry_that_fits_counts() {
        for (host, login, expected) in [
            ("h", None, Some(pair("a", "2"))),
            ("H", None, Some(pair("a", "2"))),
            ("h", Some("b"), Some(pair("b", "3"))),
            ("h", Some("B"), None),
            ("h.example", None, Some(pair("a", "1"))),
            ("h.example", Some("b"), None),
            ("h.example", Some("z"), Some(pair("z", "9"))),
            ("x.h", None, Some(pair("z", "9"))),
            ("[::1]", None, Some(pair("c", "4"))),
            ("nameless", Some("you"), Some(pair("", "5"))),
            ("nameless", None, Some(pair("z", "9"))),
            ("wordless", Some("d"), None),
            ("late", None, Some(pair("z", "9"))),
            ("late", Some("e"), Some(pair("e", "6"))),
        ] {
            assert_eq!(found(SEVERAL, host, login), expected, "{host} {login:?}");
        }
        assert_eq!(found("machine h.example login a", "h", None), None);
        assert_eq!(found("machine h login a", "h.example", None), None);
        assert_eq!(found("", "h", None), None);
        assert_eq!(found("macdef", "h", None), None);
    }

    #[test]
    fn what_cannot_be_read_is_said_by_its_line() {
        for (text, expected) in [
            (
                &b"machine"[..],
                "line 1: expected a value, found the end of the file",
            ),
            (
                b"machine h\nlogin me password\n\n",
                "line 4: expected a value, found the end of the file",
            ),
            (
                b"machine h\nlogin \"hunter2\n",
                "line 2: expected a closing quote",
            ),
            (
                b"machine h\nlogin \"hunter2\\",
                "line 2: expected a closing quote",
            ),
            (b"machine h\r\n\nlogin hunter\xff", "line 3: expected UTF-8"),
        ] {
            let Err(error) = Netrc::parse(text) else {
                panic!("{} is read", text.escape_ascii());
            };
            assert_eq!(error.to_string(), expected);
        }
    }
}
