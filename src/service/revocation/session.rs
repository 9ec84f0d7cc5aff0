//! Ending one session.

use time::OffsetDateTime;
use tracing::Span;

use super::group::{Ending, Fate};
use super::{Cause, Revocations};
use crate::model::id::SessionId;
use crate::model::refusal::Stop;
use crate::model::revocation::Mark;
use crate::model::session::{Session, SessionState};
use crate::model::token::RETENTION_MARGIN;
use crate::store::database::IfTaken;
use crate::teeth::{Safeguard, lacks};

impl Revocations {
    /// Ends a session, everywhere, by the time it returns; says what it ended.
    ///
    /// A session that has ended already is no answer by itself: whoever ended it may have died
    /// before it told the index. So the rows that stand against it (`marks`) are handed over again.
    pub async fn end_session(
        &self,
        session: SessionId,
        marks: &[Mark],
        cause: &Cause,
    ) -> Result<Vec<SessionId>, Stop> {
        let ending = Ending {
            session,
            cause: cause.clone(),
            asked_in: Span::current(),
        };
        match self.end_in_group(ending.clone()).await? {
            Fate::Ended => Ok(vec![session]),
            Fate::LeftAlone => self.end_alone(ending, marks).await,
        }
    }

    async fn end_alone(&self, ending: Ending, marks: &[Mark]) -> Result<Vec<SessionId>, Stop> {
        let mut turn = self.0.turns.take().await?;
        // Looked at first: a transaction that writes is not to be had for the asking.
        let known = self.0.database.tables().session(ending.session).await?;
        let now = self.0.clock.now();
        if known.is_some_and(|session| may_live(&session, now)) {
            let mut revoking = self.begin_in(turn).await?;
            let ended = revoking.end_sessions(vec![ending], IfTaken::Wait).await?;
            if !ended.is_empty() {
                revoking.commit().await?;
                return Ok(ended);
            }
            turn = revoking.give_up();
        }
        if lacks(Safeguard::Again) {
            return Ok(Vec::new());
        }
        self.publish_again(marks, turn).await?;
        Ok(Vec::new())
    }
}

/// Whether somebody may still be let in by it. One that ran out has not ended while its last token
/// may be taken: within the leeway, or on a machine whose clock is behind.
pub(super) fn may_live(session: &Session, now: OffsetDateTime) -> bool {
    session.state == SessionState::Active
        && (session.standing_at(now) == SessionState::Active
            || now < session.token_expires_at + RETENTION_MARGIN)
}
