//! Those who follow the revocations, and what they are told.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::register::named;

/// The feed of this process.
#[derive(Clone, Debug)]
pub struct Feed {
    pub followers: Followers,
    told: Counter,
}

/// Those that wait to be told something, now.
#[derive(Clone, Debug)]
pub struct Followers(pub(super) Gauge);

/// One of them, that is there until this is dropped.
#[derive(Debug)]
pub struct Followed(Gauge);

impl Feed {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            followers: Followers(named(
                registry,
                "feed_followers",
                "Sub-systems that follow the revocations now",
                Gauge::default(),
            )),
            told: named(
                registry,
                "feed_told",
                "Revocations that followers were told of, each as often as it was told",
                Counter::default(),
            ),
        }
    }

    /// A follower was told so many.
    pub fn told(&self, revocations: usize) {
        self.told
            .inc_by(u64::try_from(revocations).unwrap_or(u64::MAX));
    }
}

impl Followers {
    /// Somebody has begun to wait.
    #[must_use]
    pub fn followed(&self) -> Followed {
        self.0.inc();
        Followed(self.0.clone())
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.0.dec();
    }
}
