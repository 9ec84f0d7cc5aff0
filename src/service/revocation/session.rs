//! Ending one session.

use super::Revocations;
use crate::model::id::SessionId;
use crate::model::refusal::Stop;
use crate::model::revocation::{Effect, Mark, Marks, Revocation, Subject};
use crate::model::session::{EndReason, SessionState};
use crate::store::database::{Concerned, PendingRevocation};

impl Revocations {
    /// Ends a session, everywhere, by the time it returns; says what it ended.
    ///
    /// A session that has ended already is no answer by itself: whoever ended it may have died
    /// before it told the index. So the rows that stand against it are handed over again.
    pub async fn end_session(
        &self,
        session: SessionId,
        marks: &Marks,
        reason: EndReason,
    ) -> Result<Vec<SessionId>, Stop> {
        let _turn = self.0.turns.take().await?;
        // Looked at first: a transaction that writes is not to be had for the asking.
        let known = self.0.database.tables().session(session).await?;
        let ended = match known.map(|session| session.state) {
            Some(SessionState::Active) => self.end_active(session, reason).await?,
            Some(SessionState::Ended { .. }) | None => None,
        };
        let Some(row) = ended else {
            let rows = self.0.database.tables().ledger_about(&marks.0).await?;
            self.publish(&rows).await?;
            return Ok(Vec::new());
        };
        self.publish(&[row]).await?;
        Ok(vec![session])
    }

    /// `None` if somebody else was faster.
    async fn end_active(
        &self,
        session: SessionId,
        reason: EndReason,
    ) -> Result<Option<Revocation>, Stop> {
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        let (_, now) = tables.issuing_point().await?;
        let Some(ended) = tables.end_session(session, now, reason).await? else {
            return Ok(None);
        };
        let pending = PendingRevocation {
            mark: Mark {
                subject: Subject::Session(session),
                effect: Effect::Dead,
            },
            reason,
            concerns: Concerned::Until(ended.token_expires_at),
        };
        let row = tables.append_to_ledger(pending).await?;
        unit.commit().await?;
        tracing::info!(%session, user = %ended.user, reason = reason.as_str(), "session ended");
        Ok(Some(row))
    }
}
