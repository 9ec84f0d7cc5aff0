//! `LogoutPayload`: which sessions a logout ended.

use async_graphql::{ID, SimpleObject};

use super::{Tokens, session_id};
use crate::model::id::SessionId;
use crate::service::sessions::EndedSessions;

#[derive(SimpleObject)]
pub(in crate::graphql) struct LogoutPayload {
    ended_session_ids: Vec<ID>,
    /// New tokens of the session that was kept, with `keepCurrent`: the cut-off also ends its old ones.
    tokens: Option<Tokens>,
}

impl LogoutPayload {
    /// Of sessions of which none was kept.
    pub(in crate::graphql) fn of(ended: Vec<SessionId>) -> Self {
        Self {
            ended_session_ids: ended.into_iter().map(session_id).collect(),
            tokens: None,
        }
    }
}

impl From<EndedSessions> for LogoutPayload {
    fn from(ended: EndedSessions) -> Self {
        Self {
            tokens: ended.tokens.map(Tokens::from),
            ..Self::of(ended.sessions)
        }
    }
}
