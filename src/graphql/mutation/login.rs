//! `login`: signing in with a password.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};

use crate::graphql::error::Failure;
use crate::graphql::guard::whoever;
use crate::graphql::types::{AuthenticationResult, TokenTransport};
use crate::model::secret::Password;
use crate::service::Services;
use crate::service::sessions::{Login, LoginOutcome};

#[derive(Default)]
pub(super) struct LoginMutation;

#[derive(InputObject)]
struct LoginInput {
    /// E-mail address or username.
    identifier: String,
    #[graphql(secret)]
    password: String,
    /// Which application the session belongs to. Default: the one registered for the request's Origin, or the server's default application.
    client_id: Option<String>,
    #[graphql(default_with = "TokenTransport::Cookie")]
    transport: TokenTransport,
}

#[Object]
impl LoginMutation {
    /// Sign in at an application. Where a cookie is replaced, the session that it named ends (`REVOKED`). Only one of `login`, `signUp`, `refreshSession` and `changePassword` in an operation.
    async fn login(
        &self,
        ctx: &Context<'_>,
        input: LoginInput,
    ) -> Result<AuthenticationResult, Failure> {
        let services = ctx.data_unchecked::<Arc<Services>>();
        let visitor = whoever(ctx);
        let login = Login {
            identifier: input.identifier,
            password: Password::new(input.password),
            client_id: input.client_id,
            transport: input.transport.into(),
            cookies: visitor.caller.cookies.clone(),
            origin: visitor.caller.origin.clone(),
        };
        let outcome = services.sessions.log_in(login).await?;
        if let LoginOutcome::Authenticated(authenticated) = &outcome {
            visitor.change_cookies(authenticated.tokens.cookie());
            visitor.change_cookies(authenticated.device.clone());
            visitor.note_opened(authenticated.proof());
        }
        Ok(outcome.into())
    }
}
