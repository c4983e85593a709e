//! A journal whose keeper is killed, again and again, at moments that nobody has chosen.
//!
//! The keeper is this very program, started anew to run [`keeper`] alone. What it sends goes to the test, over loopback:
//! so there is a server that knows what was sent, whatever the journal says. `KILLS=1000 cargo test killed` takes longer
//! than the few that are usual, and sees more.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Child;
use std::sync::{Mutex, mpsc};
use std::thread;

use super::tests::{anew, candidate, end, place, revision};
use super::{Doubt, Journal, Queue, Standing, Turn};
use crate::app::exit::Exit;
use crate::app::random;

const FILES: usize = 300;
const WORKERS: usize = 4;

/// What the server knows of a file.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// How often it was sent.
    sent: usize,
    /// The keeper said that its end was written.
    is_ended: bool,
}

#[test]
fn a_killed_keeper_leaves_in_doubt_what_was_under_way_and_nothing_else() {
    let kills = option_env!("KILLS").map_or(10, |kills| kills.parse().unwrap());
    let mut done = 0;
    while done < kills {
        done += kill_until_all_is_done(kills - done);
    }
}

/// Goes on with one journal until there is nothing more to send. Tells how many keepers were killed.
fn kill_until_all_is_done(most: usize) -> usize {
    let (_directory, path) = place();
    let directory = path.parent().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    fs::write(directory.join("address"), address).unwrap();
    let mut seen = [Seen::default(); FILES];
    let mut doubts = 0;
    let mut kills = 0;
    loop {
        let keeper = start(directory);
        let (server, _) = listener.accept().unwrap();
        let last = (kills < most).then(|| pick(FILES / 4));
        let was_killed = serve(server, keeper, last, &mut seen);
        kills += usize::from(was_killed);
        let doubts_before = std::mem::replace(&mut doubts, check(directory, &seen));
        // Elsewhere nobody knows whether it was the machine.
        if cfg!(target_os = "linux") {
            assert!(
                doubts <= doubts_before + WORKERS,
                "{doubts_before}, {doubts}"
            );
        }
        if !was_killed {
            return kills.max(1);
        }
    }
}

/// A number below `most`.
fn pick(most: usize) -> usize {
    let octets = random::journal_id().unwrap();
    usize::from(u16::from_ne_bytes([octets[0], octets[1]])) % most
}

fn start(directory: &Path) -> Child {
    let mut keeper = anew(module_path!(), "keeper");
    keeper.current_dir(directory).spawn().unwrap()
}

/// Takes note of what the keeper says, and kills it once it has said `last` things. Tells whether it was killed.
fn serve(server: TcpStream, mut keeper: Child, last: Option<usize>, seen: &mut [Seen]) -> bool {
    for (said, line) in BufReader::new(server).split(b'\n').enumerate() {
        // A connection whose end was killed may be reset.
        let Ok(line) = line else { break };
        let line = String::from_utf8(line).unwrap();
        let (what, number) = line.split_once(' ').unwrap();
        let file = &mut seen[number.parse::<usize>().unwrap()];
        match what {
            "sending" => file.sent += 1,
            "ended" => file.is_ended = true,
            _ => panic!("{line}"),
        }
        if last == Some(said) {
            keeper.kill().unwrap();
        }
    }
    let was_killed = !keeper.wait().unwrap().success();
    assert!(!was_killed || last.is_some(), "the keeper failed");
    was_killed
}

/// Compares what the journal says with what the server saw, and tells how many files are in doubt.
fn check(directory: &Path, seen: &[Seen]) -> usize {
    let journal = Journal::open(&directory.join("journal"), None, &mut |_| {}).unwrap();
    let mut doubts = 0;
    for (number, seen) in seen.iter().enumerate() {
        let standing = journal.standing(&revision(&number.to_string()));
        assert!(seen.sent <= 1, "{number} was sent twice");
        match standing {
            Standing::Done => assert_eq!(seen.sent, 1, "{number} is said to be done"),
            Standing::New => assert_eq!(seen.sent, 0, "{number} is said to be new"),
            Standing::Unknown => {
                assert!(!seen.is_ended, "{number} was done");
                doubts += 1;
            }
            Standing::Changed | Standing::Failed | Standing::UnderWay => {
                panic!("{number} is {standing:?}")
            }
        }
    }
    doubts
}

#[test]
#[ignore = "it is started by the test that kills it"]
fn keeper() {
    let Ok(address) = fs::read_to_string("address") else {
        return;
    };
    let server = Mutex::new(TcpStream::connect(address).unwrap());
    let journal = Journal::open(Path::new("journal"), None, &mut |_| {}).unwrap();
    let (found, files) = mpsc::sync_channel(FILES);
    for number in 0..FILES {
        found.send(candidate(&number.to_string())).unwrap();
    }
    drop(found);
    let queue = journal.queue(files, Doubt::Leave);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| send(&queue, &server));
        }
    });
    journal.close().unwrap();
}

fn send(queue: &Queue<'_, String>, server: &Mutex<TcpStream>) {
    let say = |what: &str, number: &str| {
        let mut server = server.lock().unwrap();
        server
            .write_all(format!("{what} {number}\n").as_bytes())
            .unwrap();
    };
    while let Some(turn) = queue.next().unwrap() {
        if let Turn::Send(begun) = turn {
            let number = begun.item.clone();
            say("sending", &number);
            end(begun, Exit::Done);
            say("ended", &number);
        }
    }
}
