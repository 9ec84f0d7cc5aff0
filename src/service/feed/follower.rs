//! Somebody who follows: what they have heard, and what they are told next.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Feed;
use super::batch::Batch;
use super::window::{TOLD_AT_ONCE, Window};
use crate::model::application::Application;
use crate::model::id::LedgerId;
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::Position;
use crate::service::places::Place;
use crate::store::database::Stretch;

/// How often a stream is told that only the position has moved.
const MOVED_EVENTS: Duration = Duration::from_millis(50);

/// How long an answer may wait, if only the position has moved.
const MOVED_ANSWERS: Duration = Duration::from_secs(1);

/// How long a page may take, with the wait for a turn: all others may come at the same time.
const PAGE: Duration = Duration::from_secs(20);

/// A follower, who has a place until this is dropped.
pub struct Follower {
    feed: Feed,
    application: Arc<Application>,
    ledger: LedgerId,
    /// Everything up to here was told; `None` before the first time.
    heard: Option<Position>,
    /// When, and by which reading.
    told: Option<Told>,
    windows: watch::Receiver<Option<Arc<Window>>>,
    _place: Place,
}

struct Told {
    at: Instant,
    reading: Instant,
}

impl Follower {
    pub(super) fn new(
        feed: Feed,
        (application, place): (Arc<Application>, Place),
        (ledger, heard): (LedgerId, Option<Position>),
        windows: watch::Receiver<Option<Arc<Window>>>,
    ) -> Self {
        Self {
            feed,
            application,
            ledger,
            heard,
            told: None,
            windows,
            _place: place,
        }
    }

    /// What is new, as soon as there is something, or at the end of the wait. Nothing new is told
    /// only if the ledger was read a moment ago.
    pub async fn poll(mut self, wait: Duration) -> Result<Arc<Batch>, Stop> {
        let end = Instant::now() + wait;
        let mut moved_at = None;
        loop {
            let window = self.window().ok_or(Refusal::StoreUnavailable)?;
            let batch = self.batch(&window).await?;
            if self.heard.is_none() || is_news(&batch) {
                return Ok(self.tell(batch, &window));
            }
            let now = Instant::now();
            let until = if Some(batch.position) > self.heard {
                end.min(*moved_at.get_or_insert(now) + MOVED_ANSWERS)
            } else {
                end
            };
            if now >= until || self.feed.0.closing.is_cancelled() {
                let is_recent = window.begun_at + self.feed.0.heartbeat >= now;
                let told = is_recent.then(|| self.tell(batch, &window));
                return Ok(told.ok_or(Refusal::StoreUnavailable)?);
            }
            self.sleep_until(until).await;
        }
    }

    /// What comes next in a stream, as soon as it is due; `None` if that is over.
    pub async fn next(&mut self) -> Option<Arc<Batch>> {
        loop {
            if self.is_over() {
                return None;
            }
            let window = self.window()?;
            let due_at = match self.batch(&window).await {
                Ok(batch) => {
                    let due_at = self.due_at(&batch, &window);
                    if due_at <= Instant::now() {
                        return Some(self.tell(batch, &window));
                    }
                    due_at
                }
                // Silence says that we don't know, until the next reading.
                Err(_) => Instant::now() + self.feed.0.heartbeat,
            };
            self.sleep_until(due_at).await;
        }
    }

    /// The newest reading, if it is of the ledger that this follower has heard.
    fn window(&mut self) -> Option<Arc<Window>> {
        let window = self.windows.borrow_and_update().clone();
        window.filter(|window| window.ledger == self.ledger)
    }

    /// What there is to tell, from memory or from the ledger.
    async fn batch(&self, window: &Window) -> Result<Arc<Batch>, Stop> {
        let after = self.heard.unwrap_or(Position::NOTHING);
        if let Some(batch) = window.batch(&self.application, after) {
            return Ok(batch);
        }
        let page = tokio::time::timeout(PAGE, self.page(window, after)).await;
        page.map_err(|_| Refusal::StoreUnavailable)?
    }

    async fn page(&self, window: &Window, after: Position) -> Result<Arc<Batch>, Stop> {
        let _turn = self.feed.0.pages.take().await?;
        // Somebody may have read it meanwhile.
        if let Some(batch) = window.batch(&self.application, after) {
            return Ok(batch);
        }
        let stretch = Stretch {
            after,
            until: window.position,
            limit: TOLD_AT_ONCE as u64,
        };
        let tables = self.feed.0.database.tables();
        let rows = tables.ledger_stretch(stretch, Some(self.application.id));
        let rows = rows.await?;
        let last = rows.last().filter(|_| rows.len() == TOLD_AT_ONCE);
        let end = last.map(|row| row.revocation.entry.position);
        let own = rows.iter().filter(|row| row.to.has(self.application.id));
        let own = own.map(|row| row.revocation).collect();
        let mut batch = window.told(&self.application, own, end);
        // After the rows: what was swept before they were read is missing in them.
        batch.swept = tables.ledger_head().await?.swept;
        Ok(window.share(after, batch))
    }

    /// When a stream is told this.
    fn due_at(&self, batch: &Batch, window: &Window) -> Instant {
        let now = Instant::now();
        let Some(told) = &self.told else { return now };
        if is_news(batch) {
            return now;
        }
        if Some(batch.position) > self.heard {
            return told.at + MOVED_EVENTS;
        }
        let heartbeat = self.feed.0.heartbeat;
        if window.begun_at > told.reading {
            told.at + heartbeat
        } else {
            // With the next reading, if there is one; if there is none, the application is looked at.
            now + heartbeat
        }
    }

    fn tell(&mut self, batch: Arc<Batch>, window: &Window) -> Arc<Batch> {
        self.heard = Some(batch.position);
        self.told = Some(Told {
            at: Instant::now(),
            reading: window.begun_at,
        });
        let told = batch.revocations.len();
        self.feed.0.metrics.feed.told(told);
        batch
    }

    /// Until then, or the next reading, or the end of all.
    async fn sleep_until(&mut self, time: Instant) {
        tokio::select! {
            _ = self.windows.changed() => {}
            () = tokio::time::sleep_until(time) => {}
            () = self.feed.0.closing.cancelled() => {}
        }
    }

    /// Whether the server stops, or whoever follows would not be let in any more.
    fn is_over(&self) -> bool {
        let now = self.feed.0.registry.find(self.application.id);
        let is_same =
            |now: &Arc<Application>| now.enabled && now.secret_hash == self.application.secret_hash;
        self.feed.0.closing.is_cancelled() || !now.as_ref().is_some_and(is_same)
    }
}

const fn is_news(batch: &Batch) -> bool {
    batch.is_more || !batch.revocations.is_empty()
}
