//! What a logout does where others answer from Redis: the index takes its rows, or nobody believes it
//! any more.

use super::Revocations;
use crate::model::index_state::{Epoch, IndexState};
use crate::model::refusal::Stop;
use crate::model::revocation::Revocation;
use crate::store::index::IndexError;
use crate::store::outage;
use crate::store::redis::index::RedisIndex;
use crate::teeth::{Safeguard, lacks};

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
        let is_taken = state.identity.is_some() && is_taken(redis, &state, rows).await;
        if is_taken && state.is_trusted || lacks(Safeguard::Distrust) {
            return Ok(None);
        }
        if is_taken {
            // It is only going to be trusted: another one may be believed still.
            self.hear_of_index().await?;
            return Ok(Some(state.epoch));
        }
        self.distrust(&state).await.map(Some)
    }

    /// From now on nobody believes the index, nor one that is being made.
    pub(super) async fn distrust(&self, state: &IndexState) -> Result<Epoch, Stop> {
        let tables = self.0.database.tables();
        let epoch = tables.distrust_index().await?;
        self.0.metrics.index.distrusted();
        // Each logout does so while Redis is away, and one line tells it.
        if state.identity.is_some() {
            tracing::warn!(epoch = epoch.0, "the index in Redis is distrusted");
        }
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

/// Whether the server that is named took the rows.
async fn is_taken(redis: &RedisIndex, state: &IndexState, rows: &[Revocation]) -> bool {
    let mut taker = redis.take_for(state, rows).await;
    // The connection may have been cut since it was used last. Who is silent is not asked twice.
    if let Err(IndexError::Unavailable(_)) = taker {
        taker = redis.take_for(state, rows).await;
    }
    match taker {
        Ok(taker) => taker == state.identity || lacks(Safeguard::Identity),
        Err(error) => {
            outage::REDIS.note(&error);
            false
        }
    }
}
