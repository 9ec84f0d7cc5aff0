//! Telling applications of the end of each session (`OpenID` Connect Back-Channel Logout 1.0): each is
//! called by one process at a time, and hears everything in its order, however long it was away.

mod looking;
mod pause;
mod statement;
mod telling;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::keys::Keys;
use super::registry::Registry;
use super::revocation::Revocations;
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::model::id::ApplicationId;
use crate::outward::Poster;
use crate::store::database::Database;

/// How many are called at once: whoever hangs has a place for as long as it is waited for, and no longer.
const CALLED_AT_ONCE: usize = 32;

/// How long an application may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a process calls one application before others that wait have a turn.
const TURN: Duration = Duration::from_secs(10);

/// How long a claim holds of a process that died: longer than a turn, the last call of it included.
const CLAIM: Duration = Duration::from_secs(20);

/// How long the calls that are under way are waited for when the server ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// The calls to applications.
#[derive(Clone)]
pub struct BackChannel(Arc<Inner>);

struct Inner {
    database: Database,
    registry: Registry,
    revocations: Revocations,
    keys: Keys,
    clock: Clock,
    metrics: Arc<Metrics>,
    issuer: String,
    poster: Poster,
    /// Who claims.
    process: Uuid,
    places: Arc<Semaphore>,
    /// Those that this process calls now.
    called: Mutex<HashSet<ApplicationId>>,
    /// A place is free again, or there is more to tell.
    call: Notify,
    calls: TaskTracker,
    /// No call is begun any more.
    closing: CancellationToken,
    /// Nor waited for.
    ended: CancellationToken,
}

/// What the calls rest on.
pub struct Foundations {
    pub database: Database,
    pub registry: Registry,
    pub revocations: Revocations,
    pub keys: Keys,
    pub clock: Clock,
    pub metrics: Arc<Metrics>,
}

impl BackChannel {
    #[must_use]
    pub fn new(foundations: Foundations, issuer: String) -> Self {
        Self(Arc::new(Inner {
            database: foundations.database,
            registry: foundations.registry,
            revocations: foundations.revocations,
            keys: foundations.keys,
            clock: foundations.clock,
            metrics: foundations.metrics,
            issuer,
            poster: Poster::new(PATIENCE),
            process: Uuid::now_v7(),
            places: Arc::new(Semaphore::new(CALLED_AT_ONCE)),
            called: Mutex::default(),
            call: Notify::new(),
            calls: TaskTracker::new(),
            closing: CancellationToken::new(),
            ended: CancellationToken::new(),
        }))
    }

    /// Ends the calls, and lets another process make those that are left.
    pub async fn leave(&self) {
        self.0.closing.cancel();
        self.0.calls.close();
        let all = self.0.calls.wait();
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            self.0.ended.cancel();
            self.0.calls.wait().await;
            let release = self
                .0
                .database
                .tables()
                .release_deliveries(self.0.process)
                .await;
            if let Err(error) = release {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "the claims run out by themselves");
            }
        }
    }
}
