//! How a request gets to the server, and how often: the connection, and what the policies are to be.

use std::time::Duration;

use formpost::send::policy::redirect::Rules;
use formpost::send::policy::retry::Repeats;
use formpost::send::{Connection, Pace, Proxies, Url};

use super::error::PlanError;
use super::{proxies, route, tls};
use crate::app::cli::{ConnectionArgs, ProxyArgs, RedirectArgs, RepeatArgs};
use crate::app::report::Report;
use crate::app::terminal::Environment;

/// That the URL's protocol may be spoken. A redirection from https to http is never followed, so there is nothing else to
/// look at.
pub(super) fn check_protocol(
    url: &Url,
    connection: &ConnectionArgs,
    redirects: Rules,
) -> Result<(), PlanError> {
    let refusals = [
        ("--proto", connection.proto == Some(false)),
        (
            "--proto-redir",
            redirects.follow && connection.proto_redir == Some(false),
        ),
    ];
    match refusals.iter().find(|(_, refuses)| *refuses) {
        Some((option, _)) if !url.is_https() => Err(PlanError::usage(format!(
            "{option}: expected an https:// URL, found http://"
        ))),
        _ => Ok(()),
    }
}

/// A socket of this machine is reached without them.
pub(super) fn plan_proxies(
    proxy: &ProxyArgs,
    connection: &ConnectionArgs,
    url: &Url,
    redirects: Rules,
    environment: &Environment,
) -> Result<Proxies, PlanError> {
    if connection.route.unix_socket.is_some() {
        proxies::none_for_a_socket(proxy)
    } else {
        proxies::plan(proxy, url, redirects.follow, environment)
    }
}

pub(super) fn plan_redirects(arguments: &RedirectArgs) -> Rules {
    Rules {
        follow: arguments.location || arguments.location_trusted,
        trusted: arguments.location_trusted,
        limit: arguments.max_redirs.0,
    }
}

pub(super) fn plan_repeats(arguments: &RepeatArgs, keyed: bool) -> Repeats {
    Repeats {
        times: arguments.retry,
        delay: unless_zero(arguments.retry_delay),
        max_time: unless_zero(arguments.retry_max_time),
        unknown: arguments.retry_all_errors,
        keyed,
    }
}

/// In curl's options no time is no limit.
fn unless_zero(duration: Duration) -> Option<Duration> {
    (!duration.is_zero()).then_some(duration)
}

pub(super) fn plan_connection(
    connection: &ConnectionArgs,
    proxies: Proxies,
    report: &mut Report,
) -> Result<Connection, PlanError> {
    if proxies.insecure {
        report.warning("--proxy-insecure: whoever sits between can pass for the proxy");
    }
    let defaults = Connection::default();
    let mut settled = Connection {
        connect_timeout: connection.connect_timeout,
        max_time: unless_zero(connection.max_time),
        stall_timeout: connection.stall_timeout,
        response_timeout: connection.response_timeout,
        expect_timeout: connection
            .expect100_timeout
            .unwrap_or(defaults.expect_timeout),
        pace: connection
            .limit_rate
            .filter(|rate| *rate > 0)
            .map(Pace::new),
        route: route::settle(&connection.route)?,
        proxies,
        ..defaults
    };
    tls::settle(&connection.tls, &mut settled, report)?;
    Ok(settled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::cli::{Cli, Upload};

    fn upload(arguments: &[&str]) -> Upload {
        let arguments = ["formpost", "http://h/"].iter().chain(arguments);
        Cli::parse_from(arguments.map(Into::into)).unwrap().upload
    }

    #[test]
    fn redirects_are_followed_as_far_as_was_asked_for() {
        for (arguments, follow, trusted, limit) in [
            (&[][..], false, false, Some(10)),
            (&["-L"], true, false, Some(10)),
            (&["-L", "--max-redirs", "0"], true, false, Some(0)),
            (&["--location-trusted"], true, true, Some(10)),
            (
                &["-L", "--location-trusted", "--max-redirs=-1"],
                true,
                true,
                None,
            ),
        ] {
            let expected = Rules {
                follow,
                trusted,
                limit,
            };
            let rules = plan_redirects(&upload(arguments).redirects);
            assert_eq!(rules, expected, "{arguments:?}");
        }
    }

    #[test]
    fn no_time_is_the_default_and_no_limit() {
        let repeats = |arguments: &[&str]| plan_repeats(&upload(arguments).repeats, false);
        assert_eq!(repeats(&[]), Repeats::default());
        assert_eq!(
            repeats(&["--retry-delay", "0", "--retry-max-time", "0"]),
            Repeats::default()
        );
        assert_eq!(
            repeats(&[
                "--retry=3",
                "--retry-delay=1.5",
                "--retry-max-time=60",
                "--retry-all-errors",
                "--retry-connrefused"
            ]),
            Repeats {
                times: 3,
                delay: Some(Duration::from_millis(1500)),
                max_time: Some(Duration::from_secs(60)),
                unknown: true,
                keyed: false,
            }
        );
    }
}
