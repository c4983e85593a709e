//! `formpost receive`: what arrives, what is refused, and what is left when somebody dies in the middle.

use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::mpsc;

use crate::receiver::{Receiver, TEMPORARY, sha256};
use crate::sandbox::{Outcome, Running, Sandbox};

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// How much memory a receiver may take, whatever is sent to it.
const FLAT: u64 = 32 * MIB;

/// Sends what `args` describe.
#[track_caller]
fn send(sandbox: &Sandbox, receiver: &Receiver, args: &[&str]) -> Outcome {
    sandbox.formpost([receiver.url()]).args(args).run()
}

// ---------------------------------------------------------------------------------------------
// What arrives

#[test]
fn files_arrive_by_checksum_under_their_names() {
    let tricky = b"\r\n--\r\n\r\n----x\r\n\0\r".as_slice();
    let sandbox = Sandbox::new()
        .file("a.txt", "hello")
        .file("tricky.bin", tricky)
        .file("empty", "")
        .file("grüße, 中文 🙂.txt", "named");
    let receiver = sandbox.receiver([]);
    let args = [
        "-F",
        "title=A tree",
        "a.txt",
        "tricky.bin",
        "empty",
        "grüße, 中文 🙂.txt",
    ];
    let outcome = send(&sandbox, &receiver, &args);
    outcome.code(0).stderr_has("201 Created");
    let answer = outcome.json();
    let part = &answer["parts"][2];
    assert_eq!(part["filename"], "tricky.bin");
    assert_eq!(part["sha256"], sha256(tricky));
    assert_eq!(part["saved_as"], "inbox/tricky.bin");
    receiver.stop().stderr_has("POST / 201 5 parts");
    sandbox.inbox_is(&[
        ("a.txt", b"hello"),
        ("tricky.bin", tricky),
        ("empty", b""),
        ("grüße, 中文 🙂.txt", b"named"),
    ]);
}

#[test]
fn x2_a_secret_in_a_target_is_not_told() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let receiver = sandbox.receiver(["-v"]);
    let url = format!("{}?n=1&signature=hunter2", receiver.url());
    sandbox.formpost([&url, "a.txt"]).run().code(0);
    let outcome = receiver.stop();
    outcome.stderr_has("POST /?n=1&signature=[redacted] 201");
    outcome.stderr_lacks("hunter2");
}

#[test]
fn a_pipe_arrives_in_chunks() {
    let content: Vec<u8> = (0..3 * MIB).map(|n| (n % 251) as u8).collect();
    let sandbox = Sandbox::new();
    let receiver = sandbox.receiver([]);
    sandbox
        .formpost([receiver.url(), "-F", "f=@-;filename=piped"])
        .stdin(content.clone())
        .run()
        .code(0);
    receiver.stop();
    sandbox.inbox_is(&[("piped", &content)]);
}

#[test]
fn names_do_not_leave_the_directory() {
    let sandbox = Sandbox::new().file("a", "a");
    let receiver = sandbox.receiver([]);
    for name in ["../../x", "/etc/y", r"C:\z", ".hidden", ".."] {
        let part = format!("f=@a;filename=\"{}\"", name.replace('\\', r"\\"));
        send(&sandbox, &receiver, &["-F", &part]).code(0);
    }
    receiver.stop();
    sandbox.inbox_is(&[
        ("x", b"a"),
        ("y", b"a"),
        ("z", b"a"),
        ("_.hidden", b"a"),
        // Of `..` nothing is left, so the field gives its name.
        ("f", b"a"),
    ]);
}

#[test]
fn a_taken_name_gets_a_number() {
    let sandbox = Sandbox::new()
        .file("inbox/x.txt", "old")
        .file("a", "a")
        .file("b", "b");
    let receiver = sandbox.receiver([]);
    let args = ["-F", "f=@a;filename=x.txt", "-F", "f=@b;filename=x.txt"];
    send(&sandbox, &receiver, &args).code(0);
    receiver.stop();
    sandbox.inbox_is(&[("x.txt", b"old"), ("x (1).txt", b"a"), ("x (2).txt", b"b")]);
}

