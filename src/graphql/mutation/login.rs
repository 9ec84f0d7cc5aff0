//! `login`: signing in with a password.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};

use crate::graphql::error::Failure;
use crate::graphql::guard::Visitor;
use crate::graphql::types::AuthenticationResult;
use crate::model::secret::Password;
use crate::service::Services;
use crate::service::sessions::Login;

#[derive(Default)]
pub(super) struct LoginMutation;

#[derive(InputObject)]
struct LoginInput {
    /// E-mail address or username.
    identifier: String,
    #[graphql(secret)]
    password: String,
}

#[Object]
impl LoginMutation {
    /// Sign in. Only one `login` or `signUp` in an operation.
    async fn login(
        &self,
        ctx: &Context<'_>,
        input: LoginInput,
    ) -> Result<AuthenticationResult, Failure> {
        let services = ctx.data_unchecked::<Arc<Services>>();
        let login = Login {
            identifier: input.identifier,
            password: Password::new(input.password),
            origin: ctx.data_unchecked::<Visitor>().origin,
        };
        Ok(services.sessions.log_in(login).await?.into())
    }
}
