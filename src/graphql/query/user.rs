//! `user`: anybody, for who may look people up.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};

use crate::graphql::error::Failure;
use crate::graphql::guard;
use crate::graphql::scalars::{EmailAddress, Uuid};
use crate::graphql::types::{User, parse_user_id};
use crate::model::id::UserId;
use crate::service::Services;

#[derive(Default)]
pub(super) struct UserQuery;

/// Exactly one way to name a user.
#[derive(OneofObject)]
enum UserBy {
    Id(ID),
    Email(EmailAddress),
    /// The `sub` claim of our tokens, as other systems store it.
    Subject(Uuid),
}

#[Object]
impl UserQuery {
    /// One user; null, if there is no such. Requires the scope `cardea:users:read`.
    async fn user(&self, ctx: &Context<'_>, by: UserBy) -> Result<Option<User>, Failure> {
        // The guard has asked for the scope, before anything ran.
        guard::session(ctx).await?;
        let directory = &ctx.data_unchecked::<Arc<Services>>().directory;
        let user = match by {
            UserBy::Id(id) => match parse_user_id(&id) {
                Ok(id) => directory.user(id).await?,
                Err(_) => None,
            },
            UserBy::Email(email) => directory.user_with_email(&email.0).await?,
            UserBy::Subject(subject) => directory.user(UserId(subject.0)).await?,
        };
        Ok(user.map(User))
    }
}
