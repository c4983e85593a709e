//! A server that does as it is told and keeps what it was sent, to the byte.
//!
//! ```text
//! let tap = WireTap::answering([Answer::ok("thanks")]);
//! … run the program against tap.url("/upload") …
//! let request = tap.request();
//! ```
//!
//! It is made of std's sockets and threads, on a port of the system's choosing. Each [`Answer`] is for one request, in
//! the order in which their heads arrive. When the tap is dropped, **it fails the test if an answer was not asked for**,
//! if more was asked than it had answers, or if anybody came to [`WireTap::expecting_nobody`].

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::sandbox::visible;

/// How long a silent peer is waited for. Longer than the sandbox's own patience, so that the program is what is blamed.
const PATIENCE: Duration = Duration::from_secs(240);

/// What to do with one request. The default is to read all of it, to say `200 OK`, and to keep the connection.
#[must_use]
pub(crate) struct Answer {
    interim: Vec<u8>,
    bytes: Vec<u8>,
    when: When,
    then: Then,
    keep_body: bool,
    hook: Option<(u64, Box<dyn FnOnce() + Send>)>,
    beforehand: Option<Box<dyn FnOnce() + Send>>,
}

/// When the answer goes out.
#[derive(Clone, Copy, PartialEq)]
enum When {
    AfterBody,
    /// After so many bytes of the body: 0 is before the body.
    After(u64),
    Never,
}

/// What happens once the answer is out.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    /// Read what is left of the body, then wait for the next request.
    ReadOn,
    /// Close at once. With the body unread, Linux makes a reset of that.
    Close,
    /// Say that nothing more comes, but read on: a lingering close.
    HalfClose,
    /// Neither read nor close until the client goes, or the test does.
    Hold,
}

impl Answer {
    /// `200 OK` with this body.
    pub(crate) fn ok(body: &str) -> Self {
        Self::status("200 OK", body)
    }

    /// An answer with this status, as `413 Payload Too Large`, and this body.
    pub(crate) fn status(status: &str, body: &str) -> Self {
        Self::with_headers(status, &[], body)
    }

    /// An answer with these headers beside its Content-Length, each as `Name: value`.
    pub(crate) fn with_headers(status: &str, headers: &[&str], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        Self::raw(text + "\r\n" + body)
    }

    /// Exactly these bytes.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            interim: Vec::new(),
            bytes: bytes.into(),
            when: When::AfterBody,
            then: Then::ReadOn,
            keep_body: true,
            hook: None,
            beforehand: None,
        }
    }

    /// Reads the whole request and closes without a word.
    pub(crate) fn hang_up() -> Self {
        Self::raw("").and_close()
    }

    /// Reads the whole request and says nothing, until the client goes.
    pub(crate) fn never() -> Self {
        let mut answer = Self::raw("").and_hold();
        answer.when = When::Never;
        answer
    }

    /// Says this as soon as the head is there, before anything else: `100 Continue`, for one.
    pub(crate) fn interim(mut self, bytes: &str) -> Self {
        self.interim.extend_from_slice(bytes.as_bytes());
        self
    }

    /// Answers after the head, with none of the body read.
    pub(crate) fn before_body(self) -> Self {
        self.after(0)
    }

    /// Answers after so many bytes of the body.
    pub(crate) fn after(mut self, bytes: u64) -> Self {
        self.when = When::After(bytes);
        self
    }

    /// Sends only the first `bytes` of the answer, and closes.
    pub(crate) fn cut(mut self, bytes: usize) -> Self {
        self.bytes.truncate(bytes);
        self.and_close()
    }

    /// Closes once the answer is out, whether or not all was read.
    pub(crate) fn and_close(mut self) -> Self {
        self.then = Then::Close;
        self
    }

    /// Ends its own side once the answer is out, and reads on.
    pub(crate) fn and_half_close(mut self) -> Self {
        self.then = Then::HalfClose;
        self
    }

    /// Neither reads nor closes once the answer is out.
    pub(crate) fn and_hold(mut self) -> Self {
        self.then = Then::Hold;
        self
    }

    /// Counts and hashes the body without keeping it, for bodies of gigabytes.
    pub(crate) fn discarding(mut self) -> Self {
        self.keep_body = false;
        self
    }

    /// Does something when `bytes` of the body have been read and no more: a file can be changed under the program's hands.
    pub(crate) fn at(mut self, bytes: u64, hook: impl FnOnce() + Send + 'static) -> Self {
        self.hook = Some((bytes, Box::new(hook)));
        self
    }

    /// Does something when it is time to answer, before anything of the answer goes out.
    pub(crate) fn before_answer(mut self, hook: impl FnOnce() + Send + 'static) -> Self {
        self.beforehand = Some(Box::new(hook));
        self
    }
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// Request line and header fields, with the blank line.
    pub(crate) head: String,
    /// Head and body as they were on the wire, chunks and all. No body if the answer was discarding it.
    pub(crate) wire: Vec<u8>,
    /// The body without its chunks. Empty if the answer was discarding it.
    pub(crate) body: Vec<u8>,
    /// How long the body was, without its chunks.
    pub(crate) body_length: u64,
    /// The SHA-256 of the body, without its chunks, in hex.
    pub(crate) body_sha256: String,
    /// Whether the body came to the end that its framing promised.
    pub(crate) is_complete: bool,
}

