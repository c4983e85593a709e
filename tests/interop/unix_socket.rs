//! Uploads over a socket of this machine, to nginx.

use crate::is_there;
use crate::packaged::Package;
use crate::sandbox::{Outcome, Sandbox};
use crate::starts;

/// More than all buffers on the way hold.
const LENGTH: u64 = 60 * 1024 * 1024;

/// It keeps each body in a file, and answers how long the body was.
const NGINX: Package = Package {
    name: "nginx on a Unix socket",
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
                return 200 $http_x_length;
            }
            server {
                listen unix:DIRECTORY/socket;
                client_max_body_size 0;
                location / {
                    client_body_in_file_only on;
                    proxy_pass_request_body off;
                    proxy_set_header Content-Length \"\";
                    proxy_set_header X-Length $content_length;
                    proxy_pass http://127.0.0.1:PORT;
                }
                location /small { client_max_body_size 1m; }
            }
        }
    ",
};

#[test]
fn uploads_over_a_unix_socket_arrive_at_nginx() {
    if !is_there(NGINX.name, starts(NGINX.program, "-v")) {
        return;
    }
    let server = NGINX.start_in(Sandbox::new);
    let socket = server.sandbox.path("socket");
    let sandbox = Sandbox::new()
        .file("a.txt", "hello")
        .sparse_file("large", LENGTH);
    let upload = |args: &[&str]| -> Outcome {
        let run = sandbox.formpost(["--unix-socket", socket.to_str().unwrap()]);
        run.args(args).run()
    };

    let form = [
        "--boundary",
        "X",
        "-F",
        "a=@a.txt",
        "-F",
        "b=1",
        "http://localhost/",
    ];
    upload(&[&form[..], &["--dump-body", "dumped"]].concat()).code(0);
    let dumped = sandbox.read("dumped");
    upload(&form).code(0).stdout(dumped.len().to_string());
    assert_eq!(server.sandbox.read("body/0000000001"), dumped);

    upload(&["-T", "large", "http://localhost/"])
        .code(0)
        .stdout(LENGTH.to_string());

    for _ in 0..20 {
        upload(&["-F", "a=@large", "http://localhost/small"])
            .code(4)
            .stderr_has("413 ");
    }
}
