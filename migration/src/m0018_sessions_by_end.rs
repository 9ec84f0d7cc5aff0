//! Sessions that ended long ago are found by their end, too.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create()
            .name("sessions_by_end")
            .table("sessions")
            .col("ended_at")
            .to_owned();
        manager.create_index(index).await
    }
}
