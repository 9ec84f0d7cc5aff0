//! Revocations: the only writer of the ledger and the index, and the only reader of the verdict.

mod check;
mod follow;
mod key;
mod presence;
mod revoking;
mod session;
mod swept;
mod token;
mod turns;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::config::{Revocation as Settings, RevocationList};
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::{Position, Revocation};
use crate::store::database::Database;
use crate::store::index::{IndexError, RevocationIndex};
use crate::store::outage;

use self::presence::Questions;
pub use self::revoking::{Cause, CutOff, Ended, Revoking};
use self::swept::SweptMark;
pub use self::turns::Turns;

/// How many revoke at once: their commits run one after another anyway, and this is half of the
/// database's connections by default.
const REVOKING_AT_ONCE: usize = 4;

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
    /// How old the last word from the ledger may be.
    staleness: Duration,
    /// The index holds every row up to here.
    known: AtomicI64,
    /// When the ledger was last heard: milliseconds of [`Clock::boot`], taken before it was asked.
    heard: AtomicU64,
    swept: SweptMark,
    following: Mutex<()>,
    /// When the last attempt that failed was begun, as `heard`.
    failed: AtomicU64,
    turns: Turns,
    questions: Questions,
}

impl Revocations {
    /// Fills the index from the ledger.
    pub async fn load(
        database: Database,
        index: Arc<dyn RevocationIndex>,
        clock: Clock,
        settings: &Settings,
    ) -> Result<Self, Stop> {
        let revocations = Self(Arc::new(Inner {
            database,
            index,
            clock,
            list: settings.list,
            staleness: Duration::from_millis(settings.staleness_milliseconds),
            known: AtomicI64::new(-1),
            heard: AtomicU64::new(0),
            swept: SweptMark::default(),
            following: Mutex::default(),
            failed: AtomicU64::new(0),
            turns: Turns::new(REVOKING_AT_ONCE, REVOKING_MAY_WAIT),
            questions: Questions::new(),
        }));
        match revocations.catch_up().await {
            // The index will be there again: until it is, nothing is let through.
            Err(Stop::Refused(_)) => tracing::warn!("starting without the index of revocations"),
            outcome => outcome?,
        }
        Ok(revocations)
    }

    /// Whether the index answers, and what it says can be trusted.
    pub async fn ready(&self) -> Result<(), Stop> {
        self.trust_index()?;
        Ok(self.0.index.ping().await.map_err(unavailable)?)
    }

    /// Hands committed rows to the index: from here on they are in force. If it does not take
    /// them, the revocation is not acknowledged, and whoever asks again hands them over again.
    async fn publish(&self, rows: &[Revocation]) -> Result<(), Stop> {
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
