//! `refreshSession`: a new access token for a refresh token.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};

use crate::graphql::error::Failure;
use crate::graphql::guard::whoever;
use crate::graphql::types::RefreshResult;
use crate::model::secret::RefreshToken;
use crate::service::Services;
use crate::service::sessions::{Refresh, RefreshOutcome};

#[derive(Default)]
pub(super) struct RefreshSessionMutation;

#[derive(InputObject, Default)]
struct RefreshSessionInput {
    /// Whose cookie is meant. Default: the application registered for the request's Origin, or the server's default application.
    client_id: Option<String>,
    /// Omit with TokenTransport.COOKIE.
    #[graphql(secret)]
    refresh_token: Option<String>,
}

#[Object]
impl RefreshSessionMutation {
    /// Rotates the refresh token. Calls with the same token inside the grace period get the same successor; later it is forgiven only while the successor is unused.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] input: RefreshSessionInput,
    ) -> Result<RefreshResult, Failure> {
        let services = ctx.data_unchecked::<Arc<Services>>();
        let visitor = whoever(ctx);
        let refresh = Refresh {
            token: input.refresh_token.map(RefreshToken::new),
            cookies: visitor.caller.cookies.clone(),
            client_id: input.client_id,
            origin: visitor.caller.origin.clone(),
        };
        let outcome = services.sessions.refresh(refresh).await?;
        visitor.change_cookies(match &outcome {
            RefreshOutcome::Refreshed(tokens) => tokens.cookie(),
            RefreshOutcome::Failed { forget, .. } => forget.clone(),
        });
        Ok(outcome.into())
    }
}
