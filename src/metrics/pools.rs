//! The pools of connections to the stores.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::label::{By, Label};
use super::register::named;

/// Whose connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    Database,
    /// Those to the database that only follow the ledger.
    Follower,
    /// But for the shared ones, that tokens are checked over.
    Redis,
}

impl Label for Pool {
    const NAME: &'static str = "pool";
    const ALL: &'static [Self] = &[Self::Database, Self::Follower, Self::Redis];

    fn value(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Follower => "follower",
            Self::Redis => "redis",
        }
    }
}

/// How a pool is used.
#[derive(Clone, Copy, Debug)]
pub struct PoolUse {
    /// Connections that it may have.
    pub limit: usize,
    /// Those that are open.
    pub open: usize,
    /// Those of them that nobody uses.
    pub idle: usize,
    /// How many wait for one, if the pool tells.
    pub waiting: Option<usize>,
}

/// All pools.
#[derive(Debug)]
pub struct Pools {
    limits: By<Pool, Gauge>,
    open: By<Pool, Gauge>,
    idle: By<Pool, Gauge>,
    waiting: Gauge,
}

impl Pools {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let waiting = named(
            registry,
            "pool_redis_waiting",
            "Requests that wait for a connection of the pool to Redis",
            Gauge::default(),
        );
        let mut gauge = |name, help| named(registry, name, help, By::new(Gauge::default));
        Self {
            limits: gauge(
                "pool_limit_connections",
                "Connections that a pool may have; 0: there is none",
            ),
            open: gauge("pool_open_connections", "Connections that are open"),
            idle: gauge("pool_idle_connections", "Connections that nobody uses"),
            waiting,
        }
    }

    pub fn set(&self, pool: Pool, usage: PoolUse) {
        for (gauges, number) in [
            (&self.limits, usage.limit),
            (&self.open, usage.open),
            (&self.idle, usage.idle),
        ] {
            gauges.of(pool).set(signed(number));
        }
        if let Some(waiting) = usage.waiting {
            self.waiting.set(signed(waiting));
        }
    }
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