#[test]
fn a_taken_name_can_be_an_error() {
    let sandbox = Sandbox::new()
        .file("inbox/a.txt", "old")
        .file("a.txt", "new")
        .file("b.txt", "other");
    let receiver = sandbox.receiver(["--on-exist", "error"]);
    let outcome = send(&sandbox, &receiver, &["b.txt", "a.txt"]);
    outcome.code(4).stderr_has("409");
    assert_eq!(outcome.json()["error"]["kind"], "file-exists");
    receiver.stop();
    // Nothing of the form, the free name included.
    sandbox.inbox_is(&[("a.txt", b"old")]);
}

#[test]
fn a_taken_name_can_be_replaced() {
    let sandbox = Sandbox::new()
        .file("inbox/a.txt", "old")
        .file("a.txt", "new");
    let receiver = sandbox.receiver(["--on-exist", "overwrite"]);
    send(&sandbox, &receiver, &["a.txt"]).code(0);
    receiver.stop();
    sandbox.inbox_is(&[("a.txt", b"new")]);
}

#[test]
fn discarded_files_are_counted_and_not_kept() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let receiver = sandbox
        .formpost(["receive", "--listen", "127.0.0.1:0", "--dir", "none"])
        .arg("--discard");
    let receiver = Receiver::start(receiver);
    let outcome = send(&sandbox, &receiver, &["a.txt"]);
    outcome.code(0).stderr_has("200 OK");
    let part = &outcome.json()["parts"][0];
    assert_eq!(part["sha256"], sha256(&b"hello"[..]));
    assert!(part["saved_as"].is_null(), "{part}");
    receiver.stop();
    assert!(!sandbox.path("none").exists());
}

// ---------------------------------------------------------------------------------------------
// When it ends

#[test]
fn once_is_enough_if_asked_for() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let receiver = sandbox.receiver(["--once"]);
    send(&sandbox, &receiver, &["a.txt"]).code(0);
    receiver.wait().code(0);
    sandbox.inbox_is(&[("a.txt", b"hello")]);
}

#[test]
fn uploads_are_counted() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let receiver = sandbox.receiver(["--count", "2"]);
    send(&sandbox, &receiver, &["a.txt"]).code(0);
    send(&sandbox, &receiver, &["a.txt"]).code(0);
    receiver.wait().code(0);
    sandbox.inbox_is(&[("a.txt", b"hello"), ("a (1).txt", b"hello")]);
}

#[test]
fn whoever_listens_to_everybody_is_warned() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let receiver = sandbox.receiver_on("0.0.0.0:0", ["--once"]);
    let url = format!("http://{}/", receiver.address());
    sandbox.formpost([&*url, "a.txt"]).run().code(0);
    receiver
        .wait()
        .code(0)
        .stderr_has("warning")
        .stderr_has("--token")
        .stderr_has("send with:  formpost http://")
        .stderr_lacks("http://0.0.0.0");

    let quiet = sandbox.receiver_on("0.0.0.0:0", ["--token", "s3cret"]);
    quiet.stop().stderr_lacks("warning").stderr_lacks("s3cret");
    sandbox.receiver([]).stop().stderr_lacks("warning");
}

// ---------------------------------------------------------------------------------------------
// What is refused

#[test]
fn a_token_has_to_be_known() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let receiver = sandbox.receiver(["--token", "s3cret"]);
    for wrong in [&[][..], &["--oauth2-bearer", "s3cre"]] {
        let args = [&["a.txt"], wrong].concat();
        let outcome = send(&sandbox, &receiver, &args);
        outcome.code(4).stderr_has("401");
        assert_eq!(outcome.json()["error"]["kind"], "unauthorized");
    }
    sandbox.inbox_is(&[]);
    send(&sandbox, &receiver, &["a.txt", "--oauth2-bearer", "s3cret"]).code(0);
    let url = format!("{}?token=s3cret", receiver.url());
    sandbox.formpost([&*url, "a.txt"]).run().code(0);
    receiver.stop().stderr_lacks("s3cre");
    sandbox.inbox_is(&[("a.txt", b"hello"), ("a (1).txt", b"hello")]);
}

