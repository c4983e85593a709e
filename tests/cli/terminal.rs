//! What somebody in front of a terminal sees while an upload runs and when it is over, and what can be typed there.
//!
//! Nothing is left to timing: the server stops reading, and keeps its answer, until the test has seen what it wants.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

use crate::pseudo_terminal::{Seen, Terminal};
use crate::sandbox::{PATIENCE, Sandbox, feed_fifo};
use crate::tls::Visitor;
use crate::wire_tap::{Answer, Request, WireTap};

const MIB: u64 = 1024 * 1024;

/// More than the socket buffers between two ends on loopback swallow.
const MUCH: u64 = 32 * MIB;

/// A server that reads a megabyte and stops, reads the rest when it is told to, and answers when it is told to.
struct SlowServer {
    stopped: Receiver<()>,
    // Dropped first, which lets the server go on: the tap waits for its end.
    reading: Option<Sender<()>>,
    answering: Option<Sender<()>>,
    tap: WireTap,
}

impl SlowServer {
    fn answering(answer: Answer) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (reading, read_on) = mpsc::channel::<()>();
        let (answering, answer_now) = mpsc::channel::<()>();
        let answer = answer
            .discarding()
            .at(1_000_000, move || {
                // A test that no longer listens has its own reasons.
                let _ = stop.send(());
                read_on.recv().unwrap_or_default();
            })
            .before_answer(move || answer_now.recv().unwrap_or_default());
        Self {
            stopped,
            reading: Some(reading),
            answering: Some(answering),
            tap: WireTap::answering([answer]),
        }
    }

    fn thanking() -> Self {
        Self::answering(Answer::ok("thanks\n"))
    }

    fn url(&self) -> String {
        self.tap.url("/")
    }

    /// Waits until it has read its megabyte.
    #[track_caller]
    fn until_it_stopped(&self) {
        self.stopped.recv_timeout(PATIENCE).unwrap();
    }

    fn read_on(&mut self) {
        self.reading = None;
    }

    /// Reads on, and answers.
    fn answer(&mut self) {
        self.reading = None;
        self.answering = None;
    }

    fn request(mut self) -> Request {
        self.answer();
        self.tap.request()
    }
}

