//! Forgetting what was not fetched in time.

use std::time::Duration;

use super::Outbox;
use crate::model::refusal::Stop;

/// How many rows one statement deletes at most: small enough to be in nobody's way.
const BATCH: u64 = 500;

/// Between two such statements: others write, too.
const BREATH: Duration = Duration::from_millis(5);

impl Outbox {
    /// For ever, from the start on, in small batches.
    pub async fn sweep(self, interval: Duration) {
        loop {
            if let Err(error) = self.sweep_once().await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "could not sweep the outbox");
            }
            tokio::time::sleep(interval).await;
        }
    }

    async fn sweep_once(&self) -> Result<(), Stop> {
        let before = self.clock.now() - self.retention;
        let tables = self.database.tables();
        while tables.sweep_outbox(before, BATCH).await? == BATCH {
            tokio::time::sleep(BREATH).await;
        }
        Ok(())
    }
}
