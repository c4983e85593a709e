//! Which proxy stands in between: what was typed, over what the environment says.

use formpost::send::{Bypass, Login, Proxies, Proxy, Url};

use super::credentials::password;
use super::error::PlanError;
use super::given::Given;
use super::tls::roots;
use crate::app::cli::{ProxyArg, ProxyArgs, Secret};
use crate::app::terminal::Environment;

/// Settles it for an upload to `url`, and if it `follows` redirections for wherever they lead.
pub(super) fn plan(
    arguments: &ProxyArgs,
    url: &Url,
    follows: bool,
    environment: &Environment,
) -> Result<Proxies, PlanError> {
    let is_of_use = |is_https| follows || url.is_https() == is_https;
    let of = |scheme: &Scheme, is_https| match arguments.proxy() {
        _ if !is_of_use(is_https) => Ok(None),
        Some(ProxyArg::None) => Ok(None),
        Some(ProxyArg::All(proxy)) => Ok(Some(proxy.clone())),
        None => from_environment(scheme, environment),
    };
    let given = Given::read("--proxy-header", &arguments.headers)?;
    let mut proxies = Proxies {
        http: of(&HTTP, false)?,
        https: of(&HTTPS, true)?,
        bypass: bypass(arguments.noproxy.as_deref(), environment),
        tunnels_all: arguments.proxytunnel,
        hides_agent: given.is_removed("User-Agent"),
        headers: given.fields,
        roots: roots("--proxy-cacert", arguments.proxy_cacert.as_deref())?,
        insecure: arguments.proxy_insecure,
    };
    let is_used = follows || proxies.of(url).is_some();
    let lacks = |proxy: &Option<Proxy>| {
        let proxy = proxy.as_ref();
        proxy.is_some_and(|proxy| is_used && proxy.credentials().is_none())
    };
    if lacks(&proxies.http) || lacks(&proxies.https) {
        let credentials = credentials(arguments.proxy_user.as_ref())?;
        for proxy in [&mut proxies.http, &mut proxies.https] {
            *proxy = proxy
                .take()
                .map(|proxy| proxy.or_credentials(credentials.clone()));
        }
    }
    Ok(proxies)
}

/// Those of an upload over a socket of this machine: none, whatever the environment says.
pub(super) fn none_for_a_socket(arguments: &ProxyArgs) -> Result<Proxies, PlanError> {
    match arguments.proxy() {
        Some(ProxyArg::All(_)) => Err(PlanError::usage(
            "--unix-socket and --proxy: a socket of this machine is reached without a proxy, expected one of them",
        )),
        Some(ProxyArg::None) | None => Ok(Proxies::default()),
    }
}

/// The variables that name the proxy for a scheme, and which of them a client may have set where we are run by a web
/// server (httpoxy).
struct Scheme {
    variables: [&'static str; 4],
    from_clients: &'static [&'static str],
}

const HTTP: Scheme = Scheme {
    variables: ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
    from_clients: &["HTTP_PROXY"],
};

const HTTPS: Scheme = Scheme {
    variables: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
    from_clients: &[],
};

/// The first variable that is set decides; to nothing is not set, as with curl.
fn from_environment(
    scheme: &Scheme,
    environment: &Environment,
) -> Result<Option<Proxy>, PlanError> {
    let is_served = environment.get("REQUEST_METHOD").is_some();
    let found = scheme
        .variables
        .into_iter()
        .filter(|name| !is_served || !scheme.from_clients.contains(name))
        .find_map(|name| Some((name, set(environment, name)?)));
    let Some((name, value)) = found else {
        return Ok(None);
    };
    value.parse().map(Some).map_err(|error| {
        PlanError::usage(format!("{name} in the environment: {error}"))
            .hint("-x '' goes without a proxy, whatever the environment says")
    })
}

fn bypass(given: Option<&str>, environment: &Environment) -> Bypass {
    let list = given
        .or_else(|| set(environment, "no_proxy"))
        .or_else(|| set(environment, "NO_PROXY"));
    Bypass::parse(list.unwrap_or_default())
}

fn set<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment.get(name).filter(|value| !value.is_empty())
}

