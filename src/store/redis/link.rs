//! Connections to one server: a shared one for the hot path, a pool for the rest.

use std::time::Duration;

use deadpool_redis::{Manager, Pool, Runtime};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, RedisError};

use crate::config;

/// How many attempts at a lost connection before its waiters are told; it is tried again at
/// their next command.
const RECONNECT_ATTEMPTS: usize = 1;

#[derive(Clone)]
pub(super) struct Link {
    /// A multiplexed connection that pipelines what its clones send: a checkout from the pool
    /// would PING, and hold the connection for one user at a time.
    pub(super) shared: ConnectionManager,
    pub(super) pool: Pool,
}

impl Link {
    /// Prepares connections; they are made when first used.
    pub(super) fn to(info: ConnectionInfo, settings: &config::Redis) -> Result<Self, RedisError> {
        let timeout = Duration::from_millis(settings.timeout_milliseconds);
        let shared = shared(info.clone(), timeout)?;
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
        Ok(Self { shared, pool })
    }
}

/// A connection that is made when it is first used, and again when it was lost.
pub(super) fn shared(
    info: ConnectionInfo,
    timeout: Duration,
) -> Result<ConnectionManager, RedisError> {
    ConnectionManager::new_lazy_with_config(
        Client::open(info)?,
        ConnectionManagerConfig::new()
            .set_number_of_retries(RECONNECT_ATTEMPTS)
            .set_max_delay(timeout)
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout)),
    )
}
