//! The name that a received file is stored under, made of the one that was sent.
//!
//! A file name in an upload is a stranger's text, and may be meant to leave the directory, to name a
//! device, or to look like another name. What is stored is, in this order:
//!
//! 1. the last segment after `/` and `\`;
//! 2. without controls, bidirectional marks and whatever else shows nothing;
//! 3. with `_` for each of `:` (drives, alternate streams) and `< > | ? * "`;
//! 4. without blanks at its beginning, and without blanks and dots at its end (Windows drops them);
//!    if that leaves nothing, as it does of `.` and `..`, there is no name;
//! 5. with `_` before a leading dot: an upload creates no hidden file, no `.htaccess`, and nothing
//!    that could be mistaken for a temporary file of the store;
//! 6. with `_` before a device of Windows: the base before the first dot, without regard to case,
//!    is one of
//!
//!    ```text
//!    CON  PRN  AUX  NUL  COM0–COM9  COM¹–COM³  LPT0–LPT9  LPT¹–LPT³  CONIN$  CONOUT$
//!    ```
//! 7. at most 255 bytes, cut before the extension and between two characters.
//!
//! The same on every system, since files travel. Nothing is decoded, so `%2e%2e%2f` is nine
//! harmless characters. A leading `-` stays: whoever prints the name as an argument
//! writes `./-name`.

use std::fmt;

/// What the usual file systems take: `NAME_MAX` of Linux, in bytes.
const MAX_BYTES: usize = 255;

/// The longest ending, with its dot, that is taken for an extension. It bounds what a cut keeps, so
/// that hundreds of bytes are left for the rest.
const MAX_EXTENSION_BYTES: usize = 32;

/// A file name that is safe to create in a directory: one segment, visible, no device.
///
/// ```
/// use formpost::receive::StoredName;
///
/// let name = StoredName::new(r"..\..\nul.txt").unwrap_or_else(|| StoredName::generated(3));
/// assert_eq!(name.as_str(), "_nul.txt");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StoredName(String);

impl StoredName {
    /// Makes a safe name of a sent one, or `None` if nothing of it can be kept: then take a
    /// [generated](Self::generated) one.
    ///
    /// A name that came out of here goes in again unchanged.
    #[must_use]
    pub fn new(sent: &str) -> Option<Self> {
        let visible: String = last_segment(sent)
            .chars()
            .filter(|&c| !shows_nothing(c))
            .map(|c| if is_special(c) { '_' } else { c })
            .collect();
        let name = visible.trim_start().trim_end_matches(is_blank_or_dot);
        if name.is_empty() {
            return None;
        }
        let prefix = if name.starts_with('.') || is_device(name) {
            "_"
        } else {
            ""
        };
        let (stem, extension) = split_extension(name);
        Some(Self(join(&format!("{prefix}{stem}"), "", extension)))
    }

    /// The name of a part that was sent without a usable one: `part-3` for number 3.
    #[must_use]
    pub fn generated(number: usize) -> Self {
        Self(format!("part-{number}"))
    }

    /// The name with a number before its extension, for when it is taken: `a (1).txt`.
    pub(super) fn numbered(&self, number: u32) -> Self {
        let (stem, extension) = split_extension(&self.0);
        Self(join(stem, &format!(" ({number})"), extension))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoredName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stands after the last separator, of Unix or of Windows.
fn last_segment(sent: &str) -> &str {
    sent.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// Whether a character is a control, or takes no room on the screen and so makes two different
/// names look the same.
fn shows_nothing(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}'                    // soft hyphen
            | '\u{34F}'                 // combining grapheme joiner
            | '\u{61C}'                 // Arabic letter mark
            | '\u{180E}'                // Mongolian vowel separator
            | '\u{200B}'..='\u{200F}'   // zero-width space and joiners, direction marks
            | '\u{2028}'..='\u{202E}'   // line and paragraph separator, embeddings and overrides
            | '\u{2060}'..='\u{206F}'   // word joiner, invisible operators, isolates
            | '\u{FEFF}'                // byte order mark
            | '\u{FFF9}'..='\u{FFFB}'   // interlinear annotation
            | '\u{E0000}'..='\u{E007F}' // tags
        )
}

/// Whether a character means something to Windows or to a shell's patterns.
fn is_special(c: char) -> bool {
    matches!(c, ':' | '<' | '>' | '|' | '?' | '*' | '"')
}

fn is_blank_or_dot(c: char) -> bool {
    c.is_whitespace() || c == '.'
}

/// Whether Windows would open a device instead of a file. It looks at what stands before the first
/// dot only, and overlooks blanks at the end of that.
fn is_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default();
    let base = base.trim_end().to_ascii_uppercase();
    match base.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        port => port
            .strip_prefix("COM")
            .or_else(|| port.strip_prefix("LPT"))
            .is_some_and(is_port_number),
    }
}

/// One digit, or one of the three superscript digits of Latin-1, which Windows takes for digits.
fn is_port_number(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('0'..='9' | '¹' | '²' | '³')) && chars.next().is_none()
}