/// What ends the program, how it is sent, and the exit code.
type Signal = (&'static str, fn(&mut Terminal), i32);

const SIGNALS: &[Signal] = &[
    ("Ctrl-C", |terminal| terminal.type_keys("\x03"), 130),
    ("SIGINT", |terminal| terminal.signal("INT"), 130),
    ("SIGTERM", |terminal| terminal.signal("TERM"), 143),
    ("SIGHUP", |terminal| terminal.signal("HUP"), 129),
];

/// Files that are not sent in a moment.
fn much() -> Sandbox {
    Sandbox::new()
        .sparse_file("first", MUCH)
        .sparse_file("second", MIB)
}

/// The number before `%`.
fn percent(line: &str) -> Option<u8> {
    let (before, _) = line.split_once(" %")?;
    before.rsplit(' ').next()?.parse().ok()
}

#[track_caller]
fn until_percent(terminal: &mut Terminal) -> String {
    terminal.until_screen(|screen| percent(screen).is_some())
}

/// Returns when a bar would long have been drawn: when one has, for an upload that begins now.
fn until_a_bar_would_be_drawn() {
    let mut server = SlowServer::thanking();
    let sandbox = much();
    let run = sandbox.formpost(["-F", "a=@first", &server.url()]);
    let mut terminal = run.in_terminal(80);
    until_percent(&mut terminal);
    server.answer();
    terminal.wait().code(0);
}

#[test]
fn o7_at_every_width_one_line_tells_how_far_it_is() {
    let table: [(u16, &[&str]); 3] = [
        (20, &["1/2 first"]),
        (80, &["1/2 first", " MiB of 33.0 MiB  ", "iB/s  ", " left"]),
        (
            200,
            &["1/2 first", "  [", "]  ", " MiB of 33.0 MiB  ", "iB/s  "],
        ),
    ];
    for (columns, words) in table {
        let answer = Answer::with_headers("201 Created", &["Location: /there"], "thanks\n");
        let mut server = SlowServer::answering(answer);
        let sandbox = much();
        let run = sandbox.formpost(["-F", "a=@first", "-F", "b=@second", &server.url()]);
        // A terminal is one in continuous integration, too.
        let run = run.env("CI", if columns == 80 { "true" } else { "" });
        let mut terminal = run.in_terminal(columns);

        let line = terminal.until_screen(|screen| {
            percent(screen).is_some() && words.iter().all(|word| screen.contains(word))
        });
        assert!(percent(&line).unwrap() < 100, "{line}");

        server.read_on();
        terminal.until_screen(|screen| screen.starts_with("waiting for the an"));

        server.answer();
        let seen = terminal.wait();
        seen.code(0).raw_lacks("100 %").screen(&[
            "thanks",
            "201 Created, 2 parts, 33.0 MiB in …",
            "Location: /there",
        ]);
        let during = seen.screens().iter();
        for screen in during.take_while(|screen| !screen.contains("thanks")) {
            assert!(
                !screen.contains('\n') && screen.width() < usize::from(columns),
                "in {columns} columns:\n{screen}"
            );
        }
        assert!(server.request().is_complete);
    }
}

#[test]
fn o7_a_terminal_without_width_is_no_reason_to_fail() {
    for columns in [0, 1, 2] {
        let mut server = SlowServer::thanking();
        let sandbox = much();
        let run = sandbox.formpost(["-F", "a=@first", &server.url()]);
        let mut terminal = run.in_terminal(columns);
        if columns == 0 {
            until_percent(&mut terminal);
        } else {
            // There is nothing to be seen where nothing fits.
            until_a_bar_would_be_drawn();
        }
        server.answer();
        terminal
            .wait()
            .code(0)
            .screen(&["thanks", "200 OK, 1 part, 32.0 MiB in …"]);
    }
}

#[test]
fn the_summary_begins_a_line_of_its_own() {
    let tap = WireTap::answering([Answer::ok("no line end")]);
    Sandbox::new()
        .formpost(["-F", "a=1", &tap.url("/")])
        .in_terminal(80)
        .wait()
        .code(0)
        .screen(&["no line end", "200 OK, 1 part, 1 B in …"]);
}

#[test]
fn an_empty_upload_has_no_percentage_to_divide() {
    let (answering, answer_now) = mpsc::channel::<()>();
    let answer =
        Answer::ok("thanks\n").before_answer(move || answer_now.recv().unwrap_or_default());
    let tap = WireTap::answering([answer]);
    let answering = answering;
    let sandbox = Sandbox::new().file("empty", "");
    let run = sandbox.formpost(["-F", "a=@empty", &tap.url("/")]);
    let mut terminal = run.in_terminal(80);
    terminal.until_screen(|screen| screen.starts_with("waiting for the answer"));
    drop(answering);
    terminal
        .wait()
        .code(0)
        .screen(&["thanks", "200 OK, 1 part, 0 B in …"]);
}

#[test]
fn an_unknown_length_is_shown_by_something_that_moves() {
    let mut server = SlowServer::thanking();
    let sandbox = Sandbox::new().fifo("pipe");
    feed_fifo(
        sandbox.path("pipe"),
        vec![0; usize::try_from(MUCH).unwrap()],
    );
    let run = sandbox.formpost(["-F", "a=@pipe", &server.url()]);
    let mut terminal = run.in_terminal(80);

    let first = terminal.until_screen(|screen| screen.contains("<=>"));
    terminal
        .until_screen(|screen| screen.contains("<=>") && screen.find("<=>") != first.find("<=>"));
    server.answer();

    terminal
        .wait()
        .code(0)
        .raw_lacks("%")
        .screen(&["thanks", "200 OK, 1 part, 32.0 MiB in …"]);
    assert!(server.request().is_chunked());
}

#[test]
fn o7_a_terminal_that_cannot_draw_is_sent_no_escapes() {
    for set in ["dumb", "", "not set"] {
        let mut server = SlowServer::thanking();
        let sandbox = much();
        let run = sandbox.formpost(["-F", "a=@first", &server.url()]);
        let run = if set == "not set" {
            run.env_unset("TERM")
        } else {
            run.env("TERM", set)
        };
        let terminal = run.in_terminal(80);
        until_a_bar_would_be_drawn();
        server.answer();
        terminal
            .wait()
            .code(0)
            .raw_lacks("\x1b")
            .screen(&["thanks", "200 OK, 1 part, 32.0 MiB in …"]);
    }
}

#[test]
fn no_color_takes_the_colours_and_leaves_the_bar() {
    for (no_color, has_color) in [("1", false), ("", true)] {
        let mut server = SlowServer::thanking();
        let sandbox = much();
        let run = sandbox.formpost(["-F", "a=@first", &server.url()]);
        let mut terminal = run.env("NO_COLOR", no_color).in_terminal(80);
        until_percent(&mut terminal);
        server.answer();
        let seen = terminal.wait();
        seen.code(0)
            .screen(&["thanks", "200 OK, 1 part, 32.0 MiB in …"]);
        let colours = seen.raw_text().replace("\x1b[J", "");
        assert_eq!(colours.contains('\x1b'), has_color, "{colours:?}");
        assert_eq!(colours.contains("\x1b[32m200 OK"), has_color, "{colours:?}");
    }
}

#[test]
fn nothing_is_drawn_where_nothing_was_asked_for() {
    for quiet in [
        &["--progress", "none"][..],
        &["--no-progress-meter"],
        &["-s"],
    ] {
        let mut server = SlowServer::thanking();
        let sandbox = much();
        let run = sandbox.formpost(["-F", "a=@first", &server.url()]);
        let terminal = run.args(quiet).in_terminal(80);
        until_a_bar_would_be_drawn();
        server.answer();
        let seen = terminal.wait();
        seen.code(0).raw_lacks("\x1b[J").raw_lacks("%");
        if quiet == ["-s"] {
            seen.raw("thanks\r\n");
        } else {
            seen.screen(&["thanks", "200 OK, 1 part, 32.0 MiB in …"]);
        }
    }
}

#[test]
fn the_bar_is_drawn_while_the_response_goes_into_a_file() {
    let mut server = SlowServer::thanking();
    let sandbox = much();
    let run = sandbox.formpost(["-F", "a=@first", &server.url()]);
    let mut terminal = run.stdout_to("answer").in_terminal(80);
    until_percent(&mut terminal);
    server.answer();
    terminal
        .wait()
        .code(0)
        .screen(&["200 OK, 1 part, 32.0 MiB in …"]);
    assert_eq!(sandbox.read("answer"), b"thanks\n");
}

#[test]
fn o6_a_resized_window_is_not_littered() {
    let mut server = SlowServer::thanking();
    let sandbox = much();
    let run = sandbox.formpost(["-v", "-F", "a=@first", "-F", "b=@second", &server.url()]);
    let mut terminal = run.in_terminal(80);
    let screen = until_percent(&mut terminal);
    let (before, _) = screen.rsplit_once('\n').unwrap();
    assert!(before.starts_with("> POST / HTTP/1.1\n"), "{before}");
    let is_one_bar = |line: &str, columns: u16| {
        line.contains('%') && !line.contains('\n') && line.width() < usize::from(columns)
    };

    for columns in [20, 200, 33, 32, 120, 10, 80] {
        let screen = terminal.resize(columns);
        let rest = screen
            .strip_prefix(before)
            .and_then(|r| r.strip_prefix('\n'));
        assert!(
            rest.is_some_and(|line| is_one_bar(line, columns)),
            "now in {columns} columns:\n{screen}"
        );
    }

    server.answer();
    let seen = terminal.wait();
    let headers = seen.code(0).screens().last().unwrap();
    let rest = headers.strip_prefix(before).unwrap();
    assert!(rest.starts_with("\n< HTTP/1.1 200 OK\n"), "{headers}");
}

#[test]
fn o1_o2_a_signal_takes_the_line_away_and_ends_it() {
    for (name, send, code) in SIGNALS {
        println!("{name}");
        let server = SlowServer::thanking();
        let sandbox = much();
        let run = sandbox.formpost(["-F", "a=@first", &server.url()]);
        let mut terminal = run.in_terminal(80);
        until_percent(&mut terminal);
        server.until_it_stopped();

        send(&mut terminal);

        let seen = terminal.wait();
        seen.code(*code);
        let left = seen.screens().last().unwrap();
        assert!(["", "^C"].contains(&left.as_str()), "{name}: {left}");
        assert!(!server.request().is_complete, "{name}");
    }
}

#[test]
fn o2_a_stopped_terminal_does_not_keep_a_signal_from_ending_it() {
    let server = SlowServer::thanking();
    let sandbox = much();
    let run = sandbox.formpost(["-F", "a=@first", &server.url()]);
    let mut terminal = run.in_terminal(80);
    until_percent(&mut terminal);
    server.until_it_stopped();
    // Ctrl-S, which no bar can be drawn after.
    terminal.type_keys("\x13");
    until_a_bar_would_be_drawn();

    terminal.signal("TERM");

    terminal.wait().code(143);
    assert!(!server.request().is_complete);
}

/// The time in which nothing could be sent is no stall: the server takes it when the program goes on.
#[test]
fn o8_a_program_that_was_stopped_goes_on() {
    const LIMIT: Duration = Duration::from_secs(4);
    let limit = LIMIT.as_secs().to_string();
    let mut server = SlowServer::thanking();
    let sandbox = much();
    let options = ["--stall-timeout", &limit, "--response-timeout", &limit];
    let run = sandbox.formpost(["-F", "a=@first", &server.url()]);
    let mut terminal = run.args(options).in_terminal(80);
    until_percent(&mut terminal);
    server.until_it_stopped();

    terminal.signal("STOP");
    server.read_on();
    // Time itself is what is waited for.
    thread::sleep(LIMIT + Duration::from_secs(1));
    terminal.signal("CONT");
    terminal.until_screen(|screen| screen.starts_with("waiting for the answer"));

    terminal.signal("STOP");
    server.answer();
    thread::sleep(LIMIT + Duration::from_secs(1));
    terminal.signal("CONT");

    terminal
        .wait()
        .code(0)
        .screen(&["thanks", "200 OK, 1 part, 32.0 MiB in …"]);
    assert!(server.request().is_complete);
}

#[test]
fn o1_o2_a_signal_while_somebody_is_waited_for_ends_it_at_once() {
    for (name, send, code) in SIGNALS {
        println!("{name}, before a repeat");
        let tap = WireTap::answering([Answer::status("503 Busy", "")]);
        let sandbox = Sandbox::new().fifo("pipe");
        let repeats = ["--retry", "3", "--retry-delay", "600"];
        let run = sandbox.formpost(["-F", "a=1", &tap.url("/")]).args(repeats);
        let mut terminal = run.in_terminal(80);
        terminal.until_screen(|screen| screen.contains("again in 10 min"));
        send(&mut terminal);
        let seen = terminal.wait();
        seen.code(*code).raw_lacks("hint");
        assert_eq!(tap.requests().len(), 1, "{name}");

        println!("{name}, before a FIFO's writer comes");
        let nobody = WireTap::expecting_nobody();
        let run = sandbox.formpost(["--spool", "-F", "a=@pipe", &nobody.url("/")]);
        let mut terminal = run.in_terminal(80);
        terminal.until_it_waits();
        send(&mut terminal);
        terminal.wait().code(*code).raw_lacks("formpost");

        println!("{name}, while standard input is typed");
        let run = sandbox.formpost([&nobody.url("/"), "-"]);
        let mut terminal = run.in_terminal(80);
        terminal.until_screen(|screen| screen.contains("reading from the terminal"));
        send(&mut terminal);
        terminal.wait().code(*code);
    }
}

#[test]
fn what_is_typed_is_sent_after_it_was_said_that_it_is_read() {
    let tap = WireTap::answering([Answer::ok("thanks\n")]);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["--boundary", "X", &tap.url("/"), "-"]);
    let mut terminal = run.in_terminal(80);

    terminal.until_screen(|screen| screen.contains("reading from the terminal"));
    terminal.type_keys("hello\rthere\r\x04");

    terminal.wait().code(0).screen(&[
        "formpost: reading from the terminal; Ctrl-D on an empty line ends it",
        "hello",
        "there",
        "thanks",
        "200 OK, 1 part, 12 B in …",
    ]);
    let body = tap.request().body_text();
    assert!(
        body.ends_with("\r\n\r\nhello\nthere\n\r\n--X--\r\n"),
        "{body}"
    );
}

