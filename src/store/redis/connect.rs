//! How to reach Redis: one server by its address, or whichever of several is the master.

use std::time::Duration;

use deadpool_redis::Status;
use redis::io::tcp::TcpSettings;
use redis::{ConnectionInfo, IntoConnectionInfo as _, RedisError};
use secrecy::ExposeSecret as _;

use super::link::Link;
use super::master::Master;
use super::place::{Place, Pool, Shared};
use super::sentinels::Sentinels;
use crate::config;
use crate::metrics::PoolUse;

/// How to reach one Redis.
#[derive(Clone)]
pub struct Redis {
    pub(super) shared: Shared,
    pub(super) pool: Pool,
    /// The bound of one command, waiting for a connection included.
    pub(super) timeout: Duration,
    /// The number of the database that all connections are to.
    pub(super) database: i64,
}

/// The URL is not one of a Redis.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadUrl(#[from] RedisError);

/// Prepares connections; they are made when first used, so that a Redis that is away now is only
/// an outage.
///
/// Where there are sentinels, the URL's host is the name that they know the master by. A task asks
/// them which server that is, for as long as anybody has the connections.
pub fn connect(url: &str, settings: &config::Redis) -> Result<Redis, BadUrl> {
    let info = parse(url)?;
    let database = info.redis_settings().db();
    let place = if settings.sentinels.is_empty() {
        Place::Fixed(Link::to(info, settings)?)
    } else {
        let sentinels = settings.sentinels.iter();
        let sentinels = sentinels.map(|url| parse(url.expose_secret()));
        let sentinels: Vec<_> = sentinels.collect::<Result<_, _>>()?;
        let timeout = Duration::from_millis(settings.timeout_milliseconds);
        let sentinels = Sentinels::new(sentinels, info.addr(), timeout)?;
        Place::Watched(Master::watch(sentinels, info, settings.clone()))
    };
    Ok(Redis {
        shared: Shared(place.clone()),
        pool: Pool(place),
        timeout: Duration::from_millis(settings.timeout_milliseconds),
        database,
    })
}

fn parse(url: &str) -> Result<ConnectionInfo, RedisError> {
    // Off by default in redis-rs: Nagle's algorithm would hold small commands back.
    let settings = TcpSettings::default().set_nodelay(true);
    Ok(url.into_connection_info()?.set_tcp_settings(settings))
}

impl Redis {
    /// How the pool is used.
    #[must_use]
    pub fn pool(&self) -> PoolUse {
        let status = self.pool.status();
        let count = |of: fn(&Status) -> usize| status.as_ref().map_or(0, of);
        PoolUse {
            limit: count(|status| status.max_size),
            open: count(|status| status.size),
            idle: count(|status| status.available),
            waiting: Some(count(|status| status.waiting)),
        }
    }
}
