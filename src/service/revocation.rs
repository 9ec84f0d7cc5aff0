//! Revocations: the only writer of the ledger and the index, and the only reader of the verdict.

mod check;
mod confirmation;
mod fallback;
mod follow;
mod group;
mod holders;
mod join;
mod key;
mod lease;
mod over;
mod presence;
mod revoking;
mod session;
mod swept;
mod teeth;
mod token;
mod turns;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, SemaphorePermit};
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::{Revocation as Settings, RevocationList};
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::{Mark, Position, Revocation};
use crate::store::database::Database;
use crate::store::index::{IndexError, RevocationIndex};
use crate::store::outage;

pub use self::confirmation::Confirmation;
use self::group::Gathering;
use self::holders::Holders;
pub use self::join::{Disagreement, JoinError};
use self::lease::Held;
use self::presence::Questions;
pub use self::revoking::{Cause, CutOff, Ended, Revoking, stale};
use self::swept::SweptMark;
use self::teeth::{Safeguard, lacks};
pub use self::turns::Turns;

/// How many revoke at once, beside the group of those that end one session each: their commits run
/// one after another anyway, and with the group's this is half of the database's connections by
/// default.
const REVOKING_AT_ONCE: usize = 3;

/// How many may wait for their turn.
const REVOKING_MAY_WAIT: usize = 512;

/// The ledger, and the index that is checked in its stead.
#[derive(Clone)]
pub struct Revocations(Arc<Inner>);

struct Inner {
    database: Database,
    index: Arc<dyn RevocationIndex>,
    clock: Clock,
    list: RevocationList,
    /// Tells those that follow the ledger whose news is their own.
    process: Uuid,
    lease: Held,
    holders: Holders,
    /// The index holds every row up to here.
    known: AtomicI64,
    /// When the ledger was last heard: milliseconds of [`Clock::boot`], taken before it was asked.
    heard: AtomicU64,
    swept: SweptMark,
    following: Mutex<()>,
    /// At the last attempt the ledger answered, and the index did not.
    lost_index: AtomicBool,
    /// When the last attempt that failed was begun, as `heard`.
    failed: AtomicU64,
    turns: Turns,
    gathering: Gathering,
    questions: Questions,
}

impl Revocations {
    /// For whoever revokes. Who answers checks joins the others first.
    #[must_use]
    pub fn new(
        database: Database,
        index: Arc<dyn RevocationIndex>,
        clock: Clock,
        settings: &Settings,
    ) -> Self {
        Self(Arc::new(Inner {
            database,
            index,
            clock,
            list: settings.list,
            process: Uuid::now_v7(),
            lease: Held::none_yet(
                settings.check,
                Duration::from_millis(settings.lease_milliseconds),
            ),
            holders: Holders::default(),
            known: AtomicI64::new(Position::NOTHING.0),
            heard: AtomicU64::new(0),
            swept: SweptMark::default(),
            following: Mutex::default(),
            lost_index: AtomicBool::new(false),
            failed: AtomicU64::new(0),
            turns: Turns::new(REVOKING_AT_ONCE, REVOKING_MAY_WAIT),
            gathering: Gathering::new(REVOKING_MAY_WAIT),
            questions: Questions::new(),
        }))
    }

    /// Whether the index answers, and what it says can be trusted.
    pub async fn ready(&self) -> Result<(), Stop> {
        if !self.0.lease.holds(&self.0.clock) {
            return Err(Refusal::StoreUnavailable.into());
        }
        Ok(self.0.index.ping().await.map_err(unavailable)?)
    }

    /// Puts committed rows in force, here and everywhere, by the time it returns. If the index
    /// does not take them, or the others can't be asked, the revocation is done, but not
    /// acknowledged, and whoever asks again hands them over again.
    async fn publish(&self, rows: &[Revocation], turn: SemaphorePermit<'_>) -> Confirmation {
        match self.put_in_force(rows, turn).await {
            Ok(()) => Confirmation::Everywhere,
            // Whichever store it was has said so in the log.
            Err(Stop::Refused(_)) => Confirmation::Pending,
            Err(Stop::Failed(fault)) => {
                tracing::error!(error = &fault as &dyn std::error::Error, "fault");
                Confirmation::Pending
            }
        }
    }

    /// Puts the rows in force again that stand against what is ended already: whoever ended it may
    /// have died before it told the index.
    pub async fn put_in_force_again(&self, marks: &[Mark]) -> Result<(), Stop> {
        let turn = self.0.turns.take().await?;
        self.publish_again(marks, turn).await
    }

    async fn publish_again(&self, marks: &[Mark], turn: SemaphorePermit<'_>) -> Result<(), Stop> {
        let rows = self.0.database.tables().ledger_about(marks).await?;
        Ok(self.publish(&rows, turn).await.acknowledge()?)
    }

    async fn put_in_force(
        &self,
        rows: &[Revocation],
        turn: SemaphorePermit<'_>,
    ) -> Result<(), Stop> {
        self.hand_over(rows).await?;
        // The next one may begin while this one waits.
        drop(turn);
        let newest = rows.iter().map(|row| row.entry.position).max();
        match newest {
            Some(_) if lacks(Safeguard::Waiting) => Ok(()),
            Some(position) => self.await_holders(position).await,
            None => Ok(()),
        }
    }

    async fn hand_over(&self, rows: &[Revocation]) -> Result<(), Refusal> {
        self.0.index.take(rows).await.map_err(unavailable)?;
        for row in rows {
            let Position(position) = row.entry.position;
            // Only the next row moves the mark: what lies between may be somebody else's, unseen.
            let _ = self.0.known.compare_exchange(
                position - 1,
                position,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
        }
        Ok(())
    }

    fn known(&self) -> Position {
        Position(self.0.known.load(Ordering::Acquire))
    }
}

/// An index that can't be asked is an outage, whatever its reason.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn unavailable(error: IndexError) -> Refusal {
    outage::note(&error);
    Refusal::StoreUnavailable
}
