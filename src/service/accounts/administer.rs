//! What an operator does to an account.

use super::{Accounts, SignUpFault};
use crate::model::id::{SessionId, UserId};
use crate::model::refusal::Stop;
use crate::model::secret::Password;
use crate::model::session::EndReason;
use crate::model::user::{User, UserStatus};
use crate::service::credentials::Identity;
use crate::service::revocation::CutOff;

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
        let unit = self.database.begin().await?;
        unit.tables()
            .set_user_status(user, UserStatus::Suspended)
            .await?;
        let cut_off = CutOff {
            user,
            reason: EndReason::Suspended,
        };
        self.revocations.cut_off_user(unit, cut_off).await
    }

    /// Lets a suspended user sign in again. What was ended stays ended.
    pub async fn reinstate(&self, user: UserId) -> Result<(), Stop> {
        self.database
            .tables()
            .set_user_status(user, UserStatus::Active)
            .await?;
        Ok(())
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
        let unit = self.database.begin().await?;
        unit.tables().set_password_hash(user.id, &hash).await?;
        let cut_off = CutOff {
            user: user.id,
            reason: EndReason::PasswordChanged,
        };
        Ok(Ok(self.revocations.cut_off_user(unit, cut_off).await?))
    }

    /// Ends all sessions. Says which.
    pub async fn log_out_everywhere(&self, user: UserId) -> Result<Vec<SessionId>, Stop> {
        let unit = self.database.begin().await?;
        let cut_off = CutOff {
            user,
            reason: EndReason::LoggedOutEverywhere,
        };
        self.revocations.cut_off_user(unit, cut_off).await
    }

    /// Deletes the account with its sessions, whose tokens die with it. Says which ended.
    pub async fn delete(&self, user: UserId) -> Result<Vec<SessionId>, Stop> {
        let unit = self.database.begin().await?;
        let cut_off = CutOff {
            user,
            reason: EndReason::Revoked,
        };
        self.revocations.delete_user(unit, cut_off).await
    }
}
