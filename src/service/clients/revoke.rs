//! Revoking a token (RFC 7009): it is dead, everywhere, by the time that this returns.

use super::{Client, Clients, Shown};
use crate::crypto::refresh_token::Authentic;
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::model::caller::Origin;
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::{Effect, Mark, Subject, marks_of_session};
use crate::model::secret::AccessToken;
use crate::model::session::EndReason;
use crate::service::revocation::Cause;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeOutcome {
    /// It is dead, or never was alive.
    Dead,
    /// It was issued to another application, and is as it was.
    IssuedToAnother,
}

impl Clients {
    /// Ends a refresh token's session, or an access token alone.
    ///
    /// A refresh token that was used up names its session all the same. Whoever revokes it may
    /// never have got its successor, and is told that the sign-in is over; a thief who shows it
    /// could have ended the session just so by refreshing with it.
    pub async fn revoke(
        &self,
        client: &Client,
        token: &str,
        origin: &Origin,
    ) -> Result<RevokeOutcome, Stop> {
        let actor = Actor::stranger(origin);
        match self.read(token) {
            Shown::Refresh(token) => self.end_session_of(token, client, actor).await,
            Shown::Access(token) => self.end_access(&token, client, actor).await,
        }
    }

    async fn end_session_of(
        &self,
        token: Authentic,
        client: &Client,
        actor: Actor,
    ) -> Result<RevokeOutcome, Stop> {
        let id = token.session;
        let session = self.database.tables().session(id).await?;
        let marks = match session {
            Some(session) if session.application != client.application().id => {
                return Ok(RevokeOutcome::IssuedToAnother);
            }
            Some(session) => marks_of_session(id, session.user, session.application).to_vec(),
            None => vec![Mark {
                subject: Subject::Session(id),
                effect: Effect::Dead,
            }],
        };
        let cause = Cause {
            reason: EndReason::Revoked,
            actor,
        };
        self.revocations.end_session(id, &marks, &cause).await?;
        Ok(RevokeOutcome::Dead)
    }

    async fn end_access(
        &self,
        token: &AccessToken,
        client: &Client,
        actor: Actor,
    ) -> Result<RevokeOutcome, Stop> {
        let verified = match self.tokens.verify_signature(token).await {
            Ok(verified) => verified,
            // Nothing of ours: there is nothing to revoke (RFC 7009, section 2.2).
            Err(Stop::Refused(Refusal::Unauthenticated(_))) => return Ok(RevokeOutcome::Dead),
            Err(stop) => return Err(stop),
        };
        if verified.application != client.application().id {
            return Ok(RevokeOutcome::IssuedToAnother);
        }
        if self.tokens.has_expired(&verified) {
            return Ok(RevokeOutcome::Dead);
        }
        let event = AuditEvent {
            subject: Some(verified.user),
            application: Some(verified.application),
            session: Some(verified.session),
            ..AuditEvent::new(AuditAction::TokenRevoked, actor)
        };
        self.revocations
            .end_token(verified.token, &verified.candidate(), event)
            .await?;
        Ok(RevokeOutcome::Dead)
    }
}
