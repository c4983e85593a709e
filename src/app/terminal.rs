//! What the three standard streams are, what the environment says about them, and how foreign text is made fit to be
//! shown on them. The only file that reads the environment.

use std::fmt::Write;
use std::io::{self, IsTerminal};

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

/// Text from the far side or from a file name, so that it can only be read: whatever could move the cursor, change the
/// terminal or the direction of reading is shown as an escape. Octets that are no UTF-8 likewise.
pub(crate) fn escape(text: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_harmless(character) {
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
    shown
}

/// Not a control character (C0, DEL, C1), not one that turns the direction of reading, not a line or paragraph
/// separator, not invisible.
fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::escape;

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
}
