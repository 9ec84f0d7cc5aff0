//! Forgetting sessions that were over long ago.

use std::time::Duration;

use super::Sessions;
use crate::model::refusal::Stop;

/// How many rows one sweep deletes at most: small enough to be in nobody's way.
const SWEEP: u64 = 500;

impl Sessions {
    /// Deletes, for ever and in small batches, what nobody is shown any more.
    pub async fn sweep(self, interval: Duration) {
        loop {
            tokio::time::sleep(interval).await;
            if let Err(error) = self.sweep_once().await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "could not sweep the sessions");
            }
        }
    }

    async fn sweep_once(&self) -> Result<(), Stop> {
        let before = self.clock.now() - self.rules.history;
        let tables = self.database.tables();
        while tables.sweep_sessions(before, SWEEP).await? == SWEEP {}
        Ok(())
    }
}
