//! Revocations: the only writer of the ledger and the index, and the only reader of the verdict.

mod certify;
mod check;
mod confirmation;
mod distrust;
mod fallback;
mod follow;
mod group;
mod holders;
mod join;
mod key;
mod lease;
mod measured;
mod over;
mod presence;
mod recover;
mod revoking;
mod session;
mod source;
mod swept;
mod token;
mod turns;
mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch::{Receiver, Sender};
use tokio::sync::{Mutex, SemaphorePermit};
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::{Revocation as Settings, RevocationList};
use crate::metrics::Metrics;
use crate::model::index_state::Epoch;
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::{Mark, Position, Revocation};
use crate::store::database::Database;
use crate::store::index::IndexError;
use crate::store::outage;
use crate::teeth::{Safeguard, lacks};

pub use self::confirmation::Confirmation;
use self::group::Gathering;
use self::holders::{Behind, Holders};
pub use self::join::{Disagreement, JoinError, Unfit};
use self::lease::Held;
use self::presence::Questions;
pub use self::recover::{RecoverError, Recovered};
pub use self::revoking::{Cause, CutOff, Ended, Revoking, stale};
pub use self::source::Source;
use self::swept::SweptMark;
pub use self::turns::Turns;

/// How many revoke at once, beside the group of those that end one session each: their commits run
/// one after another anyway, and with the group's this is half of the database's connections by
/// default.
const REVOKING_AT_ONCE: usize = 3;

/// How many may wait for their turn.
const REVOKING_MAY_WAIT: usize = 512;

/// How many ask the ledger at once, when the index can't be asked, and how many may wait for it: whoever
/// signs in needs the database as well.
const ASKING_AT_ONCE: usize = 4;
const ASKING_MAY_WAIT: usize = 2048;

/// The ledger, and the index that is checked in its stead.
#[derive(Clone)]
pub struct Revocations(Arc<Inner>);

struct Inner {
    database: Database,
    index: Source,
    clock: Clock,
    metrics: Arc<Metrics>,
    list: RevocationList,
    /// Tells those that follow the ledger whose news is their own.
    process: Uuid,
    lease: Held,
    holders: Holders,
    /// The newest position that this process has read of. A copy in memory holds every row up to here.
    known: AtomicI64,
    /// This process has seen every row up to here into the index.
    applied: AtomicI64,
    /// Told when either of them has moved, and when the ledger was heard.
    heard_of: Sender<()>,
    /// When the ledger was last heard: milliseconds of [`Clock::boot`], taken before it was asked.
    heard: AtomicU64,
    swept: SweptMark,
    following: Mutex<()>,
    /// When the last attempt that failed was begun, as `heard`.
    failed: AtomicU64,
    turns: Turns,
    asking: Turns,
    gathering: Gathering,
    questions: Questions,
}

impl Revocations {
    /// For whoever revokes. Who answers checks joins the others first.
    #[must_use]
    pub fn new(
        database: Database,
        index: Source,
        clock: Clock,
        metrics: Arc<Metrics>,
        settings: &Settings,
    ) -> Self {
        Self(Arc::new(Inner {
            database,
            index,
            clock,
            metrics,
            list: settings.list,
            process: Uuid::now_v7(),
            lease: Held::none_yet(
                settings.check,
                Duration::from_millis(settings.lease_milliseconds),
            ),
            holders: Holders::default(),
            known: AtomicI64::new(Position::NOTHING.0),
            applied: AtomicI64::new(Position::NOTHING.0),
            heard_of: Sender::new(()),
            heard: AtomicU64::new(0),
            swept: SweptMark::default(),
            following: Mutex::default(),
            failed: AtomicU64::new(0),
            turns: Turns::new(REVOKING_AT_ONCE, REVOKING_MAY_WAIT),
            asking: Turns::new(ASKING_AT_ONCE, ASKING_MAY_WAIT),
            gathering: Gathering::new(REVOKING_MAY_WAIT),
            questions: Questions::new(),
        }))
    }

    /// Whether checks can be answered: from the index, or from the ledger in its stead.
    pub fn ready(&self) -> Result<(), Stop> {
        if !self.0.lease.holds(&self.0.clock) {
            return Err(Refusal::StoreUnavailable.into());
        }
        Ok(())
    }

    /// Puts committed rows in force, here and everywhere, by the time it returns. If the index
    /// does not take them, or the others can't be asked, the revocation is done, but not
    /// acknowledged, and whoever asks again hands them over again.
    async fn publish(&self, rows: &[Revocation], turn: SemaphorePermit<'_>) -> Confirmation {
        let work = self.put_in_force(rows, turn);
        match self.0.metrics.revocations.acknowledged(work).await {
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
        let Some(position) = rows.iter().map(|row| row.entry.position).max() else {
            return Ok(());
        };
        let epoch = self.hand_over(rows).await?;
        // The next one may begin while this one waits.
        drop(turn);
        if lacks(Safeguard::Waiting) {
            return Ok(());
        }
        self.await_holders(Behind { position, epoch }).await
    }

    /// Gives the rows to the index that this process answers from. Whoever believes Redis without
    /// them has to hear of the epoch that is given, and then does so no more.
    async fn hand_over(&self, rows: &[Revocation]) -> Result<Option<Epoch>, Stop> {
        let epoch = match &self.0.index {
            Source::Redis(redis) => self.write_to(redis, rows).await?,
            Source::Memory(_) => {
                self.0.index.take(rows).await.map_err(unavailable)?;
                self.distrust_what_lacks_them().await?
            }
        };
        // What Redis did not take is handed over again by whoever follows.
        if epoch.is_none() {
            self.note_applied(rows);
        }
        Ok(epoch)
    }

    fn note_applied(&self, rows: &[Revocation]) {
        for row in rows {
            let Position(position) = row.entry.position;
            // Only the next row moves the marks: what lies between may be somebody else's, unseen.
            for mark in [&self.0.applied, &self.0.known] {
                let _ = mark.compare_exchange(
                    position - 1,
                    position,
                    Ordering::AcqRel,
                    Ordering::Relaxed,
                );
            }
        }
        self.0.heard_of.send_replace(());
    }

    /// Who doesn't write to Redis says so, if one is named: whoever answers from it now, or is
    /// configured to later, would not know what it lacks.
    async fn distrust_what_lacks_them(&self) -> Result<Option<Epoch>, Stop> {
        let state = self.0.database.tables().index_state().await?;
        if state.identity.is_none() {
            return Ok(None);
        }
        self.distrust(&state).await.map(Some)
    }

    /// Tells each time when the ledger was heard: whether or not it had something new.
    #[must_use]
    pub fn word(&self) -> Receiver<()> {
        self.0.heard_of.subscribe()
    }

    /// The newest position that this process has read of.
    #[must_use]
    pub fn position(&self) -> Position {
        self.known()
    }

    /// Waits until this process has read of another position than this one.
    pub async fn moved_from(&self, word: &mut Receiver<()>, position: Position) {
        while self.known() == position {
            if word.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn known(&self) -> Position {
        Position(self.0.known.load(Ordering::Acquire))
    }
}

/// An index that can't be asked is an outage, whatever its reason.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn unavailable(error: IndexError) -> Refusal {
    outage::REDIS.note(&error);
    Refusal::StoreUnavailable
}
