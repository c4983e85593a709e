//! The way to the server.

use formpost::send::{Family, Interface, Route};

use super::error::PlanError;
use crate::app::cli::RouteArgs;

/// # Errors
/// If it leads two ways at once, or to what this system does not have.
pub(super) fn settle(typed: &RouteArgs) -> Result<Route, PlanError> {
    let family = match (typed.ipv4, typed.ipv6) {
        (true, true) => return Err(PlanError::usage("-4 and -6: expected one of them")),
        (true, false) => Family::V4,
        (false, true) => Family::V6,
        (false, false) => Family::Any,
    };
    check_interface(typed.interface.as_ref(), family)?;
    check_unix_socket(typed)?;
    Ok(Route {
        detours: typed.connect_to.clone(),
        pinned: typed.resolve.clone(),
        family,
        interface: typed.interface.clone(),
        #[cfg(unix)]
        unix_socket: typed.unix_socket.clone(),
    })
}

fn check_interface(interface: Option<&Interface>, family: Family) -> Result<(), PlanError> {
    match interface {
        Some(Interface::Name(name)) if !cfg!(any(target_os = "linux", target_os = "android")) => {
            Err(PlanError::usage(format!(
                "--interface {name}: expected an address, this system binds to no interface by its name"
            )))
        }
        Some(Interface::Address(address)) => match (family, address.is_ipv4()) {
            (Family::V4, false) => Err(PlanError::usage(format!(
                "-4 and --interface {address}: nothing goes from an IPv6 address to an IPv4 one"
            ))),
            (Family::V6, true) => Err(PlanError::usage(format!(
                "-6 and --interface {address}: nothing goes from an IPv4 address to an IPv6 one"
            ))),
            _ => Ok(()),
        },
        Some(Interface::Name(_)) | None => Ok(()),
    }
}

fn check_unix_socket(typed: &RouteArgs) -> Result<(), PlanError> {
    let Some(path) = &typed.unix_socket else {
        return Ok(());
    };
    let path = path.display();
    if !cfg!(unix) {
        return Err(PlanError::usage(format!(
            "--unix-socket {path}: this system has none"
        )));
    }
    let others = [
        (!typed.resolve.is_empty(), "--resolve"),
        (!typed.connect_to.is_empty(), "--connect-to"),
        (typed.interface.is_some(), "--interface"),
        (typed.ipv4, "-4"),
        (typed.ipv6, "-6"),
    ];
    match others.iter().find(|(is_typed, _)| *is_typed) {
        Some((_, other)) => Err(PlanError::usage(format!(
            "--unix-socket and {other}: a socket of this machine has no network address, expected one of them"
        ))),
        None => Ok(()),
    }
}
