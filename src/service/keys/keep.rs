//! What is done with the keys unasked: read, rotated, removed.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Keys, KeysError};
use crate::model::refusal::Stop;
use crate::model::signing_key::{KeyState, lives};

/// How often the keys are looked after: one that was made or revoked elsewhere is known by then, and
/// told to sub-systems, which take a token of a key that they are not told of for a forgery.
const INTERVAL: Duration = Duration::from_secs(1);

/// How often the clock is looked at: it may be moved.
const TICK: Duration = Duration::from_millis(250);

impl Keys {
    /// Looks after the keys for ever. An outage is told once, and once its end.
    pub async fn keep(self) {
        // Once: nodes that are configured differently would take turns.
        let mut has_adopted = false;
        let mut is_kept = true;
        loop {
            let begun_at = self.0.clock.now();
            match (self.look_after(&mut has_adopted).await, is_kept) {
                (Err(stop), true) => {
                    is_kept = false;
                    let error = &stop as &dyn std::error::Error;
                    tracing::warn!(error, "can't look after the signing keys");
                }
                (Ok(()), false) => {
                    is_kept = true;
                    tracing::info!("looks after the signing keys again");
                }
                (Err(_), false) | (Ok(()), true) => {}
            }
            self.wait_since(begun_at).await;
        }
    }

    async fn look_after(&self, has_adopted: &mut bool) -> Result<(), Stop> {
        self.refresh().await?;
        if !*has_adopted {
            self.adopt_algorithm().await?;
            *has_adopted = true;
        }
        self.rotate_if_due().await?;
        if self.has_gone(self.0.clock.now()) {
            self.remove_gone().await?;
            self.refresh().await?;
        }
        Ok(())
    }

    fn has_gone(&self, now: OffsetDateTime) -> bool {
        let set = self.0.set.load();
        let mut states = set.keys().iter().map(|known| known.life.state(now));
        states.any(|state| state == KeyState::Gone)
    }

    async fn remove_gone(&self) -> Result<(), KeysError> {
        let unit = self.0.database.begin().await?;
        let tables = unit.tables();
        tables.hold_ledger().await?;
        let keys = tables.signing_keys().await?;
        let (_, now) = tables.issuing_point().await?;
        let times: Vec<_> = keys.iter().map(|key| key.times).collect();
        for (key, life) in keys.iter().zip(lives(&times)) {
            if life.state(now) == KeyState::Gone {
                tables.delete_signing_key(&key.kid).await?;
                tracing::info!(kid = key.kid, "removed a signing key");
            }
        }
        Ok(unit.commit().await?)
    }

    /// Until the interval is over, by the clock that tests can move.
    async fn wait_since(&self, since: OffsetDateTime) {
        while (self.0.clock.now() - since).unsigned_abs() < INTERVAL {
            tokio::time::sleep(TICK).await;
        }
    }
}
