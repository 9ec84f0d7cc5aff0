//! Word of sessions that start and end, for whoever follows a user's: each event once, in order,
//! from whichever process it came. Who can't be told any more is told so by the end.

mod followers;
mod told;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use self::followers::Followers;
use super::registry::Registry;
use super::revocation::Revocations;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::id::UserId;
use crate::model::refusal::Refusal;
use crate::model::session_event::SessionEvent;
use crate::store::database::Database;

/// How many statements, each within the database's time-out, may lie between a session's own time and
/// its commit; and what clocks may be apart.
const STATEMENTS: u32 = 10;
const CLOCKS: Duration = Duration::from_secs(10);

/// What happens to users' sessions. Nothing is looked for while nobody follows.
#[derive(Clone)]
pub struct SessionEvents(Arc<Inner>);

struct Inner {
    database: Database,
    registry: Registry,
    revocations: Revocations,
    clock: Clock,
    /// How far each look goes back behind the one before: what was committed late is found, and
    /// what was told is known.
    overlap: Duration,
    /// How long followers wait while nothing can be found out.
    patience: Duration,
    followers: Mutex<Followers>,
    /// There is something to look for.
    call: Notify,
}

/// The events of one user's sessions, from when this was made.
pub struct Following(mpsc::Receiver<Arc<SessionEvent>>);

impl Following {
    /// The next event. `None`: what came after could not be told, for the database was silent for
    /// too long, or too much happened before it was asked for.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arc<SessionEvent>>> {
        self.0.poll_recv(cx)
    }
}

impl SessionEvents {
    #[must_use]
    pub fn new(
        database: Database,
        registry: Registry,
        revocations: Revocations,
        clock: Clock,
        settings: &Config,
    ) -> Self {
        let statement = Duration::from_millis(settings.database.timeout_milliseconds);
        Self(Arc::new(Inner {
            database,
            registry,
            revocations,
            clock,
            overlap: statement * STATEMENTS + CLOCKS,
            patience: Duration::from_secs(settings.http.request_timeout_seconds),
            followers: Mutex::default(),
            call: Notify::new(),
        }))
    }

    /// Follows what happens to a user's sessions from when this returns.
    pub async fn follow(&self, user: UserId) -> Result<Following, Refusal> {
        let (events, is_ready) = self.followers().add(user);
        self.0.call.notify_one();
        match tokio::time::timeout(self.0.patience, is_ready).await {
            Ok(Ok(())) => Ok(Following(events)),
            Ok(Err(_)) | Err(_) => Err(Refusal::StoreUnavailable),
        }
    }

    /// Has it looked for at once: this process has committed something that the ledger does not tell.
    pub fn look_soon(&self) {
        self.0.call.notify_one();
    }

    fn followers(&self) -> MutexGuard<'_, Followers> {
        let followers = self.0.followers.lock();
        followers.unwrap_or_else(PoisonError::into_inner)
    }
}
