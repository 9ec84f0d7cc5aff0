//! Questions about tokens that we can't judge ourselves (RFC 7662), a bounded number at once.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::answer::Reason;
use crate::refusal::Refusal;
use crate::server::Server;
use crate::token::Token;

/// How many at once: no more than the server answers one process at once.
const MAXIMUM_AT_ONCE: usize = 32;

/// How many wait for their turn.
const MAXIMUM_WAITING: usize = 512;

/// Who asks.
pub(crate) struct Questions {
    at_once: Semaphore,
    waiting: Semaphore,
    /// How long one waits for its turn.
    patience: Duration,
}

impl Questions {
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            at_once: Semaphore::new(MAXIMUM_AT_ONCE),
            waiting: Semaphore::new(MAXIMUM_WAITING),
            patience,
        }
    }

    /// Whether the server takes it. That it can't be asked is no no.
    pub(crate) async fn ask(
        &self,
        server: &Server,
        text: &str,
        token: &Token,
    ) -> Result<(), Refusal> {
        let unavailable = |_| Refusal::Unavailable;
        let waiting = self.waiting.try_acquire().map_err(unavailable)?;
        let turn = timeout(self.patience, self.at_once.acquire()).await;
        let turn = turn.map_err(|_| Refusal::Unavailable)?;
        let _turn = turn.map_err(|_| Refusal::Unavailable)?;
        drop(waiting);
        let answer = server.introspect(text).await.map_err(|trouble| {
            tracing::debug!(%trouble, "a token can't be asked about");
            Refusal::Unavailable
        })?;
        match answer.jti {
            // It doesn't say why.
            _ if !answer.active => Err(Refusal::Ended(Reason::Revoked)),
            Some(jti) if jti != token.claims.jti => Err(Refusal::Unavailable),
            _ => Ok(()),
        }
    }
}
