//! Revoking a signing key: whatever it signed is dead, whoever signed it.

use super::Revocations;
use crate::model::refusal::Stop;
use crate::model::revocation::{Effect, Mark, Subject};
use crate::model::session::EndReason;
use crate::service::keys::{Keys, Withdrawn};
use crate::store::database::{Concerned, PendingRevocation};

impl Revocations {
    /// Takes a key out of use, and kills what it signed, everywhere, by the time it returns; `None`
    /// if there is no such key. Sessions go on: whoever can refresh gets a token of another key.
    pub async fn revoke_key(&self, keys: &Keys, kid: &str) -> Result<Option<Withdrawn>, Stop> {
        let _turn = self.0.turns.take().await?;
        // Made before: that may take longer than a transaction should.
        let draft = keys.draft().await?;
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        let Some(withdrawn) = keys.withdraw(&tables, kid, draft).await? else {
            return Ok(None);
        };
        let pending = PendingRevocation {
            mark: Mark {
                subject: Subject::Key(withdrawn.id),
                effect: Effect::Dead,
            },
            reason: EndReason::Revoked,
            concerns: Concerned::Until(withdrawn.known_until),
        };
        let row = tables.append_to_ledger(pending).await?;
        unit.commit().await?;
        self.publish(&[row]).await?;
        keys.refresh().await?;
        tracing::info!(kid, "signing key revoked");
        Ok(Some(withdrawn))
    }
}