#[test]
fn a_password_is_asked_for_and_not_shown() {
    let tap = WireTap::answering([Answer::ok("thanks\n")]);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["-u", "name", "-F", "a=1", &tap.url("/")]);
    let mut terminal = run.in_terminal(80);

    terminal.until_screen(|screen| screen == "password for name:");
    terminal.until_it_reads_unseen();
    terminal.type_keys("secret\r");

    terminal.wait().code(0).raw_lacks("secret").screen(&[
        "password for name:",
        "thanks",
        "200 OK, 1 part, 1 B in …",
    ]);
    // name:secret
    let expected = Some("Basic bmFtZTpzZWNyZXQ=");
    assert_eq!(tap.request().header("Authorization"), expected);
}

#[test]
fn a_proxys_password_is_asked_for_if_there_is_a_proxy_that_lacks_it() {
    let tap = WireTap::answering([Answer::ok("thanks\n"), Answer::ok("thanks\n")]);
    let sandbox = Sandbox::new();
    let (url, proxy) = (tap.url("/"), tap.address());
    let run = sandbox.formpost(["-U", "name", "-x", &proxy, "-F", "a=1", &url]);
    let mut terminal = run.in_terminal(80);
    terminal.until_screen(|screen| screen == "proxy password for name:");
    terminal.until_it_reads_unseen();
    terminal.type_keys("secret\r");
    terminal.wait().code(0).raw_lacks("secret");

    let bypassed = ["--noproxy", "*", "-U", "name", "-x", &proxy, "-F", "a=1"];
    let run = sandbox.formpost(bypassed).arg(&url);
    run.in_terminal(80).wait().code(0).raw_lacks("password");

    let requests = tap.requests();
    // name:secret
    let expected = Some("Basic bmFtZTpzZWNyZXQ=");
    assert_eq!(requests[0].header("Proxy-Authorization"), expected);
    assert_eq!(requests[1].header("Proxy-Authorization"), None);
}

