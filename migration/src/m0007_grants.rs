//! Grants: what a user may do at an application, and the newest cut-off there.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table("grants")
            .col(uuid("user_id"))
            .col(uuid("application_id"))
            .col(text("scopes").default(""))
            .col(big_integer("cutoff").default(0))
            .primary_key(Index::create().col("user_id").col("application_id"));
        for (column, parent) in [("user_id", "users"), ("application_id", "applications")] {
            table.foreign_key(
                ForeignKey::create()
                    .from("grants", column)
                    .to(parent, "id")
                    .on_delete(ForeignKeyAction::Cascade),
            );
        }
        manager.create_table(table).await
    }
}
