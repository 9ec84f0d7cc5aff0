//! Which index in Redis is to be believed, and what each process knows of that.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, integer, text_null, uuid};
use uuid::Uuid;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("index_state")
                    .col(integer("id").primary_key())
                    .col(uuid("ledger"))
                    .col(big_integer("epoch"))
                    .col(text_null("identity"))
                    .col(boolean("trusted"))
                    .to_owned(),
            )
            .await?;
        manager
            .exec_stmt(
                Query::insert()
                    .into_table("index_state")
                    .columns(["id", "ledger", "epoch", "trusted"])
                    .values_panic([1.into(), Uuid::now_v7().into(), 0.into(), false.into()])
                    .to_owned(),
            )
            .await?;
        let epoch = big_integer("epoch").default(0).take();
        manager
            .alter_table(Table::alter().table("leases").add_column(epoch).to_owned())
            .await
    }
}
