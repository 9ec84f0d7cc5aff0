//! Is this token revoked? What is asked at each request: how often, how long it takes, what comes
//! of it, and why the ledger had to be asked.

use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use super::label::{By, Label};
use super::register::{in_seconds, named};
use crate::model::refusal::{Refusal, Stop, Unauthenticated};

/// From a look into memory to a store that is given up on.
const BOUNDS: [Duration; 11] = [
    Duration::from_micros(1),
    Duration::from_micros(4),
    Duration::from_micros(16),
    Duration::from_micros(64),
    Duration::from_micros(250),
    Duration::from_millis(1),
    Duration::from_millis(4),
    Duration::from_millis(16),
    Duration::from_millis(64),
    Duration::from_millis(250),
    Duration::from_secs(1),
];

/// The checks of access tokens.
#[derive(Debug)]
pub struct Checks {
    durations: By<Asked, Histogram>,
    outcomes: By<Outcome, Counter>,
    fallbacks: By<Why, Counter>,
}

/// What is asked about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Memory,
    Redis,
    /// Instead of the copy, or beside it.
    Ledger,
}

impl Label for Asked {
    const NAME: &'static str = "source";
    const ALL: &'static [Self] = &[Self::Memory, Self::Redis, Self::Ledger];

    fn value(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "redis",
            Self::Ledger => "ledger",
        }
    }
}

/// Why the ledger had to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The lease was over: the copy may lack a row.
    Lease,
    /// The token was issued after the last row that the copy has.
    Position,
    /// The allowlist lacks the session.
    Presence,
    /// Redis does not answer, or isn't believed.
    Index,
}

impl Label for Why {
    const NAME: &'static str = "reason";
    const ALL: &'static [Self] = &[Self::Lease, Self::Position, Self::Presence, Self::Index];

    fn value(self) -> &'static str {
        match self {
            Self::Lease => "lease",
            Self::Position => "position",
            Self::Presence => "presence",
            Self::Index => "index",
        }
    }
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Live,
    Stale,
    Ended,
    /// By what was swept.
    Expired,
    /// Nobody could say.
    Unavailable,
    Failed,
}

impl Label for Outcome {
    const NAME: &'static str = "outcome";
    const ALL: &'static [Self] = &[
        Self::Live,
        Self::Stale,
        Self::Ended,
        Self::Expired,
        Self::Unavailable,
        Self::Failed,
    ];

    fn value(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Stale => "stale",
            Self::Ended => "ended",
            Self::Expired => "expired",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// A check under way.
#[derive(Debug)]
#[must_use = "a check that does not end is not counted"]
pub struct Watch {
    begun: Instant,
    asked: Asked,
}

impl Checks {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            durations: in_seconds(
                registry,
                "check_duration",
                "How long checks of access tokens against revocations take, by what was asked",
                By::new(|| Histogram::new(&BOUNDS)),
            ),
            outcomes: named(
                registry,
                "checks",
                "Checks of access tokens against revocations, by what came of them",
                By::new(Counter::default),
            ),
            fallbacks: named(
                registry,
                "check_fallbacks",
                "Checks that had to ask the ledger, by the reason",
                By::new(Counter::default),
            ),
        }
    }

    /// Begins a check that asks this.
    pub fn begin(&self, asked: Asked) -> Watch {
        Watch {
            begun: Instant::now(),
            asked,
        }
    }

    /// It has to ask the ledger.
    pub fn fall_back(&self, watch: &mut Watch, why: Why) {
        watch.asked = Asked::Ledger;
        self.fallbacks.of(why).inc();
    }

    /// Ends it.
    #[expect(clippy::needless_pass_by_value, reason = "it ends")]
    pub fn end(&self, watch: Watch, outcome: &Result<(), Stop>) {
        let taken = watch.begun.elapsed();
        self.durations.of(watch.asked).observe(taken);
        self.outcomes.of(Outcome::of(outcome)).inc();
    }
}

impl Outcome {
    const fn of(outcome: &Result<(), Stop>) -> Self {
        match outcome {
            Ok(()) => Self::Live,
            Err(Stop::Refused(Refusal::TokenStale)) => Self::Stale,
            Err(Stop::Refused(Refusal::Unauthenticated(Unauthenticated::Ended(_)))) => Self::Ended,
            Err(Stop::Refused(Refusal::Unauthenticated(_))) => Self::Expired,
            Err(Stop::Refused(_)) => Self::Unavailable,
            Err(Stop::Failed(_)) => Self::Failed,
        }
    }
}
