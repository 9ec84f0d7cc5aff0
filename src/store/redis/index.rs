//! The index in Redis: a key per mark and per session that lives, one round trip per check. What it
//! answers counts only if it is the server, and the certificate, that the database says to trust.

use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use async_trait::async_trait;
use redis::{FromRedisValue, Pipeline, RedisError};
use time::OffsetDateTime;
use tokio::sync::Notify;

use super::Redis;
use super::breaker::Breaker;
use super::entries::{self, ADMIT, TAKE};
use super::keys::Keys;
use super::place::Unreached;
use super::server;
use crate::model::id::SessionId;
use crate::model::index_state::{Epoch, Identity, IndexState};
use crate::model::revocation::{Findings, Marks, Revocation};
use crate::model::swept::Swept;
use crate::model::token::RETENTION_MARGIN;
use crate::store::index::{IndexError, Presence, RevocationIndex};
use crate::teeth::{Safeguard, lacks};

/// How many rows one script takes: few enough that Redis is back at once.
const CHUNK: usize = 500;

/// The index that all nodes share.
pub struct RedisIndex {
    pub(super) redis: Redis,
    /// What the database said last; none before it was asked.
    heeded: ArcSwapOption<Heeded>,
    /// Told when an answer did not count, though the database says that it should.
    suspicion: Notify,
    breaker: Breaker,
}

/// What checks go by.
struct Heeded {
    keys: Keys,
    epoch: Epoch,
    /// The identity and the text of the certificate that count; none if Redis isn't to be believed.
    trusted: Option<(Identity, String)>,
}

impl RedisIndex {
    /// Believes nothing, until it is told what to.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self {
            redis,
            heeded: ArcSwapOption::empty(),
            suspicion: Notify::new(),
            breaker: Breaker::default(),
        }
    }

    /// From now on checks go by this.
    pub fn heed(&self, state: &IndexState) {
        let certificate = state.certificate().filter(|_| state.is_trusted);
        self.heeded.store(Some(Arc::new(Heeded {
            keys: Keys::of(state.ledger),
            epoch: state.epoch,
            trusted: certificate.map(|certificate| (certificate.identity, certificate.to_string())),
        })));
    }

    /// Returns when an answer did not count that should have.
    pub async fn suspicion(&self) {
        self.suspicion.notified().await;
    }

    /// Whether checks are answered from here, and the epoch that they go by.
    pub fn standing(&self) -> (bool, Epoch) {
        match &*self.heeded.load() {
            None => (false, Epoch::default()),
            Some(heeded) => (
                heeded.trusted.is_some() && !self.breaker.is_open(),
                heeded.epoch,
            ),
        }
    }

    /// Takes rows in, and says which server it was that took them: `None` if it can't be the one that
    /// is trusted.
    pub async fn take_for(
        &self,
        state: &IndexState,
        rows: &[Revocation],
    ) -> Result<Option<Identity>, IndexError> {
        self.take_under(&Keys::of(state.ledger), rows).await
    }

    async fn take_under(
        &self,
        keys: &Keys,
        rows: &[Revocation],
    ) -> Result<Option<Identity>, IndexError> {
        let mut taker = None;
        for (number, chunk) in rows.chunks(CHUNK).enumerate() {
            let mut pipeline = redis::pipe();
            pipeline.cmd("EVAL").arg(TAKE).arg(chunk.len());
            for row in chunk {
                pipeline.arg(keys.mark(&row.mark));
            }
            for row in chunk {
                pipeline.arg(entries::arguments(row));
            }
            // Behind the write: what answers now has taken it.
            pipeline.cmd("INFO").arg("replication");
            let (_, info): (i64, String) = self.command(&pipeline).await?;
            let identity = self.identity(&info);
            // Another one took what came before.
            taker = identity.filter(|_| number == 0 || taker == identity);
        }
        Ok(taker)
    }

    /// Who answered, by what it says behind its answer.
    pub(super) fn identity(&self, info: &str) -> Option<Identity> {
        server::identity(info, self.redis.database)
    }

    /// Over the pool: it may take its time, and nobody's check waits behind it.
    pub(super) async fn command<T: FromRedisValue>(
        &self,
        pipeline: &Pipeline,
    ) -> Result<T, IndexError> {
        // The type of what it takes to connect ends here.
        let work: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async {
            let mut connection = self.redis.pool.get().await.map_err(no_connection)?;
            let answer = pipeline.query_async(&mut *connection).await;
            answer.map_err(failed)
        });
        self.bounded(work).await
    }

    async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, IndexError>> + Send,
    ) -> Result<T, IndexError> {
        tokio::time::timeout(self.redis.timeout, work)
            .await
            .unwrap_or(Err(IndexError::Silent))
    }

    /// What stands against a token, and for its session if that is asked for, in the same breath as
    /// the certificate, and then who answered: or the answer doesn't count.
    async fn values(
        &self,
        marks: &Marks,
        session: Option<SessionId>,
    ) -> Result<Vec<Option<String>>, IndexError> {
        let heeded = self.heeded.load();
        let heeded = heeded.as_deref().ok_or(IndexError::Untrusted)?;
        let (identity, certificate) = heeded.trusted.as_ref().ok_or(IndexError::Untrusted)?;
        if !self.breaker.admits() {
            return Err(IndexError::Resting);
        }
        let mut pipeline = redis::pipe();
        pipeline.cmd("MGET");
        for mark in &marks.0 {
            pipeline.arg(heeded.keys.mark(mark));
        }
        if let Some(session) = session {
            pipeline.arg(heeded.keys.presence(session));
        }
        pipeline.arg(heeded.keys.certificate());
        pipeline.cmd("INFO").arg("replication");
        let mut connection = self.redis.shared.clone();
        let answer = self.bounded(async {
            let answer = pipeline.query_async(&mut connection).await;
            answer.map_err(failed)
        });
        let answer = answer.await;
        self.breaker.heed(answer.is_ok());
        let (mut values, info): (Vec<Option<String>>, String) = answer?;
        let own = values.pop().ok_or(IndexError::Corrupt)?;
        let is_certified = own.as_ref() == Some(certificate) || lacks(Safeguard::Certificate);
        let is_the_one = self.identity(&info) == Some(*identity) || lacks(Safeguard::Identity);
        if is_certified && is_the_one {
            return Ok(values);
        }
        self.suspicion.notify_one();
        Err(IndexError::Untrusted)
    }
}