#[test]
fn the_password_of_a_key_is_asked_for_and_not_shown() {
    for (typed, code) in [("sesame\r", 0), ("secret\r", 2)] {
        let sandbox = Sandbox::new().file("me.pem", Visitor::new().both_locked());
        let run = sandbox.formpost([
            "-E",
            "me.pem",
            "--dump-body",
            "body",
            "-F",
            "a=1",
            "https://h/",
        ]);
        let mut terminal = run.in_terminal(80);

        terminal.until_screen(|screen| screen == "password for me.pem:");
        terminal.until_it_reads_unseen();
        terminal.type_keys(typed);

        terminal.wait().code(code).raw_lacks(typed.trim());
    }
}

#[test]
fn o1_o2_a_signal_at_the_password_lets_typing_be_seen_again() {
    for (name, send, code) in SIGNALS {
        println!("{name}");
        let tap = WireTap::expecting_nobody();
        let sandbox = Sandbox::new();
        let run = sandbox.formpost(["-u", "name", "-F", "a=1", &tap.url("/")]);
        let mut terminal = run.in_terminal(80);
        terminal.until_screen(|screen| screen == "password for name:");
        terminal.until_it_reads_unseen();

        send(&mut terminal);

        let seen = terminal.wait();
        seen.code(*code).raw_lacks("formpost:");
        assert!(seen.echoes(), "{name}");
    }
}

