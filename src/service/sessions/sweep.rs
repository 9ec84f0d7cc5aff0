//! Looking after the sessions that are over: marking them as ended, and forgetting them at last.

use std::collections::HashMap;
use std::time::Duration;

use super::Sessions;
use crate::model::id::ApplicationId;
use crate::model::outbox::Initiator;
use crate::model::refusal::Stop;
use crate::model::revocation::Position;
use crate::model::session::EndReason;
use crate::service::outbox::{Posting, revoked};

/// How many rows one statement changes or deletes at most: small enough to be in nobody's way.
const BATCH: u64 = 500;

/// Up to which cut-off an application has no session any more that lacks its mark.
type Marked = HashMap<ApplicationId, Position>;

impl Sessions {
    /// For ever, from the start on, and in small batches: marks what a cut-off has ended, and
    /// deletes what nobody is shown any more.
    pub async fn sweep(self, interval: Duration) {
        let mut marked = Marked::new();
        loop {
            if let Err(error) = self.sweep_once(&mut marked).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "could not sweep the sessions");
            }
            tokio::time::sleep(interval).await;
        }
    }

    async fn sweep_once(&self, marked: &mut Marked) -> Result<(), Stop> {
        self.mark_ended(marked).await?;
        let before = self.clock.now() - self.rules.history;
        let tables = self.database.tables();
        while tables.sweep_sessions(before, BATCH).await? == BATCH {}
        Ok(())
    }

    /// Whoever cut an application off may have died before all was marked.
    async fn mark_ended(&self, marked: &mut Marked) -> Result<(), Stop> {
        for application in self.database.tables().applications().await? {
            let known = marked.get(&application.id).copied().unwrap_or_default();
            // Once more after some were found: one that was just being made may have come late.
            if known < application.cutoff && self.mark_ended_at(application.id).await? == 0 {
                marked.insert(application.id, application.cutoff);
            }
        }
        Ok(())
    }

    /// Marks as ended, for whoever looks at them, the sessions that an application's newest cut-off
    /// has ended; says how many. Begun again after an end half-way, it goes on.
    pub async fn mark_ended_at(&self, application: ApplicationId) -> Result<u64, Stop> {
        let tables = self.database.tables();
        let Some(known) = tables.application(application).await? else {
            return Ok(0);
        };
        let mut all = 0;
        while let Some(ended) = self.mark_some(application, known.cutoff).await? {
            all += ended;
        }
        Ok(all)
    }

    async fn mark_some(
        &self,
        application: ApplicationId,
        cutoff: Position,
    ) -> Result<Option<u64>, Stop> {
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        let (_, now) = tables.issuing_point().await?;
        let ended = tables
            .end_sessions_cut_off_at(application, cutoff, now, BATCH)
            .await?;
        let Some(ended) = ended else {
            return Ok(None);
        };
        let told = ended
            .iter()
            .map(|session| revoked(session, EndReason::Revoked, Initiator::Admin));
        let posting = Posting::of(&tables, told.collect()).await?;
        posting.write(&tables, |_| cutoff).await?;
        unit.commit().await?;
        Ok(Some(ended.len().try_into().unwrap_or(u64::MAX)))
    }
}
