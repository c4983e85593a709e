//! Several lines at the bottom of a terminal that are drawn over and over, and what is said above them meanwhile.
//!
//! As with the line of a single upload, the cursor rests at the beginning of the first of them, so that erasing from
//! there to the end of the screen takes away all of them, however the terminal has broken them since.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ERASE;

/// Where the lines are drawn.
#[derive(Debug, Default)]
pub(crate) struct Stage(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// There are lines on the screen.
    is_drawn: bool,
    /// Nothing is drawn any more.
    is_over: bool,
}

impl Stage {
    /// Draws these lines, each of which fits, in the place of those before.
    pub(super) fn draw(&self, lines: &[String]) {
        let mut state = self.state();
        if !state.is_over {
            state.is_drawn = true;
            write(&drawn(lines));
        }
    }

    /// Says something above them: they are gone until they are drawn again.
    pub(crate) fn say(&self, text: &str) {
        let mut state = self.state();
        let erase = state.erasing();
        write(&format!("{erase}{text}"));
    }

    /// Does something while there are none, such as writing to the same terminal by another way.
    pub(crate) fn meanwhile<T>(&self, act: impl FnOnce() -> T) -> T {
        let mut state = self.state();
        write(state.erasing());
        act()
    }

    /// Takes them away for good.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_over = true;
        write(state.erasing());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn erasing(&mut self) -> &'static str {
        if std::mem::take(&mut self.is_drawn) {
            ERASE
        } else {
            ""
        }
    }
}

fn drawn(lines: &[String]) -> String {
    let up = match lines.len().saturating_sub(1) {
        0 => String::new(),
        up => format!("\x1b[{up}A"),
    };
    format!("{ERASE}{}{up}\r", lines.join("\r\n"))
}

fn write(text: &str) {
    // A standard error that cannot be written is no reason to stop.
    let _ = io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_rests_at_the_beginning_of_the_first_line() {
        let lines = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(drawn(&lines(&["a"])), "\r\x1b[Ja\r");
        assert_eq!(
            drawn(&lines(&["a", "b", "c"])),
            "\r\x1b[Ja\r\nb\r\nc\x1b[2A\r"
        );
    }
}
