//! A terminal on standard output, for somebody who reads there what comes from the far side.

use std::io;

use super::print;
use crate::app::terminal::Escaping;

/// How far into an answer curl looks for what is no text.
const LOOKED_AT: u64 = 2000;

/// Shows text, and nothing of what is none.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    escaping: Escaping,
    is_mid_line: bool,
    seen: u64,
    is_binary: bool,
}

impl Screen {
    /// Looks at the next octets of an answer before they are written. By curl's rule one with a NUL near its beginning is
    /// no text: then nothing more is written.
    pub(super) fn look(&mut self, octets: &[u8]) {
        self.is_binary |= self.seen < LOOKED_AT && octets.contains(&0);
        self.seen += octets.len() as u64;
    }

    /// How many octets were looked at, if they were no text.
    pub(super) fn withheld(&self) -> Option<u64> {
        self.is_binary.then_some(self.seen)
    }

    pub(super) fn is_mid_line(&self) -> bool {
        self.is_mid_line
    }

    pub(super) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        if self.is_binary {
            return Ok(());
        }
        let shown = self.escaping.block(octets);
        self.show(&shown)
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self) -> io::Result<()> {
        let shown = self.escaping.end();
        self.show(&shown)
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.is_mid_line = !text.ends_with('\n');
        print(text.as_bytes())
    }
}
