//! The index of revocations: how far it is, how far the ledger, and whether it is believed.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::register::{in_seconds, named};
use crate::model::index_state::Epoch;
use crate::model::revocation::Position;

/// What this process checks tokens against.
#[derive(Debug)]
pub struct Index {
    position: Gauge,
    ledger: Gauge,
    heard: Gauge<f64, AtomicU64>,
    trusted: Gauge,
    epoch: Gauge,
    distrusts: Counter,
    makings: Counter,
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
            trusted: named(
                registry,
                "index_trusted",
                "1 while checks are answered from the index: a copy in memory always, Redis while it is believed",
                Gauge::default(),
            ),
            epoch: named(
                registry,
                "index_epoch",
                "How often it was said anew which Redis is to be believed",
                Gauge::default(),
            ),
            distrusts: named(
                registry,
                "index_distrusts",
                "Times that this process said that Redis is believed no more",
                Counter::default(),
            ),
            makings: named(
                registry,
                "index_makings",
                "Times that this process made the index in Redis from the ledger",
                Counter::default(),
            ),
        }
    }

    /// Whether checks are answered from it, and since which epoch.
    pub fn believe(&self, is_trusted: bool, Epoch(epoch): Epoch) {
        self.trusted.set(i64::from(is_trusted));
        self.epoch.set(epoch);
    }

    /// Redis did not take a logout, or may drop what it has.
    pub fn distrusted(&self) {
        self.distrusts.inc();
    }

    /// It holds what the ledger has.
    pub fn made(&self) {
        self.makings.inc();
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
