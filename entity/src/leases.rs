//! Processes that answer checks: until one of them has confirmed, or its lease is over, a logout waits.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "leases")]
pub struct Model {
    /// Made anew whenever a process takes a lease, not renews it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `memory` or `redis`.
    pub answers_from: String,
    pub length_milliseconds: i64,
    pub renewals: i64,
    /// The position up to which its copy holds the ledger.
    pub confirmed: i64,
    /// The epoch of the index in Redis at which it last read whether to trust it.
    pub epoch: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
