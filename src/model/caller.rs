//! The caller: what a request shows of them, and the proof that only the guard can make.

use std::net::IpAddr;

use super::id::{ApplicationId, SessionId, UserId};
use super::secret::AccessToken;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The peer's address, or the one that a trusted proxy forwarded.
    pub address: Option<IpAddr>,
}

/// The proof that the caller showed a live access token. Whoever holds one need not check again
/// within the same operation; it is never kept longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentSession {
    user: UserId,
    session: SessionId,
    application: ApplicationId,
}

impl CurrentSession {
    /// Made in one place only: where the token and its revocation were checked (held by
    /// `tests/tidy.rs`).
    pub(crate) const fn proven(
        user: UserId,
        session: SessionId,
        application: ApplicationId,
    ) -> Self {
        Self {
            user,
            session,
            application,
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
}
