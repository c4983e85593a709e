//! TLS with what was not made here: keys and certificates of the openssl program, its server, and nginx.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::packaged::Package;
use crate::sandbox::{Outcome, Sandbox};
use crate::{is_there, starts};

const NGINX: Package = Package {
    name: "nginx with client certificates",
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
                listen 127.0.0.1:PORT ssl;
                ssl_certificate DIRECTORY/server.pem;
                ssl_certificate_key DIRECTORY/server.key;
                ssl_client_certificate DIRECTORY/ca.pem;
                ssl_verify_client on;
                ssl_protocols TLSv1.2;
                location / { return 200 $ssl_client_s_dn; }
            }
        }
    ",
};

/// Whoever runs openssl does so with `-k` afterwards; here it has to work without.
pub(crate) const SERVER: &str = "
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.pem -days 2 \\
        -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1
    chmod a+r server.key
";

/// An authority, and two certificates of it: of version 3, and as `openssl x509 -req` made them for decades.
const VISITOR: &str = "
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca
    openssl req -new -newkey rsa:2048 -nodes -keyout me.key -out me.csr -subj /CN=me
    echo basicConstraints=CA:FALSE >extensions
    openssl x509 -req -in me.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out me.pem
    openssl x509 -req -in me.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out old.pem
";

/// Every form that openssl writes a key in.
const KEYS: &str = "
    openssl rsa -in me.key -traditional -out rsa-pkcs1.key
    openssl pkcs8 -topk8 -nocrypt -in me.key -out rsa-pkcs8.key
    openssl pkcs8 -topk8 -in me.key -passout pass:sesame -out locked.key
    openssl pkcs8 -topk8 -v2 aes128 -v2prf hmacWithSHA512 -in me.key -passout pass:sesame -out locked-sha512.key
    openssl pkcs8 -topk8 -scrypt -scrypt_N 1024 -in me.key -passout pass:sesame -out locked-scrypt.key
    openssl pkcs8 -topk8 -v2 des3 -in me.key -passout pass:sesame -out locked-des3.key
    openssl rsa -aes256 -traditional -in me.key -passout pass:sesame -out locked-legacy.key
    cat me.pem locked.key >both.pem
    openssl ecparam -name prime256v1 -genkey -out ec-sec1-with-parameters.key
    openssl req -x509 -key ec-sec1-with-parameters.key -subj /CN=ec -days 2 -out ec.pem
    openssl ec -in ec-sec1-with-parameters.key -out ec-sec1.key
    openssl pkcs8 -topk8 -nocrypt -in ec-sec1.key -out ec-pkcs8.key
    openssl pkcs8 -topk8 -in ec-sec1.key -passout pass:sesame -out ec-locked.key
    openssl genpkey -algorithm ed25519 -out ed25519.key
    openssl req -x509 -key ed25519.key -subj /CN=ed -days 2 -out ed25519.pem
";

/// Whether there is an openssl.
fn has_openssl(what: &str) -> bool {
    is_there(what, starts("openssl", "version"))
}

