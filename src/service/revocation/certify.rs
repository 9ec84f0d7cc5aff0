//! Keeping an index in Redis that can be believed: seeing that it is gone, or another one, and making it
//! again. Any process can; one does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::holders::Behind;
use super::watch::{Standing, Task, Watch};
use super::{Revocations, unavailable};
use crate::model::index_state::{Epoch, Identity, IndexState};
use crate::model::refusal::Stop;
use crate::model::revocation::Position;
use crate::model::token::CLOCK_TOLERANCE;
use crate::store::index::IndexError;
use crate::store::outage;
use crate::store::redis::certification::Probe;
use crate::store::redis::index::RedisIndex;

/// Between two looks at Redis.
const INTERVAL: Duration = Duration::from_millis(250);

/// What that means for users: nothing, while the database bears it.
const IN_ITS_STEAD: &str = "checks are answered from the database";

/// How many of the newest rows are handed over again at most, by a process that starts, or that could not
/// for a while. The older ones are there: a logout that Redis did not take made it untrusted, and to be
/// made again.
const HANDED_AGAIN: i64 = 1000;

/// The least between two looks, however many checks are suspicious.
const LEAST: Duration = Duration::from_millis(20);

impl Revocations {
    /// For ever, if this process answers from Redis.
    pub async fn keep_certified(self) {
        let Some(redis) = self.0.index.redis() else {
            return;
        };
        let mut watch = Watch::default();
        let mut told = None;
        loop {
            // While the database doesn't answer, who follows the ledger has said so.
            if let Ok(standing) = self.certify(redis, &mut watch).await
                && told.replace(standing) != Some(standing)
            {
                tell(standing, watch.take_error().as_ref());
            }
            tokio::time::sleep(LEAST).await;
            tokio::select! {
                () = redis.suspicion() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
    }

    /// Looks once, and does what is to be done.
    pub(super) async fn certify(
        &self,
        redis: &RedisIndex,
        watch: &mut Watch,
    ) -> Result<Standing, Stop> {
        let state = self.0.database.tables().index_state().await?;
        let probe = match redis.probe(&state).await {
            Ok(probe) => probe,
            Err(error) => return Ok(watch.note_away(error)),
        };
        let is_ahead = self.is_behind(&probe);
        let now = self.0.clock.boot();
        match watch.judge(&state, &probe, is_ahead, self.0.lease.length(), now) {
            Task::Nothing(standing) => {
                if standing == Standing::Trusted {
                    self.hand_on(redis, &state).await?;
                }
                Ok(standing)
            }
            Task::Distrust(standing) => {
                self.distrust(&state).await?;
                Ok(standing)
            }
            Task::MakeInPlace => {
                tracing::warn!("the index in Redis is gone: making it again from the ledger");
                let is_made = self.make_index(redis, &state).await?;
                Ok(standing_after(is_made))
            }
            Task::Nominate(identity) => {
                let is_trusted = self.trust_anew(redis, &state, identity).await;
                if !matches!(is_trusted, Ok(None | Some(true))) {
                    watch.give_up(Epoch(state.epoch.0 + 1));
                }
                Ok(standing_after(is_trusted? == Some(true)))
            }
        }
    }

    /// Whether the server's clock is ahead of this machine's: it would drop what is still needed. (One that is
    /// behind keeps it longer.)
    pub(super) fn is_behind(&self, probe: &Probe) -> bool {
        let clock = &self.0.clock;
        clock.shift(probe.clock) - clock.now() > CLOCK_TOLERANCE / 2
    }

    /// Raises the epoch; waits until nobody believes the one before; makes the index; and has it
    /// trusted, if nothing came between. `None` if somebody else was faster.
    async fn trust_anew(
        &self,
        redis: &RedisIndex,
        seen: &IndexState,
        identity: Identity,
    ) -> Result<Option<bool>, Stop> {
        let tables = self.0.database.tables();
        if !tables.nominate_index(seen.epoch, identity).await? {
            return Ok(None);
        }
        self.tell_of_index().await?;
        let state = IndexState {
            epoch: Epoch(seen.epoch.0 + 1),
            identity: Some(identity),
            is_trusted: false,
            ..*seen
        };
        let behind = Behind {
            position: Position::NOTHING,
            epoch: Some(state.epoch),
        };
        self.await_holders(behind).await?;
        let is_trusted =
            self.make_index(redis, &state).await? && tables.trust_index(state.epoch).await?;
        if is_trusted {
            tracing::info!(epoch = state.epoch.0, "the index in Redis is trusted");
            self.tell_of_index().await?;
        }
        Ok(Some(is_trusted))
    }

    /// Hands over what the ledger has and this process has not seen into Redis: a row whose writer died
    /// before it could. No acknowledged logout counts on it.
    async fn hand_on(&self, redis: &RedisIndex, state: &IndexState) -> Result<(), Stop> {
        let known = self.known();
        let applied = Position(self.0.applied.load(Ordering::Acquire));
        let mut applied = applied.max(Position(known.0 - HANDED_AGAIN));
        let tables = self.0.database.tables();
        while applied < known {
            let rows = tables.ledger_after(applied).await?;
            redis.take_for(state, &rows).await.map_err(unavailable)?;
            applied = rows.last().map_or(known, |row| row.entry.position);
        }
        self.0.applied.fetch_max(applied.0, Ordering::AcqRel);
        Ok(())
    }

    /// Puts a marker; *then* reads the ledger; hands over its rows; and writes the certificate, if the
    /// marker still stands. `false` if the server was flushed, or became another one meanwhile.
    async fn make_index(&self, redis: &RedisIndex, state: &IndexState) -> Result<bool, Stop> {
        let marked = redis.mark(state).await.map_err(unavailable)?;
        let outcome = if marked.identity == state.identity {
            self.fill_index(redis, state).await
        } else {
            Ok(false)
        };
        let outcome = match outcome {
            Ok(true) => redis
                .certify(state, &marked)
                .await
                .map_err(|error| unavailable(error).into()),
            outcome => outcome,
        };
        if matches!(outcome, Ok(true)) {
            self.0.metrics.index.made();
        } else if let Err(error) = redis.unmark(state, &marked).await {
            // It is gone in a while.
            outage::REDIS.note(&error);
        }
        outcome
    }

    /// `false` if another server took some of the rows, or the marker is gone.
    async fn fill_index(&self, redis: &RedisIndex, state: &IndexState) -> Result<bool, Stop> {
        let tables = self.0.database.tables();
        let newest = tables.ledger_head().await?.position;
        let mut read = Position::NOTHING;
        while read < newest {
            let rows = tables.ledger_after(read).await?;
            let Some(last) = rows.last() else { break };
            let taker = redis.take_for(state, &rows).await.map_err(unavailable)?;
            if taker != state.identity || !redis.sustain(state).await.map_err(unavailable)? {
                return Ok(false);
            }
            read = last.entry.position;
        }
        Ok(true)
    }
}

const fn standing_after(is_trusted: bool) -> Standing {
    if is_trusted {
        Standing::Trusted
    } else {
        Standing::InTheMaking
    }
}

/// What has changed since the last look.
fn tell(standing: Standing, error: Option<&IndexError>) {
    let error = error.map(|error| error as &dyn std::error::Error);
    match standing {
        Standing::Trusted => tracing::info!("checks are answered from Redis"),
        Standing::InTheMaking => tracing::info!("the index in Redis is being made"),
        Standing::Replica => tracing::warn!("`redis.url` leads to a replica: {IN_ITS_STEAD}"),
        Standing::Superseded => {
            tracing::warn!(
                "`redis.url` leads to a server that another one has replaced: {IN_ITS_STEAD}"
            );
        }
        Standing::Evicting => {
            tracing::error!(
                "Redis may drop revocations: set `maxmemory-policy noeviction`; {IN_ITS_STEAD}"
            );
        }
        Standing::Ahead => {
            tracing::error!(
                "Redis' clock is ahead, by which it drops revocations: set all clocks by NTP; {IN_ITS_STEAD}"
            );
        }
        Standing::Away => tracing::warn!(error, "Redis does not answer: {IN_ITS_STEAD}"),
    }
}
