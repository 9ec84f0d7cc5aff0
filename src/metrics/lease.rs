//! The lease under which this process answers from its copy.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::register::{in_seconds, named};

/// This process's lease.
#[derive(Debug)]
pub struct Lease {
    held: Gauge,
    remaining: Gauge<f64, AtomicU64>,
    renewals: Counter,
    losses: Counter,
}

impl Lease {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            held: named(
                registry,
                "lease_held",
                "Whether this process may answer from its copy: 1 or 0",
                Gauge::default(),
            ),
            remaining: in_seconds(
                registry,
                "lease_remaining",
                "How long it may, unless the lease is renewed",
                Gauge::default(),
            ),
            renewals: named(
                registry,
                "lease_renewals",
                "How often the lease was taken or renewed",
                Counter::default(),
            ),
            losses: named(
                registry,
                "lease_losses",
                "How often somebody who waited for its end marked the lease as lost",
                Counter::default(),
            ),
        }
    }

    /// It was taken or renewed.
    pub fn renewed(&self) {
        self.renewals.inc();
    }

    /// Somebody else has ended it.
    pub fn lost(&self) {
        self.losses.inc();
    }

    /// How much of it is left; nothing, if it isn't held.
    pub fn set(&self, remaining: Duration) {
        self.held.set(i64::from(!remaining.is_zero()));
        self.remaining.set(remaining.as_secs_f64());
    }
}
