//! How far many uploads have come: a line for each that is under way and one for all, or whole lines in a log.

use std::io::{self, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use formpost::send::Meter;

use super::stage::Stage;
use super::view::{Rates, Watch, pace, within};
use super::{PLAIN_EVERY, Shown, TICK, width};
use crate::app::columns::cut;
use crate::app::terminal;
use crate::app::units::{count, size};

/// The lines of a terminal that does not say how many it has.
const ROWS: usize = 24;

/// Files and their octets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) files: u64,
    pub(crate) octets: u64,
}

/// What is known of all uploads together: written by those who send, read by who shows it.
#[derive(Default)]
pub(crate) struct Board(Mutex<State>);

#[derive(Default)]
struct State {
    /// The upload of each worker.
    running: Vec<Option<Watch>>,
    /// What has been dealt with, whichever way it ended.
    passed: Figures,
    failed: u64,
    /// What there is, once that is known.
    all: Option<Figures>,
}

impl Board {
    /// That worker begins to send a file; `total` is its octets, if that is known.
    pub(crate) fn begin(&self, worker: usize, name: &str, meter: &Arc<Meter>, total: Option<u64>) {
        let watch = Watch::new(meter.clone(), vec![name.to_owned()], total);
        let mut state = self.state();
        if state.running.len() <= worker {
            state.running.resize_with(worker + 1, || None);
        }
        state.running[worker] = Some(watch);
    }

    /// That worker has dealt with a file of so many octets.
    pub(crate) fn end(&self, worker: usize, octets: u64, is_failed: bool) {
        let mut state = self.state();
        if let Some(running) = state.running.get_mut(worker) {
            *running = None;
        }
        state.pass(octets, is_failed);
    }

    /// A file of so many octets has been dealt with, and nobody had begun to send it.
    pub(crate) fn pass(&self, octets: u64, is_failed: bool) {
        self.state().pass(octets, is_failed);
    }

    /// There are so many, all in all.
    pub(crate) fn set_all(&self, all: Figures) {
        self.state().all = Some(all);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pass(&mut self, octets: u64, is_failed: bool) {
        self.passed.files += 1;
        self.passed.octets += octets;
        self.failed += u64::from(is_failed);
    }

    /// Octets that have been dealt with or are out.
    fn octets(&self) -> u64 {
        let running = self.running.iter().flatten().map(Watch::accepted);
        running.fold(self.passed.octets, u64::saturating_add)
    }

    /// A line for each upload that is under way, and the last for all: at most so many, of that width.
    fn lines(&mut self, rows: usize, width: usize, tick: usize, rate: Option<u64>) -> Vec<String> {
        let room = rows.saturating_sub(1);
        let count = self.running.iter().flatten().count();
        let shown = if count > room {
            room.saturating_sub(1)
        } else {
            count
        };
        let running = self.running.iter_mut().flatten();
        let mut lines: Vec<String> = running
            .take(shown)
            .map(|watch| watch.look(tick).line_among_others(width))
            .collect();
        if count > shown && room > 0 {
            lines.push(cut(&format!("and {} more", count - shown), width));
        }
        lines.push(within(&self.numbers(rate), width));
        lines
    }

    /// The figures of all, the most important first.
    fn numbers(&self, rate: Option<u64>) -> Vec<String> {
        let octets = self.octets();
        let mut numbers = match self.all {
            Some(all) => vec![
                format!("{} of {}", self.passed.files, files(all.files)),
                format!("{} of {}", size(octets), size(all.octets)),
            ],
            None => vec![files(self.passed.files), size(octets)],
        };
        if self.failed > 0 {
            numbers.insert(1, format!("{} failed", self.failed));
        }
        numbers.extend(pace(octets, self.all.map(|all| all.octets), rate));
        numbers
    }
}

fn files(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "file")
}

/// A board being shown. It ends when it is dropped.
pub(crate) struct BatchProgress {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    stage: Arc<Stage>,
}

