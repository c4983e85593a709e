//! Checksums of what is sent, computed while it is sent, on threads of their own.
//!
//! The octets are copied for the threads in blocks that go back and forth between the two, so that there are few of them
//! whatever is sent; where a thread cannot keep up, the upload waits for it.

use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::body::Body;
use super::checksum::{Algorithm, Checksum, Hasher};

/// Blocks on their way to a thread.
const BLOCKS: usize = 4;

/// Checksums of what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksums {
    /// Of each content, in the order in which they are read; `None` for one that was not read to its end.
    pub contents: Vec<Option<Checksum>>,
    /// Of the body as it is sent, framing and coding included; `None` if it was not read to its end.
    pub body: Option<Checksum>,
}

/// Checksums of a body and of its contents, while they are read.
#[derive(Debug)]
pub struct Tally {
    algorithm: Algorithm,
    /// How many contents there are.
    count: usize,
    /// `None` where the body is one content, and has its checksum.
    contents: Option<Worker>,
    body: Option<Worker>,
}

impl Tally {
    /// A tally of a body with so many contents, of which nothing has been read.
    pub fn of(body: &mut Body, algorithm: Algorithm, count: usize) -> Self {
        let mut tally = if body.is_one_content() {
            Self {
                algorithm,
                count,
                contents: None,
                body: None,
            }
        } else {
            Self::of_contents(body, algorithm, count)
        };
        tally.send(body);
        tally
    }

    /// The same, of its contents alone: another body will be sent that is made of it.
    pub fn of_contents(body: &mut Body, algorithm: Algorithm, count: usize) -> Self {
        let (worker, mut hands) = Worker::hire(algorithm);
        body.observe_contents(move |index, octets| hands.give(index, octets));
        Self {
            algorithm,
            count,
            contents: Some(worker),
            body: None,
        }
    }

    /// This body is the one that is sent.
    pub fn send(&mut self, body: &mut Body) {
        let (worker, mut hands) = Worker::hire(self.algorithm);
        body.observe(move |octets| hands.give(0, octets));
        self.body = Some(worker);
    }

    /// The checksums, once the body has been read as far as it will be.
    #[must_use]
    pub fn finish(self, body: Body) -> Checksums {
        let is_whole = body.is_read();
        // A thread ends when nobody can give it anything any more.
        drop(body);
        let sum = self
            .body
            .and_then(|worker| worker.finish(1, is_whole).pop());
        let sum = sum.flatten();
        Checksums {
            contents: match self.contents {
                Some(worker) => worker.finish(self.count, is_whole),
                None => vec![sum.clone(); self.count],
            },
            body: sum,
        }
    }
}

/// Octets of the content with that index.
struct Block {
    index: usize,
    octets: Vec<u8>,
}

/// Who computes, and what it comes to.
#[derive(Debug)]
struct Worker {
    sums: Arc<Mutex<Sums>>,
    thread: Option<JoinHandle<()>>,
}

/// What octets are given to.
enum Hands {
    /// A thread, and the blocks that it gives back.
    Thread {
        to: SyncSender<Block>,
        back: Receiver<Vec<u8>>,
    },
    /// A system that has no thread left for this can still compute.
    None(Arc<Mutex<Sums>>),
}

impl Worker {
    fn hire(algorithm: Algorithm) -> (Self, Hands) {
        let sums = Arc::new(Mutex::new(Sums::new(algorithm)));
        let (to, blocks) = mpsc::sync_channel(BLOCKS);
        let (used, back) = mpsc::channel();
        let kept = sums.clone();
        let work = move || compute(&kept, &blocks, &used);
        let thread = thread::Builder::new().spawn(work).ok();
        let hands = match thread {
            Some(_) => Hands::Thread { to, back },
            None => Hands::None(sums.clone()),
        };
        (Self { sums, thread }, hands)
    }

    fn finish(self, count: usize, is_whole: bool) -> Vec<Option<Checksum>> {
        if let Some(thread) = self.thread {
            // It does not panic; if it did, that has been reported.
            let _ = thread.join();
        }
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.finish(count, is_whole)
    }
}

fn compute(sums: &Mutex<Sums>, blocks: &Receiver<Block>, used: &Sender<Vec<u8>>) {
    let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
    for Block { index, octets } in blocks {
        sums.take(index, &octets);
        // Nobody wants it back at the end.
        let _ = used.send(octets);
    }
}

impl Hands {
    fn give(&mut self, index: usize, octets: &[u8]) {
        match self {
            Self::Thread { to, back } => {
                let mut block = back.try_recv().unwrap_or_default();
                block.clear();
                block.extend_from_slice(octets);
                let block = Block {
                    index,
                    octets: block,
                };
                // It goes on until these hands are gone.
                let _ = to.send(block);
            }
            Self::None(sums) => {
                let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
                sums.take(index, octets);
            }
        }
    }
}

