//! Readers that run on Perl.

#[cfg(target_os = "linux")]
use super::check;
use super::manners::{BACKSLASHES_KEPT, Manners, Order, PLAIN};
use super::{MadeOf, Reader};

pub(super) const PLACK: Reader = Reader {
    name: "Plack, on Starman",
    made_of: MadeOf::Debian {
        packages: &["libplack-perl", "starman"],
        probe: &["perl", "-MStarman", "-MPlack", "-e", "1"],
    },
    command: &["perl", "servers/perl/server.pl"],
    settings: "",
    manners: Manners {
        files: BACKSLASHES_KEPT,
        fields: BACKSLASHES_KEPT,
        order: Order::TextsFirst,
        tells_parameters: false,
        ..PLAIN
    },
};

#[cfg(target_os = "linux")]
#[test]
fn plack_reads_what_was_sent() {
    check(&PLACK);
}
