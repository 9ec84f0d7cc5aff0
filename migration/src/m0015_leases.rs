//! Who answers checks, and how much of the ledger each has confirmed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("leases")
                    .col(uuid("id").primary_key())
                    .col(text("answers_from"))
                    .col(big_integer("length_milliseconds"))
                    .col(big_integer("renewals"))
                    .col(big_integer("confirmed"))
                    .to_owned(),
            )
            .await
    }
}
