//! The index of revocations: how far it is, and how far the ledger.
//!
//! Whatever else is to be known of the index (whether it is trusted, in which epoch) belongs here.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::register::{in_seconds, named};
use crate::model::revocation::Position;

/// What this process checks tokens against.
#[derive(Debug)]
pub struct Index {
    position: Gauge,
    ledger: Gauge,
    heard: Gauge<f64, AtomicU64>,
}

impl Index {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            position: named(
                registry,
                "index_position",
                "The position up to which the index is known to have the ledger",
                Gauge::default(),
            ),
            ledger: named(
                registry,
                "ledger_position",
                "The ledger's position, as this process read it last",
                Gauge::default(),
            ),
            heard: in_seconds(
                registry,
                "ledger_age",
                "Since when the ledger was last read to its end",
                Gauge::default(),
            ),
        }
    }

    /// How far the ledger is.
    pub fn read_ledger(&self, Position(position): Position) {
        self.ledger.set(position);
    }

    /// How far the index is, and how long ago the ledger was read for it.
    pub fn set(&self, Position(position): Position, age: Duration) {
        // Its own logouts are in it before the ledger is read again.
        self.ledger
            .inner()
            .fetch_max(position, std::sync::atomic::Ordering::Relaxed);
        self.position.set(position);
        self.heard.set(age.as_secs_f64());
    }
}
