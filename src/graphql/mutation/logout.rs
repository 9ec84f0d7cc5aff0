//! `logout`: ending the current session.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::graphql::error::Failure;
use crate::graphql::guard::Visitor;
use crate::graphql::types::session_id;
use crate::service::Services;

#[derive(Default)]
pub(super) struct LogoutMutation;

#[derive(SimpleObject)]
struct LogoutPayload {
    ended_session_ids: Vec<ID>,
}

#[Object]
impl LogoutMutation {
    /// End the current session, named by the access token. Idempotent: it also succeeds when the token has expired or the session has ended.
    async fn logout(&self, ctx: &Context<'_>) -> Result<LogoutPayload, Failure> {
        let services = ctx.data_unchecked::<Arc<Services>>();
        let ended = services
            .sessions
            .log_out(&ctx.data_unchecked::<Visitor>().bearer)
            .await?;
        Ok(LogoutPayload {
            ended_session_ids: ended.into_iter().map(session_id).collect(),
        })
    }
}
