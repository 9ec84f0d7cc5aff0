//! Event streams (Shared Signals Framework 1.0): what an application is told of, in security event
//! tokens that it fetches.

mod lookout;
mod manage;
mod poll;
mod token;
mod verify;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use self::poll::{NotPolled, Objection, Poll, Polled};
pub use self::verify::{MINIMUM_INTERVAL, Verified};
pub use crate::store::database::Extent;

use self::lookout::Lookout;
use super::clients::ConfidentialClient;
use super::feed::Feed;
use super::keys::Keys;
use super::places::Places;
use super::registry::Registry;
use super::revocation::{Revocations, Turns};
use super::sessions::Foundations;
use crate::clock::Clock;
use crate::config::Config;
use crate::metrics::Streams as Metrics;
use crate::model::event_stream::EventStream;
use crate::model::refusal::Stop;
use crate::store::database::Database;

/// How many look for events at once: the rest of the database's connections is for people.
const LOOKS_AT_ONCE: usize = 2;

/// The event streams of all applications.
#[derive(Clone)]
pub struct EventStreams(Arc<Inner>);

struct Inner {
    database: Database,
    registry: Registry,
    revocations: Revocations,
    keys: Keys,
    clock: Clock,
    issuer: String,
    metrics: Metrics,
    places: Arc<Places>,
    looks: Turns,
    lookout: Lookout,
    closing: CancellationToken,
}

impl EventStreams {
    #[must_use]
    pub fn new(foundations: &Foundations, keys: &Keys, feed: &Feed, config: &Config) -> Self {
        let metrics = foundations.metrics.streams.clone();
        Self(Arc::new(Inner {
            database: foundations.database.clone(),
            registry: foundations.registry.clone(),
            revocations: foundations.revocations.clone(),
            keys: keys.clone(),
            clock: foundations.clock.clone(),
            issuer: config.issuer(),
            places: Arc::new(Places::new(&config.feed, metrics.pollers.clone())),
            metrics,
            looks: Turns::new(LOOKS_AT_ONCE, config.feed.max_followers),
            lookout: Lookout::new(),
            closing: feed.closing(),
        }))
    }

    /// The application's stream, if it has one.
    pub async fn own(&self, client: &ConfidentialClient) -> Result<Option<EventStream>, Stop> {
        let tables = self.0.database.tables();
        Ok(tables.event_stream(client.shared().id).await?)
    }

    /// The application's stream, if that is its name. Of others' it is told nothing.
    pub async fn find(
        &self,
        client: &ConfidentialClient,
        id: &str,
    ) -> Result<Option<EventStream>, Stop> {
        let own = self.own(client).await?;
        Ok(own.filter(|stream| stream.id.to_string() == id))
    }
}
