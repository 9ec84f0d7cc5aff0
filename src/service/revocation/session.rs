//! Ending one session.

use super::Revocations;
use crate::model::id::SessionId;
use crate::model::refusal::Stop;
use crate::model::revocation::{Effect, Mark, Marks, Subject};
use crate::model::session::EndReason;
use crate::model::token::RETENTION_MARGIN;
use crate::store::database::PendingRevocation;

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
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        let (_, now) = tables.issuing_point().await?;
        let Some(ended) = tables.end_session(session, now, reason).await? else {
            let rows = tables.ledger_about(&marks.0).await?;
            drop(unit);
            self.publish(&rows).await?;
            return Ok(Vec::new());
        };
        let row = tables
            .append_to_ledger(PendingRevocation {
                mark: Mark {
                    subject: Subject::Session(session),
                    effect: Effect::Dead,
                },
                reason,
                expires_at: ended.token_expires_at + RETENTION_MARGIN,
            })
            .await?;
        unit.commit().await?;
        self.publish(&[row]).await?;
        tracing::info!(%session, user = %ended.user, reason = reason.as_str(), "session ended");
        Ok(vec![session])
    }
}
