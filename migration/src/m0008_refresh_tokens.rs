//! Refresh tokens and what a session shows of its device. Of a refresh token only the hash is kept,
//! in the session's own row, so that a refresh is one conditional update of that row.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary_null, text, text_null, timestamp_with_time_zone_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            binary_null("refresh_hash"),
            binary_null("refresh_previous_hash"),
            big_integer("refresh_rotation").default(0).take(),
            timestamp_with_time_zone_null("refreshed_at"),
            timestamp_with_time_zone_null("idle_expires_at"),
            text("transport").default("BODY").take(),
            text_null("user_agent"),
        ] {
            // SQLite adds one column at a time.
            let alter = Table::alter()
                .table("sessions")
                .add_column(column)
                .to_owned();
            manager.alter_table(alter).await?;
        }
        // Sessions from before had no refresh tokens: they end when their access token does.
        let end = Query::update()
            .table("sessions")
            .value("idle_expires_at", Expr::col("expires_at"))
            .value("refreshed_at", Expr::col("created_at"))
            .to_owned();
        manager.exec_stmt(end).await?;
        for (name, column) in [
            ("sessions_by_application", "application_id"),
            ("sessions_by_expiry", "idle_expires_at"),
        ] {
            let index = Index::create()
                .name(name)
                .table("sessions")
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
