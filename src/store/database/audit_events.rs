//! The audit log.

use cardea_entity::audit_events;
use sea_orm::{ActiveModelTrait as _, Set};
use uuid::Uuid;

use super::{StoreError, Tables};
use crate::model::audit::AuditEvent;

impl Tables<'_> {
    /// Writes an event: in the transaction that does what it tells of.
    pub async fn record(&self, event: AuditEvent) -> Result<(), StoreError> {
        let row = audit_events::ActiveModel {
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
            occurred_at: Set(self.clock.now()),
        };
        self.bounded(row.insert(&self.executor)).await?;
        Ok(())
    }
}
