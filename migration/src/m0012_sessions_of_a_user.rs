//! A user's sessions are found newest first, and those that nobody ended apart from the others,
//! however long the history.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, columns) in [
            ("sessions_by_user_and_id", ["user_id", "id"]),
            ("sessions_by_user_and_end", ["user_id", "ended_at"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("sessions");
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        let old = Index::drop()
            .name("sessions_by_user")
            .table("sessions")
            .to_owned();
        manager.drop_index(old).await
    }
}
