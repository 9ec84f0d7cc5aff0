//! Turns: of one account's passwords only a few are looked at at once, fewer than it has guesses.
//! So those who know theirs, however many at once, never use up what is there for guesses.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::model::refusal::Refusal;

/// How many of one account at once, if it has more guesses than that: as many as hash at once on a
/// large machine.
const AT_ONCE: u32 = 4;

/// Accounts share their turns with those that fall into the same place. Which those are, nobody
/// can tell who does not know the master key.
const PLACES: usize = 256;

/// How many may wait in one place.
const WAITING: usize = 256;

/// How long anybody waits: less than a client does.
const PATIENCE: Duration = Duration::from_secs(5);

/// How soon it is worth asking again.
const RETRY: Duration = Duration::from_secs(1);

/// The turns of one process.
pub(super) struct Turns {
    places: Vec<Place>,
    patience: Duration,
}

struct Place {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// A turn, until it is dropped.
pub(super) struct Turn(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

impl Turns {
    /// For buckets of this size.
    pub(super) fn new(burst: u32) -> Self {
        Self::with_patience(burst, PATIENCE)
    }

    fn with_patience(burst: u32, patience: Duration) -> Self {
        let at_once = burst.saturating_sub(1).clamp(1, AT_ONCE);
        let place = || Place {
            permits: Arc::new(Semaphore::new(at_once as usize)),
            waiting: AtomicUsize::new(0),
        };
        Self {
            places: std::iter::repeat_with(place).take(PLACES).collect(),
            patience,
        }
    }

    /// Waits for a turn, for a while, unless too many do already.
    pub(super) async fn take(&self, digest: [u8; 16]) -> Result<Turn, Refusal> {
        let overloaded = Refusal::Overloaded { retry_after: RETRY };
        let place = &self.places[usize::from(digest[0]) % PLACES];
        let _waiter = Waiter::join(&place.waiting).ok_or(overloaded)?;
        let permit = Arc::clone(&place.permits).acquire_owned();
        let permit = tokio::time::timeout(self.patience, permit).await;
        let permit = permit.map_err(|_| overloaded)?;
        Ok(Turn(permit.expect("the semaphore is never closed")))
    }
}

/// A place in the queue, given back however the waiting ends.
struct Waiter<'q>(&'q AtomicUsize);

impl<'q> Waiter<'q> {
    fn join(waiting: &'q AtomicUsize) -> Option<Self> {
        let waiter = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < WAITING).then_some(waiter)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [u8; 16] = [1; 16];
    const THEIRS: [u8; 16] = [2; 16];

    #[tokio::test]
    async fn fewer_at_once_than_there_are_guesses_and_the_rest_waits_for_a_while() {
        for (burst, at_once) in [(1, 1), (2, 1), (3, 2), (5, 4), (100, 4)] {
            let turns = Turns::with_patience(burst, Duration::from_millis(20));
            let mut held = Vec::new();
            for _ in 0..at_once {
                held.push(turns.take(OURS).await.expect("a turn"));
            }
            assert!(turns.take(OURS).await.is_err(), "{burst}");
            assert!(turns.take(THEIRS).await.is_ok(), "{burst}");
            held.pop();
            assert!(turns.take(OURS).await.is_ok(), "{burst}");
        }
    }

    #[tokio::test]
    async fn the_queue_has_an_end() {
        let turns = Arc::new(Turns::new(2));
        let held = turns.take(OURS).await.expect("a turn");
        let wait = |turns: Arc<Turns>| async move { turns.take(OURS).await.map(drop) };
        let waiting: Vec<_> = (0..WAITING)
            .map(|_| tokio::spawn(wait(Arc::clone(&turns))))
            .collect();
        let place = &turns.places[usize::from(OURS[0])];
        while place.waiting.load(Ordering::Relaxed) < WAITING {
            tokio::task::yield_now().await;
        }
        let told_at_once = tokio::select! {
            biased;
            turn = turns.take(OURS) => turn.is_err(),
            () = std::future::ready(()) => false,
        };
        assert!(told_at_once);
        drop(held);
        for waiter in waiting {
            assert_eq!(waiter.await.expect("no panic"), Ok(()));
        }
    }
}