impl Request {
    /// The first line.
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The value of a header field, by its name in any case; the first, if there are several.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).first().copied()
    }

    /// The values of all header fields of a name.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let fields = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'));
        let named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.trim()).collect()
    }

    pub(crate) fn is_chunked(&self) -> bool {
        self.header("Transfer-Encoding") == Some("chunked")
    }

    /// The body as text.
    pub(crate) fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Expects this body, to the byte.
    #[track_caller]
    pub(crate) fn body_is(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        assert!(
            self.body == expected,
            "\n{}--- body, expected ---\n{}\n--- got ---\n{}\n",
            self.head,
            visible(expected),
            visible(&self.body),
        );
        self
    }

    /// Expects this request line and these header fields, all of them, the fields in any order.
    #[track_caller]
    pub(crate) fn head_is(&self, line: &str, fields: &[&str]) -> &Self {
        let mut expected: Vec<&str> = fields.to_vec();
        let mut got: Vec<&str> = self.head.trim_end().lines().skip(1).collect();
        expected.sort_by_key(|field| field.to_ascii_lowercase());
        got.sort_by_key(|field| field.to_ascii_lowercase());
        assert!(
            self.line() == line && got == expected,
            "\n--- head, expected ---\n{line}\n{}\n--- got ---\n{}\n{}\n",
            expected.join("\n"),
            self.line(),
            got.join("\n"),
        );
        self
    }
}

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    /// How long a silent client is waited for, if not as long as can be.
    patience: Option<Duration>,
    /// By the order of their heads; a place is taken when a head has arrived, and filled when its request is over.
    requests: Vec<Request>,
    connections: usize,
    complaints: Vec<String>,
    /// Whose connection means that the test is over.
    caller: Option<SocketAddr>,
}

/// What the listener, the connections and the test have in common.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Tells those who hold a connection that the test is over.
    over: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Who panicked under the lock has failed the test by that; the state is as good as before.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_until_over(&self) {
        let is_going_on = |state: &mut State| state.caller.is_none();
        drop(self.over.wait_while(self.state(), is_going_on));
    }
}

/// The server. See the top of this file.
#[must_use]
pub(crate) struct WireTap {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
    expects_somebody: bool,
    insists: bool,
}

