//! Changing one's own password.

use super::Sessions;
use super::issue::SessionTokens;
use super::keep::RefreshAfter;
use crate::model::audit::{Actor, AuditAction, AuditEvent, AuditOutcome};
use crate::model::caller::{CurrentSession, Origin};
use crate::model::id::SessionId;
use crate::model::refusal::{Refusal, Stop, Unauthenticated};
use crate::model::revocation::Position;
use crate::model::secret::Password;
use crate::model::session::EndReason;
use crate::model::user::User;
use crate::service::credentials::{Identity, Verified, Weakness};
use crate::service::limits::Admission;
use crate::service::revocation::{Cause, CutOff};
use crate::store::database::SessionsOf;

/// How often a change is begun that something overtook.
const ATTEMPTS: usize = 4;

/// The password was right each time, and each time all sessions were ended meanwhile.
pub(super) const OVERTAKEN: Refusal =
    Refusal::Conflict("the sessions of this account were ended at the same time; try again");

/// What the caller wants: the current password is asked for again (ASVS 6.2.3).
#[derive(Clone, Debug)]
pub struct ChangePassword {
    pub current: Password,
    pub new: Password,
    pub origin: Origin,
}

/// What became of it.
pub type PasswordChange = Result<PasswordChanged, PasswordFault>;

/// The sessions that ended, and the new tokens of the one that asked.
#[derive(Debug)]
pub struct PasswordChanged {
    pub ended: Vec<SessionId>,
    pub tokens: SessionTokens,
}

/// What the person can mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    #[error("This is not your current password.")]
    CurrentIncorrect,
    #[error("{0}")]
    New(Weakness),
}

/// A new password that may be set, if nothing has happened since the old one was looked at.
struct Proof {
    begun: Position,
    hash: String,
}

impl Sessions {
    /// Sets a new password, and ends every other session of the caller's.
    pub async fn change_password(
        &self,
        caller: &CurrentSession,
        change: ChangePassword,
    ) -> Result<PasswordChange, Stop> {
        // Who was overtaken is looked at afresh: if that was another change of the password, the
        // old one is wrong by now.
        for _ in 0..ATTEMPTS {
            let proof = match self.prove_change(caller, &change).await? {
                Ok(proof) => proof,
                Err(fault) => return Ok(Err(fault)),
            };
            if let Some(changed) = self.set_password(caller, &change, proof).await? {
                return Ok(Ok(changed));
            }
        }
        Err(OVERTAKEN.into())
    }

    async fn prove_change(
        &self,
        caller: &CurrentSession,
        change: &ChangePassword,
    ) -> Result<Result<Proof, PasswordFault>, Stop> {
        let tables = self.database.tables();
        let begun = tables.ledger_position().await?;
        let credential = tables.credential_of(caller.user()).await?;
        let gone = Unauthenticated::Ended(EndReason::Revoked);
        let credential = credential.ok_or(gone)?;
        let hash = Some(credential.password_hash.clone());
        let (user, session) = (caller.user(), caller.session());
        let ticket = match self.limits.change_of_password(user, session).await? {
            Admission::Admitted(ticket) => ticket,
            Admission::TooMany { retry_after } => {
                return Err(Refusal::RateLimited { retry_after }.into());
            }
        };
        let verified = self.credentials.verify(change.current.clone(), hash).await;
        if verified != Ok(Verified::Wrong) {
            ticket.give_back().await;
        }
        if verified? == Verified::Wrong {
            let event = AuditEvent {
                outcome: AuditOutcome::Failure,
                subject: Some(caller.user()),
                session: Some(caller.session()),
                application: Some(caller.application()),
                ..AuditEvent::new(
                    AuditAction::PasswordChanged,
                    Actor::caller(caller, &change.origin),
                )
            };
            tables.record(event).await?;
            return Ok(Err(PasswordFault::CurrentIncorrect));
        }
        let identity = identity(credential.user);
        let hashed = self.credentials.hash(change.new.clone(), identity).await?;
        Ok(hashed
            .map(|hash| Proof { begun, hash })
            .map_err(PasswordFault::New))
    }

    /// `None` if the proof has to be made afresh.
    async fn set_password(
        &self,
        caller: &CurrentSession,
        change: &ChangePassword,
        proof: Proof,
    ) -> Result<Option<PasswordChanged>, Stop> {
        let mut revoking = self.revocations.begin().await?;
        let kept = self.hold(&revoking.tables(), caller).await?;
        let user = revoking.tables().user(caller.user()).await?;
        if user.is_none_or(|user| user.cutoff > proof.begun) {
            return Ok(None);
        }
        let tables = revoking.tables();
        tables.set_password_hash(caller.user(), &proof.hash).await?;
        let ended = revoking
            .cut_off(CutOff {
                of: SessionsOf::User(caller.user()),
                but: Some(kept.session.id),
                cause: Cause {
                    reason: EndReason::PasswordChanged,
                    actor: Actor::caller(caller, &change.origin),
                },
            })
            .await?;
        let (tables, renewed) = (revoking.tables(), RefreshAfter::Renewed);
        let pending = self.keep(&tables, kept, ended.position, renewed).await?;
        revoking.commit().await?;
        Ok(Some(PasswordChanged {
            ended: ended.sessions,
            tokens: self.issue(pending).await.1,
        }))
    }
}

fn identity(user: User) -> Identity {
    Identity {
        email: user.email,
        username: user.username,
        display_name: user.display_name,
    }
}