/// Expects the receiver to refuse two files, `f` and `g`, with this, and to keep nothing of them.
#[track_caller]
fn refused(options: &[&str], status: &str, kind: &str) {
    let sandbox = Sandbox::new().file("a", "1234567890").file("b", "1");
    let receiver = sandbox.receiver(options.iter().copied());
    let outcome = send(&sandbox, &receiver, &["-F", "f=@b", "-F", "g=@a"]);
    outcome.code(4).stderr_has(status);
    assert_eq!(outcome.json()["error"]["kind"], kind, "{options:?}");
    receiver.stop().stderr_has(kind);
    sandbox.inbox_is(&[]);
}

#[test]
fn limits_are_kept_and_named() {
    refused(&["--allow-field", "f"], "400", "field-not-allowed");
    refused(&["--max-parts", "1"], "413", "too-many-parts");
    refused(&["--max-file-size", "9"], "413", "file-too-long");
    refused(&["--max-body-size", "9"], "413", "body-too-long");
}

#[test]
fn what_is_within_the_limits_arrives() {
    let sandbox = Sandbox::new().file("a", "1234567890");
    let receiver = sandbox.receiver([
        "--allow-field",
        "f",
        "--allow-field",
        "g",
        "--max-parts",
        "2",
        "--max-file-size",
        "10",
    ]);
    send(&sandbox, &receiver, &["-F", "f=@a", "-F", "g=1"]).code(0);
    receiver.stop();
    sandbox.inbox_is(&[("a", b"1234567890")]);
}

// ---------------------------------------------------------------------------------------------
// What goes wrong on purpose

#[test]
fn a_rejection_arrives_while_the_body_is_sent() {
    let sandbox = Sandbox::new().sparse_file("large", 64 * MIB);
    for reject in ["413@0", "413@1000000", "413@1M"] {
        let receiver = sandbox.receiver(["--reject", reject]);
        let outcome = send(&sandbox, &receiver, &["large"]);
        outcome.code(4).stderr_has("413");
        assert_eq!(outcome.json()["error"]["kind"], "rejected");
        receiver.stop();
        sandbox.inbox_is(&[]);
    }
}

#[test]
fn the_first_uploads_can_fail() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let receiver = sandbox.receiver(["--fail", "503x2"]);
    for code in [5, 5, 0] {
        send(&sandbox, &receiver, &["a.txt"]).code(code);
    }
    receiver.stop();
    sandbox.inbox_is(&[("a.txt", b"hello")]);
}

#[test]
fn a_connection_can_be_reset() {
    let sandbox = Sandbox::new().sparse_file("large", 8 * MIB);
    let receiver = sandbox.receiver(["--reset-after", "1M"]);
    send(&sandbox, &receiver, &["large"]).code(8);
    receiver.stop().stderr_has("nothing is kept");
    sandbox.inbox_is(&[]);
}

#[test]
fn a_redirection_is_not_followed() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let receiver = sandbox.receiver(["--redirect", "307=http://x/"]);
    send(&sandbox, &receiver, &["a.txt"])
        .code(3)
        .stderr_has("http://x/");
    receiver.stop();
    sandbox.inbox_is(&[]);
}

#[test]
fn a_slow_receiver_gets_everything() {
    let content = vec![b's'; 200_000];
    let sandbox = Sandbox::new().file("a.bin", &content);
    let receiver = sandbox.receiver(["--slow", "1M", "--delay", "0.1"]);
    send(&sandbox, &receiver, &["a.bin"]).code(0);
    receiver.stop();
    sandbox.inbox_is(&[("a.bin", &content)]);
}

// ---------------------------------------------------------------------------------------------
// Who dies in the middle

/// What is sent before the gate, and after it.
const HALF: u64 = 4 * MIB;

/// An upload that stops half-way, until it is let go on.
struct Halted {
    sender: Running,
    gate: mpsc::Sender<()>,
}

impl Halted {
    /// Sends the first half, and waits until some of it has been written.
    #[track_caller]
    fn start(sandbox: &Sandbox, receiver: &mut Receiver) -> Self {
        let (gate, opened) = mpsc::channel();
        let source = io::repeat(b'1').take(HALF).chain(Gate(opened));
        let sender = sandbox
            .formpost([receiver.url(), "-F", "f=@-;filename=halted"])
            .stdin_from(source.chain(io::repeat(b'2').take(HALF)))
            .start();
        receiver
            .running
            .while_running("the first half of an upload", || sandbox.has_begun());
        Self { sender, gate }
    }

