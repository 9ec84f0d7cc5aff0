//! Following the ledger: what other processes revoked reaches this one's index.

use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;
use std::time::Duration;

use time::OffsetDateTime;

use super::{Revocations, unavailable};
use crate::model::refusal::{Fault, Refusal, Stop};
use crate::model::revocation::Position;
use crate::model::token::{CLOCK_TOLERANCE, RETENTION_MARGIN};
use crate::store::database::LedgerHead;

/// How many rows one sweep deletes at most: small enough to be in nobody's way.
const SWEEP: u64 = 500;

impl Revocations {
    /// Reads what the ledger has and the index lacks, and whether to believe Redis. When it returns,
    /// a copy in memory holds every row that was committed before it was called.
    pub async fn catch_up(&self) -> Result<(), Stop> {
        let asked_at = self.milliseconds();
        let _one_at_a_time = self.0.following.lock().await;
        // Who waited takes the answer of an attempt that was begun after it asked.
        if self.0.heard.load(Ordering::Acquire) > asked_at {
            return Ok(());
        }
        if self.0.failed.load(Ordering::Acquire) > asked_at {
            return Err(Refusal::StoreUnavailable.into());
        }
        // Noted before the ledger is asked: what is committed after that is not in the answer.
        let begun_at = self.milliseconds();
        let outcome = self.read_ledger().await;
        let told = match outcome {
            Ok(()) => &self.0.heard,
            Err(_) => &self.0.failed,
        };
        told.fetch_max(begun_at, Ordering::AcqRel);
        if outcome.is_ok() {
            self.0.heard_of.send_replace(());
        }
        outcome
    }

    async fn read_ledger(&self) -> Result<(), Stop> {
        // Noted before, too: a logout of this process may raise it meanwhile.
        let known = self.known();
        let tables = self.0.database.following();
        let before = self.0.clock.now();
        let head = tables.ledger_head().await?;
        check_clock(head.time, before..=self.0.clock.now())?;
        let newest = head.position;
        self.0.metrics.index.read_ledger(newest);
        if newest < known {
            return Err(went_back(newest, known));
        }
        if let Some(redis) = self.0.index.redis() {
            let state = tables.index_state().await?;
            redis.heed(&state);
            self.0.lease.heed(state.epoch);
            self.heed_swept(head.swept);
        } else {
            self.apply(head).await?;
        }
        self.0.known.fetch_max(newest.0, Ordering::AcqRel);
        Ok(())
    }

    /// Brings the copy in memory up to this head of the ledger.
    async fn apply(&self, mut head: LedgerHead) -> Result<(), Stop> {
        let newest = head.position;
        let mut applied = Position(self.0.applied.load(Ordering::Acquire));
        while applied < newest {
            let tables = self.0.database.following();
            let rows = tables.ledger_after(applied).await?;
            self.0.index.take(&rows).await.map_err(unavailable)?;
            // Rows that expired have been swept: past the last one there is nothing more to read.
            applied = rows.last().map_or(newest, |row| row.entry.position);
            // Again, after the rows: what was swept before they were read is missing in them.
            head = tables.ledger_head().await?;
        }
        self.heed_swept(head.swept);
        self.0.applied.fetch_max(applied.0, Ordering::AcqRel);
        Ok(())
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.0.clock.boot().as_millis()).unwrap_or(u64::MAX)
    }

    /// Follows for ever, as word comes, and every `interval`. An outage is told once, and once its
    /// end.
    pub async fn follow(self, interval: Duration) {
        let mut news = self.0.database.news();
        // Often enough to renew the lease in time.
        let interval = interval.min(self.0.lease.length() / 8);
        let mut is_following = true;
        loop {
            news.wait(self.0.process, interval).await;
            match (self.keep_up().await, is_following) {
                (Err(stop), true) => {
                    Self::tell_lost(&stop);
                    is_following = false;
                }
                (Ok(()), false) => {
                    tracing::info!("following the ledger again");
                    is_following = true;
                }
                (Ok(()), true) | (Err(_), false) => {}
            }
        }
    }

    /// Of a refusal, a line beside this one has said why.
    fn tell_lost(stop: &Stop) {
        match stop {
            Stop::Refused(_) => tracing::error!("lost the ledger: the database does not answer"),
            Stop::Failed(fault) => {
                tracing::error!(error = fault as &dyn std::error::Error, "lost the ledger");
            }
        }
    }

    /// Drops, for ever and in small batches, what can't concern a live token any more.
    pub async fn sweep(self, interval: Duration) {
        loop {
            tokio::time::sleep(interval).await;
            self.0
                .index
                .forget_presence(self.0.clock.now() - RETENTION_MARGIN);
            // Who is cut off from the ledger, or whose clock is off its clock, decides nothing.
            if !self.0.lease.holds(&self.0.clock) {
                continue;
            }
            if let Err(error) = self.sweep_ledger().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "could not sweep the ledger"
                );
            }
        }
    }

    async fn sweep_ledger(&self) -> Result<(), Stop> {
        loop {
            let unit = self.0.database.begin().await?;
            let dropped = unit.tables().sweep_ledger(SWEEP).await?;
            unit.commit().await?;
            if dropped < SWEEP {
                return Ok(());
            }
        }
    }
}

/// A node whose clock is off the database's by more than half the tolerance decides nothing: it
/// would take tokens whose revocations the others have already forgotten.
fn check_clock(theirs: OffsetDateTime, ours: RangeInclusive<OffsetDateTime>) -> Result<(), Fault> {
    let off = (*ours.start() - theirs).max(theirs - *ours.end());
    if off <= CLOCK_TOLERANCE / 2 {
        return Ok(());
    }
    let seconds = off.whole_seconds();
    let text = format!("this machine's clock is {seconds} s off the database's: set both by NTP");
    Err(Fault {
        doing: "comparing clocks",
        source: text.into(),
    })
}

fn went_back(head: Position, known: Position) -> Stop {
    let text = format!(
        "its counter stands at {}, and has been at {}: was it restored from a backup?",
        head.0, known.0
    );
    Fault {
        doing: "following the ledger",
        source: text.into(),
    }
    .into()
}
