//! The time of day.

use std::time::SystemTime;

/// Seconds since 1970-01-01.
#[expect(
    clippy::disallowed_methods,
    reason = "the server's clock that tests can move is not for who uses this crate"
)]
pub(crate) fn unix_seconds() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// The same, as a token counts.
#[expect(
    clippy::cast_possible_truncation,
    reason = "whole seconds, rounded down, are what is meant; the rest saturates"
)]
pub(crate) fn whole(seconds: f64) -> i64 {
    seconds.floor() as i64
}
