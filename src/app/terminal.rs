//! What the three standard streams are, what the environment says about them, and how foreign text is made fit to be
//! shown on them. The only file that reads the environment.

use std::ffi::OsString;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// What standard input and standard error are connected to.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own"
)]
pub(crate) struct Terminal {
    /// Standard input is a terminal: somebody may have to be told that it is read.
    pub(crate) is_typed_at: bool,
    /// Standard output is a terminal: it shares its lines with standard error.
    pub(crate) is_read_at: bool,
    /// A line on standard error can be drawn over.
    pub(crate) can_draw: bool,
    /// Standard error may have colours.
    pub(crate) has_color: bool,
}

impl Terminal {
    /// Looks at the streams, and at `TERM` and `NO_COLOR`.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the environment is read"
    )]
    pub(crate) fn detect() -> Self {
        let term = std::env::var_os("TERM");
        let is_dumb = !cfg!(windows) && term.is_none_or(|term| term.is_empty() || term == "dumb");
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let can_draw = io::stderr().is_terminal() && !is_dumb;
        Self {
            is_typed_at: io::stdin().is_terminal(),
            is_read_at: io::stdout().is_terminal(),
            can_draw,
            has_color: can_draw && !no_color,
        }
    }
}

/// Where the user's own files are, if the environment says so.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(crate) fn home() -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    std::env::var_os(name)
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
}

/// What the environment says on proxies, by the names that curl knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment(Vec<(&'static str, String)>);

impl Environment {
    const NAMES: [&str; 9] = [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "no_proxy",
        "NO_PROXY",
        // Set where a web server runs us: HTTP_PROXY is what a client sent then.
        "REQUEST_METHOD",
    ];

    /// Looks at the variables.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the environment is read"
    )]
    pub(crate) fn read() -> Self {
        let value = |name| {
            let value = std::env::var_os(name)?;
            Some((name, value.to_string_lossy().into_owned()))
        };
        Self(Self::NAMES.into_iter().filter_map(value).collect())
    }

    /// An environment with these variables.
    #[cfg(test)]
    pub(crate) fn with(variables: &[(&'static str, &str)]) -> Self {
        let owned = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
        Self(variables.iter().map(owned).collect())
    }

    /// A variable that is set; to nothing, too.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(found, _)| *found == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Where trusted certificates are, if the environment says so.
#[derive(Debug, Default)]
pub(crate) struct CertificatePlaces {
    pub(crate) file: Option<PathBuf>,
    pub(crate) directories: Vec<PathBuf>,
}

impl CertificatePlaces {
    /// What they are called, if there are any.
    pub(crate) fn shown(&self) -> Option<String> {
        let file = self.file.iter().map(|path| ("SSL_CERT_FILE", path));
        let directories = self.directories.iter().map(|path| ("SSL_CERT_DIR", path));
        let all = file.chain(directories);
        let all: Vec<_> = all
            .map(|(name, path)| format!("{name} {}", path.display()))
            .collect();
        (!all.is_empty()).then(|| all.join(" and "))
    }
}

/// Looks at `SSL_CERT_FILE` and `SSL_CERT_DIR`, which may name several directories.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(crate) fn certificate_places() -> CertificatePlaces {
    let set = |name| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
    let directories = set("SSL_CERT_DIR").unwrap_or_default();
    CertificatePlaces {
        file: set("SSL_CERT_FILE").map(PathBuf::from),
        directories: std::env::split_paths(&directories)
            .filter(|path| !path.as_os_str().is_empty())
            .collect(),
    }
}

/// Asks for a password without showing it. A signal that ends the program meanwhile leaves a terminal that shows again
/// what is typed.
///
/// # Errors
/// If there is no terminal to ask on.
pub(crate) fn ask_password(prompt: &str) -> io::Result<String> {
    #[cfg(unix)]
    let _before_the_end = {
        use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

        let terminal = std::fs::File::open("/dev/tty")?;
        let settings = tcgetattr(&terminal)?;
        super::signals::before_the_end(move || {
            // A terminal that has gone has nothing to be put back.
            let _ = tcsetattr(&terminal, OptionalActions::Now, &settings);
        })
    };
    let password = rpassword::prompt_password(prompt);
    #[cfg(unix)]
    if matches!(&password, Err(error) if error.kind() == io::ErrorKind::Interrupted) {
        super::signals::end_by_interrupt();
    }
    password
}

/// Columns of the terminal on standard error, if it tells; asked anew each time, since windows are resized.
pub(crate) fn columns() -> Option<usize> {
    terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0))
}

/// Lines of the terminal on standard error, if it tells; asked anew each time.
pub(crate) fn rows() -> Option<usize> {
    terminal_size::terminal_size_of(io::stderr()).map(|(_, height)| usize::from(height.0))
}

/// Text from the far side or from a file name, so that it can only be read: whatever could move the cursor, change the
/// terminal or the direction of reading is shown as an escape. Octets that are no UTF-8 likewise. It stays one line.
pub(crate) fn escape(text: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len());
    push_escaped(text, is_harmless, &mut shown);
    shown
}

