//! Time: one clock that tests can move, and one that nothing moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use time::OffsetDateTime;

/// The wall clock of this process, plus what tests have added to it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_microseconds: Arc<AtomicI64>,
}

impl Clock {
    /// Now, in UTC, truncated to microseconds: the databases differ below that.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place")]
    pub fn now(&self) -> OffsetDateTime {
        self.shift(truncate(OffsetDateTime::now_utc()))
    }

    /// The same in whole seconds since 1970-01-01, as tokens count. It costs a fraction: no calendar
    /// is asked.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the other place")]
    pub fn unix_seconds(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let microseconds = since.map_or(0, microseconds);
        let offset = self.offset_microseconds.load(Ordering::Relaxed);
        microseconds.saturating_add(offset).div_euclid(1_000_000)
    }

    /// Another clock's time (the database's), moved as this one is.
    #[must_use]
    pub fn shift(&self, time: OffsetDateTime) -> OffsetDateTime {
        let offset = self.offset_microseconds.load(Ordering::Relaxed);
        truncate(time) + time::Duration::microseconds(offset)
    }

    /// Moves this clock and all its clones. For tests: nothing else should need it.
    pub fn advance(&self, by: Duration) {
        self.offset_microseconds
            .fetch_add(microseconds(by), Ordering::Relaxed);
    }

    /// The same, the other way.
    pub fn set_back(&self, by: Duration) {
        self.offset_microseconds
            .fetch_sub(microseconds(by), Ordering::Relaxed);
    }

    /// Time since the machine was started, sleep included; it never jumps. What "how long ago did
    /// I hear" is measured with: `std::time::Instant` stops while a machine sleeps.
    #[must_use]
    pub fn boot(&self) -> Duration {
        since_boot()
    }
}

#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Elsewhere the monotonic clock has to do; on some systems it stops while the machine sleeps.
#[cfg(not(target_os = "linux"))]
fn since_boot() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn truncate(time: OffsetDateTime) -> OffsetDateTime {
    let microseconds = time.microsecond();
    time.replace_microsecond(microseconds).unwrap_or(time)
}
