//! The process itself, under the names that all programs use.

use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use time::OffsetDateTime;

pub(super) fn register(registry: &mut Registry, started_at: OffsetDateTime) {
    registry.register_with_unit(
        "process_start_time",
        "When the server was started, since 1970-01-01",
        Unit::Seconds,
        ConstGauge::new(started_at.unix_timestamp()),
    );
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    registry.register("cardea_build", "What was built", Info::new(version));
}
