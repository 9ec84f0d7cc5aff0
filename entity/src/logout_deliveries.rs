//! How applications stand that are told of the end of sessions.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "logout_deliveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub application_id: Uuid,
    /// The process that tells it now.
    pub claimed_by: Option<Uuid>,
    pub claimed_until: Option<TimeDateTimeWithTimeZone>,
    /// In a row.
    pub failures: i32,
    pub retry_at: Option<TimeDateTimeWithTimeZone>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
