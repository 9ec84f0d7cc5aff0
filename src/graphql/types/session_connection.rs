//! `SessionConnection`: a user's sessions in pages.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::Session;
use crate::graphql::error::Failure;
use crate::graphql::guard;
use crate::graphql::page::{Connection, connection};
use crate::model::caller::CurrentSession;
use crate::model::id::SessionId;
use crate::model::page::Window;
use crate::model::session_filter::SessionFilter;
use crate::model::user::User;
use crate::service::Services;

pub(super) type SessionConnection = Connection<Session, SessionTotal>;

/// A page of the sessions of a user, who must be the caller.
pub(super) async fn session_connection(
    ctx: &Context<'_>,
    user: &Arc<User>,
    filter: SessionFilter,
    window: Window<SessionId>,
) -> Result<SessionConnection, Failure> {
    let caller = guard::caller_who_is(ctx, user.id).await?;
    let services = ctx.data_unchecked::<Arc<Services>>();
    let page = services.sessions.list(caller, filter, window).await?;
    let page = page.map(|row| Session {
        is_current: row.id == caller.session(),
        user: Arc::clone(user),
        row,
    });
    let total = SessionTotal {
        caller: caller.clone(),
        filter,
    };
    Ok(connection(page, |session| session.row.id, total))
}

/// What stands beside the pages.
pub(super) struct SessionTotal {
    caller: CurrentSession,
    filter: SessionFilter,
}

#[Object]
impl SessionTotal {
    /// Of all pages. Counted only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, Failure> {
        let services = ctx.data_unchecked::<Arc<Services>>();
        let count = services.sessions.count(&self.caller, self.filter).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}
