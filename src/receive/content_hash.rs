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

/// Bytes that are handed over at a time, be they gathered from however many.
const PIECE: usize = 64 * 1024;

/// Pieces on their way to the thread. Where it cannot keep up, it is waited for.
const PIECES: usize = 8;

/// The hash of the bytes until now.
#[derive(Debug)]
pub(super) enum ContentHash {
    /// So many bytes, hashed where they came in.
    Here(Sha256, usize),
    There(HashThread),
}

#[derive(Debug)]
pub(super) struct HashThread {
    to: SyncSender<Vec<u8>>,
    /// What is gathered for the next piece.
    piece: Vec<u8>,
    /// Pieces that are hashed, to be filled again.
    back: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl ContentHash {
    /// Of nothing.
    pub(super) fn new() -> Self {
        Self::Here(Sha256::new(), 0)
    }

    /// These bytes come next.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Here(state, length) => {
                state.update(bytes);
                let was_short = *length < SHORT;
                *length = length.saturating_add(bytes.len());
                if was_short && *length >= SHORT {
                    // A system that has no thread left goes on here.
                    if let Ok(thread) = HashThread::start(state.clone()) {
                        *self = Self::There(thread);
                    }
                }
            }
            Self::There(thread) => thread.take(bytes),
        }
    }

    /// All bytes have come. Lower-case hexadecimal.
    pub(super) fn finish(self) -> String {
        let state = match self {
            Self::Here(state, _) => state,
            Self::There(thread) => thread.finish(),
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
        Ok(Self {
            to,
            piece: Vec::new(),
            back,
            thread,
        })
    }

    fn take(&mut self, bytes: &[u8]) {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let mut next = self.back.try_recv().unwrap_or_default();
        next.clear();
        let piece = std::mem::replace(&mut self.piece, next);
        let taken = self.to.send(piece);
        taken.expect("it takes pieces until there are no more");
    }

    fn finish(mut self) -> Sha256 {
        self.hand_over();
        drop(self.to);
        self.thread.join().expect("hashing does not panic")
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{ContentHash, PIECE, SHORT, hexadecimal};

    #[test]
    fn it_is_the_same_on_a_thread_of_its_own_and_however_it_is_cut() {
        let content: Vec<u8> = (0..=u8::MAX).cycle().take(3 * SHORT + 7).collect();
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, content.len()] {
            let content = &content[..length];
            for size in [1000, PIECE, SHORT, content.len().max(1)] {
                let mut hash = ContentHash::new();
                content.chunks(size).for_each(|piece| hash.update(piece));
                let expected = hexadecimal(&Sha256::digest(content));
                assert_eq!(hash.finish(), expected, "{length} in pieces of {size}");
            }
        }
    }
}
