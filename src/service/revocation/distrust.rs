//! What a logout does where others answer from Redis: the index takes its rows, or nobody believes it
//! any more.

use super::Revocations;
use crate::model::index_state::Epoch;
use crate::model::refusal::Stop;
use crate::model::revocation::Revocation;
use crate::store::outage;
use crate::store::redis::index::RedisIndex;
use crate::teeth::{Safeguard, lacks};

/// How often a write is tried: the first may have met a connection that was cut since.
const ATTEMPTS: usize = 2;

impl Revocations {
    /// Writes committed rows into the index that is trusted. Otherwise gives the epoch that all who
    /// believed it have to have heard of, before the logout may be acknowledged.
    pub(super) async fn write_to(
        &self,
        redis: &RedisIndex,
        rows: &[Revocation],
    ) -> Result<Option<Epoch>, Stop> {
        // After the commit, and from the database itself: what this process knew before may be over.
        let state = self.0.database.tables().index_state().await?;
        let mut is_taken = false;
        for _ in 0..ATTEMPTS {
            if is_taken || state.identity.is_none() {
                break;
            }
            is_taken = match redis.take_for(&state, rows).await {
                Ok(taker) => taker == state.identity || lacks(Safeguard::Identity),
                Err(error) => {
                    outage::note(&error);
                    false
                }
            };
        }
        if is_taken && state.is_trusted || lacks(Safeguard::Distrust) {
            return Ok(None);
        }
        if is_taken {
            // It is only going to be trusted: another one may be believed still.
            self.hear_of_index().await?;
            return Ok(Some(state.epoch));
        }
        self.distrust().await.map(Some)
    }

    /// From now on nobody believes the index, nor one that is being made.
    pub(super) async fn distrust(&self) -> Result<Epoch, Stop> {
        let tables = self.0.database.tables();
        let epoch = tables.distrust_index().await?;
        self.0.metrics.index.distrusted();
        tracing::warn!(epoch = epoch.0, "the index in Redis is distrusted");
        self.tell_of_index().await?;
        Ok(epoch)
    }

    /// Tells the others, and this process, that whom to believe has changed.
    pub(super) async fn tell_of_index(&self) -> Result<(), Stop> {
        let tables = self.0.database.tables();
        tables.tell_followers(self.0.process).await?;
        self.hear_of_index().await
    }

    /// Reads whom to believe, for whoever answers checks.
    async fn hear_of_index(&self) -> Result<(), Stop> {
        if self.0.lease.id().is_some() {
            self.catch_up().await?;
        }
        Ok(())
    }
}
