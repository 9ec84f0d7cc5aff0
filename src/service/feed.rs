//! The feed: sub-systems hear of each revocation that concerns them, in the ledger's order, from
//! wherever they stopped listening.

mod batch;
mod follower;
mod reader;
mod window;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use self::batch::Batch;
pub use self::follower::Follower;

use self::window::Window;
use super::clients::ConfidentialClient;
use super::places::Places;
use super::registry::Registry;
use super::revocation::{Revocations, Turns};
use super::sessions::Foundations;
use crate::config::Feed as Settings;
use crate::metrics::Metrics;
use crate::model::id::LedgerId;
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::Position;
use crate::store::database::Database;

/// How many read from the ledger at once what the others were told before: the rest of the
/// database's connections is for people.
const PAGES_AT_ONCE: usize = 2;

/// How long the ledger may take to be read, for somebody who begins to follow.
const PATIENCE: Duration = Duration::from_secs(3);

/// The revocations, for those who follow them.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

struct Inner {
    database: Database,
    registry: Registry,
    revocations: Revocations,
    metrics: Arc<Metrics>,
    heartbeat: Duration,
    /// What was read last, while somebody follows.
    window: watch::Sender<Option<Arc<Window>>>,
    /// Somebody wants the ledger to be read now.
    wanted: Notify,
    places: Arc<Places>,
    pages: Turns,
    closing: CancellationToken,
}

/// Where a follower stopped listening; all of it may be unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since {
    pub ledger: Option<LedgerId>,
    pub position: Option<Position>,
}

/// Why somebody can't follow.
#[derive(Debug, thiserror::Error)]
pub enum NotFollowed {
    /// The position is none of this ledger.
    #[error("this position is none of this ledger's; begin without one")]
    NoSuchPosition,
    #[error(transparent)]
    Stop(#[from] Stop),
}

impl Feed {
    #[must_use]
    pub fn new(foundations: &Foundations, settings: &Settings) -> Self {
        let metrics = Arc::clone(&foundations.metrics);
        Self(Arc::new(Inner {
            database: foundations.database.clone(),
            registry: foundations.registry.clone(),
            revocations: foundations.revocations.clone(),
            places: Arc::new(Places::new(settings, metrics.feed.followers.clone())),
            metrics,
            heartbeat: Duration::from_secs(settings.heartbeat_seconds),
            window: watch::Sender::new(None),
            wanted: Notify::new(),
            // Each of them waits for one page at a time.
            pages: Turns::new(PAGES_AT_ONCE, settings.max_followers),
            closing: CancellationToken::new(),
        }))
    }

    /// Begins to follow from there, or from the beginning. Whether there is such a position, the
    /// ledger itself is asked: this process may be behind another one.
    pub async fn follow(
        &self,
        client: &ConfidentialClient,
        since: Since,
        patience: Duration,
    ) -> Result<Follower, NotFollowed> {
        let application = client.shared();
        let place = self.0.places.take(application.id).map_err(Stop::from)?;
        let windows = self.0.window.subscribe();
        let window = self.read_now(windows.clone(), patience.max(PATIENCE));
        let window = window.await.map_err(Stop::from)?;
        let is_ours = since.ledger.is_none_or(|ledger| ledger == window.ledger);
        let is_there = since.position <= Some(window.position);
        if !is_ours || !is_there {
            return Err(NotFollowed::NoSuchPosition);
        }
        Ok(Follower::new(
            self.clone(),
            (application, place),
            (window.ledger, since.position),
            windows,
        ))
    }

    /// Ends all streams, and lets nobody who waits to be told something wait any longer.
    pub fn close(&self) {
        self.0.closing.cancel();
    }

    /// When that was done.
    #[must_use]
    pub fn closing(&self) -> CancellationToken {
        self.0.closing.clone()
    }

    /// What the ledger has now: a reading that was begun after this was called.
    async fn read_now(
        &self,
        mut windows: watch::Receiver<Option<Arc<Window>>>,
        patience: Duration,
    ) -> Result<Arc<Window>, Refusal> {
        let asked_at = Instant::now();
        self.0.wanted.notify_one();
        let is_new = |window: &Option<Arc<Window>>| {
            window.as_ref().is_some_and(|it| it.begun_at >= asked_at)
        };
        let read = tokio::select! {
            read = windows.wait_for(is_new) => read.ok().and_then(|window| window.clone()),
            () = tokio::time::sleep(patience) => None,
            () = self.0.closing.cancelled() => None,
        };
        read.ok_or(Refusal::StoreUnavailable)
    }
}
