//! A journal from its first line to its last. Pure: what it is read from is somebody else's.
//!
//! A last line without its end is one that was not finished: it is left out, whatever it says, since whoever wrote it had
//! not gone on yet. Everything else that is no record is an error.

use std::io::{BufRead, Read};

use super::error::JournalError;
use super::header::{Header, Unreadable};
use super::record::{Record, Upload, Wrong};

/// Octets of the longest line that is read. What the system takes for a path needs a tenth of it, every octet spelt out.
pub(super) const LONGEST: u64 = 1024 * 1024;

/// What was read besides the records.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) header: Header,
    /// Octets of all whole lines.
    pub(super) length: u64,
    /// Octets of the last line, if it was not finished.
    pub(super) torn: Option<u64>,
}

/// Reads the journal called `name` in messages. `each` gets every record, and how many octets stand in front of it.
///
/// # Errors
/// If it cannot be read, is no journal of this version, or has a line that is no record.
pub(super) fn read(
    name: &str,
    input: &mut dyn BufRead,
    each: &mut dyn FnMut(u64, Record),
) -> Result<Reading, JournalError> {
    let mut lines = Lines::new(name, input);
    let Next::Line = lines.next()? else {
        let name = name.to_owned();
        return Err(JournalError::Foreign { name });
    };
    let header = Header::parse(&lines.line).map_err(|why| lines.unreadable(why))?;
    loop {
        let torn = match lines.next()? {
            Next::Line => {
                let record = Record::parse(&lines.line).and_then(|record| checked(record, &header));
                each(lines.begin, record.map_err(|wrong| lines.malformed(wrong))?);
                continue;
            }
            Next::Torn(octets) => Some(octets),
            Next::End => None,
        };
        return Ok(Reading {
            header,
            length: lines.begin,
            torn,
        });
    }
}

/// That a record refers to journals that there are.
fn checked(record: Record, header: &Header) -> Result<Record, Wrong> {
    let origin = match &record {
        Record::Claim(Upload { origin, .. }) => *origin,
        Record::Begin { upload, .. } | Record::End { upload, .. } => upload.origin,
        Record::Run { .. } | Record::Close => 0,
    };
    let origins = header.origins.len();
    if usize::from(origin) <= origins {
        Ok(record)
    } else {
        Err(Wrong::new(format!(
            "expected an origin of at most {origins}, found {origin}"
        )))
    }
}

/// The lines, one after the other.
struct Lines<'a> {
    name: &'a str,
    input: &'a mut dyn BufRead,
    /// The one that was read last, with its end.
    line: Vec<u8>,
    /// Its number, from 1 on.
    number: u64,
    /// Octets in front of it.
    begin: u64,
}

enum Next {
    Line,
    /// Octets that are no whole line.
    Torn(u64),
    End,
}

impl<'a> Lines<'a> {
    fn new(name: &'a str, input: &'a mut dyn BufRead) -> Self {
        Self {
            name,
            input,
            line: Vec::new(),
            number: 0,
            begin: 0,
        }
    }

    fn next(&mut self) -> Result<Next, JournalError> {
        self.begin += self.line.len() as u64;
        self.line.clear();
        self.number += 1;
        let mut input = self.input.take(LONGEST);
        let read = input.read_until(b'\n', &mut self.line);
        read.map_err(|error| JournalError::Read {
            name: self.name.to_owned(),
            offset: self.begin,
            error,
        })?;
        match self.line.len() as u64 {
            0 => Ok(Next::End),
            _ if self.line.ends_with(b"\n") => Ok(Next::Line),
            LONGEST => Err(self.malformed(Wrong::new("longer than any record"))),
            octets => Ok(Next::Torn(octets)),
        }
    }

    fn unreadable(&self, why: Unreadable) -> JournalError {
        let name = self.name.to_owned();
        match why {
            Unreadable::Foreign => JournalError::Foreign { name },
            Unreadable::Version(found) => JournalError::Version { name, found },
            Unreadable::Wrong(wrong) => self.malformed(wrong),
        }
    }

    fn malformed(&self, wrong: Wrong) -> JournalError {
        JournalError::Malformed {
            name: self.name.to_owned(),
            line: self.number,
            offset: self.begin + wrong.column as u64,
            reason: wrong.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    const HEADER: &str = "{\"formpost_journal\":1,\"id\":\"01010101010101010101010101010101\",\"created\":\"1970-01-01T00:00:01.000Z\"}\n";
    const CLOSE: &str = "{\"record\":\"close\"}\n";

    /// What was read, and how many octets stood in front of each record.
    fn read_all(mut journal: &[u8]) -> Result<(Reading, Vec<u64>), String> {
        let mut offsets = Vec::new();
        let mut each = |offset, _| offsets.push(offset);
        let reading = read("j", &mut journal, &mut each).map_err(|error| error.to_string());
        Ok((reading?, offsets))
    }

    #[test]
    fn a_last_line_is_torn_at_every_octet() {
        let whole = [HEADER, CLOSE].concat();
        for cut in 0..CLOSE.len() {
            let journal = [&whole, &CLOSE[..cut]].concat();
            let (reading, offsets) = read_all(journal.as_bytes()).unwrap();
            assert_eq!(reading.torn, (cut > 0).then_some(cut as u64), "{cut}");
            assert_eq!(reading.length, whole.len() as u64);
            assert_eq!(offsets, [HEADER.len() as u64]);
        }
        let rubbish = [whole.as_bytes(), &[0; 4096]].concat();
        assert_eq!(read_all(&rubbish).unwrap().0.torn, Some(4096));
    }

    #[test]
    fn garbage_in_the_middle_is_named_by_line_and_octet() {
        for (garbage, reason) in [
            ("garbage", "expected an object in braces"),
            ("", "expected an object in braces"),
            ("\0\0\0\0", "expected an object in braces"),
        ] {
            let journal = format!("{HEADER}{CLOSE}{garbage}\n{CLOSE}");
            let offset = HEADER.len() + CLOSE.len();
            assert_eq!(
                read_all(journal.as_bytes()).unwrap_err(),
                format!("j: line 3, byte {offset}: not a record: {reason}")
            );
        }
        let journal = format!("{HEADER}{{\"record\":\"close\"}} x\n");
        let offset = HEADER.len() + 19;
        assert_eq!(
            read_all(journal.as_bytes()).unwrap_err(),
            format!("j: line 2, byte {offset}: not a record: trailing characters")
        );
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let garbage = io::repeat(b'x').take(1 << 40);
        let mut journal = io::BufReader::new(HEADER.as_bytes().chain(garbage));
        let error = read("j", &mut journal, &mut |_, _| {}).unwrap_err();
        assert!(
            error.to_string().ends_with("longer than any record"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_journal_is_said_to_be_none() {
        for journal in ["", "\n", "hello\n", &HEADER[..HEADER.len() - 1], CLOSE] {
            let error = read_all(journal.as_bytes()).unwrap_err();
            assert!(error.starts_with("j: not a journal"), "{journal}: {error}");
        }
        let later = HEADER.replace(":1,", ":2,");
        let error = read_all(later.as_bytes()).unwrap_err();
        assert!(
            error.contains("version 2") && error.contains("version 1"),
            "{error}"
        );
    }

    #[test]
    fn a_record_cannot_be_from_a_journal_that_there_is_not() {
        let record = "{\"record\":\"claim\",\"path\":\"a\",\"size\":0,\"mtime\":\"0.000000000\",\"origin\":1}\n";
        let error = read_all([HEADER, record].concat().as_bytes()).unwrap_err();
        assert!(error.contains("at most 0, found 1"), "{error}");
    }
}
