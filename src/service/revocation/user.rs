//! Cutting off all of a user's sessions.

use super::Revocations;
use crate::model::id::{SessionId, UserId};
use crate::model::refusal::Stop;
use crate::model::revocation::{Effect, Mark, Revocation, Subject};
use crate::model::session::EndReason;
use crate::store::database::{Concerned, PendingRevocation, Tables, Unit};

/// Who is cut off, and why.
#[derive(Clone, Copy, Debug)]
pub struct CutOff {
    pub user: UserId,
    pub reason: EndReason,
}

impl Revocations {
    /// Concludes a unit of work that changed a user: ends all sessions in one row of the ledger,
    /// whatever their number, commits, and tells the index. Says which sessions ended.
    pub async fn cut_off_user(&self, unit: Unit, cut_off: CutOff) -> Result<Vec<SessionId>, Stop> {
        let (ended, row) = record(&unit.tables(), cut_off).await?;
        self.conclude(unit, row).await?;
        Ok(told(cut_off, ended))
    }

    /// The same, and the user's row goes with it.
    pub async fn delete_user(&self, unit: Unit, cut_off: CutOff) -> Result<Vec<SessionId>, Stop> {
        let (ended, row) = record(&unit.tables(), cut_off).await?;
        unit.tables().delete_user(cut_off.user).await?;
        self.conclude(unit, row).await?;
        Ok(told(cut_off, ended))
    }

    async fn conclude(&self, unit: Unit, row: Revocation) -> Result<(), Stop> {
        unit.commit().await?;
        self.publish(&[row]).await
    }
}

async fn record(
    tables: &Tables<'_>,
    CutOff { user, reason }: CutOff,
) -> Result<(Vec<SessionId>, Revocation), Stop> {
    // First, so that of two at once the second sees what the first did, and so that rows are
    // always taken in one order: the user's, the sessions', the counter's.
    tables.hold_user(user).await?;
    let (_, now) = tables.issuing_point().await?;
    let ended = tables.end_sessions_of_user(user, now, reason).await?;
    let pending = PendingRevocation {
        mark: Mark {
            subject: Subject::User(user),
            effect: Effect::Dead,
        },
        reason,
        concerns: Concerned::AllIssued,
    };
    let row = tables.append_to_ledger(pending).await?;
    tables.set_user_cutoff(user, row.entry.position).await?;
    Ok((ended, row))
}

fn told(CutOff { user, reason }: CutOff, ended: Vec<SessionId>) -> Vec<SessionId> {
    tracing::info!(%user, sessions = ended.len(), reason = reason.as_str(), "user cut off");
    ended
}
