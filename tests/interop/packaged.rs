//! Servers out of Debian's packages, nginx and Apache, each with settings of its own in a directory of its own: what they
//! refuse, and whom Apache lets in.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Instant;

use crate::sandbox::{LOOK, Sandbox};
use crate::server::{PATIENCE, Server};
use crate::{is_installed, is_there, starts};

/// A server out of a package, which is told its port.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) program: &'static str,
    /// What it is started with, beside the directory that it stands in.
    pub(crate) args: &'static [&'static str],
    /// `PORT`, `BACKEND` and `DIRECTORY` stand for theirs. It says in a file `pid` that it listens.
    pub(crate) settings: &'static str,
}

const NGINX: Package = Package {
    name: "nginx",
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
            server {
                listen 127.0.0.1:PORT;
                client_max_body_size 1m;
                location /proxied/ {
                    client_max_body_size 0;
                    proxy_request_buffering off;
                    # Nobody listens there.
                    location /proxied/dead { proxy_pass http://127.0.0.1:1; }
                    location /proxied/closing { proxy_pass http://127.0.0.1:BACKEND; }
                }
            }
        }
    ",
};

const APACHE: Package = Package {
    name: "Apache",
    program: "/usr/sbin/apache2",
    args: &["-DFOREGROUND", "-f", "settings", "-d"],
    settings: "
        LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
        LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
        DefaultRuntimeDir DIRECTORY
        Mutex file:DIRECTORY
        PidFile pid
        ErrorLog error.log
        ServerName localhost
        Listen 127.0.0.1:PORT
        DocumentRoot DIRECTORY
        LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
        LoadModule authn_file_module /usr/lib/apache2/modules/mod_authn_file.so
        LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
        LoadModule auth_digest_module /usr/lib/apache2/modules/mod_auth_digest.so
        LimitRequestBody 1048576
        <Location /private>
            AuthType Digest
            AuthName \"the realm\"
            AuthUserFile DIRECTORY/users
            Require valid-user
        </Location>
        <Location /denied>
            LimitRequestBody 0
            Require all denied
        </Location>
    ",
};

/// Whom Apache lets in, as `htdigest` writes it: the last is the MD5 of `me:the realm:hunter2`.
const USERS: &str = "me:the realm:ba21e123aa0458a2e908f70bb1668eb6\n";

impl Package {
    /// Starts it on a port that was free just before; once more if somebody else has taken that meanwhile. Nothing if it
    /// is not installed.
    fn start(&self) -> Option<Server> {
        let needed = is_installed().and_then(|()| starts(self.program, "-v"));
        is_there(&format!("refusals by {}", self.name), needed).then(|| self.start_in(Sandbox::new))
    }

    /// Starts it in a directory that may have files in it already.
    pub(crate) fn start_in(&self, sandbox: impl Fn() -> Sandbox) -> Server {
        const TRIES: usize = 5;
        let mut log = String::new();
        for _ in 0..TRIES {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port().to_string();
            drop(free);
            let server = self.start_on(port, sandbox());
            if listens(&server) {
                return server;
            }
            log = server.log();
        }
        panic!("{} does not begin:\n{log}", self.name);
    }

    fn start_on(&self, port: String, sandbox: Sandbox) -> Server {
        let directory = sandbox.path("");
        let text = directory.to_str().unwrap();
        let settings = self
            .settings
            .replace("PORT", &port)
            .replace("BACKEND", &closing_backend())
            .replace("DIRECTORY", text);
        fs::write(sandbox.path("settings"), settings).unwrap();
        fs::write(sandbox.path("users"), USERS).unwrap();
        fs::write(sandbox.path("private"), "thanks\n").unwrap();
        let mut shell = Command::new("sh");
        shell.current_dir(&directory);
        without_privileges(&mut shell, &sandbox);
        let command = [&[self.program], self.args, &[text]].concat();
        let mut server = Server::start(sandbox, shell, &command);
        server.port = port;
        server
    }
}

/// As root a server would become somebody else by itself, each in its own way: it is nobody from the beginning.
pub(crate) fn without_privileges(shell: &mut Command, sandbox: &Sandbox) {
    const NOBODY: u32 = 65534;
    let directory = sandbox.path("");
    if fs::metadata(&directory).unwrap().uid() == 0 {
        chown(&directory, Some(NOBODY), Some(NOBODY)).unwrap();
        shell.uid(NOBODY).gid(NOBODY);
    }
}

/// Whether it has come to listening on its port, and has not ended instead.
fn listens(server: &Server) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let is_begun = server.sandbox.path("pid").exists();
        if is_begun && TcpStream::connect(format!("127.0.0.1:{}", server.port)).is_ok() {
            return true;
        }
        if server.said.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
            return false;
        }
    }
    false
}

/// The port of a server that hangs up on everybody.
fn closing_backend() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    thread::spawn(move || listener.incoming().for_each(drop));
    port
}

#[test]
fn refusals_by_nginx_are_seen() {
    if let Some(server) = NGINX.start() {
        server.refuses("nginx", "/", 413);
        server.refuses("nginx with a dead backend", "/proxied/dead", 502);
        server.refuses(
            "nginx with a backend that hangs up",
            "/proxied/closing",
            502,
        );
    }
}

#[test]
fn refusals_by_apache_are_seen() {
    if let Some(server) = APACHE.start() {
        server.refuses("Apache", "/", 413);
        server.refuses("Apache that denies access", "/denied", 403);
    }
}

/// It checks method and target, counts the requests, and knows its own nonces.
#[test]
fn apache_lets_in_who_answers_its_digest_challenge() {
    let Some(server) = APACHE.start() else {
        return;
    };
    let sandbox = Sandbox::new().sparse_file("file", 900_000);
    let upload = |url: &str, login: &str| {
        let run = sandbox.formpost(["--digest", "-u", login, "-F", "file=@file", url]);
        run.run()
    };
    for path in ["/private", "/private?a=b&c=%22"] {
        let outcome = upload(&server.url(path), "me:hunter2");
        outcome.code(0).stdout("thanks\n");
    }
    for login in ["me:hunter3", "you:hunter2"] {
        let outcome = upload(&server.url("/private"), login);
        outcome
            .code(4)
            .stderr_has("the server refused the credentials");
    }
}
