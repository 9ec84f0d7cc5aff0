//! The audit log: append-only. It outlives what it tells of, so nothing in it refers to other tables.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null, timestamp_with_time_zone, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("audit_events")
            .col(uuid("id").primary_key())
            .col(text("action"))
            .col(text("outcome"))
            .col(uuid_null("actor_id"))
            .col(uuid_null("subject_id"))
            .col(uuid_null("application_id"))
            .col(uuid_null("session_id"))
            .col(text_null("address"))
            .col(text_null("user_agent"))
            .col(text_null("detail"))
            .col(timestamp_with_time_zone("occurred_at"))
            .to_owned();
        manager.create_table(table).await?;
        let by_subject = Index::create()
            .name("audit_events_by_subject")
            .table("audit_events")
            .col("subject_id")
            .to_owned();
        manager.create_index(by_subject).await
    }
}
