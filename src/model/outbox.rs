//! What applications are told of in the standards' ways: the events, and by which way.

use time::OffsetDateTime;

use super::audit::Actor;
use super::id::{ApplicationId, EventId, SessionId, UserId};
use super::revocation::Position;
use super::session::EndReason;

/// One event, for one application, by one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEvent {
    pub id: EventId,
    pub application: ApplicationId,
    pub channel: Channel,
    /// Where the ledger stood: events are told in this order.
    pub position: Position,
    pub occurred_at: OffsetDateTime,
    pub happening: Happening,
}

/// How an application is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// It fetches security event tokens (RFC 8936).
    Stream,
    /// It is called (`OpenID` Connect Back-Channel Logout).
    Logout,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Somebody or something has ended a session; not one that ran out.
    SessionRevoked {
        session: SessionId,
        user: UserId,
        reason: EndReason,
        initiator: Initiator,
    },
    /// A user has another password.
    PasswordChanged { user: UserId, initiator: Initiator },
    /// The application wants to hear whether it hears.
    Verification { state: Option<String> },
}

/// Who or what invoked an event (CAEP 1.0, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    User,
    Admin,
    Policy,
    /// The application itself, by its own word (RFC 7009).
    System,
}

/// Of which kind an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    SessionRevoked,
    CredentialChange,
    Verification,
}

impl Channel {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Logout => "logout",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stream, Self::Logout]
            .into_iter()
            .find(|channel| channel.as_str() == text)
    }
}

impl Happening {
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::SessionRevoked { .. } => EventKind::SessionRevoked,
            Self::PasswordChanged { .. } => EventKind::CredentialChange,
            Self::Verification { .. } => EventKind::Verification,
        }
    }
}

impl EventKind {
    /// What a stream may carry, if it is asked for.
    pub const OFFERED: [Self; 2] = [Self::SessionRevoked, Self::CredentialChange];

    /// As it is stored: the last part of [`Self::uri`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SessionRevoked => "session-revoked",
            Self::CredentialChange => "credential-change",
            Self::Verification => "verification",
        }
    }

    /// Its name in the `events` of a token (CAEP 1.0, section 3; SSF 1.0, section 8.1.4).
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::SessionRevoked => {
                "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
            }
            Self::CredentialChange => {
                "https://schemas.openid.net/secevent/caep/event-type/credential-change"
            }
            Self::Verification => "https://schemas.openid.net/secevent/ssf/event-type/verification",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::SessionRevoked,
            Self::CredentialChange,
            Self::Verification,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
    }
}

impl Initiator {
    /// Who has ended a user's sessions, or changed the password.
    #[must_use]
    pub fn of(reason: EndReason, actor: &Actor, user: UserId) -> Self {
        match reason {
            EndReason::RefreshTokenReused => Self::Policy,
            EndReason::LoggedOut | EndReason::LoggedOutOfApplication => Self::User,
            _ if actor.user == Some(user) => Self::User,
            // Somebody asked, and no user.
            _ if actor.user.is_none() && actor.address.is_some() => Self::System,
            _ => Self::Admin,
        }
    }

    /// As it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Policy => "policy",
            Self::System => "system",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Admin, Self::Policy, Self::System]
            .into_iter()
            .find(|initiator| initiator.as_str() == text)
    }
}