/// The checksums of contents that come one after the other.
#[derive(Debug)]
struct Sums {
    algorithm: Algorithm,
    done: Vec<Option<Checksum>>,
    /// Of the content whose index is the number of those that are done.
    current: Hasher,
}

impl Sums {
    fn new(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            done: Vec::new(),
            current: Hasher::new(algorithm),
        }
    }

    fn take(&mut self, index: usize, octets: &[u8]) {
        self.go_on_to(index);
        self.current.update(octets);
    }

    /// Goes on to a content; those in between are empty.
    fn go_on_to(&mut self, index: usize) {
        while self.done.len() < index {
            let next = Hasher::new(self.algorithm);
            let done = std::mem::replace(&mut self.current, next);
            self.done.push(Some(done.finish()));
        }
    }

    fn finish(&mut self, count: usize, is_whole: bool) -> Vec<Option<Checksum>> {
        if is_whole {
            self.go_on_to(count);
        }
        self.done.resize(count, None);
        std::mem::take(&mut self.done)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::multipart::{Boundary, Escape, PartHead};
    use crate::send::{Content, Form, Part};

    const CONTENTS: [&str; 4] = ["abc", "", "of another file", ""];

    fn sum(octets: &[u8]) -> Checksum {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        hasher.update(octets);
        hasher.finish()
    }

    fn form() -> Body {
        let part = |content: &str| Part {
            head: PartHead {
                name: Some(b"a".to_vec()),
                ..PartHead::default()
            },
            content: Content::bytes(content),
        };
        let form = Form {
            boundary: Boundary::new("B").unwrap(),
            parts: CONTENTS.map(part).into(),
        };
        Body::new(form, Escape::Percent, Arc::default()).unwrap()
    }

    #[test]
    fn each_content_and_the_body_have_a_checksum() {
        let mut octets = Vec::new();
        form().read_to_end(&mut octets).unwrap();
        let mut body = form();
        let tally = Tally::of(&mut body, Algorithm::Sha256, CONTENTS.len());
        while body.read(&mut [0; 7]).unwrap() > 0 {}
        let sums = tally.finish(body);
        let expected = CONTENTS.map(|content| Some(sum(content.as_bytes())));
        assert_eq!(sums.contents, expected);
        assert_eq!(sums.body, Some(sum(&octets)));
    }

    #[test]
    fn what_was_not_read_to_its_end_has_none() {
        let mut body = form();
        let tally = Tally::of(&mut body, Algorithm::Sha256, CONTENTS.len());
        let mut octets = Vec::new();
        while !octets.ends_with(b"of an") {
            let mut octet = [0];
            assert_eq!(body.read(&mut octet).unwrap(), 1);
            octets.extend(octet);
        }
        let sums = tally.finish(body);
        let expected = [Some(sum(b"abc")), Some(sum(b"")), None, None];
        assert_eq!(sums.contents, expected);
        assert_eq!(sums.body, None);
    }

    #[test]
    fn a_body_that_is_one_content_has_its_checksum() {
        let mut body = Body::whole(Content::bytes("abc"), Arc::default());
        let tally = Tally::of(&mut body, Algorithm::Sha256, 1);
        body.read_to_end(&mut Vec::new()).unwrap();
        let sums = tally.finish(body);
        assert_eq!(sums.contents, [Some(sum(b"abc"))]);
        assert_eq!(sums.body, Some(sum(b"abc")));
    }

    #[test]
    fn a_body_made_of_another_has_a_checksum_of_its_own() {
        let mut first = form();
        let mut tally = Tally::of_contents(&mut first, Algorithm::Sha256, CONTENTS.len());
        first.read_to_end(&mut Vec::new()).unwrap();
        let mut second = Body::whole(Content::bytes("made of it"), Arc::default());
        tally.send(&mut second);
        drop(first);
        second.read_to_end(&mut Vec::new()).unwrap();
        let sums = tally.finish(second);
        assert_eq!(sums.contents[2], Some(sum(b"of another file")));
        assert_eq!(sums.body, Some(sum(b"made of it")));
    }

    #[test]
    fn without_a_thread_it_is_computed_all_the_same() {
        let sums = Arc::new(Mutex::new(Sums::new(Algorithm::Sha256)));
        let mut hands = Hands::None(sums.clone());
        hands.give(1, b"ab");
        hands.give(1, b"c");
        let worker = Worker { sums, thread: None };
        let expected = [Some(sum(b"")), Some(sum(b"abc"))];
        assert_eq!(worker.finish(2, true), expected);
    }
}
