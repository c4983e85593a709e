//! Whom the upload trusts, and what it shows of itself.

use std::fs;
use std::io;
use std::path::Path;

use formpost::send::{CertificateError, ClientCertificate, Connection, Roots, TlsVersion};

use super::error::PlanError;
use crate::app::cli::{CertificateArg, Secret, TlsArgs};
use crate::app::report::Report;
use crate::app::terminal::{ask_password, certificate_places, escape};

/// Settles the connection's part in TLS.
///
/// # Errors
/// If a file cannot be read, or is not what it should be.
pub(super) fn settle(
    typed: &TlsArgs,
    connection: &mut Connection,
    report: &mut Report,
) -> Result<(), PlanError> {
    if typed.insecure {
        report.warning("-k: whoever sits between can read and change this upload");
    }
    for (is_typed, option) in [(typed.tlsv1_0, "--tlsv1.0"), (typed.tlsv1_1, "--tlsv1.1")] {
        if is_typed {
            report.notice(&format!("{option}: TLS 1.2 is the oldest that is spoken"));
        }
    }
    connection.insecure = typed.insecure;
    connection.roots = roots("--cacert", typed.cacert.as_deref())?;
    connection.certificate = certificate(typed, report)?;
    connection.least_tls = if typed.tlsv1_3 {
        TlsVersion::V1_3
    } else {
        TlsVersion::V1_2
    };
    Ok(())
}

/// The certificates of the file that an option names, or those that are trusted without one.
///
/// # Errors
/// If the file cannot be read, or holds none.
pub(super) fn roots(option: &str, given: Option<&Path>) -> Result<Roots, PlanError> {
    let Some(path) = given else {
        let places = certificate_places();
        return Ok(match places.shown() {
            None => Roots::system(),
            Some(name) => Roots::at(&name, places.file, places.directories),
        });
    };
    let name = format!("{option} {}", path.display());
    fs::read(path)
        .map_err(|error| error.to_string())
        .and_then(|pem| Roots::from_pem(&name, &pem).map_err(|error| error.to_string()))
        .map_err(|error| PlanError::usage(format!("{name}: {error}")))
}

/// `--cert`, `--key` and `--pass`.
fn certificate(
    typed: &TlsArgs,
    report: &mut Report,
) -> Result<Option<ClientCertificate>, PlanError> {
    let Some(CertificateArg { path, password }) = &typed.cert else {
        let alone = [
            (typed.key.is_some(), "--key"),
            (typed.pass.is_some(), "--pass"),
        ];
        return match alone.iter().find(|(is_typed, _)| *is_typed) {
            Some((_, option)) => Err(PlanError::usage(format!(
                "{option}: expected the certificate that it is for, -E FILE"
            ))),
            None => Ok(None),
        };
    };
    if password.is_some() && typed.pass.is_some() {
        return Err(PlanError::usage(
            "--pass and -E FILE:PASSWORD: expected one password",
        ));
    }
    let named = format!("-E {}", path.display());
    let read = |name: &str, path: &Path| {
        fs::read(path).map_err(|error| PlanError::usage(format!("{name}: {error}")))
    };
    let certificates = read(&named, path)?;
    let (key_name, key_path, key) = match &typed.key {
        None => (named.clone(), path, certificates.clone()),
        Some(path) => {
            let name = format!("--key {}", path.display());
            let key = read(&name, path)?;
            (name, path, key)
        }
    };
    let from_pem = |password: Option<&str>| {
        ClientCertificate::from_pem(&certificates, &key, password).map_err(|error| {
            let name = if error.is_about_key() {
                &key_name
            } else {
                &named
            };
            (explained(&error, name), error)
        })
    };
    let password = typed.pass.as_ref().or(password.as_ref());
    let certificate = match from_pem(password.map(Secret::expose)) {
        Err((_, CertificateError::Locked)) => {
            let password = ask_password(&format!(
                "password for {}: ",
                escape(key_path.to_string_lossy().as_bytes())
            ))
            .map_err(|error| not_asked(&key_name, &error))?;
            from_pem(Some(&password))
        }
        outcome => outcome,
    };
    let certificate = certificate.map_err(|(error, _)| error)?;
    if is_open_to_others(key_path) {
        report.warning(&format!(
            "{key_name}: others can read this key; chmod 600 keeps it yours"
        ));
    }
    Ok(Some(certificate))
}

fn not_asked(name: &str, error: &io::Error) -> PlanError {
    PlanError::usage(format!(
        "{name}: {}, and there is no terminal to ask for it on: {error}",
        CertificateError::Locked
    ))
    .hint("--pass PASSWORD gives it")
}

/// The error, with what to do about it.
fn explained(error: &CertificateError, name: &str) -> PlanError {
    let explained = PlanError::usage(format!("{name}: {error}"));
    if matches!(error, CertificateError::Lock) {
        let hint = "openssl pkcs8 -topk8 -in FILE -out NEW writes it as formpost, and everything else, reads it";
        return explained.hint(hint);
    }
    if matches!(error, CertificateError::NoKey) {
        return explained.hint("--key FILE names the key if it has a file of its own");
    }
    explained
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
