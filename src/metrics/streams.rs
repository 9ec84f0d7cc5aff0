//! The event streams that applications fetch.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::feed::Followers;
use super::register::named;

/// The event streams, as far as this process serves them.
#[derive(Clone, Debug)]
pub struct Streams {
    pub pollers: Followers,
    told: Counter,
    acknowledged: Counter,
    objected: Counter,
}

impl Streams {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let mut counter = |name, help| named(registry, name, help, Counter::default());
        Self {
            told: counter(
                "stream_events_told",
                "Events that were fetched, each as often as it was",
            ),
            acknowledged: counter(
                "stream_events_acknowledged",
                "Events that their application has taken, and that were forgotten",
            ),
            objected: counter(
                "stream_events_objected",
                "Events that their application could not make sense of",
            ),
            pollers: Followers(named(
                registry,
                "stream_pollers",
                "Requests for events that are under way now",
                Gauge::default(),
            )),
        }
    }

    /// So many were fetched.
    pub fn told(&self, events: usize) {
        self.told.inc_by(u64::try_from(events).unwrap_or(u64::MAX));
    }

    /// So many were taken.
    pub fn acknowledged(&self, events: u64) {
        self.acknowledged.inc_by(events);
    }

    /// One was not understood.
    pub fn objected(&self) {
        self.objected.inc();
    }
}
