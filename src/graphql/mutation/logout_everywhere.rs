//! `logoutEverywhere`: ending all of the viewer's sessions.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};

use crate::graphql::error::Failure;
use crate::graphql::guard::{self, whoever};
use crate::graphql::types::LogoutPayload;
use crate::service::Services;
use crate::service::sessions::OwnSession;

#[derive(Default)]
pub(super) struct LogoutEverywhereMutation;

#[derive(InputObject, Default)]
struct LogoutEverywhereInput {
    /// The session that asks lives on, with the new tokens that are answered.
    #[graphql(default = false)]
    keep_current: bool,
}

#[Object]
impl LogoutEverywhereMutation {
    /// End the viewer's sessions in every application.
    async fn logout_everywhere(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] input: LogoutEverywhereInput,
    ) -> Result<LogoutPayload, Failure> {
        let caller = guard::session(ctx).await?;
        let services = ctx.data_unchecked::<Arc<Services>>();
        let visitor = whoever(ctx);
        let own = if input.keep_current {
            OwnSession::Kept
        } else {
            OwnSession::Ended
        };
        let ended = services
            .sessions
            .log_out_everywhere(caller, own, &visitor.caller.origin)
            .await?;
        if let Some(tokens) = &ended.tokens {
            visitor.change_cookies(tokens.cookie());
        }
        visitor.forget_cookies(services, &ended.sessions);
        Ok(ended.into())
    }
}
