//! Questions about tokens that we can't judge ourselves (RFC 7662), a bounded number at once.

use std::time::Duration;

use hyper::StatusCode;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::answer::Reason;
use crate::client::Trouble;
use crate::refusal::Refusal;
use crate::server::{Introspected, Server};
use crate::silence::Silence;
use crate::token::Token;

/// How many at once: no more than the server answers one process at once.
const MAXIMUM_AT_ONCE: usize = 32;

/// How many wait for their turn.
const MAXIMUM_WAITING: usize = 512;

/// How long nothing is asked of a server that doesn't know us: each wrong secret is a guess, which it counts.
const PAUSE: Duration = Duration::from_secs(5);

/// Who asks.
pub(crate) struct Questions {
    at_once: Semaphore,
    waiting: Semaphore,
    /// How long one waits for its turn.
    patience: Duration,
    silence: Silence,
}

impl Questions {
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            at_once: Semaphore::new(MAXIMUM_AT_ONCE),
            waiting: Semaphore::new(MAXIMUM_WAITING),
            patience,
            silence: Silence::default(),
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
        // Who would have to wait for an answer that doesn't come is told so at once.
        if self.silence.reigns() {
            return Err(Refusal::Unavailable);
        }
        let waiting = self.waiting.try_acquire().map_err(unavailable)?;
        let turn = timeout(self.patience, self.at_once.acquire()).await;
        let turn = turn.map_err(|_| Refusal::Unavailable)?;
        let _turn = turn.map_err(|_| Refusal::Unavailable)?;
        drop(waiting);
        let answer = self.answer(server, text).await?;
        match answer.jti {
            // It doesn't say why.
            _ if !answer.active => Err(Refusal::Ended(Reason::Revoked)),
            Some(jti) if jti != token.claims.jti => Err(Refusal::Unavailable),
            _ => Ok(()),
        }
    }

    async fn answer(&self, server: &Server, text: &str) -> Result<Introspected, Refusal> {
        let attempt = self.silence.try_now().ok_or(Refusal::Unavailable)?;
        let answer = server.introspect(text).await;
        if let Err(Trouble::TimedOut) = &answer {
            self.silence.timed_out(attempt);
        } else {
            self.silence.answered();
        }
        answer.map_err(|trouble| {
            tracing::debug!(%trouble, "a token can't be asked about");
            self.mind(&trouble);
            Refusal::Unavailable
        })
    }

    /// Leaves a server alone that doesn't take our secret, or has heard enough.
    fn mind(&self, trouble: &Trouble) {
        if let Trouble::Refused {
            status: StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS,
            retry_after,
        } = trouble
        {
            self.silence
                .pause(retry_after.unwrap_or_default().max(PAUSE));
        }
    }
}
