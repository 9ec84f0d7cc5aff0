//! What an application may say of itself: its name, origins, scopes, lifetimes and secret.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, binary_null, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            text("name").default("").take(),
            text("allowed_origins").default("").take(),
            text("scopes").default("").take(),
            binary_null("secret_hash"),
            big_integer_null("access_lifetime_seconds"),
            big_integer_null("idle_lifetime_seconds"),
            big_integer_null("lifetime_seconds"),
        ] {
            // SQLite adds one column at a time.
            let alter = Table::alter()
                .table("applications")
                .add_column(column)
                .to_owned();
            manager.alter_table(alter).await?;
        }
        manager
            .exec_stmt(
                Query::update()
                    .table("applications")
                    .value("name", Expr::col("client_id"))
                    .to_owned(),
            )
            .await
    }
}
