//! Where commands go: to one server, or to whichever is the master.

use std::sync::Arc;

use deadpool_redis::{Connection, PoolError, Status};
use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisError, RedisFuture, Value};

use super::advice::with_advice;
use super::link::Link;
use super::master::Master;

#[derive(Clone)]
pub(super) enum Place {
    Fixed(Link),
    Watched(Arc<Master>),
}

/// A connection that everybody shares.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Place);

/// Connections for one user at a time.
#[derive(Clone)]
pub(super) struct Pool(pub(super) Place);

/// There is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreached {
    #[error("nobody says where the master is: {}", with_advice(.0))]
    Nowhere(RedisError),
    #[error("{}", with_advice(.0))]
    Failed(RedisError),
    #[error(transparent)]
    Pool(PoolError),
}

impl From<PoolError> for Unreached {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Self::Failed(error),
            error => Self::Pool(error),
        }
    }
}

impl Pool {
    pub(super) async fn get(&self) -> Result<Connection, Unreached> {
        let pool = match &self.0 {
            Place::Fixed(link) => link.pool.clone(),
            Place::Watched(master) => master.link().await.map_err(Unreached::Nowhere)?.pool,
        };
        Ok(pool.get().await?)
    }

    /// `None` while nobody knows where the master is.
    pub(super) fn status(&self) -> Option<Status> {
        match &self.0 {
            Place::Fixed(link) => Some(link.pool.status()),
            Place::Watched(master) => master.known().map(|link| link.pool.status()),
        }
    }
}

impl ConnectionLike for Shared {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match &mut self.0 {
            Place::Fixed(link) => link.shared.req_packed_command(command),
            Place::Watched(master) => Box::pin(async move {
                let mut link = master.link().await?;
                link.shared.req_packed_command(command).await
            }),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match &mut self.0 {
            Place::Fixed(link) => link.shared.req_packed_commands(pipeline, offset, count),
            Place::Watched(master) => Box::pin(async move {
                let mut link = master.link().await?;
                let commands = link.shared.req_packed_commands(pipeline, offset, count);
                commands.await
            }),
        }
    }

    fn get_db(&self) -> i64 {
        match &self.0 {
            Place::Fixed(link) => link.shared.get_db(),
            Place::Watched(master) => master.number(),
        }
    }
}
