//! Revocations: how many, why, and how long until they are in force everywhere.

use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use super::label::{By, Label};
use super::register::{in_seconds, named};
use crate::model::revocation::{Effect, Revocation};
use crate::model::session::EndReason;

/// From a node alone to one that waits for a lease of the longest kind.
const BOUNDS: [Duration; 14] = [
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_millis(2500),
    Duration::from_secs(10),
    Duration::from_mins(1),
];

/// What this process revoked.
#[derive(Debug)]
pub struct Revocations {
    rows: By<Reason, Counter>,
    acknowledgements: By<End, Histogram>,
}

/// Why rows are written: what clients are told, or that tokens are out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Ended(EndReason),
    Stale,
}

impl Label for Reason {
    const NAME: &'static str = "reason";
    const ALL: &'static [Self] = &[
        Self::Ended(EndReason::LoggedOut),
        Self::Ended(EndReason::LoggedOutOfApplication),
        Self::Ended(EndReason::LoggedOutEverywhere),
        Self::Ended(EndReason::Revoked),
        Self::Ended(EndReason::PasswordChanged),
        Self::Ended(EndReason::Suspended),
        Self::Ended(EndReason::RefreshTokenReused),
        Self::Ended(EndReason::Expired),
        Self::Stale,
    ];

    fn value(self) -> &'static str {
        match self {
            Self::Ended(reason) => reason.as_str(),
            Self::Stale => "STALE",
        }
    }
}

/// What came of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Everywhere,
    /// A store did not answer.
    Pending,
}

impl Label for End {
    const NAME: &'static str = "outcome";
    const ALL: &'static [Self] = &[Self::Everywhere, Self::Pending];

    fn value(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Pending => "pending",
        }
    }
}

impl Revocations {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            rows: named(
                registry,
                "revocations",
                "Rows that this process wrote to the ledger, by their reason",
                By::new(Counter::default),
            ),
            acknowledgements: in_seconds(
                registry,
                "revocation_acknowledgement",
                "From the commit of a revocation until it was in force everywhere, or given up on",
                By::new(|| Histogram::new(&BOUNDS)),
            ),
        }
    }

    /// Rows are in the ledger.
    pub fn committed(&self, rows: &[Revocation]) {
        for row in rows {
            let reason = match row.mark.effect {
                Effect::Dead => Reason::Ended(row.entry.reason),
                Effect::Stale => Reason::Stale,
            };
            self.rows.of(reason).inc();
        }
    }

    /// Measures what follows a commit.
    pub async fn acknowledged<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let begun = Instant::now();
        let outcome = work.await;
        let end = if outcome.is_ok() {
            End::Everywhere
        } else {
            End::Pending
        };
        self.acknowledgements.of(end).observe(begun.elapsed());
        outcome
    }
}
