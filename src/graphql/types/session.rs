//! `Session`.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::node::session_id;
use super::{Application, Device, User};
use crate::graphql::error::Failure;
use crate::graphql::scalars::DateTime;
use crate::model::session_filter::Standing;
use crate::model::{session, user};
use crate::service::Services;

/// A session, with its user.
pub(in crate::graphql) struct Session {
    pub row: session::Session,
    pub user: Arc<user::User>,
    pub is_current: bool,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Standing")]
pub(super) enum SessionState {
    Active,
    Ended,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "session::EndReason")]
pub(super) enum SessionEndReason {
    LoggedOut,
    LoggedOutOfApplication,
    LoggedOutEverywhere,
    Revoked,
    PasswordChanged,
    Suspended,
    RefreshTokenReused,
    Expired,
}

/// Values follow RFC 8176 `amr` in spirit.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "session::AuthMethod")]
enum AuthMethod {
    Password,
}

/// One sign-in of one user.
#[Object]
impl Session {
    pub(super) async fn id(&self) -> ID {
        session_id(self.row.id)
    }

    async fn user(&self) -> User {
        User(Arc::clone(&self.user))
    }

    async fn application(&self, ctx: &Context<'_>) -> Result<Application, Failure> {
        let services = ctx.data_unchecked::<Arc<Services>>();
        let application = services.registry.learn(self.row.application).await?;
        Ok(Application(application))
    }

    async fn state(&self) -> SessionState {
        match self.row.state {
            session::SessionState::Active => SessionState::Active,
            session::SessionState::Ended { .. } => SessionState::Ended,
        }
    }

    /// The session that asks.
    async fn is_current(&self) -> bool {
        self.is_current
    }

    /// What it was opened with.
    async fn device(&self) -> Device {
        Device::of(self.row.user_agent.as_deref())
    }

    async fn ip_address(&self) -> Option<String> {
        self.row.address.map(|address| address.to_string())
    }

    async fn auth_methods(&self) -> Vec<AuthMethod> {
        self.row
            .methods
            .iter()
            .copied()
            .map(AuthMethod::from)
            .collect()
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    async fn last_active_at(&self) -> DateTime {
        DateTime(self.row.last_active_at)
    }

    /// Absolute end.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.row.expires_at)
    }

    async fn ended_at(&self) -> Option<DateTime> {
        match self.row.state {
            session::SessionState::Active => None,
            session::SessionState::Ended { at, .. } => Some(DateTime(at)),
        }
    }

    async fn end_reason(&self) -> Option<SessionEndReason> {
        match self.row.state {
            session::SessionState::Active => None,
            session::SessionState::Ended { reason, .. } => Some(reason.into()),
        }
    }
}
