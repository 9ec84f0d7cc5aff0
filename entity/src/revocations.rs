//! The ledger: append-only, the truth.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revocations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub effect: String,
    pub subject_kind: String,
    pub subject: String,
    pub reason: String,
    /// No token that this concerns lives longer.
    pub expires_at: TimeDateTimeWithTimeZone,
    /// The only application whose tokens it may concern; none: one of several, or it is not known.
    pub application_id: Option<Uuid>,
    pub created_at: TimeDateTimeWithTimeZone,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
