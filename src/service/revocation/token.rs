//! Ending one access token, while its session goes on.

use time::OffsetDateTime;

use super::Revocations;
use super::presence::findings;
use crate::model::audit::AuditEvent;
use crate::model::id::TokenId;
use crate::model::refusal::Stop;
use crate::model::revocation::{Candidate, Verdict, judge};
use crate::model::token::MAXIMUM_LIFETIME;

impl Revocations {
    /// Ends an access token, everywhere, by the time it returns, and notes it as this event.
    ///
    /// For one that is dead already there is nothing to write; but whoever ended it may have died
    /// before it told the index, so the rows that stand against it are handed over again.
    pub async fn end_token(
        &self,
        id: TokenId,
        token: &Candidate<'_>,
        event: AuditEvent,
    ) -> Result<(), Stop> {
        let turn = self.0.turns.take().await?;
        // Looked at first: a transaction that writes is not to be had for the asking.
        let tables = self.0.database.tables();
        let rows = tables.ledger_about(&token.marks.0).await?;
        if let Verdict::Dead(_) = judge(token.rev, token.marks, &findings(token, &rows)) {
            return Ok(self.publish(&rows, turn).await.acknowledge()?);
        }
        let until = OffsetDateTime::from_unix_timestamp(token.expires_at);
        let until = until.unwrap_or_else(|_| self.0.clock.now() + MAXIMUM_LIFETIME);
        let session = token.session;
        let mut revoking = self.begin_in(turn).await?;
        revoking.end_token(id, until, event).await?;
        revoking.commit().await?;
        tracing::info!(%session, "access token revoked");
        Ok(())
    }
}
