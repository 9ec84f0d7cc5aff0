//! How often all refresh tokens of a session were withdrawn at once: those of before are no theft.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::integer;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter()
            .table("sessions")
            .add_column(integer("refresh_era").default(0).take())
            .to_owned();
        manager.alter_table(alter).await
    }
}
