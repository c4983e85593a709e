//! Redirections: what goes where, with what, and what is said about it.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;

use crate::recorder::{MOVED, Recorder, Request, Seen, nothing, redirection, status, with_fields};
use crate::sandbox::Outcome;
use crate::upload::{Source, nobody, patient};

// ---------------------------------------------------------------------------------------------
// The matrix

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];
const SOURCES: [Source; 3] = [Source::File, Source::Pipe, Source::Spooled];
const OPTIONS: [&str; 3] = ["", "-L", "--location-trusted"];

/// What is given for the first server, and for nobody else.
const GIVEN: [&str; 6] = [
    "-u",
    "me:secret",
    "-H",
    "X-Given: given-secret",
    "-H",
    "Cookie: c=secret",
];

/// Where the redirection leads, seen from the first server.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Same,
    OtherPort,
    OtherHost,
    Up,
    Down,
}

#[derive(Clone, Copy)]
struct Case {
    status: u16,
    place: Place,
    source: Source,
    option: &'static str,
}

/// What must come of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sequel {
    /// The redirection stands, and this is said about it.
    Stands(&'static str),
    /// The upload goes there.
    Resent,
    /// What it led to is got from there.
    Fetched,
}

impl Case {
    /// From the standards: an upload is neither dropped nor led out of TLS, goes to another origin by consent only, and
    /// can be sent twice only if it can be read twice.
    fn sequel(self) -> Sequel {
        let is_elsewhere = self.place != Place::Same;
        if self.option.is_empty() {
            Sequel::Stands(match self.status {
                303 => "hint: the upload is done; -L gets what it led to",
                307 | 308 => "hint: -L sends it there",
                _ => "hint: send it there instead",
            })
        } else if self.place == Place::Down {
            Sequel::Stands("a redirection to plain http is not followed")
        } else if matches!(self.status, 301 | 302) {
            Sequel::Stands("following it would drop the upload")
        } else if self.status == 303 {
            Sequel::Fetched
        } else if is_elsewhere && self.option != "--location-trusted" {
            Sequel::Stands("the upload does not go to another origin by itself")
        } else if self.source == Source::Pipe {
            Sequel::Stands("standard input cannot be read twice; --spool")
        } else {
            Sequel::Resent
        }
    }

    /// Runs it, and gives what is wrong.
    fn complaints(self) -> Vec<String> {
        let first = match self.place {
            Place::Down => Recorder::tls(),
            Place::Same | Place::OtherPort | Place::OtherHost | Place::Up => Recorder::plain(),
        };
        let second = match self.place {
            Place::Same => None,
            Place::OtherPort | Place::Down => Some(Recorder::plain()),
            Place::OtherHost => Some(of_another_host(&first)),
            Place::Up => Some(Recorder::tls()),
        };
        let there = second.as_ref().unwrap_or(&first);
        let (location, host) = (there.url("/there?x=1"), there.authority());
        first.answer(redirection(self.status, &location));
        there.answer(status("200 OK", "thanks\n"));
        let sandbox = self.source.sandbox();
        let run = self.source.of(&sandbox, &first.url("/here"));
        let options = [self.option]
            .into_iter()
            .filter(|option| !option.is_empty());
        let outcome = patient(run.args(GIVEN).args(options));
        let (first, second) = (first.finish(), second.map(Recorder::finish));
        let mut complaints = Complaints::default();
        self.judge_requests(&first, second.as_ref(), &host, &mut complaints);
        self.judge_outcome(&outcome, &location, &mut complaints);
        let told = complaints.0.into_iter();
        told.map(|complaint| format!("{self}: {complaint}\n{}", outcome.stderr_text()))
            .collect()
    }

