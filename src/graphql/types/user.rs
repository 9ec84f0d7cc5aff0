//! `User`.

use std::sync::Arc;

use async_graphql::{Enum, ID, Object};

use super::node::user_id;
use crate::graphql::scalars::{DateTime, EmailAddress, Uuid};
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
}