#[test]
fn a_short_upload_has_no_progress_in_a_log() {
    let tap = WireTap::answering([Answer::ok("thanks\n")]);
    let outcome = Sandbox::new()
        .formpost(["-F", "a=1", &tap.url("/")])
        .env("TERM", "xterm-256color")
        .run();
    let summary = outcome.code(0).stderr_lacks("\x1b").stderr_text();
    assert!(
        summary.starts_with("200 OK, 1 part, 1 B in ") && summary.lines().count() == 1,
        "{summary}"
    );
}

#[test]
fn a_long_upload_tells_its_progress_in_whole_lines() {
    const EVERY: Duration = Duration::from_secs(5);
    let mut server = SlowServer::thanking();
    let sandbox = much().fifo("log");
    let (line_came, lines) = mpsc::channel();
    let log = sandbox.path("log");
    thread::spawn(move || {
        for line in BufReader::new(File::open(log).unwrap()).split(b'\n') {
            // A test that no longer listens has its own reasons.
            let _ = line_came.send(String::from_utf8(line.unwrap()).unwrap());
        }
    });
    let began = Instant::now();
    let run = sandbox.formpost(["-F", "a=@first", "-F", "b=@second", &server.url()]);
    let running = run.env("TERM", "xterm-256color").stderr_to("log").start();

    let mut log = vec![lines.recv_timeout(PATIENCE).unwrap()];
    server.answer();
    running.wait().code(0);
    log.extend(lines);

    let most = began.elapsed().as_secs() / EVERY.as_secs();
    let summary = log.pop().unwrap();
    assert!(
        summary.starts_with("200 OK, 2 parts, 33.0 MiB in "),
        "{summary}"
    );
    assert!((1..=most).contains(&(log.len() as u64)), "{log:#?}");
    assert!(log[0].starts_with("formpost: 1/2 first: "), "{log:#?}");
    assert!(log[0].contains(" MiB of 33.0 MiB"), "{log:#?}");
    assert!(!log.concat().contains(['\r', '\x1b']), "{log:#?}");
}

