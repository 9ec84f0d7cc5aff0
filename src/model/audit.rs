//! The audit log: who did what to whom, when and from where.

use std::net::IpAddr;

use super::caller::{CurrentSession, Origin};
use super::id::{ApplicationId, SessionId, UserId};
use super::session::EndReason;

/// What was done. Names are those of the schema's `AuditAction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    SignUp,
    Login,
    Logout,
    SessionRefreshReused,
    SessionRevoked,
    TokenRevoked,
    PasswordChanged,
    UserSuspended,
    UserReinstated,
    UserDeleted,
    GrantChanged,
    ApplicationCreated,
    ApplicationUpdated,
    SigningKeyRotated,
    SigningKeyRevoked,
}

impl AuditAction {
    /// As it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "SIGN_UP",
            Self::Login => "LOGIN",
            Self::Logout => "LOGOUT",
            Self::SessionRefreshReused => "SESSION_REFRESH_REUSED",
            Self::SessionRevoked => "SESSION_REVOKED",
            Self::TokenRevoked => "TOKEN_REVOKED",
            Self::PasswordChanged => "PASSWORD_CHANGED",
            Self::UserSuspended => "USER_SUSPENDED",
            Self::UserReinstated => "USER_REINSTATED",
            Self::UserDeleted => "USER_DELETED",
            Self::GrantChanged => "GRANT_CHANGED",
            Self::ApplicationCreated => "APPLICATION_CREATED",
            Self::ApplicationUpdated => "APPLICATION_UPDATED",
            Self::SigningKeyRotated => "SIGNING_KEY_ROTATED",
            Self::SigningKeyRevoked => "SIGNING_KEY_REVOKED",
        }
    }

    /// What ending sessions for this reason is called.
    #[must_use]
    pub const fn of_end(reason: EndReason) -> Self {
        match reason {
            EndReason::LoggedOut
            | EndReason::LoggedOutOfApplication
            | EndReason::LoggedOutEverywhere => Self::Logout,
            EndReason::PasswordChanged => Self::PasswordChanged,
            EndReason::Suspended => Self::UserSuspended,
            EndReason::RefreshTokenReused => Self::SessionRefreshReused,
            EndReason::Revoked | EndReason::Expired => Self::SessionRevoked,
        }
    }
}

/// Whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOutcome {
    Success,
    Failure,
}

impl AuditOutcome {
    /// As it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
        }
    }
}

/// Who did it: nobody in particular, if it was an operator or the server itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    pub user: Option<UserId>,
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

impl Actor {
    /// An operator at the command line, or the server.
    #[must_use]
    pub const fn operator() -> Self {
        Self {
            user: None,
            address: None,
            user_agent: None,
        }
    }

    /// Somebody whom the request does not name.
    #[must_use]
    pub fn stranger(origin: &Origin) -> Self {
        Self {
            user: None,
            address: origin.address,
            user_agent: origin.user_agent.clone(),
        }
    }

    /// A user, from there.
    #[must_use]
    pub fn user(user: UserId, origin: &Origin) -> Self {
        Self {
            user: Some(user),
            ..Self::stranger(origin)
        }
    }

    /// Who holds this proof, from there.
    #[must_use]
    pub fn caller(caller: &CurrentSession, origin: &Origin) -> Self {
        Self::user(caller.user(), origin)
    }
}

/// One event. When it occurred is the store's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    pub action: AuditAction,
    pub outcome: AuditOutcome,
    pub actor: Actor,
    /// The user that it was done to.
    pub subject: Option<UserId>,
    pub application: Option<ApplicationId>,
    pub session: Option<SessionId>,
    /// What else there is to say, without secrets.
    pub detail: Option<String>,
}

impl AuditEvent {
    /// Something that was done by somebody.
    #[must_use]
    pub const fn new(action: AuditAction, actor: Actor) -> Self {
        Self {
            action,
            outcome: AuditOutcome::Success,
            actor,
            subject: None,
            application: None,
            session: None,
            detail: None,
        }
    }

    /// What an operator, at the command line or in the configuration, did to an application.
    #[must_use]
    pub fn of_application(action: AuditAction, application: ApplicationId, detail: String) -> Self {
        Self {
            application: Some(application),
            detail: Some(detail),
            ..Self::new(action, Actor::operator())
        }
    }
}
