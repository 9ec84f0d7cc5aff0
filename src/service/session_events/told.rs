//! What was told of a user's sessions already. Looks overlap: what is found again is no news.

use std::collections::HashSet;

use crate::model::id::SessionId;
use crate::model::session::{Session, SessionState};
use crate::model::session_event::{SessionChange, SessionEvent};

/// Of what the last look found.
#[derive(Debug, Default)]
pub(super) struct Told {
    seen: HashSet<SessionId>,
    ended: HashSet<SessionId>,
}

impl Told {
    /// All of it.
    pub(super) fn of(found: &[Session]) -> Self {
        let ended = found
            .iter()
            .filter(|session| session.state != SessionState::Active);
        Self {
            seen: found.iter().map(|session| session.id).collect(),
            ended: ended.map(|session| session.id).collect(),
        }
    }

    /// What of this is news, in order. A session from before `made` is found because it has ended.
    pub(super) fn news(&mut self, found: Vec<Session>, made: SessionId) -> Vec<SessionEvent> {
        let before = std::mem::replace(self, Self::of(&found));
        let mut news = Vec::new();
        for session in found {
            if session.id >= made && !before.seen.contains(&session.id) {
                news.push(SessionEvent {
                    at: session.created_at,
                    change: SessionChange::Started,
                    session: session.clone(),
                });
            }
            if let SessionState::Ended { at, reason } = session.state
                && !before.ended.contains(&session.id)
            {
                news.push(SessionEvent {
                    at,
                    change: SessionChange::Ended(reason),
                    session,
                });
            }
        }
        // Of one session and one moment the start stays first: the sort is stable.
        news.sort_by_key(|event| (event.at, event.session.id));
        news
    }
}

#[cfg(test)]
pub(super) mod tests;
