//! `currentSession`: the session that asks.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::graphql::error::Failure;
use crate::graphql::guard;
use crate::graphql::types::Session;
use crate::service::Services;

#[derive(Default)]
pub(super) struct CurrentSessionQuery;

#[Object]
impl CurrentSessionQuery {
    /// The session that the current access token belongs to.
    async fn current_session(&self, ctx: &Context<'_>) -> Result<Option<Session>, Failure> {
        let Some(caller) = guard::visitor(ctx).await? else {
            return Ok(None);
        };
        let services = ctx.data_unchecked::<Arc<Services>>();
        let row = services.sessions.current(caller).await?;
        let user = services.directory.me(caller).await?;
        Ok(Some(Session {
            row,
            user,
            is_current: true,
        }))
    }
}
