//! What is told to applications by the standards' ways: the events that await their delivery, who asked
//! for them, and how those stand who are called.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, integer, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let uri = Table::alter()
            .table("applications")
            .add_column(text_null("backchannel_logout_uri"))
            .to_owned();
        manager.alter_table(uri).await?;
        for table in [events(), streams(), deliveries()] {
            manager.create_table(table).await?;
        }
        for index in [in_order(), by_age()] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// One row for each delivery of each event.
fn events() -> TableCreateStatement {
    Table::create()
        .table("outbox_events")
        .col(uuid("id").primary_key())
        .col(uuid("application_id"))
        .col(text("channel"))
        .col(big_integer("position"))
        .col(text("kind"))
        .col(uuid_null("user_id"))
        .col(uuid_null("session_id"))
        .col(text_null("reason"))
        .col(text_null("initiator"))
        .col(text_null("state"))
        .col(timestamp_with_time_zone("occurred_at"))
        .to_owned()
}

fn in_order() -> IndexCreateStatement {
    Index::create()
        .name("outbox_events_in_order")
        .table("outbox_events")
        .col("application_id")
        .col("channel")
        .col("position")
        .col("id")
        .to_owned()
}

fn by_age() -> IndexCreateStatement {
    Index::create()
        .name("outbox_events_by_age")
        .table("outbox_events")
        .col("occurred_at")
        .to_owned()
}

/// The event stream of an application that has one.
fn streams() -> TableCreateStatement {
    Table::create()
        .table("event_streams")
        .col(uuid("application_id").primary_key())
        .col(uuid("id"))
        .col(text("status"))
        .col(text_null("status_reason"))
        .col(text_null("events_requested"))
        .col(text_null("description"))
        .col(timestamp_with_time_zone_null("verified_at"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}

/// How an application stands that is called: who does that until when, and when again.
fn deliveries() -> TableCreateStatement {
    Table::create()
        .table("logout_deliveries")
        .col(uuid("application_id").primary_key())
        .col(uuid_null("claimed_by"))
        .col(timestamp_with_time_zone_null("claimed_until"))
        .col(integer("failures"))
        .col(timestamp_with_time_zone_null("retry_at"))
        .to_owned()
}