    fn judge_requests(
        self,
        first: &Seen,
        second: Option<&Seen>,
        host: &str,
        complaints: &mut Complaints,
    ) {
        let followed = match self.sequel() {
            Sequel::Stands(_) => &[][..],
            Sequel::Resent => &["POST /there?x=1"],
            Sequel::Fetched => &["GET /there?x=1"],
        };
        let lines: Vec<&str> = first
            .lines()
            .into_iter()
            .chain(second.map(Seen::lines).into_iter().flatten())
            .collect();
        let expected: Vec<&str> = ["POST /here"].iter().chain(followed).copied().collect();
        if !complaints.unless(lines == expected, &format!("the requests were {lines:?}")) {
            return;
        }
        let upload = &first.requests[0];
        complaints.0.extend(self.source.complaint(upload));
        for secret in ["Basic bWU6c2VjcmV0", "given-secret", "c=secret"] {
            let has = upload.head.contains(secret);
            complaints.unless(has, &format!("the first request lacks {secret}"));
        }
        let requests = first
            .requests
            .iter()
            .chain(second.iter().flat_map(|seen| &seen.requests));
        if let Some(request) = requests.last().filter(|_| !followed.is_empty()) {
            self.judge_second(upload, request, host, complaints);
        }
    }

    fn judge_second(
        self,
        upload: &Request,
        request: &Request,
        host: &str,
        complaints: &mut Complaints,
    ) {
        let is_host = request.header("Host") == Some(host);
        complaints.unless(is_host, &format!("Host is not {host}:\n{}", request.head));
        let is_sent = ["Authorization", "X-Given", "Cookie"].map(|name| request.header(name));
        if self.place == Place::Same {
            let secrets = is_sent
                == [
                    Some("Basic bWU6c2VjcmV0"),
                    Some("given-secret"),
                    Some("c=secret"),
                ];
            complaints.unless(
                secrets,
                &format!("something given is missing:\n{}", request.head),
            );
        } else {
            let head = request.head.to_ascii_lowercase();
            let leaks = [
                "secret",
                "bwu6c2vjcmv0",
                "authorization",
                "cookie",
                "x-given",
            ];
            let leaks = leaks.iter().any(|part| head.contains(part));
            complaints.unless(
                !leaks,
                &format!("something given went elsewhere:\n{}", request.head),
            );
        }
        complaints.unless(request.header("Referer").is_none(), "there is a Referer");
        if self.sequel() == Sequel::Fetched {
            let fields = request.head.to_ascii_lowercase();
            let names = [
                "\r\ncontent-",
                "\r\ntransfer-encoding",
                "\r\nexpect",
                "boundary=",
            ];
            let is_about_content = names.iter().any(|name| fields.contains(name));
            complaints.unless(
                !is_about_content,
                &format!("fields without content:\n{}", request.head),
            );
            complaints.unless(request.body.is_empty(), "the GET has a body");
        } else {
            complaints.0.extend(self.source.complaint(request));
            let is_new = upload.boundary() != request.boundary();
            complaints.unless(is_new, "the boundary is the same");
        }
    }

    fn judge_outcome(self, outcome: &Outcome, location: &str, complaints: &mut Complaints) {
        let (code, stdout, says) = match self.sequel() {
            Sequel::Stands(says) => (3, MOVED, says),
            Sequel::Resent => (0, "thanks\n", "sending it to"),
            Sequel::Fetched => (0, "thanks\n", "303: the upload is done, getting"),
        };
        let exit = outcome.exit_code();
        complaints.unless(exit == Some(code), &format!("the exit code is {exit:?}"));
        let said = outcome.stdout_text();
        complaints.unless(said == stdout, &format!("standard output is {said:?}"));
        let said = outcome.stderr_text();
        complaints.unless(said.contains(location), "the target is not named");
        complaints.unless(said.contains(says), &format!("it does not say {says:?}"));
        complaints.unless(!said.contains("secret"), "a secret is told");
        let is_done = said.contains("the upload is done");
        complaints.unless(
            is_done == (self.status == 303),
            "whether the upload is done",
        );
        let is_asked_for = !self.option.is_empty() && said.contains("-L ");
        complaints.unless(!is_asked_for, "-L is recommended where it was given");
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            place,
            source,
            option,
        } = self;
        write!(f, "{status} {place:?} {source:?} {option}")
    }
}

#[derive(Default)]
struct Complaints(Vec<String>);

