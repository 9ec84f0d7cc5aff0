//! Turns: of one kind of work only a few are let in at once, and a bounded number waits. A storm of
//! it then leaves the stores to everything else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::model::refusal::Refusal;

/// How soon it is worth asking again.
const RETRY: Duration = Duration::from_secs(1);

/// The word for whom there is neither a turn nor a place to wait.
pub(super) const OVERLOADED: Refusal = Refusal::Overloaded { retry_after: RETRY };

/// The turns of one process, for one kind of work.
pub struct Turns {
    permits: Semaphore,
    waiting: AtomicUsize,
    may_wait: usize,
}

impl Turns {
    #[must_use]
    pub const fn new(at_once: usize, may_wait: usize) -> Self {
        Self {
            permits: Semaphore::const_new(at_once),
            waiting: AtomicUsize::new(0),
            may_wait,
        }
    }

    /// Waits for a turn, unless too many do already.
    pub async fn take(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let _place = Place::take(&self.waiting, self.may_wait).ok_or(OVERLOADED)?;
        self.permits.acquire().await.map_err(|_| OVERLOADED)
    }
}

/// A place in the queue, given back however the waiting ends.
struct Place<'q>(&'q AtomicUsize);

impl<'q> Place<'q> {
    fn take(waiting: &'q AtomicUsize, may_wait: usize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < may_wait).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_few_work_a_few_wait_and_the_rest_is_told_so_at_once() {
        let turns = Arc::new(Turns::new(2, 1));
        let first = turns.take().await.expect("a turn");
        let _second = turns.take().await.expect("a turn");
        let waiting = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move { turns.take().await.map(drop) }
        });
        while turns.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(
            turns.take().await,
            Err(Refusal::Overloaded { .. })
        ));
        drop(first);
        assert_eq!(waiting.await.expect("no panic"), Ok(()));
        assert_eq!(turns.waiting.load(Ordering::Relaxed), 0);
    }
}
