//! The keys as they were read last, and looks at the server for new ones.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::client::Trouble;
use crate::keys::{Key, KeySet};
use crate::refusal::Refusal;
use crate::server::Server;

/// However many tokens name keys that nobody knows, the server is asked this often.
const SPACING: Duration = Duration::from_secs(2);

/// How long a token waits for a look: until the next one may begin, and until it is over.
const WAIT: Duration = Duration::from_secs(4);

/// How many wait at once. The others are told to come back.
const MAXIMUM_WAITING: usize = 128;

/// How often we look unasked: a key is published before it signs.
const KEPT: Duration = Duration::from_mins(5);

/// How soon we look again when that failed.
const RETRY: Duration = Duration::from_secs(5);

/// The server's keys.
pub(crate) struct Keys {
    set: RwLock<Arc<KeySet>>,
    /// Held by the one who looks.
    looks: Mutex<Looks>,
    waiting: Semaphore,
}

/// When looks were begun.
#[derive(Default)]
struct Looks {
    last: Option<Instant>,
    last_good: Option<Instant>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self {
            set: RwLock::default(),
            looks: Mutex::default(),
            waiting: Semaphore::new(MAXIMUM_WAITING),
        }
    }

    /// The key of this `kid`. One that we don't know is a question for the server, which may have a
    /// new one: many ask, and few looks are made.
    pub(crate) async fn find(
        &self,
        kid: &str,
        server: &Server,
    ) -> Result<Option<Arc<Key>>, Refusal> {
        if let Some(key) = self.set().find(kid) {
            return Ok(Some(key));
        }
        let _permit = self
            .waiting
            .try_acquire()
            .map_err(|_| Refusal::Unavailable)?;
        match timeout(WAIT, self.look(server, Some(kid))).await {
            Ok(Ok(())) => Ok(self.set().find(kid)),
            Ok(Err(_)) | Err(_) => Err(Refusal::Unavailable),
        }
    }

    /// Looks now and then, for as long as it is polled.
    pub(crate) async fn keep(&self, server: &Server) {
        loop {
            let pause = match self.look(server, None).await {
                Ok(()) => KEPT,
                Err(trouble) => {
                    tracing::warn!(%trouble, "the keys of access tokens can't be read");
                    RETRY
                }
            };
            sleep(pause).await;
        }
    }

    /// A look that is begun after this was called, whoever makes it; an earlier one will do if it
    /// found the key that is looked for.
    async fn look(&self, server: &Server, wanted: Option<&str>) -> Result<(), Trouble> {
        let asked_at = Instant::now();
        let mut looks = self.looks.lock().await;
        let is_found = wanted.is_some_and(|kid| self.set().find(kid).is_some());
        if is_found || looks.last_good.is_some_and(|begun_at| begun_at >= asked_at) {
            return Ok(());
        }
        if let Some(last) = looks.last {
            sleep_until(last + SPACING).await;
        }
        let begun_at = Instant::now();
        looks.last = Some(begun_at);
        let set = KeySet::of(&server.keys().await?);
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
        looks.last_good = Some(begun_at);
        Ok(())
    }

    fn set(&self) -> Arc<KeySet> {
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&set)
    }
}
