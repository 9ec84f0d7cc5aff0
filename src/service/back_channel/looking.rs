//! Looking for applications that have something to hear: when the ledger was written to, and every
//! second, for what is marked as ended later moves no position.

use std::sync::PoisonError;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;

use super::{BackChannel, Inner};
use crate::model::id::ApplicationId;
use crate::model::refusal::Stop;
use crate::store::database::Awaiting;

/// Between two looks, if nothing is heard.
const INTERVAL: Duration = Duration::from_secs(1);

/// The least between two looks, whatever is heard.
const LEAST: Duration = Duration::from_millis(50);

/// An application that this process calls until this is dropped.
pub(super) struct Called {
    inner: std::sync::Arc<Inner>,
    application: ApplicationId,
    place: Option<OwnedSemaphorePermit>,
}

impl BackChannel {
    /// For ever, until [`Self::leave`].
    pub async fn call(self) {
        let mut word = self.0.revocations.word();
        let mut last = None;
        while !self.0.closing.is_cancelled() {
            let position = self.0.revocations.position();
            if let Err(error) = self.look(&mut last).await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "could not look for whom to call");
            }
            tokio::time::sleep(LEAST).await;
            tokio::select! {
                () = self.0.call.notified() => {}
                () = self.0.revocations.moved_from(&mut word, position) => {}
                () = tokio::time::sleep(INTERVAL) => {}
                () = self.0.closing.cancelled() => {}
            }
        }
    }

    /// Begins to call those that are not called yet, as far as there are places.
    async fn look(&self, last: &mut Option<ApplicationId>) -> Result<(), Stop> {
        // Where nobody wants to be called, nobody is asked.
        if !self.0.registry.calls_anybody() {
            self.0.metrics.back_channel.nothing_waits();
            return Ok(());
        }
        let tables = self.0.database.tables();
        let all = tables.awaiting_logouts().await?;
        let Some(first) = all.iter().map(|one| one.since).min() else {
            self.0.metrics.back_channel.nothing_waits();
            return Ok(());
        };
        let (_, now) = tables.issuing_point().await?;
        self.0.metrics.back_channel.waits(now - first);
        for one in in_turn(all, *last) {
            if !is_due(&one, now) {
                continue;
            }
            let Ok(place) = self.0.places.clone().try_acquire_owned() else {
                break;
            };
            let application = one.application;
            if let Some(called) = self.take(application, place) {
                *last = Some(application);
                self.begin(one, called);
            }
        }
        Ok(())
    }

    fn begin(&self, one: Awaiting, called: Called) {
        let channel = self.clone();
        let ended = self.0.ended.clone();
        self.0.calls.spawn(async move {
            ended.run_until_cancelled(channel.tell(one)).await;
            drop(called);
        });
    }

    /// `None`: it is called already.
    fn take(&self, application: ApplicationId, place: OwnedSemaphorePermit) -> Option<Called> {
        let is_new = self.0.called().insert(application);
        is_new.then(|| Called {
            inner: self.0.clone(),
            application,
            place: Some(place),
        })
    }
}

impl Inner {
    fn called(&self) -> std::sync::MutexGuard<'_, std::collections::HashSet<ApplicationId>> {
        self.called.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Called {
    fn drop(&mut self) {
        self.inner.called().remove(&self.application);
        // First the place, then the word of it.
        self.place = None;
        self.inner.call.notify_one();
    }
}

/// Those first that come after the one that was called last: if there are too few places, each has its turn.
fn in_turn(mut all: Vec<Awaiting>, last: Option<ApplicationId>) -> Vec<Awaiting> {
    all.sort_by_key(|one| one.application);
    let first = all.partition_point(|one| Some(one.application) <= last);
    all.rotate_left(first);
    all
}

fn is_due(one: &Awaiting, now: OffsetDateTime) -> bool {
    one.not_before.is_none_or(|time| time <= now)
}
