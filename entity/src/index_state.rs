//! Which index in Redis is to be believed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "index_state")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Whose index it is: another ledger's rows may stand in the same Redis.
    pub ledger: Uuid,
    /// Only rises.
    pub epoch: i64,
    /// The `master_replid` of the server that is trusted, or is going to be; none after a write that failed.
    pub identity: Option<String>,
    pub trusted: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
