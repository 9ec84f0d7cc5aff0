//! One look for all who wait: for whom something may have come, looks for itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::watch::{self, Receiver, Sender};
use tokio::time::Instant;

use super::EventStreams;
use crate::model::id::StreamId;

/// How often it is looked at the least: not all that is told moves the ledger.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How often it is looked at the most, however many log out.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) struct Lookout {
    sightings: Sender<Arc<Sighting>>,
    joined: Notify,
}

/// What one look found.
enum Sighting {
    /// All streams, and whether something is to be fetched from each.
    Seen(HashMap<StreamId, bool>),
    /// The store could not be asked, or nothing was looked at yet.
    Unknown,
}

/// One who waits, or is about to.
pub(super) struct Waiting(Receiver<Arc<Sighting>>);

impl Lookout {
    pub(super) fn new() -> Self {
        Self {
            sightings: Sender::new(Arc::new(Sighting::Unknown)),
            joined: Notify::new(),
        }
    }

    /// From before the own look on, or what comes between that and the wait is missed.
    pub(super) fn watch(&self) -> Waiting {
        Waiting(self.sightings.subscribe())
    }

    /// Somebody has taken a place, and waits from now on: what came before is looked for, too.
    pub(super) fn join(&self) {
        self.joined.notify_one();
    }
}

impl Waiting {
    /// What was seen until now is of no account.
    pub(super) fn look_anew(&mut self) {
        self.0.mark_unchanged();
    }

    /// The next look for all; says whether this stream's application has reason to look for itself.
    pub(super) async fn next(&mut self, stream: StreamId) -> Result<bool, watch::error::RecvError> {
        self.0.changed().await?;
        Ok(self.0.borrow_and_update().concerns(stream))
    }
}

impl Sighting {
    /// Also if the stream is gone, or nothing is known: who asks is told so.
    fn concerns(&self, stream: StreamId) -> bool {
        match self {
            Self::Seen(streams) => streams.get(&stream).copied().unwrap_or(true),
            Self::Unknown => true,
        }
    }
}

impl EventStreams {
    /// Looks for all who wait, for as long as anybody does.
    pub async fn look_out(self) {
        let mut word = self.0.revocations.word();
        loop {
            while self.0.places.are_empty() {
                self.0.lookout.joined.notified().await;
            }
            word.mark_unchanged();
            let looked_at = Instant::now();
            let sighting = self.look_for_all().await;
            self.0.lookout.sightings.send_replace(Arc::new(sighting));
            tokio::select! {
                _ = word.changed() => {}
                () = tokio::time::sleep_until(looked_at + LOOK_AGAIN) => {}
            }
            tokio::time::sleep_until(looked_at + PAUSE).await;
        }
    }

    async fn look_for_all(&self) -> Sighting {
        let looking = self.in_turn(async { Ok(self.0.database.tables().awaited().await?) });
        match looking.await {
            Ok(streams) => Sighting::Seen(streams.into_iter().collect()),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "could not look for those who wait for events");
                // Each of them looks for itself then, and is told why it can't.
                Sighting::Unknown
            }
        }
    }
}
