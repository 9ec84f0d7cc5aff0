//! `User`.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::node::{parse_application_id, user_id};
use super::session::SessionState;
use super::session_connection::{SessionConnection, session_connection};
use crate::graphql::error::Failure;
use crate::graphql::operation::is_left_open;
use crate::graphql::page::page_cost;
use crate::graphql::scalars::{DateTime, EmailAddress, Uuid};
use crate::model::page::{Arguments, Window};
use crate::model::session_filter::SessionFilter;
use crate::model::user;

/// A user, to be shown.
pub(in crate::graphql) struct User(pub Arc<user::User>);

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum UserStatus {
    Active,
    Suspended,
}

/// A person with an account.
#[Object]
impl User {
    pub(super) async fn id(&self) -> ID {
        user_id(self.0.id)
    }

    /// Value of the `sub` claim. Stable for ever.
    async fn subject(&self) -> Uuid {
        Uuid(self.0.id.0)
    }

    async fn email(&self) -> EmailAddress {
        EmailAddress(self.0.email.clone())
    }

    /// Nobody's is, as long as this server sends no mail.
    async fn email_verified(&self) -> bool {
        false
    }

    async fn username(&self) -> Option<&str> {
        self.0.username.as_deref()
    }

    async fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    async fn status(&self) -> UserStatus {
        match self.0.status {
            user::UserStatus::Active => UserStatus::Active,
            user::UserStatus::Suspended => UserStatus::Suspended,
        }
    }

    async fn has_password(&self) -> bool {
        true
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    async fn last_login_at(&self) -> Option<DateTime> {
        self.0.last_login_at.map(DateTime)
    }

    /// Newest first: the first twenty, unless `first` (with `after`) or `last` (with `before`) says otherwise, at most 100. Null as `state`: active and ended ones. Only one's own can be listed.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "these are the field's own, and Relay names four of them"
    )]
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(default_with = "Some(SessionState::Active)")] state: Option<SessionState>,
        application_id: Option<ID>,
    ) -> Result<SessionConnection, Failure> {
        let window = Window::of(&Arguments {
            first,
            after,
            last,
            before,
        })?;
        let state = match state {
            None if is_left_open(ctx, "state") => Some(SessionState::Active),
            state => state,
        };
        let filter = SessionFilter {
            standing: state.map(Into::into),
            application: application_id
                .as_ref()
                .map(parse_application_id)
                .transpose()?,
        };
        session_connection(ctx, &self.0, filter, window).await
    }
}