impl Complaints {
    /// Hands back whether it is right.
    fn unless(&mut self, is_right: bool, complaint: &str) -> bool {
        if !is_right {
            self.0.push(complaint.to_owned());
        }
        is_right
    }
}

/// One on another host and, so that nothing but the host tells them apart, on the same port. Only Linux has more than one
/// address on loopback without being asked; elsewhere it is another port as well.
fn of_another_host(first: &Recorder) -> Recorder {
    let host = Ipv4Addr::new(127, 0, 0, 2);
    let here = Recorder::at(host, first.port(), None);
    here.unwrap_or_else(|_| Recorder::plain())
}

/// Every case towards one place.
#[track_caller]
fn every_case_towards(place: Place) {
    let mut complaints = Vec::new();
    let mut count = 0;
    for status in STATUSES {
        for source in SOURCES {
            for option in OPTIONS {
                let case = Case {
                    status,
                    place,
                    source,
                    option,
                };
                complaints.extend(case.complaints());
                count += 1;
            }
        }
    }
    println!("{place:?}: {count} cases");
    assert_eq!(count, 45);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn r1_every_redirection_within_the_origin() {
    every_case_towards(Place::Same);
}

#[test]
fn r1_every_redirection_to_another_port() {
    every_case_towards(Place::OtherPort);
}

#[test]
fn r1_every_redirection_to_another_host() {
    every_case_towards(Place::OtherHost);
}

#[test]
fn r1_every_redirection_from_http_to_https() {
    every_case_towards(Place::Up);
}

#[test]
fn r1_every_redirection_from_https_to_http() {
    every_case_towards(Place::Down);
}

// ---------------------------------------------------------------------------------------------
// Chains and circles

/// Runs an upload of the file to `/here` with these arguments.
#[track_caller]
fn upload(server: &Recorder, args: &[&str]) -> Outcome {
    let sandbox = Source::File.sandbox();
    patient(Source::File.of(&sandbox, &server.url("/here")).args(args))
}

/// That each request carried the whole upload, each with a boundary of its own.
#[track_caller]
fn are_uploads(requests: &[Request]) {
    for request in requests {
        Source::File.is_whole_in(request);
    }
    let boundaries: BTreeSet<_> = requests.iter().map(Request::boundary).collect();
    assert_eq!(boundaries.len(), requests.len(), "{boundaries:?}");
}

#[test]
fn r3_a_chain_is_followed_to_the_limit() {
    let paths: Vec<String> = (1..=12).map(|n| format!("/{n}")).collect();
    for (args, followed, is_done) in [
        (&["-L", "--max-redirs", "0"][..], 0, false),
        (&["-L", "--max-redirs", "1"], 1, false),
        (&["-L"], 10, false),
        (&["-L", "--max-redirs", "11"], 11, false),
        (&["-L", "--max-redirs", "12"], 12, true),
        (&["-L", "--max-redirs", "-1"], 12, true),
    ] {
        let server = Recorder::plain();
        for path in &paths {
            server.answer(redirection(307, path));
        }
        server.answer(status("201 Created", "thanks\n"));
        let outcome = upload(&server, args);
        if is_done {
            outcome.code(0).stdout("thanks\n");
        } else {
            let (limit, next) = (followed.to_string(), server.url(&paths[followed]));
            outcome.code(3).stdout(MOVED);
            outcome.stderr_has(&format!(
                "the limit of redirections that are followed is {limit}"
            ));
            outcome.stderr_has(&next).stderr_has("--max-redirs");
        }
        for path in &paths[..followed] {
            outcome.stderr_has(&format!("307: sending it to {}\n", server.url(path)));
        }
        let seen = server.finish();
        let posts = ["/here"]
            .into_iter()
            .chain(paths.iter().map(String::as_str));
        let posts: Vec<String> = posts
            .take(followed + 1)
            .map(|p| format!("POST {p}"))
            .collect();
        assert_eq!(seen.lines(), posts, "{args:?}");
        are_uploads(&seen.requests);
    }
}

#[test]
fn r3_a_circle_is_noticed() {
    for (locations, told) in [
        (&["/here"][..], "/here"),
        (&["/here#part"], "/here"),
        (&["/b", "/here"], "/here"),
        (&["/b", "/c", "/b"], "/b"),
    ] {
        let server = Recorder::plain();
        for location in locations {
            server.answer(redirection(307, location));
        }
        let outcome = upload(&server, &["-L", "--max-redirs", "-1"]);
        outcome.code(3).stdout(MOVED).stderr_has("circle");
        outcome.stderr_has(&server.url(told)).stderr_lacks("hint:");
        assert_eq!(
            server.finish().requests.len(),
            locations.len(),
            "{locations:?}"
        );
    }
}

#[test]
fn r3_the_page_that_took_the_upload_may_be_what_it_led_to() {
    let server = Recorder::plain();
    server
        .answer(redirection(303, "/here"))
        .answer(status("200 OK", "thanks\n"));
    upload(&server, &["-L"]).code(0).stdout("thanks\n");
    assert_eq!(server.finish().lines(), ["POST /here", "GET /here"]);
}

/// What was given for an origin is not given back to it by a stranger.
#[test]
fn r1_what_was_left_out_stays_out_on_the_way_back() {
    let (first, second) = (Recorder::plain(), Recorder::plain());
    first.answer(redirection(307, second.url("/there")));
    second.answer(redirection(308, first.url("/back")));
    first
        .answer(redirection(303, "/result"))
        .answer(status("200 OK", "thanks\n"));
    let args = [&GIVEN[..], &["--location-trusted"]].concat();
    upload(&first, &args).code(0).stdout("thanks\n");
    let (first, second) = (first.finish(), second.finish());
    assert_eq!(first.lines(), ["POST /here", "POST /back", "GET /result"]);
    assert_eq!(second.lines(), ["POST /there"]);
    are_uploads(&first.requests[..2]);
    are_uploads(&second.requests);
    for request in first.requests[1..].iter().chain(&second.requests) {
        let head = request.head.to_ascii_lowercase();
        assert!(
            !head.contains("secret") && !head.contains("authorization"),
            "{head}"
        );
    }
}

#[test]
fn r1_credentials_stay_however_they_were_given() {
    for args in [
        &["-u", "me:secret"][..],
        &["--oauth2-bearer", "secret"],
        &["-H", "Authorization: secret"],
        &[],
    ] {
        for code in [303, 307] {
            let (first, second) = (Recorder::plain(), Recorder::plain());
            first.answer(redirection(code, second.url("/there")));
            second.answer(status("200 OK", "thanks\n"));
            // Where nothing else is given, the URL brings them.
            let url = match args {
                [] => first.url("/here").replace("//", "//me:secret@"),
                _ => first.url("/here"),
            };
            let (authority, sandbox) = (second.authority(), Source::File.sandbox());
            let run = Source::File.of(&sandbox, &url).args(args);
            let run = run.args(["-H", "Host: virtual.test", "--location-trusted", "-v"]);
            let outcome = patient(run);
            outcome.code(0).stdout("thanks\n");
            outcome.stderr_lacks("secret").stderr_lacks("bWU6c2VjcmV0");
            let (first, second) = (first.finish(), second.finish());
            assert!(
                first.requests[0].header("Authorization").is_some(),
                "{args:?}"
            );
            assert_eq!(first.requests[0].header("Host"), Some("virtual.test"));
            assert_eq!(second.requests[0].header("Authorization"), None, "{args:?}");
            assert_eq!(second.requests[0].header("Host"), Some(&*authority));
        }
    }
}

#[test]
fn r1_credentials_that_stayed_are_not_what_was_refused() {
    for (place, says) in [
        (Place::Same, "refused the credentials of -u me"),
        (
            Place::OtherPort,
            "the credentials of -u me did not go along to another origin",
        ),
    ] {
        for code in [303, 307] {
            let (first, second) = (Recorder::plain(), Recorder::plain());
            let there = if place == Place::Same {
                &first
            } else {
                &second
            };
            first.answer(redirection(code, there.url("/there")));
            there.answer(status("401 Who Are You", "no\n"));
            let args = [&GIVEN[..], &["--location-trusted"]].concat();
            upload(&first, &args)
                .code(if code == 303 { 1 } else { 4 })
                .stdout("no\n")
                .stderr_has(says);
            let _ = (first.finish(), second.finish());
        }
    }
}

/// Nor is the key known to who was not told it.
#[test]
fn i1_what_is_lost_elsewhere_is_not_sent_again_for_its_key() {
    for (place, is_repeated) in [(Place::Same, true), (Place::OtherPort, false)] {
        let (first, second) = (Recorder::plain(), Recorder::plain());
        let there = if place == Place::Same {
            &first
        } else {
            &second
        };
        for answer in [nothing(), status("200 OK", "thanks\n")] {
            first.answer(redirection(307, there.url("/there")));
            there.answer(answer);
        }
        let args = ["--location-trusted", "--idempotency-key", "--retry", "1"];
        let outcome = upload(&first, &[&args[..], &["--retry-delay", "0.01"]].concat());
        if is_repeated {
            outcome
                .code(0)
                .stdout("thanks\n")
                .stderr_lacks("has it twice");
        } else {
            outcome
                .code(8)
                .stdout("")
                .stderr_has("not sent again: it is not known");
        }
        let requests = first.finish().requests.len() + second.finish().requests.len();
        assert_eq!(requests, if is_repeated { 4 } else { 2 });
    }
}

#[test]
fn a_target_out_of_reach_is_tried_again_from_the_beginning() {
    let server = Recorder::plain();
    let there = format!("http://{}/", nobody());
    server
        .answer(redirection(307, &there))
        .answer(redirection(307, &there));
    let args = [
        "--location-trusted",
        "--retry",
        "1",
        "--retry-delay",
        "0.01",
    ];
    upload(&server, &args)
        .code(7)
        .stdout("")
        .stderr_has("cannot connect");
    let seen = server.finish();
    assert_eq!(seen.lines(), ["POST /here", "POST /here"]);
    are_uploads(&seen.requests);
}

#[test]
fn r1_the_key_of_an_upload_is_not_told_elsewhere() {
    let (first, second) = (Recorder::plain(), Recorder::plain());
    first
        .answer(redirection(307, "/on"))
        .answer(redirection(307, second.url("/there")));
    second.answer(status("200 OK", ""));
    upload(&first, &["--location-trusted", "--idempotency-key=k"]).code(0);
    let (first, second) = (first.finish(), second.finish());
    let key = |request: &Request| request.header("Idempotency-Key").map(str::to_owned);
    let keys: Vec<_> = first.requests.iter().map(key).collect();
    assert_eq!(keys, [Some("\"k\"".to_owned()), Some("\"k\"".to_owned())]);
    assert_eq!(key(&second.requests[0]), None);
}

#[test]
fn the_method_stays_until_something_is_fetched() {
    let server = Recorder::plain();
    server
        .answer(redirection(308, "/b"))
        .answer(redirection(303, "/c"));
    server.answer(status("200 OK", ""));
    upload(&server, &["-L", "-X", "PUT"]).code(0);
    assert_eq!(server.finish().lines(), ["PUT /here", "PUT /b", "GET /c"]);
}

// ---------------------------------------------------------------------------------------------
// Targets

#[test]
fn r4_a_location_is_read_as_browsers_read_it() {
    let rows: &[(&[u8], &str)] = &[
        (b"there", "/a/there"),
        (b"/there", "/there"),
        (b"./there", "/a/there"),
        (b"../there", "/there"),
        (b"../../../there", "/there"),
        (b"?x=2", "/a/b?x=2"),
        (b"/there#fragment", "/there"),
        (b"/there?x=1#fragment", "/there?x=1"),
        (b"   /there  ", "/there"),
        (b"/with space", "/with%20space"),
        (b"/with%20space%zz", "/with%20space%zz"),
        ("/h\u{fc}te".as_bytes(), "/h%C3%BCte"),
        (b"/h\xfcte", "/h%FCte"),
        (b"/a//b", "/a//b"),
        (b"\\there", "/there"),
        (b"/@me:you", "/@me:you"),
        (b"//AUTHORITY/there", "/there"),
        (b"//AUTHORITY", "/"),
        (b"HTTP://AUTHORITY/there", "/there"),
        (b"http:there", "/a/there"),
    ];
    for (location, target) in rows {
        let server = Recorder::plain();
        let location = replaced(location, &server.authority());
        server
            .answer(redirection(307, &location))
            .answer(status("200 OK", "thanks\n"));
        let sandbox = Source::File.sandbox();
        let run = Source::File.of(&sandbox, &server.url("/a/b?x=1")).arg("-L");
        patient(run).code(0).stdout("thanks\n");
        let seen = server.finish();
        let shown = String::from_utf8_lossy(&location);
        assert_eq!(
            seen.lines(),
            ["POST /a/b?x=1", &format!("POST {target}")],
            "{shown}"
        );
        are_uploads(&seen.requests);
    }
}

/// With the server's authority in it.
fn replaced(location: &[u8], authority: &str) -> Vec<u8> {
    match std::str::from_utf8(location) {
        Ok(text) => text.replace("AUTHORITY", authority).into_bytes(),
        Err(_) => location.to_vec(),
    }
}

#[test]
fn some_locations_are_never_followed() {
    for (location, says) in [
        (None, "without a Location"),
        (Some(""), "without a Location"),
        (Some("file:///etc/passwd"), "file:///etc/passwd"),
        (Some("ftp://AUTHORITY/there"), "ftp://AUTHORITY/there"),
        (
            Some("ftp://me:hunter2@AUTHORITY/there"),
            "ftp://AUTHORITY/there",
        ),
        (Some("data:,x"), "data:,x"),
        (Some("javascript:alert(1)"), "javascript:alert(1)"),
        (Some("http://"), "cannot be followed"),
        (Some("http://[::1"), "cannot be followed"),
        (Some("http://127.0.0.1:99999/"), "cannot be followed"),
        (
            Some("http://me:hunter2@AUTHORITY/there"),
            "http://AUTHORITY/there with credentials",
        ),
        (
            Some("//me:hunter2@AUTHORITY/there"),
            "http://AUTHORITY/there with credentials",
        ),
        (
            Some("\\\\me:hunter2@AUTHORITY/there"),
            "http://AUTHORITY/there with credentials",
        ),
        (
            Some("http:\\\\me:hunter2@AUTHORITY/there"),
            "http://AUTHORITY/there with credentials",
        ),
        (
            Some("http:///me:hunter2@AUTHORITY/there"),
            "http://AUTHORITY/there with credentials",
        ),
    ] {
        for code in [303, 307] {
            let server = Recorder::plain();
            let authority = server.authority();
            match location {
                None => server.answer(with_fields(&format!("{code} Moved"), &[], MOVED)),
                Some(location) => {
                    let location = location.replace("AUTHORITY", &authority);
                    server.answer(redirection(code, location))
                }
            };
            let outcome = upload(&server, &["--location-trusted", "-v"]);
            outcome.code(3).stdout(MOVED).stderr_has(&code.to_string());
            outcome.stderr_has(&says.replace("AUTHORITY", &authority));
            outcome.stderr_lacks("hunter2");
            let is_done = outcome.stderr_text().contains("the upload is done");
            assert_eq!(is_done, code == 303, "{location:?}");
            assert_eq!(server.finish().requests.len(), 1, "{location:?}");
        }
    }
}

#[test]
fn statuses_that_are_no_redirections_stand() {
    for code in [300, 304, 305, 306] {
        let server = Recorder::plain();
        let location = format!("Location: {}", server.url("/there"));
        let fields: &[&[u8]] = &[location.as_bytes()];
        server.answer(with_fields(&format!("{code} Other"), fields, ""));
        upload(&server, &["--location-trusted"])
            .code(3)
            .stderr_has("/there");
        assert_eq!(server.finish().requests.len(), 1, "{code}");
    }
}

// ---------------------------------------------------------------------------------------------
// Answers before the body was read

const MUCH: u64 = 30_000_000;

#[test]
fn an_early_redirection_is_followed() {
    for octets in [70_000, MUCH] {
        for n in 0..6 {
            let server = match n % 3 {
                0 => Recorder::tls(),
                _ => Recorder::plain(),
            };
            server.answer(redirection(307, "/there").after(0));
            server.answer(status("200 OK", "thanks\n"));
            let sandbox = Source::Pipe.sandbox().sparse_file("much.bin", octets);
            let run = sandbox.formpost([&server.url("/here"), "much.bin", "-L"]);
            patient(run.args(["--cacert", "ca.pem"]))
                .code(0)
                .stdout("thanks\n");
            let seen = server.finish();
            assert_eq!(seen.lines(), ["POST /here", "POST /there"]);
            let body = &seen.requests[1].body;
            assert!(seen.requests[1].is_complete && body.len() as u64 > octets);
        }
    }
}

#[test]
fn an_early_redirection_of_a_pipe_is_followed_if_it_was_kept() {
    for source in [Source::Pipe, Source::Spooled, Source::ShortPipe] {
        for read in [0, 10_000] {
            let server = Recorder::plain();
            server.answer(redirection(307, "/there").after(read));
            server.answer(status("200 OK", "thanks\n"));
            let sandbox = source.sandbox();
            let outcome = patient(source.of(&sandbox, &server.url("/here")).arg("-L"));
            let seen = server.finish();
            // A pipe of which nothing was read yet is as good as one that was kept.
            if source.is_repeatable() || (read == 0 && seen.requests.len() == 2) {
                outcome.code(0).stdout("thanks\n");
                source.is_whole_in(&seen.requests[1]);
            } else {
                outcome.code(3).stdout(MOVED).stderr_has("--spool");
                outcome.stderr_has("/there").stderr_lacks("-L");
                assert_eq!(seen.requests.len(), 1);
            }
        }
    }
}

/// What a server says it has taken is not taken before it was sent: a page to log in on, perhaps.
#[test]
fn an_early_303_does_not_mean_that_the_upload_is_done() {
    for args in [&[][..], &["-L"], &["--location-trusted", "--retry", "3"]] {
        for location in ["/result", "ftp://127.0.0.1/"] {
            let server = Recorder::plain();
            server.answer(redirection(303, location).after(0));
            server.answer(status("200 OK", "please log in\n"));
            let sandbox = Source::File.sandbox().sparse_file("much.bin", MUCH);
            let run = sandbox.formpost([&server.url("/here"), "much.bin"]);
            let outcome = patient(run.args(args));
            outcome.code(3).stdout(MOVED).stderr_has(location);
            outcome.stderr_lacks("the upload is done");
            assert_eq!(server.finish().lines(), ["POST /here"]);
        }
    }
}

// ---------------------------------------------------------------------------------------------
// What an upload led to

#[test]
fn what_a_303_names_may_be_missing() {
    let server = Recorder::plain();
    server
        .answer(redirection(303, "/result"))
        .answer(status("404 Not Found", "nothing here\n"));
    let outcome = upload(&server, &["-L", "--retry", "3"]);
    outcome
        .code(1)
        .stdout("nothing here\n")
        .stderr_has("the upload is done");
    assert_eq!(server.finish().lines(), ["POST /here", "GET /result"]);
}

/// An upload that is done is not sent again for what came after it.
#[test]
fn what_a_303_names_may_fail() {
    let server = Recorder::plain();
    server
        .answer(redirection(303, "/result"))
        .answer(status("503 Busy", "later\n"));
    let args = ["-L", "--retry", "3", "--retry-all-errors"];
    let outcome = upload(&server, &args);
    outcome
        .code(1)
        .stdout("later\n")
        .stderr_has("the upload is done")
        .stderr_lacks("attempt");
    assert_eq!(server.finish().lines(), ["POST /here", "GET /result"]);
}

#[test]
fn what_a_303_names_may_be_out_of_reach() {
    for location in [
        format!("http://{}/", nobody()),
        "http://nonexistent.invalid/".to_owned(),
    ] {
        let server = Recorder::plain();
        server.answer(redirection(303, location));
        let outcome = upload(&server, &["-L", "--retry", "3", "-s", "-S"]);
        outcome.code(1).stdout("").stderr_has("the upload is done");
        assert_eq!(server.finish().lines(), ["POST /here"]);
    }
}

#[test]
fn what_a_303_names_may_have_moved() {
    let (first, second) = (Recorder::plain(), Recorder::plain());
    first
        .answer(redirection(303, "/a"))
        .answer(redirection(301, "/b"));
    first
        .answer(redirection(302, "/c"))
        .answer(redirection(307, second.url("/d")));
    second.answer(redirection(308, first.url("/e")));
    first
        .answer(redirection(303, "/f"))
        .answer(status("200 OK", "thanks\n"));
    let args = [&GIVEN[..], &["-L"]].concat();
    upload(&first, &args).code(0).stdout("thanks\n");
    let (first, second) = (first.finish(), second.finish());
    let expected = [
        "POST /here",
        "GET /a",
        "GET /b",
        "GET /c",
        "GET /e",
        "GET /f",
    ];
    assert_eq!(first.lines(), expected);
    assert_eq!(second.lines(), ["GET /d"]);
    for (n, request) in first.requests.iter().enumerate() {
        let knows = request.head.contains("secret");
        assert_eq!(knows, n < 4, "{}", request.head);
    }
    assert!(!second.requests[0].head.contains("secret"));
}

#[test]
fn what_a_303_names_may_go_in_a_circle() {
    let server = Recorder::plain();
    server
        .answer(redirection(303, "/a"))
        .answer(redirection(302, "/a"));
    let outcome = upload(&server, &["-L"]);
    outcome
        .code(1)
        .stdout(MOVED)
        .stderr_has("circle")
        .stderr_has("the upload is done");
    assert_eq!(server.finish().lines(), ["POST /here", "GET /a"]);
}

// ---------------------------------------------------------------------------------------------
// Together with the rest

#[test]
fn a_repeat_begins_where_the_upload_began() {
    let (first, second) = (Recorder::plain(), Recorder::plain());
    for answer in ["503 Busy", "200 OK"] {
        first.answer(redirection(307, second.url("/there")));
        second.answer(status(answer, answer));
    }
    let args = [
        "--location-trusted",
        "--retry",
        "1",
        "--retry-delay",
        "0.01",
    ];
    let outcome = upload(&first, &[&GIVEN[..], &args].concat());
    outcome
        .code(0)
        .stdout("200 OK")
        .stderr_has("attempt 1 of 2: the answer was 503");
    let (first, second) = (first.finish(), second.finish());
    assert_eq!(first.lines(), ["POST /here", "POST /here"]);
    assert_eq!(second.lines(), ["POST /there", "POST /there"]);
    are_uploads(&[first.requests.clone(), second.requests.clone()].concat());
    let secret = |request: &Request| request.head.contains("given-secret");
    assert!(first.requests.iter().all(secret) && !second.requests.iter().any(secret));
}

#[test]
fn outputs_hold_the_answer_that_stands() {
    let server = Recorder::plain();
    server
        .answer(redirection(307, "/b"))
        .answer(redirection(303, "/c"));
    server.answer(with_fields("201 Created", &[b"X-Last: yes"], "thanks\n"));
    let sandbox = Source::File.sandbox();
    let run = Source::File.of(&sandbox, &server.url("/here"));
    patient(run.args(["-L", "-i", "-o", "body", "-D", "head"]))
        .code(0)
        .stdout("");
    let (head, body) = (sandbox.read("head"), sandbox.read("body"));
    let head = String::from_utf8(head).unwrap();
    assert!(
        head.starts_with("HTTP/1.1 201 ") && head.contains("X-Last: yes\r\n"),
        "{head}"
    );
    assert_eq!(String::from_utf8(body).unwrap(), format!("{head}thanks\n"));
    let _ = server.finish();
}
