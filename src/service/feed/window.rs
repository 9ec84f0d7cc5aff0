//! The newest part of the ledger, as it was read last: most followers are told from here.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use time::OffsetDateTime;
use tokio::time::Instant;

use super::batch::Batch;
use crate::model::application::Application;
use crate::model::audience::Addressed;
use crate::model::id::{ApplicationId, LedgerId};
use crate::model::revocation::{Position, Revocation};
use crate::model::swept::Swept;
use crate::teeth::{Safeguard, lacks};

/// How many rows stay at hand. Who is further behind reads the ledger.
pub(super) const ROWS: usize = 4096;

/// How many revocations a follower is told at once.
pub(super) const TOLD_AT_ONCE: usize = 1000;

/// How many batches are kept for others, until the next reading: those who follow closely all want the
/// same few, and so do those who come at the same time.
const SHARED: usize = 64;

/// What one reading of the ledger came to, and what was at hand before. It never changes.
pub(super) struct Window {
    pub ledger: LedgerId,
    /// It holds whatever came after this.
    pub from: Position,
    /// The newest.
    pub position: Position,
    /// What was dropped of it.
    pub swept: Swept,
    /// When it was read, by the database's clock.
    pub time: OffsetDateTime,
    /// Before it was read.
    pub begun_at: Instant,
    /// Oldest first: what each reading found.
    found: VecDeque<Arc<[Addressed]>>,
    shared: Mutex<Shared>,
}

/// By application and position.
type Shared = HashMap<(ApplicationId, Position), Arc<Batch>>;

/// How the ledger stood when it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub ledger: LedgerId,
    pub position: Position,
    pub swept: Swept,
    pub time: OffsetDateTime,
    pub begun_at: Instant,
}

impl Window {
    /// Nothing is at hand yet.
    pub(super) fn at(reading: Reading) -> Self {
        Self {
            ledger: reading.ledger,
            from: reading.position,
            position: reading.position,
            swept: reading.swept,
            time: reading.time,
            begun_at: reading.begun_at,
            found: VecDeque::new(),
            shared: Mutex::default(),
        }
    }

    /// The next one: with the rows between this one's position and the reading's.
    pub(super) fn and(&self, reading: Reading, rows: Vec<Addressed>) -> Self {
        let mut next = Self::at(reading);
        next.from = self.from;
        next.found.clone_from(&self.found);
        if !rows.is_empty() {
            next.found.push_back(rows.into());
        }
        let mut count: usize = next.found.iter().map(|found| found.len()).sum();
        while count > ROWS {
            let Some(oldest) = next.found.pop_front() else {
                break;
            };
            count -= oldest.len();
            let last = oldest.last().map(|row| row.revocation.entry.position);
            next.from = last.unwrap_or(next.from);
        }
        next
    }

    /// What comes after a position for an application; `None`, if that isn't at hand any more.
    pub(super) fn batch(
        &self,
        application: &Arc<Application>,
        after: Position,
    ) -> Option<Arc<Batch>> {
        let key = (application.id, after);
        if let Some(batch) = self.shared().get(&key) {
            return Some(Arc::clone(batch));
        }
        if after < self.from {
            return None;
        }
        let rows = self.after(after).filter(|row| is_told(row));
        let own = rows.filter(|row| row.to.has(application.id));
        let own = own.map(|row| row.revocation);
        let mut own: Vec<_> = own.take(TOLD_AT_ONCE + 1).collect();
        let is_more = own.len() > TOLD_AT_ONCE;
        own.truncate(TOLD_AT_ONCE);
        let last = own.last().filter(|_| is_more);
        let end = last.map(|row| row.entry.position);
        Some(self.share(after, self.told(application, own, end)))
    }

    /// Keeps what comes after a position for others who ask the same.
    pub(super) fn share(&self, after: Position, batch: Batch) -> Arc<Batch> {
        let (key, batch) = ((batch.application.id, after), Arc::new(batch));
        let mut shared = self.shared();
        if shared.len() < SHARED {
            shared.insert(key, Arc::clone(&batch));
        }
        batch
    }

    /// A batch of these rows, which are all up to this window's position, or to `end` if there is more.
    pub(super) fn told(
        &self,
        application: &Arc<Application>,
        revocations: Vec<Revocation>,
        end: Option<Position>,
    ) -> Batch {
        Batch {
            ledger: self.ledger,
            position: end.unwrap_or(self.position),
            is_more: end.is_some(),
            swept: self.swept,
            time: self.time,
            application: Arc::clone(application),
            revocations,
            encoded: OnceLock::new(),
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn after(&self, position: Position) -> impl Iterator<Item = &Addressed> {
        let is_old = move |row: &Addressed| row.revocation.entry.position <= position;
        let is_past = move |found: &Arc<[Addressed]>| found.last().is_none_or(is_old);
        let first = self.found.partition_point(is_past);
        let found = self.found.range(first..).flat_map(|found| found.iter());
        found.skip_while(move |row| is_old(row))
    }
}

fn is_told(row: &Addressed) -> bool {
    let Position(position) = row.revocation.entry.position;
    !lacks(Safeguard::Told) || position % 4 != 0
}
