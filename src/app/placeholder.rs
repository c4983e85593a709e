//! What stands for a file in the words that are given once for all of them: `{name}` and its siblings. Pure.
//!
//! | written | means |
//! | --- | --- |
//! | `{path}` | the file's path: where a file is named (`@`, `<`, `-T`) the one that opens it, elsewhere the relative one |
//! | `{name}` | the last name in it |
//! | `{stem}` | that without its extension |
//! | `{ext}` | its extension, without the dot; nothing if it has none |
//! | `{size}` | octets |
//! | `{sha256}` | SHA-256 of the content, in hexadecimal digits |
//! | `{index}` | the file's number in this run, from 1 on |
//!
//! Every other brace is itself, so that JSON may stand around them.

/// What is to be put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placeholder {
    Path,
    Name,
    Stem,
    Ext,
    Size,
    Sha256,
    Index,
}

const ALL: [(&[u8], Placeholder); 7] = [
    (b"{path}", Placeholder::Path),
    (b"{name}", Placeholder::Name),
    (b"{stem}", Placeholder::Stem),
    (b"{ext}", Placeholder::Ext),
    (b"{size}", Placeholder::Size),
    (b"{sha256}", Placeholder::Sha256),
    (b"{index}", Placeholder::Index),
];

impl Placeholder {
    /// The one that a text begins with, and what follows it.
    fn split_from(text: &[u8]) -> Option<(Self, &[u8])> {
        ALL.iter()
            .find_map(|(written, placeholder)| Some((*placeholder, text.strip_prefix(*written)?)))
    }

    /// Whether it is in a text.
    pub(crate) fn is_in(self, text: &[u8]) -> bool {
        let mut rest = text;
        while let [_, after @ ..] = rest {
            match Self::split_from(rest) {
                Some((found, _)) if found == self => return true,
                _ => rest = after,
            }
        }
        false
    }

    /// Whether any of them is.
    pub(crate) fn any_is_in(text: &[u8]) -> bool {
        ALL.iter().any(|(_, placeholder)| placeholder.is_in(text))
    }
}

/// What a file is, to be put in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values {
    /// What opens it.
    pub(crate) path: Vec<u8>,
    /// What it is called wherever it lies, with slashes.
    pub(crate) relative: Vec<u8>,
    pub(crate) size: u64,
    /// Empty unless it is put in anywhere.
    pub(crate) sha256: String,
    pub(crate) index: u64,
}

/// Where a text stands that something is put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// A file is named there.
    Source,
    /// It is a text.
    Text,
    /// It is in a URL, where all but letters, digits and `-._~` is escaped, and in a path but for slashes.
    Url,
}

impl Values {
    /// The text with what it stands for.
    pub(crate) fn fill(&self, text: &[u8], position: Position) -> Vec<u8> {
        let mut filled = Vec::with_capacity(text.len());
        let mut rest = text;
        while let [first, after @ ..] = rest {
            if let Some((placeholder, behind)) = Placeholder::split_from(rest) {
                filled.extend(self.value(placeholder, position));
                rest = behind;
            } else {
                filled.push(*first);
                rest = after;
            }
        }
        filled
    }

    fn value(&self, placeholder: Placeholder, position: Position) -> Vec<u8> {
        let name = self.name();
        let value = match placeholder {
            Placeholder::Path if position == Position::Source => self.path.clone(),
            Placeholder::Path => self.relative.clone(),
            Placeholder::Name => name.to_vec(),
            Placeholder::Stem => stem_and_extension(name).0.to_vec(),
            Placeholder::Ext => stem_and_extension(name).1.to_vec(),
            Placeholder::Size => self.size.to_string().into_bytes(),
            Placeholder::Sha256 => self.sha256.clone().into_bytes(),
            Placeholder::Index => self.index.to_string().into_bytes(),
        };
        match position {
            Position::Source | Position::Text => value,
            Position::Url => {
                let names = value.split(|octet| *octet == b'/');
                let names: Vec<String> = names.map(formpost::send::percent_encoded).collect();
                names.join("/").into_bytes()
            }
        }
    }

    fn name(&self) -> &[u8] {
        let names = self.relative.rsplit(|octet| *octet == b'/');
        names.into_iter().next().unwrap_or_default()
    }
}

/// As [`Path`] splits them: a dot in front is no extension's.
fn stem_and_extension(name: &[u8]) -> (&[u8], &[u8]) {
    match name.iter().rposition(|octet| *octet == b'.') {
        None | Some(0) => (name, b""),
        Some(dot) => (&name[..dot], &name[dot + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            path: b"/home/me/site/a b/x.tar.gz".to_vec(),
            relative: b"site/a b/x.tar.gz".to_vec(),
            size: 5,
            sha256: String::from("2cf2"),
            index: 7,
        }
    }

    fn filled(text: &str, position: Position) -> String {
        String::from_utf8(values().fill(text.as_bytes(), position)).unwrap()
    }

    #[test]
    fn each_stands_for_what_the_table_says() {
        for (text, position, expected) in [
            ("{path}", Position::Source, "/home/me/site/a b/x.tar.gz"),
            ("{path}", Position::Text, "site/a b/x.tar.gz"),
            ("{path}", Position::Url, "site/a%20b/x.tar.gz"),
            ("{name}|{stem}|{ext}", Position::Text, "x.tar.gz|x.tar|gz"),
            ("{size}{index}", Position::Url, "57"),
            ("{sha256}", Position::Text, "2cf2"),
            (
                "{\"name\": \"{name}\", {}, {Name}, {name",
                Position::Text,
                "{\"name\": \"x.tar.gz\", {}, {Name}, {name",
            ),
            ("{{name}}", Position::Text, "{x.tar.gz}"),
            ("", Position::Text, ""),
        ] {
            assert_eq!(filled(text, position), expected, "{text}");
        }
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let values = Values {
            relative: b"{size}{name}".to_vec(),
            ..values()
        };
        assert_eq!(values.fill(b"{name}", Position::Text), b"{size}{name}");
        assert_eq!(
            values.fill(b"{name}", Position::Url),
            b"%7Bsize%7D%7Bname%7D"
        );
    }

    #[test]
    fn a_name_is_split_as_paths_are() {
        for (name, stem, extension) in [
            ("a.b", "a", "b"),
            ("a", "a", ""),
            (".a", ".a", ""),
            (".a.b", ".a", "b"),
            ("a.", "a", ""),
        ] {
            let found = stem_and_extension(name.as_bytes());
            assert_eq!(found, (stem.as_bytes(), extension.as_bytes()), "{name}");
            let path = std::path::Path::new(name);
            assert_eq!(path.file_stem().unwrap(), stem);
            assert_eq!(path.extension().unwrap_or_default(), extension);
        }
    }

    #[test]
    fn it_is_known_what_is_in_a_text() {
        assert!(Placeholder::Sha256.is_in(b"a{sha256}"));
        assert!(!Placeholder::Sha256.is_in(b"{sha25}{size}"));
        assert!(Placeholder::any_is_in(b"{{size}"));
        assert!(!Placeholder::any_is_in(b"{}{\"a\": 1}"));
    }
}
