//! Counting where all nodes do, or, while that can't be asked, in this process: a login is neither
//! refused for that, nor without a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::store::counters::{Bucket, Counters, CountersError, Receipt, Taken};
use crate::store::embedded::counters::MemoryCounters;
use crate::store::outage;

/// How long silent counters are left alone: not every login shall wait for them.
const REST: Duration = Duration::from_secs(1);

pub(super) struct Counting {
    own: MemoryCounters,
    shared: Option<Arc<dyn Counters>>,
    clock: Clock,
    /// Milliseconds since the machine's start until which the shared ones are not asked.
    rests_until: AtomicU64,
}

/// What was taken, and where.
pub(super) enum Counted {
    Own(Vec<Receipt>),
    Shared(Vec<Receipt>),
}

impl Counting {
    pub(super) fn new(shared: Option<Arc<dyn Counters>>, clock: Clock) -> Self {
        Self {
            own: MemoryCounters::new(clock.clone()),
            shared,
            clock,
            rests_until: AtomicU64::new(0),
        }
    }

    /// Takes one out of each bucket; or says how long one of them is empty.
    pub(super) async fn take(&self, buckets: &[Bucket]) -> Result<Counted, Duration> {
        if let Some(shared) = &self.shared
            && self.rests_until.load(Ordering::Relaxed) <= self.milliseconds()
        {
            match shared.take(buckets).await {
                Ok(Taken::All(receipts)) => return Ok(Counted::Shared(receipts)),
                Ok(Taken::Nothing { retry_after }) => return Err(retry_after),
                Err(error) => self.note(&error),
            }
        }
        match self.own.take_now(buckets) {
            Taken::All(receipts) => Ok(Counted::Own(receipts)),
            Taken::Nothing { retry_after } => Err(retry_after),
        }
    }

    /// What can't be given back where it was taken comes back by itself, in its time.
    pub(super) async fn give_back(&self, counted: &Counted) {
        match (counted, &self.shared) {
            (Counted::Shared(receipts), Some(shared)) => {
                if let Err(error) = shared.give_back(receipts).await {
                    self.note(&error);
                }
            }
            (Counted::Own(receipts) | Counted::Shared(receipts), _) => {
                self.own.give_back_now(receipts);
            }
        }
    }

    fn note(&self, error: &CountersError) {
        let rest = u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
        let until = self.milliseconds().saturating_add(rest);
        self.rests_until.store(until, Ordering::Relaxed);
        outage::REDIS.note(error);
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.clock.boot().as_millis()).unwrap_or(u64::MAX)
    }
}
