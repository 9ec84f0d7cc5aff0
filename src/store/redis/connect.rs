//! Connections to Redis: a few shared ones for the hot path, a pool for the rest.

use std::time::Duration;

use deadpool_redis::{Manager, Pool, Runtime};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo as _, RedisError};

use crate::config;
use crate::metrics::PoolUse;

/// How many attempts at a lost connection before its waiters are told; it is tried again at
/// their next command.
const RECONNECT_ATTEMPTS: usize = 1;

/// How to reach one Redis.
#[derive(Clone)]
pub struct Redis {
    /// A multiplexed connection that pipelines what its clones send: a checkout from the pool
    /// would PING, and hold the connection for one user at a time.
    pub(super) shared: ConnectionManager,
    pub(super) pool: Pool,
    /// The bound of one command, waiting for a connection included.
    pub(super) timeout: Duration,
}

/// The URL is not one of a Redis.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadUrl(#[from] RedisError);

/// Prepares connections; they are made when first used, so that a Redis that is away now is only
/// an outage.
pub fn connect(url: &str, settings: &config::Redis) -> Result<Redis, BadUrl> {
    let timeout = Duration::from_millis(settings.timeout_milliseconds);
    let info: ConnectionInfo = url.into_connection_info()?;
    // Off by default in redis-rs: Nagle's algorithm would hold small commands back.
    let info = info.set_tcp_settings(TcpSettings::default().set_nodelay(true));
    let shared = ConnectionManager::new_lazy_with_config(
        Client::open(info.clone())?,
        ConnectionManagerConfig::new()
            .set_number_of_retries(RECONNECT_ATTEMPTS)
            .set_max_delay(timeout)
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout)),
    )?;
    let pooled = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(timeout))
        .set_response_timeout(Some(timeout));
    let pool = Pool::builder(Manager::new_with_config(info, pooled)?)
        .max_size(settings.pool_size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(timeout))
        .create_timeout(Some(timeout))
        .recycle_timeout(Some(timeout))
        .build()
        .expect("a pool with a runtime is complete");
    Ok(Redis {
        shared,
        pool,
        timeout,
    })
}

impl Redis {
    /// How the pool is used.
    #[must_use]
    pub fn pool(&self) -> PoolUse {
        let status = self.pool.status();
        PoolUse {
            limit: status.max_size,
            open: status.size,
            idle: status.available,
            waiting: Some(status.waiting),
        }
    }
}
