//! The language of a config file, which is curl's: one option a line.
//!
//! ```text
//! line   := name [ separator value ]      or a comment: '#', blanks before it allowed; or nothing
//! name   := "header" | "--header" | "-H"
//! value  := '"' characters '"' | characters up to a blank
//! ```
//!
//! * What separates the two are blanks, and after a name without dashes also `=` and `:`.
//! * Inside quotes `\t`, `\n`, `\r` and `\v` are these characters, and any other character after a backslash is itself.
//! * `""` is an empty value; nothing at all is none.
//!
//! What is taken otherwise than its writer may think is taken as curl takes it, and comes with a warning. Lines may end
//! as they do on Windows, and a byte order mark is skipped. Octets beyond ASCII are themselves.

/// One line that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The option's name as it was written.
    pub(super) name: Vec<u8>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) warning: Option<&'static str>,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines that say something, each with its number, counted from 1; or what is wrong with it.
pub(super) fn entries(
    text: &[u8],
) -> impl Iterator<Item = (usize, Result<Entry, &'static str>)> + '_ {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let numbered = (1..).zip(text.split(|octet| *octet == b'\n'));
    numbered.filter_map(|(number, line)| Some((number, entry(line).transpose()?)))
}

fn entry(line: &[u8]) -> Result<Option<Entry>, &'static str> {
    let line = without_blanks(line.strip_suffix(b"\r").unwrap_or(line));
    if matches!(line, [] | [b'#', ..]) {
        return Ok(None);
    }
    if line.contains(&0) {
        return Err("expected text, found a NUL character");
    }
    let has_dashes = line.starts_with(b"-");
    let is_separator = |octet: u8| !has_dashes && matches!(octet, b'=' | b':');
    let (name, rest) = split(line, |octet| is_blank(octet) || is_separator(octet));
    let (_, rest) = split(rest, |octet| !is_blank(octet) && !is_separator(octet));
    let (value, warning) = match rest {
        [] => (None, None),
        [b'"', rest @ ..] => quoted(rest),
        rest => unquoted(rest),
    };
    Ok(Some(Entry {
        name: name.to_vec(),
        value,
        warning,
    }))
}

