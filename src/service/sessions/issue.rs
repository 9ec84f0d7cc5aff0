//! What a client gets for a session: an access token, and the refresh token for the next one.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::Sessions;
use crate::model::application::{Application, Lifetimes};
use crate::model::cookie::CookieChange;
use crate::model::id::SessionId;
use crate::model::revocation::Position;
use crate::model::scope::Scopes;
use crate::model::secret::RefreshToken;
use crate::model::session::{Session, TokenTransport};
use crate::service::tokens::{Claimed, Issued, Validity};

/// A session's new tokens.
#[derive(Clone, Debug)]
pub struct SessionTokens {
    pub access: Issued,
    /// None, if the one that the client has stays good.
    pub refresh: Option<RefreshToken>,
    pub refresh_lives: Duration,
    pub transport: TokenTransport,
    pub client_id: String,
    pub session: SessionId,
}

impl SessionTokens {
    /// What becomes of the browser's cookies.
    #[must_use]
    pub fn cookie(&self) -> Option<CookieChange> {
        let in_cookie = self.transport == TokenTransport::Cookie;
        let token = self.refresh.clone().filter(|_| in_cookie)?;
        Some(CookieChange::SetRefresh {
            client_id: self.client_id.clone(),
            token,
            session: self.session,
            lives: self.refresh_lives,
        })
    }
}

/// Tokens that were decided on, and are made when the session's row is durable.
pub(super) struct Pending {
    pub session: Session,
    pub application: Arc<Application>,
    pub scopes: Scopes,
    pub rev: Position,
    pub validity: Validity,
    pub refresh: Option<RefreshToken>,
}

/// From when to when what a session gets now is valid.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub validity: Validity,
    pub idle_expires_at: OffsetDateTime,
}

impl Times {
    /// For a session with this absolute end.
    pub(super) fn starting(now: OffsetDateTime, lifetimes: Lifetimes, end: OffsetDateTime) -> Self {
        let validity = Validity::starting(now, lifetimes.access, end);
        let idle = now + lifetimes.idle;
        Self {
            validity,
            // An access token never outlives its session.
            idle_expires_at: idle.max(validity.expires_at).min(end),
        }
    }
}

impl Sessions {
    /// Signs. To be called after the commit: a token that is out must have its row.
    pub(super) async fn issue(&self, pending: Pending) -> (Session, SessionTokens) {
        let Pending {
            session,
            application,
            scopes,
            rev,
            validity,
            refresh,
        } = pending;
        self.revocations
            .admit(session.id, validity.expires_at)
            .await;
        let access = self.tokens.issue(&Claimed {
            session: &session,
            application: &application,
            scopes: &scopes,
            rev,
            validity,
        });
        let end = session.idle_expires_at.min(session.expires_at);
        let lives = end - validity.issued_at;
        let tokens = SessionTokens {
            access,
            refresh,
            refresh_lives: Duration::from_secs(lives.whole_seconds().try_into().unwrap_or(0)),
            transport: session.transport,
            client_id: application.client_id.clone(),
            session: session.id,
        };
        (session, tokens)
    }
}
