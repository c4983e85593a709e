//! The reader that is part of PHP.

#[cfg(target_os = "linux")]
use serde_json::json;

#[cfg(target_os = "linux")]
use super::check;
use super::manners::{LAST_SEGMENT, Lists, Manners, Order, PLAIN};
use super::{MadeOf, Reader};
#[cfg(target_os = "linux")]
use crate::{is_there, sandbox::Sandbox, server::Server};

pub(super) const PHP: Reader = Reader {
    name: "PHP",
    made_of: MadeOf::Debian {
        packages: &["php-cli"],
        probe: &["php", "-n", "--version"],
    },
    command: &[
        "sh",
        "-c",
        // It says its port where others complain.
        "exec php -n -d display_errors=0 -d upload_max_filesize=64M -d post_max_size=65M \
         -S 127.0.0.1:0 servers/php/index.php 2>&1",
    ],
    settings: "`post_max_size`, 8 MiB otherwise, and `upload_max_filesize`, 2 MiB",
    manners: Manners {
        files: LAST_SEGMENT,
        order: Order::ByName,
        lists: Lists::InBrackets,
        mangles_field_names: true,
        tells_parameters: false,
        files_at_most: Some(20),
        ..PLAIN
    },
};

#[cfg(target_os = "linux")]
#[test]
fn php_reads_what_was_sent() {
    check(&PHP);
}

/// Only the program that it runs can tell.
#[cfg(target_os = "linux")]
#[test]
fn php_drops_what_is_over_its_limits_without_an_error() {
    const MEBIBYTE: u64 = 1024 * 1024;
    if !is_there("PHP's limits", PHP.made_of.is_there()) {
        return;
    }
    let as_it_comes = "exec php -n -d display_errors=0 -S 127.0.0.1:0 servers/php/index.php 2>&1";
    let server = Server::announced(&["sh", "-c", as_it_comes]);
    let sandbox = Sandbox::new()
        .sparse_file("over upload_max_filesize", 3 * MEBIBYTE)
        .sparse_file("over post_max_size", 9 * MEBIBYTE);
    let parts_of = |name: &str| {
        let run = sandbox.formpost(["--text", "t=1", "--file", &format!("f={name}")]);
        let outcome = run.arg(server.url("/")).run();
        outcome.code(0).json()["parts"].clone()
    };
    let left = parts_of("over upload_max_filesize");
    assert_eq!(left[0]["name"], "t");
    // UPLOAD_ERR_INI_SIZE
    assert_eq!(
        (&left[1]["error"], &left[1]["size"]),
        (&json!(1), &json!(null))
    );
    assert_eq!(parts_of("over post_max_size"), json!([]));
}
