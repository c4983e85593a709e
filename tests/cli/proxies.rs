//! Uploads through proxies: what each of the three sees, and what is said when it goes no further.
//!
//! The proxies are this folder's own [`Middleman`], which speaks HTTP, SOCKS 4 and SOCKS 5, and the wire tap where an HTTP
//! proxy has to answer a request itself; the servers are the wire tap and a TLS server on rustls. What Debian's proxies
//! make of the program is in `tests/interop/`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::middleman::{Manner, Middleman, Visit};
use crate::sandbox::{Outcome, Sandbox};
use crate::tls::TlsServer;
use crate::wire_tap::{Answer, WireTap};

/// A form of one part, with a boundary that is known.
const FORM: [&str; 4] = ["--boundary", "X", "-F", "a=text"];
const BODY: &str = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntext\r\n--X--\r\n";

/// A name that only a proxy can resolve.
const ELSEWHERE: &str = "http://origin.invalid:8080/u?v";

fn upload(args: &[&str]) -> Outcome {
    Sandbox::new().formpost(FORM).args(args).run()
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

// ---------------------------------------------------------------------------------------------
// What each of them sees

#[test]
fn an_http_proxy_is_given_the_whole_url_of_an_http_upload() {
    let proxy = WireTap::answering([Answer::ok("thanks")]);
    upload(&["-x", &proxy.address(), ELSEWHERE, "-U", "me:secret"])
        .code(0)
        .stdout("thanks");
    let request = proxy.request();
    let authorization = format!("Proxy-Authorization: {}", basic("me:secret"));
    request.head_is(
        "POST http://origin.invalid:8080/u?v HTTP/1.1",
        &[
            "Host: origin.invalid:8080",
            concat!("User-Agent: formpost/", env!("CARGO_PKG_VERSION")),
            "Accept: */*",
            "Content-Type: multipart/form-data; boundary=X",
            &authorization,
            &format!("Content-Length: {}", BODY.len()),
        ],
    );
    request.body_is(BODY);
}

#[test]
fn an_http_proxy_is_asked_for_a_connection_when_told_so() {
    let tap = WireTap::answering([Answer::ok("thanks")]);
    let proxy = Middleman::start(Manner::connects(), Some(&tap.address()));
    let through = proxy.url_for("http", "me:secret");
    upload(&["-x", &through, "-p", ELSEWHERE, "-A", "agent"])
        .code(0)
        .stdout("thanks");
    let visit = proxy.visit();
    let expected = format!(
        "CONNECT origin.invalid:8080 HTTP/1.1\r\nHost: origin.invalid:8080\r\n\
         Proxy-Authorization: {}\r\nUser-Agent: agent\r\n\r\n",
        basic("me:secret")
    );
    assert_eq!(visit.asked_text(), expected);
    let request = tap.request();
    assert_eq!(request.line(), "POST /u?v HTTP/1.1");
    assert_eq!(request.header("Host"), Some("origin.invalid:8080"));
    request.body_is(BODY);
}

#[test]
fn a_connection_stands_after_interim_answers_and_has_no_body_whatever_it_says() {
    let tap = WireTap::answering([Answer::ok("thanks")]);
    let answer = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n\
                  HTTP/1.1 200 Connected\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    let proxy = Middleman::start(Manner::http(answer), Some(&tap.address()));
    upload(&["-x", &proxy.url("http"), "-p", ELSEWHERE])
        .code(0)
        .stdout("thanks");
    tap.request().body_is(BODY);
}

#[test]
fn what_comes_right_behind_the_proxys_word_is_the_servers() {
    let answer = "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
    let proxy = Middleman::start(Manner::http(answer), None);
    let through = proxy.url("http");
    upload(&["-v", "-x", &through, "-p", ELSEWHERE])
        .code(5)
        .stdout("busy")
        .stderr_has("< HTTP/1.1 503 Busy");
}

#[test]
fn fields_for_the_proxy_are_not_shown_to_the_server_behind_a_connection() {
    let tap = WireTap::answering([Answer::ok("")]);
    let proxy = Middleman::start(Manner::connects(), Some(&tap.address()));
    let through = proxy.url("http");
    let fields = ["--proxy-header", "X-For-Proxy: 1", "-H", "X-For-Server: 2"];
    let args = [
        "-x",
        &through,
        "-p",
        ELSEWHERE,
        "--proxy-header",
        "User-Agent:",
    ];
    upload(&[&args[..], &fields].concat()).code(0);
    let asked = proxy.visit().asked_text();
    assert!(asked.contains("\r\nX-For-Proxy: 1\r\n"), "{asked}");
    assert!(!asked.contains("X-For-Server"), "{asked}");
    assert!(!asked.contains("User-Agent"), "{asked}");
    let request = tap.request();
    assert_eq!(request.header("X-For-Server"), Some("2"));
    assert_eq!(request.header("X-For-Proxy"), None);
    assert!(request.header("User-Agent").is_some());
}

#[test]
fn a_socks_proxy_resolves_names_or_does_not_as_its_scheme_says() {
    const NAME: &[u8] = b"\x09localhost";
    const ADDRESS: &[u8] = &[127, 0, 0, 1];
    for (scheme, credentials, expected) in [
        (
            "socks4",
            "",
            [&[4, 1, 0x1f, 0x90][..], ADDRESS, b"\0"].concat(),
        ),
        (
            "socks4",
            "me",
            [&[4, 1, 0x1f, 0x90][..], ADDRESS, b"me\0"].concat(),
        ),
        (
            "socks4a",
            "",
            b"\x04\x01\x1f\x90\0\0\0\x01\0localhost\0".to_vec(),
        ),
        (
            "socks5",
            "",
            [&[5, 1, 0, 5, 1, 0, 1][..], ADDRESS, &[0x1f, 0x90]].concat(),
        ),
        (
            "socks5h",
            "",
            [&[5, 1, 0, 5, 1, 0, 3][..], NAME, &[0x1f, 0x90]].concat(),
        ),
    ] {
        let tap = WireTap::answering([Answer::ok("thanks")]);
        let manner = if scheme.starts_with("socks4") {
            Manner::Socks4(90)
        } else {
            Manner::socks5()
        };
        let proxy = Middleman::start(manner, Some(&tap.address()));
        let through = match credentials {
            "" => proxy.url(scheme),
            credentials => proxy.url_for(scheme, credentials),
        };
        // For those names that are resolved here, one address for certain.
        let host = if scheme.ends_with(['4', '5']) {
            "127.0.0.1"
        } else {
            "localhost"
        };
        let url = format!("http://{host}:8080/u");
        upload(&["-x", &through, &url]).code(0).stdout("thanks");
        assert_eq!(proxy.visit().asked, expected, "{scheme}");
        let request = tap.request();
        assert_eq!(request.line(), "POST /u HTTP/1.1");
        request.body_is(BODY);
    }
}

#[test]
fn the_last_proxy_counts_by_whichever_option_it_is_named() {
    for (option, manner, beginning) in [
        ("--socks4", Manner::Socks4(90), &[4, 1, 0x1f, 0x90, 127][..]),
        ("--socks4a", Manner::Socks4(90), &[4, 1, 0x1f, 0x90, 0]),
        ("--socks5", Manner::socks5(), &[5, 1, 0, 5, 1, 0, 1]),
        (
            "--socks5-hostname",
            Manner::socks5(),
            &[5, 1, 0, 5, 1, 0, 3],
        ),
    ] {
        let tap = WireTap::answering([Answer::ok("thanks")]);
        let proxy = Middleman::start(manner, Some(&tap.address()));
        let address = proxy.url("http").replace("http://", "");
        let host = if option.ends_with(['4', '5']) {
            "127.0.0.1"
        } else {
            "localhost"
        };
        let url = format!("http://{host}:8080/u");
        upload(&["-x", "nowhere.invalid", option, &address, &url])
            .code(0)
            .stdout("thanks");
        let asked = proxy.visit().asked;
        assert!(asked.starts_with(beginning), "{option}: {asked:?}");

        let tap = WireTap::answering([Answer::ok("thanks")]);
        upload(&[option, "nowhere.invalid", "-x", "", &tap.url("/")]).code(0);
    }
}

#[test]
fn a_name_is_resolved_here_for_socks4_and_socks5() {
    for (scheme, manner) in [("socks4", Manner::Socks4(90)), ("socks5", Manner::socks5())] {
        let tap = WireTap::answering([Answer::ok("thanks")]);
        let proxy = Middleman::start(manner, Some(&tap.address()));
        upload(&["-x", &proxy.url(scheme), "http://localhost:8080/"])
            .code(0)
            .stdout("thanks");
        let asked = proxy.visit().asked;
        assert!(
            !asked.windows(9).any(|nine| nine == b"localhost"),
            "{asked:?}"
        );
        drop(tap);

        let proxy = Middleman::start(Manner::socks5(), None);
        upload(&["-x", &proxy.url(scheme), ELSEWHERE])
            .code(7)
            .stderr_has("origin.invalid: no such host");
    }
}

#[test]
fn an_address_that_is_given_counts_for_the_proxy_and_for_a_name_that_is_resolved_here() {
    let proxy = WireTap::answering([Answer::ok("thanks")]);
    let address = proxy.address();
    let port = address.rsplit(':').next().unwrap();
    let through = format!("proxy.invalid:{port}");
    let pinned = format!("proxy.invalid:{port}:127.0.0.1");
    // A detour is about the server.
    let detour = format!("proxy.invalid:{port}:127.0.0.1:1");
    let args = ["-x", &through, "--resolve", &pinned];
    upload(&[&args[..], &["--connect-to", &detour, ELSEWHERE]].concat())
        .code(0)
        .stdout("thanks");
    let line = "POST http://origin.invalid:8080/u?v HTTP/1.1";
    assert_eq!(proxy.request().line(), line);

    for (scheme, manner) in [("socks4", Manner::Socks4(90)), ("socks5", Manner::socks5())] {
        let tap = WireTap::answering([Answer::ok("thanks")]);
        let proxy = Middleman::start(manner, Some(&tap.address()));
        let pinned = "origin.invalid:8080:192.0.2.7";
        let args = ["-x", &proxy.url(scheme), "--resolve", pinned, ELSEWHERE];
        upload(&args).code(0).stdout("thanks");
        let asked = proxy.visit().asked;
        let is_told = asked.windows(4).any(|four| four == [192, 0, 2, 7]);
        assert!(is_told, "{scheme}: {asked:?}");
    }
}

#[test]
fn a_socks_proxy_is_told_who_asks_when_it_wants_to_know() {
    let manner = Manner::Socks5 {
        method: 2,
        login: 0,
        reply: 0,
    };
    let tap = WireTap::answering([Answer::ok("thanks")]);
    let proxy = Middleman::start(manner, Some(&tap.address()));
    let through = proxy.url("socks5h");
    upload(&["-x", &through, "-U", "m%65:se:cret", ELSEWHERE])
        .code(0)
        .stdout("thanks");
    let visit = proxy.visit();
    assert!(
        visit
            .asked
            .starts_with(b"\x05\x02\x00\x02\x01\x02me\x07se:cret\x05\x01\x00\x03"),
        "{:?}",
        visit.asked
    );
    assert_eq!(tap.request().header("Proxy-Authorization"), None);
}

// ---------------------------------------------------------------------------------------------
// What nobody may see

const PROXYS: &str = "proxys:p-secret";
const ORIGINS: &str = "origins:o-secret";

/// That nothing of the proxy's credentials is in what the server got, and nothing of the server's in what the proxy was
/// asked: neither as they are nor encoded.
#[track_caller]
fn no_leak(visit: &Visit, server_got: &[u8], is_forwarded: bool) {
    let server_got = String::from_utf8_lossy(server_got).into_owned();
    for secret in ["p-secret", STANDARD.encode(PROXYS).as_str(), "Proxy-"] {
        assert!(!server_got.contains(secret), "{secret} in\n{server_got}");
        let passed = visit.passed_text();
        assert!(!passed.contains(secret), "{secret} in\n{passed}");
    }
    assert!(server_got.contains(&basic(ORIGINS)), "{server_got}");
    let asked = visit.asked_text();
    // Who makes a request has to be told all of it.
    if !is_forwarded {
        for secret in ["o-secret", STANDARD.encode(ORIGINS).as_str()] {
            assert!(!asked.contains(secret), "{secret} in\n{asked}");
        }
    }
    let told = basic(PROXYS);
    assert!(
        asked.contains(&told) || asked.contains("p-secret"),
        "the proxy was not told who asks:\n{asked}"
    );
}

#[test]
fn neither_the_proxys_credentials_nor_the_servers_reach_the_other() {
    let login = Manner::Socks5 {
        method: 2,
        login: 0,
        reply: 0,
    };
    for (scheme, manner, args) in [
        ("http", Manner::connects(), &[][..]),
        ("http", Manner::connects(), &["-p"]),
        ("socks5h", login, &[]),
    ] {
        let is_forwarded = scheme == "http" && args.is_empty();

        let tap = WireTap::answering([Answer::ok("thanks")]);
        let proxy = Middleman::start(manner.clone(), Some(&tap.address()));
        let through = proxy.url_for(scheme, PROXYS);
        let common = ["-v", "-x", &through, "-u", ORIGINS];
        let outcome = upload(&[&common[..], args, &[ELSEWHERE]].concat());
        outcome.code(0).stderr_lacks("secret");
        outcome.stderr_lacks(&STANDARD.encode(PROXYS));
        outcome.stderr_has(&format!("* through the proxy {}", proxy.url(scheme)));
        no_leak(&proxy.visit(), &tap.request().wire, is_forwarded);

        let server = TlsServer::start();
        let address = format!("127.0.0.1:{}", server.port);
        let proxy = Middleman::start(manner, Some(&address));
        let through = proxy.url_for(scheme, PROXYS);
        let common = ["-v", "-x", &through, "-u", ORIGINS, "--cacert", "ca.pem"];
        let sandbox = Sandbox::new().file("ca.pem", &server.certificate);
        let run = sandbox.formpost(FORM).args(common).args(args);
        let outcome = run.arg(server.url()).run();
        outcome.code(0).stdout("thanks").stderr_lacks("secret");
        outcome.stderr_lacks(&STANDARD.encode(PROXYS));
        let visit = proxy.visit();
        let request = server.request().unwrap();
        no_leak(&visit, &request, false);
        assert!(request.starts_with(b"POST / HTTP/1.1\r\n"));
        assert_eq!(visit.passed[0], 0x16, "a TLS handshake goes through");
    }
}

#[test]
fn a_redirection_chooses_its_proxy_anew() {
    let there = WireTap::answering([Answer::ok("thanks")]);
    let location = format!("Location: {}", there.url("/there"));
    let proxy = WireTap::answering([Answer::with_headers(
        "307 Temporary Redirect",
        &[&location],
        "",
    )]);
    let through = format!("http://{PROXYS}@{}", proxy.address());
    let args = [
        "-x",
        &through,
        "--noproxy",
        "127.0.0.1",
        "--location-trusted",
    ];
    upload(&[&args[..], &[ELSEWHERE, "-u", ORIGINS]].concat())
        .code(0)
        .stdout("thanks");
    let first = proxy.request();
    assert_eq!(first.line(), "POST http://origin.invalid:8080/u?v HTTP/1.1");
    let second = there.request();
    assert_eq!(second.line(), "POST /there HTTP/1.1");
    assert_eq!(second.header("Proxy-Authorization"), None);
    assert_eq!(second.header("Authorization"), None);
    second.body_is(BODY);
}

// ---------------------------------------------------------------------------------------------
// Who is asked for one

#[test]
fn x6_the_environment_names_the_proxy_and_what_is_typed_stands_above_it() {
    let proxied = |variables: &[(&str, &str)], args: &[&str]| {
        let proxy = WireTap::answering([Answer::ok("proxied")]);
        let tap = WireTap::answering_if_asked(Answer::ok("direct"));
        let sandbox = Sandbox::new();
        let mut run = sandbox.formpost(FORM).arg(tap.url("/"));
        for (name, value) in variables {
            run = run.env(name, value.replace("PROXY", &proxy.address()));
        }
        for arg in args {
            run = run.arg(arg.replace("PROXY", &proxy.address()));
        }
        let said = run.run().code(0).stdout_text();
        if said != "proxied" {
            // It demands to be asked: this is the call.
            upload(&["-x", &proxy.address(), ELSEWHERE]).code(0);
        }
        said == "proxied"
    };
    for (variables, args, expected) in [
        (&[][..], &["-x", "PROXY"][..], true),
        (&[("http_proxy", "PROXY")], &[], true),
        (&[("HTTP_PROXY", "http://PROXY/")], &[], true),
        (&[("all_proxy", "PROXY")], &[], true),
        (&[("https_proxy", "PROXY")], &[], false),
        (
            &[("http_proxy", "PROXY"), ("no_proxy", "127.0.0.0/8")],
            &[],
            false,
        ),
        (&[("http_proxy", "PROXY"), ("NO_PROXY", "*")], &[], false),
        (&[("http_proxy", "PROXY")], &["-x", ""], false),
        (
            &[("http_proxy", "PROXY")],
            &["--noproxy", "127.0.0.1"],
            false,
        ),
        (
            &[("http_proxy", "PROXY"), ("no_proxy", "*")],
            &["--noproxy", ""],
            true,
        ),
        (
            &[("HTTP_PROXY", "PROXY"), ("REQUEST_METHOD", "POST")],
            &[],
            false,
        ),
        (
            &[("http_proxy", "PROXY"), ("REQUEST_METHOD", "POST")],
            &[],
            true,
        ),
    ] {
        println!("{variables:?} {args:?}");
        assert_eq!(proxied(variables, args), expected);
    }
}

#[test]
fn a_variable_that_is_no_proxy_is_a_usage_error_that_keeps_its_secret() {
    let tap = WireTap::expecting_nobody();
    let sandbox = Sandbox::new();
    let run = sandbox.formpost(FORM).arg(tap.url("/"));
    run.env("http_proxy", "ftp://me:secret@h")
        .run()
        .code(2)
        .stderr_has("http_proxy in the environment")
        .stderr_has("hint: -x ''")
        .stderr_lacks("secret");
    upload(&[&tap.url("/"), "-x", "ftp://me:secret@h"])
        .code(2)
        .stderr_has("--proxy")
        .stderr_lacks("secret");
    upload(&[&tap.url("/"), "-x", "h:1", "-U", "me"])
        .code(2)
        .stderr_has("-U me: no password");
}

#[test]
#[cfg(feature = "receive")]
fn there_is_no_proxy_on_the_way_to_oneself() {
    let nobody = WireTap::expecting_nobody();
    let sandbox = Sandbox::new();
    let run = sandbox
        .formpost(["try"])
        .env("http_proxy", nobody.address());
    run.run().code(0);
}

// ---------------------------------------------------------------------------------------------
// When it goes no further

const S: &str = "https://origin.invalid/";
const U: &str = "http://origin.invalid:1/";

/// Through a proxy of that manner to `URL`, with these arguments; the code, and what is said, `PROXY` being the proxy.
type Refusal<'a> = (Manner, &'a str, &'a str, &'a [&'a str]);

#[track_caller]
fn check(rows: &[Refusal<'_>]) {
    for (manner, scheme, url, says) in rows {
        println!("{manner:?} {scheme} {url}");
        let proxy = Middleman::start(manner.clone(), None);
        let through = proxy.url(scheme);
        let outcome = upload(&["-x", &through, "--connect-timeout", "5", url]);
        outcome.code(7).stdout("");
        for says in *says {
            outcome.stderr_has(&says.replace("PROXY", &proxy.authority()));
        }
        proxy.visit();
    }
}

#[test]
fn n20_an_http_proxy_that_does_not_connect_is_named_with_what_it_said() {
    let says = |octets: &str| Manner::http(octets);
    check(&[
        (
            says("HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!"),
            "http",
            S,
            &["proxy PROXY refused to connect to origin.invalid:443: 403 Forbidden"],
        ),
        (
            says("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
            "http",
            S,
            &[
                "407 Proxy Authentication Required",
                "hint: the proxy wants credentials: -U USER",
            ],
        ),
        (
            says("HTTP/1.0 502 Bad Gateway\r\n\r\n"),
            "http",
            S,
            &["502 Bad Gateway"],
        ),
        (
            says("HTTP/1.1 504\r\n\r\n"),
            "http",
            S,
            &["to origin.invalid:443: 504\n"],
        ),
    ]);
}

#[test]
fn n20_a_proxy_that_is_no_http_proxy_is_named_with_what_it_said() {
    let says = |octets: &str| Manner::http(octets);
    let blurts = |octets: &[u8]| Manner::Blurts(octets.to_vec());
    let long = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 70_000]].concat();
    check(&[
        (
            says("HTTP/1.1 200 OK\r\n"),
            "http",
            S,
            &[
                "proxy PROXY lost the connection to origin.invalid:443",
                "closed the connection",
            ],
        ),
        (
            blurts(b""),
            "http",
            S,
            &["proxy PROXY lost the connection to origin.invalid:443"],
        ),
        (
            blurts(b"SSH-2.0-OpenSSH\r\n"),
            "http",
            S,
            &[
                "proxy PROXY did not answer as an HTTP proxy: it is not HTTP",
                "SSH-2.0",
            ],
        ),
        (
            blurts(&long),
            "http",
            S,
            &["did not answer as an HTTP proxy: its head is over 64 KiB"],
        ),
    ]);
}

#[test]
fn n20_a_socks_proxy_that_does_not_connect_is_named_with_what_it_said() {
    let socks5 = |method, login, reply| Manner::Socks5 {
        method,
        login,
        reply,
    };
    check(&[
        (
            socks5(0, 0, 2),
            "socks5h",
            U,
            &[
                "proxy PROXY refused to connect to origin.invalid:1: its rules do not allow it (SOCKS5 reply 2)",
            ],
        ),
        (
            socks5(0, 0, 5),
            "socks5h",
            U,
            &["the connection was refused (SOCKS5 reply 5)"],
        ),
        (
            socks5(0xff, 0, 0),
            "socks5h",
            U,
            &[
                "proxy PROXY wants credentials",
                "hint: the proxy wants credentials: -U USER",
            ],
        ),
        (
            Manner::Socks4(91),
            "socks4a",
            U,
            &["it rejected it, or failed (SOCKS4 reply 91)"],
        ),
        (
            Manner::Blurts(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
            "socks5h",
            U,
            &[
                "proxy PROXY did not answer as a SOCKS5 proxy",
                "HTTP/1.1 400",
            ],
        ),
        (
            Manner::Blurts(vec![]),
            "socks4a",
            U,
            &["proxy PROXY lost the connection to origin.invalid:1"],
        ),
    ]);
    let proxy = Middleman::start(socks5(2, 1, 0), None);
    upload(&["-x", &proxy.url_for("socks5h", "me:secret"), U])
        .code(7)
        .stderr_has("refused the credentials")
        .stderr_has("hint: the proxy refused the credentials of -U")
        .stderr_lacks("secret");
    // Nobody is asked for what cannot be said.
    upload(&["-x", "socks4a://127.0.0.1:1", "http://[::1]/"]).code(7);
}

#[test]
fn n20_a_proxy_that_says_nothing_is_given_the_time_for_connecting() {
    for (scheme, url) in [
        ("http", "https://origin.invalid/"),
        ("socks4a", ELSEWHERE),
        ("socks5h", ELSEWHERE),
    ] {
        let proxy = Middleman::start(Manner::Silent, None);
        let through = proxy.url(scheme);
        let says = format!(
            "proxy {} did not connect to origin.invalid:",
            proxy.authority()
        );
        upload(&["-x", &through, "--connect-timeout", "0.5", url])
            .code(7)
            .stderr_has(&says)
            .stderr_has("within 0.5 s");
        proxy.visit();
    }
}

#[test]
fn n20_a_proxy_that_is_not_there_is_named() {
    // Nobody listens on port 1.
    for url in [ELSEWHERE, "https://origin.invalid/"] {
        upload(&["-x", "127.0.0.1:1", url])
            .code(7)
            .stderr_has("proxy 127.0.0.1:1 cannot be reached at 127.0.0.1:1: ");
        upload(&["-x", "socks5h://nowhere.invalid", url])
            .code(7)
            .stderr_has("proxy nowhere.invalid:1080 cannot be found: no such host");
    }
}

#[test]
fn n20_an_upload_that_an_http_proxy_refuses_is_answered() {
    let proxy = WireTap::answering([
        Answer::status("407 Proxy Authentication Required", ""),
        Answer::status("407 Proxy Authentication Required", ""),
    ]);
    upload(&["-x", &proxy.address(), ELSEWHERE])
        .code(4)
        .stderr_has("407 Proxy Authentication Required")
        .stderr_has("hint: the proxy wants credentials: -U USER");
    let through = format!("me:secret@{}", proxy.address());
    upload(&["-x", &through, ELSEWHERE])
        .code(4)
        .stderr_has("hint: the proxy refused the credentials")
        .stderr_lacks("secret");
}

#[test]
fn n20_what_may_pass_is_tried_again_and_what_will_not_is_not() {
    for (answer, visits) in [
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", 2),
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", 2),
        ("HTTP/1.1 504 Gateway Timeout\r\n\r\n", 2),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", 1),
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 1),
    ] {
        let proxy = Middleman::start(Manner::http(answer), None);
        let through = proxy.url("http");
        let retry = ["--retry", "1", "--retry-delay", "0.01"];
        upload(&[&["-x", &through, "https://origin.invalid/"][..], &retry].concat()).code(7);
        assert_eq!(proxy.visits().len(), visits, "{answer}");
    }
}

#[test]
fn a_dry_run_shows_what_the_proxy_would_be_sent() {
    upload(&["-x", "me:secret@127.0.0.1:1", ELSEWHERE, "--dry-run"])
        .code(0)
        .stdout_has("POST http://origin.invalid:8080/u?v HTTP/1.1")
        .stdout_has("Proxy-Authorization: Basic [redacted]");
}

// ---------------------------------------------------------------------------------------------
// Answers that come early

#[test]
fn n6_an_answer_that_comes_early_is_seen_through_a_proxy() {
    const LENGTH: u64 = 60 << 20;
    let refusal = || {
        Answer::status("413 Content Too Large", "too large")
            .before_body()
            .and_hold()
    };
    let sandbox = Sandbox::new().sparse_file("large", LENGTH);
    let direct = WireTap::answering([refusal()]);
    let forwarded = ["-x", &direct.address(), ELSEWHERE, "large"];
    sandbox
        .formpost(forwarded)
        .run()
        .code(4)
        .stdout("too large");
    drop(direct);
    for (scheme, manner, args) in [
        ("http", Manner::connects(), &["-p"][..]),
        ("http", Manner::connects(), &[]),
        ("socks4a", Manner::Socks4(90), &[]),
        ("socks5h", Manner::socks5(), &[]),
    ] {
        let tap = WireTap::answering([refusal()]);
        let proxy = Middleman::start(manner, Some(&tap.address()));
        let through = proxy.url(scheme);
        let run = sandbox.formpost(["-x", &through, ELSEWHERE, "large"]);
        run.args(args)
            .run()
            .code(4)
            .stdout("too large")
            .stderr_has("answered after");
    }
}
