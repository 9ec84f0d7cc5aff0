//! Turns: revoking commits run one after another anyway, so only a few are let in at once, and a
//! bounded number waits. A storm of logouts then leaves the database to everything else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::model::refusal::Refusal;

/// How many revoke at once: half of the database's connections by default.
const AT_ONCE: usize = 4;

/// How many may wait for their turn.
const WAITING: usize = 512;

/// How soon it is worth asking again.
const RETRY: Duration = Duration::from_secs(1);

/// The turns of one process.
pub(super) struct Turns {
    permits: Semaphore,
    waiting: AtomicUsize,
}

impl Turns {
    pub(super) const fn new() -> Self {
        Self {
            permits: Semaphore::const_new(AT_ONCE),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Waits for a turn, unless too many do already.
    pub(super) async fn take(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let overloaded = Refusal::Overloaded { retry_after: RETRY };
        let _place = Place::take(&self.waiting).ok_or(overloaded)?;
        self.permits.acquire().await.map_err(|_| overloaded)
    }
}

/// A place in the queue, given back however the waiting ends.
struct Place<'q>(&'q AtomicUsize);

impl<'q> Place<'q> {
    fn take(waiting: &'q AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < WAITING).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