impl BatchProgress {
    /// Begins to show the board: on the stage, if it is drawn.
    pub(crate) fn start(shown: Shown, board: &Arc<Board>, stage: &Arc<Stage>) -> Self {
        let mut progress = Self {
            stop: None,
            thread: None,
            stage: stage.clone(),
        };
        if shown == Shown::Not {
            return progress;
        }
        let (stop, stopped) = mpsc::channel();
        let (board, stage) = (board.clone(), stage.clone());
        let thread = thread::Builder::new().spawn(move || match shown {
            Shown::Bar => draw(&board, &stage, || stopped.recv_timeout(TICK)),
            Shown::Plain | Shown::Not => tell(&board, || stopped.recv_timeout(TICK)),
        });
        progress.stop = Some(stop);
        // A system that has no thread left for this can still send.
        progress.thread = thread.ok();
        progress
    }
}

impl Drop for BatchProgress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been reported by the thread.
            let _ = thread.join();
        }
        self.stage.close();
    }
}

fn draw(board: &Board, stage: &Stage, pause: impl Fn() -> Result<(), RecvTimeoutError>) {
    let mut rates = Rates::since(Instant::now());
    let mut tick = 0;
    while pause() == Err(RecvTimeoutError::Timeout) {
        let rows = terminal::rows().filter(|rows| *rows > 0).unwrap_or(ROWS);
        let lines = {
            let mut known = board.state();
            let rate = rates.at(Instant::now(), known.octets());
            // The last column and the last row stay empty, or the terminal may scroll.
            known.lines(
                rows.saturating_sub(1).max(1),
                width().saturating_sub(1),
                tick,
                rate,
            )
        };
        stage.draw(&lines);
        tick += 1;
    }
}

fn tell(board: &Board, pause: impl Fn() -> Result<(), RecvTimeoutError>) {
    let mut rates = Rates::since(Instant::now());
    let mut next = Instant::now() + PLAIN_EVERY;
    while pause() == Err(RecvTimeoutError::Timeout) {
        let state = board.state();
        let rate = rates.at(Instant::now(), state.octets());
        if Instant::now() >= next {
            next += PLAIN_EVERY;
            let line = format!("formpost: {}\n", state.numbers(rate).join(", "));
            // Nobody reading it is no reason to stop.
            let _ = io::stderr().write_all(line.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::columns::columns_of;

    fn state(running: usize) -> State {
        let watch = |_| {
            let name = vec![String::from("a.txt")];
            Some(Watch::new(Arc::default(), name, Some(100)))
        };
        State {
            running: (0..running).map(watch).collect(),
            passed: Figures {
                files: 3,
                octets: 3 << 20,
            },
            failed: 0,
            all: None,
        }
    }

    #[test]
    fn all_uploads_have_a_line_where_there_is_room() {
        let lines = state(4).lines(23, 79, 0, None);
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[4], "3 files  3.0 MiB");
        let lines = state(64).lines(23, 79, 0, None);
        assert_eq!(lines.len(), 23);
        assert_eq!(lines[21], "and 43 more");
        for rows in 1..5 {
            assert_eq!(state(64).lines(rows, 79, 0, None).len(), rows);
        }
        assert_eq!(state(0).lines(23, 79, 0, None).len(), 1);
    }

    #[test]
    fn no_line_is_wider_than_the_window() {
        let mut state = State {
            failed: 2,
            all: Some(Figures {
                files: 480,
                octets: 63 << 20,
            }),
            ..state(2)
        };
        let full = "3 of 480 files  2 failed  3.0 MiB of 63.0 MiB  10.0 MiB/s  6 s left";
        for width in 0..100 {
            let lines = state.lines(23, width, 0, Some(10 << 20));
            assert!(
                lines.iter().all(|line| columns_of(line) <= width),
                "{width}"
            );
        }
        assert_eq!(state.lines(23, 99, 0, Some(10 << 20))[2], full);
    }

    #[test]
    fn what_has_ended_counts_and_has_no_line() {
        let board = Board::default();
        board.begin(1, "a.txt", &Arc::default(), Some(5));
        board.end(1, 5, true);
        let mut state = board.state();
        assert_eq!(state.lines(23, 79, 0, None), ["1 file  1 failed  5 B"]);
    }
}
