//! The server in a thread, and what it says of itself.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::Instant;
use std::{fs, thread};

use formpost::receive::{
    Destination, Event, Exchange, Faults, OnExist, Server, ServerError, Settings, Stopper, Store,
};
use tempfile::TempDir;

use crate::WATCHDOG;
use crate::client::{Answer, Client};

/// Descriptors are the process's, so who counts them must be alone.
static DESCRIPTORS: RwLock<()> = RwLock::new(());

/// A server in a thread, with a directory. Dropped, it is stopped, and has to end.
pub(crate) struct Serving {
    pub(crate) dir: TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) stopper: Stopper,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
    events: Arc<Events>,
    /// Kept to the end.
    not_alone: Option<RwLockReadGuard<'static, ()>>,
}

#[derive(Default)]
struct Events {
    list: Mutex<Vec<Event>>,
    changed: Condvar,
}

impl Serving {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let guard = DESCRIPTORS.read().unwrap_or_else(PoisonError::into_inner);
        let mut serving = Self::alone(change);
        serving.not_alone = Some(guard);
        serving
    }

    /// For a test that holds the lock itself.
    pub(crate) fn alone(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), OnExist::Rename).unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut settings = Settings::new(listen, Destination::Store(store));
        change(&mut settings);
        let server = Server::bind(settings).unwrap();
        let events = Arc::new(Events::default());
        let seen = Arc::clone(&events);
        Self {
            dir,
            address: server.address(),
            stopper: server.stopper(),
            thread: Some(thread::spawn(move || {
                server.run(move |event| {
                    seen.list.lock().unwrap().push(event);
                    seen.changed.notify_all();
                })
            })),
            events,
            not_alone: None,
        }
    }

    pub(crate) fn faulty(faults: Faults) -> Self {
        Self::with(|settings| settings.faults = faults)
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Sends this over a connection of its own, and gives the answer.
    #[track_caller]
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut client = self.connect();
        client.send(request);
        client.answer()
    }

    /// Waits until there is such an event.
    #[track_caller]
    pub(crate) fn wait_for<T>(&self, find: impl Fn(&Event) -> Option<T>) -> T {
        let mut list = self.events.list.lock().unwrap();
        let until = Instant::now() + WATCHDOG;
        loop {
            if let Some(found) = list.iter().find_map(&find) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it did not happen; this did: {list:?}");
            list = self.events.changed.wait_timeout(list, left).unwrap().0;
        }
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let list = self.events.list.lock().unwrap();
        let answered = list.iter().filter_map(answered);
        answered.collect()
    }

    /// The names in the directory, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    pub(crate) fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.dir.path().join(name)).unwrap()
    }

    /// Stops it and waits for its end.
    pub(crate) fn stop(&mut self) {
        self.stopper.stop();
        self.wait();
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stopper.stop();
        let outcome = self.thread.take().map(JoinHandle::join);
        drop(self.not_alone.take());
        if !thread::panicking() {
            assert!(matches!(outcome, None | Some(Ok(Ok(())))));
        }
    }
}

pub(crate) fn answered(event: &Event) -> Option<Exchange> {
    if let Event::Answered(exchange) = event {
        Some(exchange.clone())
    } else {
        None
    }
}

pub(crate) fn lost(event: &Event) -> Option<u64> {
    if let Event::Lost { bytes, .. } = event {
        Some(*bytes)
    } else {
        None
    }
}

/// No other test of this file has a socket while this guard is there.
pub(crate) fn be_alone() -> RwLockWriteGuard<'static, ()> {
    DESCRIPTORS.write().unwrap_or_else(PoisonError::into_inner)
}
