//! Looks at the database that many may ask for, and few are made.

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::model::refusal::{Refusal, Stop};

/// One look at a time, and between two that were asked for by requests a while.
pub(super) struct Looks {
    spacing: Duration,
    last: Mutex<Option<Look>>,
}

struct Look {
    /// As `Clock::boot` counts.
    begun_at: Duration,
    /// `None`: nobody waited for its end.
    has_succeeded: Option<bool>,
}

impl Looks {
    pub(super) const fn new(spacing: Duration) -> Self {
        Self {
            spacing,
            last: Mutex::const_new(None),
        }
    }

    /// The outcome of a look that was begun after this was called, whoever made it. However many
    /// ask, and whatever they ask for, one is made in each `spacing`.
    pub(super) async fn share<E: Into<Stop>>(
        &self,
        clock: &Clock,
        look: impl AsyncFnOnce() -> Result<(), E>,
    ) -> Result<(), Stop> {
        let asked_at = clock.boot();
        let last = self.last.lock().await;
        if let Some(last) = &*last {
            if last.begun_at > asked_at
                && let Some(has_succeeded) = last.has_succeeded
            {
                let refusal = Refusal::StoreUnavailable.into();
                return has_succeeded.then_some(()).ok_or(refusal);
            }
            let since = clock.boot().saturating_sub(last.begun_at);
            tokio::time::sleep(self.spacing.saturating_sub(since)).await;
        }
        run(last, clock, look).await
    }

    /// A look at once, when nobody else makes one.
    pub(super) async fn make<E: Into<Stop>>(
        &self,
        clock: &Clock,
        look: impl AsyncFnOnce() -> Result<(), E>,
    ) -> Result<(), Stop> {
        run(self.last.lock().await, clock, look).await
    }
}

async fn run<E: Into<Stop>>(
    mut last: MutexGuard<'_, Option<Look>>,
    clock: &Clock,
    look: impl AsyncFnOnce() -> Result<(), E>,
) -> Result<(), Stop> {
    let begun = last.insert(Look {
        begun_at: clock.boot(),
        has_succeeded: None,
    });
    let outcome = look().await;
    begun.has_succeeded = Some(outcome.is_ok());
    outcome.map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::JoinSet;

    use super::*;
    use crate::model::refusal::Unauthenticated;

    const SPACING: Duration = Duration::from_millis(200);

    /// Many ask at once; says how many looks that took, and how many were content.
    async fn storm(looks: &Arc<Looks>, succeeds: bool) -> (usize, usize) {
        let (clock, count) = (Clock::default(), Arc::new(AtomicUsize::new(0)));
        let mut asking = JoinSet::new();
        for _ in 0..500 {
            let (looks, clock, count) = (Arc::clone(looks), clock.clone(), Arc::clone(&count));
            asking.spawn(async move {
                let look = async || {
                    count.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    let refusal = Refusal::from(Unauthenticated::Malformed);
                    succeeds.then_some(()).ok_or(refusal)
                };
                looks.share(&clock, look).await.is_ok()
            });
        }
        let content = asking.join_all().await;
        let content = content.into_iter().filter(|&is_content| is_content);
        (count.load(Ordering::Relaxed), content.count())
    }

    #[tokio::test]
    async fn however_many_ask_few_looks_are_made() {
        let looks = Arc::new(Looks::new(SPACING));
        let begun = std::time::Instant::now();
        let (mut looks_made, rounds) = (0, 5);
        for _ in 0..rounds {
            let (made, content) = storm(&looks, true).await;
            assert_eq!(content, 500);
            looks_made += made;
        }
        let spacings = begun.elapsed().as_millis() / SPACING.as_millis();
        assert!((rounds..=usize::try_from(spacings).unwrap() + 1).contains(&looks_made));
    }

    #[tokio::test]
    async fn who_shares_a_look_that_failed_could_not_look() {
        let looks = Arc::new(Looks::new(SPACING));
        let (made, content) = storm(&looks, false).await;
        assert_eq!(content, 0);
        assert!(made < 10, "{made}");
    }

    #[tokio::test]
    async fn a_look_that_was_begun_before_is_no_answer() {
        let looks = Looks::new(SPACING);
        let (clock, count) = (Clock::default(), AtomicUsize::new(0));
        for _ in 0..3 {
            let look = async || -> Result<(), Refusal> {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(())
            };
            assert!(looks.share(&clock, look).await.is_ok());
        }
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn who_hangs_up_in_the_middle_of_a_look_spoils_nobodys() {
        let looks = Looks::new(Duration::ZERO);
        let clock = Clock::default();
        let endless = async || -> Result<(), Refusal> { std::future::pending().await };
        let given_up = looks.share(&clock, endless);
        let given_up = tokio::time::timeout(Duration::from_millis(20), given_up);
        let served = looks.share(&clock, async || -> Result<(), Refusal> { Ok(()) });
        let (given_up, served) = tokio::join!(given_up, served);
        assert!(given_up.is_err() && served.is_ok());
    }
}
