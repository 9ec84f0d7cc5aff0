//! `changePassword`: a new password for the viewer.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::graphql::error::Failure;
use crate::graphql::guard::{self, whoever};
use crate::graphql::types::{Tokens, User, UserError, session_id};
use crate::model::secret::Password;
use crate::service::Services;
use crate::service::sessions::{ChangePassword, PasswordChanged};

#[derive(Default)]
pub(super) struct ChangePasswordMutation;

#[derive(InputObject)]
struct ChangePasswordInput {
    #[graphql(secret)]
    current_password: String,
    #[graphql(secret)]
    new_password: String,
}

#[derive(SimpleObject)]
struct ChangePasswordPayload {
    user: Option<User>,
    ended_session_ids: Vec<ID>,
    /// New tokens of the caller's session: the cut-off also ends its old ones.
    tokens: Option<Tokens>,
    user_errors: Vec<UserError>,
}

#[Object]
impl ChangePasswordMutation {
    /// Ends every other session.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload, Failure> {
        let caller = guard::session(ctx).await?;
        let services = ctx.data_unchecked::<Arc<Services>>();
        let visitor = whoever(ctx);
        let change = ChangePassword {
            current: Password::new(input.current_password),
            new: Password::new(input.new_password),
            origin: visitor.caller.origin.clone(),
        };
        let user = Some(User(services.directory.me(caller).await?));
        Ok(
            match services.sessions.change_password(caller, change).await? {
                Ok(PasswordChanged { ended, tokens }) => {
                    visitor.change_cookies(tokens.cookie());
                    visitor.forget_cookies(services, &ended);
                    ChangePasswordPayload {
                        user,
                        ended_session_ids: ended.into_iter().map(session_id).collect(),
                        tokens: Some(tokens.into()),
                        user_errors: Vec::new(),
                    }
                }
                Err(fault) => ChangePasswordPayload {
                    user,
                    ended_session_ids: Vec::new(),
                    tokens: None,
                    user_errors: vec![UserError::from(&fault)],
                },
            },
        )
    }
}
