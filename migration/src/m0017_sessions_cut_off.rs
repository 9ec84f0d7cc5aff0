//! Sessions of an application that nobody has marked as ended are found by the position at which
//! they were made, apart from the others.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                Index::create()
                    .name("sessions_by_application_and_end")
                    .table("sessions")
                    .col("application_id")
                    .col("ended_at")
                    .col("position")
                    .to_owned(),
            )
            .await?;
        let old = Index::drop()
            .name("sessions_by_application")
            .table("sessions")
            .to_owned();
        manager.drop_index(old).await
    }
}
