//! Who asks: a user name and a password, for a server or for a proxy.
//!
//! How they are told is decided by those who tell them: `head.rs` for Basic, `policy/auth.rs` for Digest, and
//! `transport/socks.rs`.

use std::fmt;

use super::url::percent_decoded;

/// A user name and its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl Login {
    /// That user with that password.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        let (user, password) = (user.into(), password.into());
        Self { user, password }
    }

    /// `user:password`, each percent-decoded; without a colon the password is empty.
    #[must_use]
    pub fn decoded(text: &str) -> Self {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        Self::new(percent_decoded(user), percent_decoded(password))
    }
}

impl fmt::Debug for Login {
    /// Neither of the two: they are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x2_a_login_is_not_in_debug_output() {
        assert_eq!(format!("{:?}", Login::new("me", "hunter2")), "Login");
    }
}
