//! The threads that hash passwords, and who waits for them.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use super::register::{in_seconds, named};

/// From a hash of low cost to one that makes people wait.
const BOUNDS: [Duration; 9] = [
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2500),
];

/// Passwords that are verified and hashed.
#[derive(Debug)]
pub struct Hashing {
    running: Gauge,
    waiting: Gauge,
    refused: Counter,
    durations: Histogram,
}

impl Hashing {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            running: named(
                registry,
                "hashing_running",
                "Passwords that are being verified or hashed",
                Gauge::default(),
            ),
            waiting: named(
                registry,
                "hashing_waiting",
                "Passwords that wait for a hashing thread",
                Gauge::default(),
            ),
            refused: named(
                registry,
                "hashing_refused",
                "Passwords that were turned away because too many waited",
                Counter::default(),
            ),
            durations: in_seconds(
                registry,
                "hashing_duration",
                "How long a hashing thread takes for a password",
                Histogram::new(&BOUNDS),
            ),
        }
    }

    /// How many are in work and how many wait, now.
    pub fn set(&self, running: usize, waiting: usize) {
        self.running.set(i64::try_from(running).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }

    /// One was turned away.
    pub fn refused(&self) {
        self.refused.inc();
    }

    /// One is done.
    pub fn done(&self, taken: Duration) {
        self.durations.observe(taken);
    }
}
