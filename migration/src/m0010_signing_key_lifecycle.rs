//! When a signing key begins to sign, which is later than it is published, and when it was revoked.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{timestamp_with_time_zone, timestamp_with_time_zone_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds a column that is never null only with a default. A key that is inserted
        // without a time is older than all others: it signs nothing.
        let activates_at = timestamp_with_time_zone("activates_at")
            .default("1970-01-01 00:00:00+00:00")
            .to_owned();
        for column in [activates_at, timestamp_with_time_zone_null("revoked_at")] {
            let alter = Table::alter()
                .table("signing_keys")
                .add_column(column)
                .to_owned();
            manager.alter_table(alter).await?;
        }
        // The keys that are there have signed from the start.
        let update = Query::update()
            .table("signing_keys")
            .value("activates_at", Expr::col("created_at"))
            .to_owned();
        manager.execute(update).await
    }
}
