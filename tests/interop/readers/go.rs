//! The reader of Go's own library.

#[cfg(target_os = "linux")]
use super::check;
use super::manners::{Manners, Order, PLAIN};
use super::{MadeOf, Reader};

pub(super) const NET_HTTP: Reader = Reader {
    name: "Go's net/http",
    made_of: MadeOf::Debian {
        packages: &["golang-go"],
        probe: &["test", "-x", ".built/go/server"],
    },
    command: &[".built/go/server"],
    settings: "",
    manners: Manners {
        order: Order::ByName,
        ..PLAIN
    },
};

#[cfg(target_os = "linux")]
#[test]
fn go_reads_what_was_sent() {
    check(&NET_HTTP);
}
