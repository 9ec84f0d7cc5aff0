//! The caller: what a request shows of them, and the proof that only the guard can make.

use std::net::IpAddr;
use std::sync::Arc;

use super::id::{ApplicationId, SessionId, UserId};
use super::scope::Scopes;
use super::secret::DeviceToken;
use super::secret::{AccessToken, RefreshToken};

/// What the `Authorization` header holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// There is none.
    Absent,
    /// There is one, but it is not one bearer token: two headers, another scheme, no token.
    Malformed,
    /// Something that may be an access token.
    Presented(AccessToken),
}

/// Where a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The peer's address, or the one that a trusted proxy forwarded.
    pub address: Option<IpAddr>,
    /// What the client says it is, cut to a bounded length and without control characters.
    pub user_agent: Option<String>,
    /// The web origin (RFC 6454) of the page that asks, unless it is a page of this server's own.
    pub site: Option<String>,
    /// What the browser shows of having logged in before.
    pub device: Option<DeviceToken>,
}

/// The refresh tokens that came in cookies, by the client id in the cookie's name; as many of one
/// name as came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefreshCookies(pub Vec<(String, RefreshToken)>);

impl RefreshCookies {
    /// The one of an application. Of two neither counts: which one is ours, nobody can tell.
    #[must_use]
    pub fn of(&self, client_id: &str) -> Option<&RefreshToken> {
        let mut found = self.all_of(client_id);
        found.next().filter(|_| found.next().is_none())
    }

    /// All of an application, for what needs no choice between them.
    pub fn all_of(&self, client_id: &str) -> impl Iterator<Item = &RefreshToken> {
        let found = self.0.iter().filter(move |(name, _)| name == client_id);
        found.map(|(_, token)| token)
    }
}

/// The proof that the caller showed a live access token. Whoever holds one need not check again
/// within the same operation; it is never kept longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentSession {
    user: UserId,
    session: SessionId,
    application: ApplicationId,
    scopes: Arc<Scopes>,
}

impl CurrentSession {
    /// Made in one place only: where the token and its revocation were checked (held by
    /// `tests/tidy.rs`).
    pub(crate) const fn proven(
        user: UserId,
        session: SessionId,
        application: ApplicationId,
        scopes: Arc<Scopes>,
    ) -> Self {
        Self {
            user,
            session,
            application,
            scopes,
        }
    }

    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.session
    }

    #[must_use]
    pub const fn application(&self) -> ApplicationId {
        self.application
    }

    /// What the token may be used for.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }
}
