//! How far the ledger was swept: what no row speaks of any more.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, timestamp_with_time_zone_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            big_integer("swept_position").default(0).take(),
            timestamp_with_time_zone_null("swept_until"),
        ] {
            // SQLite adds one column at a time.
            let alter = Table::alter()
                .table("ledger_head")
                .add_column(column)
                .to_owned();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
