//! `logout`: ending the current session.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};

use crate::graphql::error::Failure;
use crate::graphql::guard::whoever;
use crate::graphql::types::LogoutPayload;
use crate::service::Services;
use crate::service::sessions::Logout;

#[derive(Default)]
pub(super) struct LogoutMutation;

#[derive(InputObject, Default)]
struct LogoutInput {
    /// Whose cookie names the session, when there is no bearer token. Default: the application registered for the request's Origin, or the server's default application.
    client_id: Option<String>,
}

#[Object]
impl LogoutMutation {
    /// End the current session, named by the access token or the refresh cookie. Idempotent: it also succeeds when the token has expired or the session has ended. From a page of one application another's token is refused: `WRONG_AUDIENCE`.
    async fn logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] input: LogoutInput,
    ) -> Result<LogoutPayload, Failure> {
        let services = ctx.data_unchecked::<Arc<Services>>();
        let visitor = whoever(ctx);
        let logout = Logout {
            bearer: &visitor.caller.bearer,
            cookies: &visitor.caller.cookies,
            client_id: input.client_id.as_deref(),
            origin: &visitor.caller.origin,
        };
        let (ended, useless) = services.sessions.log_out(&logout).await?;
        visitor.change_cookies(useless);
        Ok(LogoutPayload::of(ended))
    }
}
