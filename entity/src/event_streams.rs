//! The event streams of applications (Shared Signals), at most one each.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_streams")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub application_id: Uuid,
    pub id: Uuid,
    pub status: String,
    pub status_reason: Option<String>,
    /// Separated by spaces; none: whatever there is.
    pub events_requested: Option<String>,
    pub description: Option<String>,
    /// When a verification was last asked for.
    pub verified_at: Option<TimeDateTimeWithTimeZone>,
    pub created_at: TimeDateTimeWithTimeZone,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
