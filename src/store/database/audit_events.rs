//! The audit log.

use cardea_entity::audit_events;
use sea_orm::{EntityTrait as _, Set};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{StoreError, Tables};
use crate::model::audit::AuditEvent;

impl Tables<'_> {
    /// Writes an event: in the transaction that does what it tells of.
    pub async fn record(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.record_all([event]).await
    }

    /// Writes events, at least one, in one statement.
    pub async fn record_all(
        &self,
        events: impl IntoIterator<Item = AuditEvent>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let rows = events.into_iter().map(|event| row(event, now));
        let insert = audit_events::Entity::insert_many(rows);
        self.bounded(insert.exec_without_returning(&self.executor))
            .await?;
        Ok(())
    }
}

fn row(event: AuditEvent, occurred_at: OffsetDateTime) -> audit_events::ActiveModel {
    audit_events::ActiveModel {
        id: Set(Uuid::now_v7()),
        action: Set(event.action.as_str().to_owned()),
        outcome: Set(event.outcome.as_str().to_owned()),
        actor_id: Set(event.actor.user.map(|user| user.0)),
        subject_id: Set(event.subject.map(|user| user.0)),
        application_id: Set(event.application.map(|application| application.0)),
        session_id: Set(event.session.map(|session| session.0)),
        address: Set(event.actor.address.map(|address| address.to_string())),
        user_agent: Set(event.actor.user_agent),
        detail: Set(event.detail),
        occurred_at: Set(occurred_at),
    }
}
