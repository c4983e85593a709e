//! TLS as it is typed.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueHint};

use super::values::Secret;

/// TLS.
#[derive(Debug, Default, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsArgs {
    /// Take any certificate: whoever sits between can read and change the upload
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,
    /// Trust the PEM certificates in FILE, instead of the system's
    ///
    /// Without it those in the file that SSL_CERT_FILE names and in the directories that SSL_CERT_DIR names, if they are
    /// set; otherwise the system's, or Mozilla's where the system has none. -v says which.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) cacert: Option<PathBuf>,
    /// Show the server the PEM certificate in FILE, with its key if that is in there, too
    ///
    /// A colon in the file's name is written with a backslash. The password is safer typed when it is asked for.
    #[arg(short = 'E', long, value_name = "FILE[:PASSWORD]", value_hint = ValueHint::FilePath, value_parser = certificate())]
    pub(crate) cert: Option<CertificateArg>,
    /// The key for --cert: PEM, in PKCS#1, PKCS#8 or SEC 1
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key: Option<PathBuf>,
    /// The password of the key; asked for if it is missing
    #[arg(long, value_name = "PASSWORD")]
    pub(crate) pass: Option<Secret>,
    /// Speak TLS 1.2 or later, which is the default
    #[arg(long = "tlsv1.2", overrides_with_all = ["tlsv1", "tlsv1_0", "tlsv1_1", "tlsv1_2", "tlsv1_3"])]
    pub(crate) tlsv1_2: bool,
    /// Speak TLS 1.3 or later
    #[arg(long = "tlsv1.3", overrides_with_all = ["tlsv1", "tlsv1_0", "tlsv1_1", "tlsv1_2", "tlsv1_3"])]
    pub(crate) tlsv1_3: bool,
    /// curl's name for --tlsv1.2
    #[arg(short = '1', long, hide = true, overrides_with_all = ["tlsv1", "tlsv1_0", "tlsv1_1", "tlsv1_2", "tlsv1_3"])]
    pub(crate) tlsv1: bool,
    /// Older than what is spoken
    #[arg(long = "tlsv1.0", hide = true, overrides_with_all = ["tlsv1", "tlsv1_0", "tlsv1_1", "tlsv1_2", "tlsv1_3"])]
    pub(crate) tlsv1_0: bool,
    /// Older than what is spoken
    #[arg(long = "tlsv1.1", hide = true, overrides_with_all = ["tlsv1", "tlsv1_0", "tlsv1_1", "tlsv1_2", "tlsv1_3"])]
    pub(crate) tlsv1_1: bool,
}

/// One `-E`.
#[derive(Debug, Clone)]
pub(crate) struct CertificateArg {
    pub(crate) path: PathBuf,
    pub(crate) password: Option<Secret>,
}

fn certificate() -> impl TypedValueParser<Value = CertificateArg> {
    OsStringValueParser::new().map(|text| CertificateArg::parse(&text))
}

impl CertificateArg {
    /// As curl reads it: the first colon ends the file's name, unless a backslash stands in front of it or it is a
    /// drive's.
    fn parse(text: &OsStr) -> Self {
        let Some(typed) = text.to_str() else {
            return Self {
                path: PathBuf::from(text),
                password: None,
            };
        };
        let mut path = String::new();
        let mut characters = typed.char_indices().peekable();
        while let Some((position, character)) = characters.next() {
            match character {
                '\\' => {
                    let escaped = characters.next_if(|(_, next)| matches!(next, '\\' | ':'));
                    path.push(escaped.map_or('\\', |(_, escaped)| escaped));
                }
                ':' if !(cfg!(windows) && is_drive(&path, &typed[position..])) => {
                    return Self {
                        path: path.into(),
                        password: Some(Secret::from(&typed[position + 1..])),
                    };
                }
                other => path.push(other),
            }
        }
        Self {
            path: OsString::from(path).into(),
            password: None,
        }
    }
}

/// Whether the colon after `before` is that of `C:\` or `C:/`.
fn is_drive(before: &str, rest: &str) -> bool {
    before.len() == 1
        && before.chars().all(|letter| letter.is_ascii_alphabetic())
        && (rest.starts_with(":\\") || rest.starts_with(":/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificates_password_stands_after_the_first_colon() {
        for (text, path, password) in [
            ("a.pem", "a.pem", None),
            ("a.pem:secret", "a.pem", Some("secret")),
            ("a.pem:a:b\\:c", "a.pem", Some("a:b\\:c")),
            ("a\\:b.pem", "a:b.pem", None),
            ("a\\\\b\\c:d", "a\\b\\c", Some("d")),
            ("a.pem:", "a.pem", Some("")),
        ] {
            let parsed = CertificateArg::parse(OsStr::new(text));
            assert_eq!(parsed.path, PathBuf::from(path), "{text}");
            let found = parsed.password.as_ref().map(Secret::expose);
            assert_eq!(found, password, "{text}");
        }
    }
}
