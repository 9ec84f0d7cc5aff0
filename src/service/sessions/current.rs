//! The caller's own session.

use super::Sessions;
use crate::model::caller::CurrentSession;
use crate::model::refusal::{Stop, Unauthenticated};
use crate::model::session::{EndReason, Session};

impl Sessions {
    /// The session that the proof speaks of.
    pub async fn current(&self, caller: &CurrentSession) -> Result<Session, Stop> {
        let session = self.database.tables().session(caller.session()).await?;
        // Deleted with its user since the proof was made: as dead as the ledger will say.
        session.ok_or_else(|| Unauthenticated::Ended(EndReason::Revoked).into())
    }
}
