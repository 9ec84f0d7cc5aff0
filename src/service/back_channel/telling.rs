//! A turn of one application: it is claimed, told what awaits it, one event after the other, and released.

use std::time::Duration;

use super::statement::Over;
use super::{BackChannel, CLAIM, TURN, pause};
use crate::metrics::CallEnd;
use crate::model::outbox::{Channel, Happening, OutboxEvent};
use crate::model::refusal::Stop;
use crate::store::database::{Awaiting, DeliveryClaim};

/// How many events are read at once.
const BATCH: u64 = 64;

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TurnEnd {
    /// All is told, or others wait.
    Over,
    /// It can't be told now.
    Failed,
}

/// How a call ended.
enum Answer {
    Taken,
    /// It wants no such token, and would want it as little again (section 2.8 of the standard).
    Refused,
    Failed(String),
}

impl BackChannel {
    pub(super) async fn tell(&self, one: Awaiting) {
        // What fails here is the database: the claim runs out by itself, and whoever comes next repeats
        // what was told and is still there.
        if let Err(error) = self.tell_in_turn(&one).await {
            let (client_id, error) = (&one.client_id, &error as &dyn std::error::Error);
            tracing::warn!(client_id, error, "could not tell of logouts");
        }
    }

    async fn tell_in_turn(&self, one: &Awaiting) -> Result<(), Stop> {
        let begun_at = self.0.clock.boot();
        let tables = self.0.database.tables();
        let (_, now) = tables.issuing_point().await?;
        let claim = DeliveryClaim {
            application: one.application,
            process: self.0.process,
            now,
            until: now + CLAIM,
        };
        if !tables.claim_delivery(claim).await? {
            return Ok(());
        }
        let mut failures = one.failures;
        let mut end = self.tell_all(one, &mut failures, begun_at).await?;
        // The pause is for the one that failed.
        let now_is = tables.application(one.application).await?;
        if now_is.is_none_or(|now| now.backchannel_logout_uri.as_ref() != Some(&one.uri)) {
            (end, failures) = (TurnEnd::Over, 0);
        }
        let pause = (end == TurnEnd::Failed).then(|| pause::after(failures));
        let retry_at = pause.map(|pause| now + self.since(begun_at) + pause);
        let release = tables.release_delivery(one.application, self.0.process, failures, retry_at);
        Ok(release.await?)
    }

    async fn tell_all(
        &self,
        one: &Awaiting,
        failures: &mut u32,
        begun_at: Duration,
    ) -> Result<TurnEnd, Stop> {
        let (application, channel) = (one.application, Channel::Logout);
        loop {
            let tables = self.0.database.tables();
            let events = tables.outbox(application, channel, BATCH).await?;
            if events.is_empty() {
                return Ok(TurnEnd::Over);
            }
            for event in events {
                let is_over = self.since(begun_at) > TURN || self.0.closing.is_cancelled();
                // Whoever has the address by now is told nothing more.
                if is_over || !self.is_at(one) {
                    return Ok(TurnEnd::Over);
                }
                let answer = self.tell_of(one, &event).await;
                if !self.heed(one, &event, &answer, *failures) {
                    *failures = failures.saturating_add(1);
                    return Ok(TurnEnd::Failed);
                }
                *failures = 0;
                let told = [event.id];
                tables
                    .delete_from_outbox(application, channel, &told)
                    .await?;
            }
        }
    }

    /// Whether the application is still to be called there, as far as this process knows.
    fn is_at(&self, one: &Awaiting) -> bool {
        let known = self.0.registry.find(one.application);
        known.is_some_and(|known| known.backchannel_logout_uri.as_ref() == Some(&one.uri))
    }

    async fn tell_of(&self, one: &Awaiting, event: &OutboxEvent) -> Answer {
        // Nothing else goes this way.
        let Happening::SessionRevoked { session, user, .. } = event.happening else {
            return Answer::Taken;
        };
        let form = self.form(Over {
            client_id: &one.client_id,
            event: event.id,
            user,
            session,
        });
        match self.0.poster.post(&one.uri, form).await {
            Ok(200..=299) => Answer::Taken,
            Ok(400) => Answer::Refused,
            Ok(status) => Answer::Failed(format!("it answers {status}")),
            Err(error) => Answer::Failed(chain(&error)),
        }
    }

    /// Counts it, and tells the operator of what is new; whether the next one may be told.
    fn heed(&self, one: &Awaiting, event: &OutboxEvent, answer: &Answer, failures: u32) -> bool {
        let client_id = &one.client_id;
        let calls = &self.0.metrics.back_channel;
        match answer {
            Answer::Failed(why) => {
                calls.ended(CallEnd::Failed);
                if failures == 0 {
                    tracing::warn!(
                        client_id,
                        why,
                        "can't be told of logouts; tried again until it can"
                    );
                }
                return false;
            }
            Answer::Taken => calls.ended(CallEnd::Delivered),
            Answer::Refused => {
                calls.ended(CallEnd::Refused);
                tracing::warn!(client_id, jti = %event.id, "refused a logout token (400): it is not told again");
            }
        }
        if failures > 0 {
            tracing::info!(client_id, failures, "is told of logouts again");
        }
        true
    }

    fn since(&self, begun_at: Duration) -> Duration {
        self.0.clock.boot().saturating_sub(begun_at)
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
