//! Asking the ledger itself, when what is usually asked may lack a row of it.

use std::sync::atomic::Ordering;

use super::Revocations;
use super::presence::findings;
use crate::config::RevocationList;
use crate::metrics::{Watch, Why};
use crate::model::refusal::{Refusal, Stop, Unauthenticated};
use crate::model::revocation::Candidate;
use crate::model::session::EndReason;
use crate::store::index::IndexError;
use crate::store::outage;

impl Revocations {
    /// Refuses a token that the ledger speaks against, and every token while it can't be asked.
    pub(super) async fn ask_ledger(&self, token: &Candidate<'_>) -> Result<(), Stop> {
        if self.is_cut_off() {
            return Err(Refusal::StoreUnavailable.into());
        }
        let answer = tokio::time::timeout(self.0.lease.length(), self.asked(token)).await;
        answer.unwrap_or(Err(Refusal::StoreUnavailable.into()))
    }

    /// The same, where the index would have been asked, and could not be.
    pub(super) async fn ask_in_its_stead(
        &self,
        error: &IndexError,
        token: &Candidate<'_>,
        watch: &mut Watch,
    ) -> Result<(), Stop> {
        self.0.metrics.checks.fall_back(watch, Why::Index);
        if !matches!(error, IndexError::Untrusted | IndexError::Resting) {
            outage::REDIS.note(error);
        }
        // Boxed: few requests ask, and all would carry it.
        Box::pin(self.ask_ledger(token)).await
    }

    async fn asked(&self, token: &Candidate<'_>) -> Result<(), Stop> {
        let _turn = self.0.asking.take().await?;
        let tables = self.0.database.tables();
        let answer = tables.ask_ledger(&token.marks.0).await?;
        self.heed_swept(answer.swept);
        if token.rev > answer.position {
            return Err(Unauthenticated::Ended(EndReason::Revoked).into());
        }
        self.pass(token, &findings(token, &answer.rows))?;
        if self.0.list == RevocationList::Allow {
            self.live_until(token.session).await?;
        }
        Ok(())
    }

    /// The last attempt to follow the ledger failed: until the next one, nobody has to wait to
    /// learn the same.
    fn is_cut_off(&self) -> bool {
        self.0.failed.load(Ordering::Acquire) > self.0.heard.load(Ordering::Acquire)
    }
}
