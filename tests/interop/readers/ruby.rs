//! Readers that run on Ruby.

#[cfg(target_os = "linux")]
use super::check;
use super::manners::{LAST_SEGMENT, Lists, Manners, Names, Order, PLAIN, QUOTED_STRING};
use super::{MadeOf, Reader};

pub(super) const RACK: Reader = Reader {
    name: "Rack, on Puma",
    made_of: MadeOf::Debian {
        packages: &["ruby-rack", "puma"],
        probe: &["ruby", "-r", "rack", "-r", "puma", "-e", "1"],
    },
    command: &["ruby", "servers/ruby/server.rb"],
    settings: "",
    manners: Manners {
        // Every percent sign of a file name counts as an escape, and nothing in the name of a field does.
        files: Names {
            quote: "q\"uo",
            carriage_return: "c\rr",
            line_feed: "l\nf",
            percent: "perAcent",
            ..LAST_SEGMENT
        },
        fields: QUOTED_STRING,
        order: Order::ByName,
        lists: Lists::InBrackets,
        ..PLAIN
    },
};

#[cfg(target_os = "linux")]
#[test]
fn rack_reads_what_was_sent() {
    check(&RACK);
}
