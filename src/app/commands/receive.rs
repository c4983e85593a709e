//! `formpost receive`: uploads taken on an address, into a directory.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use formpost::multipart::Limits;
use formpost::receive::{Destination, Faults, Server, Settings, Store, TlsIdentity};

use crate::app::cli::Receive;
use crate::app::exit::Exit;
use crate::app::report::{Report, received};
use crate::app::signals;

/// Runs it.
pub(crate) fn run(arguments: Receive, report: &mut Report) -> anyhow::Result<Exit> {
    let told = received::Told::new(&arguments, report.terminal());
    let settings = settle(arguments)?;
    let (is_https, has_token) = (settings.tls.is_some(), settings.token.is_some());
    let is_open = !has_token && !settings.listen.ip().is_loopback();
    let server = Server::bind(settings)?;
    if is_open {
        report.warning("whoever can reach this address can send files: --token asks for a secret");
    }
    // Before the address is told: whoever reads it may send a signal at once.
    let (stopper, aborter) = (server.stopper(), server.stopper());
    let ending = signals::stop_first(move || stopper.stop(), move || aborter.abort());
    received::address(&server, is_https, has_token)?;
    let told = Arc::new(told);
    server.run(move |event| told.event(&event))?;
    ending.end_if_asked();
    Ok(Exit::Done)
}

fn settle(arguments: Receive) -> anyhow::Result<Settings> {
    let destination = if arguments.discard {
        Destination::Discard
    } else {
        Destination::Store(Store::open(&arguments.dir, arguments.on_exist.into())?)
    };
    let limits = arguments.limits;
    Ok(Settings {
        limits: Limits {
            parts: limits.max_parts,
            field_bytes: limits.max_field_size,
            fields_bytes: Limits::default().fields_bytes.max(limits.max_field_size),
            file_bytes: limits.max_file_size,
            body: limits.max_body_size,
            ..Limits::default()
        },
        token: arguments
            .access
            .token
            .map(|token| token.expose().to_owned()),
        allowed_fields: limits.allow_field,
        faults: Faults {
            reject: arguments.faults.reject,
            fail: arguments.faults.fail,
            reset_after: arguments.faults.reset_after,
            delay: arguments.faults.delay,
            slow: arguments.faults.slow,
            redirect: arguments.faults.redirect,
        },
        tls: match (&arguments.access.cert, &arguments.access.key) {
            (Some(certificate), Some(key)) => Some(identity(certificate, key)?),
            _ => None,
        },
        count: if arguments.once {
            Some(1)
        } else {
            arguments.count
        },
        ..Settings::new(arguments.listen, destination)
    })
}

fn identity(certificate: &Path, key: &Path) -> anyhow::Result<TlsIdentity> {
    let read = |option: &str, path: &Path| {
        fs::read(path).with_context(|| format!("{option} {}: cannot be read", path.display()))
    };
    let (chain, private) = (read("--cert", certificate)?, read("--key", key)?);
    TlsIdentity::from_pem(&chain, &private).with_context(|| {
        let (certificate, key) = (certificate.display(), key.display());
        format!("--cert {certificate}, --key {key}")
    })
}
