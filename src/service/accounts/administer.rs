//! What an operator does to an account.

use super::{Accounts, SignUpFault};
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::model::id::{SessionId, UserId};
use crate::model::refusal::Stop;
use crate::model::secret::Password;
use crate::model::session::EndReason;
use crate::model::user::{User, UserStatus};
use crate::service::credentials::Identity;
use crate::service::revocation::{Cause, CutOff};
use crate::store::database::SessionsOf;

impl Accounts {
    /// The user with this e-mail address or user name.
    pub async fn find(&self, identifier: &str) -> Result<Option<User>, Stop> {
        let credential = self.database.tables().credential(identifier).await?;
        Ok(credential.map(|credential| credential.user))
    }

    /// Users in the order of their making, at most `limit`.
    pub async fn list(&self, limit: u64) -> Result<Vec<User>, Stop> {
        Ok(self.database.tables().users(limit).await?)
    }

    /// Suspends: no more logins, and all sessions end. Says which.
    pub async fn suspend(&self, user: UserId) -> Result<Vec<SessionId>, Stop> {
        let mut revoking = self.revocations.begin().await?;
        revoking
            .tables()
            .set_user_status(user, UserStatus::Suspended)
            .await?;
        let ended = revoking
            .cut_off(cut_off(user, EndReason::Suspended))
            .await?;
        revoking.commit().await?;
        Ok(ended.sessions)
    }

    /// Lets a suspended user sign in again. What was ended stays ended.
    pub async fn reinstate(&self, user: UserId) -> Result<(), Stop> {
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        tables.set_user_status(user, UserStatus::Active).await?;
        tables
            .record(event(AuditAction::UserReinstated, user))
            .await?;
        Ok(unit.commit().await?)
    }

    /// Sets a password, and ends all sessions. Says which, or what the password lacks.
    pub async fn set_password(
        &self,
        user: &User,
        password: Password,
    ) -> Result<Result<Vec<SessionId>, SignUpFault>, Stop> {
        let identity = Identity {
            email: user.email.clone(),
            username: user.username.clone(),
            display_name: user.display_name.clone(),
        };
        let hash = match self.credentials.hash(password, identity).await? {
            Ok(hash) => hash,
            Err(weakness) => return Ok(Err(SignUpFault::Password(weakness))),
        };
        let mut revoking = self.revocations.begin().await?;
        revoking.tables().set_password_hash(user.id, &hash).await?;
        let ended = revoking
            .cut_off(cut_off(user.id, EndReason::PasswordChanged))
            .await?;
        revoking.commit().await?;
        Ok(Ok(ended.sessions))
    }

    /// Ends all sessions. Says which.
    pub async fn log_out_everywhere(&self, user: UserId) -> Result<Vec<SessionId>, Stop> {
        let mut revoking = self.revocations.begin().await?;
        let ended = revoking
            .cut_off(cut_off(user, EndReason::LoggedOutEverywhere))
            .await?;
        revoking.commit().await?;
        Ok(ended.sessions)
    }

    /// Deletes the account with its sessions, whose tokens die with it. Says which ended.
    pub async fn delete(&self, user: UserId) -> Result<Vec<SessionId>, Stop> {
        let mut revoking = self.revocations.begin().await?;
        let tables = revoking.tables();
        tables.record(event(AuditAction::UserDeleted, user)).await?;
        let ended = revoking.cut_off(cut_off(user, EndReason::Revoked)).await?;
        revoking.tables().delete_user(user).await?;
        revoking.commit().await?;
        Ok(ended.sessions)
    }
}

/// An operator ends all sessions of a user.
const fn cut_off(user: UserId, reason: EndReason) -> CutOff {
    CutOff {
        of: SessionsOf::User(user),
        but: None,
        cause: Cause {
            reason,
            actor: Actor::operator(),
        },
    }
}

fn event(action: AuditAction, user: UserId) -> AuditEvent {
    AuditEvent {
        subject: Some(user),
        ..AuditEvent::new(action, Actor::operator())
    }
}
