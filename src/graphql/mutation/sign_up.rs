//! `signUp`: making an account.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::graphql::error::Failure;
use crate::graphql::guard::whoever;
use crate::graphql::scalars::EmailAddress;
use crate::graphql::types::UserError;
use crate::model::audit::Actor;
use crate::model::refusal::Refusal;
use crate::model::secret::Password;
use crate::service::Services;
use crate::service::accounts::SignUp;

#[derive(Default)]
pub(super) struct SignUpMutation;

#[derive(InputObject)]
struct SignUpInput {
    email: EmailAddress,
    /// Optional; unique without regard to case.
    username: Option<String>,
    #[graphql(secret)]
    password: String,
    display_name: Option<String>,
}

#[derive(SimpleObject)]
struct SignUpPayload {
    /// True: look for the e-mail before signing in.
    verification_required: bool,
    user_errors: Vec<UserError>,
}

#[Object]
impl SignUpMutation {
    /// Create an account.
    async fn sign_up(
        &self,
        ctx: &Context<'_>,
        input: SignUpInput,
    ) -> Result<SignUpPayload, Failure> {
        let services = ctx.data_unchecked::<Arc<Services>>();
        if !services.settings.accounts.sign_up {
            return Err(Refusal::Forbidden("nobody can sign up here; ask for an account").into());
        }
        let request = SignUp {
            email: input.email.0,
            username: input.username,
            password: Password::new(input.password),
            display_name: input.display_name,
            actor: Actor::stranger(&whoever(ctx).caller.origin),
        };
        let faults = services
            .accounts
            .sign_up(request)
            .await?
            .err()
            .unwrap_or_default();
        let user_errors = faults.iter().map(UserError::from).collect();
        Ok(SignUpPayload {
            verification_required: false,
            user_errors,
        })
    }
}