/// What would retitle the window, overwrite the line, turn the direction of reading and colour the rest, were it obeyed.
const HOSTILE: &[u8] = b"\x1b]0;t\x07good\rbad \x9b31m \xc2\x9b1m \xe2\x80\xae!\r\n";
const HOSTILE_SHOWN: &str = "\\u{1b}]0;t\\u{7}good\\rbad \\x9b31m \\u{9b}1m \\u{202e}!";

/// Uploads a little from a terminal, to a server that answers with this head and this body.
#[track_caller]
fn answered(args: &[&str], head: &str, body: &[u8]) -> Seen {
    let answer = [head.as_bytes(), b"\r\n\r\n", body].concat();
    let tap = WireTap::answering([Answer::raw(answer).and_close()]);
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(["-F", "a=1"]).args(args);
    run.arg(tap.url("/")).in_terminal(80).wait()
}

#[test]
fn a41_an_answer_is_shown_on_a_terminal_and_not_obeyed() {
    let head = "HTTP/1.1 200 OK\r\nX: \u{9b}2J\u{202e}";
    let body = [HOSTILE, "\t\u{e4}\n".as_bytes()].concat();
    let summary = "200 OK, 1 part, 1 B in …";
    let shown_head = ["HTTP/1.1 200 OK", "X: \\u{9b}2J\\u{202e}", ""];
    let shown_body = [HOSTILE_SHOWN, "        \u{e4}", summary];
    answered(&[], head, &body).code(0).screen(&shown_body);
    for option in [&["-i"][..], &["-D", "-"]] {
        answered(option, head, &body)
            .code(0)
            .screen(&[&shown_head[..], &shown_body].concat());
    }
    let head = "HTTP/1.1 301 \u{9b}2J\r\nLocation: /\u{9b}2J\r\nX: \u{202e}";
    let seen = answered(&["-v", "-L"], head, b"");
    seen.code(3).raw_lacks("\u{9b}").raw_lacks("\u{202e}");
}

