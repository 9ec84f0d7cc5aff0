//! Giving an instrument its name.

use prometheus_client::registry::{Metric, Registry, Unit};

/// The instrument, which is told under this name from now on.
pub(super) fn named<M: Metric + Clone>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: M,
) -> M {
    registry.register(name, help, metric.clone());
    metric
}

/// The same for one that counts seconds: its name says so.
pub(super) fn in_seconds<M: Metric + Clone>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: M,
) -> M {
    registry.register_with_unit(name, help, Unit::Seconds, metric.clone());
    metric
}
