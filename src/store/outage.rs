//! Outages: told in the log, but not once a request.

use std::error::Error;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// However many requests meet an outage, one line in this time is enough.
const INTERVAL: Duration = Duration::from_secs(1);

static LAST: Mutex<Option<Instant>> = Mutex::new(None);

/// Logs that a store can't be asked, unless that was just logged.
pub fn note(error: &(dyn Error + 'static)) {
    // Whoever holds it is logging the same.
    let Ok(mut last) = LAST.try_lock() else {
        return;
    };
    if last.is_some_and(|last| last.elapsed() < INTERVAL) {
        return;
    }
    *last = Some(Instant::now());
    tracing::warn!(error, "a store is unavailable");
}
