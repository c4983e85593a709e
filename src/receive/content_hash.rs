//! SHA-256 of a content that comes in pieces.
//!
//! Hashing takes longer than taking in and storing together. So what is long is hashed on a thread of its own, beside them;
//! what is short is not worth one.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use sha2::{Digest, Sha256};

use super::hexadecimal;

/// Bytes that are hashed where they come in, before there is a thread for the rest.
const SHORT: usize = 256 * 1024;

/// Pieces on their way to the thread. Where it cannot keep up, it is waited for.
const PIECES: usize = 8;

/// The hash of the bytes until now.
#[derive(Debug)]
pub(super) struct ContentHash {
    state: Sha256,
    /// How many bytes `state` knows.
    length: usize,
    /// Who goes on from there.
    thread: Option<HashThread>,
}

#[derive(Debug)]
struct HashThread {
    to: SyncSender<Vec<u8>>,
    /// Pieces that are hashed, to be filled again.
    back: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl ContentHash {
    /// Of nothing.
    pub(super) fn new() -> Self {
        Self {
            state: Sha256::new(),
            length: 0,
            thread: None,
        }
    }

    /// These bytes come next.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        if let Some(thread) = &self.thread {
            return thread.take(bytes);
        }
        self.state.update(bytes);
        self.length += bytes.len();
        if self.length >= SHORT {
            // A system that has no thread left goes on here.
            self.thread = HashThread::start(self.state.clone()).ok();
        }
    }

    /// All bytes have come. Lower-case hexadecimal.
    pub(super) fn finish(self) -> String {
        let state = match self.thread {
            Some(thread) => thread.finish(),
            None => self.state,
        };
        hexadecimal(&state.finalize())
    }
}

impl HashThread {
    fn start(mut state: Sha256) -> std::io::Result<Self> {
        let (to, pieces) = mpsc::sync_channel::<Vec<u8>>(PIECES);
        let (used, back) = mpsc::channel();
        let thread = thread::Builder::new().spawn(move || {
            for piece in pieces {
                state.update(&piece);
                // Nobody wants it any more once all has come.
                let _ = used.send(piece);
            }
            state
        })?;
        Ok(Self { to, back, thread })
    }

    fn take(&self, bytes: &[u8]) {
        let mut piece = self.back.try_recv().unwrap_or_default();
        piece.clear();
        piece.extend_from_slice(bytes);
        self.to
            .send(piece)
            .expect("it takes pieces until there are no more");
    }

    fn finish(self) -> Sha256 {
        drop(self.to);
        self.thread.join().expect("hashing does not panic")
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{ContentHash, SHORT, hexadecimal};

    #[test]
    fn it_is_the_same_on_a_thread_of_its_own_and_however_it_is_cut() {
        let content: Vec<u8> = (0..=u8::MAX).cycle().take(3 * SHORT + 7).collect();
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, content.len()] {
            let content = &content[..length];
            for size in [1000, SHORT, content.len().max(1)] {
                let mut hash = ContentHash::new();
                content.chunks(size).for_each(|piece| hash.update(piece));
                let expected = hexadecimal(&Sha256::digest(content));
                assert_eq!(hash.finish(), expected, "{length} in pieces of {size}");
            }
        }
    }
}
