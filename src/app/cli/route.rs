//! The way to the server as it is typed.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use formpost::send::{Detour, Interface, Pinned};

/// The way to the server.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct RouteArgs {
    /// Take ADDRESS for HOST at PORT, and ask no name server; several with commas, * is any host
    ///
    /// For example: `--resolve example.com:443:127.0.0.1`. What the server is called, in Host and in TLS, stays as it is.
    #[arg(long, value_name = "HOST:PORT:ADDRESS")]
    pub(crate) resolve: Vec<Pinned>,
    /// Connect to HOST2 and PORT2 instead; empty is any, or the same
    ///
    /// For example: `--connect-to example.com:443:staging.example.com:8443`. What the server is called, in Host and in
    /// TLS, stays as it is.
    #[arg(long, value_name = "HOST1:PORT1:HOST2:PORT2")]
    pub(crate) connect_to: Vec<Detour>,
    /// Connect over IPv4 only; otherwise over whatever answers first
    #[arg(short = '4', long)]
    pub(crate) ipv4: bool,
    /// Connect over IPv6 only
    #[arg(short = '6', long)]
    pub(crate) ipv6: bool,
    /// Connect from this network interface, or from this address of the machine
    #[arg(long, value_name = "NAME|ADDRESS")]
    pub(crate) interface: Option<Interface>,
    /// Connect to the socket PATH of this machine, whatever the URL's host
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) unix_socket: Option<PathBuf>,
}
