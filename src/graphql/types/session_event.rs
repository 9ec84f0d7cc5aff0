//! `SessionEvent`.

use std::sync::Arc;

use async_graphql::{Interface, Object};

use super::Session;
use super::session::SessionEndReason;
use crate::graphql::scalars::DateTime;
use crate::model::session_event::{self, SessionChange};
use crate::model::user;

/// Something that happened to a session.
#[derive(Interface)]
#[graphql(
    field(name = "session", ty = "&Session"),
    field(name = "occurred_at", ty = "DateTime")
)]
pub(in crate::graphql) enum SessionEvent {
    Started(SessionStarted),
    Ended(SessionEnded),
}

pub(in crate::graphql) struct SessionStarted(Occurred);

pub(in crate::graphql) struct SessionEnded {
    occurred: Occurred,
    reason: SessionEndReason,
}

/// What all events tell.
struct Occurred {
    session: Session,
    at: time::OffsetDateTime,
}

/// Somebody signed in.
#[Object]
impl SessionStarted {
    async fn session(&self) -> &Session {
        &self.0.session
    }

    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.at)
    }
}

/// A session is over.
#[Object]
impl SessionEnded {
    async fn session(&self) -> &Session {
        &self.occurred.session
    }

    async fn occurred_at(&self) -> DateTime {
        DateTime(self.occurred.at)
    }

    async fn reason(&self) -> SessionEndReason {
        self.reason
    }
}

impl SessionEvent {
    /// An event of a session of this user.
    pub(in crate::graphql) fn of(
        event: &session_event::SessionEvent,
        user: Arc<user::User>,
        is_current: bool,
    ) -> Self {
        let occurred = Occurred {
            session: Session {
                row: event.session.clone(),
                user,
                is_current,
            },
            at: event.at,
        };
        match event.change {
            SessionChange::Started => Self::Started(SessionStarted(occurred)),
            SessionChange::Ended(reason) => Self::Ended(SessionEnded {
                occurred,
                reason: reason.into(),
            }),
        }
    }
}
