//! The caller's own sessions, as a list.

use std::collections::HashMap;

use super::Sessions;
use crate::model::caller::CurrentSession;
use crate::model::id::SessionId;
use crate::model::page::{Page, Window};
use crate::model::refusal::Stop;
use crate::model::session::Session;
use crate::model::session_filter::SessionFilter;

impl Sessions {
    /// A page of the caller's sessions, newest first, each as it stands now.
    pub async fn list(
        &self,
        caller: &CurrentSession,
        filter: SessionFilter,
        window: Window<SessionId>,
    ) -> Result<Page<Session>, Stop> {
        let now = self.clock.now();
        let tables = self.database.tables();
        let page = tables
            .sessions_of_user(caller.user(), filter, now, window)
            .await?;
        let applications = tables.applications().await?;
        let cutoffs: HashMap<_, _> = applications
            .iter()
            .map(|application| (application.id, application.cutoff))
            .collect();
        Ok(page.map(|session| {
            let cutoff = cutoffs.get(&session.application).copied();
            let state = session.standing_beside(cutoff.unwrap_or_default(), now);
            Session { state, ..session }
        }))
    }

    /// One session as it stands now: one that ran out has ended when it did, and so has one whose
    /// application was cut off, though that may not be marked yet.
    pub(super) async fn as_it_stands(&self, session: Session) -> Result<Session, Stop> {
        let tables = self.database.tables();
        let application = tables.application(session.application).await?;
        let cutoff = application.map(|application| application.cutoff);
        let state = session.standing_beside(cutoff.unwrap_or_default(), self.clock.now());
        Ok(Session { state, ..session })
    }

    /// How many there are on all pages.
    pub async fn count(&self, caller: &CurrentSession, filter: SessionFilter) -> Result<u64, Stop> {
        let tables = self.database.tables();
        let now = self.clock.now();
        let count = tables.count_sessions_of_user(caller.user(), filter, now);
        Ok(count.await?)
    }
}
