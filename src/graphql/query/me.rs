//! `me`: the signed-in user.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::graphql::error::Failure;
use crate::graphql::guard;
use crate::graphql::types::User;
use crate::service::Services;

#[derive(Default)]
pub(super) struct MeQuery;

#[Object]
impl MeQuery {
    /// The signed-in user; null, without an error, when the request carries no access token. A bad or revoked token is an UNAUTHENTICATED error.
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<User>, Failure> {
        let Some(caller) = guard::visitor(ctx).await? else {
            return Ok(None);
        };
        let services = ctx.data_unchecked::<Arc<Services>>();
        Ok(Some(User(services.directory.me(caller).await?)))
    }
}