#[async_trait]
impl RevocationIndex for RedisIndex {
    async fn look_up(&self, marks: &Marks) -> Result<Findings, IndexError> {
        entries::findings(&self.values(marks, None).await?)
    }

    async fn look_up_with_presence(
        &self,
        marks: &Marks,
        session: SessionId,
    ) -> Result<(Findings, Option<Presence>), IndexError> {
        let mut values = self.values(marks, Some(session)).await?;
        let presence = values.pop().ok_or(IndexError::Corrupt)?;
        let presence = presence.as_deref().map(entries::presence).transpose()?;
        Ok((entries::findings(&values)?, presence))
    }

    async fn take(&self, rows: &[Revocation]) -> Result<(), IndexError> {
        let heeded = self.heeded.load_full().ok_or(IndexError::Untrusted)?;
        self.take_under(&heeded.keys, rows).await?;
        Ok(())
    }

    async fn admit(&self, session: SessionId, presence: Presence) -> Result<(), IndexError> {
        let heeded = self.heeded.load_full().ok_or(IndexError::Untrusted)?;
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("EVAL")
            .arg(ADMIT)
            .arg(1)
            .arg(heeded.keys.presence(session))
            .arg(entries::milliseconds(presence.until))
            .arg(entries::milliseconds(presence.until + RETENTION_MARGIN));
        let [_]: [i64; 1] = self.command(&pipeline).await?;
        Ok(())
    }

    // Redis does: every key has its expiry.
    fn forget(&self, _swept: Swept) {}

    fn forget_presence(&self, _before: OffsetDateTime) {}
}

fn no_connection(error: Unreached) -> IndexError {
    match error {
        Unreached::Failed(error) if server::is_forbidden(&error) => failed(error),
        error => IndexError::Unavailable(Box::new(error)),
    }
}

fn failed(error: RedisError) -> IndexError {
    if server::is_forbidden(&error) {
        IndexError::Forbidden(Box::new(error))
    } else {
        IndexError::Unavailable(Box::new(error))
    }
}
