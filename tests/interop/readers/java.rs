//! Readers that run on Java.

#[cfg(target_os = "linux")]
use super::check;
use super::manners::{BACKSLASHES_KEPT, Manners, PLAIN, QUOTED_STRING, TypedTexts};
use super::{MadeOf, Reader};

pub(super) const TOMCAT: Reader = Reader {
    name: "Tomcat",
    made_of: MadeOf::Debian {
        packages: &["libtomcat10-embed-java"],
        probe: &["test", "-e", ".built/java/Server.class"],
    },
    command: &[
        "java",
        // It runs for seconds: what is best after minutes is of no use.
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        ".built/java:/usr/share/java/tomcat10-embed-core.jar:/usr/share/java/tomcat10-annotations-api.jar",
        "Server",
        "DIRECTORY",
    ],
    settings: "`setCharacterEncoding(\"UTF-8\")`, the locale's otherwise; `maxPartCount`, 50 otherwise",
    manners: Manners {
        files: QUOTED_STRING,
        fields: BACKSLASHES_KEPT,
        typed_texts: TypedTexts::Told,
        ..PLAIN
    },
};

#[cfg(target_os = "linux")]
#[test]
fn tomcat_reads_what_was_sent() {
    check(&TOMCAT);
}