/// `-U`, percent-decoded as curl does it; a password that is typed is taken as it is.
fn credentials(user: Option<&Secret>) -> Result<Option<Login>, PlanError> {
    let Some(user) = user.map(Secret::expose) else {
        return Ok(None);
    };
    let mut credentials = Login::decoded(user);
    if !user.contains(':') {
        credentials.password = password("-U", "proxy password", user)?;
    }
    Ok(Some(credentials))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::cli::{Cli, Upload};

    fn upload(arguments: &[&str]) -> Upload {
        let arguments = ["formpost"].iter().chain(arguments);
        Cli::parse_from(arguments.map(Into::into)).unwrap().upload
    }

    /// The proxy for a URL, or the error.
    fn chosen(
        url: &str,
        arguments: &[&str],
        environment: &[(&'static str, &str)],
    ) -> Result<Option<Proxy>, String> {
        let upload = upload(&[&[url], arguments].concat());
        let url = upload.url.unwrap().url().clone();
        let environment = Environment::with(environment);
        let follows = upload.redirects.location;
        let proxies = plan(&upload.proxy, &url, follows, &environment);
        let proxies = proxies.map_err(|error| error.to_string())?;
        Ok(proxies.of(&url).cloned())
    }

    const H: &str = "http://h/";
    const S: &str = "https://h/";

    /// URL, variables, proxy.
    #[expect(clippy::type_complexity, reason = "it is a table")]
    const ENVIRONMENT: &[(&str, &[(&str, &str)], Option<&str>)] = &[
        (H, &[], None),
        (H, &[("http_proxy", "a:1")], Some("a:1")),
        (S, &[("http_proxy", "a:1")], None),
        (S, &[("https_proxy", "a:1")], Some("a:1")),
        (H, &[("https_proxy", "a:1")], None),
        (H, &[("HTTP_PROXY", "a:1")], Some("a:1")),
        (S, &[("HTTPS_PROXY", "a:1")], Some("a:1")),
        (
            H,
            &[("http_proxy", "a:1"), ("HTTP_PROXY", "b:2")],
            Some("a:1"),
        ),
        (
            S,
            &[("HTTPS_PROXY", "b:2"), ("https_proxy", "a:1")],
            Some("a:1"),
        ),
        (H, &[("http_proxy", ""), ("HTTP_PROXY", "b:2")], Some("b:2")),
        (
            H,
            &[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "POST")],
            None,
        ),
        (H, &[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "")], None),
        (
            H,
            &[
                ("HTTP_PROXY", "a:1"),
                ("REQUEST_METHOD", "POST"),
                ("ALL_PROXY", "b:2"),
            ],
            Some("b:2"),
        ),
        (
            H,
            &[("http_proxy", "a:1"), ("REQUEST_METHOD", "POST")],
            Some("a:1"),
        ),
        (
            S,
            &[("HTTPS_PROXY", "a:1"), ("REQUEST_METHOD", "POST")],
            Some("a:1"),
        ),
        (
            H,
            &[("all_proxy", "a:1"), ("ALL_PROXY", "b:2")],
            Some("a:1"),
        ),
        (S, &[("ALL_PROXY", "b:2")], Some("b:2")),
        (
            S,
            &[("all_proxy", "a:1"), ("HTTPS_PROXY", "b:2")],
            Some("b:2"),
        ),
        (H, &[("http_proxy", "a:1"), ("no_proxy", "h")], None),
        (H, &[("http_proxy", "a:1"), ("NO_PROXY", "*")], None),
        (
            H,
            &[
                ("http_proxy", "a:1"),
                ("no_proxy", "other"),
                ("NO_PROXY", "*"),
            ],
            Some("a:1"),
        ),
        (
            H,
            &[("http_proxy", "a:1"), ("no_proxy", ""), ("NO_PROXY", "*")],
            None,
        ),
    ];

    #[test]
    fn x6_the_environment_counts_in_curls_order() {
        for (url, variables, expected) in ENVIRONMENT {
            let found = chosen(url, &[], variables).unwrap();
            let found = found.map(|proxy| proxy.authority());
            assert_eq!(found.as_deref(), *expected, "{url} {variables:?}");
        }
    }

    #[test]
    fn what_is_typed_stands_above_the_environment() {
        const PROXY: (&str, &str) = ("http_proxy", "a:1");
        for (arguments, variables, expected) in [
            (&["-x", "b:2"][..], &[PROXY][..], Some("b:2")),
            (&["-x", ""], &[PROXY], None),
            (&["-x", "b:2"], &[PROXY, ("no_proxy", "h")], None),
            (
                &["--noproxy", "other"],
                &[PROXY, ("no_proxy", "h")],
                Some("a:1"),
            ),
            (&["--noproxy", ""], &[PROXY, ("no_proxy", "*")], Some("a:1")),
            (&["--noproxy", "h"], &[PROXY], None),
            (&["-x", "b:2", "--noproxy", "*"], &[], None),
        ] {
            let found = chosen("http://h/", arguments, variables).unwrap();
            let found = found.map(|proxy| proxy.authority());
            assert_eq!(found.as_deref(), expected, "{arguments:?} {variables:?}");
        }
    }

    #[test]
    fn credentials_of_the_proxys_url_count_first() {
        for (arguments, user, password) in [
            (&["-x", "h:1", "-U", "me:secret"][..], "me", "secret"),
            (&["-x", "u:p@h:1", "-U", "me:secret"], "u", "p"),
            (&["-x", "u@h:1", "-U", "me"], "u", ""),
            (&["-x", "h:1", "-U", "m%3Ae:"], "m:e", ""),
        ] {
            let proxy = chosen("http://h/", arguments, &[]).unwrap().unwrap();
            let credentials = proxy.credentials().unwrap();
            assert_eq!(credentials.user, user, "{arguments:?}");
            assert_eq!(credentials.password, password, "{arguments:?}");
        }
    }

    #[test]
    fn a_variable_that_is_no_proxy_is_named_and_not_shown_where_it_is_of_use() {
        const BAD: &[(&str, &str)] = &[("https_proxy", "ftp://me:secret@h")];
        for (url, arguments) in [("https://h/", &[][..]), ("http://h/", &["-L"])] {
            let error = chosen(url, arguments, BAD).unwrap_err();
            assert!(error.contains("https_proxy"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        assert_eq!(chosen("http://h/", &[], BAD), Ok(None));
        assert_eq!(chosen("https://h/", &["-x", ""], BAD), Ok(None));
    }

    #[test]
    fn a_redirection_may_need_the_other_proxy() {
        let upload = upload(&["http://h/", "-L"]);
        let environment = Environment::with(&[("http_proxy", "a:1"), ("HTTPS_PROXY", "b:2")]);
        let url = upload.url.unwrap().url().clone();
        let proxies = plan(&upload.proxy, &url, true, &environment).unwrap();
        let there = proxies.of(&"https://h/".parse().unwrap()).unwrap();
        assert_eq!(there.authority(), "b:2");
    }
}