#[test]
fn a41_a_character_that_is_cut_between_two_chunks_is_one() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked";
    let body =
        b"2\r\na\xc3\r\n1\r\n\xa4\r\n1\r\n\r\r\n1\r\n\n\r\n1\r\n\xc2\r\n2\r\n\x9b\n\r\n0\r\n\r\n";
    let shown = ["a\u{e4}", "\\u{9b}", "200 OK, 1 part, 1 B in …"];
    answered(&[], head, body).code(0).screen(&shown);
    let body = b"2\r\na\xc3\r\n0\r\n\r\n";
    let shown = ["a\\xc3", "200 OK, 1 part, 1 B in …"];
    answered(&[], head, body).code(0).screen(&shown);
}

#[test]
fn a41_who_names_standard_output_gets_it_as_it_is() {
    let body = [HOSTILE, b"\0\n"].concat();
    let seen = answered(&["-s", "-o", "-"], "HTTP/1.1 200 OK", &body);
    // The terminal makes CRLF of a line feed.
    let mut expected = body;
    for at in [HOSTILE.len() - 1, expected.len()] {
        expected.insert(at, b'\r');
    }
    seen.code(0).raw(&expected);
}

#[test]
fn a_binary_answer_is_kept_from_a_terminal() {
    let binary = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &[0x9b; 5000][..]].concat();
    let warning = "formpost: warning: the answer is binary, 4.9 KiB: -o FILE keeps it, -o - shows it all the same";
    for (status, code) in [("200 OK", 0), ("403 Forbidden", 4)] {
        let seen = answered(&[], &format!("HTTP/1.1 {status}"), &binary);
        let summary = format!("{status}, 1 part, 1 B in …");
        seen.code(code)
            .raw_lacks("PNG")
            .screen(&[warning, &summary]);
    }
    answered(&["-i"], "HTTP/1.1 200 OK", &binary)
        .code(0)
        .raw_lacks("PNG")
        .screen(&["HTTP/1.1 200 OK", "", warning, "200 OK, 1 part, 1 B in …"]);
    answered(&["-s"], "HTTP/1.1 200 OK", &binary)
        .code(0)
        .screen(&[]);
    let is_cut = "HTTP/1.1 200 OK\r\nContent-Length: 9999";
    let seen = answered(&[], is_cut, &binary);
    seen.code(9).raw_lacks("PNG");
    assert!(seen.screens().last().unwrap().starts_with(warning));
}

#[test]
fn a_nul_far_behind_is_shown_as_an_escape() {
    let body = [&b"text\n".repeat(20_000)[..], b"\0\n"].concat();
    let seen = answered(&["-s"], "HTTP/1.1 200 OK", &body);
    seen.code(0);
    let shown = seen.raw_text();
    assert_eq!(shown.matches("text\r\n").count(), 20_000);
    assert!(shown.ends_with("\\u{0}\r\n"), "{}", shown.len());
}
