//! Is this token active (RFC 7662)? A question: it changes nothing.

use super::{Clients, ConfidentialClient, Shown};
use crate::crypto::refresh_token::Authentic;
use crate::model::application::Application;
use crate::model::id::{SessionId, TokenId, UserId};
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::Position;
use crate::model::scope::Scopes;
use crate::model::secret::AccessToken;
use crate::model::session::AuthMethod;

/// What is told of a token that is active, to the application that it was issued to.
#[derive(Debug)]
pub struct ActiveToken {
    pub client_id: String,
    pub user: UserId,
    pub username: Option<String>,
    pub session: SessionId,
    pub scopes: Scopes,
    /// Seconds since 1970-01-01, as the other times are.
    pub issued_at: Option<i64>,
    /// A refresh token's is the end of its session, unless that is refreshed before.
    pub expires_at: i64,
    /// When the session was made.
    pub authenticated_at: i64,
    pub methods: Vec<AuthMethod>,
    /// `None`: it is a refresh token.
    pub access: Option<AccessOnly>,
}

/// What only access tokens have.
#[derive(Debug)]
pub struct AccessOnly {
    pub audience: String,
    pub token: TokenId,
    pub rev: Position,
}

impl Clients {
    /// What there is to tell of a token; `None`, if it is of no use to the application that asks,
    /// for whatever reason (RFC 7662, section 2.2). A store that can't be asked is an error, and
    /// never an answer. One that is disabled is told as much: all its tokens are cut off, and who
    /// asks for the sake of a person is to say no to that person, and not that something broke.
    pub async fn introspect(
        &self,
        client: &ConfidentialClient,
        token: &str,
    ) -> Result<Option<ActiveToken>, Stop> {
        let _turn = self.introspecting.take().await?;
        let application = client.application();
        let active = match self.read(token) {
            Shown::Refresh(token) => self.active_refresh(token, application).await,
            Shown::Access(token) => self.active_access(&token, application).await,
        };
        match active {
            Ok(Some(active)) => self.with_username(active).await.map(Some),
            // Whatever the guard would refuse it for.
            Err(Stop::Refused(Refusal::Unauthenticated(_) | Refusal::TokenStale)) => Ok(None),
            other => other,
        }
    }

    /// The guard's own check.
    async fn active_access(
        &self,
        token: &AccessToken,
        application: &Application,
    ) -> Result<Option<ActiveToken>, Stop> {
        let verified = self.tokens.verify(token).await?;
        // Another's tokens are none of its business (RFC 7662, section 4).
        if verified.application != application.id {
            return Ok(None);
        }
        self.revocations.check(&verified.candidate()).await?;
        Ok(Some(ActiveToken {
            client_id: application.client_id.clone(),
            user: verified.user,
            username: None,
            session: verified.session,
            scopes: Scopes::clone(&verified.scopes),
            issued_at: Some(verified.issued_at),
            expires_at: verified.expires_at,
            authenticated_at: verified.authenticated_at,
            methods: verified.methods.clone(),
            access: Some(AccessOnly {
                audience: verified.audience.clone(),
                token: verified.token,
                rev: verified.rev,
            }),
        }))
    }

    /// It lives if a refresh with it would be taken.
    async fn active_refresh(
        &self,
        token: Authentic,
        application: &Application,
    ) -> Result<Option<ActiveToken>, Stop> {
        let live = self
            .sessions
            .live_refresh_token(token, application.id)
            .await?;
        Ok(live.map(|live| ActiveToken {
            client_id: application.client_id.clone(),
            user: live.session.user,
            username: None,
            session: live.session.id,
            scopes: live.scopes,
            issued_at: live.issued_at.map(time::OffsetDateTime::unix_timestamp),
            expires_at: live.session.ends_at().unix_timestamp(),
            authenticated_at: live.session.created_at.unix_timestamp(),
            methods: live.session.methods,
            access: None,
        }))
    }

    async fn with_username(&self, active: ActiveToken) -> Result<ActiveToken, Stop> {
        let user = self.directory.profile(active.user).await?;
        Ok(ActiveToken {
            username: user.and_then(|user| user.username.clone()),
            ..active
        })
    }
}
