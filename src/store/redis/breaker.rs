//! A breaker: while Redis is away, few requests find that out by waiting for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long nobody asks after an attempt that failed. Then one does, and the others wait for what it
/// finds for as long again.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Breaker {
    start: Instant,
    /// Until when nobody asks: milliseconds since the start. 0: it is closed, and all ask.
    open_until: AtomicU64,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            open_until: AtomicU64::new(0),
        }
    }
}

impl Breaker {
    /// Whether to ask at all. When the pause is over it is one who may.
    pub(super) fn admits(&self) -> bool {
        let open_until = self.open_until.load(Ordering::Acquire);
        if open_until == 0 {
            return true;
        }
        let now = self.now();
        now >= open_until
            && self
                .open_until
                .compare_exchange(
                    open_until,
                    now + milliseconds(PAUSE),
                    Ordering::AcqRel,
                    Ordering::Relaxed,
                )
                .is_ok()
    }

    /// To be told after each attempt.
    pub(super) fn heed(&self, has_answered: bool) {
        if !has_answered {
            let open_until = self.now() + milliseconds(PAUSE);
            self.open_until.store(open_until, Ordering::Release);
        } else if self.is_open() {
            self.open_until.store(0, Ordering::Release);
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open_until.load(Ordering::Acquire) != 0
    }

    fn now(&self) -> u64 {
        milliseconds(self.start.elapsed())
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failure_one_at_a_time_finds_out_and_a_success_lets_all_in() {
        let breaker = Breaker::default();
        assert!(breaker.admits() && breaker.admits());
        breaker.heed(false);
        assert!(!breaker.admits());
        std::thread::sleep(PAUSE + Duration::from_millis(5));
        assert!(breaker.admits());
        assert!(!breaker.admits(), "two at once");
        breaker.heed(true);
        assert!(breaker.admits() && breaker.admits());
    }
}
