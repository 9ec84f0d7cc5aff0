//! Is this token revoked?

use super::Revocations;
use crate::config::RevocationList;
use crate::metrics::{Watch, Why};
use crate::model::refusal::{Refusal, Stop, Unauthenticated};
use crate::model::revocation::{Candidate, Findings, Position, Verdict, judge};
use crate::model::session::EndReason;
use crate::teeth::{Safeguard, lacks};

impl Revocations {
    /// Refuses a token that is revoked, and every token while that can't be known. While the copy
    /// may lack a row, the ledger is asked in its stead.
    pub(super) async fn decide(
        &self,
        token: &Candidate<'_>,
        watch: &mut Watch,
    ) -> Result<(), Stop> {
        // First: what was let in before the lease was over, it still covers.
        if !self.0.lease.holds(&self.0.clock) {
            self.0.metrics.checks.fall_back(watch, Why::Lease);
            // Boxed: few requests ask, and all would carry it.
            return Box::pin(self.ask_ledger(token)).await;
        }
        if token.rev > self.known() {
            if lacks(Safeguard::Learning) {
                return Err(Unauthenticated::Ended(EndReason::Revoked).into());
            }
            self.0.metrics.checks.fall_back(watch, Why::Position);
            self.learn(token.rev).await?;
        }
        match self.0.list {
            RevocationList::Deny => match self.0.index.look_up(token.marks).await {
                Ok(findings) => Ok(self.pass(token, &findings)?),
                Err(error) => self.ask_in_its_stead(&error, token, watch).await,
            },
            RevocationList::Allow => self.check_presence(token, watch).await,
        }
    }

    /// Lets through what nothing that was found, or may have been dropped, speaks against.
    pub(super) fn pass(&self, token: &Candidate<'_>, found: &Findings) -> Result<(), Refusal> {
        match judge(token.rev, token.marks, found) {
            Verdict::Live if self.0.swept.get().leaves_undecided(token) => {
                Err(Unauthenticated::Expired.into())
            }
            Verdict::Live => Ok(()),
            Verdict::Stale => Err(Refusal::TokenStale),
            Verdict::Dead(reason) => Err(Unauthenticated::Ended(reason).into()),
        }
    }

    /// The token was issued after the last row that this process knows: a question for the ledger.
    /// Beyond that too, the token comes from a future that this database has lost.
    async fn learn(&self, rev: Position) -> Result<(), Stop> {
        let learned = tokio::time::timeout(self.0.lease.length(), self.catch_up()).await;
        learned.unwrap_or(Err(Refusal::StoreUnavailable.into()))?;
        if rev > self.known() {
            return Err(Unauthenticated::Ended(EndReason::Revoked).into());
        }
        Ok(())
    }
}