type Value = (Option<Vec<u8>>, Option<&'static str>);

fn unquoted(text: &[u8]) -> Value {
    let (value, rest) = split(text, is_blank);
    let warning = if !is_over(rest) {
        Some(
            "the value ends at a blank, and what follows is left out; put all of it in double quotes",
        )
    } else if value.starts_with(b"'") {
        Some("single quotes are taken as they stand; use double quotes")
    } else {
        None
    };
    (Some(value.to_vec()), warning)
}

fn quoted(text: &[u8]) -> Value {
    let mut value = Vec::with_capacity(text.len());
    let mut octets = text.iter().enumerate();
    while let Some((at, octet)) = octets.next() {
        match octet {
            b'"' => {
                let warning = (!is_over(&text[at + 1..])).then_some(
                    "what follows the closing quote is left out; write a quote inside quotes as \\\"",
                );
                return (Some(value), warning);
            }
            b'\\' => value.extend(octets.next().map(|(_, escaped)| match escaped {
                b't' => b'\t',
                b'n' => b'\n',
                b'r' => b'\r',
                b'v' => b'\x0b',
                other => *other,
            })),
            other => value.push(*other),
        }
    }
    let warning = "the closing quote is missing, and the value taken up to the end of the line";
    (Some(value), Some(warning))
}

/// Whether nothing follows but blanks, or after some a comment.
fn is_over(rest: &[u8]) -> bool {
    let text = without_blanks(rest);
    text.is_empty() || (text.starts_with(b"#") && text.len() < rest.len())
}

fn without_blanks(line: &[u8]) -> &[u8] {
    split(line, |octet| !is_blank(octet)).1
}

/// What stands before the first octet that `ends` it, and what from there on.
fn split(text: &[u8], ends: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let at = text.iter().position(|octet| ends(*octet));
    text.split_at(at.unwrap_or(text.len()))
}

fn is_blank(octet: u8) -> bool {
    octet.is_ascii_whitespace() || octet == b'\x0b'
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (usize, Vec<u8>, Option<Vec<u8>>, bool);

    fn read(text: &[u8]) -> Vec<Row> {
        entries(text)
            .map(|(number, entry)| {
                let entry = entry.unwrap();
                (number, entry.name, entry.value, entry.warning.is_some())
            })
            .collect()
    }

    fn only(line: &[u8]) -> (Vec<u8>, Option<Vec<u8>>, bool) {
        let mut rows = read(line);
        assert_eq!(rows.len(), 1, "{}", String::from_utf8_lossy(line));
        let (_, name, value, warned) = rows.remove(0);
        (name, value, warned)
    }

    #[test]
    fn a_line_is_a_name_and_a_value() {
        for (line, name, value) in [
            (&b"header=x"[..], "header", Some("x")),
            (b"header:x", "header", Some("x")),
            (b"header x", "header", Some("x")),
            (b"header\t=\t: = x", "header", Some("x")),
            (b"  header = x  ", "header", Some("x")),
            (b"header = x # why", "header", Some("x")),
            (b"header = \"x\" # why", "header", Some("x")),
            (b"header = \"x y\"", "header", Some("x y")),
            (b"header = x#y", "header", Some("x#y")),
            (b"header = x=y:z", "header", Some("x=y:z")),
            (b"header = x\"y\"", "header", Some("x\"y\"")),
            (b"header = \"=x\"", "header", Some("=x")),
            (b"--header x", "--header", Some("x")),
            (b"-H x", "-H", Some("x")),
            (b"-H \"X: y\"", "-H", Some("X: y")),
            (b"-F =x", "-F", Some("=x")),
            (b"--header=x", "--header=x", None),
            (b"silent", "silent", None),
            (b"silent =", "silent", None),
            (b"-s", "-s", None),
            (b"header = \"\"", "header", Some("")),
            (b"=x", "", Some("x")),
        ] {
            let shown = String::from_utf8_lossy(line);
            let (found, found_value, warned) = only(line);
            assert_eq!(found, name.as_bytes(), "{shown}");
            assert_eq!(found_value.as_deref(), value.map(str::as_bytes), "{shown}");
            assert!(!warned, "{shown}");
        }
    }

    #[test]
    fn a_backslash_in_quotes_stands_for_a_character() {
        for (line, value) in [
            (&br#"h "a\"b\\c""#[..], &b"a\"b\\c"[..]),
            (br#"h "\t\n\r\v""#, b"\t\n\r\x0b"),
            (br#"h "\a\0\'\#""#, b"a0'#"),
            (br"h a\tb", br"a\tb"),
        ] {
            assert_eq!(only(line).1.unwrap(), value);
        }
    }

    #[test]
    fn what_is_probably_not_meant_is_taken_as_curl_takes_it_and_warned_about() {
        for (line, value) in [
            (&b"header = X-A: b"[..], "X-A:"),
            (b"--header = x", "="),
            (b"header = 'x'", "'x'"),
            (b"header = \"x\" y", "x"),
            (b"header = \"x\"#y", "x"),
            (b"form = \"a=\"x\";type=b/c\"", "a="),
            (b"header = \"x y", "x y"),
            (b"header = \"x y\\\"", "x y\""),
            (b"header = \"x y\\", "x y"),
            (b"header = \"", ""),
        ] {
            let shown = String::from_utf8_lossy(line);
            let (_, found, warned) = only(line);
            assert_eq!(found.unwrap(), value.as_bytes(), "{shown}");
            assert!(warned, "{shown}");
        }
    }

    #[test]
    fn lines_are_counted_however_they_end() {
        let row = |number: usize, name: &str, value: &str| {
            let value = Some(value.as_bytes().to_vec());
            (number, name.as_bytes().to_vec(), value, false)
        };
        for text in [
            "# one\n\na = 1\n  # four\nb = \"2\"\n",
            "# one\r\n\r\na = 1\r\n  # four\r\nb = \"2\"\r\n",
            "# one\n \t\na = 1\n#\nb = \"2\"",
            "\u{feff}# one\n\na = 1\n\nb = \"2\"",
        ] {
            assert_eq!(
                read(text.as_bytes()),
                [row(3, "a", "1"), row(5, "b", "2")],
                "{text:?}"
            );
        }
        assert_eq!(read("\u{feff}a = 1".as_bytes()), [row(1, "a", "1")]);
        assert_eq!(read(b""), []);
        let (name, value, _) = only(b"silent\r\n");
        assert_eq!((&name[..], value), (&b"silent"[..], None));
    }

    #[test]
    fn a_line_has_any_length_and_any_octet_but_nul() {
        let long = vec![b'x'; 5_000_000];
        let line = [b"a = \"", long.as_slice(), b"\""].concat();
        assert_eq!(only(&line).1.unwrap(), long);
        assert_eq!(only(b"a = \xff\xfe").1.unwrap(), b"\xff\xfe");
        assert_eq!(only(b"a = \"\xff \"").1.unwrap(), b"\xff ");

        let found: Vec<_> = entries(b"a = 1\nb = x\0y\n").collect();
        assert!(found[0].1.is_ok());
        assert!(matches!(found[1], (2, Err(_))));
    }

    #[test]
    fn no_octets_are_too_odd_to_be_read() {
        let alphabet = b"a-=: \"\\\t#\r\n'\xff";
        let mut state = 1_u32;
        for _ in 0..20_000 {
            let text: Vec<u8> = (0..12)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    alphabet[(state >> 16) as usize % alphabet.len()]
                })
                .collect();
            for (number, entry) in entries(&text) {
                assert!(number <= 13 && entry.is_ok());
            }
        }
    }

    #[test]
    fn whatever_is_quoted_comes_back() {
        let mut state = 7_u32;
        for _ in 0..2_000 {
            let value: Vec<u8> = (0..9)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    state.to_be_bytes()[0]
                })
                .filter(|octet| *octet != 0)
                .collect();
            let mut line = b"a = \"".to_vec();
            for octet in &value {
                match octet {
                    b'\n' => line.extend(b"\\n"),
                    b'"' | b'\\' => line.extend([b'\\', *octet]),
                    other => line.push(*other),
                }
            }
            line.push(b'"');
            let (_, found, warned) = only(&line);
            assert_eq!((found.unwrap(), warned), (value, false));
        }
    }
}
