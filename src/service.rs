//! What the server does: one file is one thing. A part calls only those above it.

pub mod access;
pub mod accounts;
pub mod applications;
pub mod back_channel;
pub mod clients;
pub mod credentials;
pub mod directory;
pub mod event_streams;
pub mod feed;
pub mod keys;
pub mod limits;
pub mod outbox;
mod places;
pub mod registry;
pub mod revocation;
pub mod session_events;
pub mod sessions;
pub mod tokens;

use std::sync::Arc;

use self::access::Access;
use self::accounts::Accounts;
use self::applications::Applications;
use self::back_channel::BackChannel;
use self::clients::Clients;
use self::credentials::Credentials;
use self::directory::Directory;
use self::event_streams::EventStreams;
use self::feed::Feed;
use self::keys::Keys;
use self::limits::Limits;
use self::outbox::Outbox;
use self::registry::Registry;
use self::revocation::Revocations;
use self::session_events::SessionEvents;
use self::sessions::Sessions;
use crate::config::Config;
use crate::metrics::{Metrics, Pool};
use crate::model::refusal::Stop;
use crate::store::database::Database;
use crate::store::redis::Redis;

/// Everything that the layers above may ask for.
pub struct Services {
    pub settings: Config,
    pub metrics: Arc<Metrics>,
    pub(crate) database: Database,
    pub(crate) redis: Option<Redis>,
    pub(crate) credentials: Credentials,
    pub limits: Limits,
    pub keys: Keys,
    pub registry: Registry,
    pub revocations: Revocations,
    pub session_events: SessionEvents,
    pub sessions: Sessions,
    pub accounts: Accounts,
    pub access: Access,
    pub applications: Applications,
    pub directory: Directory,
    pub clients: Clients,
    pub feed: Feed,
    pub outbox: Outbox,
    pub back_channel: BackChannel,
    pub event_streams: EventStreams,
}

impl Services {
    /// Whether the stores answer, and the index can be trusted.
    pub async fn ready(&self) -> Result<(), Stop> {
        self.database.ping().await?;
        self.revocations.ready()
    }

    /// Looks at what is measured by looking: to be called before the instruments are read.
    pub fn measure(&self) {
        self.revocations.measure();
        self.credentials.measure();
        let [database, follower] = self.database.pools();
        self.metrics.pools.set(Pool::Database, database);
        self.metrics.pools.set(Pool::Follower, follower);
        if let Some(redis) = &self.redis {
            self.metrics.pools.set(Pool::Redis, redis.pool());
        }
    }

    /// Closes the stores.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
