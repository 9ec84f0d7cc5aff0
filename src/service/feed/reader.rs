//! The one who reads the ledger for all followers of this process.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Feed;
use super::window::{ROWS, Reading, Window};
use crate::store::database::{StoreError, Stretch};

/// Between two readings: however many log out, and however many wait to hear of it, this is how
/// often each of them is told.
const PAUSE: Duration = Duration::from_millis(10);

impl Feed {
    /// Reads for ever: when the ledger was heard, and when somebody asks; and nothing while nobody follows.
    pub async fn read(self) {
        let mut word = self.0.revocations.word();
        loop {
            if self.0.places.are_empty() {
                self.0.window.send_replace(None);
                self.0.wanted.notified().await;
            } else {
                tokio::select! {
                    () = self.0.wanted.notified() => {}
                    heard = word.changed() => if heard.is_err() { return },
                }
            }
            word.mark_unchanged();
            // An outage is told by whoever follows the ledger for the checks.
            if let Err(error) = self.read_once().await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "could not read the ledger for its followers");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn read_once(&self) -> Result<(), StoreError> {
        let begun_at = Instant::now();
        let tables = self.0.database.following();
        // First the name: of a ledger that is renamed meanwhile, nothing is told under the old one
        // that the new one lacks.
        let ledger = tables.index_state().await?.ledger;
        let head = tables.ledger_head().await?;
        let reading = Reading {
            ledger,
            position: head.position,
            swept: head.swept,
            time: head.time,
            begun_at,
        };
        let known = self.0.window.borrow().clone();
        let known = known.filter(|known| known.ledger == ledger);
        let next = match known {
            None => Window::at(reading),
            // A ledger that went back is not to be believed.
            Some(known) if known.position > reading.position => return Ok(()),
            Some(known) => self.follow_up(&known, reading).await?,
        };
        self.0.window.send_replace(Some(Arc::new(next)));
        Ok(())
    }

    async fn follow_up(&self, known: &Window, mut reading: Reading) -> Result<Window, StoreError> {
        if known.position == reading.position {
            return Ok(known.and(reading, Vec::new()));
        }
        let limit = ROWS as u64;
        let stretch = Stretch {
            after: known.position,
            until: reading.position,
            limit,
        };
        let tables = self.0.database.following();
        let rows = tables.ledger_stretch(stretch, None).await?;
        // More than is kept: whoever wants it reads it.
        if rows.len() as u64 == limit {
            return Ok(Window::at(reading));
        }
        // Positions leave no gaps: what is missing was swept, perhaps since the head was read.
        if (rows.len() as u64) < known.position.0.abs_diff(reading.position.0) {
            reading.swept = tables.ledger_head().await?.swept;
        }
        Ok(known.and(reading, rows))
    }
}
