//! Sessions: one sign-in of one user at one application.

use std::net::IpAddr;

use time::OffsetDateTime;

use super::id::{ApplicationId, SessionId, UserId};
use super::refresh::RefreshState;
use super::revocation::Position;

/// A session as it was made, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub application: ApplicationId,
    /// The ledger's position at which it was made, or last kept: cut-offs after it end it.
    pub position: Position,
    pub methods: Vec<AuthMethod>,
    pub address: Option<IpAddr>,
    /// What the client says it is.
    pub user_agent: Option<String>,
    /// How its refresh tokens travel.
    pub transport: TokenTransport,
    pub created_at: OffsetDateTime,
    pub last_active_at: OffsetDateTime,
    /// Absolute end, refresh or not.
    pub expires_at: OffsetDateTime,
    /// The end, unless it is refreshed before.
    pub idle_expires_at: OffsetDateTime,
    /// The latest `exp` of an access token that it gave out.
    pub token_expires_at: OffsetDateTime,
    /// As it was stored: what ran out is still active there. See [`Session::standing_at`].
    pub state: SessionState,
    /// None, if it was made before there were refresh tokens.
    pub refresh: Option<RefreshState>,
}

impl Session {
    /// How it stands at a time: one that ran out has ended, though nobody ended it.
    #[must_use]
    pub fn standing_at(&self, now: OffsetDateTime) -> SessionState {
        let end = self.ends_at();
        match self.state {
            SessionState::Active if end <= now => SessionState::Ended {
                at: end,
                reason: EndReason::Expired,
            },
            state => state,
        }
    }

    /// The same, beside the newest cut-off of its application, which ends it before anybody has
    /// marked that.
    #[must_use]
    pub fn standing_beside(&self, cutoff: Position, now: OffsetDateTime) -> SessionState {
        match self.standing_at(now) {
            SessionState::Active if cutoff > self.position => SessionState::Ended {
                at: now,
                reason: EndReason::Revoked,
            },
            state => state,
        }
    }

    /// When it ends, unless it is ended or refreshed before.
    #[must_use]
    pub fn ends_at(&self) -> OffsetDateTime {
        self.expires_at.min(self.idle_expires_at)
    }
}

/// How refresh tokens travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTransport {
    Cookie,
    Body,
}

impl TokenTransport {
    /// As it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "COOKIE",
            Self::Body => "BODY",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Cookie, Self::Body]
            .into_iter()
            .find(|transport| transport.as_str() == text)
    }
}

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    Active,
    Ended {
        at: OffsetDateTime,
        reason: EndReason,
    },
}

/// Why a session ended, or why its tokens are dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    LoggedOut,
    LoggedOutOfApplication,
    LoggedOutEverywhere,
    Revoked,
    PasswordChanged,
    Suspended,
    RefreshTokenReused,
    Expired,
}

impl EndReason {
    /// In the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::LoggedOut,
        Self::LoggedOutOfApplication,
        Self::LoggedOutEverywhere,
        Self::Revoked,
        Self::PasswordChanged,
        Self::Suspended,
        Self::RefreshTokenReused,
        Self::Expired,
    ];

    /// As it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "LOGGED_OUT",
            Self::LoggedOutOfApplication => "LOGGED_OUT_OF_APPLICATION",
            Self::LoggedOutEverywhere => "LOGGED_OUT_EVERYWHERE",
            Self::Revoked => "REVOKED",
            Self::PasswordChanged => "PASSWORD_CHANGED",
            Self::Suspended => "SUSPENDED",
            Self::RefreshTokenReused => "REFRESH_TOKEN_REUSED",
            Self::Expired => "EXPIRED",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// How the caller proved who they are (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    Password,
}

impl AuthMethod {
    /// The value in the `amr` claim.
    #[must_use]
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
        }
    }

    /// The inverse of [`Self::amr`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text == Self::Password.amr()).then_some(Self::Password)
    }
}
