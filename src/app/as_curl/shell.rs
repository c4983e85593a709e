//! Words for sh, so that it hands over the very octets: in single quotes, where nothing means anything but the quote
//! itself. What a terminal could obey, and what is no text, goes through printf: the command can be shown, and copied.

use std::fmt::Write;

use crate::app::terminal::is_harmless;

/// Columns that a command may have on one line.
const WIDTH: usize = 100;

/// A program with its options, on one line or, if that is long, on one for each.
pub(super) fn command(program: &str, options: &[Vec<Vec<u8>>]) -> String {
    let options: Vec<String> = options
        .iter()
        .map(|words| {
            words
                .iter()
                .map(|word| quoted(word))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let short = format!("{program} {}\n", options.join(" "));
    if short.chars().count() <= WIDTH {
        short
    } else {
        format!("{program} \\\n  {}\n", options.join(" \\\n  "))
    }
}

/// One word.
fn quoted(word: &[u8]) -> String {
    let is_plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_=@./:+,%".contains(octet);
    let text = String::from_utf8_lossy(word);
    // What begins with an equals sign is a command's path to zsh.
    if !word.is_empty() && word.iter().all(is_plain) && !word.starts_with(b"=") {
        return text.into_owned();
    }
    let mut pieces = Pieces::default();
    for chunk in word.utf8_chunks() {
        for character in chunk.valid().chars() {
            if matches!(character, '\n' | '\t') || is_harmless(character) {
                pieces.text(character);
            } else {
                pieces.octets(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        pieces.octets(chunk.invalid());
    }
    pieces.end()
}

/// What stands in single quotes, and what in printf's, by turns.
#[derive(Default)]
struct Pieces {
    written: String,
    open: Option<&'static str>,
}

const TEXT: (&str, &str) = ("'", "'");
const OCTETS: (&str, &str) = ("\"$(printf '", "')\"");

impl Pieces {
    fn within(&mut self, (begin, end): (&str, &'static str)) {
        if self.open != Some(end) {
            self.written.push_str(self.open.unwrap_or_default());
            self.written.push_str(begin);
            self.open = Some(end);
        }
    }

    fn text(&mut self, character: char) {
        self.within(TEXT);
        if character == '\'' {
            self.written.push_str(r"'\''");
        } else {
            self.written.push(character);
        }
    }

    fn octets(&mut self, octets: &[u8]) {
        for octet in octets {
            self.within(OCTETS);
            // Writing to a string cannot fail.
            let _ = write!(self.written, "\\{octet:03o}");
        }
    }

    fn end(mut self) -> String {
        if self.open.is_none() {
            self.within(TEXT);
        }
        self.written + self.open.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_it_must_be() {
        for (word, expected) in [
            (&b"a.txt"[..], "a.txt"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"it's", r"'it'\''s'"),
            (b"'", r"''\'''"),
            (b"$x `y` \\ \"z\" !1", "'$x `y` \\ \"z\" !1'"),
            (b"=ls", "'=ls'"),
            (b"~", "'~'"),
            (b"a\nb\t", "'a\nb\t'"),
            ("日本".as_bytes(), "'日本'"),
            (b"a\x1b[2Jb", r#"'a'"$(printf '\033')"'[2Jb'"#),
            (b"\xff\xfe", r#""$(printf '\377\376')""#),
            (b"a\r\n", "'a'\"$(printf '\\015')\"'\n'"),
            ("\u{202e}".as_bytes(), r#""$(printf '\342\200\256')""#),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn a_long_command_has_a_line_for_each_option() {
        let option = |value: &str| vec![b"-F".to_vec(), value.into()];
        let short = [option("a=b"), vec![b"http://h/".to_vec()]];
        assert_eq!(command("curl", &short), "curl -F a=b http://h/\n");
        let value = "x".repeat(80);
        let long = [option(&value), option("a=b"), vec![b"http://h/".to_vec()]];
        let expected = format!("curl \\\n  -F {value} \\\n  -F a=b \\\n  http://h/\n");
        assert_eq!(command("curl", &long), expected);
    }
}
