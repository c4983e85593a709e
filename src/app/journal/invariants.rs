//! What holds for any journal, and for any octets that are taken for one.

#![expect(clippy::unwrap_used, reason = "what cannot go on does not hold")]

use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

use super::error::JournalError;
use super::header::Header;
use super::id::JournalId;
use super::index::{Index, Standing};
use super::reading::{self, Reading};
use super::record::{Outcome, Record, Upload};
use super::replay::{Class, Verdict};
use super::revision::{Key, Modified, Revision};
use crate::app::exit::Exit;

/// Octets as a journal, and as a script for one that is written.
///
/// They are read to the end, or something is said of a line that there is. What is read means the same when it is written
/// anew; a journal that was cut is read up to where that was; and a file is done at a record only if the journal has said
/// so by then.
pub(crate) fn journal(octets: &[u8]) {
    match read(octets) {
        Ok((reading, records)) => {
            ends_where_it_ends(octets, &reading);
            is_written_anew(&reading.header, &records);
            is_read_when_cut(octets, &reading, &records);
            invents_nothing(&records);
        }
        Err(error) => names_a_line(&error, octets),
    }
    let header = Header {
        id: JournalId::new([7; 16]),
        shard: None,
        origins: vec![JournalId::new([8; 16])],
        created: UNIX_EPOCH,
    };
    let records = script(octets);
    let (found, read) = read(&spelt(&header, &records)).unwrap();
    assert_eq!((found.header, found.torn), (header, None));
    assert!(read.iter().map(|(_, record)| record).eq(&records));
    invents_nothing(&read);
}

type Records = Vec<(u64, Record)>;

fn read(mut octets: &[u8]) -> Result<(Reading, Records), JournalError> {
    let mut records = Vec::new();
    let reading = reading::read("j", &mut octets, &mut |offset, record| {
        records.push((offset, record));
    })?;
    Ok((reading, records))
}

fn names_a_line(error: &JournalError, octets: &[u8]) {
    let lines = octets.split(|octet| *octet == b'\n').count() as u64;
    if let JournalError::Malformed { line, offset, .. } = error {
        assert!((1..=lines).contains(line), "{error}");
        assert!(*offset < octets.len() as u64, "{error}");
    } else {
        let is_none = matches!(
            error,
            JournalError::Foreign { .. } | JournalError::Version { .. }
        );
        assert!(is_none, "{error}");
    }
}

fn ends_where_it_ends(octets: &[u8], reading: &Reading) {
    let torn = reading.torn.unwrap_or(0);
    assert_eq!(reading.length + torn, octets.len() as u64);
    assert_eq!(torn == 0, octets.ends_with(b"\n"));
}

fn spelt<'a>(header: &Header, records: impl IntoIterator<Item = &'a Record>) -> Vec<u8> {
    let mut journal = header.to_line().unwrap();
    for record in records {
        journal.push_str(&record.to_line().unwrap());
    }
    journal.into_bytes()
}

/// A time loses what is less than a millisecond, and nothing else gets lost.
fn is_written_anew(header: &Header, records: &Records) {
    let written = spelt(header, records.iter().map(|(_, record)| record));
    let (again, read) = read(&written).unwrap();
    let read = read.iter().map(|(_, record)| record);
    assert_eq!(spelt(&again.header, read.clone()), written);
    let uploads = |record: &Record| upload(record).cloned();
    assert!(
        read.map(uploads)
            .eq(records.iter().map(|(_, record)| uploads(record)))
    );
}

/// Cut at the end of a line and in the middle of it.
fn is_read_when_cut(octets: &[u8], reading: &Reading, records: &Records) {
    let begins = records.iter().map(|(offset, _)| *offset);
    let ends = begins.clone().skip(1).chain([reading.length]);
    for (number, (begin, end)) in begins.zip(ends).enumerate() {
        let middle = begin.midpoint(end);
        for cut in [begin, middle] {
            let (found, read) = read(&octets[..usize::try_from(cut).unwrap()]).unwrap();
            assert_eq!(
                (found.length, found.torn),
                (begin, (cut > begin).then(|| cut - begin))
            );
            assert_eq!(read, records[..number]);
        }
    }
}

/// After each record, what it says of files is held against the last word on each.
fn invents_nothing(records: &Records) {
    let mut index = Index::default();
    let mut last: HashMap<Key, (Revision, bool)> = HashMap::new();
    for (offset, record) in records {
        index.apply(*offset, record);
        match record {
            Record::Begin { upload, .. } => {
                last.insert(upload.revision.key, (upload.revision.clone(), false));
            }
            Record::End {
                upload, outcome, ..
            } => {
                let is_done = Verdict::of(outcome).class == Class::Done;
                last.insert(upload.revision.key, (upload.revision.clone(), is_done));
            }
            Record::Claim(upload) => {
                let revision = &upload.revision;
                last.entry(revision.key)
                    .or_insert_with(|| (revision.clone(), false));
            }
            Record::Run { .. } | Record::Close => {}
        }
        for (revision, is_done) in last.values() {
            let standing = index.standing(revision);
            assert!(standing != Standing::Done || *is_done, "{revision:?}");
        }
    }
}

fn upload(record: &Record) -> Option<&Upload> {
    match record {
        Record::Claim(upload) | Record::Begin { upload, .. } | Record::End { upload, .. } => {
            Some(upload)
        }
        Record::Run { .. } | Record::Close => None,
    }
}

/// Records, each of four octets: its kind, and what it is about.
fn script(octets: &[u8]) -> Vec<Record> {
    octets
        .chunks_exact(4)
        .map(|word| {
            let [kind, file, outcome, more] = *word else {
                unreachable!("they are four");
            };
            // A few files of few revisions, so that records meet.
            let path = [b"%41/".as_slice(), &[file]].concat();
            let upload = Upload {
                revision: Revision::new(
                    path,
                    u64::from(more % 2),
                    Modified(i128::from(more % 3) - 1),
                ),
                origin: u16::from(more % 2),
            };
            let time = UNIX_EPOCH + Duration::from_millis(u64::from(outcome) << (more % 32));
            match kind % 5 {
                0 => Record::Run {
                    boot: (more > 0).then(|| char::from(more).to_string()),
                    time,
                },
                1 => Record::Claim(upload),
                2 => Record::Begin { upload, time },
                3 => Record::End {
                    upload,
                    outcome: Outcome {
                        exit: Exit::ALL[usize::from(outcome) % Exit::ALL.len()],
                        status: (more > 9).then(|| 190 + u16::from(more)),
                        checksum: (more > 99).then(|| char::from(more).to_string()),
                    },
                    time,
                },
                _ => Record::Close,
            }
        })
        .collect()
}
