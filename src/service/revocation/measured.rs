//! What is measured of revocations.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Revocations;
use crate::config::RevocationCheck;
use crate::metrics::Asked;
use crate::model::index_state::Epoch;
use crate::model::refusal::Stop;
use crate::model::revocation::{Candidate, Position};

impl Revocations {
    /// Refuses a token that is revoked, and every token while that can't be known.
    pub async fn check(&self, token: &Candidate<'_>) -> Result<(), Stop> {
        let asked = match self.0.lease.check() {
            RevocationCheck::Memory => Asked::Memory,
            RevocationCheck::Redis => Asked::Redis,
        };
        let mut watch = self.0.metrics.checks.begin(asked);
        let outcome = self.decide(token, &mut watch).await;
        self.0.metrics.checks.end(watch, &outcome);
        outcome
    }

    /// Looks at what changes by itself.
    pub fn measure(&self) {
        let clock = &self.0.clock;
        self.0.metrics.lease.set(self.0.lease.remaining(clock));
        let heard = Duration::from_millis(self.0.heard.load(Ordering::Acquire));
        let age = clock.boot().saturating_sub(heard);
        let applied = Position(self.0.applied.load(Ordering::Acquire));
        self.0.metrics.index.set(applied, age);
        self.0.metrics.index.read_ledger(self.known());
        let (is_trusted, epoch) = match self.0.index.redis() {
            None => (true, Epoch::default()),
            Some(redis) => redis.standing(),
        };
        self.0.metrics.index.believe(is_trusted, epoch);
    }
}
