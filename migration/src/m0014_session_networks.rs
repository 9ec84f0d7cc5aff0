//! Sessions, found by the network that their user logged in from.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("sessions")
                    .add_column(text_null("network"))
                    .to_owned(),
            )
            .await?;
        // All that the question asks for, so that the answer takes the same time for everybody.
        manager
            .create_index(
                Index::create()
                    .name("sessions_by_network")
                    .table("sessions")
                    .col("user_id")
                    .col("network")
                    .col("created_at")
                    .to_owned(),
            )
            .await
    }
}