/// A directory in which these commands have been run.
pub(crate) fn prepared(scripts: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    let run = Command::new("sh")
        .args(["-ec", &scripts.concat()])
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    for entry in fs::read_dir(sandbox.path("")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "key") && !path.ends_with("server.key") {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    sandbox
}

#[test]
fn keys_of_openssl_are_read() {
    if !has_openssl("keys of openssl") {
        return;
    }
    let sandbox = prepared(&[VISITOR, KEYS]);
    let look = |args: &[&str]| {
        let run = sandbox.formpost(["--dry-run", "-F", "a=b", "https://localhost/"]);
        run.args(args).run()
    };
    for args in [
        &["-E", "me.pem", "--key", "me.key"][..],
        &["-E", "old.pem", "--key", "me.key"],
        &["-E", "me.pem", "--key", "rsa-pkcs1.key"],
        &["-E", "me.pem", "--key", "rsa-pkcs8.key"],
        &["-E", "me.pem", "--key", "locked.key", "--pass", "sesame"],
        &["-E", "me.pem:sesame", "--key", "locked.key"],
        &["-E", "me.pem:sesame", "--key", "locked-sha512.key"],
        &["-E", "me.pem:sesame", "--key", "locked-scrypt.key"],
        &["-E", "both.pem:sesame"],
        &["-E", "ec.pem", "--key", "ec-sec1-with-parameters.key"],
        &["-E", "ec.pem", "--key", "ec-sec1.key"],
        &["-E", "ec.pem", "--key", "ec-pkcs8.key"],
        &["-E", "ec.pem:sesame", "--key", "ec-locked.key"],
        &["-E", "ed25519.pem", "--key", "ed25519.key"],
    ] {
        look(args).code(0);
    }
    for (args, reason) in [
        (
            &["-E", "me.pem:wrong", "--key", "locked.key"][..],
            "--key locked.key: the password does not unlock",
        ),
        (
            &["-E", "me.pem", "--key", "locked.key"],
            "--key locked.key: the private key is locked with a password",
        ),
        (
            &["-E", "me.pem:sesame", "--key", "locked-des3.key"],
            "openssl pkcs8 -topk8",
        ),
        (
            &["-E", "me.pem:sesame", "--key", "locked-legacy.key"],
            "openssl pkcs8 -topk8",
        ),
        (
            &["-E", "me.pem", "--key", "ec-sec1.key"],
            "--key ec-sec1.key: the private key does not belong",
        ),
    ] {
        look(args).code(2).stderr_has(reason);
    }
}

#[test]
fn nginx_sees_who_comes() {
    let needed = starts(NGINX.program, "-v").and_then(|()| starts("openssl", "version"));
    if !is_there(NGINX.name, needed) {
        return;
    }
    let server = NGINX.start_in(|| prepared(&[SERVER, VISITOR, KEYS]));
    let url = format!("https://localhost:{}/", server.port);
    let upload = |args: &[&str]| -> Outcome {
        let run = server
            .sandbox
            .formpost(["--cacert", "server.pem", "-F", "a=b"]);
        run.args(args).arg(&url).run()
    };
    for args in [
        &["-E", "me.pem", "--key", "rsa-pkcs1.key"][..],
        &["-E", "old.pem", "--key", "me.key"],
        &["-E", "both.pem", "--pass", "sesame"],
    ] {
        upload(args).code(0).stdout("CN=me");
    }
    // nginx lets everybody in so far as to say this.
    upload(&[])
        .code(4)
        .stdout_has("No required SSL certificate was sent");
    upload(&["-E", "ec.pem", "--key", "ec-sec1.key"])
        .code(4)
        .stdout_has("The SSL certificate error");
    // It speaks TLS 1.2 only.
    upload(&["-E", "me.pem", "--key", "me.key", "--tlsv1.3"])
        .code(7)
        .stderr_has("TLS failed: ");
}

/// The server of the openssl program, for one upload.
struct OpensslServer {
    process: std::process::Child,
    said: BufReader<std::process::ChildStdout>,
    port: u16,
}

impl OpensslServer {
    fn start(sandbox: &Sandbox, version: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut process = Command::new("openssl")
            .args(["s_server", "-cert", "server.pem", "-key", "server.key"])
            .args(["-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error"])
            .args([version, "-naccept", "1"])
            .args(["-accept", &format!("127.0.0.1:{port}")])
            .current_dir(sandbox.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self {
            said: BufReader::new(process.stdout.take().unwrap()),
            process,
            port,
        };
        assert!(server.hears("ACCEPT"), "openssl s_server does not begin");
        server
    }

    /// Whether it comes to say this, on a line of its own.
    fn hears(&mut self, expected: &str) -> bool {
        let lines = self.said.by_ref().lines().map_while(Result::ok);
        lines.take(1000).any(|line| line.trim() == expected)
    }
}

impl Drop for OpensslServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn openssls_server_is_uploaded_to() {
    if !has_openssl("openssl s_server") {
        return;
    }
    let sandbox = prepared(&[SERVER, VISITOR]);
    for version in ["-tls1_2", "-tls1_3"] {
        for (args, code) in [
            (&["-E", "me.pem", "--key", "me.key"][..], 0),
            (&["-E", "old.pem", "--key", "me.key"], 0),
            (&[], 7),
        ] {
            let mut server = OpensslServer::start(&sandbox, version);
            let run = sandbox
                .formpost(["--cacert", "server.pem", "-F", "a=b", "--boundary", "X"])
                .args(args)
                .arg(format!("https://localhost:{}/", server.port))
                .start();
            if code == 0 {
                assert!(server.hears("--X--"), "the upload did not arrive");
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nthanks";
                let input = server.process.stdin.as_mut().unwrap();
                input.write_all(answer).unwrap();
            }
            let outcome = run.wait();
            outcome.code(code);
            if code == 7 {
                outcome.stderr_has("TLS failed: received fatal alert: ");
            }
        }
    }
}
