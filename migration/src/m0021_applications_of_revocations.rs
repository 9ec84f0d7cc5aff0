//! Which application a revocation concerns, so that a follower is told of its own. Rows of before have
//! none: everybody is told of them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter()
            .table("revocations")
            .add_column(uuid_null("application_id"))
            .to_owned();
        manager.alter_table(alter).await
    }
}