    /// Sends the rest, unless the sender has given up.
    #[track_caller]
    fn finish(self) -> Outcome {
        let _ = self.gate.send(());
        self.sender.wait()
    }

    /// What arrives if nobody dies.
    fn content() -> Vec<u8> {
        let half = usize::try_from(HALF).unwrap();
        [vec![b'1'; half], vec![b'2'; half]].concat()
    }
}

/// Reads as nothing, as soon as it is let.
struct Gate(mpsc::Receiver<()>);

impl Read for Gate {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        // Whoever goes away does not let anything pass.
        self.0.recv().map_err(io::Error::other)?;
        Ok(0)
    }
}

#[test]
fn a_signal_lets_what_is_in_flight_finish() {
    let sandbox = Sandbox::new();
    let mut receiver = sandbox.receiver([]);
    let halted = Halted::start(&sandbox, &mut receiver);
    receiver.running.signal("TERM");
    let address = receiver.address();
    receiver
        .running
        .while_running("an address that takes nobody any more", || {
            TcpStream::connect(&*address).is_err()
        });
    halted.finish().code(0).stderr_has("201");
    receiver.wait().code(0);
    sandbox.inbox_is(&[("halted", &Halted::content())]);
}

#[test]
fn a_killed_receiver_leaves_nothing_that_looks_whole() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let mut receiver = sandbox.receiver([]);
    send(&sandbox, &receiver, &["a.txt"]).code(0);
    let halted = Halted::start(&sandbox, &mut receiver);
    receiver.running.signal("KILL");
    receiver.wait().code(128 + 9);
    halted.finish().code(8);

    let inbox = sandbox.inbox();
    let whole: Vec<_> = inbox
        .iter()
        .filter(|(name, _)| !name.starts_with(TEMPORARY))
        .collect();
    assert_eq!(whole, [(&"a.txt".to_owned(), &sha256(&b"hello"[..]))]);

    let again = sandbox.receiver([]);
    send(&sandbox, &again, &["a.txt"]).code(0);
    again.stop();
    assert_eq!(sandbox.inbox()["a (1).txt"], sha256(&b"hello"[..]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_sender_leaves_nothing() {
    let sandbox = Sandbox::new().file("a.txt", "hello");
    let mut receiver = sandbox.receiver(["--on-exist", "overwrite"]);
    // Whatever is opened once and kept is open now, and perhaps the connection that has just ended.
    send(&sandbox, &receiver, &["a.txt"]).code(0);
    let before = receiver.descriptors();
    for _ in 0..4 {
        let halted = Halted::start(&sandbox, &mut receiver);
        halted.sender.signal("KILL");
        halted.sender.wait().code(128 + 9);
        receiver
            .running
            .while_running("an inbox without temporary files", || !sandbox.has_begun());
    }
    sandbox.inbox_is(&[("a.txt", b"hello")]);
    let process = receiver.running.id();
    receiver
        .running
        .while_running("as few descriptors as before", || {
            crate::receiver::descriptors(process) <= before
        });
    send(&sandbox, &receiver, &["a.txt"]).code(0);
    receiver.stop();
}

// ---------------------------------------------------------------------------------------------
// How much memory that takes

#[test]
fn four_gibibytes_are_counted_in_flat_memory() {
    let sandbox = Sandbox::new().sparse_file("large", 4 * GIB);
    let receiver =
        Receiver::start(sandbox.formpost(["receive", "--listen", "127.0.0.1:0", "--discard"]));
    let outcome = send(&sandbox, &receiver, &["large"]);
    outcome.code(0);
    assert_eq!(outcome.json()["parts"][0]["size"], 4 * GIB);
    receiver.stop().peak_memory_below(FLAT);
}

#[test]
fn a_gibibyte_is_stored_in_flat_memory() {
    let sandbox = Sandbox::new().sparse_file("large", GIB);
    let receiver = sandbox.receiver([]);
    let outcome = send(&sandbox, &receiver, &["large"]);
    outcome.code(0);
    receiver.stop().peak_memory_below(FLAT);
    // The checksum of a gibibyte of zeros.
    let zeros = "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14";
    assert_eq!(outcome.json()["parts"][0]["sha256"], zeros);
    assert_eq!(sandbox.inbox()["large"], zeros);
}