impl WireTap {
    /// Answers as many requests as there are answers, and demands that so many come.
    pub(crate) fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::listen(answers.into_iter().collect(), true)
    }

    /// Answers a request if one comes, and demands that no second one does.
    pub(crate) fn answering_if_asked(answer: Answer) -> Self {
        let mut tap = Self::answering([answer]);
        tap.insists = false;
        tap
    }

    /// Hangs up on a client that has been silent for so long.
    pub(crate) fn hanging_up_after(self, silence: Duration) -> Self {
        self.shared.state().patience = Some(silence);
        self
    }

    /// Demands that nobody so much as connects.
    pub(crate) fn expecting_nobody() -> Self {
        Self::listen(VecDeque::new(), false)
    }

    fn listen(answers: VecDeque<Answer>, expects_somebody: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        shared.state().answers = answers;
        let theirs = Arc::clone(&shared);
        Self {
            address,
            shared,
            listening: Some(thread::spawn(move || accept(&listener, &theirs))),
            expects_somebody,
            insists: true,
        }
    }

    /// `127.0.0.1:port`
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Where a path on this server is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The one request that came. Call it when the program has ended; nothing is answered after it.
    #[track_caller]
    pub(crate) fn request(mut self) -> Request {
        self.finish();
        let requests = std::mem::take(&mut self.shared.state().requests);
        assert!(
            requests.len() == 1,
            "one request was expected, and these came: {requests:#?}"
        );
        requests.into_iter().next().unwrap()
    }

    /// All requests, in the order in which their heads came. Call it when the program has ended.
    pub(crate) fn requests(mut self) -> Vec<Request> {
        self.finish();
        std::mem::take(&mut self.shared.state().requests)
    }

    /// Stops listening, after whoever came before, and waits until all of it is written down.
    fn finish(&mut self) {
        let Some(listening) = self.listening.take() else {
            return;
        };
        {
            // Under the lock, so that the listener cannot meet this connection without knowing whose it is.
            let mut state = self.shared.state();
            let call = TcpStream::connect(self.address).unwrap();
            state.caller = Some(call.local_addr().unwrap());
        }
        self.shared.over.notify_all();
        if listening.join().is_err() {
            self.shared
                .state()
                .complaints
                .push("a thread of it panicked".to_owned());
        }
    }
}

impl Drop for WireTap {
    #[track_caller]
    fn drop(&mut self) {
        self.finish();
        if thread::panicking() {
            return;
        }
        let state = self.shared.state();
        let unused = state.answers.len();
        assert!(
            state.complaints.is_empty(),
            "the tap: {}",
            state.complaints.join("; ")
        );
        assert!(
            unused == 0 || !self.insists,
            "the tap was not asked for {unused} of its answers"
        );
        assert!(
            self.expects_somebody || state.connections == 0,
            "{} connections were made to a tap that expected nobody",
            state.connections,
        );
    }
}

/// Takes connections until the test itself calls, then waits for those that are being served: their clients are gone,
/// so each of them comes to its end.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut serving = Vec::new();
    loop {
        let (stream, peer) = listener.accept().unwrap();
        let mut state = shared.state();
        if state.caller == Some(peer) {
            break;
        }
        state.connections += 1;
        let shared = Arc::clone(shared);
        serving.push(thread::spawn(move || serve(&stream, &shared)));
    }
    for one in serving {
        one.join().unwrap();
    }
}

