//! The caller's own sessions, as a list.

use super::Sessions;
use crate::model::caller::CurrentSession;
use crate::model::id::SessionId;
use crate::model::page::{Page, Window};
use crate::model::refusal::Stop;
use crate::model::session::Session;
use crate::model::session_filter::SessionFilter;

impl Sessions {
    /// A page of the caller's sessions, newest first, each as it stands now: one that ran out has
    /// ended when it did.
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
        Ok(page.map(|session| Session {
            state: session.standing_at(now),
            ..session
        }))
    }

    /// How many there are on all pages.
    pub async fn count(&self, caller: &CurrentSession, filter: SessionFilter) -> Result<u64, Stop> {
        let tables = self.database.tables();
        let now = self.clock.now();
        let count = tables.count_sessions_of_user(caller.user(), filter, now);
        Ok(count.await?)
    }
}
