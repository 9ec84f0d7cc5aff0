//! `authSettings`: what a login screen has to know.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::graphql::types::AuthSettings;
use crate::service::Services;

#[derive(Default)]
pub(super) struct AuthSettingsQuery;

#[Object]
impl AuthSettingsQuery {
    /// What a login screen has to know before anyone is signed in.
    async fn auth_settings(&self, ctx: &Context<'_>) -> AuthSettings {
        AuthSettings::of(&ctx.data_unchecked::<Arc<Services>>().settings)
    }
}