/// One connection: request after request, until one of the two ends it.
fn serve(stream: &TcpStream, shared: &Shared) {
    let patience = shared.state().patience.unwrap_or(PATIENCE);
    stream.set_read_timeout(Some(patience)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let mut input = BufReader::with_capacity(128 * 1024, stream);
    while let Ok(Some(head)) = read_head(&mut input) {
        let (place, answer) = {
            let mut state = shared.state();
            let Some(answer) = state.answers.pop_front() else {
                state
                    .complaints
                    .push(format!("it had no answer left for\n{head}"));
                return;
            };
            state.requests.push(Request::default());
            (state.requests.len() - 1, answer)
        };
        let mut exchange = Exchange::new(stream, head, answer);
        exchange.carry_out(&mut input);
        let Exchange {
            request,
            then,
            hash,
            ..
        } = exchange;
        let goes_on = request.is_complete && then == Then::ReadOn;
        let body_sha256 = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .concat();
        shared.state().requests[place] = Request {
            body_sha256,
            ..request
        };
        if then == Then::Hold {
            shared.wait_until_over();
        }
        if !goes_on {
            return;
        }
    }
}

/// The head with its blank line, or nothing where the connection ends instead.
fn read_head(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if input.read_until(b'\n', &mut head)? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

/// One request and its answer.
struct Exchange<'a> {
    stream: &'a TcpStream,
    request: Request,
    hash: Sha256,
    interim: Vec<u8>,
    bytes: Vec<u8>,
    when: When,
    then: Then,
    keep_body: bool,
    hook: Option<(u64, Box<dyn FnOnce() + Send>)>,
    beforehand: Option<Box<dyn FnOnce() + Send>>,
    is_answered: bool,
}

impl<'a> Exchange<'a> {
    fn new(stream: &'a TcpStream, head: String, answer: Answer) -> Self {
        Self {
            stream,
            request: Request {
                wire: head.clone().into_bytes(),
                head,
                ..Request::default()
            },
            hash: Sha256::new(),
            interim: answer.interim,
            bytes: answer.bytes,
            when: answer.when,
            then: answer.then,
            keep_body: answer.keep_body,
            hook: answer.hook,
            beforehand: answer.beforehand,
            is_answered: false,
        }
    }

    fn carry_out(&mut self, input: &mut impl BufRead) {
        // An error is a client that went away, which is for the test to judge by what is in the request.
        let _ = self.stream.write_all(&self.interim);
        self.request.is_complete = self.read_body(input).unwrap_or(false);
        if self.request.is_complete && self.when == When::AfterBody {
            self.answer();
        }
    }

    /// Whether the body came to its end.
    fn read_body(&mut self, input: &mut impl BufRead) -> io::Result<bool> {
        if self.request.is_chunked() {
            return self.read_chunks(input);
        }
        let length = self.request.header("Content-Length");
        let length = length.map_or(0, |text| text.parse().unwrap());
        self.read_content(input, length)
    }

    fn read_chunks(&mut self, input: &mut impl BufRead) -> io::Result<bool> {
        loop {
            let line = self.read_line(input)?;
            let Ok(size) = u64::from_str_radix(line.trim_end(), 16) else {
                return Ok(false);
            };
            if !self.read_content(input, size)? {
                return Ok(false);
            }
            if self.read_line(input)? != "\r\n" {
                return Ok(false);
            }
            if size == 0 {
                return Ok(true);
            }
        }
    }

    fn read_line(&mut self, input: &mut impl BufRead) -> io::Result<String> {
        let mut line = Vec::new();
        input.read_until(b'\n', &mut line)?;
        if self.keep_body {
            self.request.wire.extend_from_slice(&line);
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// Reads so many bytes of content, and stops on the way wherever something is to be done there.
    fn read_content(&mut self, input: &mut impl BufRead, length: u64) -> io::Result<bool> {
        let mut left = length;
        loop {
            self.do_what_is_due();
            if self.is_answered && matches!(self.then, Then::Close | Then::Hold) {
                return Ok(false);
            }
            if left == 0 {
                return Ok(true);
            }
            let block = input.fill_buf()?;
            if block.is_empty() {
                return Ok(false);
            }
            let next = self.next_stop().unwrap_or(u64::MAX).min(left);
            let taken = block.len().min(usize::try_from(next).unwrap_or(usize::MAX));
            let block = &block[..taken];
            self.hash.update(block);
            if self.keep_body {
                self.request.wire.extend_from_slice(block);
                self.request.body.extend_from_slice(block);
            }
            input.consume(taken);
            self.request.body_length += taken as u64;
            left -= taken as u64;
        }
    }

    /// How far it is to the next place in the body at which something is to be done.
    fn next_stop(&self) -> Option<u64> {
        let answer = match self.when {
            When::After(bytes) if !self.is_answered => Some(bytes),
            When::After(_) | When::AfterBody | When::Never => None,
        };
        let hook = self.hook.as_ref().map(|(bytes, _)| *bytes);
        let stop = answer.into_iter().chain(hook).min()?;
        Some(stop - self.request.body_length)
    }

    fn do_what_is_due(&mut self) {
        if let Some((_, hook)) = self
            .hook
            .take_if(|(bytes, _)| *bytes == self.request.body_length)
        {
            hook();
        }
        if !self.is_answered && self.when == When::After(self.request.body_length) {
            self.answer();
        }
    }

    /// A client that went away before its answer is for the test to notice.
    fn answer(&mut self) {
        if let Some(hook) = self.beforehand.take() {
            hook();
        }
        self.is_answered = true;
        let _ = self.stream.write_all(&self.bytes);
        if self.then == Then::HalfClose {
            let _ = self.stream.shutdown(Shutdown::Write);
        }
    }
}

/// The tap itself, asked by a bare socket.
#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpStream};
    use std::time::Duration;

    use super::{Answer, WireTap};

    /// Sends this, then says that nothing more comes, and gives what came back.
    fn ask(tap: &WireTap, request: &str) -> String {
        let mut stream = TcpStream::connect(tap.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_body_of_known_length_is_kept() {
        let tap = WireTap::answering([Answer::ok("thanks")]);
        let wire = "POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello";
        assert_eq!(
            ask(&tap, wire),
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nthanks"
        );
        let request = tap.request();
        request.head_is("POST / HTTP/1.1", &["content-length: 5"]);
        assert_eq!(request.wire, wire.as_bytes());
        request.body_is("hello");
        assert!(request.is_complete);
    }

    #[test]
    fn chunks_are_undone_and_kept() {
        let tap = WireTap::answering([Answer::ok("")]);
        let wire =
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
        ask(&tap, wire);
        let request = tap.request();
        assert_eq!(request.wire, wire.as_bytes());
        assert!(request.is_complete && request.is_chunked());
        assert_eq!(
            request.body_sha256,
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        );
        request.body_is("hello");
    }

    #[test]
    fn a_cut_body_is_incomplete() {
        for framing in ["Content-Length: 9", "Transfer-Encoding: chunked"] {
            let tap = WireTap::answering([Answer::ok("")]);
            assert_eq!(
                ask(
                    &tap,
                    &format!("POST / HTTP/1.1\r\n{framing}\r\n\r\n5\r\nhel")
                ),
                ""
            );
            assert!(!tap.request().is_complete);
        }
    }

    #[test]
    fn one_connection_serves_several_requests() {
        let tap = WireTap::answering([Answer::ok("one"), Answer::ok("two")]);
        let request = "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx";
        let answer = ask(&tap, &request.repeat(2));
        assert!(
            answer.contains("one") && answer.ends_with("two"),
            "{answer}"
        );
        assert_eq!(tap.requests().len(), 2);
    }

    #[test]
    fn an_answer_can_stop_in_the_middle_of_a_body() {
        let (reached, reaching) = std::sync::mpsc::channel();
        let answer = Answer::status("413 Too Large", "no").after(3).and_close();
        let tap = WireTap::answering([answer.at(2, move || reached.send(()).unwrap())]);
        let mut stream = TcpStream::connect(tap.address()).unwrap();
        stream
            .write_all(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabcd")
            .unwrap();
        reaching.recv().unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 413");
        let request = tap.request();
        assert_eq!((request.body_length, request.is_complete), (3, false));
    }

    #[test]
    #[should_panic(expected = "not asked for 1 of its answers")]
    fn a_tap_that_was_not_called_fails_the_test() {
        let _ = WireTap::answering([Answer::ok("")]);
    }

    #[test]
    fn a_tap_that_need_not_be_called_answers_all_the_same() {
        let _ = WireTap::answering_if_asked(Answer::ok(""));
        let tap = WireTap::answering_if_asked(Answer::ok("one"));
        assert!(ask(&tap, "POST / HTTP/1.1\r\n\r\n").ends_with("one"));
        assert_eq!(tap.requests().len(), 1);
    }

    #[test]
    fn a_tap_can_hang_up_on_a_silent_client() {
        let tap = WireTap::answering_if_asked(Answer::ok(""));
        let tap = tap.hanging_up_after(Duration::from_millis(1));
        let mut stream = TcpStream::connect(tap.address()).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    #[should_panic(expected = "1 connections were made to a tap that expected nobody")]
    fn a_tap_that_expected_nobody_fails_the_test() {
        let tap = WireTap::expecting_nobody();
        ask(&tap, "");
    }

    #[test]
    #[should_panic(expected = "it had no answer left for")]
    fn a_tap_that_was_called_too_often_fails_the_test() {
        let tap = WireTap::answering([]);
        ask(&tap, "POST / HTTP/1.1\r\n\r\n");
    }
}
