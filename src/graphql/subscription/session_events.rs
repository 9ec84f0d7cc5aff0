//! `sessionEvents`: what happens to the viewer's own sessions.

use std::sync::Arc;

use async_graphql::{Context, Subscription};
use futures_util::stream::{self, Stream};

use crate::graphql::error::Failure;
use crate::graphql::guard;
use crate::graphql::types::SessionEvent;
use crate::model::session_event;
use crate::service::Services;

#[derive(Default)]
pub(super) struct SessionEventsSubscription;

#[Subscription]
impl SessionEventsSubscription {
    /// Events of the viewer's own sessions, over `graphql-transport-ws`; `connection_init` payload: `{"authorization": "Bearer …"}`. The socket is closed with 4403 when the current session ends, and with 4401 when its access token expires.
    async fn session_events(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = SessionEvent>, Failure> {
        let event = ctx.data_opt::<Arc<session_event::SessionEvent>>();
        let event = match event {
            Some(event) => Some(told(event, ctx).await?),
            None => None,
        };
        Ok(stream::iter(event))
    }
}

async fn told(
    event: &session_event::SessionEvent,
    ctx: &Context<'_>,
) -> Result<SessionEvent, Failure> {
    let caller = guard::caller_who_is(ctx, event.session.user).await?;
    let services = ctx.data_unchecked::<Arc<Services>>();
    let user = services.directory.me(caller).await?;
    let is_current = event.session.id == caller.session();
    Ok(SessionEvent::of(event, user, is_current))
}
