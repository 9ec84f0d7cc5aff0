//! Revoking a signing key: whatever it signed is dead, whoever signed it.

use super::Revocations;
use crate::model::refusal::Stop;
use crate::service::keys::{Keys, Withdrawn};

impl Revocations {
    /// Takes a key out of use, and kills what it signed, everywhere, by the time it returns; `None`
    /// if there is no such key. Sessions go on: whoever can refresh gets a token of another key.
    pub async fn revoke_key(&self, keys: &Keys, kid: &str) -> Result<Option<Withdrawn>, Stop> {
        // Made before: that may take longer than a transaction should.
        let draft = keys.draft().await?;
        let mut revoking = self.begin().await?;
        let withdrawn = keys.withdraw(&revoking.tables(), kid, draft).await?;
        let Some(withdrawn) = withdrawn else {
            return Ok(None);
        };
        revoking
            .end_key(withdrawn.id, withdrawn.known_until)
            .await?;
        let confirmation = revoking.commit_and_go_on().await?;
        keys.refresh().await?;
        tracing::info!(kid, "signing key revoked");
        confirmation.acknowledge()?;
        Ok(Some(withdrawn))
    }
}