/// Splits a name before its last dot, unless that would leave nothing before it or an extension too
/// long to be one.
fn split_extension(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= MAX_EXTENSION_BYTES => name.split_at(dot),
        _ => (name, ""),
    }
}

/// Puts a name together again, with the stem cut as far as the bound demands.
fn join(stem: &str, mark: &str, extension: &str) -> String {
    let room = MAX_BYTES - mark.len() - extension.len();
    format!("{}{mark}{extension}", cut(stem, room))
}

/// The longest beginning that fits, ends between two characters, and not in a blank or a dot.
fn cut(stem: &str, room: usize) -> &str {
    if stem.len() <= room {
        return stem;
    }
    let mut end = room;
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    stem[..end].trim_end_matches(is_blank_or_dot)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is stored for what was sent; empty where no name is left.
    const NAMES: &[(&str, &str)] = &[
        // Ordinary names stay as they are.
        ("a.txt", "a.txt"),
        ("photo of Zoë (2).tar.gz", "photo of Zoë (2).tar.gz"),
        ("日本語.txt", "日本語.txt"),
        ("-rf", "-rf"),
        ("~", "~"),
        ("__proto__", "__proto__"),
        ("a..txt", "a..txt"),
        // Paths, of both systems.
        ("/etc/passwd", "passwd"),
        ("../../x", "x"),
        (r"C:\Users\me\x.png", "x.png"),
        (r"\\host\share\x", "x"),
        (r"a/b\c", "c"),
        (r"a\b/c", "c"),
        ("a/", ""),
        ("a/..", ""),
        (r"a\.", ""),
        // Nothing is decoded.
        ("%2e%2e%2f", "%2e%2e%2f"),
        ("file.txt%00.png", "file.txt%00.png"),
        // Overlong UTF-8 and surrogate bytes come as replacement characters.
        ("\u{FFFD}\u{FFFD}x", "\u{FFFD}\u{FFFD}x"),
        (
            "\u{FFFD}\u{FFFD}\u{FFFD}.txt",
            "\u{FFFD}\u{FFFD}\u{FFFD}.txt",
        ),
        // Nothing to keep.
        ("", ""),
        (".", ""),
        ("..", ""),
        ("...", ""),
        (" . . ", ""),
        ("\t\u{200B}\u{3000}", ""),
        ("\u{202E}..", ""),
        // Controls and marks.
        ("file.txt\0.png", "file.txt.png"),
        ("a\r\nb", "ab"),
        ("\u{1B}]0;title\u{7}x", "]0;titlex"),
        ("\u{1B}[2J\u{9B}31mx", "[2J31mx"),
        ("\u{7F}x", "x"),
        ("cv\u{202E}fdp.exe", "cvfdp.exe"),
        ("a\u{2066}b\u{2069}\u{200E}\u{61C}", "ab"),
        ("a\u{200B}b\u{200C}c\u{200D}d\u{2060}e\u{FEFF}f", "abcdef"),
        ("a\u{2028}b\u{2029}c\u{E0041}", "abc"),
        // Blanks and dots at the ends.
        ("  a  ", "a"),
        ("a. . .", "a"),
        ("a.txt.", "a.txt"),
        ("a.txt \u{200B}. ", "a.txt"),
        ("\u{A0}a\u{A0}", "a"),
        ("a b", "a b"),
        // Leading dots.
        (".htaccess", "_.htaccess"),
        ("..a", "_..a"),
        (" .a", "_.a"),
        ("\u{200B}.a", "_.a"),
        // Characters with a meaning.
        ("file.txt:stream", "file.txt_stream"),
        ("c:x", "c_x"),
        ("a<b>c|d?e*f\"g", "a_b_c_d_e_f_g"),
        ("*", "_"),
        // Devices.
        ("CON", "_CON"),
        ("con", "_con"),
        ("Prn.txt", "_Prn.txt"),
        ("aux.", "_aux"),
        ("NUL.txt", "_NUL.txt"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("sub/NUL", "_NUL"),
        ("COM1 ", "_COM1"),
        ("COM1 .txt", "_COM1 .txt"),
        ("com0", "_com0"),
        ("Lpt9.log", "_Lpt9.log"),
        ("COM¹", "_COM¹"),
        ("lpt³.txt", "_lpt³.txt"),
        ("CONIN$", "_CONIN$"),
        ("conout$.txt", "_conout$.txt"),
        ("N\u{200B}UL", "_NUL"),
        (" NUL", "_NUL"),
        ("CON:", "CON_"),
        // What only looks like one.
        ("CONSOLE", "CONSOLE"),
        ("COM", "COM"),
        ("COM10", "COM10"),
        ("COM⁴", "COM⁴"),
        ("LPTx", "LPTx"),
        ("my.con", "my.con"),
        ("_CON", "_CON"),
    ];

    fn stored(sent: &str) -> String {
        StoredName::new(sent).map_or(String::new(), |name| name.to_string())
    }

    #[test]
    fn a_sent_name_becomes_a_safe_one() {
        for (sent, expected) in NAMES {
            assert_eq!(stored(sent), *expected, "for {sent:?}");
        }
    }

    #[test]
    fn every_device_gets_a_prefix_in_any_case_and_with_any_extension() {
        let ports = ["COM", "LPT"].into_iter().flat_map(|port| {
            "0123456789¹²³"
                .chars()
                .map(move |number| format!("{port}{number}"))
        });
        let others = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
        for device in ports.chain(others.map(str::to_owned)) {
            for sent in [
                device.clone(),
                device.to_lowercase(),
                format!("{device}.a.b"),
            ] {
                assert_eq!(stored(&sent), format!("_{sent}"));
            }
        }
    }

    #[test]
    fn a_long_name_is_cut_and_keeps_its_extension() {
        let table = [
            ("a".repeat(255), "a".repeat(255)),
            ("a".repeat(256), "a".repeat(255)),
            ("a".repeat(4096), "a".repeat(255)),
            (
                format!("{}.txt", "a".repeat(251)),
                format!("{}.txt", "a".repeat(251)),
            ),
            (
                format!("{}.txt", "a".repeat(252)),
                format!("{}.txt", "a".repeat(251)),
            ),
            (
                format!("{}.txt", "a".repeat(4092)),
                format!("{}.txt", "a".repeat(251)),
            ),
            // Three bytes to a character: 83 of them are 249, and an 84th would be one too many.
            (
                format!("{}.txt", "日".repeat(85)),
                format!("{}.txt", "日".repeat(83)),
            ),
            ("😀".repeat(64), "😀".repeat(63)),
            // The prefix counts too.
            (
                format!(".{}", "a".repeat(254)),
                format!("_.{}", "a".repeat(253)),
            ),
            // An ending of hundreds of bytes is no extension.
            (
                format!("CONx.{}", "b".repeat(300)),
                format!("CONx.{}", "b".repeat(250)),
            ),
            // No blank or dot comes to stand at the end.
            (
                format!("{} . {}", "a".repeat(253), "b".repeat(40)),
                "a".repeat(253),
            ),
        ];
        for (sent, expected) in table {
            assert_eq!(stored(&sent), expected, "for {sent:?}");
        }
    }

    #[test]
    fn a_cut_never_makes_a_device_or_a_hidden_file() {
        for stem in ["CON", "COM1", "CO", "", "."] {
            for length in 200..300 {
                let name = stored(&format!("{stem}x.{}", "b".repeat(length)));
                assert!(name.len() <= MAX_BYTES);
                assert!(!is_device(&name) && !name.starts_with('.'), "{name}");
            }
        }
    }

    #[test]
    fn a_stored_name_is_stored_unchanged() {
        let long = (0..600).map(|n| format!("{}é. {}", "x".repeat(n % 257), "y".repeat(n / 2)));
        for sent in NAMES.iter().map(|(sent, _)| (*sent).to_owned()).chain(long) {
            let Some(name) = StoredName::new(&sent) else {
                continue;
            };
            assert_eq!(
                StoredName::new(name.as_str()),
                Some(name.clone()),
                "for {sent:?}"
            );
            let second = name.numbered(1);
            assert_eq!(
                StoredName::new(second.as_str()),
                Some(second),
                "for {sent:?}"
            );
        }
    }

    #[test]
    fn short_names_of_hostile_characters_are_stable_and_inside_the_directory() {
        let alphabet = [
            '.', ' ', '/', '\\', ':', '\0', '\u{202E}', '_', 'a', '\u{A0}',
        ];
        let mut names = vec![String::new()];
        for _ in 0..4 {
            let longer = |name: &String| alphabet.map(|c| format!("{name}{c}"));
            names = names.iter().flat_map(longer).collect();
            for name in names.iter().filter_map(|sent| StoredName::new(sent)) {
                assert_eq!(StoredName::new(name.as_str()), Some(name.clone()));
                let mut components = std::path::Path::new(name.as_str()).components();
                assert!(matches!(
                    components.next(),
                    Some(std::path::Component::Normal(_))
                ));
                assert_eq!(components.next(), None);
            }
        }
    }

    #[test]
    fn a_number_stands_before_the_extension() {
        let long = format!("{}.txt", "a".repeat(251));
        let table = [
            ("a.txt", 1, "a (1).txt".to_owned()),
            ("a", 12, "a (12)".to_owned()),
            ("a.tar.gz", 2, "a.tar (2).gz".to_owned()),
            ("a (1).txt", 1, "a (1) (1).txt".to_owned()),
            (".profile", 1, "_ (1).profile".to_owned()),
            (&long, 10, format!("{} (10).txt", "a".repeat(246))),
        ];
        for (sent, number, expected) in table {
            let name = StoredName::new(sent).unwrap().numbered(number);
            assert_eq!(name.as_str(), expected);
        }
    }

    #[test]
    fn a_generated_name_is_a_safe_one() {
        let name = StoredName::generated(3);
        assert_eq!(name.as_str(), "part-3");
        assert_eq!(StoredName::new("part-3"), Some(name));
    }
}