/// The same for a text of many lines that comes in blocks, cut wherever they are cut: its line ends and tabulators stay
/// as they are, and CRLF is a line end.
#[derive(Debug, Default)]
pub(crate) struct Escaping {
    /// The end of what came, if what comes next decides what it is: a CR, or the beginning of a character.
    held: Vec<u8>,
}

impl Escaping {
    /// The next block, as far as it can be shown by now.
    pub(crate) fn block(&mut self, block: &[u8]) -> String {
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(block);
        self.held = text.split_off(text.len() - undecided(&text));
        let mut shown = String::with_capacity(text.len());
        for (number, piece) in split_at_crlf(&text).enumerate() {
            if number > 0 {
                shown.push('\n');
            }
            let is_kept = |character| matches!(character, '\n' | '\t') || is_harmless(character);
            push_escaped(piece, is_kept, &mut shown);
        }
        shown
    }

    /// What is left when nothing comes any more.
    pub(crate) fn end(&mut self) -> String {
        escape(&std::mem::take(&mut self.held))
    }
}

/// How many octets at the end of `text` may be the beginning of something.
fn undecided(text: &[u8]) -> usize {
    if text.ends_with(b"\r") {
        return 1;
    }
    let rest = text
        .utf8_chunks()
        .last()
        .map_or(&[][..], |chunk| chunk.invalid());
    match std::str::from_utf8(rest) {
        Err(error) if error.error_len().is_none() => rest.len(),
        Ok(_) | Err(_) => 0,
    }
}

fn split_at_crlf(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.windows(2).position(|pair| pair == b"\r\n");
        rest = end.map(|end| &text[end + 2..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

fn push_escaped(text: &[u8], is_kept: impl Fn(char) -> bool, shown: &mut String) {
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_kept(character) {
                shown.push(character);
            } else {
                shown.extend(character.escape_default());
            }
        }
        for octet in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\x{octet:02x}");
        }
    }
}

/// Not a control character (C0, DEL, C1), not one that turns the direction of reading, not a line or paragraph
/// separator, not invisible.
pub(crate) fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::{Escaping, escape};

    #[test]
    fn a41_foreign_text_can_only_be_read() {
        for (text, shown) in [
            (&b"plain \xc3\xa4"[..], "plain \u{e4}"),
            (b"\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}"),
            (b"a\rb\nc\td", "a\\rb\\nc\\td"),
            (b"\x9b31m \xff", "\\x9b31m \\xff"),
            ("\u{9b}31m".as_bytes(), "\\u{9b}31m"),
            ("cod\u{202e}gpj.exe".as_bytes(), "cod\\u{202e}gpj.exe"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    /// The corpus: title, clipboard, link, cursor report, other screen, a line overwritten, CSI in one octet and as a
    /// character, directions of reading, separators.
    #[test]
    fn a41_foreign_lines_can_only_be_read_wherever_they_are_cut() {
        for (text, shown) in [
            (
                &b"{\n\t\"a\": \"\xc3\xa4\xf0\x9f\x8c\xb3\"\r\n}\r\n"[..],
                "{\n\t\"a\": \"\u{e4}\u{1f333}\"\n}\n",
            ),
            (
                b"\x1b]0;t\x07\x1b]52;c;eA==\x1b\\",
                "\\u{1b}]0;t\\u{7}\\u{1b}]52;c;eA==\\u{1b}\\",
            ),
            (
                b"\x1b]8;;http://h\x1b\\x\x1b[6n\x1b[?1049h",
                "\\u{1b}]8;;http://h\\u{1b}\\x\\u{1b}[6n\\u{1b}[?1049h",
            ),
            (
                b"good\rbad \r\r\n\x7f\x08\r",
                "good\\rbad \\r\n\\u{7f}\\u{8}\\r",
            ),
            (b"\x9b31m \xc2\x9b31m \xc2", "\\x9b31m \\u{9b}31m \\xc2"),
            (
                b"\xe2\x80\xaex \xe2\x81\xa6y \xe2\x80\xa8z\xe2\x80\xa9",
                "\\u{202e}x \\u{2066}y \\u{2028}z\\u{2029}",
            ),
            (
                b"\xf0\x9f\x9b \xe2\x80\x1b[m \xf0\x9f",
                "\\xf0\\x9f\\x9b \\xe2\\x80\\u{1b}[m \\xf0\\x9f",
            ),
            (b"", ""),
        ] {
            for first in 0..=text.len() {
                for second in first..=text.len() {
                    let mut escaping = Escaping::default();
                    let blocks = [&text[..first], &text[first..second], &text[second..]];
                    let mut got: String = blocks.map(|block| escaping.block(block)).concat();
                    got += &escaping.end();
                    assert_eq!(got, shown, "cut at {first} and {second}");
                }
            }
        }
    }

    #[test]
    fn little_is_held_back() {
        let mut escaping = Escaping::default();
        assert_eq!(escaping.block(b"a\xf0\x9f\x8c"), "a");
        assert_eq!(escaping.block(b"\xf0\x9f"), "\\xf0\\x9f\\x8c");
        assert_eq!(escaping.held.len(), 2);
    }
}
