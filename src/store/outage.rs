//! Outages: told in the log, but not once a request.

use std::error::Error;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// However many requests meet an outage, one line in this time is enough.
const INTERVAL: Duration = Duration::from_secs(1);

pub static DATABASE: Outages = Outages::of("database");
pub static REDIS: Outages = Outages::of("redis");

/// Those of one store: what it is told of does not silence another.
pub struct Outages {
    store: &'static str,
    last: Mutex<Option<Instant>>,
}

impl Outages {
    const fn of(store: &'static str) -> Self {
        Self {
            store,
            last: Mutex::new(None),
        }
    }

    /// Logs that the store can't be asked, unless that was just logged.
    pub fn note(&self, error: &(dyn Error + 'static)) {
        if self.is_due() {
            tracing::warn!(store = self.store, error, "a store is unavailable");
        }
    }

    /// Whether to tell, which is then no more due.
    fn is_due(&self) -> bool {
        // Whoever holds it is logging the same.
        let Ok(mut last) = self.last.try_lock() else {
            return false;
        };
        let is_due = last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once_and_silences_no_other_store() {
        let [redis, database] = ["redis", "database"].map(Outages::of);
        assert!(redis.is_due());
        assert!(!redis.is_due());
        assert!(database.is_due());
        std::thread::sleep(INTERVAL);
        assert!(redis.is_due());
    }
}
