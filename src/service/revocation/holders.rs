//! The other processes that answer checks: a logout waits for them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::Revocations;
use crate::config::RevocationCheck;
use crate::model::id::LeaseId;
use crate::model::index_state::Epoch;
use crate::model::refusal::Stop;
use crate::model::revocation::Position;
use crate::store::database::Lease;

/// The first pause between two looks; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// What is known of the others' leases.
#[derive(Default)]
pub(super) struct Holders(Mutex<Look>);

/// What a look at the leases found.
#[derive(Clone, Default)]
struct Look {
    /// As `Clock::boot` counts.
    begun_at: Duration,
    others: Arc<[Seen]>,
}

/// A lease, and when it was seen first as it is.
#[derive(Clone, Copy)]
struct Seen {
    lease: Lease,
    since: Duration,
}

impl Seen {
    /// What a renewal changes.
    const fn name(&self) -> (LeaseId, i64) {
        (self.lease.id, self.lease.renewals)
    }

    /// Whether it is over, if it wasn't renewed: its holder counts from before it wrote the row. A
    /// hundredth more, since clocks don't run alike.
    fn is_over(&self, now: Duration) -> bool {
        now > self.since + self.lease.length + self.lease.length / 100
    }
}

/// Whom to wait for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behind {
    /// Who answers from memory, until it has confirmed this.
    pub(super) position: Position,
    /// Who answers from Redis, until it has heard of this.
    pub(super) epoch: Option<Epoch>,
}

impl Behind {
    fn is(&self, lease: &Lease) -> bool {
        match lease.check {
            RevocationCheck::Memory => lease.confirmed < self.position,
            RevocationCheck::Redis => self.epoch.is_some_and(|epoch| lease.epoch < epoch),
        }
    }
}

impl Revocations {
    /// Waits until no other process answers from what lacks a committed row: each has confirmed it, or
    /// is known to have lost its lease.
    pub(super) async fn await_holders(&self, behind: Behind) -> Result<(), Stop> {
        let mut awaited = self.lacking(behind).await?;
        let mut pause = FIRST_PAUSE;
        while !awaited.is_empty() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            // One that is gone was given back, or marked by somebody else who waited.
            let lacking = self.lacking(behind).await?;
            awaited.retain(|seen| lacking.iter().any(|other| other.lease.id == seen.lease.id));
            let now = self.0.clock.boot();
            for lost in awaited.extract_if(.., |seen| seen.is_over(now)) {
                self.mark_lost(&lost.lease).await?;
            }
        }
        Ok(())
    }

    /// Marks the leases of processes that died, so that no logout has to wait for them.
    pub(super) async fn bury(&self) -> Result<(), Stop> {
        let now = self.0.clock.boot();
        let others = self.look_at_holders().await?;
        for dead in others.iter().filter(|seen| seen.is_over(now)) {
            self.mark_lost(&dead.lease).await?;
        }
        Ok(())
    }

    /// The renewals of those who answer from something else than this.
    pub(super) async fn others_but(
        &self,
        check: RevocationCheck,
    ) -> Result<HashMap<LeaseId, i64>, Stop> {
        let others = self.look_at_holders().await?;
        let others = others.iter().filter(|seen| seen.lease.check != check);
        Ok(others.map(Seen::name).collect())
    }

    async fn lacking(&self, behind: Behind) -> Result<Vec<Seen>, Stop> {
        let others = self.look_at_holders().await?;
        let lacking = others.iter().filter(|seen| behind.is(&seen.lease));
        Ok(lacking.copied().collect())
    }

    /// The others' leases, as they were when this was called, or later: of many who ask at once
    /// one looks.
    async fn look_at_holders(&self) -> Result<Arc<[Seen]>, Stop> {
        let clock = &self.0.clock;
        let asked_at = clock.boot();
        let mut last = self.0.holders.0.lock().await;
        if last.begun_at > asked_at {
            return Ok(Arc::clone(&last.others));
        }
        let begun_at = clock.boot();
        let leases = self.0.database.tables().leases().await?;
        let now = clock.boot();
        let own = self.0.lease.id();
        let known: HashMap<_, _> = last
            .others
            .iter()
            .map(|seen| (seen.name(), seen.since))
            .collect();
        let others = leases.into_iter().filter(|lease| Some(lease.id) != own);
        let others = others.map(|lease| {
            let since = known.get(&(lease.id, lease.renewals)).copied();
            let since = since.unwrap_or(now);
            Seen { lease, since }
        });
        let others: Arc<[Seen]> = others.collect();
        *last = Look {
            begun_at,
            others: Arc::clone(&others),
        };
        Ok(others)
    }

    /// Its holder starts as new, if it still lives.
    async fn mark_lost(&self, lease: &Lease) -> Result<(), Stop> {
        tracing::warn!(lease = %lease.id, "a process that answered checks is gone");
        Ok(self.0.database.tables().end_lease(lease).await?)
    }
}
