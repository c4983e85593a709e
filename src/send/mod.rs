//! The sending end: a [`Form`] becomes a [`Body`], the body goes out in one request, one [`Response`] comes back.
//!
//! Nothing here decides what to send, or sends anything by itself; nothing here prints. A `Form` says what is to be
//! sent, [`Content`] promises how long each part is and is held to it, [`Body`] reads it all as one stream, [`Head`]
//! is everything ahead of the body, and [`Client`] joins them to a server. What happened meanwhile can be watched
//! through a [`Meter`]. Whether another request should follow can be asked of [`policy`].

mod body;
mod certificate;
mod checksum;
mod client;
mod coding;
mod connection;
mod error;
mod form;
mod head;
mod identity;
mod login;
mod meter;
mod pace;
pub mod policy;
mod proxy;
mod response;
mod route;
mod source;
mod tally;
pub mod transfer_encoding;
mod transport;
mod trust;
mod url;

pub use self::url::{Url, UrlError, percent_encoded};
pub use body::Body;
pub use certificate::{CertificateError, ClientCertificate};
pub use checksum::{Algorithm, Checksum, Hasher};
pub use client::Client;
pub use coding::Coding;
pub use connection::{Connection, TlsVersion};
pub use error::{Interruption, Limit, NotSent, ProxyFault, SendError, SourceError};
pub use form::{Content, Form, Part};
pub use head::{Framing, Head, HeadError, Header};
pub use identity::Identity;
pub use login::Login;
pub use meter::{Endpoints, Meter, Milestone, Phase};
pub use pace::Pace;
pub use proxy::{Bypass, Proxies, Proxy, ProxyError, ProxyScheme};
pub use response::Response;
pub use route::{Detour, Family, Interface, Pinned, Route, RouteError};
pub use tally::{Checksums, Tally};
pub use trust::Roots;
