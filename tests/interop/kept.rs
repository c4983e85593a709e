//! Connections that are kept, by the library and by nginx: with TLS of both versions, whose tickets come when they like, and
//! without, over sockets of this machine.

use std::sync::Arc;
use std::time::Duration;

use formpost::multipart::{Boundary, Escape, PartHead};
use formpost::send::{
    Body, Client, Connection, Content, Form, Framing, Head, Meter, Part, Roots, Route,
};

use crate::packaged::Package;
use crate::tls::{SERVER, prepared};
use crate::{is_there, starts};

const NGINX: Package = Package {
    name: "nginx that keeps connections",
    program: "/usr/sbin/nginx",
    args: &["-e", "error.log", "-c", "settings", "-p"],
    settings: "
        daemon off;
        worker_processes 1;
        pid pid;
        error_log error.log;
        events {}
        http {
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            ssl_certificate DIRECTORY/server.pem;
            ssl_certificate_key DIRECTORY/server.key;
            keepalive_requests 3;
            # Who only answers does so before the body is there.
            server {
                listen unix:DIRECTORY/reader;
                add_header Served \"\";
                location / { return 200 thanks; }
            }
            add_header Served \"$connection $connection_requests $ssl_protocol\";
            server {
                listen 127.0.0.1:PORT;
                listen unix:DIRECTORY/plain;
                location / { proxy_pass http://unix:DIRECTORY/reader; }
            }
            server {
                listen unix:DIRECTORY/new ssl;
                ssl_protocols TLSv1.3;
                location / { proxy_pass http://unix:DIRECTORY/reader; }
            }
            server {
                listen unix:DIRECTORY/old ssl;
                ssl_protocols TLSv1.2;
                location / { proxy_pass http://unix:DIRECTORY/reader; }
            }
        }
    ",
};

/// A small upload: what nginx says of the connection, word by word, and whether that had been there already.
fn upload(client: &Client, url: &str) -> (Vec<String>, bool) {
    let meter = Arc::new(Meter::new());
    let form = Form {
        boundary: Boundary::new("------------------------keptkeptkeptkept").unwrap(),
        parts: vec![Part {
            head: PartHead {
                name: Some(b"file".to_vec()),
                ..PartHead::default()
            },
            content: Content::bytes(vec![0; 10_000]),
        }],
    };
    let mut body = Body::new(form, Escape::Percent, meter.clone()).unwrap();
    let framing = Framing::Length(body.length().unwrap());
    let head = Head::new("POST", url.parse().unwrap(), Vec::new()).unwrap();
    let mut response = client.send(&head, framing, &mut body).unwrap();
    assert_eq!(response.status(), 200);
    std::io::copy(response.body(), &mut std::io::sink()).unwrap();
    let served = String::from_utf8_lossy(response.header("Served").unwrap()).into_owned();
    let words = served.split(' ').map(str::to_owned).collect();
    (words, meter.is_reused())
}

#[test]
fn nginx_sees_one_connection_after_the_other_filled() {
    let needed = starts(NGINX.program, "-v").and_then(|()| starts("openssl", "version"));
    if !is_there(NGINX.name, needed) {
        return;
    }
    let server = NGINX.start_in(|| prepared(&[SERVER]));
    let pem = std::fs::read(server.sandbox.path("server.pem")).unwrap();
    let connection = |socket: Option<&str>| Connection {
        keep_alive: Some(Duration::from_secs(600)),
        roots: Roots::from_pem("server.pem", &pem).unwrap(),
        route: Route {
            unix_socket: socket.map(|name| server.sandbox.path(name)),
            ..Route::default()
        },
        ..Connection::default()
    };
    for (url, socket, protocol) in [
        (format!("http://127.0.0.1:{}/", server.port), None, None),
        ("http://localhost/".to_owned(), Some("plain"), None),
        (
            "https://localhost/".to_owned(),
            Some("new"),
            Some("TLSv1.3"),
        ),
        (
            "https://localhost/".to_owned(),
            Some("old"),
            Some("TLSv1.2"),
        ),
    ] {
        let client = Client::new(connection(socket));
        let mut connections = Vec::new();
        for number in 0..9 {
            let (words, is_reused) = upload(&client, &url);
            assert_eq!(words[1], (number % 3 + 1).to_string(), "{socket:?}");
            assert_eq!(is_reused, number % 3 > 0, "{socket:?}");
            assert_eq!(words.get(2).map(String::as_str), protocol);
            connections.push(words[0].clone());
        }
        connections.dedup();
        assert_eq!(connections.len(), 3, "{socket:?}");
    }
}
