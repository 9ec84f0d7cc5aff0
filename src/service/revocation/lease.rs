//! The lease under which this process answers from its copy: while it holds, no logout was
//! acknowledged that the copy lacks.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Revocations;
use crate::clock::Clock;
use crate::config::RevocationCheck;
use crate::model::id::LeaseId;
use crate::model::index_state::Epoch;
use crate::model::refusal::Stop;
use crate::model::revocation::Position;
use crate::store::database::Lease;
use crate::teeth::{Safeguard, lacks};

/// A lease is renewed when this part of it has passed.
const RENEWED_AFTER: u32 = 4;

/// What this process holds.
pub(super) struct Held {
    check: RevocationCheck,
    length: Duration,
    /// When it is over: microseconds of [`Clock::boot`].
    until: AtomicU64,
    /// At which this process has read whether to believe Redis, and goes by that.
    epoch: AtomicI64,
    /// As the database has it, and when that was begun; `None` before it is taken, and when it was
    /// lost.
    row: Mutex<Option<(Lease, Duration)>>,
}

impl Held {
    pub(super) const fn none_yet(check: RevocationCheck, length: Duration) -> Self {
        Self {
            check,
            length,
            until: AtomicU64::new(0),
            epoch: AtomicI64::new(0),
            row: Mutex::new(None),
        }
    }

    /// To be asked before the copy is.
    pub(super) fn holds(&self, clock: &Clock) -> bool {
        if lacks(Safeguard::Lease) {
            return true;
        }
        microseconds(clock.boot()) < self.until.load(Ordering::Acquire)
    }

    /// How much of it is left.
    pub(super) fn remaining(&self, clock: &Clock) -> Duration {
        let until = Duration::from_micros(self.until.load(Ordering::Acquire));
        until.saturating_sub(clock.boot())
    }

    /// What this process answers from.
    pub(super) const fn check(&self) -> RevocationCheck {
        self.check
    }

    pub(super) const fn length(&self) -> Duration {
        self.length
    }

    pub(super) fn id(&self) -> Option<LeaseId> {
        self.row().map(|(lease, _)| lease.id)
    }

    /// To be told after what it says is gone by.
    pub(super) fn heed(&self, epoch: Epoch) {
        self.epoch.store(epoch.0, Ordering::Release);
    }

    fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::Acquire))
    }

    /// Whether others wait for more than they have been told.
    fn is_told(&self, lease: &Lease, known: Position) -> bool {
        match self.check {
            RevocationCheck::Memory => lease.confirmed >= known,
            RevocationCheck::Redis => lease.epoch == self.epoch(),
        }
    }

    fn row(&self) -> Option<(Lease, Duration)> {
        *self.row.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_row(&self, row: Option<(Lease, Duration)>) {
        *self.row.lock().unwrap_or_else(PoisonError::into_inner) = row;
    }

    fn lose(&self) {
        self.until.store(0, Ordering::Release);
        self.set_row(None);
    }

    fn is_due(&self, clock: &Clock) -> bool {
        let age = |(_, asked_at)| clock.boot().saturating_sub(asked_at);
        self.row()
            .is_none_or(|row| age(row) >= self.length / RENEWED_AFTER)
    }
}

impl Revocations {
    /// Reads what the ledger has, under a lease that is good for another while, and tells those
    /// who wait. For one task alone.
    pub(super) async fn keep_up(&self) -> Result<(), Stop> {
        if lacks(Safeguard::Applied) {
            let head = self.0.database.following().ledger_head().await?;
            self.confirm_up_to(head.position).await?;
        }
        if !self.0.lease.is_due(&self.0.clock) {
            self.catch_up().await?;
        } else if let Err(stop) = self.renew_lease().await {
            // A database that takes no writes may answer questions: that is to be known.
            self.catch_up().await?;
            return Err(stop);
        } else {
            self.bury().await?;
        }
        self.confirm().await
    }

    /// Takes or renews the lease. It counts only when all that the ledger has is in the copy, and
    /// from before the database was asked for it.
    pub(super) async fn renew_lease(&self) -> Result<(), Stop> {
        let held = &self.0.lease;
        let asked_at = self.0.clock.boot();
        let renewed = match held.row() {
            Some((lease, _)) => self.renewed(lease).await?,
            None => None,
        };
        let lease = if let Some(lease) = renewed {
            lease
        } else {
            held.lose();
            self.taken().await?
        };
        let asked_at = if lacks(Safeguard::Clock) {
            self.0.clock.boot()
        } else {
            asked_at
        };
        held.set_row(Some((lease, asked_at)));
        let until = microseconds(asked_at + held.length);
        if lacks(Safeguard::Order) {
            held.until.store(until, Ordering::Release);
        }
        self.catch_up().await?;
        held.until.store(until, Ordering::Release);
        self.0.metrics.lease.renewed();
        Ok(())
    }

    /// `None`: somebody waited for its end, and marked it as lost.
    async fn renewed(&self, lease: Lease) -> Result<Option<Lease>, Stop> {
        let (confirmed, epoch) = (self.known(), self.0.lease.epoch());
        let lease = Lease {
            confirmed,
            epoch,
            ..lease
        };
        let is_there = self.0.database.following().renew_lease(&lease).await?;
        let is_there = is_there || lacks(Safeguard::Lost);
        if !is_there {
            self.0.metrics.lease.lost();
        }
        let renewals = lease.renewals + 1;
        Ok(is_there.then_some(Lease { renewals, ..lease }))
    }

    /// Under a name that none had: what was confirmed under another one counts for nothing.
    async fn taken(&self) -> Result<Lease, Stop> {
        let lease = Lease {
            id: LeaseId::new(),
            check: self.0.lease.check,
            length: self.0.lease.length,
            renewals: 0,
            confirmed: Position::NOTHING,
            epoch: Epoch::default(),
        };
        self.0.database.following().take_lease(&lease).await?;
        Ok(lease)
    }

    /// Tells those who wait how far the copy is.
    async fn confirm(&self) -> Result<(), Stop> {
        self.confirm_up_to(self.known()).await
    }

    async fn confirm_up_to(&self, known: Position) -> Result<(), Stop> {
        let held = &self.0.lease;
        let Some((lease, asked_at)) = held.row().filter(|(lease, _)| !held.is_told(lease, known))
        else {
            return Ok(());
        };
        let lease = Lease {
            confirmed: known,
            epoch: held.epoch(),
            ..lease
        };
        let is_there = self.0.database.following().confirm(&lease).await?;
        if is_there || lacks(Safeguard::Lost) {
            held.set_row(Some((lease, asked_at)));
        } else {
            held.lose();
            self.0.metrics.lease.lost();
        }
        Ok(())
    }

    /// Gives the lease back. To be called when nothing is answered any more, nor kept up.
    pub async fn leave(&self) {
        let row = self.0.lease.row();
        self.0.lease.lose();
        if let Some((lease, _)) = row {
            // If that fails it runs out.
            drop(self.0.database.following().end_lease(&lease).await);
        }
    }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
